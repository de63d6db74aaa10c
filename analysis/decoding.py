"""What one field of a file means: an answer, a unit, a category of a cut, a wave."""

from __future__ import annotations

import re

import numpy as np

from analysis.dataset import missing_code
from analysis.errors import did_you_mean, listed, quoted
from analysis.survey import Cut, Survey
from analysis.tables import Decoder, Unreadable
from analysis.units import UnitNames, UnitPath, UnitTreeError
from instruments.model import MISSING_CODES, Item, Scale

#: A whole number as people and spreadsheets write it: ``3``, ``3.0`` or ``3,00``, with digits 0 to 9 only.
#: Three zeros are refused: ``1.000`` is one thousand to some, and one to others.
_WHOLE = re.compile(r"([+-]?[0-9]{1,9})(?:[.,](?:0{0,2}|0{4,}))?")


class UnitDecoder(Decoder):
    """Unit texts to indices into ``paths``; an empty field is -1."""

    def __init__(self, survey: Survey) -> None:
        self.paths: list[UnitPath] = []
        self._places: dict[UnitPath, int] = {}
        self._spellings: dict[UnitPath, UnitPath] = {}
        self._names = UnitNames(survey.parents)
        super().__init__(self._place)

    def _place(self, written: str) -> int:
        if not written:
            return -1
        try:
            path = self._names.path_of(written)
        except UnitTreeError as error:
            raise Unreadable(str(error)) from error
        if path not in self._places:
            self._refuse_other_capitals(path)
            self._places[path] = len(self.paths)
            self.paths.append(path)
        return self._places[path]

    def _refuse_other_capitals(self, path: UnitPath) -> None:
        """Two spellings of one unit would split it, and each half might be small enough to close."""
        for depth in range(1, len(path) + 1):
            level = path[:depth]
            known = self._spellings.setdefault(tuple(name.casefold() for name in level), level)
            if known != level:
                raise Unreadable(
                    f"{quoted(level[-1])} and {quoted(known[-1])} differ in capitals only; write the unit in one way"
                )


def answer_decoder(item: Item, dtype: np.dtype[np.signedinteger]) -> Decoder:
    """Answers to ``item`` as codes; an empty field and the missing codes are ``missing_code(dtype)``."""
    missing = missing_code(dtype)

    def decode(raw: str) -> int:
        if not raw:
            return missing
        code = whole_number(raw)
        if code in MISSING_CODES:
            return missing
        if code is None or not item.scale.accepts(code):
            raise Unreadable(f"{quoted(raw)} is no answer on this scale; use {_values(item.scale)}, or leave it empty")
        return code

    return Decoder(decode)


def category_decoder(cut: Cut) -> Decoder:
    """Category keys as their places in ``cut``; an empty field is -1."""
    places = {category.key: place for place, category in enumerate(cut.categories)}

    def decode(raw: str) -> int:
        if not raw:
            return -1
        if raw not in places:
            raise Unreadable(
                f"{quoted(raw)} is no category of the cut {quoted(cut.key)}{did_you_mean(raw, places)}; "
                f"use {listed(places)}, or leave it empty"
            )
        return places[raw]

    return Decoder(decode)


def wave_decoder(survey: Survey) -> Decoder:
    """Wave labels as their places among all waves; every row needs one."""
    places = {wave: place for place, wave in enumerate(survey.waves)}

    def decode(raw: str) -> int:
        if not raw:
            raise Unreadable(f"is empty; write the wave on every row, such as {quoted(survey.wave)}")
        if raw not in places:
            raise Unreadable(
                f"{quoted(raw)} is no wave of this survey; use {listed(places)}, "
                "or list it under [survey] earlier_waves"
            )
        return places[raw]

    return Decoder(decode)


def whole_number(raw: str) -> int | None:
    """The whole number in ``raw``, or None; ``3,0`` and ``3.0`` are 3, as spreadsheets write them."""
    found = _WHOLE.fullmatch(raw)
    return int(found[1]) if found else None


def _values(scale: Scale) -> str:
    codes = sorted(scale.values)
    if scale.numeric or codes == list(range(codes[0], codes[-1] + 1)):
        return f"a whole number from {codes[0]} to {codes[-1]}"
    return f"one of {listed(map(str, codes))}".replace("'", "")
