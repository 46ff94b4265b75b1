"""The morning after a promise that was not kept: its holder is told, then who answers for the académie; each once."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.services.calling_back import give_promises_back, held_about
from proxirh.kernel import journal
from proxirh.kernel.errors import StaleState
from proxirh.kernel.ladder import once
from proxirh.kernel.workflow import swap
from proxirh.outbox.services import Letter, queue_letters
from proxirh.scheduling.models import Promise, PromiseRung, PromiseStep
from proxirh.scheduling.services.promising import late_promises
from proxirh.territories.actor import COVERED, on_day
from proxirh.territories.models import Posting
from proxirh.territories.services.serving import in_charge

KINDS = {PromiseRung.HOLDER: "promise_late", PromiseRung.HEADS: "promise_late_for_heads"}


def tell_of_late_promises(*, at: datetime) -> int:
    """Each step of each late promise, once: its holder, then who answers for the académie; returns how many mails.

    One transaction for a promise: killed anywhere, the next run goes on.
    """
    return sum(_tell(promise, at=at) for promise in late_promises(at=at))


@transaction.atomic
def _tell(promise: Promise, *, at: datetime) -> int:
    enquiry = held_about(promise)
    if enquiry is not None:  # a tie of hers may have come since: she could not even open it
        give_promises_back(enquiry, at=at)
        promise.refresh_from_db(fields=["owner", "team"])
    try:
        swap(
            promise,
            {"kept_at": None, "owner_id": promise.owner_id, "team_id": promise.team_id},
            {"due_on": promise.due_on},
        )
    except StaleState:  # kept, or in other hands: the next run tells these
        return 0
    count = 0
    for rung, people in ((PromiseRung.HOLDER, _holders(promise, at)), (PromiseRung.HEADS, _heads(promise, at))):
        reached = {f"promise:{promise.uid}:{rung}:{one.pk}": one.staff_address for one in people if one.staff_address}
        if not reached or not once(PromiseStep(promise=promise, rung=rung, taken_at=at)):
            continue
        letter = Letter(
            kind=KINDS[rung],
            to=reached,
            template=f"enquiries/mails/{KINDS[rung]}.txt",
            context={"promise_uid": promise.uid, "due_on": promise.due_on},
            about=promise.uid,
        )
        count += queue_letters([letter], at=at)
        journal.record(actor=journal.SYSTEM, verb="rappel.en_retard", subject=promise, at=at, marche=rung.value)
    return count


def _holders(promise: Promise, at: datetime) -> list[Person]:
    if promise.owner_id is not None:
        keys = {promise.owner_id}
    else:
        posted = Posting.objects.filter(on_day(timezone.localdate(at)), team=promise.team)
        keys = set(posted.values_list("person_id", flat=True))
    return _people(keys)


def _heads(promise: Promise, at: datetime) -> list[Person]:
    """Coordinators and heads of service of the académie, with whoever stands in for them."""
    return _people(in_charge(promise.call.team.academy_id, *COVERED, day=timezone.localdate(at)))


def _people(keys: set[int]) -> list[Person]:
    return list(Person.objects.filter(pk__in=keys).select_related("data_key").order_by("pk"))
