"""What a mail says, in both languages, and what it must never hold."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.model import LANGUAGES, Language
from survey_app.mail.message import Addressee, Asking, BadAddress, Sender, build_message

NOW = dt.datetime(2026, 10, 5, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))
TOKEN = "0123456789ABCDEF"
ASKING = Asking(
    survey="abcd1234",
    organisation="Voorbeeld BV",
    title={"nl": "Werk en energie", "en": "Work and energy"},
    address="https://peil.example.nl",
    words="lusab babad gutih tugad mufuz disup",
    level=2,
    assisted=True,
    k=10,
    closes=dt.date(2026, 10, 23),
    rounds=(dt.date(2026, 10, 12), dt.date(2026, 10, 19)),
    languages=("nl", "en"),
)
SENDER = Sender("peil@voorbeeld.nl", "Voorbeeld BV")
EVA = Addressee("eva.de.wit@voorbeeld.nl", "Eva de Wit", "nl", TOKEN)

#: Every header that a mail may have. Nothing else goes out, whatever a library adds one day.
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Language",
    "Auto-Submitted", "X-Auto-Response-Suppress",
}  # fmt: skip


def mail(round: int = 0, to: Addressee = EVA, asking: Asking = ASKING, mail_id: bytes = bytes(16)) -> EmailMessage:
    """A mail as it comes out of the wire."""
    sent = build_message(asking, to, round, SENDER, mail_id, NOW)
    received = message_from_bytes(sent.as_bytes(), policy=policy.default)
    assert isinstance(received, EmailMessage)
    return received


def part(message: EmailMessage, kind: str) -> str:
    """The text or the HTML of a mail."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


