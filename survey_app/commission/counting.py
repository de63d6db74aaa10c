"""From opened ballots to a dataset: the same shape that a file of answers takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from analysis.dataset import Dataset, Headcount, missing_code
from analysis.survey import Survey
from analysis.units import UnitPath
from instruments.model import Item
from survey_app.anonymity.encoding import parse_canonical
from survey_app.anonymity.manifest import Manifest
from survey_app.commission.promising import unit_paths
from survey_app.commission.roster_file import Invited

#: The organisation as a whole among counts by unit of the first level; no unit has this name.
EVERYBODY = ""

#: Head counts by unit of the first level, cut and category.
Categories = Mapping[str, Mapping[str, Mapping[str, int]]]

#: Wide enough for every answer code and for the sum of two, which is what reversing takes.
_CODE = np.int16


def dataset_of(survey: Survey, manifest: Manifest, ballots: Sequence[tuple[str, str]], headcount: Headcount) -> Dataset:
    """The coded answers of ``ballots``: pairs of reported unit and content, withdrawn ones left out.

    An answer that is no code of its scale, and a category that is not there, count as not answered:
    a client that breaks the rules harms nobody but itself. A ballot for the organisation as a whole
    has no unit.
    """
    paths = unit_paths(manifest)
    listed = tuple(path for path in paths.values() if path)
    places = {path: place for place, path in enumerate(listed)}
    contents = [parse_canonical(content) for _, content in ballots]
    return Dataset(
        wave=survey.wave,
        n=len(ballots),
        codes={item.key: _codes(item, contents) for item in survey.questionnaire.items},
        paths=listed,
        unit=np.array([places.get(paths[unit], -1) for unit, _ in ballots], dtype=np.int32),
        cuts={
            cut.key: _categories([category.key for category in cut.categories], cut.key, contents)
            for cut in survey.cuts
        },
        headcount=headcount,
    )


def headcount_of(paths: Iterable[UnitPath], categories: Categories) -> Headcount:
    """How many people were invited: in all and by unit from everybody's path, and by category as counted before."""
    everybody = Counter(paths)
    units = {path: count for path, count in sorted(everybody.items()) if path}
    crossed = {unit: cuts for unit, cuts in categories.items() if unit != EVERYBODY}
    return Headcount(everybody.total(), units, categories.get(EVERYBODY, {}), crossed)


def count_categories(people: Iterable[Invited]) -> Categories:
    """How many were invited in each category of each cut: of all, and of each unit of the first level.

    Who has no category in a cut is not counted there.
    """
    counts: dict[str, dict[str, dict[str, int]]] = {EVERYBODY: {}}
    for person in people:
        for unit in (EVERYBODY, *person.path[:1]):
            for cut, category in person.attributes.items():
                of_cut = counts.setdefault(unit, {}).setdefault(cut, {})
                of_cut[category] = of_cut.get(category, 0) + 1
    return counts


def _codes(item: Item, contents: Sequence[Mapping[str, Mapping[str, int]]]) -> np.ndarray:
    missing = missing_code(np.dtype(_CODE))
    answers = (content["answers"].get(item.key) for content in contents)
    return np.array([code if code is not None and item.scale.accepts(code) else missing for code in answers], _CODE)


def _categories(keys: Sequence[str], cut: str, contents: Sequence[Mapping[str, Mapping[str, str]]]) -> np.ndarray:
    places = {key: place for place, key in enumerate(keys)}
    return np.array([places.get(content["about"].get(cut, ""), -1) for content in contents], dtype=np.int16)
