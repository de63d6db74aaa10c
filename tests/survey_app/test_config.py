"""Where an installation keeps its data."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from survey_app.config import Config


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({}, "~/.local/share/peil"),
        ({"PEIL_DATA": "", "XDG_DATA_HOME": ""}, "~/.local/share/peil"),
        ({"XDG_DATA_HOME": "/data"}, "/data/peil"),
        ({"XDG_DATA_HOME": "~/data"}, "~/data/peil"),
        ({"PEIL_DATA": "/srv/peil", "XDG_DATA_HOME": "/data"}, "/srv/peil"),
        ({"PEIL_DATA": "~/peil"}, "~/peil"),
    ],
)
def test_the_data_folder_follows_the_environment(environment: dict[str, str], folder: str) -> None:
    config = Config.from_environment(environment)
    assert config.data_folder == Path(folder).expanduser()
    assert config.packs_folder == config.data_folder / "packs"


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEIL_DATA", "/srv/peil")
    assert Config.from_environment() == Config(Path("/srv/peil"))


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        Config(Path("/srv/peil")).data_folder = Path("/elsewhere")  # type: ignore[misc]
