"""The council's offline page in a browser: what it makes is what Python makes, byte for byte."""

from __future__ import annotations

import io
import itertools
import json
import random
import re
from collections.abc import Iterator
from functools import cache

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from analysis.grouping import merge_small_units
from analysis.units import UnitPath
from survey_app.anonymity.audit import audit
from survey_app.anonymity.council import (
    join_shares,
    key_file,
    keys_of,
    public_file,
    read_destruction_record,
    read_key_file,
    shares,
    witness_file,
)
from survey_app.anonymity.encoding import b64u
from survey_app.anonymity.manifest import Manifest
from survey_app.anonymity.opening import Opening, open_urn, read_urn
from survey_app.anonymity.register import Register, read_register, with_register
from survey_app.cli.council_roster import compare_with_list
from survey_app.cli.council_words import Words
from tests.survey_app.closed_survey import (
    FORM,
    KEYS,
    LOG_KEY,
    MASTER,
    Voter,
    closed_survey,
    edited,
    forgers,
    make_manifest,
    nearly_empty_survey,
    promise_file,
    receipt_file,
    stuffed_survey,
)
from tests.survey_app.council_page.council_page import PATIENCE, WITHOUT_ED25519, CouncilPage, Step

PASSPHRASE = "vier losse wöorden"
SAY = Words("en")


@cache
def key_text(signed: bool = False) -> str:
    register = Register().after_signing(closed_survey().manifest) if signed else Register()
    return with_register(key_file(MASTER, PASSPHRASE), KEYS, register)


@cache
def opening() -> Opening:
    return open_urn(read_urn(closed_survey().urn), KEYS.opening, KEYS.witness)


@pytest.fixture
def council(browser: Browser) -> Iterator[CouncilPage]:
    page = CouncilPage(browser)
    yield page
    page.close()


# Step 1


def test_a_new_key_and_its_shares_are_those_of_python(council: CouncilPage) -> None:
    council.page.fill("#key-passphrase", PASSPHRASE)
    council.page.fill("#key-again", PASSPHRASE)
    council.press("key-form")
    assert "opened it again" in council.result("key")
    files = council.saved("council-key.json", "council-public.json")
    master = read_key_file(files["council-key.json"], PASSPHRASE)
    assert read_register(files["council-key.json"], keys_of(master)) == Register()
    assert files["council-public.json"] == public_file(master)
    sheets = [" ".join(sheet.split("\n")) for sheet in council.page.locator(".sheet .words").all_inner_texts()]
    assert [join_shares(pair) for pair in itertools.combinations(sheets, 2)] == [master] * 3
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(council.page.pdf())).pages]
    assert [f"Share {place} of 3" in page for place, page in enumerate(pages, start=1)] == [True] * 3


@pytest.mark.parametrize(
    ("first", "again", "words"),
    [("short", "short", "at least 12 characters"), (PASSPHRASE, PASSPHRASE + "!", "not the same")],
)
def test_no_key_without_a_good_passphrase(council: CouncilPage, first: str, again: str, words: str) -> None:
    council.page.fill("#key-passphrase", first)
    council.page.fill("#key-again", again)
    council.press("key-form")
    assert words in council.refusal("key-form")
    council.saved()


# Step 2


def test_the_promise_is_shown_and_signed_once(council: CouncilPage) -> None:
    manifest = closed_survey().manifest
    council.go("promise")
    council.load("promise-file", promise_file(manifest))
    shown = council.page.locator("#promise-text").inner_text()
    for part in ("fewer than 5 answers", "sex and age", "12 October 2026 and 19 October 2026", "2.5%", manifest.words):
        assert part in shown
    assert re.search(r"Zuid\s+14\s+14", shown)
    council.press("sign-form")
    assert council.refusal("sign-form") == SAY("no_key")
    council.take_key(key_text(), PASSPHRASE)
    council.press("sign-form")
    assert council.refusal("sign-form") == SAY("not_agreed")
    council.page.check("#promise-agree")
    council.press("sign-form")
    assert manifest.words in council.result("promise")
    files = council.saved("witness.json", "council-key.json")
    assert files["witness.json"] == witness_file(KEYS, manifest)
    assert files["council-key.json"] == with_register(key_text(), KEYS, Register().after_signing(manifest))
    council.load("promise-file", promise_file(make_manifest(k=6)), "second.json")
    council.page.check("#promise-agree")
    council.press("sign-form")
    assert council.refusal("sign-form") == SAY("second_promise")
    council.saved()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (lambda: closed_survey().urn[:-1], "not_promise"),
        (
            lambda: edited(promise_file(make_manifest()), manifest=lambda text: text.replace('"k":5', '"k":1')),
            "not_promise",
        ),
        (lambda: edited(promise_file(make_manifest()), form=FORM.replace("worn", "torn")), "form_differs"),
    ],
)
def test_a_promise_that_is_none(council: CouncilPage, text: object, key: str) -> None:
    council.go("promise")
    content = text().encode()  # type: ignore[operator]  # a function without arguments
    council.page.set_input_files("#promise-file", {"name": "p.json", "mimeType": "text/plain", "buffer": content})
    assert council.refusal("promise-form") == SAY(key)


