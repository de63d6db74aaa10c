"""The benchmark of blind signatures with a handful of them: like is compared with like."""

from __future__ import annotations

from benchmarks import signing
from benchmarks.__main__ import BENCHMARKS
from survey_app.anonymity.issuing import IssuerKey


def test_signing_measures() -> None:
    steps: list[str] = []
    found = signing.measure(1, steps.append, signatures=3)

    assert found.product > 0 and found.floor > 0 and found.memory > 0
    assert found.kept is (1 / found.ratio >= signing.PROMISED_SPEED)
    assert found.work.startswith("3 blind signatures by ")
    assert steps == ["making a key", "round 1 of 1", "memory"]
    assert BENCHMARKS["signing"] is signing.measure


def test_product_and_floor_sign_the_same() -> None:
    key = IssuerKey.generate()
    bare = signing.bare_signer(key.to_der())
    messages = signing.invent_messages(3)

    assert len(set(messages)) == 3
    assert [bare(message) for message in messages] == [key.sign_blinded(message) for message in messages]
