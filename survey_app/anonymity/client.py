"""The respondent's client: the booth, credentials, the locker, the receipt. In JavaScript: ``survey_app/client``.

Every step may be repeated when the network dies in it: the same request is sent again, or what lies
in the locker is looked at first. However often that happens, one invitation ends with one ballot.
Besides what each function says, all raise :class:`Refused`, :class:`Alarm`, and whatever the
transport raises when there is no reply.
"""

from __future__ import annotations

import hashlib
import secrets as system
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from survey_app.anonymity import blindrsa, ed25519
from survey_app.anonymity.asking import Alarm, Refused, Transport, ask, ask_for, replied_bytes
from survey_app.anonymity.ballot import SALT_BYTES, content_text, hidden_leaf, make_ballot, make_leaf
from survey_app.anonymity.board import check_board
from survey_app.anonymity.codes import new_recovery_code, read_recovery_code, read_token
from survey_app.anonymity.derivation import Purpose, Secrets, receipt_message, request_message, withdrawal_message
from survey_app.anonymity.drafts import Pass, State, open_draft, seal_draft
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest
from survey_app.anonymity.issuers import MODULUS_BYTES, Issuer
from survey_app.anonymity.manifest import Manifest, Unit, check_witness, parse_manifest
from survey_app.anonymity.sealing import Unopenable, pad, seal

__all__ = ["Alarm", "Booth", "Look", "Receipt", "Refused", "Respondent", "State", "Transport", "load_booth"]

#: What became of the own ballot: it is on the board; it is not; the draft was changed after sending, so that
#: nothing tells what was sent; the urn was destroyed, and with it every draft.
Sight = Literal["counted", "absent", "changed", "gone"]

#: What ``previous`` says of a place in which nothing lies.
NOTHING = bytes(32)


@dataclass(frozen=True)
class Look:
    """What an invitation is for, and whether it was used and reported done before."""

    unit: Unit
    issued: bool
    done: bool


@dataclass(frozen=True)
class Receipt:
    """The server's word that an envelope came in."""

    envelope: bytes
    signature: bytes


@dataclass(frozen=True)
class Booth:
    """A survey, checked before anybody says who she is; many respondents may use one."""

    transport: Transport
    manifest: Manifest
    form: str
    random: Callable[[int], bytes] = system.token_bytes
    #: Hashes of the issuers whose proofs were checked, which takes longer than all else together.
    sound: set[str] = field(default_factory=set, repr=False)

    def through(self, transport: Transport) -> Booth:
        """The same booth over another connection."""
        return replace(self, transport=transport)

    def begin(self, token: str, code: str | None = None) -> Respondent:
        """A respondent with an invitation, and with a recovery code when she has one already.

        Raises :class:`survey_app.anonymity.codes.BadCode` for either.
        """
        recovery = new_recovery_code(self.random) if code is None else read_recovery_code(code)
        return Respondent(self, recovery, read_token(token))

    def resume(self, code: str) -> Respondent:
        """A respondent who comes back with the recovery code alone: everything else is in her locker.

        Raises :class:`survey_app.anonymity.codes.BadCode`, and ``Refused("refused")`` when there is no
        such locker or nothing in it.
        """
        respondent = Respondent(self, read_recovery_code(code), None)
        respondent.restore()
        if not respondent.has_pass:
            raise Refused("refused")
        return respondent

    def check_issuer(self, value: object, expected: str | None) -> Issuer:
        """An issuer that the manifest names and whose proof holds; raises ``Alarm("issuer")``."""
        try:
            issuer = Issuer.from_json(value)
        except Malformed:
            raise Alarm("issuer") from None
        if issuer.hash != expected or not (issuer.hash in self.sound or issuer.is_sound()):
            raise Alarm("issuer")
        self.sound.add(issuer.hash)
        return issuer


def load_booth(transport: Transport, survey_id: str, random: Callable[[int], bytes] = system.token_bytes) -> Booth:
    """Fetches and checks the promise and the form of a survey.

    The alarm goes off for a manifest that is malformed or of another survey, that the works council
    did not sign, or with which another form came.
    """
    reply = ask_for(transport, "GET", f"/m/{survey_id}.json", None, "manifest", "witness", "form")
    try:
        manifest = parse_manifest(reply["manifest"] if isinstance(reply["manifest"], str) else "")
    except Malformed:
        raise Alarm("manifest") from None
    if manifest.survey != survey_id:
        raise Alarm("manifest")
    if not check_witness(manifest, replied_bytes(reply["witness"], ed25519.SIGNATURE_BYTES, "witness")):
        raise Alarm("witness")
    if not isinstance(reply["form"], str) or digest("form", reply["form"]) != manifest.form:
        raise Alarm("form")
    return Booth(transport, manifest, reply["form"], random)


