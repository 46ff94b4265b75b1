"""Saying when one may be met: openings that come back, one day of them, and their end."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.scheduling.free import Agenda, Occurrence
from proxirh.scheduling.models import Availability, AvailabilityChange, MeetingPlace
from proxirh.scheduling.permissions import keeps_agenda
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.territories.actor import Actor
from proxirh.territories.models import Department

NOT_YOURS = "Ces disponibilités ne sont pas les vôtres."
ENDED = "Elles finissent déjà avant ce jour."
# Openings are compared with the others as far as appointments are usually taken.
COMPARED = timedelta(days=60)
QUARTERS = {0, 15, 30, 45}


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when on the wall, and where; no place: by telephone or on a screen, from anywhere."""

    starts_at: time
    ends_at: time
    place: MeetingPlace | None = None


def openings_of(actor: Actor, *, at: datetime) -> list[Availability]:
    """One's own, those that are over left out."""
    today = timezone.localdate(at) - timedelta(days=1)
    return list(own(actor).exclude(valid_until__lt=today))


def own(actor: Actor) -> QuerySet[Availability]:
    """One's own, past ones included, and nobody else's."""
    return Availability.objects.filter(person_id=actor.person_id or 0).select_related("department", "place")


def places_offered(department: Department) -> list[MeetingPlace]:
    """Places in use in a département."""
    return list(MeetingPlace.objects.filter(department=department, is_open=True))


def open_hours(
    *,
    actor: Actor,
    department: Department,
    rhythm: Rhythm,
    hours: Hours,
    by_phone: bool,
    by_video: bool,
    key: UUID | None = None,
    at: datetime | None = None,
) -> Availability:
    """Say that one may be met then, from a day that is not past; the same key twice says it once.

    Raises NotAllowed for whoever receives nobody, DomainError for hours or days that make no sense.
    """
    at = at or timezone.now()
    if not keeps_agenda(actor) or actor.person_id is None:
        raise NotAllowed(NOT_YOURS)
    if key and (sent := _sent(actor, key)):
        return sent
    _check_hours(department, hours)
    if hours.place is None and not (by_phone or by_video):
        raise DomainError("Choisissez au moins une façon de vous rencontrer.")
    if rhythm.first < local_day(at, department.time_zone):
        raise DomainError("Ce premier jour est passé. Commencez aujourd’hui ou plus tard.")
    if rhythm.last is not None and rhythm.last < rhythm.first:
        raise DomainError("Le dernier jour précède le premier.")
    if rhythm.frequency in (Frequency.WEEKLY, Frequency.MONTHLY) and not rhythm.weekdays:
        raise DomainError("Choisissez au moins un jour de la semaine.")
    made = Availability(
        person_id=actor.person_id,
        department=department,
        place=hours.place,
        time_zone=hours.place.time_zone if hours.place else department.time_zone,
        by_phone=by_phone,
        by_video=by_video,
        frequency=rhythm.frequency,
        every=rhythm.every,
        weekdays="".join(map(str, rhythm.weekdays)),
        nth=rhythm.nth,
        starts_at=hours.starts_at,
        ends_at=hours.ends_at,
        valid_from=rhythm.first,
        valid_until=rhythm.first if rhythm.frequency == Frequency.ONCE else rhythm.last,
    )
    if key:
        made.uid = key
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            journal.record(actor=actor.label, verb="disponibilités.ouvertes", subject=made, at=at)
    except IntegrityError:
        if key is None or (sent := _sent(actor, key)) is None:
            raise
        return sent
    return made


def _sent(actor: Actor, key: UUID) -> Availability | None:
    return own(actor).filter(uid=key).first()


