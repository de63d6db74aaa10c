"""The settings of one installation; nothing else in the program reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """``data_folder`` holds what an installation keeps, such as imported wording packs."""

    data_folder: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Config:
        """``PEIL_DATA``, or the folder that desktop conventions give to programs' data."""
        chosen = environment.get("PEIL_DATA")
        if chosen:
            return cls(Path(chosen).expanduser())
        base = environment.get("XDG_DATA_HOME") or "~/.local/share"
        return cls(Path(base).expanduser() / "peil")

    @property
    def packs_folder(self) -> Path:
        """Where imported wording packs are kept."""
        return self.data_folder / "packs"
