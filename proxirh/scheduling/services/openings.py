"""Saying when one may be met: openings that come back, one day of them, and their end."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.scheduling.free import Agenda, Occurrence
from proxirh.scheduling.models import Availability, AvailabilityChange, MeetingPlace, SitePermanence
from proxirh.scheduling.permissions import keeps_agenda
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.slots import check_quarters
from proxirh.territories.actor import Actor
from proxirh.territories.models import Department
from proxirh.territories.services.serving import departments_served

NOT_YOURS = "Ces disponibilités ne sont pas les vôtres."
NOT_THERE = "Vous n’avez pas de mission dans ce département."
ENDED = "Elles finissent déjà avant ce jour."
NO_WAY = "Choisissez au moins une façon de vous rencontrer : un lieu, le téléphone ou la visioconférence."
TOO_FAR = "Deux ans à l’avance, au plus."
OF_A_PERMANENCE = (
    "Ces heures sont celles d’une permanence en établissement : la salle est vérifiée et la date annoncée. "
    "Annulez la permanence depuis sa page, puis préparez-en une autre."
)
USED = "Cette page a déjà servi. Relisez votre agenda, puis recommencez depuis une page neuve."
# Openings are compared with the others as far as appointments are usually taken.
COMPARED = timedelta(days=60)
MOST_AHEAD = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when on the wall, and where; no place: by telephone or on a screen, from anywhere."""

    starts_at: time
    ends_at: time
    place: MeetingPlace | None = None


def own(actor: Actor) -> QuerySet[Availability]:
    """One's own, past ones included, and nobody else's."""
    return Availability.objects.filter(person_id=actor.person_id or 0).select_related("department", "place")


def openings_of(actor: Actor, *, at: datetime) -> list[Availability]:
    """One's own, those that are over left out."""
    rows = own(actor).filter(Q(valid_until=None) | Q(valid_until__gte=timezone.localdate(at) - timedelta(days=1)))
    return [row for row in rows if row.valid_until is None or row.valid_until >= local_day(at, row.time_zone)]


