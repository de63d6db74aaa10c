"""Files and keys of the works council: read with care, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from survey_app.anonymity import council
from survey_app.anonymity.council import CouncilKeys
from survey_app.anonymity.encoding import Malformed
from survey_app.anonymity.manifest import Manifest
from survey_app.anonymity.register import AgainstRegister, Register, RegisterAltered, read_register, with_register
from survey_app.cli.council_words import Words
from survey_app.cli.errors import BadInput
from survey_app.vault import destroy_file

#: For files that hold a secret: the owner may read and write, nobody else anything.
PRIVATE, PUBLIC = 0o600, 0o644

#: Words on a sheet, with their numbers before them.
_NUMBERED = re.compile(r"(\d{1,2})\.\s+([A-Za-z]+)")

#: What a mistake in shares is called in the texts.
_FLAWS = {"typing": "share_check", "few": "shares_two", "same": "shares_same", "strange": "shares_apart"}


@dataclass(frozen=True)
class Held:
    """The council's keys; ``file`` and ``text`` are None when they came from shares, which remember nothing."""

    keys: CouncilKeys
    register: Register
    file: Path | None = None
    text: str | None = None

    def register_for(self, manifest: Manifest) -> Register:
        """The register to judge by: with shares the signature in the council's files has to do."""
        return self.register.after_signing(manifest) if self.file is None else self.register

    def remembering(self, register: Register) -> dict[Path, str]:
        """The key file to write so that it remembers ``register``; nothing when there is no key file."""
        if self.file is None or self.text is None:
            return {}
        return {self.file: with_register(self.text, self.keys, register)}


def read_text(path: Path, words: Words) -> str:
    """The text in a file, without what editors and mail programs add at its ends; refuses with one sentence."""
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise BadInput(words.sentence("not_text", file=path)) from error
    except OSError as error:
        raise BadInput(words.sentence("cannot_read", file=path, reason=error.strerror)) from error


def read_passphrase(path: Path | None, words: Words, ask: Callable[[], str]) -> str:
    """The passphrase in a file, or what is typed; in one form, whatever keyboard typed its accents."""
    if path is None:
        typed = ask()
    else:
        try:
            typed = path.read_text(encoding="utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise BadInput(words.sentence("not_text", file=path)) from error
        except OSError as error:
            raise BadInput(words.sentence("cannot_read", file=path, reason=error.strerror)) from error
    return unicodedata.normalize("NFC", typed)


def hold_key_file(path: Path, words: Words, passphrase: Callable[[], str]) -> Held:
    """The keys in a key file; refuses with one sentence."""
    text = read_text(path, words)
    if '"council-key"' not in text:
        raise BadInput(words.sentence("not_key_file"))
    try:
        keys = council.keys_of(council.read_key_file(text, passphrase()))
        return Held(keys, read_register(text, keys), path, text)
    except council.WrongPassphrase as error:
        raise BadInput(words.sentence("wrong_passphrase")) from error
    except RegisterAltered as error:
        raise BadInput(words.sentence("register_altered")) from error
    except Malformed as error:
        raise BadInput(words.sentence("not_key_file")) from error


def hold_shares(shares: Sequence[str], words: Words) -> Held:
    """The keys of shares, each given as 20 words or as a file with them; refuses with one sentence."""
    typed = [words_of(share if len(share.split()) > 1 else read_text(Path(share), words)) for share in shares]
    try:
        return Held(council.keys_of(council.join_shares([" ".join(share) for share in typed])), Register())
    except council.BadShares as bad:
        if bad.flaw == "word" and bad.sheet and bad.word:
            raise BadInput(words.sentence("share_unknown_word", word=typed[bad.sheet - 1][bad.word - 1])) from bad
        if bad.flaw == "length" and bad.sheet:
            raise BadInput(words.sentence("share_length", number=len(typed[bad.sheet - 1]))) from bad
        raise BadInput(words.sentence(_FLAWS[bad.flaw])) from bad


def words_of(text: str) -> list[str]:
    """The words of a share: those with numbers on a printed sheet, or else all there are."""
    numbered = sorted((int(number), word.lower()) for number, word in _NUMBERED.findall(text))
    if len(numbered) >= council.WORDS:
        return [word for _, word in numbered]
    return re.findall(r"[a-z]+", text.lower())


def objection(against: AgainstRegister, words: Words) -> BadInput:
    """What the register has against it, as one sentence."""
    return BadInput(words.sentence(against.objection, survey=against.survey))


def write_files(
    new: Mapping[Path, str], words: Words, changed: Mapping[Path, str] | None = None, private: Sequence[Path] = ()
) -> None:
    """Writes all ``new`` files, which must not be there yet or be the same, after replacing ``changed`` ones.

    Everything is written beside its place first, so that a full disk leaves all as it was. Key files
    are changed before anything else appears: what was given out is always remembered. Refuses with
    one sentence.
    """
    refuse_overwriting(new, words)
    waiting: dict[Path, Path] = {}
    try:
        for path, text in [*(changed or {}).items(), *new.items()]:
            is_secret = path in private or path in (changed or {})
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[path] = _write_beside(path, text, PRIVATE if is_secret else PUBLIC)
        for path in changed or {}:
            waiting.pop(path).replace(path)
        for path in new:
            if not path.exists():
                waiting.pop(path).replace(path)
    except OSError as error:
        raise BadInput(words.sentence("cannot_write", file=error.filename, reason=error.strerror)) from error
    finally:
        for path in waiting.values():
            path.unlink(missing_ok=True)


def refuse_overwriting(new: Mapping[Path, str | None], words: Words) -> None:
    """Refuses when a file is there already with another text; None stands for any text."""
    for path, text in new.items():
        if path.is_symlink() or (path.exists() and (text is None or not path.is_file() or _text_in(path) != text)):
            raise BadInput(words.sentence("exists", file=path))


def destroy_key_file(path: Path, words: Words) -> None:
    """Overwrites the key file and deletes it, or says in one sentence why not."""
    try:
        destroy_file(path)
    except OSError as error:
        raise BadInput(words.sentence("cannot_write", file=path, reason=error.strerror)) from error


def _write_beside(path: Path, text: str, mode: int) -> Path:
    """A new file beside ``path`` with its text, on the disk for certain."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    return beside


def _text_in(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
