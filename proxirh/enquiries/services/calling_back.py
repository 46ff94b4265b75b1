"""A promise to call back that is about an enquiry: whoever its rule keeps away holds none."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from proxirh.enquiries.conflicts import asking_of, kept_away
from proxirh.enquiries.models import CallLink, Enquiry, EnquiryCall
from proxirh.enquiries.services.holding import hold
from proxirh.kernel.calendar import local_day
from proxirh.scheduling.models import Promise
from proxirh.scheduling.services import promising
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Posting

WHY = "rappel promis"
Away = Collection[int | None]


def is_kept_from(actor: Actor, promise: Promise) -> bool:
    """True when a conflict of interest keeps her from the enquiry that the promise is about."""
    pk = _about(promise)
    return pk is not None and not Enquiry.objects.for_system(WHY).to_tell(actor).filter(pk=pk).exists()


def without_kept_from(rows: QuerySet[Promise], actor: Actor) -> QuerySet[Promise]:
    """The same rows but for those about an enquiry that a conflict of interest keeps from her."""
    link = EnquiryCall.objects.filter(call=OuterRef("call_id"), kind=CallLink.ABOUT)
    told = Enquiry.objects.for_system(WHY).to_tell(actor).select_related(None)
    met = told.filter(pk=OuterRef("enquiry_id")).values("pk")
    return rows.filter(~Exists(link.filter(~Exists(met))))


def followed_by(promise: Promise) -> Enquiry | None:
    """The row of the enquiry that a promise is about, for its holder: opening it is another door."""
    pk = _about(promise)
    return None if pk is None else Enquiry.objects.for_system(WHY).only("uid", "reference").filter(pk=pk).first()


def give_promises_back(enquiry: Enquiry, *, at: datetime) -> None:
    """Those that somebody holds who is kept away since, or a team of which nobody is left who may meet it, go to the
    team that has the enquiry. Within the transaction of what keeps them away.
    """
    hold(enquiry.pk, why=WHY)
    about = {"call__led_to__enquiry": enquiry.pk, "call__led_to__kind": CallLink.ABOUT}
    held = list(Promise.objects.for_system(WHY).waiting().filter(**about))
    if not held:
        return
    row = _to_route(enquiry.pk)
    away = away_from(row, at=at)
    for promise in held:
        if promise.team_id != row.team_id and not _may_hold(promise, away, at=at):
            promising.leave_to_team(promise=promise, team=row.team, at=at)


def _may_hold(promise: Promise, away: Away, *, at: datetime) -> bool:
    if promise.owner_id is not None:
        return promise.owner_id not in away
    there = Posting.objects.filter(on_day(timezone.localdate(at)), team=promise.team_id, person__isnull=False)
    return not set(there.values_list("person_id", flat=True)) <= set(away)


def _about(promise: Promise) -> int | None:
    rows = EnquiryCall.objects.filter(call_id=promise.call_id, kind=CallLink.ABOUT)
    return rows.values_list("enquiry_id", flat=True).first()


def held_about(promise: Promise) -> Enquiry | None:
    """What it is about, which nobody declines before the end of the transaction."""
    pk = _about(promise)
    if pk is None:
        return None
    hold(pk, why=WHY)
    return _to_route(pk)


def _to_route(pk: int) -> Enquiry:
    return Enquiry.objects.for_system(WHY).to_route().get(pk=pk)


def away_from(enquiry: Enquiry | None, *, at: datetime) -> Away:
    """Whom an enquiry keeps away; nobody when a promise is about none."""
    if enquiry is None:
        return ()
    return kept_away(asking_of(enquiry), day=local_day(at, enquiry.department.time_zone))
