"""``peil council``: what Omar of the works council sees, and what the tool refuses."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from survey_app.anonymity.council import (
    key_file,
    keys_of,
    read_destruction_record,
    read_key_file,
    read_public_file,
    read_witness_file,
    shares,
)
from survey_app.anonymity.encoding import b64u, canonical
from survey_app.anonymity.manifest import Manifest, sign_witness
from survey_app.anonymity.opening import Opening, open_urn, read_urn
from survey_app.anonymity.register import Register, read_register, with_register
from survey_app.cli.council import council
from survey_app.cli.council_client import GENERIC, pinned_page, server_origin
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
from tests.survey_app.small_survey import assert_refused

PASSPHRASE = "vier losse woorden"
SHARES = shares(MASTER)


@cache
def bare_key_file() -> str:
    """A key file that remembers nothing."""
    return key_file(MASTER, PASSPHRASE)


@cache
def opening() -> Opening:
    """What opening the urn gives."""
    return open_urn(read_urn(closed_survey().urn), KEYS.opening, KEYS.witness)


@dataclass(frozen=True)
class Desk:
    """A folder with the council's files in it."""

    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "council-key.json"

    def put(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def remember(self, change: Callable[[Register], Register]) -> None:
        """Puts a key file on the desk whose register went through ``change``."""
        self.key.write_text(with_register(bare_key_file(), KEYS, change(Register())), encoding="utf-8")

    def register(self) -> Register:
        return read_register(self.key.read_text(encoding="utf-8"), KEYS)

    def run(self, command: str, *arguments: str | Path, key: bool = True, typed: str | None = None) -> Result:
        """``peil council`` with the key file and its passphrase, unless without ``key``."""
        with_key = ["--key", self.key, "--passphrase-file", self.folder / "passphrase"] if key else []
        return CliRunner().invoke(
            council, [command, *map(str, [*arguments, *with_key])], input=typed, catch_exceptions=False
        )

    def everything(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path)
    desk.put("passphrase", PASSPHRASE + "\n")
    desk.put("council-key.json", bare_key_file())
    desk.put("promise.json", promise_file(closed_survey().manifest))
    desk.put("urn.json", closed_survey().urn)
    return desk


def signed(manifest: Manifest) -> Callable[[Register], Register]:
    return lambda register: register.after_signing(manifest)


# Making a key


def test_keygen_makes_a_key_that_any_two_sheets_give_back(desk: Desk) -> None:
    made = desk.folder / "made"
    result = desk.run("keygen", "--out", made, "--passphrase-file", "passphrase", "--shares-dir", "sheets", key=False)
    assert result.exit_code == 0, result.output
    master = read_key_file((made / "council-key.json").read_text(), PASSPHRASE)
    public = read_public_file((made / "council-public.json").read_text())
    assert (public.opening_key, public.witness_key) == (keys_of(master).opening_key, keys_of(master).witness_key)
    assert stat.S_IMODE((made / "council-key.json").stat().st_mode) == 0o600
    sheets = [(desk.folder / "sheets" / f"share-{place}.txt") for place in (1, 2, 3)]
    assert all(sheet.read_text() in result.stdout for sheet in sheets)
    for pair in (sheets[:2], sheets[1:], sheets[::2]):
        given = [part for sheet in pair for part in ("--share", sheet)]
        answer = desk.run("witness", "promise.json", "--yes", *given, key=False)
        # The key is another one than the promise names, which only a key that was put together right can tell.
        assert_refused(answer, "names the key of somebody else")


def test_keygen_never_replaces_a_key(desk: Desk) -> None:
    before = desk.everything()
    assert_refused(desk.run("keygen", "--out", desk.folder, "--passphrase-file", "passphrase", key=False), "is there")
    assert desk.everything() == before


def test_keygen_asks_for_the_passphrase_twice_and_refuses_a_short_one(desk: Desk) -> None:
    made = desk.folder / "made"
    typed = f"{PASSPHRASE}\n{PASSPHRASE}\n"
    assert desk.run("keygen", "--out", made, "--language", "nl", key=False, typed=typed).exit_code == 0
    short = desk.run("keygen", "--out", desk.folder / "other", key=False, typed="short\nshort\n")
    assert short.exit_code == 2
    assert "at least 12 characters" in short.stderr
    assert not (desk.folder / "other").exists()


# Signing


def test_witness_shows_the_promise_and_signs_it(desk: Desk) -> None:
    manifest = closed_survey().manifest
    result = desk.run("witness", "promise.json", typed="y\n")
    assert result.exit_code == 0, result.output
    for part in (
        "Work and energy, 2026, at Voorbeeld BV",
        "from 5 October 2026 up to and including 23 October 2026",
        "fewer than 5 answers",
        "Noord                10",
        "Do you feel worn out?",
        "sex and age",
        "2.5%",
        manifest.words,
    ):
        assert part in result.stdout
    assert read_witness_file(desk.read("witness.json"), manifest) == sign_witness(KEYS.witness, manifest)
    assert desk.register() == Register().after_signing(manifest)
    assert stat.S_IMODE(desk.key.stat().st_mode) == 0o600


def test_witness_speaks_dutch(desk: Desk) -> None:
    result = desk.run("witness", "promise.json", "--language", "nl", typed="n\n")
    assert "Mensen kunnen antwoorden van 5 oktober 2026 tot en met 23 oktober 2026." in result.stdout
    assert "Voel je je uitgeput?" in result.stdout


def test_witness_asks_first(desk: Desk) -> None:
    before = desk.everything()
    result = desk.run("witness", "promise.json", typed="n\n")
    assert (result.exit_code, desk.everything()) == (1, before)
    assert "Nothing was signed." in result.stdout


def test_witness_signs_one_promise_for_a_survey(desk: Desk) -> None:
    assert desk.run("witness", "promise.json", "--yes").exit_code == 0
    first = desk.everything()
    assert desk.run("witness", "promise.json", "--yes").exit_code == 0
    desk.put("second.json", promise_file(make_manifest(k=6)))
    assert_refused(desk.run("witness", "second.json", "--yes", "--out", "more"), "already signed another promise")
    assert {**desk.everything(), "second.json": b""} == {**first, "second.json": b""}


def test_witness_compares_the_councils_own_list(desk: Desk) -> None:
    desk.put("right.csv", "unit,invited\nKantoor,12\nZorg > Noord,10\nZorg > Zuid,14\n")
    desk.put("wrong.csv", "unit,invited\nKantoor,12\nZorg > Noord,11\nZorg > Zuid,14\n")
    before = desk.everything()
    differs = desk.run("witness", "promise.json", "--roster", "wrong.csv", typed="n\n")
    assert "Zorg > Noord: 10 in the promise, 11 on your list" in differs.stdout
    unasked = desk.run("witness", "promise.json", "--roster", "wrong.csv", "--yes")
    assert_refused(unasked, "Zorg > Noord: 10 in the promise, 11 on your list")
    assert desk.everything() == before
    equal = desk.run("witness", "promise.json", "--roster", "right.csv", "--yes")
    assert "same numbers as your list: 36 people" in equal.stdout
    assert (desk.folder / "witness.json").exists()


def with_manifest(**changes: Any) -> str:
    return promise_file(make_manifest(**changes))


@pytest.mark.parametrize(
    ("promise", "words"),
    [
        (lambda: "{}", "not the promise of a survey"),
        (lambda: "nonsense", "not the promise of a survey"),
        (lambda: "[" * 100_000, "not the promise of a survey"),
        (lambda: with_manifest()[:-20], "not the promise of a survey"),
        (lambda: edited(with_manifest(), manifest=lambda text: text.replace('"k":5', '"k":1')), "not the promise"),
        (lambda: edited(with_manifest(), form=FORM.replace("worn", "torn")), "not the ones that the promise fixes"),
        (lambda: with_manifest(opening_key=keys_of(bytes(16)).opening_key), "names the key of somebody else"),
        (lambda: with_manifest(witness_key=keys_of(bytes(16)).witness_key), "names the key of somebody else"),
        (lambda: with_manifest(level=1), "nothing for the council to sign"),
    ],
)
def test_witness_refuses_a_promise_that_it_must_not_sign(desk: Desk, promise: Callable[[], str], words: str) -> None:
    desk.put("promise.json", promise())
    before = desk.everything()
    assert_refused(desk.run("witness", "promise.json", "--yes"), words)
    assert desk.everything() == before


def test_witness_takes_a_bare_manifest_and_says_what_is_missing(desk: Desk) -> None:
    desk.put("manifest.json", closed_survey().manifest.text + "\n")
    result = desk.run("witness", "manifest.json", "--yes")
    assert result.exit_code == 0
    assert "holds no questions" in result.stdout


# Keys


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "either the key file with --key, or two shares with --share"),
        (["--key", "council-key.json", "--share", SHARES[0]], "either the key file"),
        (["--share", SHARES[0]], "give two shares"),
        (["--share", SHARES[0], "--share", SHARES[0]], "the same share twice"),
        (["--share", SHARES[0], "--share", shares(bytes(16))[1]], "do not belong together"),
        (["--share", SHARES[0], "--share", SHARES[1].replace("academic", "academia")], "'academia' is not a word"),
        (["--share", SHARES[0], "--share", SHARES[1].rsplit(" ", 1)[0]], "20 words; this has 19"),
        (["--share", SHARES[0], "--share", "acid " * 20], "there is a mistake in it"),
        (["--share", SHARES[0], "--share", "nowhere.txt"], "nowhere.txt cannot be read"),
        (["--key", "urn.json"], "not a key file"),
        (["--key", "nowhere.json"], "cannot be read"),
        (["--key", "council-key.json", "--passphrase-file", "nowhere"], "cannot be read"),
        (["--key", "council-key.json", "--passphrase-file", "urn.json"], "passphrase does not open"),
    ],
)
def test_a_key_that_is_not_there(desk: Desk, arguments: list[str], words: str) -> None:
    assert_refused(desk.run("open", "urn.json", *arguments, key=False), words)


