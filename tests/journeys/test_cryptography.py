"""The client's cryptography in a real browser against the published vectors and against the Python side."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Page

from survey_app.anonymity import blindrsa
from survey_app.anonymity.codes import in_groups, new_recovery_code, read_recovery_code
from survey_app.anonymity.derivation import Secrets
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest
from survey_app.anonymity.manifest import Manifest, parse_manifest
from survey_app.anonymity.sealing import draft_open, draft_seal, open_sealed, pad, seal
from survey_app.respond.routing import cleaned_answers, visible_items
from tests.journeys.form import journey_form
from tests.journeys.visit import Site
from tests.survey_app.anonymity.keys import issuer_key

CLIENT = Path(__file__).with_name("client.js")
VECTORS = json.loads(
    (Path(__file__).parent.parent / "survey_app/anonymity/rfc9474_vectors.json").read_text(encoding="utf-8")
)["vectors"]

#: A SHA-256, to have 32 bytes that nobody chose.
M = hashlib.sha256(b"a manifest").digest()


@pytest.fixture(scope="module")
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of this machine (WebCrypto wants one) with the client's modules as ``peilTest``."""
    context = browser.new_context(bypass_csp=True)
    opened = context.new_page()
    opened.goto(f"{site.address}/client/LICENSES.txt")
    opened.add_script_tag(path=CLIENT)
    opened.evaluate("() => Object.assign(globalThis, { hex: peilTest.encoding.hex, unhex: peilTest.encoding.unhex })")
    yield opened
    context.close()


def run(page: Page, body: str, **values: Any) -> Any:
    """The value of an async function body, with ``values`` as its variables (bytes go as hex)."""
    given = {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}
    return page.evaluate(f"async ({{{', '.join(given)}}}) => {{ {body} }}", given)


def refusing(call: str) -> str:
    """A body that tells whether a call refuses what it is given as malformed."""
    return f"try {{ {call}; return 'taken' }} catch (error) {{ return error instanceof peilTest.encoding.Malformed }}"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_vectors_of_rfc_9474_pass(page: Page, vector: dict[str, str]) -> None:
    names = ("input_msg", "n", "salt", "inv", "blinded_msg", "blind_sig", "sig")
    blinded, signature, verified = run(
        page,
        """
        const { blind, finalize, isSignature, inverse } = peilTest.blindrsa;
        const modulus = BigInt("0x" + n), message = unhex(input_msg), pepper = unhex(salt);
        const r = inverse(BigInt("0x" + inv), modulus);
        const finished = await finalize(message, modulus, unhex(blind_sig), pepper, r);
        const blinded = await blind(message, modulus, pepper, r);
        return [hex(blinded), hex(finished), await isSignature(message, modulus, finished, pepper)];
        """,
        **{name: vector[name] for name in names},
    )
    assert (blinded, signature, verified) == (vector["blinded_msg"], vector["sig"], True)


def test_a_wrong_blind_signature_is_never_finished(page: Page) -> None:
    vector = VECTORS[2]
    wrong = vector["blind_sig"][:-2] + ("00" if vector["blind_sig"][-2:] != "00" else "01")
    message = run(
        page,
        """
        const { finalize, inverse, InvalidSignature } = peilTest.blindrsa;
        const modulus = BigInt("0x" + n);
        const r = inverse(BigInt("0x" + inv), modulus);
        try { await finalize(unhex(input_msg), modulus, unhex(wrong), unhex(salt), r); }
        catch (error) { return error instanceof InvalidSignature; }
        """,
        wrong=wrong,
        **{name: vector[name] for name in ("input_msg", "n", "salt", "inv")},
    )
    assert message is True


def test_everything_derived_from_a_code_is_the_same_in_python(page: Page) -> None:
    issuer = issuer_key().issuer
    for _ in range(3):
        code = new_recovery_code()
        secrets = Secrets(code, M)
        derived = run(
            page,
            """
            const { derive, issuer, blindrsa, encoding } = peilTest;
            const read = await issuer.readIssuer(json);
            const secrets = await derive.deriveSecrets(code, unhex(manifest));
            const signed = await secrets.ballot.sign(unhex(manifest));
            const [salt, factor] = [await secrets.salt("done", read), await secrets.factor("done", read)];
            const blinded = await blindrsa.blind(unhex(manifest), read.modulus, salt, factor);
            return [
              hex(secrets.locker.publicKey), hex(secrets.ballot.publicKey), hex(secrets.draftKey), hex(secrets.serial),
              hex(signed), read.hash, await issuer.checkIssuer(read, read.hash), hex(blinded),
            ];
            """,
            code=code,
            manifest=M,
            json=issuer.as_json(),
        )
        blinded = blindrsa.blind(
            M, issuer.modulus, secrets.salt("done", issuer.hash), secrets.blinding("done", issuer.hash, issuer.modulus)
        )
        expected = [
            secrets.locker_public,
            secrets.ballot_public,
            secrets.draft_key,
            secrets.serial,
            secrets.ballot.sign(M),
        ]
        assert derived == [*(part.hex() for part in expected), issuer.hash, True, blinded.hex()]


