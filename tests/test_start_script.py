"""./peil itself: what it installs, when, and what it says when it can not.

The Python it finds is a small shell script that stands in for `venv` and `pip` and notes every call,
so that these tests need no network and take no minute.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
USED_BY_THE_SCRIPT = ["cat", "cmp", "cp", "dirname", "id", "readlink", "rm", "sh"]

INSTALLED_PROGRAM = """\
#!/bin/sh
printf 'peil in %s:' "$PWD"
printf ' [%s]' "$@"
echo
"""

FAKE_PYTHON = """\
#!/bin/sh
case $2 in
    venv)
        echo "venv" >>"$CALLS"
        for place; do :; done
        rm -rf "$place"
        mkdir -p "$place/bin"
        cp "$0" "$place/bin/python"
        echo "command = $place" >"$place/pyvenv.cfg"
        ;;
    pip)
        echo "$*" >>"$CALLS"
        if [ -n "$PIP_FAILS" ]; then exit 1; fi
        cp "$PROGRAM" "${0%/*}/peil"
        cp "$PROGRAM" "${0%/*}/lint-imports"
        ;;
    ruff | mypy | pytest | benchmarks) echo "$* in $PWD" >>"$CALLS" ;;
    *)
        if [ "$1" = docs/generate.py ]; then echo "$* in $PWD" >>"$CALLS"; exit; fi
        if [ -n "$WITHOUT_VENV" ] && [ "$2" = "import venv, ensurepip" ]; then exit 1; fi
        exec "$REAL_PYTHON" "$@"
        ;;