def test_a_register_that_was_altered(desk: Desk) -> None:
    desk.remember(signed(closed_survey().manifest))
    desk.put("council-key.json", edited(desk.key.read_text(), register=lambda register: {**register, "surveys": []}))
    assert_refused(desk.run("open", "urn.json"), "list of what was signed and opened in this key file was altered")


def test_the_passphrase_may_be_typed_with_other_accents(desk: Desk) -> None:
    made = desk.folder / "made"
    desk.run("keygen", "--out", made, key=False, typed="caf\u00e9 caf\u00e9 caf\u00e9\n" * 2)
    answer = desk.run(
        "open", "urn.json", "--key", made / "council-key.json", key=False, typed="cafe\u0301 cafe\u0301 cafe\u0301\n"
    )
    assert "names the key of somebody else" in answer.stderr  # so it was opened


# Opening


def test_open_gives_the_files_of_the_protocol_and_says_counts_only(desk: Desk) -> None:
    desk.remember(signed(closed_survey().manifest))
    result = desk.run("open", "urn.json")
    assert result.exit_code == 0, result.output
    assert desk.read("opened.json") == opening().opened_text
    assert desk.read("audit.json") == opening().audit_text
    assert "17 valid ballots, 4 that do not count." in result.stdout
    assert "     8  Kantoor\n       9  Zorg\n" in result.stdout
    assert "Zuid" not in result.stdout
    assert desk.register().entries[closed_survey().manifest.survey].urn == read_urn(closed_survey().urn).hash


