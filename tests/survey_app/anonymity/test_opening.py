"""The opening counts what is valid, once, and says nothing about the rest."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.anonymity.ballot import hidden_leaf
from survey_app.anonymity.council import keys_of
from survey_app.anonymity.ed25519 import verify
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest, unb64u
from survey_app.anonymity.opened import Opened, check_opened, reported_units
from survey_app.anonymity.opening import (
    Opening,
    TooFewBallots,
    TooManyBallots,
    WrongKey,
    open_urn,
    read_urn,
    write_urn,
)
from survey_app.anonymity.sealing import seal
from tests.survey_app.anonymity.invented import TREE, invent_survey

SURVEY = invent_survey()
MANIFEST = SURVEY.manifest

#: Units of the people who vote, by their numbers: enough in u1 and u2, too few in u3 and u4.
VOTERS = ["u1"] * 4 + ["u2"] * 5 + ["u3"] * 3 + ["u4"] * 2


@cache
def envelope(person: int, unit: str, report_as: str | None = None) -> bytes:
    """The envelope of a person, made once."""
    return SURVEY.envelope(SURVEY.ballot(person, unit, report_as))


def everybody() -> list[bytes]:
    """An envelope of every voter."""
    return [envelope(person, unit) for person, unit in enumerate(VOTERS)]


def open_text(urn: str) -> Opening:
    """Opens an urn file with the council's keys."""
    return open_urn(read_urn(urn), SURVEY.council.opening, SURVEY.council.witness)


def test_everything_valid_is_counted() -> None:
    opening = open_text(SURVEY.urn(everybody()))

    assert (opening.head.size, opening.head.invalid) == (len(VOTERS), 0)
    assert Counter(ballot.unit for ballot in opening.ballots) == Counter(VOTERS)
    assert opening.head.urn == digest(
        "urn", MANIFEST.hash, *sorted(hashlib.sha256(sealed).digest() for sealed in everybody())
    )
    message = digest("head", MANIFEST.hash, (14).to_bytes(8, "big"), opening.head.root, bytes(8), opening.head.urn)
    assert opening.head.digest(MANIFEST.hash) == message
    assert verify(MANIFEST.witness_key, opening.opened.witness, message)


def test_opening_twice_gives_the_same_bytes_in_any_order() -> None:
    first = open_text(SURVEY.urn(everybody()))
    second = open_text(SURVEY.urn(reversed(everybody())))

    assert first.opened_text == second.opened_text
    assert first.audit_text == second.audit_text


def test_nothing_tells_in_which_order_envelopes_came() -> None:
    opened = json.loads(open_text(SURVEY.urn(everybody())).opened_text)

    assert opened["leaves"] == sorted(opened["leaves"])
    ids = [ballot["id"] for ballot in opened["ballots"]]
    assert ids == sorted(ids)
    assert set(opened["ballots"][0]) == {"content", "id", "unit"}


def test_small_units_go_up_and_the_organisation_keeps_no_rest() -> None:
    opening = open_text(SURVEY.urn(everybody()))
    reported = Counter(ballot.unit for ballot in opening.opened.ballots)

    # Nothing is deeper than Zorg; two of Kantoor would be a rest of the organisation, so Zorg joins them.
    assert reported == {"u0": 14}
    assert Counter(ballot.unit for ballot in opening.opened.ballots) == reported
    more = open_text(SURVEY.urn([*everybody(), *(envelope(20 + n, "u4") for n in range(2))]))
    assert Counter(ballot.unit for ballot in more.opened.ballots) == {"u1": 12, "u4": 4}


def test_the_board_shows_nothing_of_any_ballot() -> None:
    opening = open_text(SURVEY.urn(everybody()))
    assert len(set(opening.opened.leaves)) == len(opening.ballots) == 14
    assert all(json.loads(leaf).keys() == {"hidden"} for leaf in opening.opened.leaves)
    assert sorted(hidden_leaf(ballot.leaf) for ballot in opening.ballots) == list(opening.opened.leaves)
    text = "\n".join(opening.opened.leaves)
    for ballot in opening.ballots:
        for secret in (ballot.key, ballot.credential, ballot.signature, ballot.content_hash, ballot.id):
            assert b64u(secret) not in text
    assert not any(f'"{unit.key}"' in text for unit in MANIFEST.units)


