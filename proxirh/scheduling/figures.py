"""How many call, when and about what; never whom by, never whose work.

Callers are counted, hence protected: a breakdown is shown whole or not at all, a coarser one first.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db.models import Count, QuerySet

from proxirh.kernel.disclosure import INSIDE_ACADEMY, shown
from proxirh.scheduling.models import PhoneCall

HALF_HOURS, MINUTES = 48, 30
BLOCKS = (1, 4, 24)  # half-hours, then two hours, then half a day
NO_TOPIC = "sans sujet noté"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Rows in their order, or None when some would point at someone."""

    rows: Mapping[str, int] | None
    is_coarser: bool = False


@dataclass(frozen=True, slots=True)
class Volumes:
    """Whole months of the lines of an académie, and the same months a year before; None says too few to be told."""

    first: date
    months: int
    total: int | None
    before: int | None
    answered: Breakdown
    by_hour: Breakdown
    by_line: Breakdown
    by_topic: Breakdown


def volumes(academy_id: int, *, first: date, months: int) -> Volumes:
    """Calls of so many whole months from the first of one, in one query and one more for the year before."""
    names = ("team__name", "half_hour", "topic__branch__label", "topic__label", "was_missed")
    rows = list(_counted(academy_id, first, months).values(*names).annotate(n=Count("pk")).values_list(*names, "n"))
    hours: Counter[int] = Counter()
    lines: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    answers: Counter[str] = Counter({"décrochés": 0, "manqués": 0})
    for line, half_hour, branch, topic, was_missed, n in rows:
        hours[half_hour] += n
        lines[line] += n
        answers["manqués" if was_missed else "décrochés"] += n
        if not was_missed:
            topics[branch or topic or NO_TOPIC] += n
    total = sum(lines.values())
    return Volumes(
        first=first,
        months=months,
        total=_told(total),
        before=_told(_counted(academy_id, first - relativedelta(years=1), months).count()),
        answered=_breakdown([answers]),
        by_hour=_breakdown([_blocks(hours, size) for size in BLOCKS]),
        by_line=_breakdown([dict(sorted(lines.items()))]),
        by_topic=_breakdown([dict(topics.most_common())]),
    )


def _counted(academy_id: int, first: date, months: int) -> QuerySet[PhoneCall]:
    until = first + relativedelta(months=months)
    rows = PhoneCall.objects.for_system("volumes").order_by()
    return rows.filter(team__academy_id=academy_id, day__gte=first, day__lt=until)


def _told(count: int) -> int | None:
    return count if count == 0 or count >= INSIDE_ACADEMY else None


def _breakdown(finest_first: Sequence[Mapping[str, int]]) -> Breakdown:
    """The finest that may be shown."""
    for rank, counts in enumerate(finest_first):
        if (rows := shown(counts, threshold=INSIDE_ACADEMY)) is not None:
            return Breakdown(rows, is_coarser=rank > 0)
    return Breakdown(None)


def _blocks(hours: Mapping[int, int], size: int) -> dict[str, int]:
    named: Callable[[int], str] = lambda half: f"{half // 2} h{' 30' if half % 2 else ''}"  # noqa: E731
    found: dict[str, int] = {}
    for start in range(0, HALF_HOURS, size):
        if count := sum(hours[half] for half in range(start, start + size)):
            found[f"{named(start)} à {named(start + size)}"] = count
    return found
