"""The words of the page about the tally list."""

from __future__ import annotations

from instruments.model import Language

WORDS: dict[Language, dict[str, str]] = {
    "nl": {
        "other": "English",
        "skip": "Naar de inhoud",
        "title": "De tellijst",
        "what": (
            "Op deze lijst staat elk stembiljet dat is geteld: één regel per stembiljet, op volgorde van de "
            "regels zelf. Er staat niet bij van wie een stembiljet is, uit welke afdeling het komt of wat iemand "
            "heeft ingevuld."
        ),
        "why": "Zo kan iedereen nagaan dat er na de opening niets is veranderd.",
        "why.council": "De ondernemingsraad kan de hele lijst narekenen, ook zonder deze server.",
        "waiting": "De lijst komt hier te staan als de urn is geopend. Tot dan ziet niemand een antwoord.",
        "figures": "Wat er op de lijst staat",
        "size": "Getelde stembiljetten",
        "invalid": "Ongeldige enveloppen",
        "root": "Kenmerk van de lijst",
        "root.text": (
            "Verandert er één teken in de lijst, dan verandert dit kenmerk. Het is getekend door wie de urn opende."
        ),
        "words": "Zes woorden van deze enquête",
        "words.text": (
            "Deze woorden stonden in je uitnodiging. Zijn ze daar anders, meld dat dan aan de ondernemingsraad."
        ),
        "take": "Meenemen",
        "take.list": "De lijst (één regel per stembiljet)",
        "take.head": "Het kenmerk met de handtekeningen",
        "check": "Zelf nagaan",
        "check.own": (
            "Telt jouw stembiljet mee? Open de enquête met je herstelcode en kies “Ben ik meegeteld?”. Dat kan tot "
            "de enveloppen zijn vernietigd."
        ),
        "check.receipt": (
            "Of geef je ontvangstbewijs aan de ondernemingsraad. Die kan ermee nagaan of jouw envelop in de urn zat, "
            "en met de sleutel ook of jouw stembiljet is geteld."
        ),
        "hidden": (
            "Elke regel is een kenmerk van één stembiljet (“hidden”). Alleen wie het stembiljet heeft, kan zien dat "
            "het erop staat."
        ),
        "check.all": "Narekenen kan met “peil council audit” en de bestanden die de ondernemingsraad bewaart.",
        "missing.title": "Deze enquête is er niet",
        "missing.text": "Het adres klopt niet, of de enquête is nog niet begonnen.",
    },
    "en": {
        "other": "Nederlands",
        "skip": "To the content",
        "title": "The tally list",
        "what": (
            "This list holds every ballot that was counted: one line for each, in the order of the lines themselves. "
            "It does not say whose a ballot is, which unit it is from, or what anybody answered."
        ),
        "why": "With it everybody can check that nothing was changed after the opening.",
        "why.council": "The works council can check the whole list, without this server too.",
        "waiting": "The list comes here when the urn has been opened. Until then nobody sees an answer.",
        "figures": "What is on the list",
        "size": "Ballots counted",
        "invalid": "Envelopes that were not valid",
        "root": "Fingerprint of the list",
        "root.text": (
            "If one character of the list changes, this fingerprint changes. It is signed by whoever opened the urn."
        ),
        "words": "Six words of this survey",
        "words.text": "These are the words in your invitation. If yours are different, tell the works council.",
        "take": "Take along",
        "take.list": "The list (one line for each ballot)",
        "take.head": "The fingerprint with its signatures",
        "check": "Check it yourself",
        "check.own": (
            "Does your ballot count? Open the survey with your recovery code and choose “Was I counted?”. You can do "
            "that until the envelopes are destroyed."
        ),
        "check.receipt": (
            "Or give your receipt to the works council. With it they can check that your envelope was in the urn, and "
            "with their key also whether your ballot was counted."
        ),
        "hidden": (
            "Each line is a fingerprint of one ballot (“hidden”). Only who has the ballot can see that it is there."
        ),
        "check.all": "To check everything, use “peil council audit” and the files that the works council keeps.",
        "missing.title": "There is no such survey",
        "missing.text": "The address is wrong, or the survey has not started yet.",
    },
}
