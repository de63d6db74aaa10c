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
        "empty.text": "Zolang het onderzoek loopt, zijn er geen uitkomsten, voor niemand. Na sluiting opent de urn, "
        "en daarna staat het rapport hier.",
        "missing.title": "Deze pagina is er niet",
        "missing.text": "Het adres klopt niet, of de pagina is weg.",
        "missing.back": "Naar de eerste bladzijde",
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
        "empty.text": "As long as the survey runs there are no results, for anybody. After it closes the urn is "
        "opened, and then the report appears here.",
        "missing.title": "There is no such page",
        "missing.text": "The address is wrong, or the page has gone.",
        "missing.back": "To the first page",
    },
}
