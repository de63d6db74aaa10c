"""The audit passes an honest bundle and finds each way of cheating."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from survey_app.anonymity.audit import AuditReport, audit, check_receipt
from survey_app.anonymity.ballot import Ballot, InvalidBallot, parse_ballot
from survey_app.anonymity.council import keys_of
from survey_app.anonymity.derivation import receipt_message
from survey_app.anonymity.encoding import Malformed, b64u, canonical
from survey_app.anonymity.issuers import Issuer
from survey_app.anonymity.opened import Head, Opened, OpenedBallot, board_leaves, board_root
from survey_app.anonymity.opening import Opening, open_envelope, open_urn, read_urn
from tests.survey_app.anonymity.invented import Survey, invent_survey

SURVEY = invent_survey()
MANIFEST = SURVEY.manifest
VOTERS = ["u1"] * 4 + ["u2"] * 5 + ["u3"] * 3 + ["u4"] * 2


def open_up(survey: Survey = SURVEY, extra: Sequence[bytes] = (), done: int = 9) -> Opening:
    """The opening of a survey in which everybody votes."""
    sealed = [survey.envelope(survey.ballot(person, unit)) for person, unit in enumerate(VOTERS)]
    urn = read_urn(survey.urn([*sealed, *extra], done=done))
    return open_urn(urn, survey.council.opening, survey.council.witness)


OPENING = open_up()
BUNDLE = OPENING.audit_text


def published(head: Head = OPENING.head, leaves: Sequence[str] = OPENING.opened.leaves) -> dict[str, Any]:
    """What the server shows: the head with both signatures, and the board."""
    message = head.digest(MANIFEST.hash)
    signatures = {"witness": b64u(SURVEY.council.witness.sign(message)), "log": b64u(SURVEY.log.sign(message))}
    return {"head": {**head.as_json(), **signatures}, "board": "".join(f"{leaf}\n" for leaf in leaves)}


def altered(change: Callable[[dict[str, Any]], object]) -> str:
    """The bundle after a change of its values."""
    values = json.loads(BUNDLE)
    change(values)
    return canonical(values)


def with_ballots(ballots: Sequence[str]) -> str:
    """The bundle with other ballots, under a head that fits the valid ones and that the council signed."""
    valid = [ballot for text in ballots if (ballot := read(text)) is not None]
    left = max(0, len(OPENING.urn.envelopes) - len(valid))
    head = Head(len(valid), board_root(board_leaves(valid)), left, OPENING.head.urn)
    signature = b64u(SURVEY.council.witness.sign(head.digest(MANIFEST.hash)))
    values = {**json.loads(BUNDLE), "ballots": sorted(ballots), "head": head.as_json(), "witness_head": signature}
    return canonical(values)


def read(text: str) -> Ballot | None:
    """A ballot, when it counts."""
    try:
        return parse_ballot(text, MANIFEST, SURVEY.issuers)
    except InvalidBallot:
        return None


def failed(report: AuditReport) -> set[str]:
    """The names of the checks that do not hold."""
    assert report.passed is (not report.failed)
    return set(report.failed)


def recompute(ballots: Sequence[tuple[str, str]]) -> bytes:
    """Figures that follow from the ballots."""
    return canonical([[unit, json.loads(content)["answers"]] for unit, content in ballots]).encode()


def test_an_honest_bundle_passes_every_check() -> None:
    exported = recompute([(ballot.unit, ballot.content) for ballot in OPENING.opened.ballots])
    report = audit(
        BUNDLE, words=MANIFEST.words.upper(), opened=OPENING.opened_text, release=(recompute, exported), **published()
    )

    assert report.failed == ()
    assert [check.name for check in report.checks] == [
        "file", "witness", "words", "issuers", "form", "unit", "credential", "signature", "unique", "stuffing",
        "issued", "enough", "urn", "invalid", "board", "head", "opened", "published", "release",
    ]  # fmt: skip
    assert report.remarks == ()
    for check in report.checks:
        assert check.detail.endswith(".")
        assert all(str(value) in check.detail for value in check.values.values())


def test_without_the_server_the_bundle_alone_is_checked() -> None:
    assert len(audit(BUNDLE).checks) == 15
    assert audit(BUNDLE).passed


def test_invalid_envelopes_are_no_fault() -> None:
    report = audit(open_up(extra=[b"junk", bytes(MANIFEST.size + 81)]).audit_text)
    assert report.passed


def test_an_edited_answer_is_found_in_the_bundle() -> None:
    ballot = OPENING.ballots[0].text
    edited = ballot.replace('mf_01\\":3', 'mf_01\\":5')
    assert edited != ballot

    assert failed(audit(altered(lambda values: values["ballots"].__setitem__(0, edited)))) == {
        "signature", "invalid", "board",
    }  # fmt: skip


def test_an_edited_answer_is_found_at_the_server() -> None:
    first, *others = OPENING.opened.ballots
    edited = OpenedBallot(first.id, first.unit, first.content.replace('"mf_01":3', '"mf_01":5'))
    opened = Opened(OPENING.head, OPENING.opened.witness, OPENING.opened.leaves, (edited, *others))
    exported = recompute([(ballot.unit, ballot.content) for ballot in opened.ballots])

    report = audit(BUNDLE, opened=opened.as_text(MANIFEST), release=(recompute, exported))
    assert failed(report) == {"opened", "release"}


def test_an_edited_answer_of_a_hidden_ballot_is_found_at_the_server() -> None:
    place = next(n for n, ballot in enumerate(OPENING.opened.ballots) if ballot.unit == "u0")
    ballots = list(OPENING.opened.ballots)
    hidden = ballots[place]
    ballots[place] = OpenedBallot(hidden.id, hidden.unit, hidden.content.replace('"mf_01":3', '"mf_01":1'))
    opened = Opened(OPENING.head, OPENING.opened.witness, OPENING.opened.leaves, tuple(ballots))

    assert failed(audit(BUNDLE, opened=opened.as_text(MANIFEST))) == {"opened"}


def test_a_stuffed_ballot_without_credential_is_found() -> None:
    forged = SURVEY.ballot(0, "u1").replace(b64u(SURVEY.credential(0, "u1")), b64u(SURVEY.credential(0, "u2")))
    assert failed(audit(with_ballots([*(ballot.text for ballot in OPENING.ballots), forged]))) == {"credential"}


def test_stuffing_with_the_issuer_key_is_found_by_the_counts() -> None:
    """The operator holds the issuer keys: only the numbers can tell."""
    stuffed = [SURVEY.ballot(100 + n, "u1") for n in range(3)]
    report = audit(with_ballots([*(ballot.text for ballot in OPENING.ballots), *stuffed]))

    assert failed(report) == {"stuffing", "invalid"}
    (check,) = [check for check in report.checks if check.name == "stuffing"]
    assert check.detail == "There are more ballots than credentials in: Zorg."


def test_a_ballot_that_is_there_twice_is_found() -> None:
    again = SURVEY.ballot(0, "u1", mf_01=1)
    report = audit(with_ballots([*(ballot.text for ballot in OPENING.ballots), again]))
    assert failed(report) == {"unique", "invalid"}


def test_a_wrong_unit_is_found() -> None:
    moved = SURVEY.ballot(0, "u1", "u0").replace('"unit":"u1"', '"unit":"u4"')
    nowhere = moved.replace('"unit":"u4"', '"unit":"u9"')
    texts = [ballot.text for ballot in OPENING.ballots]

    assert failed(audit(with_ballots([*texts, moved]))) == {"credential"}
    assert failed(audit(with_ballots([*texts, nowhere]))) == {"unit"}
    assert failed(audit(with_ballots([*texts, "{}"]))) == {"form"}


def test_a_forked_manifest_is_found_by_its_words() -> None:
    """Somebody gives one group another promise, with keys of its own, and opens it well."""
    fork = invent_survey(objection_days=15)
    report = audit(open_up(fork).audit_text, words=MANIFEST.words)

    assert failed(report) == {"words"}
    assert fork.manifest.words in next(check for check in report.checks if check.name == "words").detail


def test_a_forked_manifest_under_these_ballots_is_found() -> None:
    fork = invent_survey(objection_days=15)
    forged = altered(lambda values: values.update(manifest=fork.manifest.text))
    signed = altered(lambda values: values.update(manifest=fork.manifest.text, witness=b64u(fork.witness)))

    assert {"witness", "credential", "head", "urn", "enough"} <= failed(audit(forged))
    assert {"credential", "head", "urn", "enough"} <= failed(audit(signed))
    assert failed(audit(BUNDLE, opened=open_up(fork).opened_text)) == {"opened"}


def test_an_omitted_ballot_is_found() -> None:
    texts = [ballot.text for ballot in OPENING.ballots]
    short = altered(lambda values: values.update(ballots=texts[1:]))
    fewer = altered(lambda values: values.update(envelopes=values["envelopes"][1:]))

    assert failed(audit(short)) == {"invalid", "board"}
    # A head that fits what is left has to count the omitted ballot as invalid; its receipt tells.
    assert audit(with_ballots(texts[1:])).passed
    omitted = next(sealed for sealed in OPENING.urn.envelopes if opened_text(sealed) == texts[0])
    assert check_receipt(with_ballots(texts[1:]), receipt(omitted)) == "in_urn", "more cannot be told without the key"
    assert check_receipt(with_ballots(texts[1:]), receipt(omitted), SURVEY.council.opening) == "missing"
    assert failed(audit(fewer)) == {"urn", "invalid"}


def test_what_the_server_shows_is_compared() -> None:
    leaves = OPENING.opened.leaves
    fewer = Head(len(leaves) - 1, board_root(leaves[1:]), 1, OPENING.head.urn)

    assert failed(audit(BUNDLE, **published(fewer, leaves[1:]))) == {"published"}
    assert failed(audit(BUNDLE, **published(OPENING.head, leaves[1:]))) == {"published"}
    assert failed(audit(BUNDLE, **{**published(), "head": None})) == {"published"}


@pytest.mark.parametrize("damage", ["hash", "proof"])
def test_a_bad_issuer_is_found(damage: str) -> None:
    if damage == "hash":
        name, other = SURVEY.issuer("u2").hash, SURVEY.issuer("u3").as_json()
        report = audit(altered(lambda values: values["issuers"].update({name: other})))
        assert failed(report) >= {"issuers", "credential"}
        return
    good = SURVEY.issuer("u4")
    bad = Issuer(good.n, (*good.proof[:-1], good.proof[0]))
    units = [
        {"key": u.key, "name": u.name, "parent": u.parent, "invited": u.invited,
         "issuer": bad.hash if u.key == "u4" else u.issuer}
        for u in MANIFEST.units
    ]  # fmt: skip
    survey = invent_survey(units=units)
    sealed = [survey.envelope(survey.ballot(person, "u2")) for person in range(5)]
    text = survey.urn([]) if bad.hash in survey.issuers else ""
    assert text == "", "the urn of this survey names a key without a proof"
    issuers = {**survey.issuers, bad.hash: bad}
    urn = read_urn(
        canonical(
            {
                "counts": {unit: {"issued": 6, "reissued": 0} for unit in ("u1", "u2", "u3", "u4")},
                "done": 0,
                "envelopes": sorted(map(b64u, sealed)),
                "issuers": {name: issuers[name].as_json() for name in survey.manifest.issuer_hashes},
                "kind": "urn",
                "manifest": survey.manifest.text,
                "peil": 1,
                "witness": b64u(survey.witness),
            }
        )
    )
    report = audit(open_urn(urn, survey.council.opening, survey.council.witness).audit_text)
    assert failed(report) == {"issuers"}


@pytest.mark.parametrize(
    ("counts", "name"),
    [({"issued": 11, "reissued": 0}, "issued"), ({"issued": 10, "reissued": 5}, "issued")],
    ids=["more than invited", "over the cap"],
)
def test_counts_beyond_the_promise_are_found(counts: dict[str, int], name: str) -> None:
    assert failed(audit(altered(lambda values: values["counts"].update(u2=counts)))) == {name}


def test_a_forged_head_is_found() -> None:
    forged = altered(lambda values: values.update(witness_head=b64u(bytes(64))))
    assert failed(audit(forged)) == {"head"}


def test_more_people_done_than_envelopes_is_a_remark() -> None:
    report = audit(open_up(done=20).audit_text)
    assert report.passed
    (remark,) = report.remarks
    assert (remark.name, remark.values) == ("done", {"done": 20, "envelopes": 14})
    assert "20 people" in remark.detail


BROKEN: dict[str, str] = {
    "nothing": "",
    "an urn": SURVEY.urn([]),
    "cut off": BUNDLE[:-20],
    "a key missing": altered(lambda values: values.pop("counts")),
    "a key too many": altered(lambda values: values.update(time=1)),
    "an envelope that is no hash": altered(lambda values: values.update(envelopes=["AAAA"])),
    "ballots that are numbers": altered(lambda values: values.update(ballots=[1])),
    "a manifest that is none": altered(lambda values: values.update(manifest="{}")),
    "an issuer too few": altered(lambda values: values["issuers"].popitem()),
    "a head without a root": altered(lambda values: values["head"].pop("root")),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_is_no_bundle_is_said_so(text: str) -> None:
    report = audit(text)
    assert [check.name for check in report.checks] == ["file"]
    assert not report.passed


def opened_text(sealed: bytes) -> str | None:
    """The ballot in an envelope."""
    ballot = open_envelope(MANIFEST, SURVEY.issuers, SURVEY.council.opening, sealed)
    return ballot and ballot.text


def receipt(envelope: bytes, survey: Survey = SURVEY) -> str:
    """The receipt file of an envelope."""
    signature = survey.log.sign(receipt_message(survey.manifest.hash, hashlib.sha256(envelope).digest()))
    return canonical(
        {
            "envelope": b64u(envelope),
            "kind": "receipt",
            "manifest_hash": b64u(survey.manifest.hash),
            "peil": 1,
            "receipt": b64u(signature),
        }
    )


def test_a_receipt_proves_what_became_of_a_ballot() -> None:
    counted = OPENING.urn.envelopes[0]
    omitted = SURVEY.envelope(SURVEY.ballot(90, "u2"))
    earlier = SURVEY.envelope(SURVEY.ballot(0, "u1", mf_01=1))
    junk = bytes(MANIFEST.size + 81)
    key = SURVEY.council.opening

    assert check_receipt(BUNDLE, receipt(counted)) == "in_urn"
    assert check_receipt(BUNDLE, receipt(counted), key) == "counted"
    assert check_receipt(BUNDLE, receipt(omitted)) == "missing"
    assert check_receipt(BUNDLE, receipt(omitted), key) == "missing"
    assert check_receipt(BUNDLE, receipt(earlier)) == "missing"
    assert check_receipt(BUNDLE, receipt(earlier), key) == "replaced"
    assert check_receipt(BUNDLE, receipt(junk), key) == "void"
    assert check_receipt(BUNDLE, receipt(counted), keys_of(b"x" * 16).opening) == "void"


def test_a_receipt_that_is_none_proves_nothing() -> None:
    counted = receipt(OPENING.urn.envelopes[0])
    forged = counted.replace(json.loads(counted)["receipt"], b64u(bytes(64)))

    assert check_receipt(BUNDLE, forged) == "forged"
    assert check_receipt(BUNDLE, receipt(b"e", invent_survey(wave="2027"))) == "other"
    for text in ("", counted.replace('"kind":"receipt"', '"kind":"urn"'), counted[:-1]):
        with pytest.raises(Malformed):
            check_receipt(BUNDLE, text)
    with pytest.raises(Malformed):
        check_receipt("", counted)
