"""Slots cut out of what is open: inside it, beside what is busy, and with the time to travel between two places.

Pure data: instants in UTC, places by their number, None for what may be done from anywhere. In an opening that has a
place, a call too is taken there.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from operator import attrgetter

from proxirh.kernel.errors import DomainError

QUARTER = timedelta(minutes=15)
NOT_A_QUARTER = "Choisissez des heures au quart d’heure : 9 h, 9 h 15, 9 h 30, 9 h 45."
# Between two places, the time to travel counts within half a day: nobody travels all night from one to the next.
REACH = timedelta(hours=12)

# Travel from one place to another.
Travel = Callable[[int, int], timedelta]


def longest_of(roads: Mapping[int, timedelta]) -> Travel:
    """From one place to another, the longer of the two roads that each of them says."""
    return lambda one, other: max(roads[one], roads[other])


def is_quarter(moment: datetime | time) -> bool:
    """True on the hour, at a quarter past, half past, a quarter to: to the second."""
    return moment.minute % 15 == 0 and moment.second == moment.microsecond == 0


def check_quarters(*moments: datetime | time) -> None:
    """Raises DomainError for an hour that is not at a quarter."""
    if not all(map(is_quarter, moments)):
        raise DomainError(NOT_A_QUARTER)


@dataclass(frozen=True, slots=True)
class Busy:
    """A time that is taken, and where."""

    start: datetime
    end: datetime
    place: int | None = None


START = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Opened:
    """A time when somebody may be met, where, and by which ways."""

    start: datetime
    end: datetime
    person: int
    place: int | None = None
    ways: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that may be booked, where its person then is, and the ways she offers."""

    start: datetime
    end: datetime
    person: int
    place: int | None = None
    ways: frozenset[str] = frozenset()


def fits(busy: Sequence[Busy], asked: Busy, travel: Travel) -> bool:
    """True when `asked` may be held beside what is `busy`, in order and without overlap.

    From one place to another, the time to travel must be free just before the second: a call would be taken on the
    road.
    """
    if not is_apart(busy, asked.start, asked.end):
        return False
    at = bisect_left(busy, asked.start, key=START)
    before = busy[at - 1] if at else None
    came_from = next((one for one in reversed(busy[:at]) if one.place is not None), None)
    goes_to = next((n for n in range(at, len(busy)) if busy[n].place is not None), None)
    if asked.place is None:
        return goes_to is None or came_from is None or asked.end <= _leaves(came_from, busy[goes_to], travel)
    if before and came_from and before.end > _leaves(came_from, asked, travel):
        return False
    if goes_to is None:
        return True
    last = asked if goes_to == at else busy[goes_to - 1]
    return last.end <= _leaves(asked, busy[goes_to], travel)


def is_apart(busy: Sequence[Busy], start: datetime, end: datetime) -> bool:
    """True when nothing that is busy, in order and without overlap, touches this time."""
    at = bisect_left(busy, end, key=START)
    return at == 0 or busy[at - 1].end <= start


def _leaves(one: Busy, other: Busy, travel: Travel) -> datetime:
    """When whoever goes from one to the other must be on her way: as it begins, when it is in the same place."""
    if one.place is None or other.place is None or one.place == other.place or other.start - one.end > REACH:
        return other.start
    return other.start - travel(one.place, other.place)


def cut(
    opened: Opened,
    busy: Sequence[Busy],
    *,
    length: timedelta,
    earliest: datetime,
    latest: datetime,
    travel: Travel,
) -> Iterator[Slot]:
    """Slots of an opening, one after the other; after what is busy, they start again at the next quarter that fits.

    `busy` is what this person has, in order; no slot starts before `earliest` nor ends after `latest`.
    """
    start = opened.start
    if start < earliest:
        start += QUARTER * -(-(earliest - start) // QUARTER)
    end = min(opened.end, latest)
    first, last = (bisect_left(busy, edge, key=START) for edge in (start - 2 * REACH, end + REACH))
    near = [one for one in busy[first:last] if one.end > start - REACH]
    # Most days are spent in one place: there, two times need only be apart.
    has_roads = len(({one.place for one in near} | {opened.place}) - {None}) > 1
    while (after := start + length) <= end:
        is_free = fits(near, Busy(start, after, opened.place), travel) if has_roads else is_apart(near, start, after)
        if is_free:
            yield Slot(start, after, opened.person, opened.place, opened.ways)
        start = after if is_free else start + QUARTER


def quarters(start: datetime, end: datetime) -> list[datetime]:
    """The quarter-hours of a time that goes from one of them to another, in order."""
    return [start + QUARTER * n for n in range((end - start) // QUARTER)]
