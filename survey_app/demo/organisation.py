"""The invented care group: its divisions, locations and teams, and what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.units import UnitPath

ORGANISATION = "Zorggroep Vlierwaarde"

Locations = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Division:
    """A unit of the first level.

    ``locations``: location → team → people invited in 2026. ``effects``: shifts of states
    (:mod:`survey_app.demo.states`) in standard deviations, before centring on the whole
    organisation. ``women`` is a share; ``younger`` multiplies the chance of the three lower age
    bands, ``flexible`` that of a flexible contract; ``response`` shifts the readiness to take
    part, in standard deviations.
    """

    name: str
    locations: Locations
    women: float
    effects: Mapping[str, float] = field(default_factory=dict)
    younger: float = 1.0
    flexible: float = 1.0
    response: float = 0.0


@dataclass(frozen=True)
class Team:
    """A unit of the third level: ``division`` is its place in :data:`DIVISIONS`."""

    path: UnitPath
    division: int
    size: int


DIVISIONS: tuple[Division, ...] = (
    Division(
        "Verpleeghuiszorg",
        {
            "Locatie Brink": {"Begane grond": 30, "Eerste verdieping": 33, "Tweede verdieping": 26},
            "Locatie Singel": {"Noordvleugel": 31, "Zuidvleugel": 28, "Dagbehandeling": 24},
            "Locatie Oever": {"Somatiek": 36, "Psychogeriatrie": 40, "Palliatieve zorg": 22},
            "Locatie Dijk": {"Waterzijde": 25, "Landzijde": 27, "Kortdurend verblijf": 20},
        },
        women=0.90,
        effects={"demands": 0.30, "autonomy": -0.25, "leadership": -0.10, "fatigue": 0.10},
        response=-0.10,
    ),
    Division(
        "Thuiszorg",
        {
            "Rayon Noord": {"Wijkteam 1": 17, "Wijkteam 2": 19, "Wijkteam 3": 15, "Wijkteam 4": 14},
            "Rayon Oost": {"Wijkteam 5": 18, "Wijkteam 6": 16, "Wijkteam 7": 20},
            "Rayon Zuid": {"Wijkteam 8": 17, "Wijkteam 9": 14, "Wijkteam 10": 19, "Wijkteam 11": 13},
            "Hulp bij het huishouden": {"Team Noord": 38, "Team Zuid": 36, "Team Oost": 16},
        },
        women=0.94,
        effects={"demands": 0.00, "autonomy": 0.05, "leadership": 0.05},
    ),
    Division(
        "Gehandicaptenzorg",
        {
            "Wonen Oost": {"Woning 1 en 2": 23, "Woning 3 en 4": 21, "Woning 5": 18},
            "Wonen West": {"Woning 6 en 7": 24, "Woning 8": 20, "Woning 9": 12},
            "Dagbesteding": {"Tuin en dier": 26, "Atelier": 18, "Winkel": 14, "Vervoer": 6},
        },
        women=0.80,
        effects={"demands": -0.05, "autonomy": 0.05, "leadership": 0.10},
        younger=1.3,
        response=0.10,
    ),
    Division(
        "Behandeling en revalidatie",
        {
            "Paramedische dienst": {"Fysiotherapie": 23, "Ergotherapie en logopedie": 19},
            "Medische dienst": {"Artsen en specialisten": 20, "Psychologie": 15},
            "Herstelafdeling": {"Opname": 18, "Nazorg": 14},
        },
        women=0.80,
        effects={"demands": 0.20, "autonomy": 0.50, "leadership": 0.10},
        response=0.35,
    ),
    Division(
        "Facilitair bedrijf",
        {
            "Keukens": {"Keuken Brink": 25, "Keuken Oever": 21},
            "Schoonmaak": {"Vroege ploeg": 34, "Late ploeg": 24},
            "Gebouw en vervoer": {"Techniek": 16, "Logistiek": 13},
        },
        women=0.60,
        effects={"demands": -0.25, "autonomy": -0.35, "leadership": -0.15},
        flexible=1.3,
        response=-0.35,
    ),
    Division(
        "Ondersteunende diensten",
        {
            "Mens en organisatie": {"Personeelsadvies": 15, "Roosterbureau": 18, "Opleidingen": 12},
            "Financiën en ICT": {"Administratie": 22, "ICT": 16},
            "Kwaliteit en communicatie": {"Kwaliteit": 14, "Communicatie": 11},
        },
        women=0.64,
        effects={"demands": -0.15, "autonomy": 0.60, "leadership": 0.15, "fatigue": -0.10},
        response=0.45,
    ),
    Division(
        "Nachtdienst en flexpool",
        {"Nachtdienst": {"Nachtteam": 25}, "Flexpool": {"Flexteam": 18}},
        women=0.84,
        effects={"demands": -0.05, "autonomy": -0.40, "leadership": -0.10},
        younger=1.4,
        flexible=1.8,
        response=-0.20,
    ),
    Division(
        "Bestuursbureau",
        {"Hoofdkantoor": {"Bestuur en staf": 9}},
        women=0.55,
        effects={"demands": 0.20, "autonomy": 0.70},
        response=0.30,
    ),
)


def list_teams() -> tuple[Team, ...]:
    """All teams in the order of :data:`DIVISIONS`."""
    return tuple(
        Team((division.name, location, team), place, size)
        for place, division in enumerate(DIVISIONS)
        for location, teams in division.locations.items()
        for team, size in teams.items()
    )
