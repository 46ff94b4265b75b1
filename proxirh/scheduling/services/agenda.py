"""Holding somebody's time: once each quarter of an hour, and with the time to travel, whoever else writes at once.

Each write first bumps the version of the days it read, in their order: two that would each leave too little time to
travel cannot both pass (RULES §6). The unique quarter-hours are the last to refuse.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from proxirh.kernel.calendar import days_of
from proxirh.kernel.workflow import swap
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import AgendaDay, HeldQuarter, HeldTime, Holder, MeetingPlace
from proxirh.scheduling.slots import REACH, Busy, fits, quarters

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A time asked of one person, and where."""

    person_id: int
    start: datetime
    end: datetime
    place_id: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """The versions of the days that a decision was taken on; a day never written has none."""

    person_id: int
    versions: dict[date, int]


def read(asked: Asked) -> Read:
    """The days that this time touches, and those from which one may have to travel."""
    first, last = (asked.start - REACH).date(), (asked.end + REACH).date()
    rows = AgendaDay.objects.filter(person_id=asked.person_id, day__gte=first, day__lte=last)
    versions = dict(rows.values_list("day", "version"))
    return Read(asked.person_id, {day: versions.get(day, 0) for day in days_of(first, last)})


def busy(person_id: int, start: datetime, end: datetime, *, but: int | None = None) -> list[Busy]:
    """What one person has in a time, in order; `but` is the held time that is being moved."""
    rows = HeldTime.objects.filter(person_id=person_id, ends_at__gt=start, starts_at__lt=end).exclude(pk=but or 0)
    return [Busy(*row) for row in rows.order_by("starts_at").values_list("starts_at", "ends_at", "place_id")]


def between_places(places: Iterable[int]) -> dict[int, timedelta]:
    """How long it takes to come to each place from another."""
    rows = MeetingPlace.objects.filter(pk__in=set(places)).values_list("pk", "travel_minutes")
    return {pk: timedelta(minutes=minutes) for pk, minutes in rows}


def is_free(asked: Asked, *, but: int | None = None) -> bool:
    """True when the time may be held beside what the person has."""
    taken = busy(asked.person_id, asked.start - REACH, asked.end + REACH, but=but)
    places = {one.place for one in taken} | {asked.place_id}
    minutes = between_places(place for place in places if place is not None)
    wanted = Busy(asked.start, asked.end, asked.place_id)
    return fits(taken, wanted, lambda one, other: max(minutes[one], minutes[other]))


def claim(read: Read) -> None:
    """Bump every day that was read, in order; SlotTaken when one was written since. First thing of the transaction."""
    for day in sorted(read.versions):
        version = read.versions[day]
        if version == 0:
            try:
                with transaction.atomic():
                    AgendaDay.objects.create(person_id=read.person_id, day=day)
            except IntegrityError:
                raise SlotTaken from None
            continue
        rows = AgendaDay.objects.filter(person_id=read.person_id, day=day, version=version)
        if rows.update(version=version + 1) != 1:
            raise SlotTaken


def hold(asked: Asked, *, kind: Holder) -> HeldTime:
    """Take the time; SlotTaken when a quarter of an hour of it is taken already."""
    held = HeldTime.objects.create(
        person_id=asked.person_id, kind=kind, place_id=asked.place_id, starts_at=asked.start, ends_at=asked.end
    )
    _take(held, quarters(asked.start, asked.end))
    return held


def shift(held: HeldTime, asked: Asked) -> None:
    """Move a held time of the same person: what it lacks is taken before what it leaves is given back."""
    wanted = quarters(asked.start, asked.end)
    had = set(held.quarters.values_list("starts_at", flat=True))
    _take(held, [one for one in wanted if one not in had])
    held.quarters.exclude(starts_at__in=wanted).delete()
    swap(
        held,
        {"starts_at": held.starts_at, "ends_at": held.ends_at},
        {"starts_at": asked.start, "ends_at": asked.end, "place_id": asked.place_id},
    )


def release(held: HeldTime) -> None:
    """Give the time back."""
    held.delete()


def _take(held: HeldTime, starts: list[datetime]) -> None:
    try:
        with transaction.atomic():
            HeldQuarter.objects.bulk_create(
                HeldQuarter(held=held, person_id=held.person_id, starts_at=one) for one in starts
            )
    except IntegrityError:
        raise SlotTaken from None