def test_open_a_second_time(desk: Desk) -> None:
    desk.remember(signed(closed_survey().manifest))
    assert desk.run("open", "urn.json").exit_code == 0
    first = desk.everything()
    assert desk.run("open", "urn.json").exit_code == 0
    assert desk.everything() == first
    fewer = closed_survey().with_envelopes(without=closed_survey().envelopes[0])
    desk.put("other-urn.json", fewer.urn)
    assert_refused(desk.run("open", "other-urn.json", "--out", "again"), "with other envelopes in it")
    assert not (desk.folder / "again").exists()


def test_open_with_an_older_key_file(desk: Desk) -> None:
    assert_refused(desk.run("open", "urn.json"), "does not remember signing this promise")
    desk.remember(signed(make_manifest(k=6)))
    assert_refused(desk.run("open", "urn.json"), "signed another promise for this survey")


def test_open_with_two_shares(desk: Desk) -> None:
    before = desk.key.read_bytes()
    numbered = " ".join(f"{place}. {word}" for place, word in enumerate(SHARES[2].upper().split(), start=1))
    result = desk.run("open", "urn.json", "--share", SHARES[0], "--share", numbered, key=False)
    assert desk.read("opened.json") == opening().opened_text
    assert "Shares do not remember" in result.stdout
    assert desk.key.read_bytes() == before


