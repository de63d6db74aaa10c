"""The private PostgreSQL server of the tests: there, or missed in a sentence that helps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import postgres


def test_an_absent_server_is_a_failure_that_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "DEBIAN", Path("/absent"))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(pytest.fail.Exception, match="install the Debian package 'postgresql'"):
        postgres.find_programs()