@transaction.atomic
def end_hours(*, actor: Actor, availability: Availability, last: date | None, at: datetime | None = None) -> None:
    """Have it come back no more after a day; None takes away the whole of what is to come. Twice is the same as once.

    Appointments already taken stand: each is moved or cancelled by itself.
    """
    at = at or timezone.now()
    _check_own(actor, availability)
    today = local_day(at, availability.time_zone)
    last = today - timedelta(days=1) if last is None else last
    if last < today - timedelta(days=1):
        raise DomainError("Ce jour est passé. Choisissez aujourd’hui ou plus tard.")
    if availability.valid_until is not None and availability.valid_until <= last:
        if availability.valid_until == last:
            return
        raise DomainError(ENDED)
    if last < availability.valid_from:
        journal.record(actor=actor.label, verb="disponibilités.retirées", subject=availability, at=at)
        availability.delete()
        return
    swap(availability, {"valid_until": availability.valid_until}, {"valid_until": last})
    verb = "disponibilités.terminées"
    journal.record(actor=actor.label, verb=verb, subject=availability, at=at, le=last.isoformat())


def change_day(
    *, actor: Actor, availability: Availability, day: date, hours: Hours | None, at: datetime | None = None
) -> AvailabilityChange:
    """Change one day of it, and that day alone: other hours, another place, or nobody (None).

    Raises DomainError for a day that is past, or on which it does not come back.
    """
    at = at or timezone.now()
    _check_day(actor, availability, day, at=at)
    if hours is not None:
        _check_hours(availability.department, hours)
    written: dict[str, Any] = {"is_off": hours is None}
    if hours is not None:
        written |= {"starts_at": hours.starts_at, "ends_at": hours.ends_at, "place": hours.place}
    before = availability.changes.filter(day=day).first()
    if before is not None and all(getattr(before, name) == value for name, value in written.items()):
        return before
    try:
        with transaction.atomic():
            made, _ = AvailabilityChange.objects.update_or_create(availability=availability, day=day, defaults=written)
            verb = "disponibilités.jour-changé" if hours else "disponibilités.jour-retiré"
            journal.record(actor=actor.label, verb=verb, subject=availability, at=at, le=day.isoformat())
    except IntegrityError:
        raise StaleState from None
    return made


@transaction.atomic
def restore_day(*, actor: Actor, availability: Availability, day: date, at: datetime | None = None) -> None:
    """Give a day that was changed its usual hours back; twice is the same as once."""
    at = at or timezone.now()
    _check_day(actor, availability, day, at=at)
    if availability.changes.filter(day=day).delete()[0]:
        verb = "disponibilités.jour-rétabli"
        journal.record(actor=actor.label, verb=verb, subject=availability, at=at, le=day.isoformat())


def overlapping(availability: Availability) -> Occurrence | None:
    """The first day on which another opening of the same person says the same hour: she is told, and it stands."""
    first = availability.valid_from
    agenda = Agenda([availability.person_id], first, first + COMPARED)
    own: dict[date, list[Occurrence]] = {}
    for one in agenda.open_days():
        own.setdefault(one.day, []).append(one)
    for ones in own.values():
        mine = [one.opened for one in ones if one.availability.pk == availability.pk]
        for other in ones:
            if other.availability.pk == availability.pk:
                continue
            if any(other.opened.start < one.end and other.opened.end > one.start for one in mine):
                return other
    return None


def _check_own(actor: Actor, availability: Availability) -> None:
    if not keeps_agenda(actor) or availability.person_id != actor.person_id:
        raise NotAllowed(NOT_YOURS)


def _check_day(actor: Actor, availability: Availability, day: date, *, at: datetime) -> None:
    _check_own(actor, availability)
    if day < local_day(at, availability.time_zone):
        raise DomainError("Ce jour est passé.")
    if not availability.rhythm.days(day, day):
        raise DomainError("Ces disponibilités ne comprennent pas ce jour.")


def _check_hours(department: Department, hours: Hours) -> None:
    if hours.ends_at <= hours.starts_at:
        raise DomainError("La fin précède le début.")
    if {hours.starts_at.minute, hours.ends_at.minute} - QUARTERS:
        raise DomainError("Choisissez des heures au quart d’heure : 9 h, 9 h 15, 9 h 30, 9 h 45.")
    if hours.place is not None and (hours.place.department_id != department.pk or not hours.place.is_open):
        raise DomainError("Ce lieu n’est pas utilisé dans ce département.")
