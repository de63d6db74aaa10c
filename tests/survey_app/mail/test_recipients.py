"""Who gets the next reminder: nobody leaves the list in a group smaller than k."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from survey_app.mail.recipients import Candidate, choose_recipients

UNITS = st.sampled_from(["u1", "u2", "u3"])
PEOPLE = st.lists(st.tuples(UNITS, st.booleans()), max_size=60).map(
    lambda rows: [Candidate(place.to_bytes(16), unit, done) for place, (unit, done) in enumerate(rows)]
)
K = st.integers(2, 12)


@given(PEOPLE, K)
def test_whoever_is_not_done_is_reminded(people: list[Candidate], k: int) -> None:
    chosen = set(choose_recipients(people, k, remind_all=False))
    assert {person.id for person in people if not person.done} <= chosen


@given(PEOPLE, K)
def test_people_leave_with_k_of_their_unit_or_not_at_all(people: list[Candidate], k: int) -> None:
    chosen = set(choose_recipients(people, k, remind_all=False))
    left = [person for person in people if person.id not in chosen]
    assert all(person.done for person in left)
    assert all(count >= k for count in Counter(person.unit for person in left).values())


@given(PEOPLE, K)
def test_k_who_are_done_are_left_alone(people: list[Candidate], k: int) -> None:
    chosen = set(choose_recipients(people, k, remind_all=False))
    done = Counter(person.unit for person in people if person.done)
    assert not [person for person in people if person.done and done[person.unit] >= k and person.id in chosen]


@given(PEOPLE, K)
def test_everybody_is_reminded_when_that_was_promised(people: list[Candidate], k: int) -> None:
    assert choose_recipients(people, k, remind_all=True) == [person.id for person in people]


@given(PEOPLE, K, st.lists(st.sets(st.integers(0, 59)), min_size=1, max_size=4))
def test_between_any_two_rounds_at_least_k_of_a_unit_leave_or_none(
    people: list[Candidate], k: int, newly_done: list[set[int]]
) -> None:
    """The log of a mail server shows every round; this is all that it shows."""
    unit_of = {person.id: person.unit for person in people}
    seen = [set(unit_of)]
    for done in newly_done:
        people = [replace(person, done=person.done or int.from_bytes(person.id) in done) for person in people]
        seen.append(set(choose_recipients([person for person in people if person.id in seen[-1]], k, remind_all=False)))
    for place, later in enumerate(seen):
        for earlier in seen[:place]:
            assert later <= earlier, "who left came back"
            assert all(count >= k for count in Counter(unit_of[person] for person in earlier - later).values())
