"""Every aggregate about enquiries, from the monthly counts; counted by date of asking, in whole months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from django.db.models import Sum

from proxirh.enquiries.models import MonthlyCount
from proxirh.enquiries.models.facts import MORE_THAN_60_DAYS
from proxirh.kernel import disclosure

BRANCHES = ("1", "2", "3", "4", "5")
BRANCHES_APART = ("6", "7", "8")
FAMILIES = ("information", "internal_referral", "external_referral")
FAMILY_APART = "other"
CHANNELS = ("web", "email", "phone", "permanence", "letter", "relay")
MONTHS_OF_A_QUARTER, MONTHS_OF_A_YEAR = 3, 12
STAFF_FAMILIES = ("1d", "2d", "biatss", "encadrement")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, from the first of one to the first of another, which is left out."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start.day != 1 or self.end.day != 1 or self.start >= self.end:
            raise ValueError("a period runs from the first of a month to the first of a later one")

    @classmethod
    def month(cls, day: date) -> Self:
        """The month of `day`."""
        start = day.replace(day=1)
        return cls(start, _add_months(start, 1))

    @classmethod
    def quarter(cls, day: date) -> Self:
        """The quarter of the school year around `day`, which begins in September, December, March or June."""
        start = _add_months(day.replace(day=1), -(day.month % 3))
        return cls(start, _add_months(start, 3))

    @classmethod
    def school_year(cls, day: date) -> Self:
        """September to August around `day`."""
        start = date(day.year if day.month >= 9 else day.year - 1, 9, 1)
        return cls(start, _add_months(start, 12))

    def months(self) -> list[date]:
        """First day of each month, in order."""
        found, month = [], self.start
        while month < self.end:
            found.append(month)
            month = _add_months(month, 1)
        return found

    def siblings(self) -> list[Period]:
        """Periods that must all be showable for this one to be: one hidden among shown ones falls by subtraction.

        A month depends on the months of its quarter and on the quarters of its school year; a quarter on these.
        """
        if len(self.months()) == MONTHS_OF_A_YEAR:
            return [self]
        year = Period.school_year(self.start)
        quarters = [Period.quarter(month) for month in year.months()[::3]]
        if len(self.months()) == MONTHS_OF_A_QUARTER:
            return quarters
        return [*quarters, *(Period.month(month) for month in Period.quarter(self.start).months())]

    def previous(self) -> Period:
        """The period of the same length just before."""
        return Period(_add_months(self.start, -len(self.months())), self.start)


def _add_months(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Counts by key, all keys present, or None when too few people stand behind a row. `share` leaves `apart` out."""

    counts: Mapping[str, int] | None
    apart: tuple[str, ...] = ()

    @property
    def total(self) -> int | None:
        """Sum of all rows, or None when suppressed."""
        return None if self.counts is None else sum(self.counts.values())

    def share(self, key: str) -> float | None:
        """Unrounded share of a row among those that count in the denominator."""
        if self.counts is None or key in self.apart:
            return None
        base = sum(n for name, n in self.counts.items() if name not in self.apart)
        return self.counts[key] / base if base else None


@dataclass(frozen=True, slots=True)
class Delay:
    """A distribution of whole working days: how many, median, ninth decile, share within a commitment."""

    n: int | None
    median: int | None
    p90: int | None
    within: float | None


@dataclass(frozen=True, slots=True)
class Volume:
    """Enquiries by sub-period; `grain` says how coarse it had to be: month, quarter or year."""

    grain: str
    counts: Mapping[date, int] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The first figures of a perimeter over a period."""

    period: Period
    total: int | None
    volume: Volume
    topics: Breakdown
    channels: Breakdown
    categories: Breakdown
    sexes: Breakdown
    ages: Breakdown
    outcomes: Breakdown
    first_answer: Delay
    handling: Delay


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums by indicator, month and key, over every month that a decision to show may depend on."""

    sums: Mapping[str, Mapping[date, Mapping[str, int]]]

    def by_key(self, indicator: str, period: Period, *, until: date | None = None) -> dict[str, int]:
        """Counts of one indicator over a period, months from `until` on left out."""
        found: dict[str, int] = defaultdict(int)
        for month, keys in self.sums.get(indicator, {}).items():
            if period.start <= month < min(period.end, until or period.end):
                for key, n in keys.items():
                    found[key] += n
        return found


def read_counts(departments: Collection[str], period: Period) -> Counts:
    """The counts of a period and of its siblings, in one query whatever the number of enquiries."""
    spans = [period, *period.siblings()]
    rows = (
        MonthlyCount.objects.filter(
            department_code__in=sorted(departments),
            month__gte=min(span.start for span in spans),
            month__lt=max(span.end for span in spans),
        )
        .values_list("indicator", "key", "month")
        .annotate(total=Sum("n"))
    )
    found: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for indicator, key, month, total in rows:
        if total:
            found[indicator][month][key] = total
    return Counts(found)