def test_the_promise_of_another_council_is_not_signed(council: CouncilPage) -> None:
    other = keys_of(bytes(16))
    council.go("promise")
    council.load("promise-file", promise_file(make_manifest(opening_key=other.opening_key)))
    council.take_key(key_text(), PASSPHRASE)
    council.page.check("#promise-agree")
    council.press("sign-form")
    assert council.refusal("sign-form") == SAY("other_council")


def some_tree(random: random.Random) -> dict[UnitPath, int]:
    """People in a tree of up to three levels, many of them in small units."""
    names = ["Zorg", "Zuid", "Noord", "Kantoor", "Études", "\N{GRINNING FACE}"]
    paths = [tuple(random.sample(names, random.randint(0, 3))) for _ in range(random.randint(3, 9))]
    return {path: random.choice([1, 3, 8, 14, 25]) for path in paths} | {("Kantoor",): 10}


def promise_for(people: dict[UnitPath, int]) -> Manifest:
    """The promise to these people. Its issuers are invented: nobody answers."""
    units = merge_small_units(people, 10).units
    names = {path: f"u{place}" for place, path in enumerate(units)}
    return make_manifest(
        units=[
            {
                "key": names[path],
                "name": path[-1] if path else "Voorbeeld BV",
                "parent": names[path[:-1]] if path else None,
                "invited": count,
                "issuer": b64u(bytes([len(names[path]) + place]) * 32) if count else None,
            }
            for place, (path, count) in enumerate(units.items(), start=40)
        ]
    )


def test_the_councils_own_list_is_compared_as_python_does(council: CouncilPage) -> None:
    council.go("promise")
    for seed in range(12):
        people = some_tree(random.Random(seed))
        manifest = promise_for(people)
        council.load("promise-file", promise_file(manifest), f"promise-{seed}.json")
        for missing in (0, 1):
            counted = people | {("Kantoor",): 10 - missing}
            rows = [f'"{" > ".join(path) or "Voorbeeld BV"}";{count}' for path, count in counted.items()]
            council.load("roster-file", "Afdeling;Aantal\r\n" + "\r\n".join(rows), f"list-{seed}-{missing}.csv")
            expected = [
                SAY("roster_line", unit=row.unit, promised=row.promised, counted=row.counted)
                for row in compare_with_list(manifest, counted)
            ]
            assert council.page.locator("#roster-result li").all_inner_texts() == expected
            assert bool(missing) == bool(expected)


# Step 3


@pytest.mark.parametrize("script", [None, WITHOUT_ED25519])
def test_the_opening_is_that_of_python(browser: Browser, script: str | None) -> None:
    council = CouncilPage(browser, script=script)
    council.go("urn")
    council.take_key(key_text(signed=True), PASSPHRASE)
    council.load("urn-file", closed_survey().urn, "urn.json")
    council.press("urn-form")
    shown = council.result("urn")
    assert "17 valid ballots, 4 that do not count." in shown
    assert re.search(r"Kantoor\s+8\s+Zorg\s+9", shown)
    assert "Zuid" not in shown
    files = council.saved("opened.json", "audit.json", "council-key.json")
    assert files["opened.json"] == opening().opened_text
    assert files["audit.json"] == opening().audit_text
    manifest = closed_survey().manifest
    opened = Register().after_signing(manifest).after_opening(manifest, opening().urn.hash)
    assert files["council-key.json"] == with_register(key_text(signed=True), KEYS, opened)
    other = closed_survey().with_envelopes(without=closed_survey().envelopes[0]).urn
    council.load("urn-file", other, "other.json")
    council.press("urn-form")
    assert council.refusal("urn-form") == SAY("second_urn")
    council.put_key_away()
    council.take_key(files["council-key.json"], PASSPHRASE)
    council.press("urn-form")
    assert council.refusal("urn-form") == SAY("second_urn")
    council.saved()
    council.close()


