"""Every aggregate about enquiries, from the monthly counts; counted by date of asking, in whole months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
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
        """The calendar quarter of `day`."""
        start = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
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


Counts = dict[str, dict[str, dict[date, int]]]


def read_counts(departments: Collection[str], period: Period) -> Counts:
    """Sums by indicator, key and month, in one query whatever the number of enquiries."""
    rows = (
        MonthlyCount.objects.filter(
            department_code__in=sorted(departments), month__gte=period.start, month__lt=period.end
        )
        .values_list("indicator", "key", "month")
        .annotate(total=Sum("n"))
    )
    found: Counts = defaultdict(lambda: defaultdict(dict))
    for indicator, key, month, total in rows:
        if total:
            found[indicator][key][month] = total
    return found


def _by_key(counts: Counts, indicator: str) -> dict[str, int]:
    return {key: sum(months.values()) for key, months in counts.get(indicator, {}).items()}


def breakdown(
    found: Mapping[str, int], keys: Collection[str], *, threshold: int, apart: tuple[str, ...] = ()
) -> Breakdown:
    """The whole table, or none of it."""
    return Breakdown(
        disclosure.shown({key: found.get(key, 0) for key in (*keys, *apart)}, threshold=threshold), apart=apart
    )


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
    by_month: dict[date, int] = dict.fromkeys(period.months(), 0)
    for months in counts.get("enquiries.by_topic", {}).values():
        for month, n in months.items():
            by_month[month] += n
    grains = (("month", Period.month), ("quarter", Period.quarter), ("year", Period.school_year))
    for name, around in grains:
        coarse: dict[date, int] = {}
        for month, n in by_month.items():
            start = max(around(month).start, period.start)
            coarse[start] = coarse.get(start, 0) + n
        if disclosure.shown({day.isoformat(): n for day, n in coarse.items()}, threshold=threshold) is not None:
            return Volume(name, coarse)
    return Volume("year", None)


def figures(
    departments: Collection[str], period: Period, *, commitment: int, threshold: int = disclosure.INSIDE_ACADEMY
) -> Figures:
    """The figures of a set of départements; `commitment` is the promised delay of first answer, in working days."""
    counts = read_counts(departments, period)
    topics = topics_by_branch(_by_key(counts, "enquiries.by_topic"))
    total = sum(topics.values())
    return Figures(
        period=period,
        total=total if total == 0 or total >= threshold else None,
        volume=_volume(counts, period, threshold=threshold),
        topics=breakdown(topics, BRANCHES, threshold=threshold, apart=BRANCHES_APART),
        channels=breakdown(
            _by_key(counts, "enquiries.by_channel"),
            ("web", "email", "phone", "permanence", "letter", "relay"),
            threshold=threshold,
        ),
        categories=breakdown(_by_key(counts, "requesters.by_category"), STAFF_FAMILIES, threshold=threshold),
        sexes=breakdown(_by_key(counts, "requesters.by_sex"), ("F", "M"), threshold=threshold, apart=("unknown",)),
        ages=breakdown(
            _by_key(counts, "requesters.by_age"),
            ("under_40", "40_49", "50_and_over"),
            threshold=threshold,
            apart=("unknown",),
        ),
        outcomes=breakdown(_by_key(counts, "outcomes.by_family"), FAMILIES, threshold=threshold, apart=(FAMILY_APART,)),
        first_answer=delay(_by_key(counts, "delays.first_answer"), commitment=commitment, threshold=threshold),
        handling=delay(_by_key(counts, "delays.handling"), commitment=commitment, threshold=threshold),
    )


def public_first_answer(departments: Collection[str], month: date, *, commitment: int) -> Delay:
    """Delay of first answer that the public may see: the last whole month, and eleven people at least."""
    counts = read_counts(departments, Period.month(month))
    return delay(_by_key(counts, "delays.first_answer"), commitment=commitment, threshold=disclosure.PUBLISHED)
