"""A small own instrument as a table, for tests that break it in one place."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from typing import Any

_WHOLE = tomllib.loads("""
id = "canteen"

[item_measures]
at_least = 4
higher_is = "better"

[scales.agree]
values = [1, 2, 3, 4, 5]

[scales.minutes]
range = [0, 60]

[[items]]
key = "food"
scale = "agree"

[[items]]
key = "noise"
scale = "agree"
reverse = true

[[items]]
key = "queue"
scale = "minutes"
shown_if = { item = "food", at_least = 2 }
measure = { share = false, higher_is = "worse" }

[[measures]]
key = "canteen"
items = ["food", "noise"]
statistic = "mean"
min_answered = 1
flag = { at_least = "7/2", min_answered = 2 }
bands = [{ key = "poor", at_least = 1 }, { key = "fine", at_least = "7/2" }]
higher_is = "better"

[[measures]]
key = "quick"
rule = { every = [{ item = "queue", at_most = 5 }, { measure = "canteen" }] }

[texts.en]
title = "The canteen"

[texts.en.items]
food = { text = "The food is good.", short = "good food" }
noise = { text = "It is too loud to talk.", short = "quiet enough" }
queue = "How many minutes did you queue the last time you had lunch there?"

[texts.en.scales.agree]
1 = "strongly disagree"
2 = "disagree"
3 = "neither"
4 = "agree"
5 = "strongly agree"

[texts.en.measures.canteen]
name = "satisfaction with the canteen"

[texts.en.measures.quick]
name = "quick and good"

[texts.en.bands]
poor = "poor"
fine = "fine"
""")


def own_table() -> dict[str, Any]:
    """A fresh copy that may be changed."""
    return deepcopy(_WHOLE)


def changed(path: str, value: object) -> dict[str, Any]:
    """A copy in which the value at ``path``, such as ``items.0.scale``, is replaced or, for None, removed."""
    table = own_table()
    *parents, last = path.split(".")
    place: Any = table
    for step in parents:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is None:
        del place[int(last) if isinstance(place, list) else last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return table
