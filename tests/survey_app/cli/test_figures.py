"""``peil figures``: what a person sees who looks up an official figure."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from analysis.benchmark.figures import MARKS, PROVENANCE, THEMES, load_figures
from survey_app.cli.figures import figures
from survey_app.cli.figures_words import WORDS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(figures, arguments)


def test_list_has_every_indicator_under_its_theme() -> None:
    result = run("list", "--language", "nl")
    assert result.exit_code == 0
    assert all(f"  {indicator.key} " in result.output for indicator in load_figures())
    assert "Werkgerelateerde psychische vermoeidheid: 20% (2024)" in result.output


def test_list_of_one_theme_in_english() -> None:
    result = run("list", "--theme", "autonomy", "--language", "en")
    assert result.output.startswith("Autonomy (autonomy)\n")
    assert "low_autonomy" in result.output
    assert "burnout_complaints" not in result.output


def test_show_draws_the_method_break_between_the_years() -> None:
    output = run("show", "burnout_complaints", "--language", "en").output
    before, after = output.index("\n  2021  17%"), output.index("\n  2022  20.0%")
    assert before < output.index("method break: measured differently from 2022 on") < after
    assert output.count("method break:") == 1


def test_show_says_what_is_not_used_and_why() -> None:
    output = run("show", "burnout_complaints", "--language", "en").output
    unused = output[output.index("Not used, and why") :]
    assert "2015  15%: contradicts a better source" in unused
    assert "2025  21%: to be checked at the original source first" in unused
    assert "2017  9%: is about other people" in unused
    assert "2018  17%: a better source is preferred for this year" in unused


def test_show_prints_margins_as_printed_or_says_how_they_were_computed() -> None:
    printed = run("show", "burnout_item_morning_tired", "--language", "nl").output
    assert "23,1%   22,7–23,5 (marge zoals afgedrukt)" in printed
    computed = run("show", "high_work_demands", "--language", "nl").output
    assert "effectieve steekproef van 26.000" in computed
    words = run("show", "working_carers_manager_informed", "--language", "en").output
    assert "converted from words" in words


def test_show_has_passport_and_doubts() -> None:
    output = run("show", "work_home_imbalance", "--language", "en").output
    assert "work-to-home-imbalance" in output
    assert "frequency-work-home-4 (not confirmed)" in output


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_indicator_can_be_shown(language: str) -> None:
    for indicator in load_figures():
        result = run("show", indicator.key, "--language", language)
        assert result.exit_code == 0, indicator.key
        assert indicator.key in result.output.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("show", "burnout_complaint"),
            "peil: no indicator is called 'burnout_complaint' (did you mean 'burnout_complaints'?);"
            " see: peil figures list.\n",
        ),
        (("list", "--theme", "fatige"), "peil: there is no theme 'fatige' (did you mean 'fatigue'?).\n"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


def test_both_languages_say_the_same_things() -> None:
    assert set(WORDS["nl"]) == set(WORDS["en"])
    units = {figure.unit for indicator in load_figures() for figure in indicator.figures} - {"%"}
    needed = {f"theme_{one}" for one in THEMES} | {f"provenance_{one}" for one in PROVENANCE}
    assert needed | {f"unit_{unit}" for unit in units} <= set(WORDS["en"])
    assert not set(PROVENANCE) & set(MARKS)
