"""The survey file: what its keys become, and what stands for a key that is left out.

What is refused, and with which sentence, is in ``tests/survey_app/cli/test_analyse.py``; that
the examples in the documentation work is tested here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from analysis.disclosure.plan import RESPONSE, make_plan
from analysis.errors import InputError
from analysis.survey import DEFAULT_K, DERIVED_CUTS, Survey, read_survey
from instruments.packs import read_pack
from tests.instruments.test_packs import PACK
from tests.survey_app.small_survey import SURVEY, WRITTEN, run

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "survey-file.md"
SMALLEST = """\
[survey]
organisation = "Voorbeeld BV"
title = "Werk"
wave = "2026"
fieldwork_from = 2026-10-05
fieldwork_to = 2026-10-23
instruments = ["mental-fatigue"]
"""

Read = Callable[[str], Survey]


@pytest.fixture
def survey_of(tmp_path: Path) -> Read:
    def read(text: str) -> Survey:
        path = tmp_path / "survey.toml"
        path.write_text(text, encoding="utf-8")
        return read_survey(path)

    return read


def test_every_key_arrives(survey_of: Read) -> None:
    survey = survey_of(SURVEY)
    assert survey.organisation == "Voorbeeld BV"
    assert survey.title == {"nl": "Werk en energie", "en": "Work and energy"}
    assert (survey.wave, survey.earlier, survey.waves) == ("2026", ("2025",), ("2025", "2026"))
    assert (survey.fieldwork_from, survey.fieldwork_to) == (dt.date(2026, 10, 5), dt.date(2026, 10, 23))
    assert (survey.year, survey.synthetic, survey.k) == (2026, True, 10)
    assert [instrument.id for instrument in survey.questionnaire.instruments] == ["mental-fatigue"]
    assert (survey.id_column, survey.unit_column, survey.wave_column) == ("ballot", "team", "year")
    assert survey.ignored_columns == {"remark"}
    assert survey.parents == {"Team Noord": "Zorg", "Team Zuid": "Zorg"}
    (cut,) = survey.cuts
    assert (cut.key, cut.column, cut.names) == ("sex", "gender", {"nl": "Geslacht", "en": "Sex"})
    assert [(category.key, category.names["en"]) for category in cut.categories] == [("women", "women"), ("men", "men")]


def test_most_keys_may_be_left_out(survey_of: Read) -> None:
    survey = survey_of(SMALLEST)
    assert survey == replace(
        survey,
        title={"nl": "Werk", "en": "Werk"},
        earlier=(),
        synthetic=False,
        k=DEFAULT_K,
        cuts=(),
        parents={},
        unit_column=None,
        id_column=None,
        wave_column=None,
        ignored_columns=frozenset(),
    )


def test_the_survey_of_the_demo_is_a_good_example() -> None:
    with resources.as_file(resources.files("survey_app.demo").joinpath("survey.toml")) as path:
        survey = read_survey(path)
    assert [cut.key for cut in survey.cuts] == ["age", "sex", "contract"]
    assert survey.waves == ("2025", "2026")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\r\n"),
        ("[survey]", "\ufeff[survey]"),
        ('"Voorbeeld BV"', '"  Voorbeeld   BV "'),
        ('"Voorbeeld BV"', '"""\nVoorbeeld\nBV"""'),
        ('"mental-fatigue"', "'mental-fatigue'"),
        ('title = "Werk"', 'title = { nl = "Werk", en = "Werk" }'),
        ('instruments = ["mental-fatigue"]', 'instruments = ["mental-fatigue"]\n[promise]\nk = 10'),
    ],
)
def test_the_same_survey_in_other_words(survey_of: Read, old: str, new: str) -> None:
    assert survey_of(SMALLEST.replace(old, new)) == survey_of(SMALLEST)


def test_the_promise_may_be_stronger(survey_of: Read) -> None:
    assert survey_of(SMALLEST + "[promise]\nk = 25\n").k == 25


def test_a_cut_is_its_own_column_when_none_is_named(survey_of: Read) -> None:
    (cut,) = survey_of(SURVEY.replace('column = "gender"\n', "")).cuts
    assert cut.column == "sex"


def test_accents_are_put_together(survey_of: Read) -> None:
    survey = survey_of(SMALLEST + '[units]\n"Cafe\u0301" = "Cate\u0301ring"\n')
    assert survey.parents == {"Café": "Catéring"}


def test_a_pack_is_named_by_file_or_by_name(tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text(PACK, encoding="utf-8")
    path = tmp_path / "survey.toml"
    asked = SMALLEST.replace('["mental-fatigue"]', '["workload"]\npacks = ["{}"]')
    path.write_text(asked.format("pack.toml"), encoding="utf-8")
    by_file = read_survey(path)
    path.write_text(asked.format("workload.nl"), encoding="utf-8")
    by_name = read_survey(path, {"workload.nl": read_pack(tmp_path / "pack.toml")})
    assert by_file == by_name
    assert by_file.questionnaire.instrument("workload").wording["nl"] == "official"
    with pytest.raises(InputError, match=r"\[survey\] packs names 'workload.nl', which is not imported"):
        read_survey(path, {"autonomy.nl": read_pack(tmp_path / "pack.toml")})


def test_the_languages_that_were_offered_decide_what_official_means(tmp_path: Path, survey_of: Read) -> None:
    assert survey_of(SMALLEST).questionnaire.languages == ("nl", "en")
    (tmp_path / "pack.toml").write_text(PACK, encoding="utf-8")
    asked = SMALLEST.replace('["mental-fatigue"]', '["workload"]\npacks = ["pack.toml"]\n')
    assert survey_of(asked).questionnaire.wording_of("high_demands") == "own"  # in English it was ours
    dutch = survey_of(asked + 'languages = ["nl"]\n').questionnaire
    assert (dutch.languages, dutch.wording_of("high_demands")) == (("nl",), "official")


def test_words_that_the_report_uses_itself_are_kept_free(survey_of: Read) -> None:
    # A cut or a result of one's own may never be mistaken for one of these.
    survey = survey_of(SMALLEST.replace('"mental-fatigue"', '"workload", "autonomy", "job-strain", "care"'))
    made = [cut.key for cut in make_plan(survey, (), ("2026",)).cuts]
    assert {*made, "unit"} == set(DERIVED_CUTS)
    for key in DERIVED_CUTS:
        with pytest.raises(InputError, match=f"'{key}', which the report makes itself"):
            survey_of(SURVEY.replace('key = "sex"', f'key = "{key}"'))
    own = f"""[[instruments]]
