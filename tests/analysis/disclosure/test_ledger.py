"""The ledger: what was released stays as it was, the same people get the same figures, and every change shows."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.disclosure.ledger import (
    BEGINNING,
    Draft,
    Entry,
    Figure,
    LedgerBroken,
    LedgerContradicted,
    LedgerUnreadable,
    People,
    append,
    draft_cells,
    figure_of,
    figures_of,
    head,
    open_units,
    read_entry,
    read_lines,
    verify,
    write_lines,
)
from analysis.disclosure.plan import CellKey
from analysis.errors import InputError

DAY = "2026-10-26"
OPEN = Figure(20, 24, 35, "3.4")


def draft(*atoms: str, **other: Any) -> Draft:
    """A cell of these groups of people."""
    values: dict[str, Any] = {
        "survey": "s1s1s1s1", "wave": "2026", "atoms": atoms or ("u1",), "cut": "", "category": "",
        "figures": {"burnout": OPEN, "workload": None}, "kind": "plan", "day": DAY, "actor": "release",
    }  # fmt: skip
    return Draft(**(values | other))


def chain(length: int) -> tuple[Entry, ...]:
    """A ledger of so many different cells."""
    return append((), [draft(f"u{number}") for number in range(length)])


def test_the_chain_is_what_anybody_can_compute_from_the_words_of_its_description() -> None:
    (first, second) = append((), [draft("u1", "u2", category="vrouwen — ♀", cut="sex"), draft("u3", kind="extra")])
    values = {
        "survey": "s1s1s1s1",
        "wave": "2026",
        "atoms": ["u1", "u2"],
        "cut": "sex",
        "category": "vrouwen — ♀",
        "figures": {"burnout": {"n_low": 20, "n_high": 24, "share": 35, "mean": "3.4"}, "workload": None},
        "kind": "plan",
        "day": DAY,
        "actor": "release",
        "previous": "00" * 32,
    }
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert first.content == text and first.previous == bytes(32)
    assert first.hash == hashlib.sha256(text.encode("utf-8")).digest()
    assert second.previous == first.hash
    assert head([first, second]) == second.hash and head([]) == BEGINNING == bytes(32)


def test_a_ledger_grows_at_its_end_and_keeps_what_it_holds() -> None:
    entries = chain(3)
    more = append(entries, [draft("u8"), draft("u9")])
    assert [entry.atoms for entry in more] == [("u8",), ("u9",)]
    verify((*entries, *more))
    verify((*entries, *more), seen=head(entries))
    verify(())
    assert append(entries, []) == ()


def altered(entry: Entry) -> Entry:
    return replace(entry, figures={**entry.figures, "burnout": Figure(20, 24, 36, "3.4")})


@dataclass(frozen=True)
class Damage:
    """What somebody did to a ledger of six entries, and which entry does not fit then."""

    entries: list[Entry]
    number: int


def damages() -> list[Damage]:
    whole = list(chain(6))
    forged = append(whole[:2], [draft("forged")])[0]
    found = [
        Damage([*whole[:4], *whole[5:]], 5),
        Damage([*whole[1:]], 1),
        Damage([*whole[:2], whole[3], whole[2], *whole[4:]], 3),
        Damage([*whole[:3], whole[2], *whole[3:]], 4),
        Damage([*whole[:2], forged, *whole[3:]], 4),
        Damage([replace(whole[0], previous=bytes(31) + b"\1"), *whole[1:]], 1),
    ]
    for place in range(6):
        found.append(Damage([*whole[:place], altered(whole[place]), *whole[place + 1 :]], place + 1))
    changes = {
        "survey": "t", "wave": "2027", "atoms": ("u2", "u3"), "cut": "sex", "category": "men", "kind": "extra",
        "day": "2026-10-27", "actor": "hr", "hash": bytes(32),
    }  # fmt: skip
    for field, value in changes.items():
        found.append(Damage([*whole[:2], replace(whole[2], **{field: value}), *whole[3:]], 3))
    return found


@pytest.mark.parametrize("damage", damages())
def test_whatever_was_changed_shows_at_the_first_entry_that_does_not_fit(damage: Damage) -> None:
    with pytest.raises(LedgerBroken, match=f"at entry {damage.number};") as raised:
        verify(damage.entries)
    assert raised.value.number == damage.number
    with pytest.raises(LedgerBroken):
        read_lines(write_lines(damage.entries), "ledger.jsonl")


def test_entries_cut_off_at_the_end_show_to_whoever_saw_a_later_head() -> None:
    entries = chain(4)
    verify(entries[:3])
    with pytest.raises(LedgerBroken) as raised:
        verify(entries[:3], seen=head(entries))
    assert raised.value.number == 4
    with pytest.raises(LedgerBroken):
        verify(append((), [draft("other")]), seen=head(entries))


def test_a_figure_that_was_released_before_is_found_whatever_the_unit_is_called_now() -> None:
    entries = append((), [draft("u1", "u2"), draft("u1", "u2", figures={"autonomy": None}, kind="extra")])
    again = People("s1s1s1s1", "2026", ("u1", "u2"), "", "")
    assert figures_of(entries, again) == {"burnout": OPEN, "workload": None, "autonomy": None}
    for other in (
        again._replace(survey="other"),
        again._replace(wave="2025"),
        again._replace(atoms=("u1",)),
        again._replace(cut="sex"),
        again._replace(category="men"),
    ):
        assert figures_of(entries, other) == {}


@pytest.mark.parametrize(
    "figure",
    [
        None,
        replace(OPEN, share=36),
        replace(OPEN, n_low=19),
        replace(OPEN, n_high=25),
        replace(OPEN, mean="3.5"),
        replace(OPEN, mean=None),
        replace(OPEN, share=None),
    ],
)
def test_the_same_people_never_get_another_figure_or_pattern(figure: Figure | None) -> None:
    entries = append((), [draft("u0"), draft("u1")])
    with pytest.raises(LedgerContradicted, match="in entry 2 of the ledger") as raised:
        append(entries, [draft("u9"), draft("u1", figures={"burnout": figure, "new": OPEN})])
    assert raised.value.number == 2
    with pytest.raises(LedgerContradicted) as raised:
        append((), [draft("u1"), draft("u1", figures={"burnout": figure})])
    assert raised.value.number == 1
    assert append(entries, [draft("u1", survey="another", figures={"burnout": figure})])


def test_what_was_closed_is_not_opened_later() -> None:
    with pytest.raises(LedgerContradicted):
        append(append((), [draft("u1")]), [draft("u1", figures={"workload": OPEN}, kind="extra", actor="hr")])


def test_a_release_that_is_made_again_leaves_its_traces_once() -> None:
    entries = chain(3)
    assert append(entries, [draft("u0"), draft("u1", figures={"burnout": OPEN}), draft("u2")]) == ()
    (more,) = append(entries, [draft("u0", day="2026-11-01"), draft("u1", figures={"burnout": OPEN, "new": None})])
    assert more.figures == {"burnout": OPEN, "new": None}
    assert len(append((), [draft("u1"), draft("u1")])) == 1


def test_units_with_an_open_figure_are_the_ones_to_subtract_from() -> None:
    entries = append(
        (),
        [
            draft("u0", "u1", "u2"),
            draft("u1", figures={"burnout": None}),
            draft("u2", figures={"burnout": None}),
            draft("u2", figures={"burnout": None, "workload": OPEN}, cut="sex", category="men"),
            draft("u1", wave="2025"),
            draft("u1", survey="another"),
        ],
    )
    assert open_units(entries, "s1s1s1s1", "2026") == {frozenset({"u0", "u1", "u2"}), frozenset({"u2"})}
    assert open_units(entries, "another", "2026") == {frozenset({"u1"})}


@dataclass(frozen=True)
class Printed:
    """The numbers of a released cell."""

    n_low: int | None = None
    n_high: int | None = None
    share: int | None = None
    mean: Decimal | None = None


def test_drafts_gather_the_measures_of_each_cell() -> None:
    figures = {
        CellKey("2026", "burnout"): figure_of(Printed(20, 24, 35, Decimal("3.0"))),
        CellKey("2026", "burnout", "Zorg", "sex", "men"): figure_of(Printed()),
        CellKey("2026", "workload"): figure_of(Printed(300, 300)),
        CellKey("2025", "burnout"): None,
    }
    atoms = {("2026", "Total"): {"u1", "u0"}, ("2026", "Zorg"): {"u1"}, ("2025", "Total"): {"all"}}
    now, men, before = draft_cells(figures, atoms, "s1s1s1s1", dt.date(2026, 10, 26))
    assert now == draft("u0", "u1", figures={"burnout": Figure(20, 24, 35, "3.0"), "workload": Figure(300, 300)})
    assert men == draft("u1", cut="sex", category="men", figures={"burnout": None})
    assert before == draft("all", wave="2025", figures={"burnout": None})
    (extra,) = draft_cells({CellKey("2025", "x"): None}, atoms, "s", dt.date(2027, 1, 2), "extra", "hr")
    assert (extra.kind, extra.actor, extra.day) == ("extra", "hr", "2027-01-02")
    with pytest.raises(KeyError):
        draft_cells({CellKey("2024", "x"): None}, atoms, "s", dt.date(2027, 1, 2))


@pytest.mark.parametrize(
    "wrong",
    [
        {"atoms": ()},
        {"atoms": ("u2", "u1")},
        {"atoms": ("u1", "u1")},
        {"figures": {}},
        {"kind": "guess"},
        {"actor": "Anneke de Vries"},
        {"day": "2026-10-26T10:11"},
        {"day": "20261026"},
        {"wave": 2026},
    ],
    ids=str,
)
def test_a_draft_holds_what_a_ledger_may_hold_and_no_name_or_hour(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        draft(**{"atoms": ("u1",), **wrong})


@pytest.mark.parametrize(
    "wrong",
    [(0, 3), (5, 4), (3, 4.0), (True, 1), (3, 4, 101), (3, 4, -1), (3, 4, 1.5), (3, 4, 5, "3.45"), (3, 4, 5, 3)],
)
def test_a_figure_is_as_it_is_printed(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError):
        Figure(*wrong)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
figures = st.none() | st.builds(
    Figure,
    st.integers(1, 50),
    st.integers(50, 99),
    st.none() | st.integers(0, 100),
    st.none() | st.from_regex(r"\A-?[0-9]{1,2}\.[0-9]\Z"),
)
drafts = st.builds(
    Draft,
    survey=texts,
    wave=texts,
    atoms=st.sets(texts, min_size=1, max_size=4).map(lambda atoms: tuple(sorted(atoms))),
    cut=texts,
    category=texts,
    figures=st.dictionaries(texts, figures, min_size=1, max_size=3),
    kind=st.sampled_from(["plan", "extra"]),
    day=st.dates().map(dt.date.isoformat),
    actor=st.sampled_from(["release", "hr", "council", "board"]),
)


@given(st.lists(drafts, max_size=6, unique_by=lambda each: each.people))
def test_a_ledger_survives_as_a_file_and_entry_by_entry(cells: list[Draft]) -> None:
    entries = append((), cells)
    assert [replace(entry) for entry in entries] == list(entries)
    text = write_lines(entries)
    assert text.count("\n") >= len(entries)
    assert read_lines(text, "ledger.jsonl") == entries
    assert tuple(read_entry(entry.content, entry.hash) for entry in entries) == entries
    verify(entries)


@pytest.mark.parametrize("other", ["{0} ", "{{}}", "7", "private", '{{"actor":"hr",{1}'])
def test_an_entry_is_read_from_its_own_words_only(other: str) -> None:
    (entry,) = chain(1)
    with pytest.raises(ValueError, match=r"canonical|missing|not an object|Expecting"):
        read_entry(other.format(entry.content, entry.content[1:]), entry.hash)


def lines() -> list[str]:
    return write_lines(chain(3)).splitlines(keepends=True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: "",
        lambda line: "\n",
        lambda line: "[]\n",
        lambda line: "private\n",
        lambda line: "[" * 100_000 + "\n",
        lambda line: line.replace(",", ", ", 1),
        lambda line: line.replace("\n", "\r\n"),
        lambda line: line.replace('"actor":"release"', '"actor":"Anneke"'),
        lambda line: line.replace('"actor":"release",', ""),
        lambda line: line.replace('"actor":"release"', '"actor":"release","also":1'),
        lambda line: line.replace('"actor":"release"', '"actor":"hr","actor":"release"'),
        lambda line: line.replace('"n_low":20', '"n_low":20.0'),
        lambda line: line.replace('"n_low":20', '"n_low":"20"'),
        lambda line: line.replace('["u1"]', '"u1"'),
        lambda line: line.replace('["u1"]', "7"),
        lambda line: line.replace('["u1"]', '["\\ud800"]'),
        lambda line: line.replace('{"burnout"', '[{"burnout"').replace("null}", "null}]"),
        lambda line: line.replace('"hash":"', '"hash":"x'),
        lambda line: line.replace('"hash":"', '"hash":"AB'),
    ],
)
def test_a_line_that_is_no_entry_is_named(spoil: Any) -> None:
    first, second, third = lines()
    spoiled = spoil(second)
    assert spoiled != second
    with pytest.raises((LedgerUnreadable, LedgerBroken)) as raised:
        read_lines(first + spoiled + third, "ledger.jsonl")
    if spoiled:
        assert isinstance(raised.value, InputError)
        assert str(raised.value).startswith("ledger.jsonl, line 2: is no entry of a ledger; ")
        assert "private" not in str(raised.value)


def test_a_file_that_is_cut_off_is_named() -> None:
    text = "".join(lines())
    with pytest.raises(LedgerUnreadable, match=r"ledger.jsonl, line 3: is cut off at its end"):
        read_lines(text[:-1], "ledger.jsonl")
    with pytest.raises(LedgerUnreadable, match=r"line 3: is no entry"):
        read_lines(text[:-20], "ledger.jsonl")
    assert read_lines("", "ledger.jsonl") == ()