def test_a_key_without_its_proof_is_refused(page: Page) -> None:
    written = issuer_key().issuer.as_json()
    proof = written["proof"]
    assert isinstance(proof, list)
    flawed = {**written, "proof": [proof[1], *proof[1:]]}
    body = """
        const read = await peilTest.issuer.readIssuer(json);
        return peilTest.issuer.checkIssuer(read, read.hash);
    """
    assert run(page, body, json=written) is True
    assert run(page, body, json=flawed) is False


def test_codes_and_words_are_the_same_in_python(page: Page, site: Site) -> None:
    code = new_recovery_code()
    manifest = site.survey.manifest
    read, made, token, words, hashed = run(
        page,
        """
        const { readRecoveryCode, newRecoveryCode, readToken, fingerprintWords } = peilTest.codes;
        const { readManifest } = peilTest.manifest;
        const { hash } = await readManifest(text);
        const [read, made] = [await readRecoveryCode(code), await newRecoveryCode()];
        return [read, made, readToken(token), fingerprintWords(hash), hex(hash)];
        """,
        code=in_groups(code).lower().replace("0", "o").replace("1", "l"),
        token="abcd efgh–jkmn 0ilo",
        text=manifest.text,
    )
    assert read == code and token == "ABCDEFGHJKMN0110"
    assert (words, hashed) == (manifest.words, manifest.hash.hex())
    assert read_recovery_code(made) == made


@pytest.mark.parametrize(("typed", "reason"), [("ABC", "length"), ("U" * 32, "symbol"), ("0" * 32, "check")])
def test_a_typing_error_is_told_apart(page: Page, typed: str, reason: str) -> None:
    body = "try { await peilTest.codes.readRecoveryCode(typed) } catch (error) { return error.reason }"
    assert run(page, body, typed=typed) == reason


def test_envelopes_and_drafts_open_on_the_other_side(page: Page, site: Site) -> None:
    council, key = site.survey.council, bytes(range(32))
    padded = pad("één stembiljet".encode(), 512)
    envelope, draft, opened = run(
        page,
        """
        const { pad, seal, sealDraft, openDraft, unpad } = peilTest.sealing;
        const { utf8, text } = peilTest.encoding;
        const padded = pad(utf8("één stembiljet"), 512), hash = unhex(manifest);
        const envelope = await seal(unhex(point), hash, padded);
        const opened = text(unpad(await openDraft(unhex(key), hash, unhex(draft))));
        return [hex(envelope), hex(await sealDraft(unhex(key), hash, padded)), opened];
        """,
        point=council.opening_key,
        manifest=M,
        key=key,
        draft=draft_seal(key, M, padded),
    )
    assert open_sealed(council.opening, M, bytes.fromhex(envelope)) == padded
    assert len(envelope) == 2 * len(seal(council.opening_key, M, padded))
    assert draft_open(key, M, bytes.fromhex(draft)) == padded
    assert opened == "één stembiljet"


@pytest.mark.parametrize(
    "value",
    [{"b": [1, None, True], "a": 'é\u2028\x7f\n"\\'}, [], "🙂", -(2**53) + 1, {"~": {}, "A": [], "a": 0}],
    ids=str,
)
def test_canonical_json_is_the_same_in_python(page: Page, value: object) -> None:
    body = (
        "const { canonical, parseCanonical, digest } = peilTest.encoding;"
        "return [canonical(value), canonical(parseCanonical(text)), hex(await digest('test', text, unhex('00ff')))]"
    )
    text = canonical(value)
    assert run(page, body, value=value, text=text) == [text, text, digest("test", text, b"\x00\xff").hex()]


@pytest.mark.parametrize(
    "text",
    [
        "{ }",
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        "1.0",
        "1e2",
        "-0",
        "9007199254740992",
        '"\\u00e9"',
        '"\\ud800"',
        '{"é":1}',
        "[1,]",
        "NaN",
        "",
    ],
)
def test_what_is_not_canonical_is_refused(page: Page, text: str) -> None:
    assert run(page, refusing("peilTest.encoding.parseCanonical(text)"), text=text) is True


@pytest.mark.parametrize("text", ["a", "QQ==", "QR", "Q Q", "Q+", "é"])
def test_base64_has_one_form(page: Page, text: str) -> None:
    assert (
        run(page, "try { return peilTest.encoding.unb64u(text).length } catch { return 'refused' }", text=text)
        == "refused"
    )