id = "own-one"
scales = {{ s = {{ values = [1, 2] }} }}
items = [{{ key = "{RESPONSE}", scale = "s", measure = {{ at_least = 2 }} }}]
texts = {{ nl = {{ title = "T", items = {{ {RESPONSE} = "V" }}, scales = {{ s = {{ 1 = "a", 2 = "b" }} }} }} }}
"""
    with pytest.raises(InputError, match=f"'{RESPONSE}', which is what the report calls the response"):
        survey_of(SMALLEST + own)
    assert survey_of(SMALLEST + own.replace(RESPONSE, "reply")).questionnaire.measure("reply").has_share


# The documentation --------------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    """The code blocks of a language in the page about the survey file."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_example_of_the_documentation_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    survey, (answers, roster, *_), (command, *_) = blocks("toml")[0], blocks("csv"), blocks("sh")
    for name, content in (("survey.toml", survey), ("answers.csv", answers), ("roster.csv", roster)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    program, *arguments = command.split()
    assert program == "./peil"
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == WRITTEN
    # Six people are too few for any figure, as the page says.
    assert re.search(r"released\.csv: (\d+) cells, \1 closed", result.stdout)


def test_every_other_example_of_the_documentation_fits_into_a_survey_file(survey_of: Read) -> None:
    others = blocks("toml")[1:]
    assert len(others) >= 3
    for example in others:
        if example.startswith("[survey]"):
            survey_of(example)
        else:
            survey_of(SMALLEST + example)


def test_the_documentation_has_every_key() -> None:
    page = PAGE.read_text(encoding="utf-8")
    reader = (ROOT / "analysis" / "survey.py").read_text(encoding="utf-8")
    keys = set(re.findall(r'"([a-z_]+)"', reader.split("_SURVEY_KEYS = ")[1].split("_TOP_KEYS")[0]))
    assert {"organisation", "packs", "ignore"} <= keys
    for key in sorted(keys | {"k", "key", "column", "name", "categories"}):
        assert f"| `{key}` |" in page, f"{key} is not in docs/survey-file.md"
    tables = set(re.findall(r'"([a-z]+)"', reader.split("_TOP_KEYS = ")[1].split("\n")[0]))
    assert tables == set(re.findall(r"^### `\[+([a-z]+)\]+`$", page, re.MULTILINE))
