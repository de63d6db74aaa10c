"""Letters and cards on paper: codes that can be scanned, words that stay inside, the same bytes each time."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from instruments.model import LANGUAGES, Language
from reports.cards import Card, make_cards
from reports.letters import Letter, make_letters
from reports.qr import qr_modules
from reports.stationery import Asking, is_printable, printable
from reports.style import PAGE_HEIGHT, PAGE_WIDTH
from tests.reports.paper import Word, poppler, text_by_page, words_by_page
from tests.reports.qr_reader import read_qr

ADDRESS = "https://peil.example.nl/b/abcd1234"
ASKING = Asking(
    organisation="Voorbeeld BV",
    title={"nl": "Werk en energie", "en": "Work and energy"},
    address=ADDRESS,
    assisted="https://peil.example.nl/a/abcd1234",
    words="lusab babad gutih tugad mufuz disup",
    level=2,
    k=10,
    closes=dt.date(2026, 10, 23),
    day=dt.date(2026, 10, 5),
)
LONG = replace(
    ASKING,
    organisation="Stichting Samenwerkende Instellingen voor Gezondheidszorg, Welzijn en Wonen in de Regio Noordoost",
    title={
        "nl": "Onderzoek naar werkdruk, vermoeidheid, herstel, mantelzorg en de balans tussen werk en privé in 2026",
        "en": "Survey of workload, fatigue, recovery, caregiving and the balance between work and private life 2026",
    },
    address="https://medewerkersonderzoek.samenwerkende-instellingen-noordoost.example.nl/b/abcd1234",
    assisted="https://medewerkersonderzoek.samenwerkende-instellingen-noordoost.example.nl/a/abcd1234",
)
CODE = "0123 4567 89AB CDEF GHJK MNPQ RSTV WXYZ"


def letter(language: Language = "nl", name: str = "Eva de Wit", lines: Sequence[str] = (), token: str = "0") -> Letter:
    """A letter whose code is made of ``token``."""
    code = token.rjust(16, "0")
    groups = " ".join(code[place : place + 4] for place in range(0, 16, 4))
    return Letter(language, tuple(lines) or (name, "Zorg"), name, f"{ADDRESS}#{code}", groups)


def card(number: int) -> Card:
    """A card with a code of its own."""
    symbols = CODE.replace(" ", "")[:-4] + f"{number:04}"
    return Card(f"{ADDRESS}#{symbols}", " ".join(symbols[place : place + 4] for place in range(0, 32, 4)))


def pictures(pdf: bytes, folder: Path) -> list[Image.Image]:
    """Each page as an office printer and a phone would see it: 150 dots an inch."""
    (folder / "print.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "150", "-gray", folder / "print.pdf", folder / "print"], check=True)
    found = []
    for path in sorted(folder.glob("print-*.pgm")):
        with Image.open(path) as page:
            found.append(page.copy())
    return found


def cut(page: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """A part of a page, measured in millimetres from its upper left corner."""
    dots = 150 / 25.4
    return page.crop(tuple(round(dots * side) for side in (left, top, right, bottom)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_of_each_letter_leads_to_its_own_link(language: Language, tmp_path: Path) -> None:
    letters = [letter(language, token=token) for token in ("ABC123", "XYZ789")]
    found = [read_qr(cut(page, 140, 131, 190, 182)) for page in pictures(make_letters(ASKING, letters), tmp_path)]
    assert found == [one.link for one in letters]


def test_the_code_of_each_card_leads_to_its_own_link(tmp_path: Path) -> None:
    cards = [card(number) for number in range(12)]
    found = []
    for page in pictures(make_cards(ASKING, cards, "nl"), tmp_path):
        for place in range(10):
            x, y = 15 + 95 * (place % 2), 13.5 + 54 * (place // 2)
            part = cut(page, x + 57.5, y + 0.2, x + 84.5, y + 27)
            if part.getextrema()[0] < 128:
                found.append(read_qr(part))
    assert found == [one.link for one in cards]


@given(text=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=20, max_size=210))
@settings(max_examples=25)
def test_any_link_survives_being_drawn_and_read(text: str) -> None:
    link = f"https://{text.lower()}x"
    rows = qr_modules(link)
    size = len(rows) + 8
    picture = Image.new("L", (6 * size, 6 * size), 255)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            if module:
                picture.paste(0, (6 * (x + 4), 6 * (y + 4), 6 * (x + 5), 6 * (y + 5)))
    assert read_qr(picture) == link


def test_the_reader_of_codes_finds_a_damaged_one() -> None:
    rows = [list(row) for row in qr_modules(ADDRESS)]
    rows[12][12] ^= True
    picture = Image.new("L", (len(rows) + 8, len(rows) + 8), 255)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            picture.putpixel((x + 4, y + 4), 0 if module else 255)
    with pytest.raises(AssertionError, match="damaged"):
        read_qr(picture.resize((picture.width * 5, picture.height * 5), Image.Resampling.NEAREST))


def test_a_letter_says_who_asks_until_when_and_how_to_check(desk: Path) -> None:
    dutch, english = text_by_page(make_letters(ASKING, [letter(), letter("en")]), desk)
    for text in (dutch, english):
        for words in (
            "Voorbeeld BV",
            "Eva de Wit",
            "Zorg",
            "0000 0000 0000 0000",
            ADDRESS,
            ASKING.words,
            "/a/abcd1234",
        ):
            assert words in text, words
    for words in ("Werk en energie", "23 oktober 2026", "ten minste 10 anderen", "Alleen de ondernemingsraad heeft de"):
        assert words in dutch, words
    for words in ("Work and energy", "23 October 2026", "at least 10 others", "Only the works council has the key"):
        assert words in english, words


def test_a_letter_of_level_1_does_not_claim_that_the_council_has_the_key(desk: Path) -> None:
    (text,) = text_by_page(make_letters(replace(ASKING, level=1, assisted=None), [letter()]), desk)
    assert "opent de server alles tegelijk" in text
    assert "heeft de sleutel" not in text and "JavaScript" not in text


def test_a_card_says_what_to_do_and_nothing_about_a_person(desk: Path) -> None:
    texts = text_by_page(make_cards(ASKING, [card(number) for number in range(11)], "nl"), desk)
    assert [text.count("Trek zelf een kaart") for text in texts] == [10, 1]
    for words in (
        ADDRESS,
        "lange code",
        "23 oktober 2026",
        ASKING.words,
        "0123 4567 89AB CDEF",
        "GHJK MNPQ RSTV 0010",
    ):
        assert words in texts[1], words


def inside(words: Sequence[Word], left: float, top: float, right: float, bottom: float) -> None:
    """Fails when a word reaches out of the box."""
    for word in words:
        assert left <= word.left and word.right <= right and top <= word.top and word.bottom <= bottom, word


def overlapping(words: Sequence[Word]) -> list[tuple[str, str]]:
    """Pairs of words that lie on top of each other."""
    return [
        (one.text, two.text)
        for place, one in enumerate(words)
        for two in words[place + 1 :]
        if one.shared_with(two) > 0.15
    ]


LONG_NAMES = (
    "Maximiliaan-Alexander Johannes van Oldenbarnevelt-Rechteren Limpurg tot Almelo",
    "Hottentottententententoonstellingsterreinbeheerdersvergaderzaalbeveiliging",
    "Eva",
    "",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LONG_NAMES)
def test_everything_stays_on_one_page_however_long_the_names_are(language: Language, name: str, desk: Path) -> None:
    lines = (name or "Medewerker", "Zorg en Welzijn › Behandeling en Begeleiding Intramuraal › Ondersteuningsteam 14")
    pdf = make_letters(LONG, [letter(language, name, lines)])
    (words,) = words_by_page(pdf, desk)
    inside(words, 20, 24, PAGE_WIDTH - 50, PAGE_HEIGHT - 24)
    assert not overlapping(words)
    window = [word for word in words if 130 < word.top < 255]
    assert window, "nothing stands in the window"
    inside(window, 57, 45 / 25.4 * 72, 105 / 25.4 * 72, 90 / 25.4 * 72)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_stays_on_its_card(language: Language, desk: Path) -> None:
    (words,) = words_by_page(make_cards(LONG, [card(number) for number in range(10)], language), desk)
    assert not overlapping(words)
    millimetre = 72 / 25.4
    for place in range(10):
        x, y = 15 + 95 * (place % 2), 13.5 + 54 * (place // 2)
        left, top, right, bottom = (millimetre * side for side in (x, y, x + 85, y + 54))
        mine = [word for word in words if left - 14 < word.left < right and top < word.top < bottom]
        assert any(word.text == f"{place:04}" for word in mine)
        inside(mine, left, top, right, bottom)
        beside = [word for word in mine if word.bottom < top + 26 * millimetre]
        inside(beside, left, top, right - 26 * millimetre, bottom)


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Zoë Çelik-Łukasz", "Zoë Çelik-Łukasz"),
        ("Nguyễn", "Nguyên"),
        ("Ionuț", "Ionut"),
        ("李 Mei", "□ Mei"),
        ("A\nB", "A B"),
    ],
)
def test_a_name_is_printed_as_well_as_the_typeface_can(written: str, printed: str, desk: Path) -> None:
    assert printable(written) == printed
    assert is_printable(written) == (written.replace("\n", " ") == printed)
    (text,) = text_by_page(make_letters(ASKING, [letter(name=written)]), desk)
    assert f"Beste {printed}," in text


def test_names_are_text_and_never_markup(desk: Path) -> None:
    sneaky = replace(ASKING, organisation="R&amp;D <b>Zorg</b>", title={"nl": "<i>Werk</i> & {k}", "en": "x"})
    (text,) = text_by_page(make_letters(sneaky, [letter(name="<b>Eva</b> & {name}")]), desk)
    for words in ("R&amp;D <b>Zorg</b> vraagt je", "‘<i>Werk</i> & {k}’", "Beste <b>Eva</b> & {name},"):
        assert words in text, words


def test_the_same_input_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    letters, cards = [letter("nl"), letter("en")], [card(1), card(2)]
    before = make_letters(ASKING, letters), make_cards(ASKING, cards, "en")
    monkeypatch.setattr(time, "time", lambda: 2e9)
    assert (make_letters(ASKING, letters), make_cards(ASKING, cards, "en")) == before


def test_nothing_in_the_files_runs_calls_home_or_tells_more_than_the_paper() -> None:
    for pdf in (make_letters(ASKING, [letter()]), make_cards(ASKING, [card(1)], "nl")):
        reader = PdfReader(io.BytesIO(pdf))
        assert not {"/OpenAction", "/AA", "/AcroForm", "/Names"} & set(reader.root_object)
        assert not [page for page in reader.pages if "/Annots" in page]
        assert set(reader.metadata or {}) <= {"/Title", "/Author", "/Creator", "/Producer", "/CreationDate", "/ModDate",
                                              "/Subject", "/Keywords", "/Trapped"}  # fmt: skip
        assert "Eva" not in str(reader.metadata)


def test_all_fonts_are_ours_and_in_the_file(desk: Path) -> None:
    for pdf in (make_letters(ASKING, [letter()]), make_cards(ASKING, [card(1)], "nl")):
        for line in poppler("pdffonts", pdf, desk).splitlines()[2:]:
            assert "+Peil-" in line and " yes yes " in line, line


def test_twelve_hundred_letters_take_seconds_and_fit_in_a_mail() -> None:
    letters = [letter(("nl", "en")[number % 2], f"Persoon {number}", token=str(number)) for number in range(1200)]
    started = time.perf_counter()
    pdf = make_letters(ASKING, letters)
    assert time.perf_counter() - started < 60, "on two busy cores; about ten seconds when they are free"
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1200
    assert len(pdf) < 6_000_000


def test_codes_do_not_show_where_a_letter_or_card_is_printed_by_accident() -> None:
    for secret in (letter(token="SECRET"), card(1)):
        assert "SECRET" not in repr(secret) and "0123" not in repr(secret) and "Eva" not in repr(secret)
