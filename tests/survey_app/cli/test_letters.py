"""``peil letters`` and ``peil cards``: from the roster to a file that can be printed."""

from __future__ import annotations

import re
import stat
from importlib import import_module
from pathlib import Path

import pytest

from survey_app.anonymity.client import load_booth
from survey_app.cli.letters import cards, letters
from survey_app.stores import roster
from tests.reports.paper import poppler, text_by_page
from tests.survey_app.cli.installed import Installation, install


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Three people of the kitchen and two of the office get a letter, seven of the kitchen a card."""
    installation = install(tmp_path)
    installation.change("u1", 10, channel="card")
    installation.change("u1", 3, channel="letter")
    installation.change("u2", 2, channel="letter")
    return installation


def test_letters_have_the_codes_in_force_and_come_in_the_order_of_handing_out(
    installation: Installation, tmp_path: Path
) -> None:
    out = tmp_path / "letters.pdf"
    result = installation.run(letters, "ABCD1234", "--out", out)
    assert result.exit_code == 0 and f"{out}: 5 letters" in result.output
    pages = text_by_page(out.read_bytes(), tmp_path)
    people = sorted(installation.invitations("letter"), key=lambda person: (person.path, person.name))
    assert len(pages) == 5
    for page, person in zip(pages, people, strict=True):
        assert page.count(person.name) == 2 and person.path[0] in page
        code = re.search(r"(?:[0-9A-Z]{4} ){3}[0-9A-Z]{4}", page)
        assert code and code[0].replace(" ", "") in installation.survey.tokens[person.unit]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.parametrize(("named", "count"), [("Keuken", 3), ("kantoor", 2), ("u2", 2), ("Voorbeeld BV", 5)])
def test_letters_of_one_unit(named: str, count: int, installation: Installation, tmp_path: Path) -> None:
    result = installation.run(letters, "abcd1234", "--unit", named, "--out", tmp_path / "x.pdf")
    assert f"{count} letters" in result.output


def test_a_name_that_cannot_be_printed_is_said(installation: Installation, tmp_path: Path) -> None:
    installation.change("u2", 1, name="李 Mei")
    result = installation.run(letters, "abcd1234", "--out", tmp_path / "x.pdf")
    assert "which the typeface cannot show whole: 李 Mei" in result.output


def test_cards_work_and_leave_nothing_behind(installation: Installation, tmp_path: Path) -> None:
    out = tmp_path / "cards.pdf"
    result = installation.run(cards, "abcd1234", "--unit", "keuken", "--out", out)
    assert result.exit_code == 0 and f"{out}: 7 cards" in result.output and "still wait" not in result.output
    page = " ".join(poppler("pdftotext", out.read_bytes(), tmp_path, "-raw").split())  # in the order of writing
    codes = re.findall(r"(?:[0-9A-HJKMNP-TV-Z]{4} ){7}[0-9A-HJKMNP-TV-Z]{4}", page)
    assert len(set(codes)) == 7
    with installation.survey.app.app_context():
        booth = load_booth(installation.survey.transport(), "abcd1234")
        assert {booth.resume(code).unit.key for code in codes} == {"u1"}
        assert all(person.issued for person in roster.invitations("abcd1234") if person.channel == "card")
    assert not list(tmp_path.glob("*.unfinished")) and not list(tmp_path.glob(".*"))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    for person in installation.invitations("card"):
        assert person.name not in page


def test_cards_that_could_not_be_written_are_written_by_the_next_run(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "cards.pdf"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(out))

    with monkeypatch.context() as patch:
        # The package calls its command "letters" as well, so the module is asked for by its name.
        patch.setattr(import_module("survey_app.cli.letters"), "write_private", full)
        result = installation.run(cards, "abcd1234", "--unit", "keuken", "--out", out)
    assert result.exit_code == 2 and "No space left" in result.stderr
    assert not out.exists() and (tmp_path / "cards.pdf.unfinished").exists()
    assert "7 cards" in installation.run(cards, "abcd1234", "--unit", "keuken", "--out", out).output
    assert not (tmp_path / "cards.pdf.unfinished").exists()


def test_what_was_left_beside_finished_cards_is_removed(installation: Installation, tmp_path: Path) -> None:
    out = tmp_path / "cards.pdf"
    out.write_bytes(b"whole")
    (tmp_path / "cards.pdf.unfinished").write_text("codes")
    result = installation.run(cards, "abcd1234", "--unit", "keuken", "--out", out)
    assert result.exit_code == 2 and "is there already" in result.stderr
    assert out.read_bytes() == b"whole" and not (tmp_path / "cards.pdf.unfinished").exists()


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        (letters, ("zzzz9999",), "there is no such survey"),
        (letters, ("abcd1234", "--unit", "Tuin"), "no unit is called 'Tuin'; write one of: Voorbeeld BV; Keuken; Kan"),
        (cards, ("zzzz9999", "--unit", "Keuken"), "there is no such survey"),
        (cards, ("abcd1234", "--unit", "Tuin"), "no unit is called 'Tuin'"),
        (cards, ("abcd1234", "--unit", "Kantoor"), "0 people of Kantoor wait for a card"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    command: object, arguments: tuple[str, ...], words: str, installation: Installation, tmp_path: Path
) -> None:
    result = installation.run(command, *arguments, "--out", tmp_path / "x.pdf")  # type: ignore[arg-type]
    assert result.exit_code == 2 and words in result.stderr
    assert not list(tmp_path.glob("x.pdf*"))


def test_a_file_that_is_there_is_not_replaced(installation: Installation, tmp_path: Path) -> None:
    out = tmp_path / "letters.pdf"
    out.write_text("mine")
    result = installation.run(letters, "abcd1234", "--out", out)
    assert result.exit_code == 2 and "is there already" in result.stderr and out.read_text() == "mine"


def test_nobody_with_a_letter_is_said(installation: Installation, tmp_path: Path) -> None:
    installation.change("u2", 10, channel="mail")
    result = installation.run(letters, "abcd1234", "--unit", "Kantoor", "--out", tmp_path / "x.pdf")
    assert result.exit_code == 2 and "nobody in Kantoor gets a letter" in result.stderr


def test_cards_of_a_closed_survey_are_not_made(installation: Installation, tmp_path: Path) -> None:
    installation.survey.close()
    result = installation.run(cards, "abcd1234", "--unit", "Keuken", "--out", tmp_path / "x.pdf")
    assert result.exit_code == 2 and "the survey is closed" in result.stderr
