"""The audit finds what can be derived from released files, and nothing in their repaired twins."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from analysis.disclosure import audit_attack, audit_wave
from analysis.disclosure.audit import Audit, audit
from analysis.disclosure.audit_findings import Terms
from analysis.disclosure.knowledge import Unsolved
from analysis.disclosure.plan import RESPONSE, CellKey, Place
from analysis.disclosure.released_files import Figures, ReleasedCell
from analysis.disclosure.released_lattice import Gap, name_place
from analysis.errors import InputError


def row(
    unit: str,
    n: int | tuple[int, int] | None,
    share: str | None = None,
    mean: str | None = None,
    *,
    sub: str = "",
    measure: str = RESPONSE,
    wave: str = "2026",
    file: str = "a.csv",
) -> ReleasedCell:
    """A row; ``n`` is None where the cell is closed, ``sub`` a category such as ``sex women``."""
    cut, _, category = sub.partition(" ")
    figures = None
    if n is not None:
        low, high = (n, n) if isinstance(n, int) else n
        figures = Figures(low, high, share=share and Decimal(share), mean=mean and Decimal(mean))  # type: ignore[arg-type]
    return ReleasedCell(CellKey(wave, measure, unit, cut, category), figures, file)


def rows(measure: str, **units: object) -> list[ReleasedCell]:
    """One row for each unit: a number, a pair of number and share, or None."""
    return [row(unit, *(of if isinstance(of, tuple) else (of,)), measure=measure) for unit, of in units.items()]  # type: ignore[arg-type]


def attack(cells: Sequence[ReleasedCell], **terms: object) -> Audit:
    return audit(cells, Terms(**terms))  # type: ignore[arg-type]


def told(found: Audit) -> list[tuple[str, str, int, int]]:
    return [(finding.kind, name_place(finding.place), finding.low, finding.high) for finding in found.findings]


# Numbers of people ---------------------------------------------------------------------------------


def test_a_group_that_is_left_over() -> None:
    found = attack(rows(RESPONSE, Total=60, A=30, B=26, C=None))
    assert told(found) == [("narrow", "C", 4, 4)]
    assert [name_place(place) for place in found.findings[0].how] == ["Total", "A", "B"]
    assert not found.findings[0].supposing
    assert not found.safe


def test_a_group_that_is_left_over_together_with_another_one() -> None:
    found = attack(rows(RESPONSE, Total=60, A=30, B=None, C=None))
    assert found.safe
    assert found.narrowest == 10
    assert (found.cells, found.closed, found.attacks) == (4, 2, 2)


def test_a_band_leaves_an_interval() -> None:
    assert told(attack(rows(RESPONSE, Total=60, A=30, B=((25, 29),), C=None))) == [("narrow", "C", 1, 5)]


def test_a_difference_over_two_divisions() -> None:
    # Neither division by itself gives a group away, together they give all of them.
    cells = [
        *rows(RESPONSE, Total=100, A=50, B=50),
        *(row(unit, n, sub=f"sex {key}") for unit, key, n in [("Total", "women", 60), ("Total", "men", 40)]),
        *(row(unit, n, sub=f"sex {key}") for unit, key, n in [("A", "women", 45), ("A", "men", None)]),
        *(row(unit, n, sub=f"sex {key}") for unit, key, n in [("B", "women", None), ("B", "men", None)]),
    ]
    assert told(attack(cells)) == [("narrow", "A, sex men", 5, 5)]
    repaired = [row("A", None, sub="sex women") if c.key.place == Place("A", "sex", "women") else c for c in cells]
    assert attack(repaired).safe


def test_a_blank_that_is_supposed_to_hold_somebody() -> None:
    found = attack(rows(RESPONSE, Total=41, A=30, B=None, C=None))
    assert told(found) == [("narrow", "B", 1, 10), ("narrow", "C", 1, 10)]
    assert all(finding.supposing for finding in found.findings)
    assert attack(rows(RESPONSE, Total=43, A=30, B=None, C=None)).safe


def test_nobody_supposes_anything_of_the_parts_of_a_blank() -> None:
    # That all four ages of all three closed units hold somebody would leave each unit 4 to 12 people.
    cells = rows(RESPONSE, Total=50, A=30, B=None, C=None, D=None)
    ages = [row(unit, None, sub=f"age {age}") for unit in "BCD" for age in ("young", "middle", "old", "oldest")]
    ages += [row("Total", n, sub=f"age {age}") for age, n in zip(("young", "middle", "old"), (15, 15, 20), strict=True)]
    assert attack([*cells, *ages, row("Total", None, sub="age oldest")]).safe


def test_a_blank_that_is_empty_says_nothing_more() -> None:
    # B must be empty, so nobody can suppose that it is not; what is left of C and D is still attacked.
    cells = rows(RESPONSE, Total=60, A=49, B=None, C=None, D=None)
    cells += [row("B > x", 0), row("B > y", 0)]
    assert told(attack(cells)) == [
        ("narrow", "C", 1, 10),
        ("narrow", "D", 1, 10),
        ("printed", "B > x", 0, 0),
        ("printed", "B > y", 0, 0),
    ]


def test_a_printed_small_group() -> None:
    found = attack(rows(RESPONSE, Total=60, A=50, B=10))
    assert told(found) == [("printed", "B", 10, 10)]
    assert attack(rows(RESPONSE, Total=60, A=49, B=11)).safe
    assert attack(rows(RESPONSE, Total=60, A=50, B=10), k=9).safe


def test_a_band_that_may_be_small_must_not_become_narrower() -> None:
    assert attack(rows(RESPONSE, Total=60, A=((40, 54),), B=((8, 14),))).safe
    assert told(attack(rows(RESPONSE, Total=60, A=50, B=((8, 14),)))) == [("narrow", "B", 10, 10)]


def test_a_printed_zero_unless_nobody_was_invited() -> None:
    cells = rows(RESPONSE, Total=60, A=60, B=0)
    assert told(attack(cells)) == [("printed", "B", 0, 0)]
    assert attack(cells, invited={("2026", Place("B")): 0}).safe


def test_a_small_group_that_is_left_out_of_the_file() -> None:
    found = attack(rows(RESPONSE, Total=60, A=30, B=26))
    assert [(finding.kind, finding.low, finding.high) for finding in found.findings] == [("narrow", 4, 4)]
    assert name_place(found.findings[0].place) == "Total, in no unit named"
    assert found.hidden == {"2026": frozenset({Gap("Total")})}
    assert attack(rows(RESPONSE, Total=60, A=30, B=15)).safe


def test_people_in_no_unit_are_a_group_only_where_there_must_be_somebody() -> None:
    # Two to ten people of A must be somewhere else; of B there may be nobody else.
    cells = [*rows(RESPONSE, Total=80, A=40, B=40), row("A > x", (15, 19)), row("A > y", (15, 19))]
    cells += [row("B > x", (15, 19)), row("B > y", (20, 24))]
    found = attack(cells)
    assert told(found) == [("narrow", "A, in no unit named", 2, 10)]
    assert attack([row(c.key.unit, (11, 14)) if c.key.unit.startswith("A > ") else c for c in cells]).safe

    (single,) = rows(RESPONSE, A=40)
    assert attack([*rows(RESPONSE, Total=80, B=40), single, row("A > x", (36, 40))]).safe
    found = attack([*rows(RESPONSE, Total=80, B=40), single, row("A > x", (35, 39))])
    assert told(found) == [("narrow", "A, in no unit named", 1, 5)]


def test_people_in_no_unit_may_be_divided_as_well() -> None:
    cells = rows(RESPONSE, Total=100, A=45, B=40)
    for key, of_all, of_a, of_b in (("women", 60, 26, 22), ("men", 40, 19, 18)):
        cells += [
            row(unit, n, sub=f"sex {key}") for unit, n in zip(("Total", "A", "B"), (of_all, of_a, of_b), strict=True)
        ]
    assert told(attack(cells)) == [("narrow", "Total, in no unit named, sex men", 3, 3)]


def test_a_division_two_levels_further_down() -> None:
    # Six men are left for A > y and B, which are in no file by sex.
    cells = [*rows(RESPONSE, Total=100, A=85, B=15), row("A > x", 70), row("A > y", 15)]
    cells += [row("Total", 79, sub="sex women"), row("Total", 21, sub="sex men")]
    narrow = [row("A > x", 55, sub="sex women"), row("A > x", 15, sub="sex men")]
    found = told(attack([*cells, *narrow]))
    assert {("narrow", "B, sex men", 0, 6), ("narrow", "A > y, sex men", 0, 6)} <= set(found)
    assert attack(cells).safe


def test_one_unit_is_never_the_whole() -> None:
    people = [*rows(RESPONSE, Total=80, A=40, B=40), row("A > x", None)]
    assert attack(people).hidden == {"2026": frozenset({Gap("A")})}
    mood = rows("mood", Total=(80, "50"), A=(40, "0"), B=(40, "100"))
    assert attack([*people, *mood, row("A > x", None, measure="mood")]).safe is False


def test_a_category_that_is_left_out_of_a_unit() -> None:
    whole = [row("Total", n, sub=f"sex {key}") for key, n in (("women", 40), ("men", 20))]
    cells = [
        *rows(RESPONSE, Total=60, A=40, B=20),
        *whole,
        row("B", 16, sub="sex women"),
        row("A", 24, sub="sex women"),
    ]
    assert told(attack(cells)) == [("narrow", "B, sex men", 4, 4)]
    assert attack([cell for cell in cells if cell.key.category != "women" or cell.key.unit == "Total"]).safe


def test_all_but_those_of_the_only_category() -> None:
    cells = rows(RESPONSE, Total=60)
    assert told(attack([*cells, row("Total", 55, sub="manager no")])) == [
        ("narrow", "Total, in no manager named", 5, 5)
    ]
    assert attack([*cells, row("Total", 45, sub="manager no")]).safe


def test_people_who_left_out_a_question_about_themselves_are_no_group() -> None:
    cells = [*rows(RESPONSE, Total=60), row("Total", 30, sub="sex women"), row("Total", 27, sub="sex men")]
    found = attack(cells)
    assert found.safe
    assert found.hidden == {"2026": frozenset({Gap("Total", "sex")})}


def test_a_path_without_its_parent_hangs_under_the_nearest_unit() -> None:
    found = attack([*rows(RESPONSE, Total=60, A=40), row("A > x > y", 33), row("B > z", None), row("A > w", None)])
    assert told(found) == [("narrow", "A > w", 7, 7)]
    assert name_place(found.findings[0].how[0]) == "A"


def test_categories_made_from_answers_have_numbers_that_are_figures_already() -> None:
    cells = [*rows("mood", Total=60), row("Total", 55, sub="carer not_carer", measure="mood")]
    assert attack([*cells, row("Total", None, sub="carer carer", measure="mood")]).safe
    other = [*rows("mood", Total=60), row("Total", 55, sub="sex women", measure="mood")]
    assert not attack([*other, row("Total", None, sub="sex men", measure="mood")]).safe


# Head counts ---------------------------------------------------------------------------------------


def test_head_counts_narrow_what_is_left() -> None:
    cells = rows(RESPONSE, Total=60, A=40, B=None, C=None)
    assert attack(cells).safe
    assert attack(cells, invited={("2026", Place("B")): 30, ("2026", Place("C")): 30}).safe
    found = attack(cells, invited={("2026", Place("B")): 12, ("2026", Place("C")): 10})
    assert told(found) == [("narrow", "B", 10, 12), ("narrow", "C", 8, 10)]


def test_of_a_group_in_which_few_work_nothing_is_learned() -> None:
    assert attack(rows(RESPONSE, Total=60, A=30, B=None, C=None), invited={("2026", Place("C")): 4}).safe


def test_the_employer_must_not_see_who_is_away() -> None:
    invited = {("2026", Place("A")): 40, ("2026", Place("B")): 45}
    found = attack(rows(RESPONSE, Total=67, A=37, B=30), invited=invited)
    assert told(found) == [("absent", "A", 3, 3)]
    banded = rows(RESPONSE, Total=((60, 70),), A=((30, 40),), B=30)
    assert attack(banded, invited=invited).safe
    derived = attack(rows(RESPONSE, Total=67, A=((30, 40),), B=30), invited=invited)
    assert told(derived) == [("absent", "A", 3, 3)]
    assert [name_place(place) for place in derived.findings[0].how] == ["Total", "A", "B"]
    # That nobody was away tells of each of them that he took part.
    assert told(attack(rows(RESPONSE, Total=70, A=40, B=30), invited=invited)) == [("absent", "A", 0, 0)]


def test_head_counts_of_another_wave_are_no_head_counts() -> None:
    cells = rows(RESPONSE, Total=60, A=40, B=None, C=None)
    assert attack(cells, invited={("2025", Place("B")): 12, ("2025", Place("C")): 10}).safe


def test_more_answers_than_people() -> None:
    with pytest.raises(InputError, match="in wave '2026' 60 people of Total answered 'response', and the head"):
        attack(rows(RESPONSE, Total=60), invited={("2026", Place()): 50})


# Answers -------------------------------------------------------------------------------------------


def test_answers_that_are_left_over() -> None:
    people = rows(RESPONSE, Total=60, A=30, B=None, C=None)
    found = attack([*people, *rows("mood", Total=(60, "50"), A=(30, "100"), B=None, C=None)])
    assert told(found) == [
        ("pinned", "B", 0, 0),
        ("one_mind", "B", 0, 0),
        ("pinned", "C", 0, 0),
        ("one_mind", "C", 0, 0),
    ]
    assert {finding.quantity for finding in found.findings} == {"yes"}
    assert attack([*people, *rows("mood", Total=(60, "50"), A=(30, "80"), B=None, C=None)]).safe


def test_what_the_whole_organisation_says_by_itself_is_no_finding_about_a_group() -> None:
    people = rows(RESPONSE, Total=60, A=30, B=None, C=None)
    nobody = rows("mood", Total=(60, "0"), A=(30, "0"), B=None, C=None)
    assert attack([*people, *nobody]).safe


def test_a_group_of_one_mind_about_health() -> None:
    cells = rows("fatigue", Total=(100, "20"), A=(60, "33"), B=(40, "0"))
    assert told(attack(cells)) == [("one_mind", "B", 0, 0)]
    assert attack(rows("fatigue", Total=(100, "20"), A=(60, "25"), B=(40, "13"))).safe
    assert attack(rows("mood", Total=(100, "20"), A=(60, "33"), B=(40, "0"))).safe
    assert not attack(rows("mood", Total=(100, "20"), A=(60, "33"), B=(40, "0")), sensitive=frozenset({"mood"})).safe


def test_all_but_one_say_yes() -> None:
    (found,) = attack(rows("fatigue", Total=(100, "60"), A=(60, "35"), B=(40, "98"))).findings
    assert (found.kind, found.low, found.high) == ("one_mind", 39, 39)


def test_one_decimal_more_tells_more() -> None:
    people = rows(RESPONSE, Total=200, A=180, B=None, C=None)
    whole = rows("mood", Total=(200, "51"), A=(180, "56"), B=None, C=None)
    tenths = rows("mood", Total=(200, "50.5"), A=(180, "55.6"), B=None, C=None)
    assert attack([*people, *whole]).safe
    assert {finding.kind for finding in attack([*people, *tenths]).findings} == {"one_mind"}


def test_a_half_is_rounded_upwards() -> None:
    people = rows(RESPONSE, Total=200, A=180, B=None, C=None)
    # 101 of 200 would be printed as 51, so there are 99 or 100, and 99 of them in A.
    found = attack([*people, *rows("mood", Total=(200, "50"), A=(180, "55"), B=None, C=None)])
    assert {finding.kind for finding in found.findings} == {"one_mind"}


def test_answers_of_a_group_that_may_be_small() -> None:
    found = attack(rows("mood", Total=(60, "50"), A=((46, 52), "60"), B=((8, 14), "0")))
    assert ("pinned", "B", 0, 0) in told(found)
    assert attack(rows("mood", Total=(60, "50"), A=((46, 52), "50"), B=((8, 14), "50"))).safe


def test_zeros_at_the_end_are_left_out_by_spreadsheets() -> None:
    people = rows(RESPONSE, Total=200, A=180, B=None, C=None)
    # In a column with tenths, 50 is 50.0: exactly 100 people, and with the 100 of A nobody else.
    tenths = rows("mood", Total=(200, "50"), A=(180, "55.6"), B=None, C=None)
    assert {finding.kind for finding in attack([*people, *tenths]).findings} == {"pinned", "one_mind"}


def test_another_rounding_of_halves_is_read_as_well() -> None:
    # 5 of 40 is 12.5%, which many programs round to the even neighbour.
    assert attack(rows("mood", Total=(80, "12"), A=(40, "12"), B=(40, "13"))).safe


def test_means_of_a_scale_that_is_known() -> None:
    people = rows(RESPONSE, Total=40, A=20, B=None, C=None)
    low = [row("Total", 40, None, "3.0", measure="mood"), row("A", 20, None, "5.0", measure="mood")]
    closed = rows("mood", B=None, C=None)
    found = attack([*people, *low, *closed])
    assert found.safe
    assert found.without_mean == ("mood",)
    found = attack([*people, *low, *closed], scales={"mood": (1, 5)})
    assert {(finding.kind, finding.quantity) for finding in found.findings} == {
        ("pinned", "points"),
        ("one_mind", "points"),
    }
    assert found.without_mean == ()
    high = [row("Total", 40, None, "3.0", measure="mood"), row("A", 20, None, "4.0", measure="mood")]
    assert attack([*people, *high, *closed], scales={"mood": (1, 5)}).safe


def test_the_catalogue_knows_scales() -> None:
    people = rows(RESPONSE, Total=40, A=20, B=None, C=None)
    cells = [row("Total", 40, None, "4.0", measure="support"), row("A", 20, None, "3.0", measure="support")]
    found = attack([*people, *cells, *rows("support", B=None, C=None)])
    # 20 people have 158 to 162 points of 61 to 59 in A: all but one must have answered with the highest score.
    assert {(finding.kind, finding.quantity) for finding in found.findings} == {("one_mind", "points")}
    assert found.unknown == ()


def test_no_more_answer_than_took_part() -> None:
    people = rows(RESPONSE, Total=60, A=38, B=None, C=None)
    mood = rows("mood", Total=(40, "50"), A=((20, 38), "50"), B=None, C=None)
    assert attack([*people, *mood]).safe
    with pytest.raises(InputError, match="the figures of 'mood' in wave '2026' do not add up around A"):
        attack([*people, *rows("mood", Total=(60, "50"), A=(39, "50"), B=None, C=None)])


# Several files and waves ---------------------------------------------------------------------------


def test_files_that_are_safe_by_themselves_and_not_together() -> None:
    first = rows(RESPONSE, Total=60, A=30, B=None, C=None)
    second = [row("Total", 60, file="b.csv"), row("B", 26, file="b.csv"), row("A", None, file="b.csv")]
    second.append(row("C", None, file="b.csv"))
    assert attack(first).safe
    assert attack(second).safe
    assert told(attack([*first, *second])) == [("narrow", "C", 4, 4)]
    assert attack([*first, *[cell for cell in second if cell.key.unit != "B"]]).safe


def test_a_cell_that_is_open_in_one_file_is_open() -> None:
    found = attack([row("Total", 60), row("Total", None, file="b.csv")])
    assert (found.cells, found.closed) == (1, 0)


def test_bands_of_two_files_meet() -> None:
    cells = [*rows(RESPONSE, Total=60, A=30, C=None), row("B", (20, 29)), row("B", (26, 35), file="b.csv")]
    found = attack(cells)
    assert told(found) == [("narrow", "C", 1, 4)]
    (conflict,) = found.conflicts
    assert (conflict.column, conflict.first, conflict.second) == ("n_low", ("a.csv", 20), ("b.csv", 26))
    assert not conflict.apart


def test_figures_that_exclude_each_other_are_attacked_file_by_file() -> None:
    first = rows(RESPONSE, Total=60, A=30, B=26, C=None)
    second = [row(cell.key.unit, n, file="b.csv") for cell, n in zip(first, (63, 30, None, None), strict=True)]
    found = attack([*first, *second])
    assert [conflict.apart for conflict in found.conflicts] == [True]
    assert told(found) == [("narrow", "C", 4, 4)]


def test_the_same_figures_twice_are_no_finding() -> None:
    cells = rows("mood", Total=(60, "50"), A=(30, "80"), B=(30, "20"))
    again = [ReleasedCell(cell.key, cell.figures, "b.csv") for cell in cells]
    assert attack([*cells, *again]).safe


def test_waves_are_attacked_by_themselves() -> None:
    now = rows(RESPONSE, Total=60, A=30, B=None, C=None)
    before = [row(unit, n, wave="2025") for unit, n in (("Total", 60), ("A", 30), ("B", 26), ("C", None))]
    found = attack([*now, *before])
    assert [(finding.wave, name_place(finding.place)) for finding in found.findings] == [("2025", "C")]
    assert found.waves == ("2025", "2026")


def test_figures_that_do_not_add_up_are_no_release() -> None:
    with pytest.raises(InputError, match="the figures of 'response' in wave '2026' do not add up around Total"):
        attack(rows(RESPONSE, Total=60, A=40, B=30))
    other = [row("Total", 70, measure="mood"), row("A", 80, measure="mood", file="b.csv")]
    with pytest.raises(InputError, match=r"^a\.csv and 1 other file: the figures of 'mood' in wave '2026' do not"):
        attack(other)
    with pytest.raises(InputError, match="no number of people has the share that is printed of 'mood'"):
        attack(rows("mood", Total=(12, "37")))
    with pytest.raises(InputError, match=r"the mean on a scale of 1 to 5 .* give --scale support=LOW-HIGH"):
        attack([row("Total", 40, None, "6.5", measure="support")])


def test_shares_that_do_not_add_up_are_no_release() -> None:
    cells = rows("mood", Total=(60, "50"), A=(30, "90"), B=(30, "90"))
    with pytest.raises(InputError, match="the figures of 'mood' in wave '2026' do not add up"):
        attack(cells)


# How it works --------------------------------------------------------------------------------------


def test_what_cannot_be_proven_is_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*arguments: object, **options: object) -> None:
        raise Unsolved("no time")

    monkeypatch.setattr(audit_attack, "attack", gives_up)
    found = attack(rows(RESPONSE, Total=60, A=30, B=None, C=None))
    assert [finding.kind for finding in found.findings] == ["unproven"]
    assert not found.safe


def test_a_world_that_is_not_found_in_time_is_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*arguments: object, **options: object) -> None:
        raise Unsolved("no time")

    monkeypatch.setattr(audit_wave, "find_world", gives_up)
    assert [finding.kind for finding in attack(rows(RESPONSE, Total=60, A=30, B=30)).findings] == ["unproven"]


def test_a_file_in_which_everything_is_closed_is_safe() -> None:
    assert attack([row("Total", None), *rows("fatigue", Total=None, A=None)]).safe


def test_the_order_is_always_the_same() -> None:
    cells = [*rows(RESPONSE, Total=60, A=30, B=26, C=None), *rows("mood", Total=(60, "50"), A=(30, "100"), C=None)]
    parts: list[float] = []
    first = audit(cells, Terms(), parts.append)
    assert audit(cells, Terms()) == first
    assert first.findings[0].measure == RESPONSE
    assert parts == sorted(parts)
    assert all(0 <= part <= 1 for part in parts)
