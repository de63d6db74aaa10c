"""The installation's own secret: made once, private, one key for each purpose, and destroyed for good."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.vault import Vault, VaultError, destroy_file, write_private


def key_of(folder: Path) -> Path:
    """Where an installation keeps its secret."""
    return folder / "keys" / "installation.key"


def test_the_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = Vault.in_folder(tmp_path)
    assert Vault.in_folder(tmp_path) == first
    assert len(first.secret) == 32
    assert stat.S_IMODE(key_of(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(key_of(tmp_path).parent.stat().st_mode) == 0o700
    assert Vault.in_folder(tmp_path / "other") != first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_secret_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    Vault.in_folder(tmp_path)
    key_of(tmp_path).chmod(mode)
    with pytest.raises(VaultError, match=r"others can read it; run: chmod 600 .*installation\.key$"):
        Vault.in_folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_damaged_secret_is_refused_and_stays(content: bytes, tmp_path: Path) -> None:
    Vault.in_folder(tmp_path)
    key_of(tmp_path).write_bytes(content)
    with pytest.raises(VaultError, match="is damaged; restore it from a backup"):
        Vault.in_folder(tmp_path)
    assert key_of(tmp_path).read_bytes() == content


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    found: list[Vault] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        found.append(Vault.in_folder(tmp_path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len({vault.secret for vault in found}) == 1
    assert [path.name for path in key_of(tmp_path).parent.iterdir()] == ["installation.key"], "nothing is left behind"


def test_every_purpose_has_a_key_of_its_own() -> None:
    vault = Vault(bytes(32))
    keys = {vault.link_key, vault.derive("session"), vault.derive("seal"), vault.secret, Vault(b"\1" * 32).link_key}
    assert len(keys) == 5
    assert vault.link_key == vault.derive("link")


@given(data=st.binary(max_size=200), secret=st.binary(min_size=32, max_size=32))
def test_what_was_sealed_comes_back_for_its_purpose_only(data: bytes, secret: bytes) -> None:
    vault = Vault(secret)
    sealed = vault.seal(data, "issuer")
    assert vault.unseal(sealed, "issuer") == data
    assert sealed != vault.seal(data, "issuer"), "the same is not seen to be the same"
    with pytest.raises(VaultError, match=r"restore keys/installation\.key"):
        vault.unseal(sealed, "log")


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "shortened": lambda sealed: sealed[:-1],
    "cut": lambda sealed: sealed[:5],
    "emptied": lambda sealed: b"",
    "changed": lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
    "lengthened": lambda sealed: sealed + b"x",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_damaged_does_not_come_back(damage: str) -> None:
    vault = Vault(bytes(32))
    with pytest.raises(VaultError):
        vault.unseal(DAMAGES[damage](vault.seal(b"a key", "issuer")), "issuer")


def test_what_was_sealed_elsewhere_does_not_come_back() -> None:
    with pytest.raises(VaultError, match="another installation"):
        Vault(b"\1" * 32).unseal(Vault(bytes(32)).seal(b"a key", "issuer"), "issuer")


def test_a_private_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "opening-keys" / "key"
    write_private(path, b"first")
    write_private(path, b"second")
    assert path.read_bytes() == b"first"
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_a_private_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(number: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", break_off)
    with pytest.raises(OSError, match="disk is full"):
        write_private(tmp_path / "key", b"half")
    assert list(tmp_path.iterdir()) == []


def test_a_destroyed_file_is_overwritten_before_it_goes(tmp_path: Path) -> None:
    path, twin = tmp_path / "key", tmp_path / "twin"
    path.write_bytes(b"the opening key")
    os.link(path, twin)  # the same blocks under another name show what became of them
    destroy_file(path)
    assert not path.exists()
    assert b"opening" not in twin.read_bytes()
    assert len(twin.read_bytes()) == len(b"the opening key")
    destroy_file(path)
