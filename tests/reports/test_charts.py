"""Charts: of the promised size, nothing outside, verdicts by shape, colours that can be told apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.graphics.shapes import Circle, Drawing, Group, Polygon, Rect, Shape, String
from reportlab.lib.colors import Color

from analysis.disclosure.plan import JOB_TYPES
from reports import style
from reports.charts.dots import DotHeads, DotRow, dot_chart
from reports.charts.funnel import FunnelDot, funnel_chart
from reports.charts.heatmap import HeatCell, HeatRow, heat_map
from reports.charts.marks import Canvas, Scale, shortened, split_text
from reports.charts.people import hundred_people
from reports.charts.quadrants import Quadrant, quadrant_chart
from reports.charts.response import MixRow, ResponseRow, mix_chart, response_chart
from reports.charts.specimen import specimen
from reports.charts.years import Wave, YearsChart, years_chart
from reports.pages.reading import NOTES
from reports.style import INK
from reports.texts import load_texts
from reports.web import as_svg

HEADS = DotHeads("Onderwerp", "Aandeel", "Wij", "Landelijk", "Verschil")
WORDS = {key: key for key in ("demands", "autonomy", "low", "high", "much", "little", "people", "tired")}
COMPARED = DotRow(
    label="Vermoeidheid",
    note="n = 742",
    value=24,
    low=21,
    high=27,
    printed="24%",
    official=20,
    official_low=19.2,
    official_high=20.8,
    official_printed="20%",
    official_year="2024",
    before=22,
    reference=25,
    direction=1,
    news=-1,
    difference="+4",
    verdict="hoger",
)
CLOSED = DotRow("Vermoeidheid", "gesloten: te weinig antwoorden", None, None, None, "–")


def quadrants(tired: float | None) -> dict[str, Quadrant]:
    """Four kinds of job that are all equally tired."""
    printed = "–" if tired is None else f"{tired:.0f}%"
    low, high = (None, None) if tired is None else (max(0, tired - 6), min(100, tired + 6))
    return {key: Quadrant(key, "25%", tired, low, high, printed, "20–30%") for key in JOB_TYPES}


def heat_rows(count: int, columns: int) -> list[HeatRow]:
    """Units of which every third cell stands out, up or down."""
    cells = tuple(HeatCell("24", (place % 3) - 1, 1 - place % 3) for place in range(columns))
    return [HeatRow(f"Afdeling {number}", "120", cells, strong=number == 0) for number in range(count)]


WAVES = (Wave(2025, 21, 18, 24, "21%"), Wave(2026, 24, 21, 27, "24%"))

#: Every chart with its promised width.
CHARTS: dict[str, tuple[Callable[[], Drawing], float]] = {
    "dots": (lambda: dot_chart([COMPARED, CLOSED], HEADS), style.WIDTH),
    "dots without figures": (lambda: dot_chart([CLOSED], HEADS), style.WIDTH),
    "dots of another width": (lambda: dot_chart([COMPARED], HEADS, width=400), 400),
    "heat map": (lambda: heat_map(["Tevreden"] * 11, heat_rows(9, 11), ("Afdeling", "n")), style.WIDTH),
    "long heat map": (lambda: heat_map(["Druk"] * 12, heat_rows(26, 12), ("Afdeling", "n")), style.WIDTH),
    "narrow heat map": (lambda: heat_map(["Druk"], heat_rows(1, 1), ("Afdeling", "n")), style.WIDTH),
    "quadrants": (lambda: quadrant_chart(quadrants(45), WORDS, "gesloten"), style.WIDTH),
    "darkest quadrants": (lambda: quadrant_chart(quadrants(100), WORDS, "gesloten", top=100), style.WIDTH),
    "closed quadrants": (lambda: quadrant_chart(quadrants(None), WORDS, "gesloten"), style.WIDTH),
    "response": (
        lambda: response_chart(
            [
                ResponseRow("Zorggroep", "1.240", "742", "60%", 60, 60, strong=True),
                ResponseRow("Keuken", "25", "15–19", "60–76%", 60, 76),
                ResponseRow("Bureau", "–", "–", "–", None, None),
            ],
            ("Afdeling", "Uitgenodigd", "Antwoorden", "Respons"),
        ),
        style.WIDTH,
    ),
    "mix": (
        lambda: mix_chart("Leeftijd", [MixRow("jong", 40, 30), MixRow("oud", 60, None)], ("a", "b"), width=234),
        234,
    ),
    "funnel": (
        lambda: funnel_chart(
            [FunnelDot(20, 40, "Keuken", 1, -1), FunnelDot(180, 21, "", 0, 0)],
            24,
            ("antwoorden", "grens 95%", "grens 99,8%"),
            target_label="24%",
        ),
        style.WIDTH,
    ),
    "years": (
        lambda: years_chart(
            YearsChart("Moe", (((2014, 14.0), (2021, 17.0)), ((2022, 20.0),)), (2022,), WAVES, "20%"), 234, 112
        ),
        234,
    ),
    "years without a national figure": (
        lambda: years_chart(YearsChart("Moe", (), (), WAVES, ""), 234, 92),
        234,
    ),
    "people": (lambda: hundred_people([(3, style.WORSE), (13, style.ACCENT)]), 96),
    "specimen": (lambda: specimen({key: key * 4 for key in NOTES}), style.WIDTH),
    "Dutch specimen": (lambda: specimen({key: load_texts("nl")(f"reading.note.{key}") for key in NOTES}), style.WIDTH),
}


def shapes_of(node: Group | Drawing) -> Iterator[Shape]:
    """All shapes of a drawing in the order in which they are drawn."""
    for child in node.contents:
        if isinstance(child, Group):
            yield from shapes_of(child)
        else:
            yield child


def outside(drawing: Drawing) -> list[str]:
    """Shapes that leave the drawing; strokes and side bearings may stick out a little."""
    spare = 3.0
    found = []
    for shape in shapes_of(drawing):
        left, bottom, right, top = shape.getBounds()
        if left < -spare or bottom < -spare or right > drawing.width + spare or top > drawing.height + spare:
            said = shape.text if isinstance(shape, String) else type(shape).__name__
            found.append(f"{said}: {left:.0f} {bottom:.0f} {right:.0f} {top:.0f}")
    return found


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.red, colour.green, colour.blue)
    )
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio as WCAG 2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ground_of(text: String, drawn: list[Shape]) -> Color:
    """The colour on which a text stands: that of the last box around its beginning, or white."""
    ground = style.WHITE
    for shape in drawn:
        if isinstance(shape, Rect) and shape.fillColor is not None:
            inside = shape.x <= text.x <= shape.x + shape.width and shape.y <= text.y <= shape.y + shape.height
            ground = shape.fillColor if inside else ground
    return ground


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_has_the_promised_width(chart: str) -> None:
    make, width = CHARTS[chart]
    drawing = make()
    assert isinstance(drawing, Drawing)
    assert drawing.width == pytest.approx(width)
    assert drawing.height > 0


@pytest.mark.parametrize("chart", CHARTS)
def test_nothing_sticks_out_of_a_chart(chart: str) -> None:
    assert outside(CHARTS[chart][0]()) == []


@pytest.mark.parametrize("chart", CHARTS)
def test_text_in_a_chart_can_be_read_on_its_ground(chart: str) -> None:
    drawn = list(shapes_of(CHARTS[chart][0]()))
    for place, shape in enumerate(drawn):
        if isinstance(shape, String):
            assert contrast(shape.fillColor, ground_of(shape, drawn[:place])) >= 4.5, shape.text


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_becomes_well_formed_svg_that_needs_nothing_else(chart: str) -> None:
    svg = as_svg(CHARTS[chart][0](), 'Wie & wat: <onder "30">')
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == 'Wie & wat: <onder "30">'
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert element.tag in {"svg", "g", "line", "rect", "circle", "polygon", "path", "text"}
        assert not [name for name in element.attrib if name.startswith(("href", "on")) or "}" in name]
    assert "http" not in svg and "url(" not in svg


def test_the_text_of_a_chart_is_escaped_in_svg() -> None:
    drawing = dot_chart([DotRow("A & B <c>", "", 24, 21, 27, "24%")], HEADS)
    assert "A & B <c>" in {element.text for element in ElementTree.fromstring(as_svg(drawing, "x")).iter("text")}


def test_a_scale_keeps_every_value_within_its_axis() -> None:
    scale = Scale(0, 100, 50, 250)
    assert [scale(value) for value in (0, 25, 100)] == [50, 100, 250]
    assert [scale(value) for value in (-10, 130)] == [50, 250]


def test_verdicts_differ_in_shape_and_not_in_colour_only() -> None:
    found = []
    for direction in (1, -1, 0):
        canvas = Canvas(20, 20)
        canvas.verdict(10, 10, direction, colour=style.NEITHER)
        (shape,) = shapes_of(canvas.drawing())
        found.append(shape)
    up, down, level = found
    assert isinstance(up, Polygon) and isinstance(down, Polygon) and isinstance(level, Circle)
    (_, up_base, _, _, _, up_tip), (_, down_base, _, _, _, down_tip) = up.points, down.points
    assert up_tip > 10 > up_base
    assert down_tip < 10 < down_base


@pytest.mark.parametrize("ground", [style.WHITE, style.PALE], ids=["white", "pale"])
def test_colours_of_verdicts_can_be_read(ground: Color) -> None:
    for news, colour in style.NEWS_COLOURS.items():
        assert contrast(colour, ground) >= 4.5, news
    assert contrast(style.MUTED, ground) >= 4.5
    assert contrast(style.INK, ground) >= 7


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(style.WHITE, Color(0, 0, 0)) == pytest.approx(21)
    assert contrast(Color(*[0x77 / 255] * 3), style.WHITE) == pytest.approx(4.48, abs=0.01)


def test_marks_in_the_heat_map_stand_out_from_their_cell() -> None:
    for colour in style.NEWS_COLOURS.values():
        assert contrast(colour, style.mix(colour, 0.28)) >= 3  # graphical objects: WCAG 1.4.11


def test_a_closed_cell_prints_a_dash_and_looks_like_every_other_closed_cell() -> None:
    rows = [HeatRow("A", "–", (HeatCell("–", closed=True),) * 2), HeatRow("B", "30", (HeatCell("24", 1, -1),) * 2)]
    drawn = list(shapes_of(heat_map(["Moe", "Druk"], rows, ("Afdeling", "n"))))
    cells = [shape for shape in drawn if isinstance(shape, Rect)]
    assert len(cells) == 4
    assert cells[0].fillColor == cells[1].fillColor == style.PALE
    assert cells[2].fillColor != style.PALE
    assert [shape.text for shape in drawn if isinstance(shape, String)].count("–") == 3


def test_only_what_stands_out_has_colour_in_the_heat_map() -> None:
    rows = [HeatRow("A", "30", (HeatCell("24"), HeatCell("30", 1, -1), HeatCell("10", -1, 1)))]
    plain, worse, better = [s for s in shapes_of(heat_map(["a", "b", "c"], rows, ("", ""))) if isinstance(s, Rect)]
    assert plain.fillColor == style.PALE
    assert worse.fillColor != better.fillColor


def test_a_row_without_figures_has_no_dot_and_no_interval() -> None:
    assert not [s for s in shapes_of(dot_chart([CLOSED], HEADS)) if isinstance(s, Circle)]
    assert len([s for s in shapes_of(dot_chart([COMPARED], HEADS)) if isinstance(s, Circle)]) == 2


def test_the_columns_for_comparison_appear_only_where_something_is_compared() -> None:
    def texts(row: DotRow) -> set[str]:
        return {s.text for s in shapes_of(dot_chart([row], HEADS)) if isinstance(s, String)}

    assert {"Landelijk", "Verschil", "hoger", "+4"} <= texts(COMPARED)
    assert not {"Landelijk", "Verschil"} & texts(CLOSED)


def test_last_wave_is_a_hollow_dot_that_does_not_hide_this_one() -> None:
    before, now = [s for s in shapes_of(dot_chart([COMPARED], HEADS)) if isinstance(s, Circle)]
    assert before.fillColor == style.WHITE and now.fillColor != style.WHITE
    assert abs(before.cy - now.cy) > now.r


shares = st.integers(0, 100)


@given(st.lists(st.lists(shares, min_size=3, max_size=3).map(sorted), min_size=1, max_size=5))
def test_an_axis_of_shares_holds_all_of_them_and_ends_within_0_and_100(rows: list[list[int]]) -> None:
    chart = dot_chart([DotRow("a", "", mid, low, high, f"={mid}") for low, mid, high in rows], HEADS)
    drawn = list(shapes_of(chart))
    ticks = [int(s.text.removesuffix("%")) for s in drawn if isinstance(s, String) and s.text.endswith("%")]
    assert 0 <= ticks[0] <= min(row[0] for row in rows)
    (step,) = {after - before for before, after in pairwise(ticks)}
    assert max(row[2] for row in rows) <= min(100, ticks[-1] + step)
    assert ticks[-1] <= 100
    assert 4 <= len(ticks) <= 7
    assert outside(chart) == []


@given(shares, shares)
def test_a_hundred_people_are_always_a_hundred(first: int, second: int) -> None:
    dots = list(shapes_of(hundred_people([(first, style.WORSE), (second, style.ACCENT)])))
    assert len(dots) == 100
    assert sum(dot.fillColor == style.WORSE for dot in dots) == first
    assert sum(dot.fillColor == style.ACCENT for dot in dots) == min(second, 100 - first)


@given(st.text("aAeimwMW- .", max_size=160), st.integers(30, 200))
def test_split_text_is_never_wider_than_its_room_and_loses_no_letter(text: str, width: int) -> None:
    lines = split_text(text, style.MEDIUM, 8.2, width)
    assert all(style.text_width(line, style.MEDIUM, 8.2) <= width + 0.01 for line in lines)
    kept = "".join(lines).replace("-", "").replace(" ", "")
    assert kept == text.replace("-", "").replace(" ", "")


@given(st.text("aAeimwMW- .", max_size=160), st.integers(30, 200))
def test_shortened_text_fits_and_says_that_it_was_cut(text: str, width: int) -> None:
    short = shortened(text, style.MEDIUM, 8.2, width)
    assert style.text_width(short, style.MEDIUM, 8.2) <= width
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@pytest.mark.parametrize("name", ["Zorg", "Afdeling " * 12, "Personeelsaangelegenhedenadministratie", "W" * 120])
def test_names_of_any_length_stay_in_their_column(name: str) -> None:
    map_ = heat_map([name] * 12, [HeatRow(name, "120", (HeatCell("24"),) * 12)], ("Afdeling", "Antwoorden"))
    response = response_chart([ResponseRow(name, "1.240", "742", "60%", 60, 60)], ("Afdeling", "Uitgenodigd", "n", "%"))
    mix = mix_chart(name, [MixRow(name, 40, 30)], ("personeelslijst", "deelnemers"), width=234)
    dots = dot_chart([DotRow(name, "n = 742", 24, 21, 27, "24%")], HEADS)
    for drawing, room in ((map_, 124), (response, 152), (mix, 234), (dots, 162)):
        assert outside(drawing) == []
        named = [s for s in shapes_of(drawing) if isinstance(s, String) and s.x == 0 and s.text[:3] == name[:3]]
        assert named
        assert all(shape.getBounds()[2] <= room for shape in named)


def test_a_soft_hyphen_shows_only_where_a_word_is_broken() -> None:
    def heads(columns: int) -> list[str]:
        rows = [HeatRow("A", "30", (HeatCell("24"),) * columns)]
        drawn = shapes_of(heat_map(["Ver\N{SOFT HYPHEN}moeid"] * columns, rows, ("Afdeling", "n")))
        return [s.text for s in drawn if isinstance(s, String) and s.text.startswith(("Ver", "moeid"))]

    assert heads(1) == ["Vermoeid"]
    assert heads(12) == ["Ver-", "moeid"] * 12


def test_a_dashed_line_keeps_its_gaps_on_a_page() -> None:
    canvas = Canvas(100, 40)
    canvas.line(10, 5, 10, 35, colour=INK, dash=(2, 2))
    canvas.box(20, 5, 30, 10, fill=INK)
    drawn = as_svg(canvas.drawing(), "a line")
    [path] = re.findall(r'<path d="([^"]*)"[^>]*stroke-dasharray', drawn)
    assert path == "M 10,35 L 10,5"  # not closed: drawn back over itself, the gaps would be filled
