"""A private PostgreSQL server for tests, made from the installed programs and gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from survey_app.stores import BINDS

ABSENT = "PostgreSQL is not installed, and the stores are tested on it: install the Debian package 'postgresql'"

#: Debian keeps the server's programs out of the search path, by version.
DEBIAN = Path("/usr/lib/postgresql")

#: Nothing has to outlive a crash of the machine, and nobody else can reach the server: it listens on a socket file.
SETTINGS = {"fsync": "off", "listen_addresses": "", "max_connections": "60", "shared_buffers": "32MB"}


@dataclass
class PostgresServer:
    """A running server; ``data`` is the folder with its files and its write-ahead log."""

    programs: Path
    folder: Path
    process: subprocess.Popen[bytes]
    _free: list[dict[str, str]] = field(default_factory=list)
    _made: int = 0
    users: int = 0

    @property
    def data(self) -> Path:
        """The folder of the cluster."""
        return self.folder / "data"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection as superuser, on which each statement counts at once."""
        return psycopg.connect(host=str(self.folder), user="peil", dbname=database, autocommit=True)

    @contextmanager
    def databases(self) -> Iterator[dict[str, str]]:
        """Three empty databases: their names by that of the store; they are emptied for the next who asks."""
        names = self._free.pop() if self._free else self._new_databases()
        yield names
        for name in names.values():
            with self.connect(name) as connection:
                connection.execute("DROP SCHEMA public CASCADE")
                connection.execute("CREATE SCHEMA public")
        self._free.append(names)

    def urls(self, names: Mapping[str, str]) -> dict[str, str]:
        """The URLs of databases by name of the store."""
        return {bind: f"postgresql+psycopg://peil@/{name}?host={self.folder}" for bind, name in names.items()}

    def _new_databases(self) -> dict[str, str]:
        self._made += 1
        names: dict[str, str] = {bind: f"{bind}_{self._made}" for bind in BINDS}
        with self.connect() as connection:
            for name in names.values():
                connection.execute(f"CREATE DATABASE {name}".encode())
        return names

    def run(self, program: str, *arguments: str | Path) -> str:
        """What one of the programs beside the server prints."""
        command = [self.programs / program, *arguments]
        result = subprocess.run(command, capture_output=True, text=True, errors="replace")
        assert result.returncode == 0, result.stderr
        return result.stdout

    def stop(self) -> None:
        """Stops the server and removes its files."""
        self.process.send_signal(signal.SIGQUIT)  # nothing has to be brought to the disk any more
        self.process.wait(timeout=60)
        shutil.rmtree(self.folder)


def find_programs() -> Path:
    """Where ``initdb`` and its companions are."""
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    if found is None:
        pytest.fail(ABSENT, pytrace=False)
    return Path(found).resolve().parent


def start_server() -> PostgresServer:
    """A server of its own; it refuses to run as root, and then runs as another user of this machine."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="peil-postgres-"))
    user = _user()
    shutil.chown(folder, user)
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "cwd": folder}
    if user != _me():
        quiet["user"] = user
    try:
        process = _start(programs, folder, quiet)
    except BaseException:
        shutil.rmtree(folder)
        raise
    server = PostgresServer(programs, folder, process)
    _wait_for(server)
    return server


def _start(programs: Path, folder: Path, quiet: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    data = folder / "data"
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "peil",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
    ]
    made = subprocess.run(initdb, capture_output=True, text=True, **quiet)
    assert made.returncode == 0, made.stderr
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command: list[str | Path] = [programs / "postgres", "-D", data, "-k", folder, *settings]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, **quiet)


def _wait_for(server: PostgresServer) -> None:
    for _ in range(300):
        try:
            server.connect().close()
            return
        except psycopg.OperationalError:
            if server.process.poll() is not None:
                break
            time.sleep(0.1)
    said = (server.folder / "log").read_text()
    server.stop()
    pytest.fail(f"PostgreSQL does not start: {said}", pytrace=False)


def _me() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _user() -> str:
    if os.geteuid() != 0:
        return _me()
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


_SERVER = pytest.StashKey[PostgresServer]()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """One server for the whole run, or for each worker of a parallel one, whichever folders ask for it."""
    if _SERVER not in pytestconfig.stash:
        pytestconfig.stash[_SERVER] = start_server()
    server = pytestconfig.stash[_SERVER]
    server.users += 1
    yield server
    server.users -= 1
    if not server.users:
        del pytestconfig.stash[_SERVER]
        server.stop()
