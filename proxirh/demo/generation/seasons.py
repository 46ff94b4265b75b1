"""When people ask and when the service answers: seasons of the school year, working hours, working days."""

import random
from bisect import bisect
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate
from zoneinfo import ZoneInfo

from proxirh.demo.generation.chance import Weights
from proxirh.kernel.calendar import END_OF_DAY, Calendar, add_working_days, is_working_day

# January to December: each branch has its season (moves, promotions, training leave, the September payroll).
SEASONS: Mapping[str, tuple[float, ...]] = {
    "1": (1.3, 1.1, 1.6, 1.2, 1.0, 0.9, 0.4, 0.4, 1.0, 1.1, 1.6, 1.2),
    "2": (1.1, 1.0, 1.1, 0.9, 1.1, 1.2, 0.4, 0.3, 1.1, 1.2, 1.3, 1.1),
    "3": (1.2, 1.1, 1.1, 0.9, 1.0, 1.0, 0.4, 0.4, 1.1, 1.1, 1.2, 1.1),
    "4": (1.5, 1.0, 2.0, 1.2, 1.6, 0.9, 0.3, 0.3, 0.8, 0.9, 2.0, 1.3),
    "5": (1.6, 1.1, 0.8, 0.7, 0.8, 0.8, 0.3, 0.4, 1.3, 1.4, 1.2, 1.0),
    "6": (1.0, 1.0, 1.0, 1.0, 1.1, 1.1, 0.4, 0.4, 1.1, 1.0, 1.0, 1.0),
    "7": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.4, 1.1, 1.0, 1.0, 1.0),
    "8": (1.0, 1.0, 0.9, 0.9, 0.9, 0.9, 0.5, 0.5, 1.6, 1.6, 1.1, 1.0),
}
METROPOLE = Calendar("metropole")
WEEKDAYS = (1.1, 1.15, 1.2, 1.1, 0.9)
DAY_OFF = 0.12
# Share of the web's enquiries by span of the day: before class, lunch, afternoon, after class, evening.
HOURS = {(7, 12): 0.24, (12, 14): 0.24, (14, 17): 0.22, (17, 19): 0.2, (19, 22): 0.1}
OFFICE_OPENS, OFFICE_CLOSES = 8 * 60 + 40, 17 * 60 + 40
EVENING_ENDS = 21 * 60 + 30
REACHED = 1000  # days that one may look on either side of the period: what waits, comes back and waits again adds up


class Season:
    """Draws days of a period by branch, working days far more than others."""

    def __init__(self, rng: random.Random, first: date, last: date) -> None:
        self._rng = rng
        self._first = first
        self._spans = Weights(rng, HOURS)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        self._edges = {
            branch: list(
                accumulate(
                    months[day.month - 1] * (WEEKDAYS[day.weekday()] if is_working_day(day, METROPOLE) else DAY_OFF)
                    for day in days
                )
            )
            for branch, months in SEASONS.items()
        }

    def day(self, branch: str) -> date:
        """One day of the period."""
        edges = self._edges[branch]
        return self._first + timedelta(days=bisect(edges, self._rng.random() * edges[-1]))

    def minute(self) -> int:
        """A minute of the day when someone writes from a browser."""
        opens, closes = self._spans.draw()
        return self._rng.randrange(opens * 60, closes * 60)


class Clock:
    """Working days and local moments of the départements that share a zone and a calendar.

    Says the same as `kernel.calendar`, from a table made once; ValueError for a day too far back for it.
    """

    def __init__(self, zone: str, calendar: str, first: date, last: date) -> None:
        self.zone, self.calendar = zone, Calendar(calendar)
        self._tz = ZoneInfo(zone)
        self._first = first - timedelta(days=REACHED)
        self._working = [
            is_working_day(self._first + timedelta(days=n), self.calendar)
            for n in range((last - self._first).days + REACHED)
        ]
        self._due: dict[tuple[date, int], datetime] = {}

    @cached_property
    def _index(self) -> list[int]:
        return list(accumulate(self._working))

    @cached_property
    def _days(self) -> list[date]:
        return [self._first + timedelta(days=n) for n, working in enumerate(self._working) if working]

    def is_working(self, day: date) -> bool:
        """Monday to Friday, holidays excepted."""
        return self._working[self._place(day)]

    def add(self, day: date, count: int) -> date:
        """The `count`-th working day strictly after `day`; `day` itself for 0."""
        return self._days[self._index[self._place(day)] + count - 1] if count else day

    def before(self, day: date, count: int) -> date:
        """The `count`-th working day strictly before `day`."""
        rank = self._index[self._place(day) - 1] - count
        if rank < 0:
            raise ValueError("a day before the table begins")
        return self._days[rank]

    def between(self, start: date, end: date) -> int:
        """Working days strictly after `start` up to `end` included."""
        if end <= start:
            return 0
        return self._index[self._place(end)] - self._index[self._place(start)]

    def _place(self, day: date) -> int:
        """Where it stands in the table; a list would read a negative place from its end, years later."""
        place = (day - self._first).days
        if place < 1:
            raise ValueError("a day before the table begins")
        return place

    def local(self, moment: datetime) -> datetime:
        """The same moment on the clock of the place."""
        return moment.astimezone(self._tz)

    def at(self, day: date, minute: int, second: int = 0) -> datetime:
        """A local moment, in UTC."""
        local = datetime.combine(day, time(minute // 60, minute % 60, second), tzinfo=self._tz)
        return local.astimezone(UTC)

    def due(self, asked: datetime, count: int) -> datetime:
        """23:59 local time on the `count`-th working day after the local date of `asked`."""
        day = self.local(asked).date()
        if (day, count) not in self._due:
            due_on = add_working_days(day, count, self.calendar)
            self._due[day, count] = datetime.combine(due_on, END_OF_DAY, tzinfo=self._tz).astimezone(UTC)
        return self._due[day, count]

    def office(self, rng: random.Random, after: datetime, days: int) -> datetime:
        """A moment of office hours, `days` working days after `after`: always later than it."""
        local = self.local(after)
        day, earliest = self.add(local.date(), days), OFFICE_OPENS
        if day == local.date():
            earliest = max(OFFICE_OPENS, local.hour * 60 + local.minute + 4)
            if not self.is_working(day) or earliest >= OFFICE_CLOSES:
                day, earliest = self.add(day, 1), OFFICE_OPENS
        return self.at(day, rng.randrange(earliest, OFFICE_CLOSES), rng.randrange(60))

    def evening(self, rng: random.Random, after: datetime, days: int) -> datetime:
        """A moment when an agent writes, `days` days after `after`: always later than it."""
        local = self.local(after)
        earliest = local.hour * 60 + local.minute + 5
        if days or earliest > EVENING_ENDS - 60:
            days, earliest = max(days, 1), 12 * 60
        return self.at(local.date() + timedelta(days=days), rng.randrange(earliest, EVENING_ENDS), rng.randrange(60))
