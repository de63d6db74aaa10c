"""A new survey: all of it is kept, or nothing of it, and whatever is wrong is one sentence with its place."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.errors import InputError
from analysis.survey import read_survey
from survey_app.anonymity.codes import token_hash
from survey_app.anonymity.encoding import digest, unb64u
from survey_app.anonymity.issuing import IssuerKey
from survey_app.anonymity.manifest import Manifest, check_witness
from survey_app.commission import commissioning, lifecycle
from survey_app.commission.commissioning import (
    CATEGORIES,
    EARLIER_ANSWERS,
    EARLIER_ROSTER,
    SURVEY_FILE,
    Files,
    commission_survey,
)
from survey_app.commission.promising import DONE, LOCKER
from survey_app.commission.releasing import stored_survey
from survey_app.commission.roster_file import read_invited
from survey_app.respond.booth import client_hash
from survey_app.stores import StoreError, roster, urn
from survey_app.stores.roster import State
from survey_app.vault import Vault
from tests.instruments.test_packs import PACK
from tests.survey_app.commission.stages import (
    CLOSES,
    COLUMNS,
    OPENS,
    Underway,
    insecure_keys,
    opened_installation,
    roster_rows,
    wishes,
    write_files,
)
from tests.survey_app.conftest import close_databases
from tests.survey_app.small_survey import HEADER, LONGEST_SENTENCE, answer_rows, as_csv


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Underway]:
    """An installation without a survey."""
    house = opened_installation(tmp_path / "data", "", OPENS - dt.timedelta(days=20))
    yield house
    close_databases(house.app)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """What HR brings, whole and right."""
    return write_files(tmp_path / "hr")


def commission(house: Underway, files: Files, level: int = 2, **changes: object) -> Manifest:
    """A new survey, on the day of the installation, with issuing keys of its own."""
    with house.app.app_context():
        wanted = replace(wishes(level), **changes)  # type: ignore[arg-type]
        make_key = insecure_keys(4 * len(roster.surveys()))
        return commission_survey(files, wanted, house.calendar(), lambda *_: None, make_key=make_key)


def rewrite(path: Path, old: str, new: str) -> None:
    """Replaces text that has to be there, once."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("level", [1, 2, 3])
def test_everything_of_a_survey_is_kept(level: int, house: Underway, files: Files) -> None:
    manifest = commission(house, files, level, remind_all=True, assisted=False)
    vault: Vault = house.app.extensions["peil.vault"]
    with house.app.app_context():
        (survey,) = roster.surveys()
        assert survey.id == manifest.survey and re.fullmatch("[0-9a-hjkmnp-tv-z]{8}", survey.id)
        assert (survey.state, survey.manifest, survey.remind_all) == (State.PROMISED, manifest.text, True)
        assert (manifest.level, manifest.assisted) == (level, False)
        assert manifest.independent_client == ("https://raad.example.nl/peil" if level == 3 else None)
        assert manifest.form == digest("form", survey.form)
        assert manifest.client == unb64u(client_hash(), 32)
        assert (survey.witness is not None) == (level == 1)
        assert survey.witness is None or check_witness(manifest, survey.witness)
        assert house.config.opening_key_file(survey.id).exists() == (level == 1)
        keys = {key.purpose: key for key in roster.issuer_keys(survey.id)}
        assert set(keys) == {LOCKER, DONE, "u1", "u2"}
        for key in keys.values():
            issuer = IssuerKey.from_der(vault.unseal(key.private, "issuer")).issuer
            assert (issuer.hash, issuer.n, issuer.proof) == (key.hash, key.n, key.proof)
        stored = urn.survey(survey.id)
        assert stored is not None and not stored.accepting and stored.manifest == manifest.text
        assert stored.locker_n == keys[LOCKER].n
        assert len(vault.unseal(stored.log_private, "log")) == 32


def test_everybody_on_the_roster_gets_one_code_that_only_its_hash_is_kept_of(house: Underway, files: Files) -> None:
    manifest = commission(house, files)
    survey = replace(house, survey_id=manifest.survey)
    people = survey.people()
    invited = read_invited(files.roster, read_survey(files.survey))
    assert sorted((p.path, p.name, p.email, p.language, p.channel) for p in people) == sorted(
        (p.path, p.name, p.email, p.language, p.channel) for p in invited
    )
    codes = {survey.code_of(person) for person in people}
    assert len(codes) == len(people) == manifest.invited == 46
    assert {person.token_hash for person in people} == {token_hash(manifest.survey, code) for code in codes}
    assert len({person.id for person in people}) == 46
    assert [person.id for person in people] != sorted(person.id for person in people), "ids tell nothing of the roster"
    close_databases(house.app)
    kept = b"".join(path.read_bytes() for path in house.folder.rglob("*") if path.is_file())
    for code in codes:
        assert code.encode() not in kept
    homes = {unit.key: unit.name for unit in manifest.units}
    assert {homes[person.unit] for person in people if person.path[0] == "Zorg"} == {"Zorg"}


