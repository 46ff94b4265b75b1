"""Which tables may be published, of all those that a reader could subtract from one another (RULES §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Self

from django.db.models import QuerySet, Sum

from proxirh.enquiries.figures import Period, place_of
from proxirh.enquiries.models import MonthlyCount
from proxirh.kernel import disclosure
from proxirh.kernel.disclosure import Counted, Place, Told
from proxirh.territories.figures import ACADEMY, DEPARTMENT, NATIONAL, REGION, Scope, scope_of, scopes
from proxirh.territories.models import Academy, Department

SIZE = ""
# A row is told of several keys; counts are by key, then by place and month.
type Row = tuple[str, ...]
type Rows = Mapping[str, Mapping[tuple[str, date], int]]


class Shown(Enum):
    """How a breakdown may be told: whole, with its rows apart as one, or « données insuffisantes »."""

    WHOLE = "whole"
    MERGED = "merged"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Publication:
    """What one edition may tell: of all places and some school years, what was counted before `until`.

    Within an edition, no adding or subtracting of told tables counts a few enquiries: see `kernel.disclosure`. A month
    that ends adds tables and takes none away. Months of different school years share nobody: a period over several is
    told where each year tells its part of it.

    Between two editions nothing is judged: an act of December on an enquiry of October changes October, and the same
    table read twice differs by what was done in between. So what is published is frozen and read again as it was.

    A row counts enquiries, each once, so that none is more than an eleventh of a cell: nothing dominates at 85 %, nor
    in a mean of marks from 1 to 5. Who asks several times counts several times: the counts know nobody to tell. A
    table has three dimensions: place, period, and the rows of one indicator.
    """

    months: Period
    until: date
    threshold: int
    own: str
    place: Place
    sizes: Mapping[str, Mapping[tuple[str, date], int]]
    _rows: dict[str, Rows] = field(default_factory=dict)
    _told: dict[tuple[str, date, tuple[Row, ...]], _Edition] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        period: Period,
        *,
        until: date,
        threshold: int = disclosure.PUBLISHED,
        academy: Academy | None = None,
    ) -> Self:
        """Three queries, whatever the places and the months; then one more for each breakdown asked about.

        `until` is the first of the month of today. Under the threshold of what is published, it is for whoever answers
        for `academy`: its own counts are told from `threshold`, those of the others as they are published.
        """
        if (threshold < disclosure.PUBLISHED) != (academy is not None):
            raise ValueError("a lower threshold is for one académie, which must be named")
        found: dict[str, dict[tuple[str, date], int]] = defaultdict(dict)
        months = Period(Period.school_year(period.start).start, Period.school_year(period.last_day).end)
        rows = _counts(months, until).values_list("indicator", "department_code", "month").annotate(total=Sum("n"))
        for indicator, code, month, total in rows:
            found[indicator][_named(code), month] = total
        return cls(
            months=months,
            until=until,
            threshold=threshold,
            own=scope_of(academy).code if academy else "",
            place=_country(),
            sizes=found,
        )

    def may_tell_size(self, indicator: str, *, scope: Scope, period: Period) -> bool:
        """May the number of what an indicator counts be told, or a mean or a rank of it, over a period until now?"""
        years = self._years(period)
        return bool(years) and all(
            self._size(indicator, year).inside.may_tell(scope.code, months) for year, months in years
        )

    def decision(
        self,
        indicator: str,
        *,
        keys: tuple[str, ...],
        apart: tuple[str, ...] = (),
        scope: Scope,
        period: Period,
    ) -> Shown:
        """May this breakdown be told over a period until now?

        A count whose key is no row counts in its branch (« 2.3 » in « 2 »). The rows `apart` become one before the
        whole table is withheld.
        """
        years = self._years(period)
        whole = tuple((key,) for key in (*keys, *apart))
        merged = (*((key,) for key in keys), apart)

        def may_tell(rows: tuple[Row, ...], coarser: tuple[Row, ...] | None) -> bool:
            return bool(years) and all(
                self._breakdown(indicator, year, rows, coarser).inside.may_tell(scope.code, months)
                for year, months in years
            )

        if len(apart) < 2:
            return Shown.WHOLE if may_tell(whole, None) else Shown.NOTHING
        if may_tell(whole, merged):
            return Shown.WHOLE
        return Shown.MERGED if may_tell(merged, None) else Shown.NOTHING

    def _years(self, period: Period) -> list[tuple[date, int]]:
        """The school years of a period, each with its months that are over, one bit each."""
        found: dict[date, int] = defaultdict(int)
        for month in period.months():
            if month < self.until:
                found[Period.school_year(month).start] |= 1 << (month.month - 9) % disclosure.MONTHS
        return list(found.items())

    def _size(self, indicator: str, year: date) -> _Edition:
        return self._judged(indicator, year, ((SIZE,),), {SIZE: self.sizes.get(indicator, {})}, None)

    def _breakdown(
        self, indicator: str, year: date, rows: tuple[Row, ...], coarser: tuple[Row, ...] | None
    ) -> _Edition:
        within = self._breakdown(indicator, year, coarser, None) if coarser else self._size(indicator, year)
        return self._judged(indicator, year, rows, self._read_rows(indicator), within)

    def _read_rows(self, indicator: str) -> Rows:
        if indicator not in self._rows:
            counts = _counts(self.months, self.until).filter(indicator=indicator)
            found: dict[str, dict[tuple[str, date], int]] = defaultdict(dict)
            rows = counts.values_list("key", "department_code", "month").annotate(total=Sum("n"))
            for key, code, month, total in rows:
                found[key][_named(code), month] = total
            self._rows[indicator] = found
        return self._rows[indicator]

    def _judged(
        self, indicator: str, year: date, rows: tuple[Row, ...], counts: Rows, within: _Edition | None
    ) -> _Edition:
        if (indicator, year, rows) not in self._told:
            months = Period.school_year(year).months()
            over = sum(month < self.until for month in months)
            counted = Counted(self.place, _cells(self.place, months, rows, counts))
            published = inside = disclosure.tell(
                counted, over=over, threshold=disclosure.PUBLISHED, within=within.published if within else None
            )
            if self.own:
                inside = disclosure.tell_inside(
                    counted,
                    published,
                    self.own,
                    over=over,
                    thresholds=(self.threshold, disclosure.PUBLISHED),
                    within=within.inside if within else None,
                )
            self._told[indicator, year, rows] = _Edition(published, inside)
        return self._told[indicator, year, rows]


@dataclass(frozen=True, slots=True)
class _Edition:
    """What may be told to everybody of one table, and to whoever reads this edition."""

    published: Told
    inside: Told


def _counts(months: Period, until: date) -> QuerySet[MonthlyCount]:
    return MonthlyCount.objects.filter(
        month__gte=months.start, month__lt=min(months.end, until), counted_in__lt=until
    ).order_by()


def _named(code: str) -> str:
    return f"{DEPARTMENT}:{code}"


def _country() -> Place:
    """The country, its régions académiques, their académies, and the places where these count."""
    codes: dict[int, list[str]] = defaultdict(list)
    for code, academy in Department.objects.order_by("code").values_list("code", "academy_id"):
        codes[academy].append(code)
    known = scopes()
    academies = {
        scope.academies[0].pk: Place(
            scope.code,
            tuple(Place(_named(code)) for code in (*codes[scope.academies[0].pk], place_of(scope.academies[0]))),
        )
        for scope in known.values()
        if scope.width == ACADEMY
    }
    regions = (scope for scope in known.values() if scope.width == REGION)
    return Place(
        NATIONAL,
        tuple(Place(scope.code, tuple(academies[one.pk] for one in scope.academies)) for scope in regions),
    )


def _cells(
    place: Place, months: Sequence[date], rows: tuple[Row, ...], counts: Rows
) -> dict[str, list[tuple[int, ...]]]:
    """The rows of each smallest place by month, and a last one for what is in none, if anything is."""
    at = {key: number for number, row in enumerate(rows) for key in row}
    found = {name: [[0] * (len(rows) + 1) for _ in months] for name in _smallest(place)}
    number_of = {month: number for number, month in enumerate(months)}
    for key, cells in counts.items():
        row = at.get(key, at.get(key.partition(".")[0], len(rows)))
        for (name, month), n in cells.items():
            if name in found and month in number_of:
                found[name][number_of[month]][row] += n
    is_full = all(not row[-1] for year in found.values() for row in year)
    return {name: [tuple(row[: len(rows)] if is_full else row) for row in year] for name, year in found.items()}


def _smallest(place: Place) -> Iterable[str]:
    return [name for part in place.parts for name in _smallest(part)] if place.parts else [place.name]
