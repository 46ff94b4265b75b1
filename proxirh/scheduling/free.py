"""When people are free: their openings, less holidays, closures, absences and what holds their time.

Three queries whatever the number of people and of days, then days are gone through in order and no further than asked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import FilteredRelation, Q

from proxirh.kernel.calendar import public_holidays
from proxirh.scheduling.models import Availability, AvailabilityChange, HeldTime, MeetingPlace, Way
from proxirh.scheduling.slots import REACH, Busy, Opened, Slot, cut, longest_of
from proxirh.territories.models import Absence
from proxirh.territories.services.calendars import calendar_of

ONE_DAY = timedelta(days=1)
UTC = ZoneInfo("UTC")
FIRST_READ = timedelta(days=14)
DAY = attrgetter("day")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One day of an opening, with the hours of the wall there."""

    availability: Availability
    day: date
    starts_at: time
    ends_at: time
    place: MeetingPlace | None
    change: AvailabilityChange | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Where these hours are read."""
        return ZoneInfo(self.place.time_zone if self.place else self.availability.time_zone)

    @property
    def is_off(self) -> bool:
        """True when nobody may be met on that day of it."""
        return self.change is not None and self.change.is_off

    @property
    def opened(self) -> Opened:
        """The same in UTC, with its ways."""
        zone, row = self.zone, self.availability
        start, end = (datetime.combine(self.day, at, zone).astimezone(UTC) for at in (self.starts_at, self.ends_at))
        told = {Way.PHONE: row.by_phone, Way.VIDEO: row.by_video, Way.ON_SITE: self.place is not None}
        ways = frozenset(str(way) for way, is_open in told.items() if is_open)
        return Opened(start, end, row.person_id, self.place.pk if self.place else None, ways)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: how long, from when to when, by which way at which place, for which département and with whom
    (any, when left out). An opening that has a length of its own keeps it.
    """

    length: timedelta
    earliest: datetime
    latest: datetime
    way: str = ""
    place: int | None = None
    department: int | None = None
    people: Collection[int] | None = None

    def takes(self, opened: Opened) -> bool:
        """True for an opening that may hold such a slot."""
        return (
            bool(opened.ways)
            and opened.end > self.earliest
            and opened.start < self.latest
            and (not self.way or self.way in opened.ways)
            and self.place in (None, opened.place)
            and (self.people is None or opened.person in self.people)
        )


