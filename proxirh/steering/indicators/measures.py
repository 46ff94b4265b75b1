"""How an indicator is computed: each function makes the one implementation of a kind of figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from proxirh.enquiries import figures
from proxirh.enquiries.figures import Delay, Period
from proxirh.steering.indicators.shape import Indicator, Material, Measure
from proxirh.steering.publication import Shown
from proxirh.steering.report import Breakdown, Measured, Row, Value
from proxirh.ui import french

# Of a normal law: 95 % of it lies within so many standard deviations of its mean.
AT_95_PERCENT = 1.96


def told(
    one: Indicator, keys: Mapping[str, str], counts: Mapping[str, int], shown: Shown, apart: tuple[str, ...] = ()
) -> Breakdown:
    """A whole table, the same with its rows apart known by their sum alone, or nothing but its labels."""
    if shown is Shown.NOTHING:
        rows = tuple(Row(key, label, None, suppressed=True) for key, label in keys.items())
        return Breakdown(one.id, one.unit, None, rows)
    found = figures.Breakdown({key: counts.get(key, 0) for key in keys}, apart=apart)
    hidden = apart if shown is Shown.MERGED else ()
    rows = tuple(
        Row(key, label, None, suppressed=True)
        if key in hidden
        else Row(key, label, counts.get(key, 0), found.share(key))
        for key, label in keys.items()
    )
    return Breakdown(one.id, one.unit, found.total, rows)


def table(source: str, *, fold: Callable[[Mapping[str, int]], Mapping[str, int]] = dict) -> Measure:
    """The rows of the monthly counts of `source`, folded first."""

    def measure(one: Indicator, material: Material) -> Measured:
        counted = tuple(key for key in one.keys if key not in one.apart)
        shown = material.shown(source, counted, one.apart)
        return told(one, one.keys, fold(material.by_key(source)), shown, one.apart)

    return measure


def subtopics(source: str) -> Measure:
    """The same by the finest code; nothing where its branches may not be told whole."""

    def measure(one: Indicator, material: Material) -> Measured:
        keys = material.subtopics
        apart = tuple(key for key in keys if key[0] in figures.BRANCHES_APART)
        counted = tuple(key for key in keys if key not in apart)
        shown = material.shown(source, counted, apart)
        branches = material.shown(source, figures.BRANCHES, figures.BRANCHES_APART)
        whole = Shown.WHOLE if shown is branches is Shown.WHOLE else Shown.NOTHING
        return told(one, keys, material.by_key(source), whole, apart)

    return measure


def size(source: str) -> Measure:
    """How many the rows of `source` count together."""

    def measure(one: Indicator, material: Material) -> Measured:
        return counted(one, sum(material.by_key(source).values())) if material.tells_size(source) else withheld(one)

    return measure


def counted(one: Indicator, n: int) -> Value:
    """A number of people or acts, by itself."""
    return Value(one.id, one.unit, n, n)


def withheld(one: Indicator) -> Value:
    """One figure that too few people stand behind, or too recent."""
    return Value(one.id, one.unit, None, None, suppressed=True)


def by_month(source: str) -> Measure:
    """One row a month of the period. Those that are over are told together or not at all; the others, not yet."""

    def measure(one: Indicator, material: Material) -> Measured:
        keys = {f"{month:%Y-%m}": french.month(month) for month in material.period.months()}
        over = material.told.months() if material.told else []
        if not all(material.tells_size(source, Period.month(month)) for month in over):
            over = []
        n = {f"{month:%Y-%m}": sum(material.counts.by_key(source, Period.month(month)).values()) for month in over}
        whole = told(one, {key: keys[key] for key in n}, n, Shown.WHOLE)
        rows = {row.key: row for row in whole.rows}
        return Breakdown(
            one.id,
            one.unit,
            whole.total if over else None,
            tuple(rows.get(key, Row(key, label, None, suppressed=True)) for key, label in keys.items()),
        )

    return measure


def spread(source: str, read: Callable[[Delay], float | None]) -> Measure:
    """One figure of a distribution of working days; n is how many stand in it."""

    def measure(one: Indicator, material: Material) -> Measured:
        if not material.tells_size(source):
            return withheld(one)
        found = figures.delay(material.by_key(source), commitment=0, threshold=0)
        return Value(one.id, one.unit, read(found), found.n)

    return measure


def share_in_time(source: str) -> Measure:
    """The part of `source` within the commitment of each académie, in percent."""

    def measure(one: Indicator, material: Material) -> Measured:
        if not material.tells_size(source):
            return withheld(one)
        n = sum(material.by_key(source).values())
        return Value(one.id, one.unit, 100 * material.in_time / n if n else None, n)

    return measure


def mean_score(source: str, bound: int = 0) -> Measure:
    """The mean of scores, or a bound (−1, 1) of its 95 % interval, which takes two answers."""

    def measure(one: Indicator, material: Material) -> Measured:
        if not material.tells_size(source):
            return withheld(one)
        scores = {int(key): n for key, n in material.by_key(source).items()}
        n = sum(scores.values())
        if n < 1 + abs(bound):
            return Value(one.id, one.unit, None, n)
        mean = sum(score * times for score, times in scores.items()) / n
        if bound:
            deviation = math.sqrt(sum(times * (score - mean) ** 2 for score, times in scores.items()) / (n - 1))
            mean = min(5, max(1, mean + bound * AT_95_PERCENT * deviation / math.sqrt(n)))
        return Value(one.id, one.unit, mean, n)

    return measure


def rate(source: str, among: str) -> Measure:
    """How many `source` counts for a hundred of `among`."""

    def measure(one: Indicator, material: Material) -> Measured:
        if not (material.tells_size(source) and material.tells_size(among)):
            return withheld(one)
        n = sum(material.by_key(among).values())
        return Value(one.id, one.unit, 100 * sum(material.by_key(source).values()) / n if n else None, n)

    return measure