@pytest.mark.parametrize(
    ("urn", "words"),
    [
        (lambda: nearly_empty_survey().urn, "fewer valid ballots than the promised minimum of 5"),
        (lambda: stuffed_survey().urn, "from 'Kantoor' than invitations were used"),
        (lambda: closed_survey().urn[:-9], "not an urn file"),
        (lambda: edited(closed_survey().urn, witness=b64u(bytes(64))), "not an urn file"),
        (lambda: edited(closed_survey().urn, envelopes=lambda all: all[::-1]), "not an urn file"),
        (lambda: closed_survey().manifest.text, "not an urn file"),
    ],
)
def test_open_refuses_and_leaves_everything_as_it_was(desk: Desk, urn: Callable[[], str], words: str) -> None:
    desk.remember(signed(closed_survey().manifest))
    desk.put("urn.json", urn())
    before = desk.everything()
    assert_refused(desk.run("open", "urn.json"), words)
    assert desk.everything() == before


def test_open_refuses_the_urn_of_another_council(desk: Desk) -> None:
    other = keys_of(bytes(16))
    manifest = make_manifest(opening_key=other.opening_key, witness_key=other.witness_key)
    witness = b64u(sign_witness(other.witness, manifest))
    desk.put("urn.json", edited(closed_survey().urn, manifest=manifest.text, witness=witness))
    assert_refused(desk.run("open", "urn.json"), "names the key of somebody else")


def test_open_writes_nothing_where_it_cannot_write_all(desk: Desk) -> None:
    desk.remember(signed(closed_survey().manifest))
    desk.put("audit.json", "another audit")
    before = desk.everything()
    assert_refused(desk.run("open", "urn.json"), "audit.json is there already")
    assert_refused(desk.run("open", "urn.json", "--out", "passphrase/more"), "cannot be written")
    assert desk.everything() == before


# Auditing


def published(given: Opening) -> tuple[str, str]:
    """Head and board as the server shows them."""
    manifest, head = given.urn.manifest, given.head
    signature = LOG_KEY.sign(head.digest(manifest.hash))
    shown = {**head.as_json(), "log": b64u(signature), "witness": b64u(given.opened.witness)}
    return json.dumps(shown), "".join(f"{leaf}\n" for leaf in given.opened.leaves)


def failures(result: Result) -> list[str]:
    """The sentences about the checks that failed, each on one line again."""
    lines = result.stdout.replace("\n" + " " * 8, " ").splitlines()
    return [line[8:] for line in lines if line.startswith("FAILED")]


def test_audit_of_an_honest_count_with_all_that_the_server_shows(desk: Desk) -> None:
    head, board = published(opening())
    desk.put("receipt.json", receipt_file(closed_survey().manifest, closed_survey().envelopes[1]))
    result = desk.run(
        "audit",
        desk.put("audit.json", opening().audit_text),
        *("--opened", desk.put("opened.json", opening().opened_text)),
        *("--head", desk.put("head.json", head), "--board", desk.put("board.jsonl", board)),
        *("--receipt", "receipt.json", "--words", f" {closed_survey().manifest.words.upper()} "),
        key=False,
    )
    assert result.exit_code == 0, result.output
    assert failures(result) == []
    assert "The envelope of this receipt was in the urn that was opened." in " ".join(result.stdout.split())
    assert result.stdout.endswith("\nAll checks passed.\n")


def edit_first_answer(ballots: list[str]) -> list[str]:
    ballot = json.loads(ballots[0])
    changed = canonical({**ballot, "content": ballot["content"].replace('"mf_01":3', '"mf_01":5')})
    assert changed != ballots[0]
    return sorted([changed, *ballots[1:]])