esac
"""


def executable(path: Path, text: str) -> Path:
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@dataclass(frozen=True)
class Checkout:
    """A copy of the script with its requirements, and a PATH with a fake Python only."""

    root: Path
    programs: Path
    calls_file: Path
    environment: dict[str, str]

    def run(
        self, *arguments: str, cwd: Path | None = None, script: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [script or self.root / "peil", *arguments],
            cwd=cwd or self.root,
            env=self.environment | environment,
            capture_output=True,
            text=True,
        )

    def take_calls(self) -> list[str]:
        """What was asked of the fake Python since the last look."""
        calls = self.calls_file.read_text(encoding="utf-8").splitlines() if self.calls_file.exists() else []
        self.calls_file.unlink(missing_ok=True)
        return calls


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "a place with spaces"
    (root / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "peil", root / "peil")
    for name in ("pyproject.toml", "requirements/run.txt", "requirements/dev.txt"):
        (root / name).write_text(f"# {name}\n", encoding="utf-8")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in [*USED_BY_THE_SCRIPT, "env", "mkdir"]:
        found = shutil.which(name)
        assert found is not None, f"{name} is needed to run this test"
        (programs / name).symlink_to(found)
    for name in ("pdffonts", "pdftoppm", "pdftotext", "chromium", "initdb"):
        executable(programs / name, "#!/bin/sh\n")
    executable(programs / "python3", FAKE_PYTHON)
    calls_file = tmp_path / "calls"
    environment = {
        "PATH": str(programs),
        "CALLS": str(calls_file),
        "PROGRAM": str(executable(tmp_path / "program", INSTALLED_PROGRAM)),
        "REAL_PYTHON": sys.executable,
        "LC_ALL": "C.UTF-8",
    }
    return Checkout(root, programs, calls_file, environment)


def pip_calls(calls: Sequence[str]) -> list[str]:
    return [call for call in calls if " pip " in call]


def test_first_run_installs_pinned_requirements_and_later_runs_nothing(checkout: Checkout) -> None:
    first = checkout.run("--help")
    assert first.returncode == 0, first.stderr
    assert "Installing (first run, about a minute)…" in first.stderr
    venv, requirements, package = checkout.take_calls()
    assert venv == "venv"
    assert "--require-hashes -r" in requirements and requirements.endswith("requirements/run.txt")
    assert "--no-deps --no-build-isolation -e" in package

    second = checkout.run("--help")
    assert (second.returncode, second.stderr) == (0, "")
    assert checkout.take_calls() == []


def test_unknown_words_go_to_the_program_in_the_directory_of_the_caller(checkout: Checkout, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    result = checkout.run("report", "my answers.csv", "--lang=nl", cwd=elsewhere)
    assert result.stdout == f"peil in {elsewhere}: [report] [my answers.csv] [--lang=nl]\n"


def test_script_is_found_through_links(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (checkout.root / "also-peil").symlink_to("peil")
    link = tmp_path / "bin" / "peil"
    link.symlink_to(Path("..") / checkout.root.name / "also-peil")
    result = checkout.run("demo", cwd=tmp_path, script=link)
    assert result.stdout == f"peil in {tmp_path}: [demo]\n"
    assert (checkout.root / ".venv" / ".peil-run").exists()


def test_changed_project_file_installs_the_package_only(checkout: Checkout) -> None:
    checkout.run("demo")
    checkout.take_calls()
    (checkout.root / "pyproject.toml").write_text("# another\n", encoding="utf-8")
    result = checkout.run("demo")
    assert "Installing what has changed" in result.stderr
    (package,) = checkout.take_calls()
    assert "--no-deps --no-build-isolation -e" in package


def test_changed_requirements_start_afresh_so_that_what_left_them_is_gone(checkout: Checkout) -> None:
    checkout.run("demo")
    checkout.take_calls()
    (checkout.root / "requirements" / "run.txt").write_text("# another\n", encoding="utf-8")
    result = checkout.run("demo")
    assert "Installing what has changed" in result.stderr
    calls = checkout.take_calls()
    assert calls[0] == "venv"
    assert len(pip_calls(calls)) == 2


def test_environment_of_unknown_origin_is_replaced(checkout: Checkout) -> None:
    executable(checkout.root / ".venv" / "bin" / "peil", INSTALLED_PROGRAM)
    assert checkout.run("demo").returncode == 0
    assert checkout.take_calls()[0] == "venv"


def test_moved_checkout_gets_a_new_environment(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run("demo")
    checkout.take_calls()
    moved = checkout.root.rename(tmp_path / "moved")
    assert checkout.run("demo", script=moved / "peil", cwd=moved).returncode == 0
    assert checkout.take_calls()[0] == "venv"


def test_broken_off_installation_is_done_again_from_the_start(checkout: Checkout) -> None:
    failed = checkout.run("demo", PIP_FAILS="yes")
    assert failed.returncode == 1
    assert "the installation failed" in failed.stderr
    checkout.take_calls()
    repaired = checkout.run("demo")
    assert repaired.returncode == 0
    calls = checkout.take_calls()
    assert calls[0] == "venv"
    assert len(pip_calls(calls)) == 2


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements/run.txt"])
def test_failed_update_leaves_no_valid_stamp(checkout: Checkout, changed: str) -> None:
    checkout.run("demo")
    (checkout.root / changed).write_text("# another\n", encoding="utf-8")
    assert checkout.run("demo", PIP_FAILS="yes").returncode == 1
    checkout.take_calls()
    assert checkout.run("demo").returncode == 0
    assert pip_calls(checkout.take_calls())


def test_failed_addition_for_the_tests_is_not_built_upon(checkout: Checkout) -> None:
    checkout.run("demo")
    assert checkout.run("test", PIP_FAILS="yes").returncode == 1
    checkout.take_calls()
    assert checkout.run("test").returncode == 0
    assert checkout.take_calls()[0] == "venv"


def test_two_first_runs_at_once_install_once(checkout: Checkout) -> None:
    running = [
        subprocess.Popen([checkout.root / "peil", "demo"], env=checkout.environment, stderr=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    calls = checkout.take_calls()
    assert calls.count("venv") == 1
    assert len(pip_calls(calls)) == 2


def test_tests_need_more_than_the_demonstration_does(checkout: Checkout) -> None:
    checkout.run("demo")
    checkout.take_calls()
    result = checkout.run("test", "-k", "gate", cwd=checkout.programs)
    assert result.returncode == 0, result.stderr
    requirements, package, pytest_call = checkout.take_calls()
    assert requirements.endswith("requirements/dev.txt")
    assert "-e" in package
    assert pytest_call == f"-m pytest -n 2 -k gate in {checkout.root}"
    checkout.run("demo")
    assert checkout.take_calls() == [], "what the tests need includes what the demonstration needs"


def test_lint_reports_failure_after_all_checks(checkout: Checkout) -> None:
    assert checkout.run("lint").returncode == 0
    calls = " ".join(checkout.take_calls())
    assert all(check in calls for check in ("ruff check", "ruff format --check", "-m mypy"))
    executable(checkout.root / ".venv" / "bin" / "lint-imports", "#!/bin/sh\nexit 1\n")
    assert checkout.run("lint").returncode == 1


@pytest.mark.parametrize(("verb", "call"), [("bench", "-m benchmarks --quick"), ("docs", "docs/generate.py --quick")])
def test_other_verbs_run_in_the_root(checkout: Checkout, tmp_path: Path, verb: str, call: str) -> None:
    assert checkout.run(verb, "--quick", cwd=tmp_path).returncode == 0
    assert checkout.take_calls()[-1] == f"{call} in {checkout.root}"


def test_missing_system_package_is_named_with_its_command(checkout: Checkout) -> None:
    (checkout.programs / "pdffonts").unlink()
    result = checkout.run("test")
    assert result.returncode == 3
    assert "apt-get install poppler-utils" in result.stderr


def test_missing_programs_of_the_tests_are_named_together(checkout: Checkout) -> None:
    (checkout.programs / "chromium").unlink()
    (checkout.programs / "pdffonts").unlink()
    result = checkout.run("test")
    assert result.returncode == 3
    assert "apt-get install poppler-utils chromium" in result.stderr


def test_root_installs_the_missing_system_package(checkout: Checkout) -> None:
    (checkout.programs / "pdffonts").unlink()
    (checkout.programs / "id").unlink()
    executable(checkout.programs / "id", "#!/bin/sh\necho 0\n")
    executable(checkout.programs / "apt-get", '#!/bin/sh\necho "apt-get $*" >>"$CALLS"\n')
    assert checkout.run("test").returncode == 0
    apt = [call for call in checkout.take_calls() if call.startswith("apt-get")]
    assert apt == ["apt-get -qq update", "apt-get -qq install --yes --no-install-recommends poppler-utils"]


def test_old_python_is_refused_with_the_remedy(checkout: Checkout) -> None:
    executable(checkout.programs / "python3", "#!/bin/sh\necho 3.9\n")
    result = checkout.run("demo")
    assert result.returncode == 1
    assert "needs Python 3.11 or newer, and python3 is 3.9. Install" in result.stderr
    assert not (checkout.root / ".venv").exists()


def test_newer_python_beside_an_old_one_is_found(checkout: Checkout) -> None:
    (checkout.programs / "python3").rename(checkout.programs / "python3.12")
    executable(checkout.programs / "python3", "#!/bin/sh\necho 3.9\n")
    assert checkout.run("demo").returncode == 0


def test_absent_python_is_named(checkout: Checkout) -> None:
    (checkout.programs / "python3").unlink()
    result = checkout.run("demo")
    assert result.returncode == 1
    assert "found none" in result.stderr


def test_absent_venv_module_is_named_with_its_package(checkout: Checkout) -> None:
    result = checkout.run("demo", WITHOUT_VENV="yes")
    assert result.returncode == 1
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"apt-get install python{version}-venv" in result.stderr