@dataclass
class Agenda:
    """What is known of some people between two days, both included; read whole, gone through as far as asked.

    `but` is a held time that is being moved.
    """

    people: Collection[int]
    first: date
    last: date
    but: int | None = None
    roads: dict[int, timedelta] = field(default_factory=dict)

    @cached_property
    def ways(self) -> frozenset[str]:
        """Those that some opening has, whether a slot of it is left or not."""
        rows, places = self.availabilities, (one.place_id for one in self.changes.values())
        found = {Way.PHONE: any(row.by_phone for row in rows), Way.VIDEO: any(row.by_video for row in rows)}
        found[Way.ON_SITE] = any(row.place_id for row in rows) or any(places)
        return frozenset(str(way) for way, is_open in found.items() if is_open)

    @cached_property
    def availabilities(self) -> list[Availability]:
        """Openings that touch these days."""
        return list({row.pk: row for row, _ in self._opened}.values())

    @cached_property
    def changes(self) -> dict[tuple[int, date], AvailabilityChange]:
        """Days that differ."""
        return {(row.pk, change.day): change for row, change in self._opened if change is not None}

    @cached_property
    def _opened(self) -> list[tuple[Availability, AvailabilityChange | None]]:
        """Each opening with each of its days that differ, or with none."""
        rows = Availability.objects.filter(
            Q(valid_until=None) | Q(valid_until__gte=self.first),
            person__in=self.people,
            valid_from__lte=self.last,
        )
        these = Q(changes__day__gte=self.first, changes__day__lte=self.last)
        joined: Any = rows.annotate(differing=FilteredRelation("changes", condition=these))
        found = joined.select_related("department", "place", "differing__place")
        return [(row, getattr(row, "differing", None)) for row in found]  # joined to nothing, it is not set

    @cached_property
    def absences(self) -> dict[int, list[tuple[date, date]]]:
        """Days away, by person."""
        found: dict[int, list[tuple[date, date]]] = defaultdict(list)
        rows = Absence.objects.filter(person__in=self.people, valid_until__gte=self.first, valid_from__lte=self.last)
        for person, first, last in rows.values_list("person_id", "valid_from", "valid_until"):
            found[person].append((first, last))
        return found

    def why_closed(self, occurrence: Occurrence) -> str:
        """Why nobody is met although it comes back on that day, in words; nothing when somebody is."""
        row, day = occurrence.availability, occurrence.day
        calendar = calendar_of(row.department)
        if day in public_holidays(calendar.name, day.year):
            return "jour férié"
        if day in calendar.closed:
            return "service fermé"
        return "absence" if self.is_away(row.person_id, day) else ""

    def is_away(self, person_id: int, day: date) -> bool:
        """During one of her absences."""
        return any(first <= day <= last for first, last in self.absences.get(person_id, ()))

    def occurrences(self, first: date | None = None, last: date | None = None) -> Iterator[Occurrence]:
        """Every day of every opening as it is changed, in order; holidays, closures and absences included."""
        by_day: dict[date, list[Availability]] = defaultdict(list)
        for row in self.availabilities:
            for day in row.rhythm.days(first or self.first, last or self.last):
                by_day[day].append(row)
        for day in sorted(by_day):
            for row in by_day[day]:
                change = self.changes.get((row.pk, day))
                if change is None or change.is_off:
                    yield Occurrence(row, day, row.starts_at, row.ends_at, row.place, change)
                else:
                    starts_at, ends_at = change.starts_at or row.starts_at, change.ends_at or row.ends_at
                    yield Occurrence(row, day, starts_at, ends_at, change.place, change)

    def open_days(self, first: date | None = None, last: date | None = None) -> Iterator[Occurrence]:
        """Those on which somebody may be met, in order of their day."""
        for one in self.occurrences(first, last):
            if not one.is_off and not self.why_closed(one):
                yield one

    def slots(self, asked: Wanted) -> Iterator[Slot]:
        """Slots that may be booked, day after day, in order of their start within a day; asked again, nothing is read
        again.
        """
        for first, last in windows(self.first, self.last):
            if last + ONE_DAY < asked.earliest.date():
                continue
            for _day, ones in groupby(self.open_days(first, last), key=DAY):
                yield from _once(slot for one in ones for slot in self.cut(one, self.held, asked))

    def at(self, asked: Wanted, busy: dict[int, list[Busy]]) -> dict[int, int | None]:
        """Who may be met from the very first moment of what is looked for, and where each then is."""
        day, found = asked.earliest.date(), dict[int, int | None]()
        for one in self.open_days(day - ONE_DAY, day + ONE_DAY):
            slot = next(self.cut(one, busy, asked), None)
            if slot is not None and slot.start == asked.earliest:
                found.setdefault(slot.person, slot.place)
        return found

    @cached_property
    def held(self) -> dict[int, list[Busy]]:
        """What holds the time of each on these days."""
        return self.busy(self.first, self.last)

    @cached_property
    def places(self) -> dict[int, MeetingPlace]:
        """Where its slots may be, by key."""
        of_days = (one.place for one in self.changes.values())
        return {one.pk: one for one in (*(row.place for row in self.availabilities), *of_days) if one is not None}

    def busy(self, first: date, last: date) -> dict[int, list[Busy]]:
        """What holds the time of each between two days, and as far around as one may have to travel."""
        start = datetime.combine(first - ONE_DAY, time.min, UTC) - REACH
        end = datetime.combine(last + 2 * ONE_DAY, time.min, UTC) + REACH
        return held_times(self.people, start, end, roads=self.roads, but=self.but)

    def cut(self, one: Occurrence, busy: dict[int, list[Busy]], asked: Wanted) -> Iterator[Slot]:
        """Slots of one day of an opening."""
        opened = one.opened
        if asked.department not in (None, one.availability.department_id) or not asked.takes(opened):
            return iter(())
        if one.place is not None:
            self.roads[one.place.pk] = one.place.road
        return cut(
            opened,
            busy.get(opened.person, ()),
            length=one.availability.length or asked.length,
            earliest=asked.earliest,
            latest=asked.latest,
            travel=longest_of(self.roads),
        )


def held_times(
    people: Collection[int], start: datetime, end: datetime, *, roads: dict[int, timedelta], but: int | None = None
) -> dict[int, list[Busy]]:
    """What holds the time of each, in order; the roads to where that is are added to `roads`.

    `but` is a held time that is being moved.
    """
    found: dict[int, list[Busy]] = defaultdict(list)
    rows = HeldTime.objects.filter(person__in=people, ends_at__gt=start, starts_at__lt=end).exclude(pk=but or 0)
    columns = ("person_id", "starts_at", "ends_at", "place_id", "place__travel_minutes")
    for person, starts_at, ends_at, place, minutes in rows.order_by("starts_at").values_list(*columns):
        found[person].append(Busy(starts_at, ends_at, place))
        if place is not None:
            roads[place] = timedelta(minutes=minutes)
    return found


def _once(slots: Iterable[Slot]) -> Iterator[Slot]:
    """Two openings of one person may overlap: at one place she is met once, by the ways of both; those of another
    length stay apart."""
    found: dict[tuple[datetime, int, int, datetime], Slot] = {}
    for one in slots:
        key = one.start, one.person, one.place or 0, one.end
        known = found.get(key)
        found[key] = replace(one, ways=one.ways | known.ways) if known else one
    return iter(one for _, one in sorted(found.items()))


def windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Days cut into spans, the first of two weeks, each twice as long as the one before: most who look for a slot find
    one in the first."""
    length = FIRST_READ
    while first <= last:
        yield first, min(first + length - ONE_DAY, last)
        first, length = first + length, 2 * length


def free_slots(people: Collection[int], asked: Wanted, *, but: int | None = None) -> Iterator[Slot]:
    """Slots of some people, in order of time; the first ones cost no more than the days they are found on.

    `but` is a held time that is being moved.
    """
    return agenda_of(people, asked, but=but).slots(asked)


def agenda_of(people: Collection[int], asked: Wanted, *, but: int | None = None) -> Agenda:
    """What slots are looked for in, several times without reading it again."""
    first, last = (moment.date() for moment in (asked.earliest - ONE_DAY, asked.latest + ONE_DAY))
    return Agenda(people, first, last, but)
