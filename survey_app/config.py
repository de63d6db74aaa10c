"""The settings of one installation; nothing else in the program reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

#: The three databases: who was invited, the sealed ballots, the opened ones.
DATABASES = ("roster", "urn", "results")

#: Where ``peil serve`` listens unless told otherwise; also the address that mails carry then.
DEFAULT_ADDRESS = "http://127.0.0.1:8000"


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what to write."""


@dataclass(frozen=True)
class Config:
    """What one installation is told.

    ``data_folder`` holds what it keeps: databases, keys, releases, imported wording packs.
    ``address`` is where people reach it, without a slash at the end. ``databases`` are SQLAlchemy
    URLs by name of :data:`DATABASES`; a name that is absent is a SQLite file in the data folder.
    ``smtp`` is the mail server as a URL (``smtp://``, ``smtp+starttls://`` or ``smtps://``), None when
    no mail can be sent; ``sender`` the address that mails come from.
    """

    data_folder: Path
    address: str = DEFAULT_ADDRESS
    databases: Mapping[str, str] = field(default_factory=dict)
    smtp: str | None = None
    sender: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Config:
        """``PEIL_DATA``, or the folder that desktop conventions give to programs' data; and the rest.

        ``PEIL_ADDRESS``, ``PEIL_ROSTER_URL``, ``PEIL_URN_URL``, ``PEIL_RESULTS_URL``, ``PEIL_SMTP``
        and ``PEIL_SENDER`` are optional. Raises :class:`SettingsError`.
        """
        given = {name: environment.get(f"PEIL_{name.upper()}_URL", "") for name in DATABASES}
        return cls(
            _data_folder(environment),
            _address(environment.get("PEIL_ADDRESS") or DEFAULT_ADDRESS),
            {name: _database(name, url) for name, url in given.items() if url},
            environment.get("PEIL_SMTP") or None,
            environment.get("PEIL_SENDER") or None,
        )

    @property
    def packs_folder(self) -> Path:
        """Where imported wording packs are kept."""
        return self.data_folder / "packs"

    @property
    def database_urls(self) -> dict[str, str]:
        """One SQLAlchemy URL for each of :data:`DATABASES`."""
        return {
            name: self.databases.get(name, f"sqlite:///{(self.data_folder / f'{name}.sqlite').absolute()}")
            for name in DATABASES
        }

    def survey_folder(self, survey_id: str) -> Path:
        """What belongs to one survey besides its rows: its survey file, earlier waves, its release."""
        return self.data_folder / "surveys" / survey_id

    def release_folder(self, survey_id: str) -> Path:
        """The report, the released figures and the pages of one survey, once there are any."""
        return self.survey_folder(survey_id) / "release"

    def opening_key_file(self, survey_id: str) -> Path:
        """The opening key of a survey at level 1: to be kept out of every backup."""
        return self.data_folder / "opening-keys" / f"{survey_id}.json"


def _data_folder(environment: Mapping[str, str]) -> Path:
    chosen = environment.get("PEIL_DATA")
    if chosen:
        return Path(chosen).expanduser()
    base = environment.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "peil"


def _address(written: str) -> str:
    try:
        parts = urlsplit(written)
        fits = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        fits = False
    if not fits:
        raise SettingsError(f"PEIL_ADDRESS is '{written}'; write where people reach Peil, as https://peil.example.nl")
    return written.rstrip("/")


def _database(name: str, url: str) -> str:
    """SQLAlchemy's name for the driver we ship is added, because people copy URLs without it."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    if not url.startswith(("postgresql+psycopg://", "sqlite:///")):
        raise SettingsError(
            f"PEIL_{name.upper()}_URL names a database that Peil does not know; "
            "write postgresql://user:password@host/name, or leave it out for SQLite"
        )
    return url
