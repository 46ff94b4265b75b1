"""Closing the service for some days: they count in no delay asked from then on, and move nothing promised before."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Closure, Department, Reason, SchoolHoliday
from proxirh.territories.permissions import can_run_academy
from proxirh.territories.services.calendars import written

# Delays are counted over weeks: what closed before that is left out of the rows that every page reads.
STILL_READ = timedelta(days=800)
LONGEST = timedelta(days=92)
NOT_YOURS = "Le calendrier est à la coordination de l’académie."
PAST = "Ce jour est passé. Une fermeture commence aujourd’hui ou un jour à venir."
BEGUN = "Cette fermeture a commencé : ses jours ont déjà compté, elle reste au calendrier."


def closures_of(academy: Academy) -> QuerySet[Closure]:
    """Closures that stand, of the académie and of its départements."""
    return academy.closures.filter(withdrawn_at=None).select_related("department")


@transaction.atomic
def declare_closure(
    *,
    actor: Actor,
    academy: Academy,
    department: Department | None = None,
    reason: str,
    valid_from: date,
    valid_until: date,
    at: datetime | None = None,
) -> Closure:
    """Close the service of an académie, or of one département, from a day that is not past.

    Raises NotAllowed outside one’s académie, DomainError for a past day, a département elsewhere, or days that are
    closed already.
    """
    at = at or timezone.now()
    if not can_run_academy(actor, academy):
        raise NotAllowed(NOT_YOURS)
    if department is not None and department.academy_id != academy.pk:
        raise DomainError(f"{department} est d’une autre académie.")
    if valid_from < timezone.localdate(at):
        raise DomainError(PAST)
    if valid_until < valid_from:
        raise DomainError("La fin précède le début.")
    if valid_until - valid_from > LONGEST:
        raise DomainError("Trois mois au plus : relisez les dates.")
    _take_turn(academy)
    there = Q(department=None) | Q(department=department) if department else Q(department=None)
    held = closures_of(academy).filter(there)
    if (other := held.filter(valid_from__lte=valid_until, valid_until__gte=valid_from).first()) is not None:
        raise DomainError(
            f"Le service est déjà fermé du {other.valid_from:%d/%m/%Y} au {other.valid_until:%d/%m/%Y} "
            f"({other.department or 'toute l’académie'})."
        )
    closure = Closure(
        academy=academy,
        department=department,
        reason=Reason(reason),
        valid_from=valid_from,
        valid_until=valid_until,
        declared_at=at,
    )
    closure.save(force_insert=True)
    _write(academy, at=at)
    journal.record(
        actor=actor.label,
        verb="fermeture.déclarée",
        subject=closure,
        at=at,
        du=valid_from.isoformat(),
        au=valid_until.isoformat(),
        où=department.code if department else academy.code,
    )
    return closure


def close_for_holiday(*, actor: Actor, holiday: SchoolHoliday, at: datetime | None = None) -> Closure:
    """Close the service during a school holiday, as long as it still lasts."""
    at = at or timezone.now()
    return declare_closure(
        actor=actor,
        academy=holiday.academy,
        department=holiday.department,
        reason=Reason.HOLIDAYS,
        valid_from=max(holiday.valid_from, timezone.localdate(at)),
        valid_until=holiday.valid_until,
        at=at,
    )


@transaction.atomic
def withdraw_closure(*, actor: Actor, closure: Closure, at: datetime | None = None) -> None:
    """Take back a closure that has not begun: promises made meanwhile stay as they were made."""
    at = at or timezone.now()
    if not can_run_academy(actor, closure.academy):
        raise NotAllowed(NOT_YOURS)
    if closure.valid_from <= timezone.localdate(at):
        raise DomainError(BEGUN)
    _take_turn(closure.academy)
    try:
        swap(closure, {"withdrawn_at": None}, {"withdrawn_at": at})
    except StaleState as gone:
        raise StaleState("Cette fermeture est déjà retirée.") from gone
    _write(closure.academy, at=at)
    journal.record(actor=actor.label, verb="fermeture.retirée", subject=closure, at=at)


def _take_turn(academy: Academy) -> None:
    """Whoever closes in the same académie waits here for the other, then reads what she wrote."""
    academy.departments.update(closed=F("closed"))


def _write(academy: Academy, *, at: datetime) -> None:
    """Say on the row of each département what is closed for it, withdrawn closures included."""
    since = timezone.localdate(at) - STILL_READ
    closures = list(academy.closures.filter(valid_until__gte=since).order_by("valid_from", "pk"))
    departments = list(academy.departments.all())
    for department in departments:
        department.closed = written(one for one in closures if one.department_id in {None, department.pk})
    Department.objects.bulk_update(departments, ["closed"])