def test_board_and_results_cannot_be_joined() -> None:
    """Whatever the server keeps of a ballot, and every hash of it under a name of ours, is not on the board."""
    opening = open_text(SURVEY.urn(everybody()))
    board = set(opening.opened.leaves) | {json.loads(leaf)["hidden"] for leaf in opening.opened.leaves}
    for ballot in opening.opened.ballots:
        content = json.loads(ballot.content)
        assert content.keys() == {"about", "answers", "salt"}
        fields = [b64u(ballot.id), ballot.unit, ballot.content, content["salt"]]
        for field in fields:
            for tag in ("leaf", "content", "ballot-id"):
                assert field not in board
                assert b64u(digest(tag, field)) not in board
                assert b64u(digest(tag, ballot.id)) not in board
        assert b64u(hashlib.sha256(ballot.content.encode()).digest()) not in board


def test_a_larger_unit_may_be_asked_for() -> None:
    sealed = [envelope(person, "u2", "u0" if person < 4 else "u2") for person in range(8)]
    opening = open_text(SURVEY.urn(sealed))

    assert Counter(ballot.unit for ballot in opening.opened.ballots) == {"u0": 4, "u1": 4}
    assert "report_as" not in opening.opened_text


def test_nothing_goes_to_the_server_but_answers() -> None:
    opening = open_text(SURVEY.urn(everybody()))
    for ballot in opening.ballots:
        for secret in (b64u(ballot.key), b64u(ballot.credential), b64u(ballot.signature), b64u(ballot.content_hash)):
            assert secret not in opening.opened_text
            assert secret in opening.audit_text or secret == b64u(ballot.content_hash)


JUNK: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "zeros": lambda: bytes(MANIFEST.size + 81),
    "too short": lambda: envelope(0, "u1")[:-1],
    "cut and filled": lambda: envelope(0, "u1")[:-1] + b"\0",
    "sealed for another survey": lambda: seal(MANIFEST.opening_key, bytes(32), bytes(MANIFEST.size)),
    "sealed to another key": lambda: seal(keys_of(b"x" * 16).opening_key, MANIFEST.hash, bytes(MANIFEST.size)),
    "not padded": lambda: seal(MANIFEST.opening_key, MANIFEST.hash, b"\xff" * MANIFEST.size),
    "of another length": lambda: seal(MANIFEST.opening_key, MANIFEST.hash, bytes(MANIFEST.size + 1)),
    "not text": lambda: seal(MANIFEST.opening_key, MANIFEST.hash, (b"\0\0\0\2\xff\xff").ljust(MANIFEST.size, b"\0")),
    "empty": lambda: SURVEY.envelope(""),
    "no ballot": lambda: SURVEY.envelope(canonical({"vote": 1})),
    "another unit": lambda: SURVEY.envelope(SURVEY.ballot(50, "u2", "u0").replace('"unit":"u2"', '"unit":"u3"')),
    "another survey": lambda: SURVEY.envelope(invent_survey(wave="1").ballot(51, "u2")),
    "changed answers": lambda: SURVEY.envelope(SURVEY.ballot(52, "u2").replace('mf_01\\":3', 'mf_01\\":5')),
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_junk_is_counted_and_not_told_apart(junk: Callable[[], bytes]) -> None:
    opening = open_text(SURVEY.urn([*everybody(), junk()]))
    plain = open_text(SURVEY.urn(everybody()))

    assert (opening.head.size, opening.head.invalid) == (len(VOTERS), 1)
    assert opening.opened.leaves == plain.opened.leaves
    assert opening.opened.ballots == plain.opened.ballots


def test_of_two_ballots_with_one_key_the_lowest_envelope_counts() -> None:
    both = [SURVEY.envelope(SURVEY.ballot(0, "u1", mf_01=code)) for code in (1, 2)]
    lowest = min(both, key=lambda sealed: hashlib.sha256(sealed).digest())
    opening = open_text(SURVEY.urn([*everybody()[1:], *both]))
    alone = open_text(SURVEY.urn([*everybody()[1:], lowest]))

    assert (opening.head.size, opening.head.invalid) == (len(VOTERS), 1)
    assert opening.opened.ballots == alone.opened.ballots


def test_an_envelope_that_is_there_twice_counts_once() -> None:
    opening = open_text(SURVEY.urn([*everybody(), everybody()[3]]))
    assert (opening.head.size, opening.head.invalid) == (len(VOTERS), 1)


