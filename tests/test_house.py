"""The laws of the house: imports go one way, types and style hold, nothing points at one machine."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))

# Written in two halves, so that this file does not break the law that it guards.
FOREIGN = re.compile(
    "|".join(
        [
            r"(?<![\w.])/wo" + r"rk/",
            r"(?<![\w.])/ro" + r"ot/",
            r"(?<![\w.])/o" + r"pt/",
            r"pypi\.or" + r"g/simple",
            r"files\.pythonho" + r"sted",
            r"registry\.npm" + r"js",
        ]
    )
)
NOT_SOURCE = {".git", ".venv", "__pycache__", "build", "dist", "out"}


def run(*command: str | Path) -> None:
    """Run a command in the root and fail with what it printed."""
    # No width of the caller's terminal and no colours: the message is read in a test report.
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"


def project_files() -> list[Path]:
    """All files of the project: what git knows or would add, and outside a repository what lies here."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listing.returncode == 0 and (ROOT / ".git").exists():
        candidates = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        candidates = [
            path
            for path in ROOT.rglob("*")
            if not any(
                part in NOT_SOURCE or part.endswith(("_cache", ".egg-info")) for part in path.relative_to(ROOT).parts
            )
        ]
    return [path for path in candidates if path.is_file()]


def project_texts() -> dict[Path, str]:
    """The text of every project file that is text."""
    texts = {}
    for path in project_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts[path.relative_to(ROOT)] = content.decode("utf-8", errors="replace")
    return texts


def pins(lock: Path) -> dict[str, tuple[str, int]]:
    """Version and number of hashes for each package in a lock file."""
    logical_lines = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    found: dict[str, tuple[str, int]] = {}
    for line in logical_lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.match(r"([A-Za-z0-9._-]+)==(\S+)", line)
        assert match, f"{lock.name} has a line that is not a pin: {line[:80]}"
        found[canonicalize_name(match[1])] = (match[2], len(re.findall(r"--hash=sha256:[0-9a-f]{64}", line)))
    return found


def test_imports_go_one_way() -> None:
    run(SCRIPTS / "lint-imports", "--no-logo")


def test_types_hold() -> None:
    run(sys.executable, "-m", "mypy")


def test_style_holds() -> None:
    run(sys.executable, "-m", "ruff", "check")


def test_format_holds() -> None:
    run(sys.executable, "-m", "ruff", "format", "--check")


def test_no_file_points_at_one_machine_or_registry() -> None:
    offences = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in project_texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if FOREIGN.search(line)
    ]
    assert not offences, "\n".join(offences)


def test_the_guard_knows_what_it_guards_against() -> None:
    assert FOREIGN.search("cd /wo" + "rk/main")
    assert FOREIGN.search("--index-url https://pypi.or" + "g/simple")
    assert not FOREIGN.search("balance of home/work/care, served from /srv/peil")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_has_hashes(lock: Path) -> None:
    bare = [name for name, (_, hashes) in pins(lock).items() if hashes == 0]
    assert not bare, f"without hashes: {', '.join(bare)}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_hold_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    for address in ("://", "--index-url", "--extra-index-url", "--find-links", "--trusted-host"):
        assert address not in text


def test_locks_satisfy_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    assert project["build-system"]["requires"] == groups["build"], "the build tool is locked through its group"
    wanted = {
        "run": project["project"]["dependencies"] + groups["build"],
        "dev": project["project"]["dependencies"] + groups["build"] + groups["dev"],
    }
    for name, requirements in wanted.items():
        locked = pins(ROOT / "requirements" / f"{name}.txt")
        for requirement in map(Requirement, requirements):
            package = canonicalize_name(requirement.name)
            assert package in locked, f"{requirement} is not in {name}.txt: run ./peil lock"
            assert Version(locked[package][0]) in requirement.specifier, f"{requirement} in {name}.txt"


def test_development_adds_to_what_runs_and_changes_nothing() -> None:
    run_pins, dev_pins = (pins(ROOT / "requirements" / name) for name in ("run.txt", "dev.txt"))
    assert run_pins.items() <= dev_pins.items()


@pytest.mark.parametrize("shell", ["sh", "dash"])
def test_start_script_is_plain_shell(shell: str) -> None:
    if shutil.which(shell) is None:
        shell = "sh"  # where sh is another shell and dash is absent, sh answers twice
    run(shell, "-n", ROOT / "peil")


def test_start_script_and_ci_are_executable() -> None:
    for script in (ROOT / "peil", ROOT / ".ci" / "run"):
        assert os.access(script, os.X_OK), f"{script.name} is not executable"


def test_network_is_closed_in_tests() -> None:
    # 192.0.2.1 is reserved for documentation (RFC 5737): nothing answers there, should the guard fail.
    with socket.socket() as outside, pytest.raises(RuntimeError, match="network is closed"):
        outside.connect(("192.0.2.1", 9))
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as inside:
        inside.connect(server.getsockname())