def test_an_urn_is_opened_with_two_shares_of_python(council: CouncilPage) -> None:
    council.go("urn")
    council.page.locator("#holder summary").click()
    first, _, third = shares(MASTER)
    # Four letters and a space are enough for each word.
    council.page.locator("#share-1").press_sequentially(" ".join(word[:4] for word in first.split()) + " ")
    expect(council.page.locator("#share-1")).to_have_value(first + " ")
    expect(council.page.locator("#share-1-state")).to_have_text(SAY("holder_share_done"))
    council.page.fill("#share-2", third.replace(third.split()[5], "zebra", 1))
    expect(council.page.locator("#share-2-state")).to_have_text(SAY("share_unknown_word", word="zebra"))
    council.page.fill("#share-2", first)
    council.press("shares-form")
    assert council.refusal("shares-form") == SAY("shares_same")
    council.page.fill("#share-2", third)
    council.press("shares-form")
    council.load("urn-file", closed_survey().urn)
    council.press("urn-form")
    council.result("urn")
    assert council.saved("opened.json", "audit.json")["opened.json"] == opening().opened_text


@pytest.mark.parametrize(
    ("key", "urn", "refused"),
    [
        ({"signed": False}, lambda: closed_survey().urn, "promise_not_in_register"),
        ({"signed": True}, lambda: nearly_empty_survey().urn, "too_few_ballots"),
        ({"signed": True}, lambda: stuffed_survey().urn, "too_many_ballots"),
    ],
)
def test_an_urn_that_is_not_opened(council: CouncilPage, key: dict[str, bool], urn: object, refused: str) -> None:
    council.go("urn")
    council.load("urn-file", urn())  # type: ignore[operator]  # a function without arguments
    council.take_key(key_text(**key), PASSPHRASE)
    council.press("urn-form")
    assert council.refusal("urn-form") == SAY(refused, k=5, unit="Kantoor")
    council.saved()


def test_a_wrong_passphrase_and_a_file_that_is_no_key(council: CouncilPage) -> None:
    council.go("urn")
    council.load("holder-file", key_text())
    council.page.fill("#holder-passphrase", "another passphrase")
    council.press("holder-form")
    assert council.refusal("holder-form") == SAY("wrong_passphrase")
    council.load("holder-file", closed_survey().urn, "urn.json")
    council.page.fill("#holder-passphrase", PASSPHRASE)
    council.press("holder-form")
    assert council.refusal("holder-form") == SAY("not_key_file")


# Step 4


def published() -> tuple[str, str]:
    head = opening().head
    log = b64u(LOG_KEY.sign(head.digest(closed_survey().manifest.hash)))
    return json.dumps({**head.as_json(), "log": log, "witness": b64u(opening().opened.witness)}), "\n".join(
        opening().opened.leaves
    )


def test_an_honest_count_passes_all_checks(council: CouncilPage) -> None:
    head, board = published()
    council.go("audit")
    council.load("audit-file", opening().audit_text)
    council.load("audit-opened", opening().opened_text)
    council.load("audit-board", board + "\n", "board.jsonl")
    council.load("audit-board", head, "head")
    council.load("audit-receipt", receipt_file(closed_survey().manifest, closed_survey().envelopes[3]))
    council.page.fill("#audit-words", closed_survey().manifest.words)
    council.press("audit-form")
    checks = council.checks()
    words = closed_survey().manifest.words
    report = audit(
        opening().audit_text, words=words, opened=opening().opened_text, head=json.loads(head), board=board + "\n"
    )
    assert list(checks) == [*(check.name for check in report.checks), "receipt"]
    assert all(checks.values())
    assert SAY("receipt_in_urn") in council.result("audit")
    council.go("urn")
    council.take_key(key_text(), PASSPHRASE)
    council.go("audit")
    for number, verdict, sound in ((3, "counted", True), (19, "void", False)):
        receipt = receipt_file(closed_survey().manifest, closed_survey().envelopes[number])
        council.load("audit-receipt", receipt, f"receipt-{number}.json")
        council.press("audit-form")
        assert council.checks()["receipt"] is sound
        assert SAY(f"receipt_{verdict}") in council.result("audit")


