"""What an indicator says of itself, what it is computed from, and what may be told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from proxirh.enquiries.figures import Counts, Period
from proxirh.steering.publication import Shown
from proxirh.steering.report import Measured
from proxirh.territories.figures import Network, Scope

type Measure = Callable[[Indicator, Material], Measured]

COUNTS = "Comptes mensuels, tenus à chaque acte, sans nom, sans texte et sans établissement."
POSTINGS = "Missions datées du réseau, telles que les académies les tiennent."
BY_ASKING = "Au jour où la personne a demandé, heure de son département."
LAST_DAY = "Le dernier jour de la période, missions commencées et non finies ce jour-là."
NATIONAL_OFFICE = "Bureau national du réseau RH de proximité."


# In the order of the founding slides.
SUBJECTS = {
    "profiles": "Profil des conseillers",
    "working_share": "Quotité de service",
    "locations": "Implantation",
    "requesters": "Profil des demandeurs",
    "topics": "Typologie des demandes",
    "outcomes": "Typologie des réponses",
    "delays": "Délais",
    "satisfaction": "Satisfaction",
}


class Control(Protocol):
    """What decides how much may be told of a scope over whole months."""

    def decision(
        self, indicator: str, *, keys: tuple[str, ...], apart: tuple[str, ...], scope: Scope, period: Period
    ) -> Shown:
        """How much of the table of `keys` and `apart` may be told."""

    def may_tell_size(self, indicator: str, *, scope: Scope, period: Period) -> bool:
        """May it be told how many people an indicator counts? Then so may a mean or a quantile of them."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that one report is computed from, read once, in a number of queries that nothing changes.

    `told` are the months of the period that may be told of: none of them while the first one runs.
    """

    scope: Scope
    period: Period
    told: Period | None
    counts: Counts
    in_time: int
    network: Network
    coordinators: Mapping[str, int]
    subtopics: Mapping[str, str]
    control: Control | None

    def by_key(self, indicator: str) -> Mapping[str, int]:
        """Counts of one indicator over the months told of."""
        return self.counts.by_key(indicator, self.told) if self.told else {}

    def shown(self, indicator: str, keys: tuple[str, ...], apart: tuple[str, ...]) -> Shown:
        """How much may be told of one table over the months told of; all of it to whoever asked for no control."""
        if self.told is None:
            return Shown.NOTHING
        if self.control is None:
            return Shown.WHOLE
        return self.control.decision(indicator, keys=keys, apart=apart, scope=self.scope, period=self.told)

    def tells_size(self, indicator: str, period: Period | None = None) -> bool:
        """May it be told how many people an indicator counts, over the months told of or one of them?"""
        if self.told is None:
            return False
        if self.control is None:
            return True
        return self.control.may_tell_size(indicator, scope=self.scope, period=period or self.told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One entry of the registry: `keys` are its rows in order, with their labels, and `apart` those out of the shares.

    `keys` is empty for one figure, and where the rows depend on what is asked (months, académies, sub-topics), which
    `rows` then says.
    """

    id: str
    name: str
    definition: str
    formula: str
    population: str
    period_rule: str = BY_ASKING
    unit: str
    unit_label: str
    source: str = COUNTS
    since: str = "septembre 2019"
    owner: str = NATIONAL_OFFICE
    section: str
    decimals: int = 0
    keys: Mapping[str, str] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    rows: str = ""
    measure: Measure = field(repr=False)

    @property
    def lines(self) -> str:
        """Its rows in words; nothing for one figure."""
        return self.rows or ", ".join(
            f"{label} (à part)" if key in self.apart else label for key, label in self.keys.items()
        )
