"""The whole calendar of a département: its public holidays, and the closures of its service.

Closures are read from the row of the département, where `services.closures` writes them: no page pays for them. What
was promised at a moment is worked out from what was known then: a closure declared or withdrawn since moves nothing.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, Self

from django.db.models import Q, QuerySet

from proxirh.kernel.calendar import Calendar, days_of
from proxirh.territories.models import Academy, Closure, Department, SchoolHoliday, Team

# Its schools have a calendar of their own, which the ministry publishes apart.
APART = frozenset({"975"})
NATIONAL = (Calendar("metropole"), "Europe/Paris")
HERE, EVERYWHERE = "département", "académie"


class Closed(NamedTuple):
    """Days when a service is closed, both included, and from when to when that was known."""

    scope: str
    first: date
    last: date
    declared_at: datetime
    withdrawn_at: datetime | None

    @classmethod
    def by(cls, closure: Closure) -> Self:
        """What delays need of a closure."""
        scope = HERE if closure.department_id else EVERYWHERE
        return cls(scope, closure.valid_from, closure.valid_until, closure.declared_at, closure.withdrawn_at)

    @classmethod
    def read(cls, line: str) -> Self:
        """The same from a line of `Department.closed`."""
        scope, first, last, declared, withdrawn = line.split(" ")
        return cls(
            scope,
            date.fromisoformat(first),
            date.fromisoformat(last),
            datetime.fromisoformat(declared),
            datetime.fromisoformat(withdrawn) if withdrawn else None,
        )

    def __str__(self) -> str:
        first, last, declared = (moment.isoformat() for moment in (self.first, self.last, self.declared_at))
        return " ".join((self.scope, first, last, declared, self.withdrawn_at.isoformat() if self.withdrawn_at else ""))

    def was_known(self, at: datetime | None) -> bool:
        """Declared by then, and not withdrawn yet; without a moment, as things stand now."""
        if at is None:
            return self.withdrawn_at is None
        return self.declared_at <= at and (self.withdrawn_at is None or self.withdrawn_at > at)


def written(closures: Iterable[Closure]) -> str:
    """What `Department.closed` says of them."""
    return "\n".join(str(Closed.by(closure)) for closure in closures)


@lru_cache(maxsize=256)
def known(closed: str, at: datetime | None = None) -> tuple[Closed, ...]:
    """Closures that were known at a moment, or stand now."""
    return tuple(one for one in map(Closed.read, closed.splitlines()) if one.was_known(at))


@lru_cache(maxsize=256)
def calendar(name: str, closed: str, known_at: datetime | None = None) -> Calendar:
    """The calendar of a département from two columns of its row: the name of its holidays, and what is closed."""
    return _calendar(name, known(closed, known_at))


def calendar_of(department: Department, *, known_at: datetime | None = None) -> Calendar:
    """The calendar of a département: `known_at` is the moment of a promise, none for what is counted now."""
    return calendar(department.holiday_calendar, department.closed, known_at)


def calendar_of_academy(academy: Academy, *, known_at: datetime | None = None) -> tuple[Calendar, str]:
    """Calendar and time zone of what belongs to an académie as a whole: one département closed does not close it."""
    department = next(iter(academy.departments.all()), None)
    if department is None:
        return NATIONAL
    closed = [one for one in known(department.closed, known_at) if one.scope == EVERYWHERE]
    return _calendar(department.holiday_calendar, closed), department.time_zone


def calendar_of_line(line: Team, *, known_at: datetime | None = None) -> tuple[Calendar, str]:
    """Calendar and time zone of a telephone line: its département’s, else those of its académie."""
    if line.department is not None:
        return calendar_of(line.department, known_at=known_at), line.department.time_zone
    return calendar_of_academy(line.academy, known_at=known_at)


def clocks_of(lines: Iterable[Team]) -> dict[int, str]:
    """Time zone of each of these lines, by key; each place is read once."""
    places: dict[tuple[int | None, int], str] = {}
    found = {}
    for line in lines:
        place = line.department_id, line.academy_id
        if place not in places:
            places[place] = calendar_of_line(line)[1]
        found[line.pk] = places[place]
    return found


def school_holidays(department: Department, first: date, last: date) -> QuerySet[SchoolHoliday]:
    """School holidays of a département that touch these days, whoever they are for."""
    there = Q(department=department)
    if department.code not in APART:
        there |= Q(academy_id=department.academy_id, department=None)
    return SchoolHoliday.objects.filter(there, valid_from__lte=last, valid_until__gte=first)


def _calendar(name: str, closed: Iterable[Closed]) -> Calendar:
    return Calendar(name, frozenset(chain.from_iterable(days_of(one.first, one.last) for one in closed)))