def test_audit_finds_an_edited_answer(desk: Desk) -> None:
    bundle = edited(opening().audit_text, ballots=edit_first_answer)
    result = desk.run("audit", desk.put("audit.json", bundle), key=False)
    assert result.exit_code == 1
    assert "1 of 17 ballots were changed after they were signed." in failures(result)


# The server itself cannot tell: nothing that it has connects a ballot with its line on the tally list.
@pytest.mark.parametrize("unit", ["u1", "u4"])
def test_audit_finds_an_edited_answer_in_what_the_server_has(desk: Desk, unit: str) -> None:
    sentence = "The server has other ballots than the ones that count: 2 differ."
    changed = next(b64u(ballot.id) for ballot in opening().ballots if ballot.unit == unit)

    def edit(ballots: list[dict[str, str]]) -> list[dict[str, str]]:
        for ballot in ballots:
            if ballot["id"] == changed:
                ballot["content"] = ballot["content"].replace('"mf_01":', '"mf_01":4')
        return ballots

    desk.put("audit.json", opening().audit_text)
    desk.put("opened.json", edited(opening().opened_text, ballots=edit))
    result = desk.run("audit", "audit.json", "--opened", "opened.json", key=False)
    assert (result.exit_code, failures(result)) == (1, [sentence])


def test_audit_finds_stuffed_ballots(desk: Desk) -> None:
    more = [voter.ballot() for voter in forgers()]
    bundle = edited(opening().audit_text, ballots=lambda ballots: sorted([*ballots, *more]))
    result = desk.run("audit", desk.put("audit.json", bundle), key=False)
    assert result.exit_code == 1
    assert "There are more ballots than invitations that were used in: Kantoor." in failures(result)
    assert "The tally list does not hold exactly these 20 ballots." in failures(result)


def test_audit_finds_a_forked_manifest(desk: Desk) -> None:
    fork = make_manifest(wave="2026 again")
    bundle = edited(opening().audit_text, manifest=fork.text)
    result = desk.run("audit", desk.put("audit.json", bundle), "--words", closed_survey().manifest.words, key=False)
    assert result.exit_code == 1
    assert "The works council did not sign this promise." in failures(result)
    assert any(fork.words in line for line in failures(result))
    assert "17 of 17 ballots have no credential of the unit that they name." in failures(result)


def test_audit_finds_a_ballot_of_the_wrong_unit(desk: Desk) -> None:
    liar = Voter(closed_survey().manifest, "u4", 99).ballot(unit="u1")
    bundle = edited(opening().audit_text, ballots=lambda ballots: sorted([liar, *ballots[1:]]))
    result = desk.run("audit", desk.put("audit.json", bundle), key=False)
    assert result.exit_code == 1
    assert "1 of 17 ballots have no credential of the unit that they name." in failures(result)


def test_audit_finds_an_omitted_ballot_by_its_receipt(desk: Desk) -> None:
    omitted = closed_survey().envelopes[2]
    urn = read_urn(closed_survey().with_envelopes(without=omitted).urn)
    desk.put("audit.json", open_urn(urn, KEYS.opening, KEYS.witness).audit_text)
    desk.put("receipt.json", receipt_file(closed_survey().manifest, omitted))
    desk.remember(lambda register: register)
    assert desk.run("audit", "audit.json", key=False).exit_code == 0
    with_key = desk.run("audit", "audit.json", "--receipt", "receipt.json")
    assert with_key.exit_code == 1
    (sentence,) = failures(with_key)
    assert sentence.startswith(
        "The server confirmed the ballot of this receipt and it is valid, but it was not counted"
    )
    without = desk.run("audit", "audit.json", "--receipt", "receipt.json", key=False)
    assert without.exit_code == 1
    assert "was not in the urn" in without.stdout


def test_audit_finds_a_tally_list_that_lacks_a_ballot(desk: Desk) -> None:
    head, board = published(opening())
    desk.put("audit.json", opening().audit_text)
    lacking = desk.put("board.jsonl", board.split("\n", 1)[1])
    result = desk.run("audit", "audit.json", "--head", desk.put("head", head), "--board", lacking, key=False)
    assert failures(result) == ["The public tally list does not hold together, or its signatures are wrong."]