class Respondent:
    """One person who takes part; not for several threads at once.

    ``code`` is the recovery code, ``state`` what her draft held when it was last looked at or saved.
    """

    def __init__(self, booth: Booth, code: str, token: str | None) -> None:
        """Sends nothing yet; :meth:`Booth.begin` and :meth:`Booth.resume` make these."""
        self.code = code
        self.state: State | None = None
        self._booth = booth
        self._manifest = booth.manifest
        self._token = token
        self._secrets = Secrets(code, booth.manifest.hash)
        self._look: Look | None = None
        self._issuers: dict[str, Issuer] = {}
        self._pass: Pass | None = None
        # What lies in the locker. Nothing is known of it until it was looked at, and after a request
        # without a reply not everything any more.
        self._looked = self._known = False
        self._draft: bytes | None = None
        self._envelope: bytes | None = None
        self._pending: tuple[State, bytes] | None = None
        self._receipt: Receipt | None = None
        self._done: bytes | None = None

    @property
    def has_pass(self) -> bool:
        """Whether the credentials are here."""
        return self._pass is not None

    @property
    def unit(self) -> Unit:
        """The unit of the credential; asks the server when that is not known yet."""
        return self._manifest.unit(self._pass.unit) if self._pass is not None else self.look().unit

    @property
    def sent(self) -> bool:
        """Whether an envelope lies in the locker, as far as is known here."""
        return self._envelope is not None

    def look(self) -> Look:
        """What the invitation is for. Needs one; asks once."""
        if self._look is None:
            keys = ("unit", "issuers", "issued", "done")
            reply = self._ask("POST", "/i/look", self._invited(), *keys)
            try:
                unit = self._manifest.unit(reply["unit"])
            except (KeyError, TypeError):
                raise Alarm("unit") from None
            issuers = reply["issuers"] if isinstance(reply["issuers"], dict) else {}
            expected = {"unit": unit.issuer, "locker": self._manifest.locker_issuer, "done": self._manifest.done_issuer}
            self._issuers = {key: self._booth.check_issuer(issuers.get(key), name) for key, name in expected.items()}
            self._look = Look(unit, reply["issued"] is True, reply["done"] is True)
        return self._look

    def issue(self) -> None:
        """Gets both credentials for the invitation, the same ones at every try, and what lies in the locker.

        A signature that does not come out right sets off the alarm: trying again with other numbers
        would let the server tell people apart.
        """
        if self._pass is not None:
            return
        look, issuers = self.look(), self._issuers
        body: dict[str, Any] = {key: b64u(self._blind(key, issuers[name].modulus)) for key, name in _SIGNERS.items()}
        reply = self._ask("POST", "/i/issue", {**self._invited(), **body}, *body)
        signed = {
            key: self._finalize(key, issuers[name].modulus, replied_bytes(reply[key], MODULUS_BYTES, "credential"))
            for key, name in _SIGNERS.items()
        }
        self._pass = Pass(look.unit.key, signed["locker"], signed["ballot"], issuers["done"].n)
        if look.issued:
            self.restore()
        else:
            self._looked = self._known = True  # nobody has put anything in a locker without a credential

    def restore(self) -> None:
        """Looks what lies in the locker, and takes state and credentials from the draft.

        Raises ``Refused("closed")`` when nothing can be changed there any more.
        """
        try:
            draft, envelope, closed = self._open_locker()
        except Refused as refused:
            if refused.word == "unknown":
                raise Refused("closed") from None  # the survey is there, or there would be no booth: its urn is not
            if refused.word != "refused":
                raise
            draft, envelope, closed = None, None, False  # no locker is as good as an empty one
        if closed:
            raise Refused("closed")
        if draft is not None and draft != self._draft:
            self._pass, self.state = self._read_draft(draft)
        self._draft, self._envelope = draft, envelope
        self._looked = self._known = True

    def _open_locker(self) -> tuple[bytes | None, bytes | None, bool]:
        """Draft and envelope in the locker, and whether the survey is closed."""
        reply = self._ask("POST", "/u/open", self._signed("open"), "draft", "envelope", "closed")
        draft, envelope = (
            None if reply[key] is None else replied_bytes(reply[key], None, "reply") for key in ("draft", "envelope")
        )
        return draft, envelope, reply["closed"] is True

    def _read_draft(self, draft: bytes) -> tuple[Pass, State]:
        try:
            return open_draft(self._secrets, self._manifest, draft)
        except (Unopenable, Malformed):
            raise Alarm("draft") from None

    def save_draft(self, state: State) -> None:
        """Keeps what was filled in so far. Raises :class:`survey_app.anonymity.sealing.TooLong`."""
        passed = self._enter()
        draft = seal_draft(self._secrets, self._manifest, passed, state, self._booth.random)
        body = {"draft": b64u(draft), "previous": b64u(_hash(self._draft))}
        signed = self._signed("draft", _hash(self._draft), _hash(draft))
        self._put("/u/draft", {**body, **signed, "credential": b64u(passed.locker)}, "draft")
        self._draft, self.state = draft, state

    def submit(self, about: Mapping[str, str], answers: Mapping[str, int], report_as: str | None = None) -> Receipt:
        """Sends the ballot, in the place of an earlier one; also keeps it as a draft, to change later.

        ``report_as`` is the own unit, without one, or a unit above it. Raises
        :class:`survey_app.anonymity.sealing.TooLong`; ``Refused("changed")`` when something else was
        sent meanwhile from elsewhere with the same recovery code: sending again then replaces that.
        """
        passed = self._enter()
        state, envelope = self._prepare(passed, State(about, answers, report_as or passed.unit))
        self.save_draft(state)
        return self._hand_in(passed, envelope)

    def withdraw(self) -> None:
        """Empties the locker: no ballot, no draft. Possible until the survey closes."""
        if not self._known:
            self.restore()
        if self._draft is not None or self._envelope is not None:
            previous = _hash(self._envelope)
            body = {"previous": b64u(previous), **self._signed("withdraw", previous)}
            self._put("/u/withdraw", body, "withdrawn", method="POST")
        self.state = self._draft = self._envelope = self._pending = self._receipt = None

    def done(self) -> None:
        """Tells the roster, without a link to the ballot, that there is one: no more reminders. Needs an invitation."""
        self._confirm()
        body = {"serial": b64u(self._secrets.serial), "credential": b64u(self._done or b"")}
        self._ask("POST", "/i/done", {**self._invited(), **body}, "done")

    def receipt_file(self) -> str:
        """The file that a respondent can keep, to prove that her envelope came in."""
        receipt = self._confirm()
        return canonical(
            {
                "envelope": b64u(receipt.envelope),
                "kind": "receipt",
                "manifest_hash": b64u(self._manifest.hash),
                "peil": 1,
                "receipt": b64u(receipt.signature),
            }
        )

    def find_on_board(self, counts: Callable[[State], State] = lambda state: state) -> Sight:
        """Looks, after the opening, whether the own ballot is on the board, whose signatures are checked first.

        Nobody sees which line is looked for: the whole board is fetched, and compared with the leaf of the
        ballot that the draft in the locker says was sent. ``counts`` gives what a client sends of a draft:
        one with a form leaves out answers to questions that are not asked any more.
        """
        survey = self._manifest.survey
        head = ask(self._booth.transport, "GET", f"/v/{survey}/head")
        board = ask(self._booth.transport, "GET", f"/v/{survey}/board.jsonl")
        try:
            leaves = check_board(self._manifest, head, board)
        except Malformed:
            raise Alarm("board") from None
        try:
            draft, envelope, _ = self._open_locker()
        except Refused as refused:
            if refused.word == "unknown":
                return "gone"
            if refused.word in ("refused", "closed"):
                return "absent"  # nobody ever put anything in this locker
            raise
        if draft is None:
            return "absent"
        passed, state = self._read_draft(draft)
        if state.salt is None:
            return "absent" if envelope is None else "changed"
        leaf = make_leaf(self._secrets, passed.unit, passed.ballot, self._content(counts(state)))
        return "counted" if hidden_leaf(leaf) in leaves else "absent"

    def withdraw_ballot(self) -> None:
        """Has the answers taken out after the opening. The server learns at that moment which ones they were."""
        message = withdrawal_message(self._manifest.hash, self._secrets.ballot_public)
        body = {
            "survey": self._manifest.survey,
            "key": b64u(self._secrets.ballot_public),
            "signature": b64u(self._secrets.ballot.sign(message)),
        }
        self._ask("POST", "/v/withdraw", body, "withdrawn")

    def _enter(self) -> Pass:
        """Credentials, and what lies in the locker: the two things that every request to the urn needs."""
        if self._pass is None and self._token is not None:
            self.issue()
        if not self._known:
            looked, before = self._looked, self._envelope
            self.restore()
            sent = before if self._pending is None else self._pending[1]
            if looked and self._envelope not in (before, sent):
                raise Refused("changed")
        if self._pass is None:
            raise Refused("refused")
        return self._pass

    def _prepare(self, passed: Pass, state: State) -> tuple[State, bytes]:
        """The envelope for what was filled in; the same one when it has to be sent again."""
        if self._pending is None or replace(self._pending[0], salt=None, sent=False) != state:
            final = replace(state, sent=True, salt=self._booth.random(SALT_BYTES))
            ballot = make_ballot(self._secrets, passed.unit, passed.ballot, self._content(final))
            padded = pad(ballot.encode(), self._manifest.size)
            self._pending = final, seal(self._manifest.opening_key, self._manifest.hash, padded)
        return self._pending

    def _content(self, state: State) -> str:
        return content_text(state.about, state.answers, state.report_as or "", state.salt or b"")

    def _hand_in(self, passed: Pass, envelope: bytes) -> Receipt:
        """Puts an envelope in the locker, checks the receipt, and finishes the note that says done."""
        modulus = int.from_bytes(passed.done_modulus, "big")
        blinded, previous = self._blind("done", modulus), _hash(self._envelope)
        body = {"envelope": b64u(envelope), "previous": b64u(previous), "done": b64u(blinded)}
        signed = self._signed("envelope", previous, _hash(envelope), blinded)
        reply = self._put("/u/envelope", {**body, **signed, "credential": b64u(passed.locker)}, "receipt", "done")
        signature = replied_bytes(reply["receipt"], ed25519.SIGNATURE_BYTES, "receipt")
        message = receipt_message(self._manifest.hash, _hash(envelope))
        if not ed25519.verify(self._manifest.log_key, signature, message):
            raise Alarm("receipt")
        self._done = self._finalize("done", modulus, replied_bytes(reply["done"], MODULUS_BYTES, "done"))
        self._envelope, self._receipt = envelope, Receipt(envelope, signature)
        return self._receipt

    def _confirm(self) -> Receipt:
        """The receipt of what lies in the locker; handing in the very same thing again gives it again."""
        passed = self._enter()
        if self._envelope is None:
            raise ValueError("nothing was sent yet")
        if self._receipt is None or self._done is None or self._receipt.envelope != self._envelope:
            return self._hand_in(passed, self._envelope)
        return self._receipt

    def _put(self, path: str, body: Mapping[str, Any], *keys: str, method: str = "PUT") -> dict[str, Any]:
        """Changes the locker. Until the reply is there nobody knows whether it was changed."""
        self._known = False
        try:
            reply = self._ask(method, path, body, *keys)
        except Refused as refused:
            if refused.word == "changed":
                self.restore()
            raise
        self._known = True
        return reply

    def _blind(self, purpose: Purpose, modulus: int) -> bytes:
        name = self._issuer_hash(purpose)
        salt, factor = self._secrets.salt(purpose, name), self._secrets.blinding(purpose, name, modulus)
        try:
            return blindrsa.blind(self._secrets.message(purpose), modulus, salt, factor)
        except ValueError:
            raise Alarm("issuer") from None

    def _finalize(self, purpose: Purpose, modulus: int, blind_signature: bytes) -> bytes:
        name = self._issuer_hash(purpose)
        salt, factor = self._secrets.salt(purpose, name), self._secrets.blinding(purpose, name, modulus)
        try:
            return blindrsa.finalize(self._secrets.message(purpose), modulus, blind_signature, salt, factor)
        except blindrsa.InvalidSignature:
            raise Alarm("done" if purpose == "done" else "credential") from None

    def _issuer_hash(self, purpose: Purpose) -> str:
        manifest = self._manifest
        names = {"locker": manifest.locker_issuer, "done": manifest.done_issuer}
        return names.get(purpose) or self.unit.issuer or ""

    def _invited(self) -> dict[str, Any]:
        if self._token is None:
            raise ValueError("this needs an invitation code")
        return {"survey": self._manifest.survey, "token": self._token}

    def _signed(self, action: str, *parts: bytes) -> dict[str, Any]:
        """What every request to a locker has."""
        message = request_message(self._manifest.hash, action, *parts)
        return {
            "survey": self._manifest.survey,
            "locker": b64u(self._secrets.locker_public),
            "signature": b64u(self._secrets.locker.sign(message)),
        }

    def _ask(self, method: str, path: str, body: Mapping[str, Any], *keys: str) -> dict[str, Any]:
        return ask_for(self._booth.transport, method, path, body, *keys)


#: Which issuer signs what.
_SIGNERS: Mapping[Purpose, str] = {"locker": "locker", "ballot": "unit"}


def _hash(data: bytes | None) -> bytes:
    return NOTHING if data is None else hashlib.sha256(data).digest()