def test_two_surveys_have_nothing_in_common(house: Underway, files: Files) -> None:
    first, second = commission(house, files), commission(house, files)
    assert first.survey != second.survey and first.log_key != second.log_key
    with house.app.app_context():
        assert len(roster.surveys()) == 2
        assert not {p.token_hash for p in roster.invitations(first.survey)} & {
            p.token_hash for p in roster.invitations(second.survey)
        }


def test_at_level_one_every_survey_has_an_opening_key_of_its_own(house: Underway, files: Files) -> None:
    first, second = commission(house, files, 1), commission(house, files, 1)
    assert first.opening_key != second.opening_key and first.witness_key != second.witness_key
    key = house.config.opening_key_file(first.survey)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_bytes() != house.config.opening_key_file(second.survey).read_bytes()


def test_the_files_of_the_report_are_kept_for_the_owner_only(house: Underway, files: Files) -> None:
    manifest = commission(house, files)
    folder = house.config.survey_folder(manifest.survey)
    assert {path.name for path in folder.iterdir()} == {SURVEY_FILE, CATEGORIES}
    assert (folder / SURVEY_FILE).read_bytes() == files.survey.read_bytes()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files.survey.unlink()
    assert stored_survey(house.config, manifest.survey).organisation == "Voorbeeld BV"


def test_a_survey_file_that_a_windows_editor_saved_is_read_too(house: Underway, files: Files) -> None:
    files.survey.write_bytes(b"\xef\xbb\xbf" + files.survey.read_bytes().replace(b"\n", b"\r\n"))
    manifest = commission(house, files)
    assert stored_survey(house.config, manifest.survey).organisation == "Voorbeeld BV"


def test_wording_packs_beside_the_survey_file_are_kept_with_it(house: Underway, files: Files) -> None:
    (files.survey.parent / "packs").mkdir()
    (files.survey.parent / "packs" / "mine.toml").write_text(PACK, encoding="utf-8")
    rewrite(
        files.survey,
        '["mental-fatigue"]',
        '["mental-fatigue", "workload"]\npacks = [" packs/mine.toml "]\nlanguages = ["nl"]',
    )
    manifest = commission(house, files)
    shutil.rmtree(files.survey.parent)
    questionnaire = stored_survey(house.config, manifest.survey).questionnaire
    assert questionnaire.item_text("workload_fast", "nl").text == "Made-up question one?"
    assert manifest.languages == ("nl",)


def test_earlier_waves_are_kept_to_compare_with(house: Underway, files: Files) -> None:
    files = with_earlier(files)
    manifest = commission(house, files)
    folder = house.config.survey_folder(manifest.survey)
    assert {path.name for path in folder.iterdir()} == {SURVEY_FILE, CATEGORIES, EARLIER_ANSWERS, EARLIER_ROSTER}
    survey = stored_survey(house.config, manifest.survey)
    (earlier,) = commissioning.read_earlier(survey, folder / EARLIER_ANSWERS, folder / EARLIER_ROSTER)
    assert (earlier.wave, earlier.n) == ("2025", 30)
    assert earlier.headcount is not None and earlier.headcount.total == 60


def with_earlier(files: Files) -> Files:
    """The same with a wave of the year before."""
    rewrite(files.survey, 'wave = "2026"', 'wave = "2026"\nearlier_waves = ["2025"]')
    answers, invited = files.survey.parent / "before.csv", files.survey.parent / "then.csv"
    rows = [(*row[:2], "Kantoor", *row[3:]) for row in answer_rows() if row[1] == "2025"]
    answers.write_text(as_csv(HEADER, rows), encoding="utf-8")
    people = [row[1:4] for row in rows for _ in range(2)]
    invited.write_text(as_csv(HEADER[1:4], people), encoding="utf-8")
    return replace(files, earlier=answers, earlier_roster=invited)


Damage = Callable[[Files], Files | None]


def survey(old: str, new: str) -> Damage:
    """Damages the survey file."""
    return lambda files: rewrite(files.survey, old, new)


def rows(change: Callable[[list[tuple[str, ...]]], list[tuple[str, ...]]]) -> Damage:
    """Another roster."""
    return lambda files: files.roster.write_text(as_csv(COLUMNS, change(roster_rows())), encoding="utf-8") and None


