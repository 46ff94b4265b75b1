"""Holding somebody's time: once each quarter of an hour, and with the time to travel, whoever else writes at once.

Each write first bumps the version of the days it read, in their order: two that would each leave too little time to
travel cannot both pass (RULES §6). The unique quarter-hours are the last to refuse.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from proxirh.kernel.calendar import days_of
from proxirh.kernel.workflow import swap
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.free import held_times
from proxirh.scheduling.models import AgendaDay, HeldQuarter, HeldTime, Holder, MeetingPlace
from proxirh.scheduling.slots import REACH, Busy, fits, is_quarter, longest_of, quarters


@dataclass(frozen=True, slots=True)
class Asked:
    """A time asked of one person, from a quarter of an hour to another within half a day, and where; ValueError for any
    other."""

    person_id: int
    start: datetime
    end: datetime
    place_id: int | None = None

    def __post_init__(self) -> None:
        if self.end <= self.start or not (is_quarter(self.start) and is_quarter(self.end)):
            raise ValueError("a time goes from a quarter of an hour to a later one")
        if self.end - self.start > REACH:  # slots look no further back for what is busy
            raise ValueError("a time lasts half a day at most")


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


def is_free(asked: Asked, *, but: int | None = None) -> bool:
    """True when the time may be held beside what the person has; `but` is the held time that is being moved."""
    roads: dict[int, timedelta] = {}
    taken = held_times([asked.person_id], asked.start - REACH, asked.end + REACH, roads=roads, but=but)
    if asked.place_id is not None and asked.place_id not in roads:
        roads[asked.place_id] = MeetingPlace.objects.get(pk=asked.place_id).road
    wanted = Busy(asked.start, asked.end, asked.place_id)
    return fits(taken.get(asked.person_id, ()), wanted, longest_of(roads))


@transaction.atomic
def hold(asked: Asked, *, read: Read, kind: Holder) -> HeldTime:
    """Take the time; SlotTaken when one of these days was written since it was read, or a quarter of it is taken."""
    _claim(read)
    return _hold(asked, kind=kind)


@transaction.atomic
def shift(held: HeldTime, asked: Asked, *, read: Read) -> None:
    """Move a held time of the same person: what it lacks is taken before what it leaves is given back.

    Raises SlotTaken as `hold` does, ValueError for somebody else’s.
    """
    if held.person_id != asked.person_id:
        raise ValueError("a held time stays with its person")
    _claim(read)
    wanted = quarters(asked.start, asked.end)
    had = set(held.quarters.values_list("starts_at", flat=True))
    _take(held, [one for one in wanted if one not in had])
    held.quarters.exclude(starts_at__in=wanted).delete()
    swap(
        held,
        {"starts_at": held.starts_at, "ends_at": held.ends_at},
        {"starts_at": asked.start, "ends_at": asked.end, "place_id": asked.place_id},
    )


@transaction.atomic
def release(held: HeldTime) -> None:
    """Give the time back, whoever writes at once: what is free stands in nobody’s way. Who decided on these days while
    it was held reads them again.
    """
    _bump(held)
    held.delete()


@transaction.atomic
def hand_on(held: HeldTime, asked: Asked, *, read: Read, kind: Holder) -> HeldTime:
    """Hold the time of somebody else instead; SlotTaken as `hold` does.

    The days of both are written by order of persons: two that go opposite ways never wait for each other.
    """
    if held.person_id < asked.person_id:
        _bump(held)
        _claim(read)
    else:
        _claim(read)
        _bump(held)
    made = _hold(asked, kind=kind)
    held.delete()
    return made


def claim_days(person_id: int, first: date, last: date) -> None:
    """Whoever decides at this instant on one of these days, both included, reads them again; whoever has decided is
    waited for. Within the transaction that writes an absence, and in the order in which appointments write days.
    """
    wanted = (AgendaDay(person_id=person_id, day=day, version=0) for day in days_of(first, last))
    AgendaDay.objects.bulk_create(wanted, ignore_conflicts=True)
    days = AgendaDay.objects.filter(person_id=person_id, day__gte=first, day__lte=last)
    list(days.order_by("day").select_for_update().values_list("pk"))
    days.update(version=F("version") + 1)


def forget(held: Collection[int]) -> None:
    """Erase times of which nothing is kept any more; the days are left as they are, for they only become freer."""
    HeldTime.objects.filter(pk__in=held).delete()


def _hold(asked: Asked, *, kind: Holder) -> HeldTime:
    held = HeldTime.objects.create(
        person_id=asked.person_id, kind=kind, place_id=asked.place_id, starts_at=asked.start, ends_at=asked.end
    )
    _take(held, quarters(asked.start, asked.end))
    return held


def _bump(held: HeldTime) -> None:
    """Every day from which one may have had to travel to this time, in order."""
    for day in days_of((held.starts_at - REACH).date(), (held.ends_at + REACH).date()):
        AgendaDay.objects.filter(person_id=held.person_id, day=day).update(version=F("version") + 1)


def _claim(read: Read) -> None:
    """Bump every day that was read, in order; SlotTaken when one was written since."""
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


def _take(held: HeldTime, starts: Iterable[datetime]) -> None:
    try:
        with transaction.atomic():
            HeldQuarter.objects.bulk_create(
                HeldQuarter(held=held, person_id=held.person_id, starts_at=one) for one in starts
            )
    except IntegrityError:
        raise SlotTaken from None
