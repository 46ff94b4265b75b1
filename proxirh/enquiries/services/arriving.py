"""What happens to a change of académie when an enquiry is taken there, or when either of the two ends.

Locks are taken in one order, the older enquiry, the newer, then what links them, so that nobody waits for ever.
"""

from datetime import datetime

from django.db.models import QuerySet

from proxirh.enquiries import freshness, notices
from proxirh.enquiries.models import Enquiry, Outcome, Transfer
from proxirh.enquiries.services import measuring
from proxirh.enquiries.services.holding import hold
from proxirh.enquiries.services.leaving import end_handlings
from proxirh.enquiries.services.unbooking import give_back_appointments
from proxirh.enquiries.workflow import (
    ENQUIRY_WORKFLOW,
    RUNNING_TRANSFERS,
    TRANSFER_WORKFLOW,
    State,
    Step,
    TransferState,
    TransferStep,
)
from proxirh.kernel import journal
from proxirh.ui import french

LEFT, ARRIVED = "demande.changement_accepté", "demande.changement_arrivée"
WHY = "changement d’académie"


def _rows() -> QuerySet[Enquiry]:
    return Enquiry.objects.for_system(WHY).to_move()


def hold_origin(enquiry: Enquiry) -> Transfer | None:
    """What brings an enquiry that waits from another académie, its older side held; None for nearly all of them."""
    known = enquiry.origins.filter(state=TransferState.OFFERED)
    found = known.first()
    if found is None:
        return None
    hold(found.enquiry_id, why=WHY)
    return known.first()


def arrive(transfer: Transfer | None, arrived: Enquiry, *, at: datetime) -> None:
    """It is followed there from now on: the one that was left ends, and each journal says so to its own readers.

    `arrived` has just been taken, by whoever reads it. She who moved is told by the mail of any enquiry that is taken.
    """
    if not arrived.fact.is_counted:
        measuring.count_from_now(arrived, at=at)
    if transfer is None:
        return
    TRANSFER_WORKFLOW.apply(transfer, TransferStep.ACCEPT, ended_at=at)
    left = _rows().get(pk=transfer.enquiry_id)
    _follow_wishes(left, arrived)
    moves_on = {"le": transfer.moves_on.isoformat()} if transfer.moves_on else {}
    journal.record(actor=journal.SYSTEM, verb=ARRIVED, subject=arrived, at=at, demande=str(left.uid), **moves_on)
    journal.record(actor=journal.SYSTEM, verb=LEFT, subject=left, at=at, demande=str(arrived.uid))
    if left.is_open:
        _end(left, arrived, at=at)
    if left.state == State.CLOSED:
        measuring.pass_need_on(left, at=at)
    if left.lead_id is not None:
        notices.tell_lead(left, kind="changed_for_staff", dedupe_key=f"transfer_accepted:{transfer.uid}", at=at)


def _follow_wishes(left: Enquiry, arrived: Enquiry) -> None:
    """How to reach her, as she has corrected it since she agreed."""
    if (left.contact, left.wishes) != (arrived.contact, arrived.wishes):
        index = bytes(left.address_index) if left.address_index is not None else None
        freshness.write(arrived, contact=left.contact, wishes=left.wishes, address_index=index)


def _end(left: Enquiry, arrived: Enquiry, *, at: datetime) -> None:
    """Ended as handed to another service, with a word that says where it goes on."""
    step = Step.SEND_ELSEWHERE if left.state == State.SUBMITTED else Step.CLOSE
    word = (
        f"Votre suivi continue dans l’académie {french.of(arrived.team.academy.name)}, comme vous l’avez voulu. "
        "Ce que nous nous sommes dit ici reste ici."
    )
    changes = {
        "closed_at": at,
        "closing_word": word,
        "waiting_since": None,
        "next_step": None,
        "next_step_on": None,
        "wants_call_today": False,
    }
    sealed = freshness.sealed(left, changes)
    ENQUIRY_WORKFLOW.apply(left, step, **sealed)
    measuring.finish(left, [Outcome.OTHER_SERVICE], at=at)
    give_back_appointments(left, by=journal.SYSTEM, by_author=False, at=at)
    end_handlings(left, lead_too=False, at=at)


def fold(enquiry: Enquiry, *, step: TransferStep, at: datetime) -> None:
    """An enquiry that has just ended takes with it the change of académie that it was in, on either side.

    Its author withdrew it, or its time is over: what waits in the other académie for it is taken back from there.
    """
    for transfer in enquiry.transfers.filter(state__in=sorted(RUNNING_TRANSFERS)):
        take_back(transfer, at=at)
        TRANSFER_WORKFLOW.apply(transfer, step, ended_at=at)
    for transfer in enquiry.origins.filter(state=TransferState.OFFERED):
        TRANSFER_WORKFLOW.apply(transfer, step, ended_at=at)


def take_back(transfer: Transfer, *, at: datetime) -> int | None:
    """Take away from the other académie what waits there; its rows are erased next. Raises StaleState once taken."""
    if transfer.arrival_id is None:
        return None
    waiting = _rows().get(pk=transfer.arrival_id)
    ENQUIRY_WORKFLOW.apply(waiting, Step.WITHDRAW, expected={"lead": None}, closed_at=at)
    end_handlings(waiting, lead_too=True, at=at)
    return waiting.pk