def edit_an_answer(ballots: list[str]) -> list[str]:
    return sorted([ballots[0].replace('\\"mf_01\\":', '\\"mf_01\\":4'), *ballots[1:]])


def add_ballots(ballots: list[str]) -> list[str]:
    return sorted([*ballots, *(voter.ballot() for voter in forgers())])


def put_a_liar(ballots: list[str]) -> list[str]:
    return sorted([Voter(closed_survey().manifest, "u4", 99).ballot(unit="u1"), *ballots[1:]])


TAMPERED = {
    "edited answer": {"ballots": edit_an_answer},
    "stuffed ballots": {"ballots": add_ballots},
    "wrong unit": {"ballots": put_a_liar},
    "unit that is not there": {"ballots": lambda ballots: [b.replace('"unit":"u1"', '"unit":"u9"') for b in ballots]},
    "ballot left out": {"ballots": lambda ballots: ballots[1:]},
    "ballot twice": {"ballots": lambda ballots: sorted([ballots[0], *ballots])},
    "no ballot": {"ballots": lambda ballots: ["{}", *ballots[1:]]},
    "forked manifest": {"manifest": lambda text: text.replace('"wave":"2026"', '"wave":"2027"')},
    "other counts": {"counts": lambda counts: {**counts, "u1": {"issued": 13, "reissued": 5}}},
    "other envelopes": {"envelopes": lambda hashes: hashes[1:]},
    "other head": {"head": lambda head: {**head, "invalid": 3}},
    "other proof": {"issuers": lambda issuers: {name: swapped(issuer) for name, issuer in issuers.items()}},
    "key missing": {"done": "many"},
}


def swapped(issuer: dict[str, list[str]]) -> dict[str, list[str]]:
    return {**issuer, "proof": issuer["proof"][::-1]}


