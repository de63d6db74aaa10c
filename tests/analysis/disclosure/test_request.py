"""One more division after a release: shown when it is safe, and then an audit of all files finds nothing either."""

from __future__ import annotations

from pathlib import Path

from analysis.disclosure.audit import audit
from analysis.disclosure.audit_findings import Terms
from analysis.disclosure.plan import CellKey, Place, written
from analysis.disclosure.release import as_csv, release
from analysis.disclosure.released_files import read_released
from analysis.disclosure.request import as_texts, divide_unit
from analysis.units import UnitPath
from tests.properties.companies import CUTS, QUESTIONNAIRES, Company, Person

_NOORD, _OOST, _ZUID = ("Zorg", "Noord"), ("Zorg", "Oost"), ("Zorg", "Zuid")


def _company(old: int, old_who_say_yes: int) -> Company:
    """Teams of 60, 60 and 70 people and an office of 80, of whom half answered. So many of the second team are
    old, a third of the others; of the old people in the teams so many say yes, of everybody else one in three."""
    people: list[Person] = []
    left = old_who_say_yes
    for unit, size, last in ((_NOORD, 60, 20), (_OOST, 60, 20), (_ZUID, 70, old), (("Kantoor",), 80, 27)):
        for place in range(size):
            age = place % 2 if place < size - last else 2
            yes = place % 3 == 0
            if age == 2 and unit[0] == "Zorg":
                yes, left = left > 0, left - 1
            codes = {"tired": 1 + place % 5, "clear": 5 if yes else 1}
            people += [Person(len(people) + each, unit, {"age": age}, codes, answered=each == 0) for each in (0, 1)]
    return Company("2026", 10, QUESTIONNAIRES["two"], ("age",), tuple(people), rostered=True)


def _ask(made: Company, path: UnitPath, folder: Path) -> tuple[Path, Path] | None:
    """The two files; None for a refusal."""
    released = release([made.dataset], made.questionnaire, made.plan, made.k)
    rows = {key: as_texts(cell) for key, cell in released.cells.items()}
    cells = divide_unit(made.dataset, made.questionnaire, made.plan, rows, made.k, path, "age")
    if cells is None:
        return None
    first, more = folder / "released.csv", folder / "released-more-1.csv"
    first.write_text(released.as_csv(), encoding="utf-8")
    more.write_text(as_csv(cells.values()), encoding="utf-8")
    return first, more


def test_a_division_is_shown_and_an_audit_finds_nothing(tmp_path: Path) -> None:
    made = _company(old=26, old_who_say_yes=16)
    files = _ask(made, _ZUID, tmp_path)
    assert files is not None
    new = [cell for cell in read_released(files[1]) if cell.key.measure == "clear"]
    assert [cell.key.place for cell in new] == [Place(written(_ZUID), "age", age) for age in CUTS["age"]]
    assert all(cell.figures is not None for cell in new)
    headcounts = {
        ("2026", Place(written(path))): people for path, people in ((_NOORD, 120), (_OOST, 120), (_ZUID, 140))
    }
    assert audit([cell for file in files for cell in read_released(file)], Terms(made.k, headcounts)).safe


def test_what_a_larger_group_says_of_all_its_parts_is_no_finding_about_a_part_that_is_in_no_file(
    tmp_path: Path,
) -> None:
    # One yes of the 66 old people of Zorg: of those in Noord, too, at most one. Nobody printed or closed them.
    files = _ask(_company(old=26, old_who_say_yes=1), _ZUID, tmp_path)
    assert files is not None
    assert audit([cell for file in files for cell in read_released(file)], Terms(10)).safe


def test_what_is_known_of_a_small_new_group_already_is_a_reason_to_refuse(tmp_path: Path) -> None:
    # That nobody of the 46 old people of Zorg said yes, was printed before; now it would be about 6 of them.
    made = _company(old=6, old_who_say_yes=0)
    released = release([made.dataset], made.questionnaire, made.plan, made.k)
    assert released.cells[CellKey("2026", "clear", "Zorg", "age", "old")].share == 0
    assert _ask(made, _ZUID, tmp_path) is None
