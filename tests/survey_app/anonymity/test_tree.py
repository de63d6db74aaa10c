"""The Merkle tree against the definition of RFC 9162, written down a second time, and published roots."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.anonymity.tree import inclusion_proof, leaf_hash, root, verify_inclusion

#: The leaves and roots of the test data of Certificate Transparency (RFC 6962 has the same tree).
PUBLISHED = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
]

LEAVES = st.lists(st.binary(max_size=5), min_size=1, max_size=70, unique=True)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def largest_power_below(size: int) -> int:
    return max(2**power for power in range(size.bit_length()) if 2**power < size)


def tree_head(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, word for word."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0])
    k = largest_power_below(len(leaves))
    return sha256(b"\1" + tree_head(leaves[:k]) + tree_head(leaves[k:]))


def path(place: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """PATH of RFC 9162, section 2.1.3.1, word for word."""
    if len(leaves) == 1:
        return ()
    k = largest_power_below(len(leaves))
    if place < k:
        return (*path(place, leaves[:k]), tree_head(leaves[k:]))
    return (*path(place - k, leaves[k:]), tree_head(leaves[:k]))


def test_roots_are_the_published_ones() -> None:
    leaves = [bytes.fromhex(leaf) for leaf, _ in PUBLISHED]

    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for size, (_, published) in enumerate(PUBLISHED, start=1):
        assert root(leaves[:size]).hex() == published


@given(LEAVES)
def test_root_and_proofs_follow_the_definition(leaves: list[bytes]) -> None:
    assert root(leaves) == tree_head(leaves)
    for place, leaf in enumerate(leaves):
        proof = inclusion_proof(leaves, place)
        assert proof == path(place, leaves)
        assert verify_inclusion(leaf, place, len(leaves), proof, root(leaves))


@given(LEAVES, st.data())
def test_a_proof_of_something_else_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(leaves) - 1))
    leaf, size, head = leaves[place], len(leaves), root(leaves)
    proof = inclusion_proof(leaves, place)

    for other in range(-1, size + 1):
        assert verify_inclusion(leaf, other, size, proof, head) is (other == place)
    assert not verify_inclusion(leaf + b"x", place, size, proof, head)
    assert not verify_inclusion(leaf, place, size, proof, leaf_hash(head))
    assert not verify_inclusion(leaf, place, size, (*proof, head), head)
    assert not verify_inclusion(leaf, place, size, (head, *proof), head)
    for gone in range(len(proof)):
        assert not verify_inclusion(leaf, place, size, proof[:gone] + proof[gone + 1 :], head)
        changed = (*proof[:gone], leaf_hash(proof[gone]), *proof[gone + 1 :])
        assert not verify_inclusion(leaf, place, size, changed, head)


def test_an_inner_node_is_no_leaf() -> None:
    leaves = [b"a", b"b", b"c", b"d"]
    inner = leaf_hash(b"a") + leaf_hash(b"b")

    assert not verify_inclusion(inner, 0, 2, (root(leaves[2:]),), root(leaves))


@pytest.mark.parametrize(("size", "index"), [(0, 0), (1, 1), (3, 3), (3, -1)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(size: int, index: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof([bytes([place]) for place in range(size)], index)
    assert not verify_inclusion(b"\0", index, size, (), root([b"\0"] * size))
