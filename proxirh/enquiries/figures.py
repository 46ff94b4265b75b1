"""Every aggregate about enquiries, from the monthly counts: by date of asking, in whole months that are over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from django.db.models import Sum

from proxirh.enquiries.counting import place_of
from proxirh.enquiries.models import MonthlyCount
from proxirh.enquiries.models.facts import MORE_THAN_60_DAYS
from proxirh.kernel import disclosure
from proxirh.territories.figures import Scope
from proxirh.territories.models import Academy, Department

BRANCHES = ("1", "2", "3", "4", "5")
BRANCHES_APART = ("6", "7", "8")
FAMILIES = ("information", "internal_referral", "external_referral")
FAMILY_APART = "other"
CHANNELS = ("web", "email", "phone", "permanence", "letter", "relay")
STAFF_FAMILIES = ("1d", "2d", "biatss", "encadrement")
TOPICS, QUICK_TOPICS = "enquiries.by_topic", "quick.by_topic"
APART = "apart"


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

    @property
    def last_day(self) -> date:
        """The last day inside."""
        return self.end - timedelta(days=1)

    def previous(self) -> Period:
        """The period of the same length just before."""
        return Period(_add_months(self.start, -len(self.months())), self.start)


def _add_months(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


type Table = Callable[[Period], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Counts by key over the months `covered`, or None when too few people stand behind a row.

    `share` leaves the rows `apart` out; these are one row, "apart", where too few people stand behind each.
    """

    counts: Mapping[str, int] | None
    apart: tuple[str, ...] = ()
    covered: Period | None = None

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
    median: float | None
    p90: int | None
    within: float | None
    covered: Period | None = None


@dataclass(frozen=True, slots=True)
class QuickFigures:
    """What was answered on the spot and counted without a name: apart, never added to the enquiries."""

    total: int | None
    covered: Period | None
    topics: Breakdown
    categories: Breakdown
    outcomes: Breakdown


