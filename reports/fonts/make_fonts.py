"""Makes the static fonts in this folder from the variable Inter of the package ``fontpkg-inter``.

Run once after an update of that package: ``python reports/fonts/make_fonts.py``. Needs the
development requirements. The result is committed, so that a report needs no font tools.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import fontpkg_inter
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

HERE = Path(__file__).parent

#: file name: (weight, optical size)
CUTS = {
    "Peil-Regular": (400, 14),
    "Peil-Medium": (500, 14),
    "Peil-SemiBold": (600, 14),
    "Peil-Display": (650, 32),
}

#: Latin with Dutch, Frisian and the usual European accents, punctuation, arrows and shapes.
CHARACTERS = [*range(0x20, 0x7F), *range(0xA0, 0x180), 0x2009, 0x200A, 0x202F]
CHARACTERS += [ord(c) for c in "–—‘’‚“”„•…′″‹›€−×≈≠≤≥→←↑↓▲▼●○■□◆½¼¾⅓⅔√"]


def main() -> None:
    """Writes the four cuts and the licence."""
    source = Path(fontpkg_inter.__file__).parent
    for name, (weight, size) in CUTS.items():
        font = TTFont(source / "files" / "Inter[opsz,wght].ttf")
        font = instantiateVariableFont(font, {"wght": weight, "opsz": size})
        _equal_digits(font)
        options = Options(
            layout_features=[], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], hinting=False, notdef_outline=True
        )
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=CHARACTERS)
        subsetter.subset(font)
        _rename(font, name)
        font["head"].modified = font["head"].created  # the same file whenever it is made
        font.recalcTimestamp = False
        font.save(HERE / f"{name}.ttf")
    shutil.copy(source / "LICENSE", HERE / "OFL.txt")


def _equal_digits(font: TTFont) -> None:
    """Points the digits and signs at their tabular glyphs; everything else keeps its width."""
    lookups = font["GSUB"].table.LookupList.Lookup
    mapping: dict[str, str] = {}
    for record in font["GSUB"].table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in lookups[index].SubTable:
                    mapping.update(getattr(table, "ExtSubTable", table).mapping)
    for table in font["cmap"].tables:
        for code in [*map(ord, "0123456789+−")]:
            if code in table.cmap:
                table.cmap[code] = mapping.get(table.cmap[code], table.cmap[code])


def _rename(font: TTFont, name: str) -> None:
    family, _, style = name.partition("-")
    for record in font["name"].names:
        text = {1: name, 2: "Regular", 3: name, 4: f"{family} {style}", 6: name}.get(record.nameID)
        if text is not None:
            record.string = text


if __name__ == "__main__":
    main()
