"""Repeats each row beside the floor, at every size in turn, then says medians, ratios and what misses its target."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import batched

from bench.browsing import Page
from bench.journeys import Row

WARM_UP = 10
BATCH = 2
MOST_QUERIES = 12
MOST_HTML = 30_000
MOST_MEMORY = 130_000_000
MOST_GROWTH = 0.10


@dataclass(frozen=True, slots=True)
class Sample:
    """One repetition: the sum over its pages."""

    ms: float
    cpu_ms: float
    queries: int
    sql_ms: float
    html: int


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table, with the floor of the same minutes; `turns` is the processor time of each batch."""

    label: str
    ms: float
    p95: float
    cpu_ms: float
    queries: int
    sql_ms: float
    html: int
    floor_ms: float
    floor_cpu_ms: float
    turns: tuple[float, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        """Times the floor, on the clock."""
        return self.ms / self.floor_ms

    @property
    def cpu_ratio(self) -> float:
        """Times the floor, in processor time: what a shared machine disturbs least."""
        return self.cpu_ms / self.floor_cpu_ms


def total(pages: Sequence[Page]) -> Sample:
    """What one repetition cost."""
    return Sample(
        ms=sum(page.ms for page in pages),
        cpu_ms=sum(page.cpu_ms for page in pages),
        queries=sum(page.queries for page in pages),
        sql_ms=sum(page.sql_ms for page in pages),
        html=max(len(page.body) for page in pages),
    )


class Beside:
    """One row of one server, its floor measured in turn with it."""

    def __init__(self, row: Row, floor: Callable[[], list[Page]]) -> None:
        self.row, self._floor = row, floor
        self._samples: list[Sample] = []
        self._floors: list[Sample] = []

    def warm_up(self) -> None:
        """Visit both without counting."""
        for _ in range(WARM_UP if self.row.is_page else 1):
            self._floor()
            self.row.visit()

    def repeat(self, times: int) -> None:
        """The floor a few times, then the row."""
        self._floors += [total(self._floor()) for _ in range(BATCH)]
        self._samples += [total(self.row.visit()) for _ in range(times)]

    def measure(self) -> Measure:
        """Medians of what was repeated, judged."""
        return judged(self.row, medians(self.row.label, self._samples, self._floors))


def measure(rows: Sequence[Beside], times: int) -> list[Measure]:
    """Medians of `times` repetitions after a warm-up: the same row at each size in turn, within the same minute."""
    for beside in rows:
        beside.warm_up()
    for done in range(0, times, BATCH):
        for beside in rows:
            beside.repeat(min(BATCH, times - done))
    return [beside.measure() for beside in rows]


def medians(label: str, samples: Sequence[Sample], floors: Sequence[Sample]) -> Measure:
    """The measure of these repetitions."""
    return Measure(
        label=label,
        ms=statistics.median([sample.ms for sample in samples]),
        p95=statistics.quantiles([sample.ms for sample in samples], n=20)[-1],
        cpu_ms=statistics.median([sample.cpu_ms for sample in samples]),
        queries=max(sample.queries for sample in samples),
        sql_ms=statistics.median([sample.sql_ms for sample in samples]),
        html=max(sample.html for sample in samples),
        floor_ms=statistics.median([sample.ms for sample in floors]),
        floor_cpu_ms=statistics.median([sample.cpu_ms for sample in floors]),
        turns=tuple(statistics.fmean(one.cpu_ms for one in batch) for batch in batched(samples, BATCH)),
    )


def judged(row: Row, found: Measure) -> Measure:
    """The same measure with what misses its target, in words."""
    faults = []
    if row.targets.ratio is not None and found.ratio > row.targets.ratio:
        faults.append(f"{found.ratio:.1f} × le plancher, au plus {row.targets.ratio:.0f}")
    if row.targets.ms is not None and found.ms > row.targets.ms:
        faults.append(f"{found.ms:.0f} ms, au plus {row.targets.ms:.0f}")
    if row.is_page and found.queries > MOST_QUERIES:
        faults.append(f"{found.queries} requêtes, au plus {MOST_QUERIES}")
    if row.is_page and found.html > MOST_HTML:
        faults.append(f"{found.html / 1000:.0f} ko de HTML, au plus {MOST_HTML // 1000}")
    return replace(found, faults=tuple(faults))


def memory_fault(sizes: Sequence[int]) -> str:
    """What the workers' private memory misses, in words; empty when they hold in it."""
    if max(sizes) <= MOST_MEMORY:
        return ""
    return f"{max(sizes) / 1e6:.0f} Mo de mémoire privée, au plus {MOST_MEMORY // 1_000_000}"


def growth(small: Measure, large: Measure) -> float:
    """By how much a row grew between two sizes, in processor time: the median of each turn over the one just before.

    The two are less than a second apart: what the machine does meanwhile slows both.
    """
    return statistics.median(after / before for before, after in zip(small.turns, large.turns, strict=True)) - 1
