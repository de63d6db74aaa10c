"""The words around the report on screen."""

from __future__ import annotations

from instruments.model import Language

WORDS: dict[Language, dict[str, str]] = {
    "nl": {
        "other": "English",
        "skip": "Naar de inhoud",
        "contents": "Inhoud",
        "files": "Meenemen",
        "file.report-nl.pdf": "Rapport (Nederlands, PDF)",
        "file.report-en.pdf": "Rapport (Engels, PDF)",
        "file.released.csv": "Alle vrijgegeven cijfers (CSV)",
        "file.certificate.json": "Certificaat (JSON)",
        "empty.title": "Nog geen resultaten",
        "empty.text": "Deze pagina toont een rapport zodra er een is. Maak er een met de voorbeeldorganisatie:",
        "empty.own": "Of met eigen antwoorden:",
        "missing.title": "Deze pagina is er niet",
        "missing.text": "Het adres klopt niet, of de pagina is weg.",
        "missing.back": "Naar de resultaten",
    },
    "en": {
        "other": "Nederlands",
        "skip": "To the content",
        "contents": "Contents",
        "files": "Take along",
        "file.report-nl.pdf": "Report (Dutch, PDF)",
        "file.report-en.pdf": "Report (English, PDF)",
        "file.released.csv": "All released figures (CSV)",
        "file.certificate.json": "Certificate (JSON)",
        "empty.title": "No results yet",
        "empty.text": "This page shows a report as soon as there is one. Make one of the demo organisation:",
        "empty.own": "Or of your own answers:",
        "missing.title": "There is no such page",
        "missing.text": "The address is wrong, or the page has gone.",
        "missing.back": "To the results",
    },
}