def test_every_tampering_is_found_by_the_same_checks_as_in_python(council: CouncilPage) -> None:
    council.go("audit")
    council.load("audit-opened", opening().opened_text)
    for name, changes in TAMPERED.items():
        text = edited(opening().audit_text, **changes)
        expected = {check.name: check.ok for check in audit(text, opened=opening().opened_text).checks}
        assert not all(expected.values()), name
        if list(expected) == ["file"]:
            content = {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
            council.page.set_input_files("#audit-file", content)
            assert council.refusal("audit-form") == SAY("not_audit")
            continue
        council.load("audit-file", text, f"{name}.json")
        council.press("audit-form")
        assert council.checks() == expected, name


def test_an_omitted_ballot_is_found_by_its_receipt(council: CouncilPage) -> None:
    omitted = closed_survey().envelopes[2]
    urn = read_urn(closed_survey().with_envelopes(without=omitted).urn)
    council.go("urn")
    council.take_key(key_text(), PASSPHRASE)
    council.go("audit")
    council.load("audit-file", open_urn(urn, KEYS.opening, KEYS.witness).audit_text)
    council.load("audit-receipt", receipt_file(closed_survey().manifest, omitted))
    council.press("audit-form")
    assert council.checks()["receipt"] is False
    assert SAY("receipt_missing") in council.result("audit")


# Step 5


def test_the_record_of_destruction_is_that_of_python(council: CouncilPage) -> None:
    manifest = closed_survey().manifest
    council.go("end")
    council.take_key(key_text(signed=True), PASSPHRASE)
    council.load("end-file", opening().audit_text)
    council.page.fill("#end-on", "2026-11-07")
    council.press("end-form")
    assert council.refusal("end-form") == SAY("not_agreed")
    council.page.check("#end-agree")
    council.press("end-form")
    assert "Burn the three sheets" in council.result("end")
    record = read_destruction_record(council.saved("destroyed.json")["destroyed.json"], manifest, opening().urn.hash)
    assert (record.on.isoformat(), record.envelopes) == ("2026-11-07", 21)
    council.go("urn")
    expect(council.page.locator("#holder-form")).to_be_visible()


# The page as a whole


def test_files_may_be_dropped_anywhere(council: CouncilPage) -> None:
    council.drop(("urn.json", closed_survey().urn), ("council-key.json", key_text(signed=True)))
    expect(council.page.locator("#urn-text li").first).to_contain_text("Work and energy")
    council.page.fill("#holder-passphrase", PASSPHRASE)
    council.press("holder-form")
    expect(council.page.locator("#holder-loaded button")).to_be_visible(timeout=PATIENCE)
    council.press("urn-form")
    council.result("urn")
    assert council.saved("opened.json", "audit.json", "council-key.json")["opened.json"] == opening().opened_text
    council.drop(("opened.json", opening().opened_text), ("audit.json", opening().audit_text))
    council.press("audit-form")
    assert council.checks()["opened"] is True
    council.drop(("photo.jpg", "\N{BULLET} no file of ours"))
    assert council.refusal("dropped") == SAY("unknown_file", file="photo.jpg")


def test_the_language_turns_without_losing_anything(council: CouncilPage) -> None:
    council.go("promise")
    council.load("promise-file", promise_file(closed_survey().manifest))
    council.page.check("#promise-agree")
    council.page.click("#language")
    assert council.page.evaluate("document.documentElement.lang") == "nl"
    shown = council.page.locator("#promise-text").inner_text()
    assert "Mensen kunnen antwoorden van 5 oktober 2026 tot en met 23 oktober 2026." in shown
    assert council.page.is_checked("#promise-agree")


def test_a_dutch_browser_gets_dutch(browser: Browser) -> None:
    council = CouncilPage(browser, language="nl-NL")
    assert council.page.inner_text("h1") == Words("nl")("title")
    council.close()


def test_nothing_can_be_fetched_and_no_other_script_runs(council: CouncilPage) -> None:
    policy = council.page.get_attribute("meta[http-equiv]", "content") or ""
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    fetched = council.page.evaluate("fetch('https://192.0.2.1/').then(() => 'fetched', (error) => error.name)")
    assert fetched == "TypeError"
    council.forgive()  # the browser complains about the attempt, as it should


#: WCAG 2.2 up to level AA, and what axe advises besides.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

STEPS: tuple[Step, ...] = ("key", "promise", "urn", "audit", "end")


@pytest.mark.parametrize("width", [1100, 320])
def test_axe_finds_nothing_and_nothing_sticks_out(browser: Browser, width: int) -> None:
    council = CouncilPage(browser, width=width)
    page = council.page

    def look(what: str) -> None:
        violations = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        found = [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations]
        assert not found, f"{what}: {found}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, what

    for step in STEPS:
        council.go(step)
        look(step)
    council.go("promise")
    council.load("promise-file", promise_file(closed_survey().manifest))
    page.locator("#promise-text summary").click()
    page.locator("#holder summary").click()
    page.fill("#share-1", "acad pip")
    look("promise")
    council.go("urn")
    council.take_key(key_text(signed=True), PASSPHRASE)
    council.load("urn-file", closed_survey().urn)
    council.press("urn-form")
    council.result("urn")
    look("opened")
    council.go("audit")
    council.load("audit-file", edited(opening().audit_text, **TAMPERED["ballot left out"]))
    council.press("audit-form")
    council.checks()
    look("audited")
    council.go("key")
    page.fill("#key-passphrase", PASSPHRASE)
    page.fill("#key-again", PASSPHRASE)
    council.press("key-form")
    council.result("key")
    look("shares")
    council.close()


def test_the_whole_opening_by_keyboard(council: CouncilPage) -> None:
    page = council.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    council.go("urn")
    council.load("urn-file", closed_survey().urn)
    council.load("holder-file", key_text(signed=True))
    expect(page.locator("#holder-passphrase")).to_be_focused()
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    expect(page.locator("#holder-loaded p").first).to_be_focused()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == SAY("urn_open"):
            break
    page.keyboard.press("Enter")
    council.result("urn")
