"""« Situation préoccupante »: coordinator, deputy, head of service are called in turn until someone acknowledges."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries import notices, permissions
from proxirh.enquiries.conflicts import asking_of, kept_away
from proxirh.enquiries.models import Concern, ConcernCall, Enquiry, Rung
from proxirh.kernel import journal
from proxirh.kernel.errors import NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.scheduling.models import PhoneCall
from proxirh.scheduling.permissions import can_write_call
from proxirh.territories.actor import Actor
from proxirh.territories.models import Role
from proxirh.territories.services.serving import charged_with, deputies_for

PATIENCE = timedelta(minutes=15)
RUNGS = tuple(Rung)


def rungs_of(enquiry: Enquiry, *, at: datetime) -> dict[Rung, list[int]]:
    """Keys of the people of each rung in her académie, without whom a conflict of interest keeps away."""
    row = Enquiry.objects.for_system("qui prévenir d’une situation préoccupante").to_route().get(pk=enquiry.pk)
    away = kept_away(asking_of(row), day=timezone.localdate(at))
    return _rungs(row.academy_id, away, at=at)


def _rungs_for(concern: Concern, *, at: datetime) -> dict[Rung, list[int]]:
    """Of the enquiry, or of the line: of whoever calls it is not known whom she works with."""
    if concern.enquiry is not None:
        return rungs_of(concern.enquiry, at=at)
    return _rungs(concern.academy.pk, frozenset(), at=at)


def _rungs(academy_id: int, away: AbstractSet[int | None], *, at: datetime) -> dict[Rung, list[int]]:
    day = timezone.localdate(at)
    found = {
        Rung.COORDINATOR: charged_with(academy_id, Role.COORDINATOR, day=day),
        Rung.DEPUTY: deputies_for(academy_id, day=day),
        Rung.HEAD: charged_with(academy_id, Role.HEAD_OF_SERVICE, day=day),
    }
    seen: set[int | None] = set(away)
    told: dict[Rung, list[int]] = {}
    for rung in RUNGS:
        told[rung] = sorted(found[rung] - seen)
        seen |= found[rung]
    return told


def raise_concern(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> Concern:
    """Call for help about the author of an enquiry in one’s hands; raised twice, it is raised once."""
    if actor.person_id is None or not permissions.can_raise_concern(actor, enquiry):
        raise NotAllowed("Cette demande ne vous est pas confiée.")
    try:
        return _raise(actor, at=at or timezone.now(), enquiry=enquiry)
    except IntegrityError:  # already open
        return enquiry.concerns.get(acknowledged_at=None)


def raise_concern_about_call(*, actor: Actor, call: PhoneCall, at: datetime | None = None) -> Concern:
    """Call for help about whoever is on the line, without a word of what she said; raised twice, it is raised once."""
    if actor.person_id is None or not can_write_call(actor, call):
        raise NotAllowed("Cet appel n’est pas le vôtre.")
    try:
        return _raise(actor, at=at or timezone.now(), call=call)
    except IntegrityError:  # already open
        return Concern.objects.about_call(call).get()


@transaction.atomic
def _raise(actor: Actor, *, at: datetime, enquiry: Enquiry | None = None, call: PhoneCall | None = None) -> Concern:
    assert actor.person_id is not None
    concern = Concern(enquiry=enquiry, call=call, raised_by_id=actor.person_id, raised_at=at)
    concern.save(force_insert=True)
    subject: Enquiry | PhoneCall | None = enquiry or call
    assert subject is not None
    verb = f"{'appel' if enquiry is None else 'demande'}.situation_préoccupante"
    journal.record(actor=actor.label, verb=verb, subject=subject, at=at, concern=str(concern.uid))
    _call(concern, _rungs_for(concern, at=at), at=at)
    return concern


def call_again(concern: Concern, *, at: datetime) -> bool:
    """Fifteen minutes without an answer: the next rung or, after the last, everyone again. True when someone is called.

    The people of a rung are read again each time: whoever began to serve meanwhile is called too.
    """
    last = concern.calls.order_by("-called_at").values_list("called_at", flat=True).first()
    if concern.acknowledged_at is not None or (last is not None and last > at - PATIENCE):
        return False
    with transaction.atomic():
        return _call(concern, _rungs_for(concern, at=at), at=at)


def call_those_waited_for(*, at: datetime) -> int:
    """The next ones, about every alert that waits; returns about how many someone was called."""
    return sum(
        call_again(concern, at=at)
        for concern in Concern.objects.unanswered().select_related("enquiry", "call__team__academy")
    )


def _call(concern: Concern, rungs: dict[Rung, list[int]], *, at: datetime) -> bool:
    called = set(concern.calls.values_list("person_id", flat=True))
    for rung in RUNGS:
        if waiting := [key for key in rungs[rung] if key not in called]:
            ConcernCall.objects.bulk_create(
                ConcernCall(concern=concern, person_id=key, rung=rung, called_at=at) for key in waiting
            )
            _mail(concern, waiting, times=1, at=at)
            return True
    everyone = [key for keys in rungs.values() for key in keys]
    again = list(concern.calls.filter(person_id__in=everyone))
    for call in again:
        swap(call, {"times": call.times}, {"times": call.times + 1, "called_at": at})
        _mail(concern, [call.person_id], times=call.times, at=at)
    return bool(again)


def _mail(concern: Concern, keys: Sequence[int], *, times: int, at: datetime) -> None:
    for person in Person.objects.filter(pk__in=keys).select_related("data_key").order_by("pk"):
        notices.call_about_concern(concern, person, times=times, at=at)


@transaction.atomic
def acknowledge_concern(*, actor: Actor, concern: Concern, at: datetime | None = None) -> None:
    """One of those called takes it: the others are called no more, and whoever raised it is told."""
    if actor.person_id is None or not concern.calls.filter(person_id=actor.person_id).exists():
        raise NotAllowed("Cette alerte ne vous est pas adressée.")
    at = at or timezone.now()
    try:
        swap(
            concern,
            {"acknowledged_at": None},
            {"acknowledged_at": at, "acknowledged_by_id": actor.person_id},
        )
    except StaleState:  # a colleague was quicker: the page says who
        return
    journal.record(actor=actor.label, verb="situation.reçue", subject=concern, at=at)
    notices.tell_concern_is_received(concern, at=at)
