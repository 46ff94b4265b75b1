"""Between the telephone and enquiries: a call becomes one, or leaves a promise to whoever follows one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries import permissions
from proxirh.enquiries.models import CallLink, Channel, Enquiry, EnquiryCall
from proxirh.enquiries.services.calling_back import WHY, away_from, held_about
from proxirh.enquiries.services.holding import hold
from proxirh.enquiries.services.passing import refused
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.scheduling.models import PhoneCall, Promise
from proxirh.scheduling.services import calling, promising
from proxirh.scheduling.services.calling import Heard, find_call
from proxirh.scheduling.workflow import CallState
from proxirh.territories.actor import Actor
from proxirh.territories.models import Team
from proxirh.territories.services.calendars import calendar_of_line

NOT_TOLD = "Demandez de nouveau la référence et le code d’appel."
ENDED = (
    "Cette demande est terminée : personne ne la suit. La personne peut la rouvrir sur sa page, ou en faire une autre."
)


def begun_by_call(actor: Actor, uid: UUID) -> dict[str, Any] | None:
    """What a call already tells of an enquiry to type: nothing of it is typed again. None for a call of another."""
    call = find_call(actor, uid)
    if call is None or call.received_at is None:
        return None
    first, _, last = (call.caller_name or "").strip().rpartition(" ")
    reach = call.caller_reach or ""
    _, zone = calendar_of_line(call.team)
    begun = {
        "channel": Channel.PHONE,
        "asked_on": local_day(call.received_at, zone),
        "last_name": last,
        "first_name": first,
        "email" if "@" in reach else "phone": reach,
        "words": call.note or "",
        "from_call": call.uid,
    }
    codes = {"department": call.department, "category": call.category, "topic": call.topic}
    return begun | {name: one.code for name, one in codes.items() if one is not None}


def become_enquiry(*, actor: Actor, uid: UUID, enquiry: Enquiry, at: datetime | None = None) -> None:
    """Say that what was heard is now this enquiry, just typed: the call forgets its words; twice is once."""
    at = at or timezone.now()
    call = find_call(actor, uid)
    if call is None or call.state not in {CallState.ANSWERED, CallState.CALLED_BACK}:
        return
    try:
        with transaction.atomic():
            calling.become_enquiry(actor=actor, call=call, at=at)
            _link(enquiry, call, CallLink.BECAME, at=at)
    except IntegrityError:  # linked at this very instant by another window
        return


def _link(enquiry: Enquiry, call: PhoneCall, kind: CallLink, *, at: datetime) -> None:
    EnquiryCall.objects.create(enquiry=enquiry, call=call, kind=kind, made_at=at)


@transaction.atomic
def leave_promise(
    *,
    actor: Actor,
    enquiry: Enquiry,
    line: Team,
    means: str,
    working_days: int,
    key: UUID,
    at: datetime | None = None,
) -> Promise:
    """Promise, to who gave her reference and her code, that whoever follows her enquiry will call her back.

    `enquiry` is what `find_by_call_code` found. Its lead holds the promise or, before anyone follows it, its team; how
    to reach her is in the enquiry and nowhere else. The same key twice is one promise. Raises DomainError once it is
    ended.
    """
    at = at or timezone.now()
    if not permissions.answers_the_phone(actor):
        raise NotAllowed("Cette page est réservée aux gestionnaires RH.")
    hold(enquiry.pk, why=WHY)
    told: Any = Enquiry.objects.for_system(WHY).to_tell(actor)
    enquiry = told.filter(pk=enquiry.pk).first()
    if enquiry is None:  # a conflict of interest came meanwhile
        raise NotAllowed(NOT_TOLD)
    if not enquiry.is_open:
        raise DomainError(ENDED)
    call = calling.pick_up(actor=actor, team=line, key=key, at=at)
    if call.state == CallState.CALL_BACK_DUE:
        return call.promise
    calling.write_down(actor=actor, call=call, heard=Heard(department=enquiry.department), at=at)
    made = promising.promise_call(
        actor=actor,
        call=call,
        to=enquiry.lead or enquiry.team,
        means=means,
        working_days=working_days,
        follows=True,
        at=at,
    )
    _link(enquiry, call, CallLink.ABOUT, at=at)
    journal.record(actor=actor.label, verb="demande.rappel_promis", subject=enquiry, at=at)
    return made


@transaction.atomic
def take_promise(*, actor: Actor, promise: Promise, at: datetime | None = None) -> None:
    """As `promising.take_promise`; NotAllowed for whoever must meet nothing of what it is about."""
    at = at or timezone.now()
    promising.take_promise(actor=actor, promise=promise, away=away_from(held_about(promise), at=at), at=at)


def hand_over(*, actor: Actor, promise: Promise, to: Person | Team, at: datetime | None = None) -> None:
    """As `promising.hand_over`; somebody who is kept away is refused without being told why, and refusals are few.

    Never within a transaction, which would undo their count.
    """
    at = at or timezone.now()
    with transaction.atomic():
        enquiry = held_about(promise)
        away = away_from(enquiry, at=at)
        promising.check_giver(actor, promise, away=away)
        if enquiry is None or isinstance(to, Team) or to.pk not in away:
            promising.hand_over(actor=actor, promise=promise, to=to, away=away, at=at)
            return
    raise refused(to, enquiry, actor=actor, at=at)