def open_hours(
    *,
    actor: Actor,
    department: Department,
    rhythm: Rhythm,
    hours: Hours,
    by_phone: bool,
    by_video: bool,
    minutes: int | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> Availability:
    """Say that one may be met then, where one serves, from a day that is not past; the same key twice says it once.

    `minutes` is how long an appointment lasts there, when it is not for the académie to say.

    Raises NotAllowed for whoever receives nobody there, DomainError for hours or days that make no sense, StaleState
    for a key that said something else.
    """
    at = at or timezone.now()
    if not keeps_agenda(actor) or actor.person_id is None:
        raise NotAllowed(NOT_YOURS)
    if department not in departments_served(actor):
        raise NotAllowed(NOT_THERE)
    _check_hours(department, hours, by_phone=by_phone, by_video=by_video)
    _check_rhythm(rhythm, today=local_day(at, department.time_zone))
    written: dict[str, Any] = {
        "department": department,
        "place": hours.place,
        "time_zone": hours.place.time_zone if hours.place else department.time_zone,
        "by_phone": by_phone,
        "by_video": by_video,
        "frequency": rhythm.frequency,
        "every": rhythm.every,
        "weekdays": "".join(map(str, sorted(set(rhythm.weekdays)))),
        "nth": rhythm.nth,
        "starts_at": hours.starts_at,
        "ends_at": hours.ends_at,
        "minutes": minutes,
        "valid_from": rhythm.first,
        "valid_until": rhythm.first if rhythm.frequency == Frequency.ONCE else rhythm.last,
    }
    if key and (sent := _sent(actor, key, written)):
        return sent
    try:
        with transaction.atomic():
            made = Availability.objects.create(person_id=actor.person_id, idempotency_key=key, **written)
            journal.record(actor=actor.label, verb="disponibilités.ouvertes", subject=made, at=at)
    except IntegrityError:
        if key is None or (sent := _sent(actor, key, written)) is None:
            raise
        return sent
    return made


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
    if last - today > MOST_AHEAD:
        raise DomainError(TOO_FAR)
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

    Raises DomainError for a day that is past or too far, or on which it does not come back.
    """
    at = at or timezone.now()
    _check_day(actor, availability, day, at=at)
    if hours is not None:
        if availability.department not in departments_served(actor):
            raise NotAllowed(NOT_THERE)
        _check_hours(
            availability.department,
            hours,
            by_phone=availability.by_phone,
            by_video=availability.by_video,
            had=availability.place_id,
        )
    written: dict[str, Any] = {"is_off": hours is None}
    if hours is not None:
        written |= {"starts_at": hours.starts_at, "ends_at": hours.ends_at, "place": hours.place}
    before = availability.changes.filter(day=day).first()
    if before is not None and _says(before, written):
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
    own_days: dict[date, list[Occurrence]] = {}
    for one in Agenda([availability.person_id], first, first + COMPARED).open_days():
        own_days.setdefault(one.day, []).append(one)
    for ones in own_days.values():
        mine = [one.opened for one in ones if one.availability.pk == availability.pk]
        for other in ones:
            if other.availability.pk == availability.pk:
                continue
            if any(other.opened.start < one.end and other.opened.end > one.start for one in mine):
                return other
    return None


def _sent(actor: Actor, key: UUID, written: dict[str, Any]) -> Availability | None:
    """What the same form made already; StaleState when it said something else."""
    row = own(actor).filter(idempotency_key=key).first()
    if row is not None and not _says(row, written):
        raise StaleState(USED)
    return row


def _says(row: Availability | AvailabilityChange, written: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in written.items())


def _check_own(actor: Actor, availability: Availability) -> None:
    if not keeps_agenda(actor) or availability.person_id != actor.person_id:
        raise NotAllowed(NOT_YOURS)
    if SitePermanence.objects.filter(opening=availability.pk).exists():
        raise DomainError(OF_A_PERMANENCE)


def _check_day(actor: Actor, availability: Availability, day: date, *, at: datetime) -> None:
    _check_own(actor, availability)
    today = local_day(at, availability.time_zone)
    if day < today:
        raise DomainError("Ce jour est passé.")
    if day - today > MOST_AHEAD:
        raise DomainError(TOO_FAR)
    if not availability.rhythm.days(day, day):
        raise DomainError("Ces disponibilités ne comprennent pas ce jour.")


def _check_rhythm(rhythm: Rhythm, *, today: date) -> None:
    if rhythm.first < today:
        raise DomainError("Ce premier jour est passé. Commencez aujourd’hui ou plus tard.")
    if max(rhythm.first, rhythm.last or rhythm.first) - today > MOST_AHEAD:
        raise DomainError(TOO_FAR)
    if rhythm.last is not None and rhythm.last < rhythm.first:
        raise DomainError("Le dernier jour précède le premier.")
    if rhythm.frequency in (Frequency.WEEKLY, Frequency.MONTHLY) and not rhythm.weekdays:
        raise DomainError("Choisissez au moins un jour de la semaine.")
    if rhythm.last is not None and not rhythm.days(rhythm.first, rhythm.last):
        raise DomainError("Entre ces deux dates, aucun de ces jours ne vient. Vérifiez les dates et les jours.")


def _check_hours(
    department: Department, hours: Hours, *, by_phone: bool, by_video: bool, had: int | None = None
) -> None:
    """`had` is the place that the opening has already: it may be used no longer, and stands where it stood."""
    if hours.ends_at <= hours.starts_at:
        raise DomainError("La fin précède le début.")
    check_quarters(hours.starts_at, hours.ends_at)
    place = hours.place
    if place is None and not (by_phone or by_video):
        raise DomainError(NO_WAY)
    if place is not None and (place.department_id != department.pk or not (place.is_open or place.pk == had)):
        raise DomainError("Ce lieu n’est pas utilisé dans ce département.")
