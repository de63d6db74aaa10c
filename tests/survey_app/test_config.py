"""What one installation is told: its folder, its address, its databases, its mail server."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from survey_app.config import DATABASES, DEFAULT_ADDRESS, Config, SettingsError


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


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("", DEFAULT_ADDRESS),
        ("https://peil.example.nl", "https://peil.example.nl"),
        ("https://peil.example.nl/", "https://peil.example.nl"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_the_address_is_kept_without_a_slash(written: str, address: str) -> None:
    assert Config.from_environment({"PEIL_ADDRESS": written}).address == address


@pytest.mark.parametrize(
    "written",
    [
        "peil.example.nl",
        "ftp://peil.example.nl",
        "https://",
        "https://x?y",
        "https://x#y",
        "https://x:port",
        "https://[",
    ],
)
def test_another_address_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(SettingsError, match=r"^PEIL_ADDRESS is .*https://peil\.example\.nl$"):
        Config.from_environment({"PEIL_ADDRESS": written})


def test_each_database_is_a_file_of_its_own_unless_it_is_elsewhere() -> None:
    config = Config.from_environment({"PEIL_DATA": "/srv/peil", "PEIL_URN_URL": "postgres://u:p@host/urn"})
    assert config.database_urls == {
        "roster": "sqlite:////srv/peil/roster.sqlite",
        "urn": "postgresql+psycopg://u:p@host/urn",
        "results": "sqlite:////srv/peil/results.sqlite",
    }
    assert tuple(config.database_urls) == DATABASES


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_all_spellings_of_postgresql_lead_to_the_driver_we_ship(scheme: str) -> None:
    config = Config.from_environment({"PEIL_ROSTER_URL": f"{scheme}://host/roster"})
    assert config.databases == {"roster": "postgresql+psycopg://host/roster"}


@pytest.mark.parametrize("url", ["mysql://host/x", "postgresql+asyncpg://host/x", "roster.sqlite", "sqlite://"])
def test_other_databases_are_refused_by_name_and_without_repeating_a_password(url: str) -> None:
    with pytest.raises(SettingsError, match="PEIL_RESULTS_URL") as refused:
        Config.from_environment({"PEIL_RESULTS_URL": f"{url}?password=geheim"})
    assert "geheim" not in str(refused.value)


def test_mail_is_off_until_there_is_a_server() -> None:
    assert Config.from_environment({"PEIL_SMTP": "", "PEIL_SENDER": ""}).smtp is None
    config = Config.from_environment({"PEIL_SMTP": "smtps://mail.example.nl", "PEIL_SENDER": "Peil <p@example.nl>"})
    assert (config.smtp, config.sender) == ("smtps://mail.example.nl", "Peil <p@example.nl>")


def test_what_belongs_to_a_survey_lies_in_its_folder_but_for_the_key_that_no_backup_may_have() -> None:
    config = Config(Path("/srv/peil"))
    assert config.release_folder("abcd1234").is_relative_to(config.survey_folder("abcd1234"))
    key = config.opening_key_file("abcd1234")
    assert key.parent == Path("/srv/peil/opening-keys")
    assert not key.is_relative_to(config.survey_folder("abcd1234"))
