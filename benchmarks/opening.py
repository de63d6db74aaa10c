"""Opening an urn: Peil next to a bare loop that decrypts and checks two signatures, and does nothing else.

The floor is what no opening can do without: for each envelope one HPKE decryption, one RSA-PSS and
one Ed25519 verification, with all keys loaded and all bytes at hand. Peil also reads, checks and
compares what is in the envelopes, finds doubles, moves small units up, and makes board and files.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_der_private_key

from benchmarks.measure import Measurement, Tick, cpu_minima, peak_megabytes
from survey_app.anonymity.ballot import Ballot, content_text, make_ballot, signed_message
from survey_app.anonymity.codes import new_recovery_code
from survey_app.anonymity.council import CouncilKeys, keys_of
from survey_app.anonymity.derivation import Secrets, ballot_message
from survey_app.anonymity.encoding import canonical, digest
from survey_app.anonymity.issuing import IssuerKey
from survey_app.anonymity.manifest import Manifest, Unit, sign_witness
from survey_app.anonymity.opening import Urn, open_envelope, open_urn, read_urn, write_urn
from survey_app.anonymity.sealing import pad, seal

BALLOTS, ITEMS, TEAMS = 500, 60, 4

#: What we promise: at least this many envelopes for each one of the floor.
PROMISED_SPEED = 0.6

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=48)
_SHA384 = hashes.SHA384()


@dataclass(frozen=True)
class Material:
    """An urn with the council's keys, and what the floor needs of each ballot, in the order of the envelopes."""

    urn: Urn
    council: CouncilKeys
    ballots: tuple[Ballot, ...]
    keys: Mapping[str, RSAPublicKey]


def measure(rounds: int, tick: Tick, *, ballots: int = BALLOTS) -> Measurement:
    """Opening an urn, all of it, up to the texts of the opened file and of the audit bundle."""
    tick("filling the urn")
    material = invent_material(ballots)
    assert product(material).count('"id"') == len(floor(material)) == ballots
    best = cpu_minima(
        {
            "product": lambda: product(material),
            "floor": lambda: floor(material),
            "hpke": lambda: decrypt(material),
        },
        rounds,
        tick,
    )
    tick("memory")
    return Measurement(
        name="opening",
        work=(
            f"{ballots} envelopes of {ITEMS} answers; {ballots / best['product']:,.0f} a second. "
            f"HPKE alone takes {best['hpke'] / best['product']:.0%} of the time, "
            f"and {best['hpke'] / best['floor']:.0%} of that of the floor"
        ),
        product=best["product"],
        floor=best["floor"],
        memory=peak_megabytes(lambda: product(material)),
        promise=f"at least {PROMISED_SPEED:.0%} of the speed of bare decryption and signature checks",
        kept=best["floor"] >= PROMISED_SPEED * best["product"],
    )


def product(material: Material) -> str:
    """The opened file, with the audit bundle made as well."""
    opening = open_urn(material.urn, material.council.opening, material.council.witness)
    return opening.opened_text if opening.audit_text else ""


def floor(material: Material) -> list[bytes]:
    """Every envelope decrypted and both signatures on its ballot checked."""
    manifest_hash = material.urn.manifest.hash
    padded = decrypt(material)
    for ballot in material.ballots:
        message = ballot_message(manifest_hash, ballot.key)
        material.keys[ballot.unit].verify(ballot.credential, message, _PSS, _SHA384)
        signed = signed_message(manifest_hash, ballot.unit, ballot.content_hash)
        Ed25519PublicKey.from_public_bytes(ballot.key).verify(ballot.signature, signed)
    return padded


def decrypt(material: Material) -> list[bytes]:
    """Every envelope decrypted."""
    key, info = material.council.opening, b"peil/1/envelope\0" + material.urn.manifest.hash
    return [_SUITE.decrypt(envelope, key, info=info) for envelope in material.urn.envelopes]


def invent_material(ballots: int) -> Material:
    """A survey of four teams in which everybody votes."""
    council = keys_of(bytes(16))
    issuers = {purpose: IssuerKey.generate() for purpose in ("locker", "done", *(f"u{n + 1}" for n in range(TEAMS)))}
    invited = -(-ballots // TEAMS)
    units = [Unit("u0", "Benchmark", None, 0, None)]
    units += [Unit(f"u{n + 1}", f"team {n}", "u0", invited, issuers[f"u{n + 1}"].issuer.hash) for n in range(TEAMS)]
    manifest = _manifest(council, issuers, units, k=min(10, invited))
    private = {unit: _private(key) for unit, key in issuers.items()}
    sealed = []
    for person in range(ballots):
        unit = f"u{1 + person % TEAMS}"
        text = _ballot(manifest, unit, private[unit], person).encode()
        sealed.append(seal(manifest.opening_key, manifest.hash, pad(text, manifest.size)))
    found = {key.issuer.hash: key.issuer for key in issuers.values()}
    counts = {unit.key: (unit.invited, 0) for unit in units}
    urn = read_urn(write_urn(manifest, sign_witness(council.witness, manifest), found, counts, 0, sealed))
    opened = [open_envelope(manifest, urn.issuers, council.opening, envelope) for envelope in urn.envelopes]
    keys = {unit: key.public_key() for unit, key in private.items()}
    return Material(urn, council, tuple(ballot for ballot in opened if ballot is not None), keys)


def _ballot(manifest: Manifest, unit: str, private: RSAPrivateKey, person: int) -> str:
    """A ballot with a credential, which is an ordinary signature once it was blinded and unblinded."""
    seed = hashlib.shake_256(b"ballot %d" % person).digest
    secrets = Secrets(new_recovery_code(seed), manifest.hash)
    credential = private.sign(secrets.message("ballot"), _PSS, _SHA384)
    answers = {f"scale{item // 5}_item{item % 5}": 1 + (person + item) % 5 for item in range(ITEMS)}
    return make_ballot(secrets, unit, credential, content_text({"sex": "women"}, answers, unit, seed(16)))


def _private(key: IssuerKey) -> RSAPrivateKey:
    private = load_der_private_key(key.to_der(), password=None)
    assert isinstance(private, RSAPrivateKey)
    return private


def _manifest(council: CouncilKeys, issuers: Mapping[str, IssuerKey], units: list[Unit], k: int) -> Manifest:
    day = dt.date(2026, 10, 5)
    return Manifest.write(
        survey="benchmar",
        organisation="Benchmark",
        wave="2026",
        title={"nl": "Benchmark", "en": "Benchmark"},
        level=2,
        assisted=False,
        independent_client=None,
        k=k,
        k_invite=k,
        opens=day,
        closes=day,
        objection_days=14,
        rounds=(),
        reissue_cap=0,
        languages=("en",),
        form=digest("form", canonical({})),
        client=bytes(32),
        size=4096,
        units=units,
        locker_issuer=issuers["locker"].issuer.hash,
        done_issuer=issuers["done"].issuer.hash,
        opening_key=council.opening_key,
        witness_key=council.witness_key,
        log_key=council.witness_key,
        plan={"levels": 1, "cuts": ["sex"]},
    )
