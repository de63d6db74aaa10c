"""Response rates of a closed list of invited people, by the names of AAPOR."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ResponseRates:
    """Response rates (0–1) of a closed list of invited people, under the names of AAPOR.

    *Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys* (The
    American Association for Public Opinion Research, 10th edition, 2023). ``unknown``: people of
    whom it is not certain that they belong on the list, such as those whose invitation bounced.
    ``ineligible``: those who certainly do not, such as people who had left. Everybody else who was
    silent is an eligible non-respondent: why is not known, so refusals and non-contacts are one
    number. RR3 and RR4 need a guess at how many of the unknown are eligible; they lie in between.
    """

    invited: int
    complete: int
    partial: int
    break_off: int
    unknown: int
    ineligible: int

    @property
    def nonrespondents(self) -> int:
        """Eligible people without a complete or partial questionnaire, break-offs among them."""
        return self.invited - self.ineligible - self.unknown - self.complete - self.partial

    @property
    def rr1(self) -> float:
        """Complete questionnaires among everybody who may be eligible: the lowest rate."""
        return self.complete / (self.invited - self.ineligible)

    @property
    def rr2(self) -> float:
        """As :attr:`rr1`, with partial ones counted as response."""
        return (self.complete + self.partial) / (self.invited - self.ineligible)

    @property
    def rr5(self) -> float:
        """Complete questionnaires among the people who are certainly eligible; RR1 if nobody is unknown."""
        return self.complete / (self.invited - self.ineligible - self.unknown)

    @property
    def rr6(self) -> float:
        """As :attr:`rr5`, with partial ones counted as response: the highest rate."""
        return (self.complete + self.partial) / (self.invited - self.ineligible - self.unknown)


def response_rates(
    invited: int, complete: int, partial: int = 0, *, break_off: int = 0, unknown: int = 0, ineligible: int = 0
) -> ResponseRates:
    """AAPOR's response rates of a closed list of ``invited`` people.

    Raises ``ValueError`` when the parts are negative or more than the list, and when nobody on
    the list was certainly eligible.
    """
    if min(complete, partial, break_off, unknown, ineligible) < 0:
        raise ValueError("numbers of people cannot be negative")
    if complete + partial + break_off + unknown + ineligible > invited:
        raise ValueError(f"more outcomes than the {invited} people who were invited; count everybody once")
    if invited - unknown - ineligible == 0:
        raise ValueError("response rates need at least one person who could have taken part")
    return ResponseRates(invited, complete, partial, break_off, unknown, ineligible)