@pytest.mark.parametrize(("number", "code"), [(0, 0), (19, 1)])
def test_a_receipt_that_explains_itself(desk: Desk, number: int, code: int) -> None:
    manifest = closed_survey().manifest
    # The first voter's ballot lies twice in the urn, so only one of them counts; number 19 holds no ballot.
    desk.put("audit.json", opening().audit_text)
    desk.put("receipt.json", receipt_file(manifest, closed_survey().envelopes[number]))
    result = desk.run("audit", "audit.json", "--receipt", "receipt.json")
    assert result.exit_code == code, result.stdout
    said = {0: ("was counted", "which was counted"), 19: ("holds no valid ballot",)}[number]
    assert any(part in " ".join(result.stdout.split()) for part in said)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--head", "urn.json"], "both files of the public tally list"),
        (["--receipt", "urn.json"], "not a receipt"),
        (["--opened", "nowhere.json"], "nowhere.json cannot be read"),
    ],
)
def test_audit_refuses_what_it_cannot_use(desk: Desk, arguments: list[str], words: str) -> None:
    desk.put("audit.json", opening().audit_text)
    assert_refused(desk.run("audit", "audit.json", *arguments, key=False), words)


def test_audit_of_something_else(desk: Desk) -> None:
    result = desk.run("audit", "urn.json", key=False)
    assert (result.exit_code, failures(result)) == (1, ["The audit file is not complete, or it is none."])


# Destroying


@pytest.mark.parametrize("file", ["urn.json", "audit.json"])
def test_destroy_leaves_a_record_and_no_key(desk: Desk, file: str) -> None:
    manifest = closed_survey().manifest
    desk.remember(lambda register: register.after_signing(manifest).after_opening(manifest, opening().urn.hash))
    desk.put("audit.json", opening().audit_text)
    result = desk.run("destroy", file, "--on", "2026-11-07", typed="y\n")
    assert result.exit_code == 0, result.output
    record = read_destruction_record(desk.read("destroyed.json"), manifest, opening().urn.hash)
    assert (record.on.isoformat(), record.envelopes) == ("2026-11-07", 21)
    assert not desk.key.exists()
    assert "Burn the three sheets" in result.stdout


def test_destroy_asks_first(desk: Desk) -> None:
    desk.remember(signed(closed_survey().manifest))
    before = desk.everything()
    assert desk.run("destroy", "urn.json", typed="n\n").exit_code == 1
    assert desk.everything() == before


def test_destroy_refuses_while_another_survey_needs_the_key(desk: Desk) -> None:
    manifest = closed_survey().manifest
    desk.remember(lambda register: signed(make_manifest(survey="zzzz0000"))(signed(manifest)(register)))
    before = desk.everything()
    assert_refused(desk.run("destroy", "urn.json", "--yes"), "also needed to open survey zzzz0000")
    assert desk.everything() == before


def test_destroy_refuses_other_files(desk: Desk) -> None:
    assert_refused(desk.run("destroy", "promise.json", "--yes"), "neither an urn file nor an audit file")
    assert desk.key.exists()


# Words


def own_page(**changes: Any) -> Manifest:
    """A promise of level 3."""
    return make_manifest(**{"level": 3, "independent_client": "https://or.example.nl/booth.html", **changes})


def test_client_writes_a_page_for_one_promise_and_one_server(desk: Desk) -> None:
    manifest = own_page()
    desk.put("promise.json", promise_file(manifest))
    made = ["promise.json", "--server", "https://Peil.example.nl:443/", "--out", "page/booth.html"]
    result = desk.run("client", *made, key=False)
    assert result.exit_code == 0, result.output
    page = desk.read("page/booth.html")
    assert f"SHA-256  {hashlib.sha256(page.encode()).hexdigest()}\n" in result.output
    assert manifest.words in result.output and "talks with https://peil.example.nl only" in " ".join(
        result.output.split()
    )
    (pinned,) = re.findall(r'<script type="application/json" id="pinned">(.*)</script>', page)
    assert json.loads(pinned) == {
        "server": "https://peil.example.nl", "manifest": b64u(manifest.hash), "survey": manifest.survey
    }  # fmt: skip
    assert re.findall(r"connect-src ([^;]*);", page) == ["https://peil.example.nl"]
    generic = GENERIC.read_text(encoding="utf-8")
    assert (
        page.replace(pinned, "null").replace("connect-src https://peil.example.nl;", "connect-src 'none';") == generic
    )
    assert desk.run("client", *made, key=False).output == result.output, "once more gives the same"
    assert_refused(desk.run("client", *made[:-1], "promise.json", key=False), "is there already")


