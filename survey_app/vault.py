"""The installation's own secret: what seals private keys in the databases and makes invitation codes.

One file of 32 random bytes, outside the databases. Whoever has it and the databases can send
invitations again and forge credentials, as the operator always can. It opens no answer: the opening
key is never derived from it.
"""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SIZE, _NONCE = 32, 12  # bytes


class VaultError(Exception):
    """The secret of this installation cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Vault:
    """Keys derived from the installation's secret, by purpose (HKDF, RFC 5869)."""

    secret: bytes

    @classmethod
    def in_folder(cls, folder: Path) -> Vault:
        """The vault of the installation that keeps its data in ``folder``; made on first use.

        Raises :class:`VaultError` when the file is damaged or readable by others.
        """
        path = folder / "keys" / "installation.key"
        if not path.exists():
            write_private(path, secrets.token_bytes(_SIZE))
        return cls(_read(path))

    @property
    def link_key(self) -> bytes:
        """What invitation codes are derived from (:func:`survey_app.anonymity.codes.derive_token`)."""
        return self.derive("link")

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose."""
        return HKDF(SHA256(), _SIZE, None, f"peil/1/vault/{purpose}".encode()).derive(self.secret)

    def seal(self, data: bytes, purpose: str) -> bytes:
        """``data`` encrypted and authenticated (AES-256-GCM), readable for the same purpose only."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.derive("seal")).encrypt(nonce, data, purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed. Raises :class:`VaultError` when it was sealed elsewhere or for another purpose."""
        try:
            return AESGCM(self.derive("seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise VaultError(
                "a key in the database was sealed by another installation; restore keys/installation.key "
                "that belongs to this database"
            ) from error


def write_private(path: Path, content: bytes) -> None:
    """Writes a new file that only its owner can read; one that is there already is left as it is.

    The content is complete before the name exists, so that two processes that start at once agree on it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    waiting = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(waiting, path)
        except FileExistsError:
            return
    finally:
        waiting.unlink(missing_ok=True)


def destroy_file(path: Path) -> None:
    """Overwrites a file and removes it; absent is fine.

    On solid-state disks and file systems that copy on write old blocks may stay until they are used again.
    """
    if not path.exists():
        return
    with path.open("r+b") as stream:
        stream.write(secrets.token_bytes(path.stat().st_size))
        stream.flush()
        os.fsync(stream.fileno())
    path.unlink()


def _read(path: Path) -> bytes:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise VaultError(f"{path}: others can read it; run: chmod 600 {path}")
    secret = path.read_bytes()
    if len(secret) != _SIZE:
        raise VaultError(f"{path}: is damaged; restore it from a backup")
    return secret