def cell(column: str, value: str) -> Damage:
    """Another value on the fourth line of the roster."""

    def change(table: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
        changed = list(table[2])
        changed[COLUMNS.index(column)] = value
        return [*table[:2], tuple(changed), *table[3:]]

    return rows(change)


def _pipe(files: Files) -> None:
    files.survey.unlink()
    os.mkfifo(files.survey)


def _folder(files: Files) -> None:
    files.roster.unlink()
    files.roster.mkdir()


def _pack_elsewhere(name: str) -> Damage:
    def damage(files: Files) -> None:
        place = Path(name) if name.startswith("/") else files.survey.parent / name
        if not name.startswith("/"):
            place.write_text(PACK, encoding="utf-8")
        else:
            (files.survey.parent.parent / "pack.toml").write_text(PACK, encoding="utf-8")
        named = str(files.survey.parent.parent / "pack.toml") if name.startswith("/") else name
        rewrite(files.survey, '["mental-fatigue"]', f'["mental-fatigue", "workload"]\npacks = ["{named}"]')

    return damage


def _over(files: Files) -> None:
    rewrite(files.survey, "2026-10-05", "2026-09-01")
    rewrite(files.survey, "2026-10-23", "2026-09-14")


def _many_questions(files: Files) -> None:
    keys = [f"own_{n:04}_{'x' * 50}" for n in range(700)]
    items = ", ".join(f'{{ key = "{key}", scale = "agree" }}' for key in keys)
    texts = ", ".join(f'{key} = "Vraag {n}?"' for n, key in enumerate(keys))
    labels = '{ agree = { 1 = "a", 2 = "b" } }'
    own = f'\n[[instruments]]\nid = "own-questions"\nscales = {{ agree = {{ values = [1, 2] }} }}\nitems = [{items}]\n'
    own += "item_measures = { at_least = 2 }\n"
    for language in ("nl", "en"):
        own += f'[instruments.texts.{language}]\ntitle = "Eigen"\nitems = {{ {texts} }}\nscales = {labels}\n'
    with files.survey.open("a", encoding="utf-8") as stream:
        stream.write(own)


def earlier(**changes: object) -> Damage:
    """With an earlier wave, and something wrong about it."""
    return lambda files: replace(with_earlier(files), **changes)  # type: ignore[arg-type]


REFUSED: dict[str, tuple[Damage, tuple[str, ...]]] = {
    "no survey file": (lambda f: f.survey.unlink(), ("survey.toml: cannot be read", "check the path")),
    "a pipe": (_pipe, ("survey.toml: is not a plain file", "save it as a file first")),
    "a survey file that is none": (survey("[survey]", "[surveys]"), ("survey.toml", "unknown key 'surveys'")),
    "over already": (survey("2026-10-23", "2026-09-14"), ("fieldwork_to lies before",)),
    "in the past": (
        _over,
        ("survey.toml: [survey] fieldwork_to lies in the past", "set the first and last day"),
    ),
    "a pack in the folder above": (
        _pack_elsewhere("../pack.toml"),
        ("survey.toml: [survey] packs names '../pack.toml'", "beside"),
    ),
    "a pack anywhere": (_pack_elsewhere("/"), ("survey.toml: [survey] packs names", "beside the survey file")),
    "a pack that is not there": (
        survey('["mental-fatigue"]', '["mental-fatigue"]\npacks = ["gone.toml"]'),
        ("survey.toml: gone.toml: there is no such file", "check the name"),
    ),
    "a cut with a space": (survey('"sex"', '"my sex"'), ("survey.toml: [[cuts]] the key 'my sex'", "without spaces")),
    "a cut with an accent": (survey('"sex"', '"sékse"'), ("survey.toml: [[cuts]] the key 'sékse'", "plain letters")),
    "a cut that is far too long": (
        survey('"sex"', '"' + "x" * 110 + '"'),
        ("survey.toml: does not fit into a promise",),
    ),
    "far too many questions": (_many_questions, ("survey.toml: [survey] instruments asks more than fits",)),
    "a promise for thousands": (survey("k = 10", "k = 2000"), ("roster.csv: 46 invited people are too few", "4000")),
    "no roster": (lambda f: f.roster.unlink(), ("roster.csv: cannot be read", "check the path")),
    "a folder for a roster": (_folder, ("roster.csv: cannot be read", "directory")),
    "too few invited": (rows(lambda table: table[:19]), ("roster.csv: 19 invited people are too few", "needs 20")),
    "nobody invited": (rows(lambda table: []), ("roster.csv: has a header but nothing below it",)),
    "another wave": (
        rows(lambda table: [("2027", *row[1:]) for row in table]),
        ("roster.csv, line 2, column 'year'", "'2027'"),
    ),
    "a bad mail address": (
        cell("email", "jan.jansen"),
        ("roster.csv, line 4, column 'email'", "'jan.jansen'", "leave it empty"),
    ),
    "an address twice": (
        cell("email", "NOORD.0@voorbeeld.example"),
        ("roster.csv, line 4, column 'email'", "line 2 already"),
    ),
    "an unknown language": (cell("language", "fr"), ("roster.csv, line 4, column 'language'", "'fr'", "nl or en")),
    "an unknown channel": (
        cell("channel", "fax"),
        ("roster.csv, line 4, column 'channel'", "'fax'", "mail, letter or card"),
    ),
    "no unit": (
        cell("team", " "),
        ("roster.csv, line 4, column 'team'", "is empty", "give every invited person a unit"),
    ),
    "an unknown category": (cell("gender", "v"), ("roster.csv, line 4, column 'gender'", "'v'", "use 'women'")),
    "earlier waves without answers": (
        survey('wave = "2026"', 'wave = "2026"\nearlier_waves = ["2025"]'),
        ("survey.toml: [survey] earlier_waves names '2025'", "--earlier"),
    ),
    "earlier answers of no wave": (
        lambda f: replace(f, earlier=f.survey.parent / "x.csv"),
        ("x.csv: holds earlier answers, but [survey] earlier_waves", "is empty"),
    ),
    "an earlier roster alone": (
        lambda f: replace(f, earlier_roster=f.roster),
        ("roster.csv: says who was invited to earlier waves", "--earlier"),
    ),
    "earlier answers that are not there": (
        earlier(earlier=Path("gone.csv")),
        ("gone.csv: cannot be read", "check the path"),
    ),
    "an earlier roster that is not there": (earlier(earlier_roster=Path("gone.csv")), ("gone.csv: cannot be read",)),
    "earlier answers of this wave too": (
        lambda f: _append(with_earlier(f), f"x,2026,Kantoor,women,{','.join('1' * 5)},\n"),
        ("before.csv, line 32, column 'year'", "'2026'"),
    ),
    "earlier answers that are none": (
        lambda f: _append(with_earlier(f), "x,2025,Kantoor,women,1,2,3,4,99,\n"),
        ("before.csv, line 32, column 'fatigue_exhausted'", "'99'"),
    ),
}


def _append(files: Files, line: str) -> Files:
    assert files.earlier is not None
    with files.earlier.open("a", encoding="utf-8") as stream:
        stream.write(line)
    return files


@pytest.mark.parametrize("what", REFUSED)
def test_whatever_is_wrong_is_one_sentence_and_leaves_nothing(what: str, house: Underway, files: Files) -> None:
    damage, words = REFUSED[what]
    damaged = damage(files)
    before = house.everything()
    with pytest.raises(InputError) as refused:
        commission(house, damaged if isinstance(damaged, Files) else files, level=1)
    sentence = str(refused.value).replace(str(files.survey.parent), "…")
    assert "\n" not in sentence and not re.search(r"[.!?] +[A-Z]", sentence)
    assert len(sentence) <= LONGEST_SENTENCE
    for word in words:
        assert word in sentence
    assert house.everything() == before
    assert not (house.folder / "surveys").exists() and not (house.folder / "opening-keys").exists()


def test_on_the_last_day_a_survey_can_still_be_made(house: Underway, files: Files) -> None:
    house.calendar.day = CLOSES
    assert commission(house, files).closes == CLOSES
    house.calendar.day = CLOSES + dt.timedelta(days=1)
    with pytest.raises(InputError, match="lies in the past"):
        commission(house, files)


BREAKS = {
    "copying the files": (shutil, "copyfile", OSError(28, "No space left on device")),
    "keeping the key": (commissioning, "keep_server_key", OSError(28, "No space left on device")),
    "the urn": (urn, "add_survey", StoreError("The urn database is busy")),
    "the roster": (roster, "add_survey", StoreError("No room is left on the disk of the roster database")),
    "an interruption": (roster, "add_survey", KeyboardInterrupt()),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", BREAKS)
def test_what_breaks_off_halfway_is_taken_back(
    what: str, when: str, house: Underway, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, name, failure = BREAKS[what]
    act = getattr(owner, name)
    if owner is roster and when == "after":
        when = "before"  # once it is in the roster it is there

    def fail(*arguments: object, **options: object) -> None:
        if when == "after":
            act(*arguments, **options)
        raise failure

    before = house.everything()
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, fail)
        with pytest.raises(type(failure)):
            commission(house, files, 1)
    left = {name: content for name, content in house.everything().items() if before.get(name) != content}
    assert left == {}
    commission(house, files, 1)


def test_a_survey_starts_as_it_was_commissioned(house: Underway, files: Files) -> None:
    manifest = commission(house, files, 1)
    with house.app.app_context():
        lifecycle.start(manifest.survey)
    begun = replace(house, survey_id=manifest.survey)
    house.calendar.day = OPENS
    look = begun.respondent(begun.people()[0]).look()
    assert look.unit.name == "Kantoor" and not look.issued
