"""Ways to damage a :class:`SmallSurvey`: each changes one thing in one of its files."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.instruments.test_packs import PACK
from tests.survey_app.small_survey import HEADER, SURVEY, SmallSurvey, answer_rows, as_csv

Damage = Callable[[SmallSurvey], object]


def survey(old: str, new: str) -> Damage:
    return lambda small: small.replace(small.survey, old, new)


def survey_end(text: str) -> Damage:
    return lambda small: small.survey.write_text(SURVEY + text, encoding="utf-8")


def answers(old: str, new: str) -> Damage:
    return lambda small: small.replace(small.answers, old, new)


def roster(old: str, new: str) -> Damage:
    return lambda small: small.replace(small.roster, old, new)


def content(name: str, replacement: bytes) -> Damage:
    return lambda small: (small.folder / name).write_bytes(replacement)


def recoded(name: str, encoding: str) -> Damage:
    def damage(small: SmallSurvey) -> None:
        file = small.folder / name
        file.write_bytes(file.read_text(encoding="utf-8").encode(encoding))

    return damage


def gone(name: str) -> Damage:
    return lambda small: (small.folder / name).unlink()


def a_folder(name: str) -> Damage:
    def damage(small: SmallSurvey) -> None:
        (small.folder / name).unlink()
        (small.folder / name).mkdir()

    return damage


def cell(row: int, column: str, value: str) -> Damage:
    """Another value in one field of the answers file; row 1 is the first below the header."""

    def damage(small: SmallSurvey) -> None:
        rows = [list(row) for row in answer_rows()]
        rows[row - 1][HEADER.index(column)] = value
        small.answers.write_text(as_csv(HEADER, rows), encoding="utf-8")

    return damage


def own_instrument(key: str = "own_one", identifier: str = "own-questions", measure: str = "") -> Damage:
    return survey_end(
        f'''
[[instruments]]
id = "{identifier}"
scales = {{ agree = {{ values = [1, 2, 3] }} }}
items = [{{ key = "{key}", scale = "agree", measure = {{ at_least = 2{measure} }} }}]
[instruments.texts.nl]
title = "Eigen vragen"
items = {{ {key} = "Vraag?" }}
scales = {{ agree = {{ 1 = "nee", 2 = "soms", 3 = "ja" }} }}
'''
    )


def pack_beside(old: str = "", new: str = "") -> Damage:
    def damage(small: SmallSurvey) -> None:
        assert old in PACK
        (small.folder / "pack.toml").write_text(PACK.replace(old, new) if old else PACK, encoding="utf-8")
        instruments = 'instruments = ["mental-fatigue"'
        small.replace(small.survey, f"{instruments}]", f'{instruments}, "workload"]\npacks = ["pack.toml"]')

    return damage


def pipe(name: str) -> Damage:
    def damage(small: SmallSurvey) -> None:
        (small.folder / name).unlink()
        os.mkfifo(small.folder / name)

    return damage
