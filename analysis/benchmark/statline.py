"""StatLine tables of CBS, from the documents in which they are delivered; nothing is fetched here.

Three forms give the same table: the documents of OData version 4 (one row a cell), those of
version 3 (one row a combination of categories, one column a topic), and the CSV export of the
website (labels only, decimal comma, a trailing zero left out). What the documents look like was
taken from the descriptions of CBS and from open clients; docs/updating-figures.md says what was
never seen on the wire.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from analysis.benchmark.statline_table import (
    SYMBOLS,
    Axis,
    Record,
    StatlineError,
    StatlineTable,
    Topic,
    assemble,
    make_axis,
    tidy,
)
from analysis.errors import quoted

_VALIDITY = re.compile(r"\s*\((tot en met|tot|vanaf)\s+(\d{4})\)", re.IGNORECASE)


def read_document(document: Mapping[str, Any]) -> StatlineTable:
    """The table in ``document``: ``table`` (its number), ``api`` ("v3" or "v4"), ``retrieved``
    (a date) and ``documents``, each as it came, by the name of its entity.

    Raises :class:`StatlineError`.
    """
    try:
        number, documents = str(document["table"]), document["documents"]
        retrieved = dt.date.fromisoformat(document["retrieved"])
        reader = {"v3": _read_v3, "v4": _read_v4}[document["api"]]
        title, axes, records = reader(documents)
        return assemble(number, title, retrieved, axes, records)
    except StatlineError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StatlineError(f"this is no table as 'peil figures update --save' writes it ({error!r})") from error


def read_csv(text: str) -> StatlineTable:
    """The table in a CSV export of StatLine, with every dimension in its rows. Raises :class:`StatlineError`."""
    lines = [line for line in csv.reader(text.removeprefix("\ufeff").splitlines(), delimiter=";") if any(line)]
    start = next((place for place, line in enumerate(lines) if "Perioden" in line), None)
    if start is None:
        raise StatlineError("no column is called 'Perioden'; export the table from StatLine with Perioden in its rows")
    header = [tidy(name) for name in lines[start]]
    rows = [line for line in lines[start + 1 :] if len(line) > 1]  # the last line may be the source
    if not rows:
        raise StatlineError("the file has a header and no rows; export the table from StatLine again")
    if uneven := next((line for line in rows if len(line) != len(header)), None):
        raise StatlineError(f"the row {quoted(';'.join(uneven))} has not {len(header)} fields; export the table again")
    topics = {
        place: _topic(name[: name.rindex("(")].split("/"), name[name.rindex("(") + 1 : -1], None)
        for place, name in enumerate(header)
        if name.endswith(")") and all(_is_number(row[place]) for row in rows)
    }
    places = {name: place for place, name in enumerate(header) if place not in topics}
    axes = [
        make_axis(name, name, name == "Perioden", [{"key": row[place], "title": row[place]} for row in rows])
        for name, place in places.items()
    ]

    def records() -> Iterator[Record]:
        for row in rows:
            keys = {name: row[place] for name, place in places.items()}
            for place, topic in topics.items():
                yield Record(topic, keys, row[place].replace(",", "."))

    return assemble("", "", None, axes, records())


def _is_number(text: str) -> bool:
    return text.strip() in SYMBOLS or re.fullmatch(r"\s*-?\d+(,\d+)?\s*", text) is not None


def _read_v3(documents: Mapping[str, Any]) -> tuple[str, list[Axis], Iterator[Record]]:
    properties = documents["DataProperties"]["value"]
    groups = {row["ID"]: row for row in properties if row["Type"] == "TopicGroup"}
    axes = [
        make_axis(
            row["Key"],
            row["Title"],
            row["Type"] == "TimeDimension",
            [{"key": one["Key"], "title": one["Title"], "status": one.get("Status")} for one in _rows(documents, row)],
        )
        for row in properties
        if row["Type"].endswith("Dimension")
    ]
    topics = {
        row["Key"]: _topic(_path(row, groups, "ParentID"), row.get("Unit"), row.get("Decimals"))
        for row in properties
        if row["Type"] == "Topic"
    }
    data = documents["TypedDataSet" if "TypedDataSet" in documents else "UntypedDataSet"]["value"]

    def records() -> Iterator[Record]:
        for row in data:
            keys = {axis.column: row[axis.column] for axis in axes}
            for key, topic in topics.items():
                yield Record(topic, keys, row[key])

    infos = documents.get("TableInfos", {}).get("value") or [{}]
    return tidy(infos[0].get("Title", "")), axes, records()


def _rows(documents: Mapping[str, Any], dimension: Mapping[str, Any]) -> Any:
    return documents[dimension["Key"]]["value"]


def _read_v4(documents: Mapping[str, Any]) -> tuple[str, list[Axis], Iterator[Record]]:
    groups = {row["Id"]: row for row in documents.get("MeasureGroups", {}).get("value", ())}
    axes = []
    for row in documents["Dimensions"]["value"]:
        codes = documents[f"{row['Identifier']}Codes"]["value"]
        found = [{"key": one["Identifier"], "title": one["Title"], "status": one.get("Status")} for one in codes]
        axes.append(make_axis(row["Identifier"], row["Title"], row["Kind"] == "TimeDimension", found))
    topics = {
        row["Identifier"].strip(): _topic(
            _path({**row, "ParentId": row.get("MeasureGroupId")}, groups, "ParentId"),
            row.get("Unit"),
            row.get("Decimals"),
        )
        for row in documents["MeasureCodes"]["value"]
    }

    def records() -> Iterator[Record]:
        for row in documents["Observations"]["value"]:
            usable = row.get("ValueAttribute") in (None, "", "None")
            keys = {axis.column: row[axis.column] for axis in axes}
            yield Record(topics[row["Measure"].strip()], keys, row["Value"] if usable else None)

    return tidy(documents.get("Properties", {}).get("Title", "")), axes, records()


def _path(row: Mapping[str, Any], groups: Mapping[Any, Mapping[str, Any]], parent: str) -> list[str]:
    """The titles from the outermost group to the topic itself."""
    titles, seen = [row["Title"]], {id(row)}
    while (above := groups.get(row.get(parent))) is not None and id(above) not in seen:
        titles.insert(0, above["Title"])
        seen.add(id(above))
        row = above
    return titles


def _topic(titles: Iterable[str], unit: str | None, decimals: int | None) -> Topic:
    first, last = None, None
    path = []
    for title in titles:
        for words, year in _VALIDITY.findall(title):
            if words.lower() == "vanaf":
                first = int(year)
            else:
                last = int(year) if words.lower() == "tot en met" else int(year) - 1
        path.append(tidy(_VALIDITY.sub("", title)))
    return Topic(tuple(path), tidy(unit or ""), decimals, first, last)
