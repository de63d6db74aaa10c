"""``peil survey``: the whole way from a roster to a report, and one sentence for every step that cannot be taken."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from survey_app.analysing import WRITTEN
from survey_app.anonymity import council
from survey_app.anonymity.encoding import canonical, parse_canonical
from survey_app.anonymity.manifest import parse_manifest
from survey_app.anonymity.opening import open_urn, read_urn
from survey_app.application import create_app
from survey_app.cli import application, main, progress
from survey_app.config import Config
from survey_app.publication import PAGES
from survey_app.stores import db, roster, writing
from tests.survey_app.commission.stages import (
    ANSWERING,
    CLOSES,
    OPENING,
    OPENS,
    STAGES,
    At,
    Stage,
    Underway,
    answer,
    at,
    council_keys,
    opened_installation,
    write_files,
)
from tests.survey_app.commission.test_lifecycle import opened_file, witness_file
from tests.survey_app.conftest import close_databases
from tests.survey_app.running_survey import Calendar
from tests.survey_app.small_survey import LONGEST_SENTENCE, run

__all__ = ["at"]

MASTER = b"a council master"


@pytest.fixture(autouse=True)
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """The clock of every command."""
    calendar = Calendar(OPENS)
    monkeypatch.setattr(application, "create_app", lambda config: create_app(config, calendar))
    monkeypatch.setattr(progress, "PATIENCE", 3600)  # a slow machine must not add lines to standard error
    return calendar


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which HR types, with a survey file and a roster in it; data go to data/."""
    write_files(tmp_path)
    (tmp_path / "council-public.json").write_text(council.public_file(MASTER), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def survey(*arguments: str, data: Path = Path("data")) -> Result:
    """``peil survey`` with these arguments."""
    return run("survey", *arguments, data=data)


def said(result: Result) -> str:
    """What a command that worked said."""
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def refused(result: Result, *words: str) -> None:
    """Exit code 2, and one sentence on standard error."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    sentence = result.stderr
    assert re.fullmatch(r"peil: [^\n]+\n", sentence), sentence
    assert not re.search(r"[.!?] +[A-Z]", sentence), f"more than one sentence: {sentence}"
    assert len(sentence) <= LONGEST_SENTENCE, sentence
    for word in words:
        assert word in sentence, sentence


def commands_in(text: str) -> list[str]:
    """The commands that a text tells somebody to run."""
    return re.findall(r"peil ((?:[a-z]+ ?)+)", text)


def assert_known(text: str) -> None:
    """Every command that a text names is there."""
    for words in commands_in(text):
        found: click.Command = main
        for word in words.split():
            if not isinstance(found, click.Group):
                break
            assert word in found.commands, f"peil {words}"
            found = found.commands[word]
        assert not isinstance(found, click.Group), f"peil {words} is not a whole command"


def begun(survey_id: str, day: dt.date) -> Underway:
    """The installation of a desk, to answer in."""
    return opened_installation(Path("data").absolute(), survey_id, day)


def answered(survey_id: str) -> None:
    """People answer over the web."""
    underway = begun(survey_id, OPENS + dt.timedelta(days=1))
    answer(underway)
    close_databases(underway.app)


def test_level_one_from_start_to_end(desk: Path, calendar: Calendar) -> None:
    assert "There is no survey yet" in said(survey("list"))
    made = said(survey("new", "survey.toml", "--roster", "roster.csv"))
    survey_id = re.search(r"^Survey ([0-9a-z]{8}): Voorbeeld BV, 46 people invited, level 1\.$", made, re.M)[1]  # type: ignore[index]
    assert re.search(r"^Recognition words: (\w{5} ){5}\w{5}$", made, re.M)
    assert "Credentials for 2 groups of at least 20 people" in made
    links = dict(re.findall(r"^(\w+) +(http://127\.0\.0\.1:8000/staff/enter/\S+)$", made, re.M))
    assert set(links) == {"hr", "council", "board"} and len(set(links.values())) == 3
    for step, state in (("start", "running"), ("close", "closed"), ("open", "opened"), ("release", "released")):
        assert_known(said(survey("show", survey_id)))
        if step == "close":
            answered(survey_id)
            calendar.day = OPENING
        extra = ["--yes"] if step == "close" else []
        assert_known(said(survey(step, survey_id.upper(), *extra)))
        assert f"{survey_id}  {state:9} Voorbeeld BV, 2026" in said(survey("list"))
        assert f"State: {state}." in said(survey("show", survey_id))
    release = Config(desk / "data").release_folder(survey_id)
    assert {path.name for path in release.iterdir()} == {*WRITTEN, PAGES}
    refused(survey("destroy", survey_id, "--yes"), "the objection period is not over", "2026-11-09")
    calendar.day = dt.date(2026, 11, 9)
    assert "destroyed" in said(survey("destroy", survey_id, "--yes"))
    assert "State: archived. Nothing is left to do." in said(survey("show", survey_id))
    assert not Config(desk / "data").opening_key_file(survey_id).exists()


def test_level_two_from_start_to_end(desk: Path, calendar: Calendar) -> None:
    made = said(
        survey(
            "new",
            "survey.toml",
            "--roster",
            "roster.csv",
            "--council",
            "council-public.json",
            "--no-assisted",
            "--remind-all",
        )
    )
    survey_id = re.search(r"^Survey ([0-9a-z]{8}):.*level 2\.$", made, re.M)[1]  # type: ignore[index]
    assert f"peil survey promise {survey_id} --out promise.json" in made
    refused(survey("start", survey_id), "the works council has not signed the promise yet", "peil survey promise")
    assert "promise.json" in said(survey("promise", survey_id, "--out", "promise.json"))
    promise = parse_canonical((desk / "promise.json").read_text(encoding="utf-8"))
    manifest = parse_manifest(promise["manifest"])
    assert not manifest.assisted and manifest.witness_key == council_keys().witness_key
    (desk / "witness.json").write_text(council.witness_file(council_keys(), manifest) + "\n", encoding="utf-8")
    assert "The promise is signed." in said(survey("witness", survey_id, "witness.json"))
    said(survey("start", survey_id))
    answered(survey_id)
    calendar.day = OPENING
    said(survey("close", survey_id, "--yes"))
    refused(survey("open", survey_id), "only the works council can open this survey (level 2)", "peil survey urn")
    said(survey("urn", survey_id, "--out", "urn.json"))
    keys = council_keys()
    opened = open_urn(read_urn((desk / "urn.json").read_text(encoding="utf-8")), keys.opening, keys.witness)
    (desk / "opened.json").write_text(opened.opened_text, encoding="utf-8")
    assert "The ballots are counted." in said(survey("opened", survey_id, "opened.json"))
    assert "The ballots are counted." in said(survey("opened", survey_id, "opened.json")), "the same once more"
    said(survey("release", survey_id))
    report = (Config(desk / "data").release_folder(survey_id) / "released.csv").read_text(encoding="utf-8")
    assert report.count("\n") > 5
    assert opened.head.size == sum(ANSWERING.values())


def test_level_three_names_the_council_s_own_address(desk: Path) -> None:
    made = said(
        survey(
            "new", "survey.toml", "--roster", "roster.csv", "--council", "council-public.json", "--client", "https://or.example.nl/peil"
        )
    )  # fmt: skip
    assert "level 3." in made
    survey_id = re.search(r"^Survey ([0-9a-z]{8}):", made, re.M)[1]  # type: ignore[index]
    said(survey("promise", survey_id, "--out", "p.json"))
    assert "https://or.example.nl/peil" in (desk / "p.json").read_text(encoding="utf-8")
    assert "Level 3, k = 10" in said(survey("show", survey_id))


def write(name: str, content: str | bytes) -> Callable[[], object]:
    """Writes a file on the desk."""
    return lambda: Path(name).write_bytes(content.encode() if isinstance(content, str) else content)


NEW = ("survey.toml", "--roster", "roster.csv")
REFUSED_NEW: dict[str, tuple[Callable[[], object], tuple[str, ...], tuple[str, ...]]] = {
    "no survey file": (lambda: None, ("gone.toml", *NEW[1:]), ("gone.toml: cannot be read", "check the path")),
    "no roster": (lambda: None, ("survey.toml", "--roster", "gone.csv"), ("gone.csv: cannot be read",)),
    "files the wrong way round": (
        lambda: None,
        ("roster.csv", "--roster", "survey.toml"),
        ("roster.csv", "not valid TOML"),
    ),
    "a bad address": (
        write("roster.csv", "year,team,email\n2026,Kantoor,jan\n"),
        NEW,
        ("roster.csv, line 2, column 'email'", "'jan' is no mail address"),
    ),
    "too few people": (
        write("roster.csv", "year,team\n" + "2026,Kantoor\n" * 5),
        NEW,
        ("roster.csv: 5 invited people are too few", "20"),
    ),
    "no council file": (
        lambda: None,
        (*NEW, "--council", "gone.json"),
        ("gone.json: cannot be read", "check the path"),
    ),
    "another file for the council's": (
        write("key.json", council.key_file(MASTER, "a passphrase")),
        (*NEW, "--council", "key.json"),
        ("key.json: is not the council's public key file", "council-public.json"),
    ),
    "a council file that was changed": (
        lambda: Path("bad.json").write_text(
            canonical({**json.loads(council.public_file(MASTER)), "witness_key": "A" * 43}), encoding="utf-8"
        ),
        (*NEW, "--council", "bad.json"),
        ("bad.json: is not the council's public key file",),
    ),
    "a picture for the council's file": (
        write("bad.json", b"\x89PNG\xff"),
        (*NEW, "--council", "bad.json"),
        ("bad.json: is no text file", "name the right one"),
    ),
    "a client without a council": (lambda: None, (*NEW, "--client", "https://x.nl"), ("--client needs --council",)),
    "a client that is no address": (
        lambda: None,
        (*NEW, "--council", "council-public.json", "--client", "raad.example.nl"),
        ("--client is 'raad.example.nl', which is no web address", "https://"),
    ),
    "a client with a space": (
        lambda: None,
        (*NEW, "--council", "council-public.json", "--client", "https://a b"),
        ("which is no web address",),
    ),
    "earlier answers without an earlier wave": (
        lambda: None,
        (*NEW, "--earlier", "roster.csv"),
        ("roster.csv: holds earlier answers", "earlier_waves"),
    ),
    "an earlier roster alone": (lambda: None, (*NEW, "--earlier-roster", "roster.csv"), ("roster.csv", "--earlier")),
}


@pytest.mark.parametrize("what", REFUSED_NEW)
def test_a_survey_that_cannot_be_made_is_one_sentence_and_leaves_nothing(what: str, desk: Path) -> None:
    arrange, arguments, words = REFUSED_NEW[what]
    arrange()
    refused(survey("new", *arguments), *words)
    assert "There is no survey yet" in said(survey("list"))
    assert not (desk / "data" / "surveys").exists() and not (desk / "data" / "opening-keys").exists()


#: Steps that cannot be taken: level, stage, arguments after the name of the step, and what is said.
REFUSED: dict[str, tuple[int, Stage, tuple[str, ...], tuple[str, ...]]] = {
    "start twice": (1, "running", ("start", "{id}"), ("is running, not promised", "peil survey show")),
    "start after closing": (1, "closed", ("start", "{id}"), ("is closed, not promised",)),
    "close before the start": (1, "promised", ("close", "{id}", "--yes"), ("is promised, not running",)),
    "urn of a running survey": (2, "running", ("urn", "{id}", "--out", "u.json"), ("is running, not closed",)),
    "urn of an archived survey": (2, "archived", ("urn", "{id}", "--out", "u.json"), ("is archived, not closed",)),
    "open a running survey": (1, "answered", ("open", "{id}"), ("is running, not closed",)),
    "open an empty urn": (1, "closed", ("open", "{id}"), ("nothing was opened",)),
    "open with stuffed ballots": (
        1,
        "closed",
        ("open", "{id}"),
        ("nothing was opened", "more ballots than credentials"),
    ),
    "open without the key": (
        1,
        "closed",
        ("open", "{id}"),
        ("is not the opening key of this survey", "put back the file"),
    ),
    "opened too soon": (2, "running", ("opened", "{id}", "opened.json"), ("is running, not closed",)),
    "opened by another": (
        2,
        "closed",
        ("opened", "{id}", "witness.json"),
        ("witness.json: is no opened urn of this survey",),
    ),
    "opened that is gone": (
        2,
        "closed",
        ("opened", "{id}", "gone.json"),
        ("gone.json: cannot be read", "check the path"),
    ),
    "opened that is a picture": (2, "closed", ("opened", "{id}", "picture.png"), ("picture.png: is no text file",)),
    "opened otherwise before": (2, "opened", ("opened", "{id}", "other.json"), ("another opening", "it stays")),
    "witness of another": (
        2,
        "promised",
        ("witness", "{id}", "opened.json"),
        ("opened.json: is not the council's signature",),
    ),
    "witness that is gone": (2, "promised", ("witness", "{id}", "gone.json"), ("gone.json: cannot be read",)),
    "witness too late": (2, "running", ("witness", "{id}", "witness.json"), ("is running, not promised",)),
    "release before the opening": (2, "closed", ("release", "{id}"), ("is closed, not opened",)),
    "release twice": (2, "released", ("release", "{id}"), ("is released, not opened",)),
    "destroy before closing": (2, "running", ("destroy", "{id}", "--yes"), ("is running, not closed",)),
    "destroy too soon": (
        2,
        "released",
        ("destroy", "{id}", "--yes"),
        ("the objection period is not over", "2026-11-09"),
    ),
    "reissue to nobody": (
        2,
        "running",
        ("reissue", "{id}", "x@y.nl"),
        ("nobody is called 'x@y.nl'", "as it stands there"),
    ),
    "reissue after the closing": (2, "closed", ("reissue", "{id}", "noord.0@voorbeeld.example"), ("is closed",)),
    "reissue to who is done": (2, "answered", ("reissue", "{id}", "Persoon Noord 0"), ("this invitation was used",)),
    "revoke what was used": (2, "answered", ("revoke", "{id}", "Persoon Noord 0"), ("this invitation was used",)),
    "revoke from nobody": (2, "running", ("revoke", "{id}", ""), ("nobody is called ''",)),
    "a file that is there": (
        2,
        "closed",
        ("urn", "{id}", "--out", "opened.json"),
        ("opened.json: is there already", "--out"),
    ),
    "a promise over a file": (
        2,
        "closed",
        ("promise", "{id}", "--out", "opened.json"),
        ("opened.json: is there already",),
    ),
    "a folder that is not there": (
        2,
        "closed",
        ("urn", "{id}", "--out", "gone/u.json"),
        ("gone/u.json", "No such file"),
    ),
    **{
        f"{step} of no survey": (2, "running", (step, "zzzzzzzz", *more), ("there is no such survey", "survey list"))
        for step, *more in (
            ("show",),
            ("start",),
            ("open",),
            ("release",),
            ("close", "--yes"),
            ("destroy", "--yes"),
            ("urn", "--out", "u.json"),
            ("promise", "--out", "u.json"),
            ("witness", "witness.json"),
            ("opened", "opened.json"),
            ("reissue", "Anna"),
            ("revoke", "Anna"),
            ("link", "hr"),
        )
    },
}


#: The files of the council about the survey of level 2; made once.
_PAPERS: dict[str, str] = {}


@pytest.fixture
def papers(desk: Path, at: At) -> Iterator[None]:
    """Files on the desk that belong to the survey of level 2, and some that do not."""
    if not _PAPERS:
        closed = at(2, "closed")
        value = json.loads(closed.take_urn())
        other = closed.open_urn(canonical({**value, "envelopes": value["envelopes"][:-1]}))
        _PAPERS["opened.json"] = opened_file(closed)
        _PAPERS["witness.json"] = witness_file(closed)
        _PAPERS["other.json"] = other.opened_text
    for name, content in _PAPERS.items():
        (desk / name).write_text(content, encoding="utf-8")
    (desk / "picture.png").write_bytes(b"\x89PNG\r\n\xff")
    yield
    for name, content in _PAPERS.items():
        assert (desk / name).read_text(encoding="utf-8") == content, "a file on the desk was changed"


def _arrange(what: str, underway: Underway) -> None:
    with underway.app.app_context():
        if what == "open an empty urn":
            with writing("urn") as connection:
                connection.exec_driver_sql("DELETE FROM locker")
        if what == "open with stuffed ballots":
            with writing("roster") as connection:
                connection.exec_driver_sql("UPDATE invitation SET issued = 0")
    if what == "open without the key":
        underway.config.opening_key_file(underway.survey_id).unlink()


@pytest.mark.usefixtures("papers")
@pytest.mark.parametrize("what", REFUSED)
def test_a_step_that_cannot_be_taken_is_one_sentence_and_changes_nothing(what: str, at: At, calendar: Calendar) -> None:
    level, stage, arguments, words = REFUSED[what]
    underway = at(level, stage)
    _arrange(what, underway)
    calendar.day = max(underway.calendar.day, OPENING) if stage not in ("promised", "running", "answered") else OPENS
    before = underway.everything()
    result = survey(*(argument.format(id=underway.survey_id) for argument in arguments), data=underway.folder)
    refused(result, *words)
    assert_known(result.stderr.replace("peil: ", "", 1))
    assert underway.everything() == before
    assert not Path("u.json").exists()


@pytest.mark.parametrize(("stage", "step"), [("running", "close"), ("released", "destroy")])
def test_what_cannot_be_undone_is_asked_for(stage: Stage, step: str, at: At, calendar: Calendar) -> None:
    underway = at(1, stage)
    calendar.day = OPENING + dt.timedelta(days=14)
    before = underway.everything()
    for answer_typed in ("", "n\n", "\n", "no\n"):
        result = CliRunner().invoke(
            main, ["survey", step, underway.survey_id], obj=Config(underway.folder), input=answer_typed
        )
        assert result.exit_code == 1 and "Aborted" in result.output
    assert underway.everything() == before
    result = CliRunner().invoke(main, ["survey", step, underway.survey_id], obj=Config(underway.folder), input="y\n")
    assert result.exit_code == 0
    assert underway.everything() != before


def test_the_help_desk_tells_the_new_code_once(at: At) -> None:
    underway = at(2, "running")
    told = said(survey("reissue", underway.survey_id, "Noord.0@voorbeeld.example", data=underway.folder))
    person = next(person for person in underway.people() if person.email == "noord.0@voorbeeld.example")
    code = underway.code_of(person)
    assert person.reissue_no == 1
    assert f"Link: http://127.0.0.1:8000/b/{underway.survey_id}#{code}\n" in told
    assert f"New code: {' '.join(code[place : place + 4] for place in range(0, 16, 4))}\n" in told
    assert "taken back" in said(survey("revoke", underway.survey_id, "Persoon Noord 0", data=underway.folder))
    refused(survey("revoke", underway.survey_id, "Persoon Noord 0", data=underway.folder), "nobody is called")


@pytest.mark.parametrize("role", ["hr", "council", "board"])
def test_a_link_that_was_lost_is_made_anew(role: str, at: At) -> None:
    underway = at(2, "running")
    address = said(survey("link", underway.survey_id, role, data=underway.folder)).strip()
    key = address.removeprefix("http://127.0.0.1:8000/staff/enter/")
    client = underway.app.test_client()
    assert client.post("/staff/", data={"key": key}).status_code == 302
    page = client.get("/staff/").get_data(as_text=True)
    assert underway.survey_id in page


def test_the_list_shows_every_survey_that_was_promised(at: At) -> None:
    underway = at(2, "answered")
    with underway.app.app_context():
        roster.add_survey(roster.NewSurvey("dddddddd", "", "{}"))
    assert said(survey("list", data=underway.folder)) == f"{underway.survey_id}  running   Voorbeeld BV, 2026\n"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("level", [1, 2])
def test_what_comes_next_is_a_command_that_can_be_given(level: int, stage: Stage, at: At) -> None:
    underway = at(level, stage)
    text = said(survey("show", underway.survey_id, data=underway.folder))
    assert underway.manifest.words in text and f"{OPENS} to {CLOSES}" in text
    assert_known(text)
    assert bool(commands_in(text)) == (stage != "archived")


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    refused(survey("list", data=tmp_path / "file" / "data"), "file", "data")


def test_a_key_that_others_can_read_is_one_sentence(at: At) -> None:
    underway = at(2, "running")
    (underway.folder / "keys" / "installation.key").chmod(0o640)
    refused(survey("list", data=underway.folder), "others can read it; run: chmod 600")


def test_a_database_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "roster.sqlite").write_bytes(b"this is no database, whatever its name may say" * 50)
    refused(survey("list", data=tmp_path), "The roster database cannot be used")


def test_an_address_of_the_environment_that_is_none_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEIL_ADDRESS", "peil.example.nl")
    result = CliRunner().invoke(main, ["survey", "list"], catch_exceptions=False)
    refused(result, "PEIL_ADDRESS is 'peil.example.nl'", "https://peil.example.nl")


def test_the_links_carry_the_address_of_the_installation(desk: Path) -> None:
    config = Config(desk / "data", "https://peil.example.nl")
    made = CliRunner().invoke(main, ["survey", "new", "survey.toml", "--roster", "roster.csv"], obj=config)
    assert made.exit_code == 0
    assert made.output.count("https://peil.example.nl/staff/enter/") == 3


@pytest.mark.parametrize("command", ["", *(sorted(main.commands["survey"].commands))])  # type: ignore[attr-defined]
def test_every_command_explains_itself(command: str) -> None:
    text = said(survey(*filter(None, [command]), "--help"))
    assert len(text.splitlines()[2].strip()) > 10
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_application_of_a_command_is_let_go_of(at: At) -> None:
    made: list[Flask] = []
    underway = at(2, "running")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            application, "create_app", lambda config: made.append(create_app(config, Calendar(OPENS))) or made[-1]
        )
        said(survey("list", data=underway.folder))
    with made[0].app_context():
        assert all(engine.pool.checkedin() == 0 for engine in db.engines.values())  # type: ignore[attr-defined]
