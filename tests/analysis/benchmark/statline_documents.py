"""StatLine documents for tests. Synthetic: never on the wire.

Their envelopes follow the descriptions of CBS and open clients. Keys that begin with x- are invented
placeholders and no keys of CBS. Numbers are invented, except :data:`MORNING`: table 85572NED, 2024,
"'s Ochtends moe voelen", as CBS and TNO publish it (CC BY 4.0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NOTE = "synthetic: never on the wire; keys with x- are invented; invented numbers unless a source is named"
LICENCE = "real numbers: CBS, TNO, StatLine 85572NED, CC BY 4.0"

MARGINS = {"MW00000": "Waarde", "MOG0095": "Ondergrens 95%-interval", "MBG0095": "Bovengrens 95%-interval"}

MORNING_TITLES = ("Psychische vermoeidheid door het werk", "’s Ochtends moe voelen")

#: Value and bounds, as on the page of the table.
MORNING = {
    "Totaal": ("23.1", "22.7", "23.5"),
    "Herkomst: geboren in Nederland": ("21.3", "20.9", "21.6"),
    "Herkomst: geboren buiten Nederland": ("32.8", "31.6", "33.9"),
}


@dataclass(frozen=True)
class Sketch:
    """A table: dimensions with titles by key, columns with titles by key, and numbers by their place.

    A place is the keys of the dimensions in their order, the period last. A number is a value with or
    without two bounds, or a symbol.
    """

    id: str
    title: str
    dimensions: Mapping[str, tuple[str, Mapping[str, str]]]
    columns: Mapping[str, Sequence[str]]
    numbers: Mapping[tuple[str, ...], Mapping[str, Sequence[str]]]
    margins: bool = True
    unit: str = "%"
    decimals: int | None = 1
    periods: Mapping[str, str] = field(default_factory=dict)  # status by key
    retrieved: str = "2026-11-02"

    def period_rows(self, name: str) -> list[dict[str, str]]:
        keys = dict.fromkeys(place[-1] for place in self.numbers)
        return [
            {name: key, "Title": _period_title(key), "Description": "", "Status": self.periods.get(key, "Definitief")}
            for key in keys
        ]

    @property
    def parts(self) -> list[tuple[str, int]]:
        """The key of each part and its place in a number."""
        return list(zip(MARGINS, range(3), strict=True)) if self.margins else [("", 0)]

    def keys(self, place: tuple[str, ...], part: str) -> dict[str, str]:
        keys = dict(zip([*self.dimensions, "Perioden"], place, strict=True))
        return {**keys, "Marges": f"{part} "} if self.margins else keys


def _period_title(key: str) -> str:
    return key[:4] if key.endswith("JJ00") else f"{key[:4]} 1e kwartaal"


def _amount(number: Sequence[str], at: int) -> float | None:
    text = number[at] if at < len(number) else "."
    return None if text in (".", "x", "-", "") else float(text)


def v3(sketch: Sketch, *, typed: bool = True) -> dict[str, Any]:
    """The table as version 3 gives it: keys padded with spaces, a column a topic."""
    properties: list[dict[str, Any]] = []

    def add(kind: str, key: str, title: str, **more: Any) -> int:
        row = {"odata.type": f"Cbs.OData.{kind}", "ID": len(properties), "ParentID": None, "Type": kind, "Key": key}
        properties.append({**row, "Title": title, **more})
        return len(properties) - 1

    for key, (title, _) in sketch.dimensions.items():
        add("Dimension", key, title)
    if sketch.margins:
        add("Dimension", "Marges", "Marges")
    add("TimeDimension", "Perioden", "Perioden")
    groups: dict[tuple[str, ...], int | None] = {(): None}
    for key, titles in sketch.columns.items():
        for end in range(1, len(titles)):
            if (path := tuple(titles[:end])) not in groups:
                groups[path] = add("TopicGroup", "", titles[end - 1], ParentID=groups[path[:-1]])
        add("Topic", key, titles[-1], ParentID=groups[tuple(titles[:-1])], Unit=sketch.unit, Decimals=sketch.decimals)
    data = []
    for place, numbers in sketch.numbers.items():
        for part, at in sketch.parts:
            row: dict[str, Any] = {"ID": len(data)}
            row |= {name: f"{key}  " for name, key in sketch.keys(place, part).items()}
            for key in sketch.columns:
                number = numbers.get(key, (".",))
                row[key] = _amount(number, at) if typed else f"    {number[at] if at < len(number) else '.'}"
            data.append(row)
    documents: dict[str, Any] = {
        "TableInfos": {"value": [{"ID": 0, "Title": sketch.title, "Identifier": sketch.id}]},
        "DataProperties": {"value": properties},
        "Perioden": {"value": sketch.period_rows("Key")},
        "TypedDataSet" if typed else "UntypedDataSet": {"value": data},
    }
    for key, (_, titles) in sketch.dimensions.items():
        documents[key] = {"value": [{"Key": f"{one}   ", "Title": title} for one, title in titles.items()]}
    if sketch.margins:
        documents["Marges"] = {"value": [{"Key": key, "Title": title} for key, title in MARGINS.items()]}
    return documents


def v4(sketch: Sketch) -> dict[str, Any]:
    """The table as version 4 gives it: a row a cell, nothing for an empty one, an attribute for a special one."""
    groups: dict[tuple[str, ...], str] = {}
    group_rows: list[dict[str, Any]] = []
    measures: list[dict[str, Any]] = []
    for key, titles in sketch.columns.items():
        for end in range(1, len(titles)):
            if (path := tuple(titles[:end])) not in groups:
                groups[path] = f"x-G{len(groups)}"
                above = groups.get(path[:-1])
                group_rows.append({"Id": groups[path], "Index": end, "ParentId": above, "Title": titles[end - 1]})
        measures.append(
            {
                "Identifier": f"x-M-{key}",
                "Index": len(measures),
                "Title": titles[-1],
                "Unit": sketch.unit,
                "Decimals": sketch.decimals,
                "MeasureGroupId": groups.get(tuple(titles[:-1])),
            }
        )
    observations: list[dict[str, Any]] = []
    for place, numbers in sketch.numbers.items():
        for part, at in sketch.parts:
            for key, number in numbers.items():
                if at < len(number) and number[at] != ".":
                    amount = _amount(number, at)
                    kind = "None" if amount is not None else "Confidential"
                    row = {"Id": len(observations), "Measure": f"x-M-{key}", "ValueAttribute": kind, "Value": amount}
                    observations.append({**row, "StringValue": None, **sketch.keys(place, part)})
    dimensions = [
        {"Identifier": key, "Title": title, "Kind": "Dimension"} for key, (title, _) in sketch.dimensions.items()
    ]
    documents: dict[str, Any] = {
        "Properties": {"Identifier": sketch.id, "Title": sketch.title},
        "MeasureGroups": {"value": group_rows},
        "MeasureCodes": {"value": measures},
        "PeriodenCodes": {"value": sketch.period_rows("Identifier")},
        "Observations": {"value": observations},
    }
    for key, (_, titles) in sketch.dimensions.items():
        documents[f"{key}Codes"] = {"value": [{"Identifier": one, "Title": title} for one, title in titles.items()]}
    if sketch.margins:
        dimensions.append({"Identifier": "Marges", "Title": "Marges", "Kind": "Dimension"})
        documents["MargesCodes"] = {"value": [{"Identifier": key, "Title": title} for key, title in MARGINS.items()]}
    dimensions.append({"Identifier": "Perioden", "Title": "Perioden", "Kind": "TimeDimension"})
    documents["Dimensions"] = {"value": dimensions}
    return documents


def saved(sketch: Sketch, api: str = "v4", **options: Any) -> dict[str, Any]:
    """What ``--save`` keeps of the table."""
    documents = {"v3": v3, "v4": v4}[api](sketch, **options)
    return {
        "_fixture": [NOTE, LICENCE],
        "table": sketch.id,
        "api": api,
        "retrieved": sketch.retrieved,
        "documents": documents,
    }


def as_csv(sketch: Sketch) -> str:
    """The table as the website exports it: labels, decimal comma, a trailing zero left out."""
    names = [title for title, _ in sketch.dimensions.values()]
    header = [*names, *(["Marges"] if sketch.margins else []), "Perioden"]
    header += [f"{'/'.join(titles)} ({sketch.unit})" for titles in sketch.columns.values()]
    lines = [header]
    for place, numbers in sketch.numbers.items():
        for part, at in sketch.parts:
            line = [titles[key] for (_, titles), key in zip(sketch.dimensions.values(), place, strict=False)]
            line += [MARGINS[part]] if sketch.margins else []
            line.append(_period_title(place[-1]) + ("*" if place[-1] in sketch.periods else ""))
            for key in sketch.columns:
                number = numbers.get(key, (".",))
                text = number[at] if at < len(number) else "."
                line.append(text.removesuffix(".0").replace(".", ",") if len(text) > 1 else text)
            lines.append(line)
    return "\ufeff" + "\n".join(";".join(f'"{field}"' for field in line) for line in lines) + "\n"


def morning() -> Sketch:
    """The published figures of :data:`MORNING`."""
    titles = {f"x-K{number}": title for number, title in enumerate(MORNING)}
    return Sketch(
        "85572NED",
        "Psychosociale arbeidsbelasting werknemers; herkomst, arbeidsbelemmering",
        {"KenmerkenWerknemers": ("Kenmerken werknemers", titles)},
        {"x-OchtendsMoeVoelen_1": MORNING_TITLES},
        {(key, "2024JJ00"): {"x-OchtendsMoeVoelen_1": MORNING[title]} for key, title in titles.items()},
    )


SEXES = {"x-T": "Totaal mannen en vrouwen", "x-3": "Mannen", "x-4": "Vrouwen"}
AGES = {"x-A": "15 tot 75 jaar", "x-15": "15 tot 25 jaar", "x-25": "25 tot 35 jaar"}

FATIGUE = ("Psychische vermoeidheid door het werk", "Psychische vermoeidheid door het werk")


def sexes_and_ages(
    numbers: Mapping[tuple[str, ...], Mapping[str, Sequence[str]]],
    columns: Mapping[str, Sequence[str]] | None = None,
    **more: Any,
) -> Sketch:
    """Table 83049NED with invented numbers; a column "f" on fatigue unless told otherwise."""
    return Sketch(
        "83049NED",
        "Psychosociale arbeidsbelasting (PSA) werknemers; geslacht en leeftijd",
        {"Geslacht": ("Geslacht", SEXES), "Leeftijd": ("Leeftijd", AGES)},
        columns or {"f": FATIGUE},
        numbers,
        **more,
    )