def _whole_or_nothing(
    table: Callable[[Period], dict[str, int]], period: Period, *, threshold: int
) -> dict[str, int] | None:
    """The table of a period, if it and all its siblings may be shown."""
    if all(disclosure.may_show(table(one), threshold=threshold) for one in (period, *period.siblings())):
        return table(period)
    return None


def topics_by_branch(found: Mapping[str, int]) -> dict[str, int]:
    """Counts of sub-topics added up to their branch."""
    branches: dict[str, int] = defaultdict(int)
    for code, n in found.items():
        branches[code.split(".")[0]] += n
    return branches


def delay(histogram: Mapping[str, int], *, commitment: int, threshold: int) -> Delay:
    """Median and ninth decile (nearest rank) of a histogram of days; all None under the threshold."""
    n = sum(histogram.values())
    if n < threshold:
        return Delay(None, None, None, None)
    return Delay(
        n=n,
        median=_rank(histogram, (n + 1) // 2),
        p90=_rank(histogram, -(-n * 9 // 10)),
        within=sum(count for days, count in histogram.items() if int(days) <= commitment) / n,
    )


def _rank(histogram: Mapping[str, int], rank: int) -> int:
    seen = 0
    for days in sorted(map(int, histogram)):
        seen += histogram[str(days)]
        if seen >= rank:
            return days
    return MORE_THAN_60_DAYS


def _volume(counts: Counts, period: Period, *, threshold: int) -> Volume:
    def total(one: Period) -> dict[str, int]:
        return {"": sum(counts.by_key("enquiries.by_topic", one).values())}

    around: dict[str, Callable[[date], Period]] = {
        "month": Period.month,
        "quarter": Period.quarter,
        "year": Period.school_year,
    }
    for grain, span in around.items():
        parts = {max(span(month).start, period.start): span(month) for month in period.months()}
        if all(_whole_or_nothing(total, part, threshold=threshold) is not None for part in parts.values()):
            return Volume(grain, {start: total(part)[""] for start, part in parts.items()})
    return Volume("year", None)


def figures(
    departments: Collection[str],
    period: Period,
    *,
    commitment: int,
    today: date,
    threshold: int = disclosure.INSIDE_ACADEMY,
) -> Figures:
    """The figures of a set of départements; `commitment` is the promised delay of first answer, in working days.

    Volumes and delays are those of this instant. Breakdowns stop at the last whole month before `today`: otherwise
    whoever sees a row appear would see, the minute after, which topic moved by one.
    """
    counts = read_counts(departments, period)
    until = today.replace(day=1)

    def cut(indicator: str, keys: tuple[str, ...], apart: tuple[str, ...] = ()) -> Breakdown:
        def table(one: Period) -> dict[str, int]:
            found = counts.by_key(indicator, one, until=until)
            found = topics_by_branch(found) if indicator == "enquiries.by_topic" else found
            return {key: found.get(key, 0) for key in (*keys, *apart)}

        return Breakdown(_whole_or_nothing(table, period, threshold=threshold), apart=apart)

    def spread(indicator: str) -> Delay:
        histogram = counts.by_key(indicator, period)
        shown = _whole_or_nothing(
            lambda one: {"": sum(counts.by_key(indicator, one).values())}, period, threshold=threshold
        )
        return delay(histogram if shown else {}, commitment=commitment, threshold=threshold)

    total = _whole_or_nothing(
        lambda one: {"": sum(counts.by_key("enquiries.by_topic", one).values())}, period, threshold=threshold
    )
    return Figures(
        period=period,
        total=None if total is None else total[""],
        volume=_volume(counts, period, threshold=threshold),
        topics=cut("enquiries.by_topic", BRANCHES, BRANCHES_APART),
        channels=cut("enquiries.by_channel", CHANNELS),
        categories=cut("requesters.by_category", STAFF_FAMILIES),
        sexes=cut("requesters.by_sex", ("F", "M"), ("unknown",)),
        ages=cut("requesters.by_age", ("under_40", "40_49", "50_and_over"), ("unknown",)),
        outcomes=cut("outcomes.by_family", FAMILIES, (FAMILY_APART,)),
        first_answer=spread("delays.first_answer"),
        handling=spread("delays.handling"),
    )


def public_first_answer(departments: Collection[str], month: date, *, commitment: int) -> Delay:
    """Delay of first answer that the public may see: the last whole month, and eleven people at least."""
    period = Period.month(month)
    histogram = read_counts(departments, period).by_key("delays.first_answer", period)
    return delay(histogram, commitment=commitment, threshold=disclosure.PUBLISHED)