def test_client_says_it_in_dutch(desk: Desk) -> None:
    result = desk.run(
        "client", "promise.json", "--server", "http://localhost:8000", "--out", "o.html", "--language", "nl", key=False
    )
    assert result.exit_code == 0 and "prikbord" in result.output and "Woorden  " in result.output


@pytest.mark.parametrize(
    ("promise", "words"),
    [
        (lambda: promise_file(make_manifest(level=1)), "level 1"),
        (lambda: "{}", "not the promise"),
        (lambda: promise_file(own_page(form=bytes(32))), "questions in this file"),
    ],
)
def test_client_refuses_a_promise_that_is_not_the_councils(desk: Desk, promise: Callable[[], str], words: str) -> None:
    desk.put("promise.json", promise())
    arguments = ["promise.json", "--server", "https://peil.example.nl", "--out", "o.html"]
    assert_refused(desk.run("client", *arguments, key=False), words)
    assert not (desk.folder / "o.html").exists()


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://peil.example.nl", "https://peil.example.nl"),
        (" HTTPS://Peil.Example.nl:8443/ ", "https://peil.example.nl:8443"),
        ("https://10.0.0.1", "https://10.0.0.1"),
        ("https://[2001:DB8:0:0::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_the_server_is_written_as_browsers_do(address: str, origin: str) -> None:
    assert server_origin(address) == origin
    allowed = re.findall(r"connect-src ([^;]*);", pinned_page(own_page(), server_origin(address)))
    assert allowed == [origin.split("//")[0] if "[" in origin else origin]


@pytest.mark.parametrize(
    "address",
    [
        "peil.example.nl", "ftp://peil.example.nl", "http://peil.example.nl", "http://localhost.evil.example",
        "http://127.0.0.1.evil.example", "http://localhost@evil.example", "https://user@peil.example.nl",
        "https://peil.example.nl/path", "https://peil.example.nl?x", "https://peil.example.nl#x", "https://",
        "https://peil..nl", "https://.nl", "https://peil.example.nl:0", "https://peil.example.nl:65536",
        "https://127.1", "https://[::g]", "https://[1:2]", "https://peil.example.nl; script-src *", "",
        'https://peil.example.nl"', "https://peil.example.nl</script>", "http://127.0.0.2", "https://péil.nl",
    ],
)  # fmt: skip
def test_client_refuses_a_server_that_it_should_not_talk_with(desk: Desk, address: str) -> None:
    assert_refused(
        desk.run("client", "promise.json", "--server", address, "--out", "o.html", key=False), "https://", "host"
    )
    assert not (desk.folder / "o.html").exists()


def test_both_languages_have_the_same_texts_with_the_same_blanks() -> None:
    folder = Path(__file__).parents[3] / "survey_app" / "cli" / "council_texts"
    dutch, english = (json.loads((folder / f"{language}.json").read_text()) for language in ("nl", "en"))
    assert list(dutch) == list(english)

    def blanks(text: str) -> set[str]:
        return {part.split("}")[0] for part in text.split("{")[1:]}

    assert {key: blanks(text) for key, text in dutch.items()} == {key: blanks(text) for key, text in english.items()}
    assert not [key for key, text in {**dutch, **english}.items() if "!" in text]


def test_words_write_numbers_and_days_as_the_language_does() -> None:
    assert Words("nl")("promise_k", k=1200).startswith("Er is geen uitkomst te zien over minder dan 1.200")
    assert Words("en").listing(["a", "b", "c"]) == "a, b and c"
