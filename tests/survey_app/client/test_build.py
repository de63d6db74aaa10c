"""What browsers get is what the sources say: built again, the same bytes come out."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

CLIENT = Path("survey_app/client")
TEXTS = Path("survey_app/respond/texts")
ASSISTED = (*Path("survey_app/templates/respond/assisted").glob("*.html"), *Path("survey_app/respond").glob("*.py"))
MODULES = CLIENT / "node_modules"

SOURCES = Path("survey_app/static/client/SOURCES.txt")

BUILT = (
    str(SOURCES),
    "survey_app/static/client/booth.js",
    "survey_app/static/client/booth-ed25519.js",
    "survey_app/static/client/booth-standalone.html",
    "survey_app/static/client/LICENSES.txt",
    "survey_app/static/council/council.html",
    "tests/journeys/client.js",
)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is needed only to build the client")
@pytest.mark.skipif(
    not MODULES.is_dir(), reason="run 'npm ci --ignore-scripts' in survey_app/client to check the build"
)
def test_the_sources_give_what_is_committed(tmp_path: Path) -> None:
    subprocess.run(["node", CLIENT / "build.mjs", tmp_path], check=True, capture_output=True, text=True)
    for name in BUILT:
        assert (tmp_path / name).read_bytes() == Path(name).read_bytes(), f"{name}: run 'node build.mjs' in {CLIENT}"


def test_nothing_changed_in_the_sources_since_they_were_built() -> None:
    """What can be seen without Node: every source is the one that the committed files were built from."""
    noted = dict(
        reversed(line.split("  ", 1))
        for line in SOURCES.read_text(encoding="utf-8").splitlines()  # file: sum
    )
    folders = (CLIENT / "src", CLIENT / "council", TEXTS, Path("survey_app/cli/council_texts"))
    present = {str(path) for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert present <= noted.keys(), "a source is new: run 'node build.mjs' in survey_app/client"
    for name, noted_sum in noted.items():
        assert hashlib.sha256(Path(name).read_bytes()).hexdigest() == noted_sum, f"{name} changed: build again"


def test_packages_are_pinned_by_version_and_hash_and_no_address_stands_in_the_lock() -> None:
    text = (CLIENT / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert len(packages) > 3
    assert all(entry.get("integrity", "").startswith("sha512-") for name, entry in packages.items() if name)
    wanted = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name} is pinned exactly"
        assert packages[f"node_modules/{name}"]["version"] == version


def test_every_library_in_the_scripts_has_its_licence_beside_them() -> None:
    licences = Path("survey_app/static/client/LICENSES.txt").read_text(encoding="utf-8")
    for name in json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))["dependencies"]:
        assert re.search(rf"^{name} \d", licences, re.MULTILINE)
    assert licences.count("Permission is hereby granted") >= 4


def test_both_languages_say_the_same_things() -> None:
    dutch, english = (
        tomllib.loads((TEXTS / f"{language}.toml").read_text(encoding="utf-8")) for language in ("nl", "en")
    )

    def flat(texts: dict[str, object], path: str = "") -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in texts.items():
            found |= flat(value, f"{path}{key}.") if isinstance(value, dict) else {path + key: str(value)}
        return found

    nl, en = flat(dutch), flat(english)
    assert list(nl) == list(en)
    for key, text in nl.items():
        names = re.findall(r"\{\w+\}", text)
        assert sorted(names) == sorted(re.findall(r"\{\w+\}", en[key])), key
        assert text.count("**") == en[key].count("**"), key
        for said in (text, en[key]):
            assert said.strip() == said != "", key
            assert "!" not in said, f"{key}: calm"


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    texts = {
        key
        for key, value in tomllib.loads((TEXTS / "nl.toml").read_text(encoding="utf-8")).items()
        if isinstance(value, str)
    }
    sources = "\n".join(path.read_text(encoding="utf-8") for path in CLIENT.glob("src/**/*.js"))
    assisted = "\n".join(path.read_text(encoding="utf-8") for path in ASSISTED)
    named = set(re.findall(r'"([a-z][a-z_0-9]+)"', sources + assisted))
    made = {f"code_{reason}" for reason in ("symbol", "length", "check")}
    made |= {f"level_{level}{end}" for level in (1, 2, 3) for end in ("", "_text")}
    made |= {f"later_{found}" for found in ("counted", "absent", "changed", "gone")}
    kinds = ("alarm", "closed", "early", "network", "old", "server", "unknown")
    made |= {f"error_{kind}_text" for kind in kinds} | {f"error_{kind}" for kind in kinds}
    assert texts <= named | made | {"language"}
    assert set(re.findall(r'\bt\("(\w+)"', sources)) <= texts


def test_no_text_becomes_markup() -> None:
    for path in CLIENT.glob("src/**/*.js"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", source), (
            path
        )