@pytest.mark.parametrize("junk", [0, 5])
def test_too_few_ballots_stay_closed(junk: int) -> None:
    sealed = [*everybody()[:3], *(bytes([n]) * (MANIFEST.size + 81) for n in range(junk))]
    with pytest.raises(TooFewBallots) as refused:
        open_text(SURVEY.urn(sealed))
    assert not any(character.isdigit() for character in str(refused.value)), "it is not said how many were valid"


def test_more_ballots_than_credentials_stay_closed() -> None:
    counts = {"u1": (4, 0), "u2": (4, 0), "u3": (3, 0), "u4": (2, 0)}
    with pytest.raises(TooManyBallots) as refused:
        open_text(SURVEY.urn(everybody(), counts))
    assert refused.value.unit == "u2"

    reissued = open_text(SURVEY.urn(everybody(), {**counts, "u2": (4, 1)}))
    assert reissued.head.size == len(VOTERS)


def test_only_the_keys_in_the_promise_open() -> None:
    urn, other = read_urn(SURVEY.urn(everybody())), keys_of(b"x" * 16)
    with pytest.raises(WrongKey):
        open_urn(urn, other.opening, SURVEY.council.witness)
    with pytest.raises(WrongKey):
        open_urn(urn, SURVEY.council.opening, other.witness)


def test_progress_goes_from_nothing_to_all() -> None:
    heard: list[float] = []
    urn = read_urn(SURVEY.urn((everybody() * 15)[:200]))
    open_urn(urn, SURVEY.council.opening, SURVEY.council.witness, heard.append)

    assert heard == [0.5, 1.0]


def damage(urn: str, *path: str, value: Any) -> str:
    """An urn file with another value in a place."""
    values = json.loads(urn)
    place = values
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return canonical(values)


def test_an_urn_that_does_not_hang_together_is_refused() -> None:
    urn = SURVEY.urn(everybody())
    name = SURVEY.issuer("u2").hash
    cases = [
        "",
        urn.replace('"kind":"urn"', '"kind":"audit"'),
        urn.replace('"peil":1', '"peil":2', 1),
        damage(urn, "witness", value=b64u(bytes(64))),
        damage(urn, "manifest", value=invent_survey(wave="2027").manifest.text),
        damage(urn, "manifest", value=7),
        damage(urn, "envelopes", value=list(reversed(json.loads(urn)["envelopes"]))),
        damage(urn, "envelopes", value=["padding="]),
        damage(urn, "envelopes", value=None),
        damage(urn, "issuers", name, value=SURVEY.issuer("u3").as_json()),
        damage(urn, "issuers", value={}),
        damage(urn, "counts", value={}),
        damage(urn, "counts", "u2", value={"issued": 11, "reissued": 0}),
        damage(urn, "counts", "u2", value={"issued": 10, "reissued": 5}),
        damage(urn, "counts", "u2", value={"issued": -1, "reissued": 0}),
        damage(urn, "done", value=-1),
    ]
    for text in cases:
        with pytest.raises(Malformed):
            read_urn(text)
    assert read_urn(urn + "\n") == read_urn(urn)


def test_an_urn_needs_every_issuer() -> None:
    with pytest.raises(KeyError):
        write_urn(MANIFEST, SURVEY.witness, {}, {}, 0, [])


def test_units_nobody_used_are_counted_too() -> None:
    urn = read_urn(SURVEY.urn([], {"u2": (1, 0)}))
    assert {unit: count.credentials for unit, count in urn.counts.items()} == {"u1": 0, "u2": 1, "u3": 0, "u4": 0}


def test_the_opened_file_is_what_the_server_reads() -> None:
    opening = open_text(SURVEY.urn(everybody()))
    assert check_opened(opening.opened_text, MANIFEST) == opening.opened
    assert check_opened(opening.opened_text + "\n", MANIFEST) == opening.opened


def altered(opened: Opened, **changes: Any) -> str:
    """An opened file with changes under the head that was signed."""
    values = json.loads(opened.as_text(MANIFEST))
    values.update(changes)
    return canonical(values)


