"""A manifest is read in one way only, and what it promises hangs together."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from survey_app.anonymity.codes import fingerprint_words
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest
from survey_app.anonymity.manifest import Manifest, Plan, Unit, check_witness, parse_manifest, sign_witness
from tests.survey_app.anonymity.invented import TREE, invent_survey

SURVEY = invent_survey()
MANIFEST = SURVEY.manifest

Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> str:
    """The manifest's text after a change of its values."""
    values = json.loads(MANIFEST.text)
    change(values)
    return canonical(values)


def put(*path: str | int, value: Any) -> Change:
    """Puts a value in a place."""

    def change(values: dict[str, Any]) -> None:
        place: Any = values
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def test_what_is_written_is_what_is_read() -> None:
    assert parse_manifest(MANIFEST.text) == MANIFEST
    assert MANIFEST.opens == dt.date(2026, 10, 5)
    assert MANIFEST.rounds == (dt.date(2026, 10, 12),)
    assert MANIFEST.plan == Plan(1, ("sex",))
    assert MANIFEST.units[2] == Unit("u2", "Noord", "u1", 10, SURVEY.issuer("u2").hash)
    assert MANIFEST.hash == digest("manifest", MANIFEST.text)
    assert MANIFEST.words == fingerprint_words(MANIFEST.hash)
    assert MANIFEST.text == canonical(json.loads(MANIFEST.text))


def test_units_know_their_place() -> None:
    assert [unit.key for unit in MANIFEST.path("u3")] == ["u0", "u1", "u3"]
    assert [unit.key for unit in MANIFEST.ancestors("u3")] == ["u0", "u1"]
    assert MANIFEST.ancestors("u0") == ()
    assert {unit.key: MANIFEST.group_size(unit.key) for unit in MANIFEST.units} == {
        "u0": 33, "u1": 24, "u2": 10, "u3": 8, "u4": 9,
    }  # fmt: skip
    assert [MANIFEST.reported_unit(key).key for key in ("u0", "u1", "u3", "u4")] == ["u0", "u1", "u1", "u4"]
    with pytest.raises(KeyError):
        MANIFEST.unit("u9")


def test_the_cap_is_rounded_up() -> None:
    assert MANIFEST.most_reissued == 4  # 100 thousandths of 33
    assert invent_survey(reissue_cap=0).manifest.most_reissued == 0


