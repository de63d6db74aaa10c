"""Reading a QR code from a picture of a page, independent of what drew it (ISO/IEC 18004, level M).

A scanner would forgive a few wrong modules; this reader forgives none: every block has to be a
word of its Reed-Solomon code as it stands.
"""

from __future__ import annotations

from itertools import pairwise

from PIL import Image

Modules = list[list[bool]]

#: For each version: check words in a block, and the data words of each block.
_BLOCKS = {
    1: (10, [16]), 2: (16, [28]), 3: (26, [44]), 4: (18, [32] * 2), 5: (24, [43] * 2), 6: (16, [27] * 4),
    7: (18, [31] * 4), 8: (22, [38, 38, 39, 39]), 9: (22, [36] * 3 + [37] * 2), 10: (26, [43] * 4 + [44]),
}  # fmt: skip

_ALIGNED = {
    1: [], 2: [6, 18], 3: [6, 22], 4: [6, 26], 5: [6, 30], 6: [6, 34],
    7: [6, 22, 38], 8: [6, 24, 42], 9: [6, 26, 46], 10: [6, 28, 50],
}  # fmt: skip

_MASKS = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, j: i % 2 == 0,
    lambda i, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: i * j % 2 + i * j % 3 == 0,
    lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0,
)

#: The bits of level M in the format word, and the pattern that hides an empty one.
_LEVEL_M, _FORMAT_MASK, _BYTES = 0b00, 0b101010000010010, 0b0100


def read_qr(picture: Image.Image) -> str:
    """The text of the one code in ``picture``; fails with an assertion when any part of it is wrong."""
    modules = sample(picture)
    words = _words(modules)
    version = (len(modules) - 17) // 4
    checks, sizes = _BLOCKS[version]
    blocks = _deal(words, sizes, checks)
    for block in blocks:
        assert not any(_syndromes(block, checks)), "a block of the code is damaged"
    data = [word for block, size in zip(blocks, sizes, strict=True) for word in block[:size]]
    bits = "".join(f"{word:08b}" for word in data)
    assert int(bits[:4], 2) == _BYTES, "not a text of bytes"
    width = 8 if version < 10 else 16
    count = int(bits[4 : 4 + width], 2)
    start = 4 + width
    return bytes(int(bits[start + 8 * n : start + 8 * n + 8], 2) for n in range(count)).decode()


def sample(picture: Image.Image) -> Modules:
    """The modules of the code, each taken in its middle; around it are four light ones on each side."""
    dark = picture.convert("L").point(lambda value: 255 if value < 128 else 0)
    box = dark.getbbox()
    assert box is not None, "an empty picture"
    left, top, right, bottom = box
    row = [dark.getpixel((x, top + 1)) for x in range(left, right)]
    finder = next(place for place, (one, two) in enumerate(pairwise(row), start=1) if one != two)
    count = round((right - left) * 7 / finder)
    count = min((17 + 4 * version for version in _BLOCKS), key=lambda size: abs(size - count))
    module = (right - left) / count
    quiet = 3.5 * module
    width, height = picture.size
    assert left > quiet and top > quiet and width - right > quiet and height - bottom > quiet, "no room around the code"
    middle = [(place + 0.5) * module for place in range(count)]
    return [[dark.getpixel((int(left + x), int(top + y))) == 255 for x in middle] for y in middle]


def _words(modules: Modules) -> list[int]:
    size = len(modules)
    shape = [modules[8][place] for place in (0, 1, 2, 3, 4, 5, 7, 8)]
    shape += [modules[place][8] for place in (7, 5, 4, 3, 2, 1, 0)]
    shape_word = sum(bit << 14 - place for place, bit in enumerate(shape)) ^ _FORMAT_MASK
    assert _remainder(shape_word) == 0, "the format word is damaged"
    assert shape_word >> 13 == _LEVEL_M
    mask = _MASKS[shape_word >> 10 & 7]
    kept = _functional(size)
    bits = []
    upwards = True
    column = size - 1
    while column > 0:
        column -= column == 6  # the timing column is skipped
        for step in range(size):
            row = size - 1 - step if upwards else step
            bits += [modules[row][x] ^ mask(row, x) for x in (column, column - 1) if not kept[row][x]]
        upwards = not upwards
        column -= 2
    return [sum(bit << 7 - n for n, bit in enumerate(bits[at : at + 8])) for at in range(0, len(bits) - 7, 8)]


def _functional(size: int) -> Modules:
    """Which modules carry no data."""
    version = (size - 17) // 4
    kept = [[False] * size for _ in range(size)]

    def keep(rows: range, columns: range) -> None:
        for row in rows:
            for column in columns:
                kept[row][column] = True

    for rows, columns in ((range(9), range(9)), (range(9), range(size - 8, size)), (range(size - 8, size), range(9))):
        keep(rows, columns)
    keep(range(6, 7), range(size))
    keep(range(size), range(6, 7))
    places = _ALIGNED[version]
    corners = {(6, 6), (6, places[-1]), (places[-1], 6)} if places else set()
    for row in places:
        for column in places:
            if (row, column) not in corners:
                keep(range(row - 2, row + 3), range(column - 2, column + 3))
    if version >= 7:
        keep(range(6), range(size - 11, size - 8))
        keep(range(size - 11, size - 8), range(6))
    return kept


def _deal(words: list[int], sizes: list[int], checks: int) -> list[list[int]]:
    """The words of each block, which stand in the code in turns."""
    blocks: list[list[int]] = [[] for _ in sizes]
    rest = iter(words)
    for place in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if place < size:
                block.append(next(rest))
    for _ in range(checks):
        for block in blocks:
            block.append(next(rest))
    return blocks


def _remainder(word: int) -> int:
    """A format word divided by its generator, x^10 + x^8 + x^5 + x^4 + x^2 + x + 1."""
    for place in range(14, 9, -1):
        if word >> place & 1:
            word ^= 0b10100110111 << place - 10
    return word


def _syndromes(block: list[int], count: int) -> list[int]:
    """The block as a polynomial over GF(256), at the first ``count`` powers of 2; all 0 when it is whole."""
    found = []
    for power in range(count):
        point = 1
        for _ in range(power):
            point = _times(point, 2)
        value = 0
        for word in block:
            value = _times(value, point) ^ word
        found.append(value)
    return found


def _times(one: int, two: int) -> int:
    product = 0
    while two:
        if two & 1:
            product ^= one
        one = one << 1 ^ (0x11D if one & 0x80 else 0)
        two >>= 1
    return product