class Page(HTMLParser):
    """The words, the tags and the addresses of an HTML mail."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"


def flat(text: str) -> str:
    """A text with every run of white space as one space."""
    return " ".join(text.split())


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_says_who_asks_until_when_how_and_how_to_check(kind: str, language: Language) -> None:
    text = part(mail(to=replace(EVA, language=language)), kind)
    words = flat(Page(text).words if kind == "html" else text)
    said = {
        "nl": ("Beste Eva de Wit", "Voorbeeld BV vraagt je", "‘Werk en energie’", "tot en met 23 oktober 2026",
               "ten minste 10 anderen", "Alleen de ondernemingsraad heeft de sleutel", "op het prikbord",
               "vertrouwelijk, maar niet anoniem", "op 12 oktober 2026 en 19 oktober 2026"),
        "en": ("Dear Eva de Wit", "Voorbeeld BV asks you", "‘Work and energy’", "up to and including 23 October 2026",
               "at least 10 others", "Only the works council has the key", "on the notice board",
               "confidential but not anonymous", "on 12 October 2026 and 19 October 2026"),
    }  # fmt: skip
    for expected in (*said[language], ASKING.words, "0123 4567 89AB CDEF", "https://peil.example.nl/a/abcd1234"):
        assert expected in words, expected
    assert f"https://peil.example.nl/b/abcd1234#{TOKEN}" in text


def test_the_code_and_the_completion_token_are_explained_in_two_sentences_each() -> None:
    for language in LANGUAGES:
        texts = texts_of(language)["link"]
        for key in ("code", "done"):
            assert len(re.findall(r"[.:?](?= |$)", texts[key])) - texts[key].count(":") == 2, (language, key)
    words = flat(part(mail(), "plain"))
    assert "Achter het teken # staat je persoonlijke code" in words
    assert "een bewijs dat aan geen enkel antwoord te koppelen is" in words


def test_only_the_link_leads_anywhere_and_nothing_is_fetched_or_run() -> None:
    tags = Page(part(mail(), "html")).tags
    assert {tag for tag, _ in tags} == {"html", "head", "meta", "title", "body", "div", "p", "h2", "a"}
    assert [attributes["href"] for tag, attributes in tags if tag == "a"] == [
        f"https://peil.example.nl/b/abcd1234#{TOKEN}"
    ]
    for _, attributes in tags:
        assert not {"src", "background", "onload", "onclick", "ping", "action"} & set(attributes)
        assert "url(" not in (attributes.get("style") or "")


@pytest.mark.parametrize("round", [0, 1, 2])
def test_headers_are_the_known_ones_and_tell_nothing_about_the_person(round: int) -> None:
    message = mail(round)
    assert set(message.keys()) == HEADERS
    assert message["To"] == EVA.email
    assert message["From"] == "Voorbeeld BV <peil@voorbeeld.nl>"
    for name in HEADERS - {"To"}:
        for secret in (TOKEN, "0123", "Eva", "eva", "Wit"):
            assert secret not in str(message[name]), name
    assert message["Auto-Submitted"] == "auto-generated"


def test_two_people_get_mails_that_differ_in_address_name_and_code_only() -> None:
    other = Addressee("omar@voorbeeld.nl", "Omar", "nl", "ZYXWVTSRQPNMKJHG")
    one, two = mail(), mail(to=other)
    for name in HEADERS - {"To"}:
        assert one[name] == two[name], name
    for kind in ("plain", "html"):
        text = part(two, kind).replace("ZYXW VTSR QPNM KJHG", "0123 4567 89AB CDEF").replace(other.token, TOKEN)
        assert text.replace("Omar", "Eva de Wit") == part(one, kind)


def test_the_number_of_a_mail_belongs_to_the_mail_alone() -> None:
    assert mail()["Message-ID"] == mail(to=replace(EVA, token="Z" * 16))["Message-ID"]
    assert mail()["Message-ID"] != mail(mail_id=b"\1" * 16)["Message-ID"]
    assert "00000000" not in mail()["Message-ID"]


def test_the_same_mail_has_the_same_bytes() -> None:
    sent = [build_message(ASKING, EVA, 1, SENDER, bytes(16), NOW).as_bytes() for _ in range(2)]
    assert sent[0] == sent[1]


def test_a_mail_is_seven_bits_in_short_lines() -> None:
    sent = build_message(ASKING, replace(EVA, name="Zoë Çelik 🙂"), 0, SENDER, bytes(16), NOW).as_bytes()
    assert sent.isascii()
    assert max(map(len, sent.split(b"\r\n"))) <= 78
    assert b"\n" not in sent.replace(b"\r\n", b"")


def test_reminders_say_so_and_never_that_somebody_did_not_answer() -> None:
    for round in (1, 2):
        message = mail(round)
        assert message["Subject"] == "Herinnering: Werk en energie"
        words = flat(part(message, "plain"))
        assert "Soms sturen we deze mail ook aan wie al klaar is" in words
        assert not re.search(r"nog niet (ingevuld|meegedaan|geantwoord)|we zagen|je hebt nog", words)
        assert ("laatste mail" in words) == (round == 2)
    assert mail()["Subject"] == "Uitnodiging: Werk en energie"


def test_with_reminders_for_everybody_the_mail_says_that() -> None:
    words = flat(part(mail(1, asking=replace(ASKING, remind_all=True)), "plain"))
    assert "Iedereen krijgt deze herinnering" in words


@pytest.mark.parametrize(
    ("rounds", "said"),
    [((), "geen herinneringen"), ((dt.date(2026, 10, 12),), "hooguit één herinnering, op 12 oktober 2026.")],
)
def test_the_number_of_reminders_is_told(rounds: tuple[dt.date, ...], said: str) -> None:
    assert said in flat(part(mail(asking=replace(ASKING, rounds=rounds)), "plain"))


def test_level_and_ways_in_are_those_of_the_manifest() -> None:
    words = flat(part(mail(asking=replace(ASKING, level=1, assisted=False)), "plain"))
    assert "opent de server alles tegelijk" in words and "heeft de sleutel" not in words
    assert "JavaScript" not in words and "/a/" not in words
    independent = replace(ASKING, level=3, independent_client="https://or.example.nl/peil.html")
    words = flat(part(mail(asking=independent), "plain"))
    assert (
        "https://or.example.nl/peil.html Vul daar je code in." in words
        and "https://peil.example.nl abcd1234" not in words
    )
    words = flat(part(mail(asking=replace(ASKING, languages=("nl",))), "plain"))
    assert "English" not in words


def test_without_a_name_the_greeting_is_plain() -> None:
    assert part(mail(to=replace(EVA, name="")), "plain").splitlines()[0] == "Hallo,"


def test_names_are_text_and_never_markup_or_headers() -> None:
    sneaky = replace(ASKING, organisation='<b>R&D</b> "x"', title={"nl": "Werk\r\nBcc: x@y.nl {k}", "en": "x"})
    message = mail(to=replace(EVA, name="<script>Eva</script>\r\nBcc: a@b.nl"), asking=sneaky)
    assert message["Subject"] == "Uitnodiging: Werk Bcc: x@y.nl {k}"
    assert message["Bcc"] is None
    page = Page(part(message, "html"))
    assert not {"script", "b"} & {tag for tag, _ in page.tags}
    assert '<b>R&D</b> "x" vraagt je' in flat(page.words)


@pytest.mark.parametrize(
    "address",
    ["", "eva", "@voorbeeld.nl", "eva@", "eva@voor beeld.nl", "e va@voorbeeld.nl", "eva@voorbeeld.nl\r\nBcc: x@y.nl",
     "ëva@voorbeeld.nl", "eva@voorbeeld.nl, x@y.nl", "eva@" + "x" * 70 + ".nl", "<eva@voorbeeld.nl>"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(BadAddress) as refusal:
        mail(to=replace(EVA, email=address))
    assert "eva" not in str(refusal.value)


def test_a_domain_with_other_letters_is_written_as_the_network_knows_it() -> None:
    assert mail(to=replace(EVA, email="eva@bücher.example"))["To"] == "eva@xn--bcher-kva.example"


@given(
    name=st.text(max_size=60),
    title=st.text(min_size=1, max_size=60),
    local=st.from_regex(r"[a-z0-9._+-]{1,30}", fullmatch=True),
)
def test_whatever_stands_on_a_roster_either_makes_a_sound_mail_or_is_refused(name: str, title: str, local: str) -> None:
    asking = replace(ASKING, title={"nl": title, "en": title})
    try:
        message = mail(to=replace(EVA, name=name, email=f"{local}@voorbeeld.nl"), asking=asking)
    except BadAddress:
        return
    assert set(message.keys()) == HEADERS
    assert message["To"] == f"{local}@voorbeeld.nl"
    assert f"#{TOKEN}" in part(message, "plain")


def texts_of(language: Language) -> dict[str, dict[str, str]]:
    """The texts of mails in one language."""
    return tomllib.loads(
        resources.files("survey_app.mail").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
    )


def flattened(texts: dict[str, object], above: str = "") -> dict[str, str]:
    """The texts by dotted key."""
    found: dict[str, str] = {}
    for key, value in texts.items():
        found |= flattened(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: str(value)}
    return found


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    dutch, english = (flattened(texts_of(language)) for language in LANGUAGES)
    assert list(dutch) == list(english)
    for key, text in dutch.items():
        values = [{name for _, name, _, _ in Formatter().parse(words) if name} for words in (text, english[key])]
        assert values[0] == values[1], key
        assert not re.search(r"[!\"]", text + english[key]), key


def test_every_text_is_used() -> None:
    source = Path(str(resources.files("survey_app.mail").joinpath("message.py"))).read_text(encoding="utf-8")
    for key in flattened(texts_of("nl")):
        assert f'"{key.rsplit(".", 1)[-1]}"' in source, key
