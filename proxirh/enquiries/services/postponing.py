"""First answers promised for days when the service turns out to be closed: counted, and moved when someone says so."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import EnquiryQuerySet
from proxirh.kernel import journal
from proxirh.kernel.calendar import Calendar, add_working_days, days_of, end_of_day, local_day, working_days_between
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor
from proxirh.territories.models import Closure, Department
from proxirh.territories.permissions import can_run_academy
from proxirh.territories.services.calendars import Closed, calendar_of, known

ONE_DAY = timedelta(days=1)


def count_promised(closures: Sequence[Closure], departments: Collection[Department]) -> dict[int, int]:
    """How many first answers are promised during each closure of an académie, in one query; by key of closure."""
    if not closures:
        return {}
    during = {one.pk: _during(one, departments) for one in closures}
    rows = _promised(closures[0].academy_id).filter(reduce(or_, during.values()))
    found = rows.aggregate(**{f"closed_{key}": Count("pk", filter=rule) for key, rule in during.items()})
    return {one.pk: found[f"closed_{one.pk}"] for one in closures}


@transaction.atomic
def move_promised(*, actor: Actor, closure: Closure, at: datetime | None = None) -> int:
    """Give each first answer promised during a closure the day it would have had, had the closure been known.

    One line of the journal each; no mail: the author reads the new day on her page. Says how many moved; whoever was
    answered meanwhile keeps her day.
    """
    at = at or timezone.now()
    if not can_run_academy(actor, closure.academy):
        raise NotAllowed("Ces dates sont à la coordination de l’académie.")
    if closure.withdrawn_at is not None:
        raise DomainError("Cette fermeture est retirée : les dates promises restent les bonnes.")
    departments = {one.pk: one for one in closure.academy.departments.all()}
    moved = 0
    for row in _promised(closure.academy_id).filter(_during(closure, departments.values())).order_by("pk"):
        department = departments[row.department_id]
        before, after = row.due_at, _after(closure, row, department)
        try:
            swap(row, {"due_at": before, "first_answered_at": None, "state": row.state}, {"due_at": after})
        except StaleState:
            continue
        days = {"de": local_day(before, department.time_zone).isoformat(), "à": after.date().isoformat()}
        journal.record(
            actor=actor.label, verb="échéance.déplacée", subject=row, at=at, fermeture=str(closure.uid), **days
        )
        moved += 1
    return moved


def _promised(academy_id: int) -> EnquiryQuerySet:
    rows = Enquiry.objects.for_system("réponses promises pendant une fermeture").open()
    return rows.filter(academy_id=academy_id, first_answered_at=None)


def _during(closure: Closure, departments: Collection[Department]) -> Q:
    """Due on a closed day where the author lives."""
    zones: dict[str, list[int]] = {}
    for one in departments:
        if closure.department_id in {None, one.pk}:
            zones.setdefault(one.time_zone, []).append(one.pk)
    return reduce(
        or_,
        (
            Q(
                department_id__in=there,
                due_at__gte=_midnight(closure.valid_from, zone),
                due_at__lt=_midnight(closure.valid_until + ONE_DAY, zone),
            )
            for zone, there in zones.items()
        ),
    )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))


def _after(closure: Closure, row: Enquiry, department: Department) -> datetime:
    """As many working days after asking as were promised, this closure left out."""
    zone = department.time_zone
    asked, due = local_day(row.submitted_at, zone), local_day(row.due_at, zone)
    others = [one for one in known(department.closed) if one != Closed.by(closure)]
    closed = frozenset(day for one in others for day in days_of(one.first, one.last))
    promised = working_days_between(asked, due, Calendar(department.holiday_calendar, closed))
    return end_of_day(add_working_days(asked, max(promised, 1), calendar_of(department)), zone)
