"""What commands share that work on an installation: its application, and errors said as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask

from survey_app.application import create_app
from survey_app.cli.errors import BadInput
from survey_app.config import DEFAULT_ADDRESS, Config, SettingsError
from survey_app.stores import StoreError, db
from survey_app.vault import VaultError


def open_application(config: Config) -> Flask:
    """The application of this installation, made on first use."""
    try:
        return create_app(config)
    except (StoreError, VaultError, SettingsError, ValueError) as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        raise BadInput(f"{config.data_folder}: cannot be used ({error.strerror}); set PEIL_DATA to another") from error


def warn_of_address(config: Config) -> None:
    """Says that links would lead to this machine only, as long as nobody told where people reach Peil."""
    if config.address == DEFAULT_ADDRESS:
        click.echo(
            f"Note: links and letters will say {DEFAULT_ADDRESS}, which works on this machine only. "
            "Set PEIL_ADDRESS to where people reach Peil."
        )


@contextmanager
def installation(config: Config) -> Iterator[Flask]:
    """The application with its context; what its databases cannot do becomes one sentence, and they are let go of."""
    app = open_application(config)
    with app.app_context():
        try:
            yield app
        except (StoreError, VaultError) as error:
            raise BadInput(str(error)) from error
        finally:
            for engine in db.engines.values():
                engine.dispose()