def test_only_the_key_in_the_manifest_witnesses_it() -> None:
    signature = sign_witness(SURVEY.council.witness, MANIFEST)
    other = invent_survey(wave="2027")

    assert check_witness(MANIFEST, signature)
    assert not check_witness(other.manifest, signature)
    assert not check_witness(MANIFEST, sign_witness(SURVEY.log, MANIFEST))
    assert not check_witness(MANIFEST, signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not check_witness(MANIFEST, b"")


WRONG: dict[str, Change] = {
    "a key too many": put("colour", value=1),
    "a key too few": lambda values: values.pop("wave"),
    "another version": put("peil", value=2),
    "a survey id in capitals": put("survey", value="ABCD1234"),
    "a survey id with a letter that codes lack": put("survey", value="abcd123l"),
    "a blank organisation": put("organisation", value=" "),
    "an endless wave": put("wave", value="x" * 401),
    "a wave that is a number": put("wave", value=2026),
    "a title in one language": put("title", value={"nl": "Werk"}),
    "level 0": put("level", value=0),
    "a level that is true": put("level", value=True),
    "assisted by a number": put("assisted", value=1),
    "level 2 with a client of its own": put("independent_client", value="https://or.example.nl/"),
    "level 3 without a client": put("level", value=3),
    "k 1": put("k", value=1),
    "k_invite below k": put("k_invite", value=3),
    "a unit below k_invite": put("k_invite", value=7),
    "a day that is none": put("opens", value="2026-02-30"),
    "a day in another form": put("opens", value="20261005"),
    "a day with a time": put("closes", value="2026-10-23T00:00"),
    "closing before opening": put("closes", value="2026-10-04"),
    "a reminder after closing": put("rounds", value=["2026-10-24"]),
    "two reminders on a day": put("rounds", value=["2026-10-12", "2026-10-12"]),
    "negative days": put("objection_days", value=-1),
    "a cap of 101 percent": put("reissue_cap", value=1010),
    "no language": put("languages", value=[]),
    "a third language": put("languages", value=["nl", "fr"]),
    "a language twice": put("languages", value=["nl", "nl"]),
    "a short form hash": put("form", value=b64u(bytes(31))),
    "a client with padding": put("client", value=b64u(bytes(32)) + "="),
    "a size too small": put("size", value=1023),
    "a size too large": put("size", value=40_961),
    "no units": put("units", value=[]),
    "a root with a parent": put("units", 0, "parent", value="u1"),
    "a unit without a parent": put("units", 1, "parent", value=None),
    "a unit below itself": put("units", 1, "parent", value="u1"),
    "a unit below a later one": put("units", 1, "parent", value="u2"),
    "a parent that is a list": put("units", 1, "parent", value=["u0"]),
    "a wrong number": put("units", 1, "key", value="u2"),
    "two units of one name": put("units", 2, "name", value="Zuid"),
    "invited without an issuer": put("units", 1, "issuer", value=None),
    "an issuer without invited": put("units", 1, "invited", value=0),
    "invited below zero": put("units", 1, "invited", value=-6),
    "one issuer for two units": put("units", 1, "issuer", value=SURVEY.issuer("u2").hash),
    "one issuer for locker and done": put("locker_issuer", value=SURVEY.issuer("done").hash),
    "one issuer for a unit and lockers": put("units", 1, "issuer", value=SURVEY.issuer("locker").hash),
    "an issuer hash that is short": put("done_issuer", value="AAAA"),
    "an opening key that is no point": put("opening_key", value=b64u(b"\4" + bytes(64))),
    "an opening key that is compressed": put("opening_key", value=b64u(SURVEY.council.opening_key[:33])),
    "a witness key that is short": put("witness_key", value=b64u(bytes(31))),
    "a log key that is null": put("log_key", value=None),
    "a plan without cuts": put("plan", value={"levels": 1}),
    "a cut twice": put("plan", "cuts", value=["sex", "sex"]),
    "a cut that is a number": put("plan", "cuts", value=[1]),
    "levels below zero": put("plan", "levels", value=-1),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused(change: Change) -> None:
    with pytest.raises(Malformed):
        parse_manifest(changed(change))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", MANIFEST.text + "\n", " " + MANIFEST.text, MANIFEST.text.replace('"k":4', '"k":4,"k":4')],
    ids=["nothing", "a list", "null", "a line break", "a space", "a key twice"],
)
def test_only_canonical_text_is_a_manifest(text: str) -> None:
    with pytest.raises(Malformed):
        parse_manifest(text)


def test_level_3_names_the_council_client() -> None:
    own = invent_survey(level=3, independent_client="https://or.example.nl/peil/")
    assert own.manifest.independent_client == "https://or.example.nl/peil/"
    for address in ("javascript:alert(1)", "https://a b", "", "https://" + "x" * 500):
        with pytest.raises(Malformed):
            invent_survey(level=3, independent_client=address)


def test_a_survey_without_units_below_the_organisation() -> None:
    one = invent_survey(tree=(("Voorbeeld BV", None, 12),)).manifest
    assert one.reported_unit("u0").key == "u0"
    assert one.group_size("u0") == one.invited == 12


def test_all_issuers_are_named() -> None:
    assert MANIFEST.issuer_hashes == set(SURVEY.issuers)
    assert len(MANIFEST.issuer_hashes) == 2 + sum(invited > 0 for _, _, invited in TREE)


def test_fields_that_are_not_there_cannot_be_written() -> None:
    with pytest.raises(Malformed):
        Manifest.write(survey="abcd1234")
