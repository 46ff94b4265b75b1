"""What every form of a report says, in French and in order, before any of them gives it a shape.

A number that may not be told is dropped here, so that no writer can show it by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from proxirh.kernel.text import clean_text
from proxirh.steering import periods
from proxirh.steering.indicators.shape import SUBJECTS
from proxirh.steering.report import NONE, Breakdown, Measured, Report, Row, Value
from proxirh.territories.figures import Scope
from proxirh.ui import french

PARIS = ZoneInfo("Europe/Paris")
TITLE = "Bilan d’activité"
SERVICE = "Service RH de proximité"
# In the order of the founding slides.
WITHHELD = "données insuffisantes"
NOTHING = "aucune donnée"
WHY_WITHHELD = (
    "Données insuffisantes : trop peu de personnes derrière au moins un nombre. Il n’est pas montré, pour ne désigner "
    "personne."
)
ROUNDED = "Les pourcentages sont arrondis, leur somme peut différer de 100."
APART = "à part"
DISCLOSURE_NONE = "Secret statistique : aucun, document de travail, ne pas diffuser"
DISCLOSURE_K11 = "Secret statistique : appliqué, au seuil de 11 personnes"
READING = (
    "Chaque indicateur est donné avec sa définition, sa population, sa période et le nombre sur lequel il porte (n).",
    "Une ligne « à part » est comptée dans le total et n’entre pas dans les pourcentages.",
    ROUNDED,
)
READING_K11 = (
    "Un nombre derrière lequel se trouvent moins de 11 personnes, ou qui en ferait trouver un, n’est pas montré.",
    "Les effectifs de conseillers sont publiés tels quels.",
)
READING_NONE = ("Tous les nombres sont montrés, même les plus petits : ce document peut désigner des personnes.",)

_MONTH = re.compile(r"\d{4}-\d{2}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]+")
_ALREADY_APART = re.compile(r"\s*\(à part\)$")


class Described(Protocol):
    """What a writer reads of an indicator; texts are French, `unit_label` heads its numbers or follows its value."""

    @property
    def name(self) -> str: ...
    @property
    def definition(self) -> str: ...
    @property
    def population(self) -> str: ...
    @property
    def unit_label(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def decimals(self) -> int: ...


type Describe = Callable[[str], Described]


@dataclass(frozen=True, slots=True)
class Line:
    """One row: `count` is none when it may not be told, `share` also when the row stands apart."""

    label: str
    count: int | None
    share: float | None
    is_apart: bool

    @property
    def name(self) -> str:
        """The label, and whether the row stands apart."""
        return f"{self.label} ({APART})" if self.is_apart else self.label

    @property
    def count_text(self) -> str:
        """The count as it is read."""
        return WITHHELD if self.count is None else french.number(self.count)

    @property
    def share_text(self) -> str:
        """The share as it is read, a dash for a row that has none."""
        return "—" if self.share is None else french.percent(self.share, 1)


@dataclass(frozen=True, slots=True)
class Item:
    """One indicator: rows, which are a series when they are months, or one value; `n` is how many stand behind it, none
    when that may not be told.
    """

    id: str
    name: str
    definition: str
    population: str
    unit_label: str
    decimals: int
    is_table: bool
    is_series: bool
    lines: tuple[Line, ...]
    value: float | None
    n: int | None
    is_withheld: bool
    notes: tuple[str, ...]

    @property
    def is_percent(self) -> bool:
        """True for a value in percent."""
        return self.unit_label == "%"

    @property
    def has_shares(self) -> bool:
        """True when the rows are parts of a whole."""
        return any(line.share is not None for line in self.lines)

    @property
    def may_chart(self) -> bool:
        """True when there is something to draw."""
        return any(line.count for line in self.lines)

    @property
    def value_text(self) -> str:
        """The value as it is read, without its unit but for a percentage."""
        if self.value is None:
            return WITHHELD if self.is_withheld else NOTHING
        if self.is_percent:
            return french.percent(self.value / 100, self.decimals)
        return french.number(self.value, self.decimals)

    @property
    def value_unit(self) -> str:
        """What follows the value: nothing after a percentage or when there is none."""
        if self.value is None or self.is_percent:
            return ""
        return self.unit_label[:1].lower() + self.unit_label[1:]

    @property
    def label_header(self) -> str:
        """Header of the labels."""
        return "Période" if self.is_series else "Catégorie"

    @property
    def n_text(self) -> str:
        """« n = 1 234 », or that it is not told."""
        return f"n non communiqué : {WITHHELD}" if self.n is None else f"n = {french.number(self.n)}"

    @property
    def alt(self) -> str:
        """The drawing told in one sentence, for whoever does not see it."""
        told = " ; ".join(
            f"{line.name} : {line.count_text if line.share is None else line.share_text}" for line in self.lines
        )
        return f"Diagramme à barres. {self.name}. {told}."


@dataclass(frozen=True, slots=True)
class Section:
    """One subject."""

    id: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """A whole report, in words; `is_draft` when nothing was held back."""

    scope: str
    period: str
    disclosure: str
    is_draft: bool
    generated_at: datetime
    sha256: str
    reading: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        """« Bilan d’activité, académie de Lyon, septembre 2019 à août 2020 »."""
        return f"{TITLE}, {self.scope}, {self.period}"

    @property
    def place(self) -> str:
        """The scope, where it begins a line."""
        return self.scope[:1].upper() + self.scope[1:]

    @property
    def generated(self) -> str:
        """When it was made, zone named."""
        at = self.generated_at.astimezone(PARIS)
        return f"Produit le {french.plain_day(at)} à {french.hour(at)}, heure de Paris"

    @property
    def digest(self) -> str:
        """The hash that two reports of the same figures share."""
        return f"Empreinte SHA-256 des indicateurs : {self.sha256}"


def read(report: Report, describe: Describe) -> Content:
    """The report in words; raises KeyError for an indicator that `describe` does not know."""
    found: dict[str, list[Item]] = {name: [] for name in SUBJECTS}
    period = periods.named(report.period)
    for one in report:
        found[describe(one.id).section].append(_item(one, describe(one.id), period))
    is_draft = report.disclosure == NONE
    return Content(
        scope=_scope(report.scope),
        period=period,
        disclosure=DISCLOSURE_NONE if is_draft else DISCLOSURE_K11,
        is_draft=is_draft,
        generated_at=report.generated_at,
        sha256=report.sha256,
        reading=(*READING, *(READING_NONE if is_draft else READING_K11)),
        sections=tuple(Section(name, SUBJECTS[name], tuple(items)) for name, items in found.items() if items),
    )


def _scope(scope: Scope) -> str:
    name = plain(scope.name)
    if scope.width == "academie":
        return f"académie {french.of(name)}"
    if scope.width == "region":
        return f"région académique {name}"
    return f"{name} (département)" if scope.width == "departement" else name


def _item(one: Measured, described: Described, period: str) -> Item:
    lines = _lines(one) if isinstance(one, Breakdown) else ()
    value = one.value if isinstance(one, Value) and not one.suppressed else None
    n = one.total if isinstance(one, Breakdown) else one.n
    is_withheld = one.suppressed or any(line.count is None for line in lines)
    return Item(
        id=one.id,
        name=plain(described.name),
        definition=plain(described.definition),
        population=f"{plain(described.population)} Période : {period}.",
        unit_label=plain(described.unit_label),
        decimals=described.decimals,
        is_table=isinstance(one, Breakdown),
        is_series=isinstance(one, Breakdown) and all(_MONTH.fullmatch(row.key) for row in one.rows),
        lines=lines,
        value=value,
        n=None if one.suppressed else n,
        is_withheld=is_withheld,
        notes=_notes(lines, None if one.suppressed else n, is_withheld=is_withheld),
    )


def _lines(table: Breakdown) -> tuple[Line, ...]:
    """A row without share stands apart when others of its table have one."""
    shared = any(row.share is not None and not row.suppressed for row in table.rows)

    def line(row: Row) -> Line:
        told = not row.suppressed
        return Line(
            label=_ALREADY_APART.sub("", plain(row.label)),
            count=row.count if told else None,
            share=row.share if told else None,
            is_apart=shared and row.share is None,
        )

    return tuple(line(row) for row in table.rows)


def _notes(lines: tuple[Line, ...], total: int | None, *, is_withheld: bool) -> tuple[str, ...]:
    notes = [WHY_WITHHELD] if is_withheld else []
    hidden = [line for line in lines if line.count is None]
    if hidden and total is not None:
        together = total - sum(line.count or 0 for line in lines)
        notes.append(f"Les lignes dont le nombre n’est pas montré comptent ensemble {french.number(together)}.")
    if any(line.share is not None for line in lines):
        base = sum(line.count or 0 for line in lines if line.share is not None)
        notes.append(f"Pourcentages calculés sur {french.number(base)}. {ROUNDED}")
    return tuple(notes)


def plain(text: str) -> str:
    """One line of text that every format may hold."""
    return _CONTROLS.sub(" ", clean_text(text)).strip()