def test_the_fallback_for_old_browsers_signs_the_same(page: Page) -> None:
    key = Ed25519PrivateKey.from_private_bytes(M)
    public, signature, verified = run(
        page,
        """
        const curve = await peilTest.fallback();
        const signature = curve.sign(unhex(seed), unhex(seed));
        const publicKey = curve.getPublicKey(unhex(seed));
        return [hex(publicKey), hex(signature), await peilTest.ed25519.verify(publicKey, unhex(seed), signature)];
        """,
        seed=M,
    )
    assert (public, signature, verified) == (key.public_key().public_bytes_raw().hex(), key.sign(M).hex(), True)


def test_the_same_questions_are_asked_and_the_same_answers_count_as_in_python(page: Page) -> None:
    form = json.loads(journey_form())
    cases: list[dict[str, int]] = [
        {},
        {"care": 1, "hours": 8, "known": 1, "heavy": 4},
        {"care": 1, "hours": 7, "known": 1, "heavy": 4},
        {"care": 2, "hours": 20, "heavy": 1},
        {"care": -7, "hours": 20},
        {"care": 1, "hours": -7, "heavy": 2, "tired": 9, "empty": 4, "nonsense": 1},
        {"care": 1, "hours": 169, "heavy": 2},
    ]
    body = (
        "const { route, countedAnswers } = peilTest.form;"
        "return cases.map((answers) => [[...route(form, answers).keys()], countedAnswers(form, answers)])"
    )
    expected = [[visible_items(form, answers), cleaned_answers(form, answers)] for answers in cases]
    assert run(page, body, form=form, cases=cases) == expected


def flaws(manifest: Manifest) -> Iterator[str]:
    """Manifests with one thing wrong each, but for the first, which is right."""
    text = manifest.text
    yield text
    yield text.replace('{"assisted"', '{ "assisted"')
    yield text.replace('"wave":', '"wavé":')
    yield text.replace('"wave":', '"wavf":')
    changes: dict[str, list[object]] = {
        "assisted": [1, None],
        "client": ["A" * 42],
        "closes": ["2026-02-30", "2026-10-4", "2026-10-04", 20261023],
        "done_issuer": [manifest.locker_issuer, None],
        "independent_client": ["https://or.example.nl/booth.html", "javascript:alert(1)"],
        "k": [1, 0, 21, "10", 1001],
        "k_invite": [9, 21, True],
        "languages": [[], ["nl", "nl"], ["de"], "nl"],
        "level": [0, 3, 4],
        "log_key": [b64u(bytes(31))],
        "opening_key": [b64u(bytes(65)), b64u(b"\4" + bytes(64))],
        "organisation": ["", " ", "x" * 401, None],
        "peil": [2],
        "plan": [
            {"levels": 1},
            {"levels": -1, "cuts": []},
            {"levels": 1, "cuts": ["a", "a"]},
            {"levels": 1, "cuts": ["é"]},
        ],
        "rounds": [["2026-10-12", "2026-10-12"], ["2026-10-24"], ["2026-10-19", "2026-10-12"], ["soon"]],
        "size": [1023, 40961],
        "survey": ["abcd123i", "ABCD1234", "abcd12345"],
        "title": [{"nl": "Werk"}, {"nl": "Werk", "en": "Work", "de": "Arbeit"}, "Werk"],
        "units": [[], [{}], "u0"],
    }
    value = json.loads(text)
    for key, wrong in changes.items():
        for one in wrong:
            yield canonical({**value, key: one})
    units = value["units"]
    unit_changes: list[dict[str, object]] = [
        {"parent": "u9"},
        {"parent": None},
        {"key": "u7"},
        {"name": ""},
        {"invited": 19},
        {"invited": 0},
        {"issuer": None},
        {"issuer": manifest.done_issuer},
        {"name": units[2]["name"]},
        {"extra": 1},
    ]
    for change in unit_changes:
        yield canonical({**value, "units": [units[0], {**units[1], **change}, *units[2:]]})


def test_the_same_manifests_are_refused_as_in_python(page: Page, site: Site) -> None:
    texts = list(flaws(site.survey.manifest))
    assert len(set(texts)) == len(texts) > 50

    def is_refused(text: str) -> bool:
        try:
            parse_manifest(text)
        except Malformed:
            return True
        return False

    expected = [is_refused(text) for text in texts]
    assert expected == [False] + [True] * (len(texts) - 1)
    for text in texts:
        assert run(page, refusing("await peilTest.manifest.readManifest(text)"), text=text) == (
            is_refused(text) or "taken"
        ), text
