"""Appointments of somebody who is away: which ones, and which colleagues could meet them at the very same moment;
how many fall on days that are closed."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from proxirh.kernel.calendar import local_day
from proxirh.scheduling.free import ONE_DAY, Agenda, Wanted
from proxirh.scheduling.models import Appointment, Way
from proxirh.scheduling.services.booking import Choice
from proxirh.territories.models import Closure, Department

Away = dict[int, list[tuple[date, date]]]
WHY = "les rendez-vous d’une personne absente"


def held_until(person_id: int, until: date, *, at: datetime) -> QuerySet[Appointment]:
    """Those to come that she holds until about a day, in order; hours, ways and places alone."""
    rows = Appointment.objects.for_system(WHY).confirmed().filter(person_id=person_id, starts_at__gt=at)
    near = rows.filter(starts_at__lt=at + max(until - at.date(), ONE_DAY) + 2 * ONE_DAY)
    return near.select_related("place").order_by("starts_at", "pk")


def count_during(closure: Closure, departments: Collection[Department], *, at: datetime) -> int:
    """Appointments to come that fall on the days of a closure, on the clock of each département; in one query."""
    there = [one for one in departments if closure.department_id in (None, one.pk)]
    if not there:
        return 0
    spans = (
        Q(
            department=one,
            starts_at__gte=datetime.combine(closure.valid_from, time(), ZoneInfo(one.time_zone)),
            starts_at__lt=datetime.combine(closure.valid_until + ONE_DAY, time(), ZoneInfo(one.time_zone)),
        )
        for one in there
    )
    rows = Appointment.objects.for_system(WHY).confirmed().filter(starts_at__gt=at)
    return rows.filter(reduce(or_, spans)).count()


def is_until(row: Appointment, day: date) -> bool:
    """True when it is over by the end of that day, on the clock of whoever comes."""
    return local_day(row.starts_at, row.time_zone) <= day


def open_instead(
    rows: Sequence[Appointment], people: Collection[int], *, away: Away | None = None
) -> dict[int, dict[int, Choice]]:
    """Of each appointment, those of these people whose own open hours hold it: the same moment, way and place.

    As many queries whatever the number of rows and of people; one fewer when `away` tells their absences.
    """
    if not rows or not people:
        return {one.pk: {} for one in rows}
    first, last = (moment.date() for moment in (rows[0].starts_at - ONE_DAY, rows[-1].starts_at + ONE_DAY))
    known = Agenda(people, first, last)
    if away is not None:
        known.absences = away
    busy = known.busy(first, last)
    return {one.pk: _open_for(one, known.at(_wanted(one), busy)) for one in rows}


def _open_for(row: Appointment, found: dict[int, int | None]) -> dict[int, Choice]:
    return {person: Choice(person, row.starts_at, row.way, place) for person, place in found.items()}


def _wanted(row: Appointment) -> Wanted:
    place = row.place_id if row.way == Way.ON_SITE else None
    return Wanted(row.length, row.starts_at, row.ends_at, row.way, place=place, department=row.department_id)