def test_an_opened_file_that_does_not_hold_together_is_refused() -> None:
    opening = open_text(SURVEY.urn(everybody()))
    opened = opening.opened
    values = json.loads(opening.opened_text)
    ballots, leaves, head = values["ballots"], values["leaves"], values["head"]
    deeper = [{**ballot, "unit": "u2"} for ballot in ballots]
    shown = opening.ballots[0].leaf
    asking = json.loads(ballots[0]["content"]) | {"report_as": "u2"}
    salted = json.loads(ballots[0]["content"]) | {"salt": "AAAA"}
    coded = json.loads(ballots[0]["content"]) | {"answers": {"mf_01": "3"}}
    cases = {
        "another promise": altered(opened, manifest_hash=b64u(bytes(32))),
        "not signed by": altered(opened, witness=b64u(bytes(64))),
        "head is not signed": altered(opened, head={**head, "invalid": 1}),
        "root that was signed": altered(opened, leaves=leaves[1:]),
        "as many ballots": altered(opened, ballots=ballots[1:]),
        "is there twice": altered(opened, ballots=[ballots[0], *ballots[:-1]]),
        "not sorted": altered(opened, ballots=ballots[::-1]),
        "deeper unit": altered(opened, ballots=deeper),
        "a unit that is not there": altered(opened, ballots=[{**ballots[0], "unit": "u9"}, *ballots[1:]]),
    }
    for words, text in cases.items():
        with pytest.raises(Malformed, match=words):
            check_opened(text, MANIFEST)
    for content in (asking, salted, coded):
        with pytest.raises(Malformed):
            check_opened(
                altered(opened, ballots=[{**ballots[0], "content": canonical(content)}, *ballots[1:]]), MANIFEST
            )
    for leaf in (shown, '{"hidden":"AAAA"}', "{}", canonical({**json.loads(leaves[0]), "unit": "u1"})):
        with pytest.raises(Malformed):
            check_opened(altered(opened, leaves=sorted([leaf, *leaves[1:]])), MANIFEST)
    with pytest.raises(Malformed):
        check_opened(opening.opened_text, invent_survey(wave="2027").manifest)


@pytest.mark.parametrize("unit", ["u0", "u1", "u4"])
def test_the_server_refuses_groups_below_the_promise(unit: str) -> None:
    opening = open_text(SURVEY.urn([envelope(person, "u2") for person in range(8)]))
    values = json.loads(opening.opened_text)
    for place, ballot in enumerate(values["ballots"]):
        ballot["unit"] = unit if place < MANIFEST.k - 1 else "u1" if unit != "u1" else "u0"
    with pytest.raises(Malformed, match="fewer ballots"):
        check_opened(canonical(values), MANIFEST)


wanted = st.dictionaries(st.sampled_from([f"u{place}" for place in range(len(TREE))]), st.integers(1, 12))
levels = st.integers(0, 3)


@given(wanted, levels)
def test_reported_units_have_nobody_or_enough(sizes: dict[str, int], levels: int) -> None:
    manifest = replace(MANIFEST, plan=replace(MANIFEST.plan, levels=levels))
    units = reported_units(manifest, sizes)
    reported: Counter[str] = Counter()
    for unit, size in sizes.items():
        reported[units[unit]] += size

    assert set(units) == set(sizes)
    assert reported.total() == sum(sizes.values())
    if reported.total() < manifest.k:
        assert set(units.values()) <= {"u0"}
    else:
        assert all(size >= manifest.k for size in reported.values()), "the organisation has no rest"
    for unit, end in units.items():
        assert end in {step.key for step in manifest.path(unit)[: levels + 1]}


def test_of_equal_units_the_first_gives_to_the_organisation() -> None:
    assert reported_units(MANIFEST, {"u0": 1, "u1": 4, "u4": 4}) == {"u0": "u0", "u1": "u0", "u4": "u4"}
    assert reported_units(MANIFEST, {"u0": 1, "u1": 5, "u4": 4}) == {"u0": "u0", "u1": "u1", "u4": "u0"}
    deep = replace(MANIFEST, plan=replace(MANIFEST.plan, levels=2))
    found = reported_units(deep, {"u0": 1, "u1": 5, "u2": 4, "u4": 6})
    assert found == {"u0": "u0", "u1": "u1", "u2": "u0", "u4": "u4"}, "from two levels down as well"


def test_keys_are_taken_from_the_urn_only_by_hash() -> None:
    values = json.loads(SURVEY.urn(everybody()))
    assert set(values["issuers"]) == MANIFEST.issuer_hashes
    assert all(len(unb64u(issuer["n"])) == 384 for issuer in values["issuers"].values())
