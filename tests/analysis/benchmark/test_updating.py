"""New figures from StatLine: where they belong, what they would change, and the files that hold them."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from analysis.benchmark.catalogue_files import Addition, catalogue_folder, read_catalogue
from analysis.benchmark.figures import BrokenCatalogue, Figure, load_figures
from analysis.benchmark.own_figures import parse_addition
from analysis.benchmark.statline import read_csv, read_document
from analysis.benchmark.statline_mapping import Mapped, merge_offers, offers_of, read_mapping
from analysis.benchmark.statline_table import StatlineError, StatlineTable
from analysis.benchmark.updating import Update, first_comparable, plan_update
from tests.analysis.benchmark.statline_documents import MORNING, Sketch, as_csv, morning, saved, sexes_and_ages
from tests.analysis.benchmark.test_statline import EXPORT_OF_2019

MAPPED = read_mapping()
DAY = dt.date(2026, 11, 2)
DAYS = {table.id: DAY for table in MAPPED.tables}


def table_of(sketch: Sketch, api: str = "v4") -> StatlineTable:
    return read_document(json.loads(json.dumps(saved(sketch, api)), parse_float=Decimal))


def plan(*tables: StatlineTable, kept: tuple[Addition, ...] = (), texts: dict[str, str] | None = None) -> Update:
    offers, _ = merge_offers([offers_of(table, MAPPED)[0] for table in tables], MAPPED)
    return plan_update(offers, MAPPED, kept, texts or {}, DAYS)


def fatigue(*years: tuple[int, str, str, str], sex: str = "x-T") -> StatlineTable:
    """Invented figures about fatigue: year, value and bounds."""
    return table_of(sexes_and_ages({(sex, "x-A", f"{year}JJ00"): {"f": tuple(number)} for year, *number in years}))


def printed(figure: Figure | None) -> tuple[str, ...]:
    assert figure is not None
    return tuple(str(one) for one in (figure.value, figure.ci_low, figure.ci_high) if one is not None)


def added(update: Update) -> Any:
    """The catalogue with what the update would add."""
    return read_catalogue(additions=tuple(parse_addition(key, text, own=False) for key, text in update.files.items()))


class TestMapping:
    def test_every_indicator_survey_and_frame_is_one_of_the_catalogue(self) -> None:
        catalogue = load_figures()
        surveys = {survey.id for survey in catalogue.surveys.values()}
        assert {topic.indicator for topic in MAPPED.topics} <= set(catalogue.indicators)
        assert {table.survey for table in MAPPED.tables} <= surveys
        assert len({table.id for table in MAPPED.tables}) == len(MAPPED.tables)
        assert MAPPED.licence == "CC BY 4.0"
        assert "{id}" in MAPPED.address

    def test_no_key_of_cbs_stands_in_it(self) -> None:
        text = (catalogue_folder() / "_statline.toml").read_text(encoding="utf-8")
        assert not [key for key in ("MW00000", "MOG0095", "MBG0095", "T001038", "T001081", "JJ00") if key in text]

    def test_two_groups_at_once_are_named_as_in_the_catalogue(self) -> None:
        table = table_of(
            sexes_and_ages(
                {
                    ("x-T", "x-A", "2024JJ00"): {"f": ("1.0",)},
                    ("x-3", "x-A", "2024JJ00"): {"f": ("2.0",)},
                    ("x-T", "x-15", "2024JJ00"): {"f": ("3.0",)},
                    ("x-4", "x-25", "2024JJ00"): {"f": ("4.0",)},
                }
            )
        )
        offers, _ = offers_of(table, MAPPED)
        assert {(offer.breakdown, offer.category): str(offer.value) for offer in offers} == {
            ("total", "total"): "1.0",
            ("sex", "men"): "2.0",
            ("age", "15-24"): "3.0",
            ("sex x age", "women 25-34"): "4.0",
        }

    def test_sections_of_industry_go_by_their_letter_and_branches_are_left_alone(self) -> None:
        titles = {"x-1": "A-U Alle economische activiteiten", "x-2": "P Onderwijs", "x-3": "10-12 Voedingsindustrie"}
        sketch = Sketch(
            "83157NED",
            "Psychosociale arbeidsbelasting (PSA) werknemers; bedrijfstak",
            {"Bedrijf": ("Bedrijfstakken/branches (SBI 2008)", titles)},
            {"x-F_12": ("Werkdruk", "Erg snel werken")},
            {(key, "2024JJ00"): {"x-F_12": ("30.1",)} for key in titles},
        )
        for table in (table_of(sketch), read_csv(as_csv(sketch))):
            offers, _ = offers_of(table, MAPPED)
            assert [(offer.breakdown, offer.category) for offer in offers] == [
                ("total", "total"),
                ("sector", "education"),
            ]

    def test_a_longer_path_than_known_is_still_found_by_its_end(self) -> None:
        columns = {"f": ("Arbeidsomstandigheden", "Werkdruk", "Erg snel werken")}
        offers, _ = offers_of(table_of(sexes_and_ages({("x-T", "x-A", "2024JJ00"): {"f": ("1.0",)}}, columns)), MAPPED)
        assert [offer.topic.indicator for offer in offers] == ["work_pressure_very_fast"]

    def test_what_a_table_lacks_is_said_and_not_guessed(self) -> None:
        _, remarks = offers_of(table_of(morning()), MAPPED)
        assert any("no column for 'burnout_complaints'" in remark for remark in remarks)
        assert any("'Kenmerken werknemers' has no category 'Herkomst: geb. in NL, ouders in NL'" in r for r in remarks)

    def test_two_columns_of_one_name_are_left_out(self) -> None:
        columns = {"f": ("Nu", "Werkdruk", "Erg snel werken"), "g": ("Later", "Werkdruk", "Erg snel werken")}
        numbers = {("x-T", "x-A", "2024JJ00"): {"f": ("1.0",), "g": ("2.0",)}}
        offers, remarks = offers_of(table_of(sexes_and_ages(numbers, columns)), MAPPED)
        assert offers == ()
        assert any("more than one column is called 'Werkdruk/Erg snel werken'" in remark for remark in remarks)

    def test_what_is_no_percentage_is_left_out(self) -> None:
        numbers = {("x-T", "x-A", "2024JJ00"): {"f": ("31.0",)}}
        offers, remarks = offers_of(table_of(sexes_and_ages(numbers, unit="aantal")), MAPPED)
        assert offers == ()
        assert any("no percentage" in remark for remark in remarks)
        beyond = {("x-T", "x-A", "2024JJ00"): {"f": ("131.0",)}}
        offers, remarks = offers_of(table_of(sexes_and_ages(beyond)), MAPPED)
        assert offers == ()
        assert any("1 values are no percentage" in remark for remark in remarks)

    def test_a_table_that_peil_does_not_know_is_refused(self) -> None:
        with pytest.raises(StatlineError, match="table 37633 is not one that Peil can read"):
            offers_of(table_of(replace(morning(), id="37633")), MAPPED)

    def test_a_new_dimension_stops_the_table(self) -> None:
        sketch = sexes_and_ages({("x-T", "x-A", "2024JJ00"): {"f": ("1.0",)}})
        with pytest.raises(StatlineError, match="was known with 'Kenmerken werknemers'; nothing is taken"):
            offers_of(table_of(replace(sketch, id="85572NED")), MAPPED)
        export = replace(sketch, dimensions={**sketch.dimensions, "R": ("Regio", {"x-N": "Nederland"})}, numbers={})
        export = replace(export, numbers={("x-T", "x-A", "x-N", "2024JJ00"): {"f": ("1.0",)}})
        with pytest.raises(StatlineError, match="export it with all its dimensions"):
            offers_of(read_csv(as_csv(export)), MAPPED)

    def test_of_two_tables_the_first_gives_the_total_and_a_difference_is_said(self) -> None:
        columns = {"f": ("Psychische vermoeidheid door het werk", "'s Ochtends moe voelen")}
        other = sexes_and_ages({("x-T", "x-A", "2024JJ00"): {"f": ("23.4", "22.9", "23.9")}}, columns)
        groups = [offers_of(table_of(sketch), MAPPED)[0] for sketch in (morning(), other)]
        offers, remarks = merge_offers(groups, MAPPED)
        totals = [offer for offer in offers if offer.breakdown == "total"]
        assert [(offer.table.id, str(offer.value)) for offer in totals] == [("83049NED", "23.4")]
        assert remarks == (
            "burnout_item_morning_tired 2024 (total) is 23.4 in 83049NED and 23.1 in 85572NED; the first is used",
        )


class TestWhatWouldChange:
    def test_published_figures_are_in_the_catalogue_already(self) -> None:
        for api in ("v3", "v4"):
            update = plan(table_of(morning(), api))
            assert (update.entries, update.known, update.files) == ((), len(MORNING), {})

    def test_the_export_of_2019_agrees_with_what_was_copied_from_it(self) -> None:
        update = plan(read_csv(EXPORT_OF_2019))
        assert len(update.entries) == 9
        assert {entry.kind for entry in update.entries} == {"agrees"}
        assert {figure.provenance for entry in update.entries for figure in entry.printed} == {"T"}

    def test_a_new_year_becomes_the_preferred_figure(self) -> None:
        update = plan(fatigue((2026, "21.4", "20.9", "21.9")))
        (entry,) = update.entries
        assert (entry.kind, entry.printed, entry.tags) == ("new", (), ("P", "BREAK"))
        (change,) = update.changes
        assert (change.indicator, change.year, change.before) == ("burnout_complaints", 2026, None)
        assert printed(change.after) == ("21.4", "20.9", "21.9")
        assert printed(added(update).preferred("burnout_complaints")) == ("21.4", "20.9", "21.9")
        assert printed(load_figures().preferred("burnout_complaints")) == ("20",)

    def test_a_figure_that_agrees_with_the_preferred_one_takes_its_place_with_its_margin(self) -> None:
        update = plan(fatigue((2024, "19.7", "19.3", "20.2")))
        (entry,) = update.entries
        assert (entry.kind, entry.tags) == ("agrees", ("PREF", "P", "BREAK"))
        (change,) = update.changes
        assert (printed(change.before), printed(change.after)) == (("20",), ("19.7", "19.3", "20.2"))

    def test_a_figure_that_differs_is_added_beside_the_old_one_and_never_preferred_by_itself(self) -> None:
        update = plan(fatigue((2024, "18.4", "17.9", "18.9")))
        (entry,) = update.entries
        assert (entry.kind, entry.tags) == ("differs", ("P", "BREAK"))
        assert {str(figure.value) for figure in entry.printed} == {"20"}
        assert update.changes == ()
        values = [str(f.value) for f in added(update).indicator("burnout_complaints").figures if f.year == 2024]
        assert {"20", "18.4"} <= set(values)

    @pytest.mark.parametrize(
        ("value", "kind"),
        [("19.5", "agrees"), ("20.5", "agrees"), ("19.4", "differs"), ("20.6", "differs")],
    )
    def test_twenty_percent_agrees_with_what_may_have_been_rounded_to_it(self, value: str, kind: str) -> None:
        (entry,) = plan(fatigue((2024, value, "0.0", "99.0"))).entries
        assert entry.kind == kind

    def test_one_tenth_is_a_difference_between_two_printed_tenths(self) -> None:
        sketch = replace(morning(), numbers={("x-K0", "2024JJ00"): {"x-OchtendsMoeVoelen_1": ("23.2", "22.8", "23.6")}})
        (entry,) = plan(table_of(sketch)).entries
        assert (entry.kind, [printed(figure) for figure in entry.printed]) == ("differs", [("23.1", "22.7", "23.5")])

    def test_a_margin_where_there_was_none_is_new(self) -> None:
        sketch = Sketch(
            "83235NED",
            "Psychosociale arbeidsbelasting zelfstandig ondernemers; type ondernemer",
            {"Type": ("Type zelfstandig ondernemer", {"x-Z": "Zelfstandig ondernemer (totaal)"})},
            {"x-O_1": ("Psychische vermoeidheid door het werk", "'s Ochtends moe voelen")},
            {("x-Z", "2023JJ00"): {"x-O_1": ("13.6", "12.9", "14.4")}},
        )
        update = plan(table_of(sketch))
        (entry,) = update.entries
        assert (entry.kind, entry.tags) == ("agrees", ("P",))
        figure = added(update).indicator("burnout_item_morning_tired").figures[-1]
        assert figure.passport.population_frame == "self-employed"
        assert figure.passport.unconfirmed == {"item_set", "scale", "rule"}
        assert update.changes == ()

    def test_the_self_employed_are_never_held_against_employees(self) -> None:
        sketch = Sketch(
            "83235NED",
            "Psychosociale arbeidsbelasting zelfstandig ondernemers; type ondernemer",
            {"Type": ("Type zelfstandig ondernemer", {"x-Z": "Zelfstandig ondernemer (totaal)"})},
            {"x-O_1": ("Psychische vermoeidheid door het werk", "'s Ochtends moe voelen")},
            {("x-Z", "2024JJ00"): {"x-O_1": ("14.1",)}},
        )
        (entry,) = plan(table_of(sketch)).entries
        assert (entry.kind, entry.printed) == ("new", ())

    def test_a_figure_that_waits_for_its_source_is_named_and_the_new_one_is_used(self) -> None:
        update = plan(fatigue((2025, "20.6", "20.1", "21.1")))
        (entry,) = update.entries
        assert (entry.kind, [figure.provenance for figure in entry.printed]) == ("agrees", ["S-VERIFY"])
        assert [(change.year, change.before) for change in update.changes] == [(2025, None)]

    def test_without_a_year_only_figures_after_the_last_break_are_taken(self) -> None:
        offers, _ = offers_of(fatigue((2021, "17.1", "16", "18"), (2022, "20.0", "19", "21")), MAPPED)
        recent = first_comparable(offers, load_figures())
        assert [offer.year for offer in offers if recent(offer)] == [2022]


class TestAPersonDecides:
    """Between 20 percent in the press and 18.4 in StatLine, by the tags of the added block."""

    CLASH = ((2024, "18.4", "17.9", "18.9"),)

    def decided(self, tags: str) -> tuple[Addition, ...]:
        (text,) = plan(fatigue(*self.CLASH)).files.values()
        assert 'tags = ["P", "BREAK"]' in text
        text = text.replace('tags = ["P", "BREAK"]', f"tags = {tags}")
        return (parse_addition("burnout_complaints", text, own=False),)

    @pytest.mark.parametrize(
        ("tags", "used"),
        [('["P", "BREAK"]', "20"), ('["PREF", "P", "BREAK"]', "18.4"), ('["P", "BREAK", "CONFLICT"]', "20")],
    )
    def test_the_mark_of_preference_or_of_conflict_settles_it(self, tags: str, used: str) -> None:
        chosen = read_catalogue(additions=self.decided(tags)).preferred("burnout_complaints", latest=2024)
        assert chosen is not None and str(chosen.value) == used

    def test_a_rejected_figure_is_not_offered_again(self) -> None:
        update = plan(fatigue(*self.CLASH), kept=self.decided('["P", "BREAK", "CONFLICT"]'))
        assert (update.entries, update.known) == ((), 1)

    def test_where_two_marked_figures_disagree_a_third_gets_no_mark(self) -> None:
        kept = self.decided('["PREF", "P", "BREAK"]')
        (entry,) = plan(fatigue((2024, "19.7", "19.3", "20.2")), kept=kept).entries
        assert (entry.kind, entry.tags) == ("differs", ("P", "BREAK"))

    def test_what_was_called_a_conflict_before_is_not_held_against_a_new_figure(self) -> None:
        (entry,) = plan(fatigue((2015, "13.4", "13.0", "13.8"))).entries
        assert (entry.kind, {str(figure.value) for figure in entry.printed}) == ("agrees", {"13", "13.4"})


class TestFiles:
    def test_a_block_has_everything_that_the_recipe_asks_for(self) -> None:
        update = plan(fatigue((2026, "21.4", "20.9", "21.9")))
        table = tomllib.loads(update.files["burnout_complaints"])
        assert table["sources"] == [
            {
                "id": "statline-83049ned-2026-11-02",
                "title": "CBS StatLine 83049NED, Psychosociale arbeidsbelasting (PSA) werknemers; geslacht en leeftijd",
                "url": "https://opendata.cbs.nl/statline/#/CBS/nl/dataset/83049NED/table",
                "retrieved": DAY,
                "licence": "CC BY 4.0",
            }
        ]
        (block,) = table["figures"]
        assert block["tags"] == ["P", "BREAK"]
        assert (block["survey"], block["publisher"], block["population"]) == (
            "nea",
            "CBS/TNO",
            "employees 15-74 working in NL",
        )
        assert block["cells"] == [
            {"breakdown": "total", "category": "total", "value": "21.4", "ci_low": "20.9", "ci_high": "21.9"}
        ]

    def test_source_day_and_licence_come_along_with_the_figure(self) -> None:
        figure = added(plan(fatigue((2026, "21.4", "20.9", "21.9")))).preferred("burnout_complaints")
        assert figure.source_title.endswith("geslacht en leeftijd (2026-11-02, CC BY 4.0)")
        assert figure.source_url == "https://opendata.cbs.nl/statline/#/CBS/nl/dataset/83049NED/table"
        assert figure.id == "burnout_complaints-2026-total-statline-1"

    def test_identifiers_of_the_catalogue_stay_as_they_are(self) -> None:
        update = plan(fatigue((2024, "18.4", "17.9", "18.9"), (2026, "21.4", "20.9", "21.9")))
        before = [figure.id for indicator in load_figures() for figure in indicator.figures]
        after = [figure.id for indicator in added(update) for figure in indicator.figures]
        assert [one for one in after if "statline" not in one] == before
        assert len(set(after)) == len(after) == len(before) + 2

    def test_a_second_update_adds_at_the_end_and_a_third_finds_nothing(self) -> None:
        first = plan(fatigue((2026, "21.4", "20.9", "21.9")))
        kept = tuple(parse_addition(key, text, own=False) for key, text in first.files.items())
        both = fatigue((2026, "21.4", "20.9", "21.9"), (2027, "22.4", "21.9", "22.9"))
        second = plan(both, kept=kept, texts=dict(first.files))
        assert [(entry.offer.year, second.known) for entry in second.entries] == [(2027, 1)]
        text = second.files["burnout_complaints"]
        assert text.startswith(first.files["burnout_complaints"])
        assert text.count("[[sources]]") == 1
        kept = (parse_addition("burnout_complaints", text, own=False),)
        third = plan(both, kept=kept, texts=dict(second.files))
        assert (third.entries, third.known, third.files) == ((), 2, {})

    def test_two_columns_put_together_are_named_in_the_note(self) -> None:
        columns = {"o": ("Werkdruk (tot 2022)", "Erg snel werken"), "n": ("Werkdruk (vanaf 2022)", "Erg snel werken")}
        numbers = {
            ("x-T", "x-A", "2021JJ00"): {"o": ("30.1",)},
            ("x-T", "x-A", "2022JJ00"): {"n": ("33.4",)},
        }
        figures = added(plan(table_of(sexes_and_ages(numbers, columns)))).indicator("work_pressure_very_fast").figures
        notes = {figure.year: figure.note for figure in figures[-2:]}
        assert all("two columns that meet at 2022" in note for note in notes.values())
        assert {figure.year: figure.tags for figure in figures[-2:]} == {2021: {"P"}, 2022: {"P", "BREAK"}}

    def test_a_title_with_quotes_survives_the_file(self) -> None:
        columns = {"f": ('Zo "heet" het\\hier', "Werkdruk", "Erg snel werken")}
        update = plan(table_of(sexes_and_ages({("x-T", "x-A", "2026JJ00"): {"f": ("1.0",)}}, columns)))
        (block,) = tomllib.loads(update.files["work_pressure_very_fast"])["figures"]
        assert block["note"] == "column 'Zo \"heet\" het\\hier / Werkdruk / Erg snel werken'"


def test_a_broken_file_that_is_kept_is_said_before_anything_else() -> None:
    kept = (parse_addition("burnout_complaints", 'figures = "none"', own=False),)
    with pytest.raises(BrokenCatalogue, match=r"burnout_complaints\.toml"):
        plan(table_of(morning()), kept=kept)


def test_the_mapping_is_the_one_that_comes_along() -> None:
    assert isinstance(MAPPED, Mapped)
    assert MAPPED.table("83049ned") is not None
    assert MAPPED.table("nothing") is None
