"""The catalogue of official figures: every printed value, and which one is used."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from analysis.benchmark.catalogue_files import catalogue_folder, read_catalogue
from analysis.benchmark.figures import (
    BrokenCatalogue,
    Catalogue,
    Figure,
    Indicator,
    MethodBreak,
    UnknownIndicator,
    load_figures,
    reason_unused,
    usable,
)

ROOT = Path(__file__).resolve().parents[3]
COLLECTED = ROOT.parent / "shared" / "data" / "figures.csv"

#: All values with everything that identifies them. A new figure changes both numbers, and the
#: message of the failing test gives the new ones; an accidental edit shows up the same way.
COUNT = 603
SHA256 = "9ba0d4609ef5a7b5f6ada8db3280212fc8201efabd108c9f7ff96010397294ab"

#: Pointers to notes of the collection that are not part of the project lead to its own page.
AMENDED = {"(see definitions.md)": "(see docs/benchmarks.md)", "(see round2.md)": "(see docs/benchmarks.md)"}

NATIONAL_SERIES = {
    2007: "11.3", 2010: "12.7", 2014: "14.4", 2015: "13.4", 2016: "14.6", 2017: "16.1", 2018: "17.3",
    2019: "17", 2020: "15.7", 2021: "17", 2022: "20.0", 2023: "19.0", 2024: "20",
}  # fmt: skip

#: construct, item set, scale and rule as the instruments write them: comparison is by equality.
PASSPORTS = {
    "burnout_complaints": "work-related-mental-fatigue nea-fatigue-5 frequency-7 mean>3.2",
    "burnout_item_emotionally_exhausted": "emotionally-exhausted-by-work nea-fatigue-5:1 frequency-7 item>=4",
    "burnout_item_empty_end_of_day": "empty-after-work nea-fatigue-5:2 frequency-7 item>=4",
    "burnout_item_morning_tired": "tired-on-rising nea-fatigue-5:3 frequency-7 item>=4",
    "burnout_item_people_demanding": "people-cost-energy nea-fatigue-5:4 frequency-7 item>=4",
    "burnout_item_completely_exhausted": "completely-exhausted nea-fatigue-5:5 frequency-7 item>=4",
    "high_work_demands": "high-work-demands nea-workload-3 frequency-4 mean>=2.5",
    "low_autonomy": "low-autonomy nea-autonomy-5 regularly-3 mean<2.5",
    "high_strain_job": ("high-strain-job nea-workload-3+nea-autonomy-5 frequency-4+regularly-3 mean>=2.5&mean<2.5"),
    "work_pressure_very_fast": "work-very-fast nea-workload-3:1 frequency-4 item>=3",
    "work_pressure_very_much_work": "very-much-work nea-workload-3:2 frequency-4 item>=3",
    "work_pressure_extra_hard": "work-extra-hard nea-workload-3:3 frequency-4 item>=3",
    "autonomy_item_decide_how": "decide-how nea-autonomy-7:1 regularly-3 item=3",
    "autonomy_item_think_up_solutions": "find-solutions nea-autonomy-7:4 regularly-3 item=3",
    "autonomy_item_set_hours": "set-hours nea-autonomy-7:6 regularly-3 item=3",
    "work_home_imbalance": "work-to-home-imbalance nea-work-home-2:1 frequency-work-home-4 item>=3",
    "work_family_neglect": "work-to-home-imbalance nea-work-home-2:1 frequency-work-home-4 item>=3",
    "informal_care_share": "informal-carer cbs-care-block-6 care-3m-8h months>=3|hours>=8",
    "informal_care_heavily_burdened": "informal-care-burden cbs-care-block-6 burden-5 item>=3",
    "working_carers_manager_informed": "manager-informed scp-izg unknown unknown",
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_figures()


def all_figures(catalogue: Catalogue) -> list[Figure]:
    return [figure for indicator in catalogue for figure in indicator.figures]


def printed(value: Decimal | int | None) -> str:
    return "" if value is None else str(value)


def as_collected(figure: Figure) -> tuple[str, ...]:
    """Everything that was written down about a figure, in the order of the collection."""
    return (
        figure.indicator, figure.publisher, figure.survey, str(figure.year), figure.population,
        figure.breakdown, figure.category, printed(figure.value), figure.unit, printed(figure.ci_low),
        printed(figure.ci_high), printed(figure.n), figure.source_title, figure.source_url,
        " ".join(sorted(figure.tags)), figure.note,
    )  # fmt: skip


def fingerprint(rows: Iterable[tuple[str, ...]]) -> str:
    lines = sorted("\x1f".join(row) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class TestTheNumbers:
    def test_all_are_there_unchanged(self, catalogue: Catalogue) -> None:
        figures = all_figures(catalogue)
        assert (len(figures), fingerprint(map(as_collected, figures))) == (COUNT, SHA256)

    def test_they_equal_the_collection_row_by_row(self, catalogue: Catalogue) -> None:
        if not COLLECTED.exists():
            pytest.skip("../shared/data/figures.csv, from which the catalogue was made, is not here")
        with COLLECTED.open(encoding="utf-8", newline="") as file:
            collected = Counter(as_written(row) for row in csv.DictReader(file))
        present = Counter(map(as_collected, all_figures(catalogue)))
        assert present - collected == Counter(), "in the catalogue, but never collected"
        assert collected - present == Counter(), "collected, but not in the catalogue"

    def test_ids_are_unique_and_readable(self, catalogue: Catalogue) -> None:
        ids = [figure.id for figure in all_figures(catalogue)]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[a-z0-9_]+-\d{4}(-[a-z0-9]+)+-\d+", one) for one in ids)
        assert catalogue.preferred("burnout_complaints", latest=2024).id == "burnout_complaints-2024-total-1"

    def test_decimals_are_those_printed(self, catalogue: Catalogue) -> None:
        by_year = {figure.year: figure for figure in catalogue.series("burnout_complaints")}
        assert (str(by_year[2023].value), by_year[2023].decimals) == ("19.0", 1)
        assert (str(by_year[2024].value), by_year[2024].decimals) == ("20", 0)

    def test_percentages_lie_within_their_bounds(self, catalogue: Catalogue) -> None:
        for figure in all_figures(catalogue):
            if figure.unit == "%":
                assert 0 <= figure.value <= 100
            assert figure.ci_low is None or figure.ci_low <= figure.value
            assert figure.ci_high is None or figure.value <= figure.ci_high

    def test_words_are_marked_where_the_note_says_so(self, catalogue: Catalogue) -> None:
        said = [figure for figure in all_figures(catalogue) if figure.words]
        assert len(said) == 23
        assert all(
            re.search(r"convert|conversion|stated as|printed as|1 in [45]|one in ten|a quarter|bijna 7", figure.note)
            for figure in said
        )
        converted = [f for f in all_figures(catalogue) if re.search(r"\bconver(ted|sion)\b", f.note)]
        assert all(figure.words for figure in converted)


def as_written(row: dict[str, str]) -> tuple[str, ...]:
    """A row of the collection in the form of :func:`as_collected`."""
    marks, note = re.fullmatch(r"((?:\[[^\]]*\])*)\s*(.*)", row["notes"]).groups()
    for old, new in AMENDED.items():
        note = note.replace(old, new)
    tags = " ".join(sorted(re.findall(r"\[([^\]]*)\]", marks)))
    return (*(text for name, text in row.items() if name != "notes"), tags, note)


class TestIndicators:
    def test_each_explains_itself_in_both_languages(self, catalogue: Catalogue) -> None:
        for indicator in catalogue:
            for texts in (indicator.name, indicator.definition):
                assert set(texts) == {"nl", "en"}
                assert all(text.strip() and text == " ".join(text.split()) for text in texts.values())
            assert all(text.endswith(".") for text in indicator.definition.values())
            assert indicator.figures

    @pytest.mark.parametrize(("key", "identifiers"), PASSPORTS.items(), ids=PASSPORTS)
    def test_passports_speak_the_language_of_the_instruments(
        self, catalogue: Catalogue, key: str, identifiers: str
    ) -> None:
        passport = catalogue.indicator(key).passport
        assert [passport.construct, passport.item_set, passport.scale, passport.rule] == identifiers.split()

    def test_what_no_source_states_is_unconfirmed(self, catalogue: Catalogue) -> None:
        imbalance = catalogue.preferred("work_home_imbalance")
        assert imbalance.passport.unconfirmed == {"scale", "rule"}
        assert catalogue.preferred("informal_care_heavily_burdened").passport.unconfirmed == {"scale"}
        assert catalogue.preferred("burnout_complaints").passport.unconfirmed == frozenset()
        by_age = catalogue.preferred("work_pressure_very_fast", breakdown="age", category="25-34")
        assert by_age.passport.unconfirmed == {"rule"}

    def test_figures_of_the_broad_definition_have_another_construct(self, catalogue: Catalogue) -> None:
        for key in ("informal_care_share", "informal_care_heavily_burdened", "informal_care_intensive"):
            own = catalogue.indicator(key).passport.construct
            for figure in catalogue.indicator(key).figures:
                assert (figure.passport.construct == own) == (not figure.survey.startswith(("Informele", "EBB")))

    def test_unknown_key_suggests_the_nearest(self, catalogue: Catalogue) -> None:
        with pytest.raises(UnknownIndicator, match="did you mean 'burnout_complaints'"):
            catalogue.indicator("burnout_complaint")
        with pytest.raises(UnknownIndicator):
            catalogue.preferred("nothing of the kind")


class TestPreferred:
    def test_the_national_series(self, catalogue: Catalogue) -> None:
        series = catalogue.series("burnout_complaints")
        assert {figure.year: str(figure.value) for figure in series} == NATIONAL_SERIES
        assert [figure.year for figure in series] == sorted(NATIONAL_SERIES)
        assert all("PREF" in figure.tags for figure in series)

    def test_a_figure_to_verify_waits_even_when_marked_as_preferred(self, catalogue: Catalogue) -> None:
        figures = catalogue.indicator("burnout_complaints").figures
        waiting = [figure for figure in figures if figure.year == 2025 and figure.breakdown == "total"]
        assert [str(figure.value) for figure in waiting] == ["21"]
        assert "PREF" in waiting[0].tags
        assert reason_unused(waiting[0]) == "to_verify"
        assert catalogue.preferred("burnout_complaints", latest=2026).year == 2024

    def test_the_contradicted_fifteen_percent_of_2015_is_never_used(self, catalogue: Catalogue) -> None:
        assert str(catalogue.preferred("burnout_complaints", latest=2015).value) == "13.4"
        fifteen = [
            figure
            for figure in catalogue.indicator("burnout_complaints").figures
            if (figure.year, figure.breakdown, str(figure.value)) == (2015, "total", "15")
        ]
        assert [reason_unused(figure) for figure in fifteen] == ["conflict"]

    @pytest.mark.parametrize(
        ("key", "value", "year"),
        [
            ("informal_care_share", "12.9", 2024),
            ("burnout_item_morning_tired", "23.1", 2024),
            ("work_home_imbalance", "6.8", 2024),
            ("high_work_demands", "32", 2024),
            ("low_autonomy", "42", 2024),
            ("high_strain_job", "16", 2024),
            ("informal_care_heavily_burdened", "19", 2022),
            ("informal_care_intensive", "36", 2022),
            ("working_carers_manager_informed", "50", 2016),
            ("working_hours_fit_private_life", "91", 2021),
        ],
    )
    def test_headline_values(self, catalogue: Catalogue, key: str, value: str, year: int) -> None:
        figure = catalogue.preferred(key, latest=2026)
        assert (str(figure.value), figure.year) == (value, year)

    def test_printed_bounds_come_along(self, catalogue: Catalogue) -> None:
        figure = catalogue.preferred("burnout_item_morning_tired")
        assert (str(figure.ci_low), str(figure.ci_high)) == ("22.7", "23.5")

    def test_latest_looks_back_only(self, catalogue: Catalogue) -> None:
        assert catalogue.preferred("burnout_complaints", latest=2013).year == 2010
        assert catalogue.preferred("burnout_complaints", latest=2006) is None

    def test_the_self_employed_never_stand_in_for_employees(self, catalogue: Catalogue) -> None:
        assert catalogue.preferred("burnout_item_emotionally_exhausted") is None
        own = catalogue.preferred("burnout_item_emotionally_exhausted", frame="self-employed")
        assert str(own.value) == "12.4"
        assert all(f.passport.population_frame == "employees" for f in catalogue.series("burnout_complaints"))

    def test_another_definition_only_on_request(self, catalogue: Catalogue) -> None:
        assert all(figure.value < 15 for figure in catalogue.series("informal_care_share"))
        broad = catalogue.preferred("informal_care_share", construct="informal-care-broad")
        assert (str(broad.value), broad.year) == ("32", 2016)

    def test_a_care_survey_is_not_mixed_with_the_national_one(self, catalogue: Catalogue) -> None:
        assert [figure.survey for figure in catalogue.series("high_strain_job")] == ["NEA", "NEA"]
        care = catalogue.preferred("high_strain_job", frame="care-employees")
        assert (str(care.value), care.passport.item_set) == ("29", "wne")

    def test_breakdowns(self, catalogue: Catalogue) -> None:
        men = catalogue.preferred("burnout_complaints", breakdown="sex", category="men")
        assert (str(men.value), men.year) == ("18.3", 2022)
        cell = catalogue.preferred("burnout_complaints", breakdown="sex x age", category="women 25-34", latest=2021)
        assert (str(cell.value), cell.year) == ("21.8", 2018)
        assert catalogue.preferred("burnout_complaints", breakdown="sex", category="nobody") is None

    def test_nothing_preferred_is_unusable(self, catalogue: Catalogue) -> None:
        for indicator in catalogue:
            assert all(usable(figure) for figure in catalogue.series(indicator.key))

    def test_order_among_sources_of_one_year(self, catalogue: Catalogue) -> None:
        example = catalogue.preferred("low_autonomy")

        def choose(*candidates: tuple[str, set[str]]) -> str:
            figures = tuple(
                replace(example, value=Decimal(value), decimals=len(value.partition(".")[2]), tags=frozenset(tags))
                for value, tags in candidates
            )
            indicator: Indicator = replace(catalogue.indicator("low_autonomy"), figures=figures)
            return str(Catalogue({"low_autonomy": indicator}, catalogue.surveys).preferred("low_autonomy").value)

        assert choose(("1.0", {"P"}), ("2", {"S", "PREF"})) == "2"
        assert choose(("1.0", {"S"}), ("2.0", {"T"}), ("3", {"P-copy"}), ("4", {"P"})) == "4"
        assert choose(("1.0", {"S"}), ("2.0", {"T"}), ("3", {"P-copy"})) == "3"
        assert choose(("1", {"P"}), ("2.0", {"P"})) == "2.0"
        assert choose(("1.0", {"P"}), ("2.0", {"P"})) == "1.0"
        assert choose(("1.0", {"S-VERIFY", "PREF"}), ("2.0", {"P", "CONFLICT"}), ("3", {"S"})) == "3"


class TestBreaks:
    def test_the_nea_breaks_in_2022(self, catalogue: Catalogue) -> None:
        (found,) = catalogue.breaks("NEA")
        assert isinstance(found, MethodBreak)
        assert found.first_year == 2022
        assert found.source_url.startswith("https://www.cbs.nl/")
        assert set(found.reason) == {"nl", "en"}

    @pytest.mark.parametrize(
        ("early", "late", "broken"),
        [
            (2021, 2022, True),
            (2022, 2021, True),
            (2019, 2026, True),
            (2022, 2024, False),
            (2018, 2021, False),
        ],
    )
    def test_between_two_years(self, catalogue: Catalogue, early: int, late: int, broken: bool) -> None:
        assert (catalogue.break_between("NEA", early, late) is not None) == broken

    def test_follows_the_survey_that_a_figure_comes_from(self, catalogue: Catalogue) -> None:
        assert catalogue.break_between("NEA (Monitor Brede Welvaart)", 2021, 2023) is not None
        assert catalogue.break_between("ZEA", 2017, 2023) is None
        assert catalogue.breaks("a survey nobody knows") == ()


class TestSamplingSize:
    def test_effective_size_for_national_totals(self, catalogue: Catalogue) -> None:
        assert catalogue.preferred("burnout_complaints").n == 65000
        assert catalogue.sampling_n(catalogue.preferred("burnout_complaints")) == 26000
        assert catalogue.preferred("high_work_demands").n is None
        assert catalogue.sampling_n(catalogue.preferred("high_work_demands")) == 26000

    def test_it_follows_from_the_printed_margin(self, catalogue: Catalogue) -> None:
        figure = catalogue.preferred("unwanted_sexual_attention_any")
        share = float(figure.value) / 100
        error = float(figure.ci_high - figure.ci_low) / 100 / (2 * 1.96)
        assert share * (1 - share) / error**2 == pytest.approx(26000, rel=0.01)

    def test_unknown_for_groups_and_for_other_surveys(self, catalogue: Catalogue) -> None:
        men = catalogue.preferred("burnout_complaints", breakdown="sex", category="men")
        assert catalogue.sampling_n(men) is None
        assert catalogue.sampling_n(catalogue.preferred("informal_care_share")) is None

    def test_own_size_where_it_is_the_base(self, catalogue: Catalogue) -> None:
        follow_up = catalogue.preferred("work_home_balance_ok")
        assert catalogue.sampling_n(follow_up) == 10000
        heavily = [f for f in catalogue.indicator("informal_care_heavily_burdened").figures if f.n is not None]
        assert [(figure.n, catalogue.sampling_n(figure)) for figure in heavily] == [(400000, None)]

    def test_only_for_percentages(self, catalogue: Catalogue) -> None:
        assert catalogue.sampling_n(catalogue.preferred("overtime_hours")) is None
        assert catalogue.sampling_n(catalogue.preferred("burnout_complaints_persons")) is None


class TestBrokenFiles:
    """A copy of the catalogue with one mistake: the program says where it is and stops."""

    @pytest.mark.parametrize(
        ("file", "old", "new", "message"),
        [
            ("low_autonomy.toml", 'value = "42"', "value = 42", "has to be a number in quotes"),
            ("low_autonomy.toml", 'value = "42"', 'value = "many"', "has to be a number in quotes"),
            ("low_autonomy.toml", 'value = "42"', 'valeu = "42"', "'value' is missing"),
            ("low_autonomy.toml", 'tags = ["S"]', 'tags = ["S", "T"]', "exactly one of the tags"),
            ("low_autonomy.toml", 'tags = ["S"]', 'tags = ["s"]', "the tag 's' is unknown"),
            ("low_autonomy.toml", 'survey = "nea"', 'survey = "need"', "survey 'need' is unknown"),
            ("low_autonomy.toml", '"employees"', '"employes"', "did you mean 'employees'"),
            ("low_autonomy.toml", 'theme = "autonomy"', 'theme = "autnomy"', "did you mean 'autonomy'"),
            ("low_autonomy.toml", "publisher", "publsher", "'publisher' is missing"),
            ("low_autonomy.toml", "[passport]", "[passport", "low_autonomy.toml cannot be read"),
            ("high_strain_job.toml", 'item_set = "wne"', 'itemset = "wne"', "'itemset' is unknown"),
            ("_surveys.toml", 'follows = "nea"', 'follows = "zea"', "has to stand above it"),
            ("_sources.toml", 'id = "houtman-2025"', 'id = "houtman"', "did you mean 'houtman'"),
        ],
    )
    def test_one_sentence_names_file_and_remedy(
        self, tmp_path: Path, file: str, old: str, new: str, message: str
    ) -> None:
        for path in catalogue_folder().iterdir():
            (tmp_path / path.name).write_bytes(path.read_bytes())
        text = (tmp_path / file).read_text(encoding="utf-8")
        assert old in text
        (tmp_path / file).write_text(text.replace(old, new), encoding="utf-8")

        with pytest.raises(BrokenCatalogue, match=re.escape(message)):
            read_catalogue(tmp_path)

    def test_every_source_is_used(self, catalogue: Catalogue) -> None:
        listed = (catalogue_folder() / "_sources.toml").read_text(encoding="utf-8").count("[[sources]]")
        used = {(figure.source_title, figure.source_url) for figure in all_figures(catalogue)}
        assert listed == len(used)