@dataclass(frozen=True, slots=True)
class Figures:
    """The first figures of a perimeter over a period; `volume` is the number received in each step of the total."""

    period: Period
    until: date
    total: int | None
    covered: Period | None
    volume: Mapping[Period, int]
    topics: Breakdown
    channels: Breakdown
    categories: Breakdown
    sexes: Breakdown
    ages: Breakdown
    outcomes: Breakdown
    first_answer: Delay
    handling: Delay
    quick: QuickFigures

    @property
    def is_empty(self) -> bool:
        """True when nobody asked anything in the months that are over."""
        reached = self.covered is not None and self.covered.end == min(self.period.end, self.until)
        return self.total == 0 and self.quick.total == 0 and reached


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums by indicator, month and key, over every month that a decision to show may depend on."""

    sums: Mapping[str, Mapping[date, Mapping[str, int]]]

    def by_key(self, indicator: str, period: Period) -> dict[str, int]:
        """Counts of one indicator over a period."""
        found: dict[str, int] = defaultdict(int)
        for month, keys in self.sums.get(indicator, {}).items():
            if period.start <= month < period.end:
                for key, n in keys.items():
                    found[key] += n
        return found


def places_of(academy: Academy) -> list[str]:
    """Where the counts of an académie stand: its départements, and what is known of the académie alone."""
    return [*(department.code for department in academy.departments.all()), place_of(academy)]


def places_in(scope: Scope) -> dict[str, int]:
    """Where the counts of a scope stand, with the commitment of each place in working days: one or two queries.

    What is known of an académie alone is no part of any of its départements.
    """
    if scope.department:
        return {scope.department.code: scope.academies[0].first_answer_days}
    promised = {academy.pk: academy.first_answer_days for academy in scope.academies}
    departments = Department.objects.filter(academy__in=promised).values_list("code", "academy_id")
    found = {code: promised[academy] for code, academy in departments}
    return found | {place_of(academy): academy.first_answer_days for academy in scope.academies}


def answered_in_time(promised: Mapping[str, int], period: Period, counted: tuple[date, date]) -> int:
    """How many first answers of a period came within what each place promised; one query, a row a place and day."""
    rows = (
        MonthlyCount.objects.filter(
            department_code__in=sorted(promised),
            indicator="delays.first_answer",
            month__gte=period.start,
            month__lt=period.end,
            counted_in__gte=counted[0],
            counted_in__lt=counted[1],
        )
        .values_list("department_code", "key")
        .annotate(total=Sum("n"))
    )
    return sum(total for place, days, total in rows if int(days) <= promised[place])


def read_counts(departments: Collection[str], months: tuple[date, date], counted: tuple[date, date]) -> Counts:
    """The counts asked and counted within two spans of months, ends left out, in one query whatever their number."""
    rows = (
        MonthlyCount.objects.filter(
            department_code__in=sorted(departments),
            month__gte=months[0],
            month__lt=months[1],
            counted_in__gte=counted[0],
            counted_in__lt=counted[1],
        )
        .values_list("indicator", "key", "month")
        .annotate(total=Sum("n"))
    )
    found: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for indicator, key, month, total in rows:
        if total:
            found[indicator][month][key] = total
    return Counts(found)


def steps(table: Table, period: Period, *, until: date, threshold: int) -> list[Period]:
    """The steps by which a table grows that lie within a period; what is shown is always a union of them.

    From the first month of the school year, a step is as many whole months as it takes for its own table to be
    showable. So whatever a reader subtracts, of a month from a year or of today from last month, may be shown too;
    and no later month changes a step.
    """
    found, step = [], Period.month(Period.school_year(period.start).start)
    while step.end <= min(period.end, until):
        if disclosure.may_show(table(step), threshold=threshold):
            found.append(step)
            step = Period.month(step.end)
        else:
            step = Period(step.start, _add_months(step.end, 1))
    return [one for one in found if one.start >= period.start]


def topics_by_branch(found: Mapping[str, int]) -> dict[str, int]:
    """Counts of sub-topics added up to their branch."""
    branches: dict[str, int] = defaultdict(int)
    for code, n in found.items():
        branches[code.split(".")[0]] += n
    return branches


def delay(histogram: Mapping[str, int], *, commitment: int, threshold: int, covered: Period | None = None) -> Delay:
    """Median (the mean of both middles when n is even) and ninth decile (nearest rank) of a histogram of days.

    All None under the threshold; nothing but n where nobody counts.
    """
    n = sum(histogram.values())
    if n < threshold:
        return Delay(None, None, None, None)
    if not n:
        return Delay(0, None, None, None, covered=covered)
    return Delay(
        n=n,
        median=(_rank(histogram, (n + 1) // 2) + _rank(histogram, n // 2 + 1)) / 2,
        p90=_rank(histogram, -(-n * 9 // 10)),
        within=sum(count for days, count in histogram.items() if int(days) <= commitment) / n,
        covered=covered,
    )


def _rank(histogram: Mapping[str, int], rank: int) -> int:
    seen = 0
    for days in sorted(map(int, histogram)):
        seen += histogram[str(days)]
        if seen >= rank:
            return days
    return MORE_THAN_60_DAYS


def _merged(table: Mapping[str, int], apart: tuple[str, ...]) -> dict[str, int]:
    """The same table with its rows apart in one."""
    kept = {key: n for key, n in table.items() if key not in apart}
    return kept | {APART: sum(table[key] for key in apart)}


def figures(
    departments: Collection[str],
    period: Period,
    *,
    commitment: int,
    today: date,
    threshold: int = disclosure.INSIDE_ACADEMY,
) -> Figures:
    """The figures of a set of départements; `commitment` is the promised delay of first answer, in working days.

    Nothing asked, answered, coded or closed since the first of the month of `today` is counted: whoever sees a row
    appear or leave a list would see, the minute after, which figure moved by one.
    """
    until = today.replace(day=1)
    counts = read_counts(departments, (Period.school_year(period.start).start, period.end), (date.min, until))

    def grown(table: Table) -> tuple[list[Period], Period | None]:
        found = steps(table, period, until=until, threshold=threshold)
        return found, Period(found[0].start, found[-1].end) if found else None

    def cut(indicator: str, keys: tuple[str, ...], apart: tuple[str, ...] = ()) -> Breakdown:
        def whole(one: Period) -> dict[str, int]:
            found = counts.by_key(indicator, one)
            found = topics_by_branch(found) if indicator in {TOPICS, QUICK_TOPICS} else found
            return {key: found.get(key, 0) for key in (*keys, *apart)}

        def coarse(one: Period) -> dict[str, int]:
            return _merged(whole(one), apart) if apart else whole(one)

        found, covered = grown(coarse)
        if covered is None:
            return Breakdown(None, apart=apart)
        if all(disclosure.may_show(whole(step), threshold=threshold) for step in found):
            return Breakdown(whole(covered), apart=apart, covered=covered)
        return Breakdown(coarse(covered), apart=(APART,), covered=covered)

    def size(indicator: str) -> Table:
        return lambda one: {"": sum(counts.by_key(indicator, one).values())}

    def spread(indicator: str) -> Delay:
        _, covered = grown(size(indicator))
        histogram = counts.by_key(indicator, covered) if covered else {}
        return delay(histogram, commitment=commitment, threshold=threshold, covered=covered)

    received, noted = size(TOPICS), size(QUICK_TOPICS)
    parts, covered = grown(received)
    _, quick = grown(noted)
    return Figures(
        period=period,
        until=until,
        total=received(covered)[""] if covered else None,
        covered=covered,
        volume={step: received(step)[""] for step in parts},
        topics=cut(TOPICS, BRANCHES, BRANCHES_APART),
        channels=cut("enquiries.by_channel", CHANNELS),
        categories=cut("requesters.by_category", STAFF_FAMILIES),
        sexes=cut("requesters.by_sex", ("F", "M"), ("unknown",)),
        ages=cut("requesters.by_age", ("under_40", "40_49", "50_and_over"), ("unknown",)),
        outcomes=cut("outcomes.by_family", FAMILIES, (FAMILY_APART,)),
        first_answer=spread("delays.first_answer"),
        handling=spread("delays.handling"),
        quick=QuickFigures(
            total=noted(quick)[""] if quick else None,
            covered=quick,
            topics=cut(QUICK_TOPICS, BRANCHES, BRANCHES_APART),
            categories=cut("quick.by_category", STAFF_FAMILIES),
            outcomes=cut("quick.by_family", FAMILIES, (FAMILY_APART,)),
        ),
    )


def public_first_answer(departments: Collection[str], month: date, *, commitment: int) -> Delay:
    """Delay of the first answers given in a month that is over, as the public may see it: eleven people at least.

    By month of answer, since only the answered ones of the last month asked, the quick, would be counted at its end.
    """
    given = Period.month(month)
    counts = read_counts(departments, (date.min, given.end), (given.start, given.end))
    histogram = counts.by_key("delays.first_answer", Period(date.min, given.end))
    gained = {days: n for days, n in histogram.items() if n > 0}
    return delay(gained, commitment=commitment, threshold=disclosure.PUBLISHED)
