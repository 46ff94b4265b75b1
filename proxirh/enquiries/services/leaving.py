"""Whoever had an enquiry in hand has it no more, and no cell answers about it: the same end, however it ends."""

from datetime import datetime

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.noting import set_notes_aside
from proxirh.enquiries.workflow import (
    HANDLING_WORKFLOW,
    QUESTION_WORKFLOW,
    HandlingState,
    HandlingStep,
    QuestionState,
    QuestionStep,
)
from proxirh.kernel import journal


def end_handlings(enquiry: Enquiry, *, lead_too: bool, at: datetime) -> None:
    """End what is in hand, with its private notes set aside; take back what was proposed beside the lead, and the
    questions that cells have not answered."""
    enquiry.handlings.filter(state=HandlingState.OFFERED, is_lead=False).delete()
    handlings = enquiry.handlings.filter(state=HandlingState.ACCEPTED)
    ended = list(handlings if lead_too else handlings.filter(is_lead=False))
    for handling in ended:
        HANDLING_WORKFLOW.apply(handling, HandlingStep.FINISH, ended_at=at)
    set_notes_aside(enquiry, [handling.person_id for handling in ended], at=at)
    # Held first: a cell that answers at the same time makes nobody fail here.
    for question in enquiry.questions.filter(state=QuestionState.ASKED).select_for_update(no_key=True).order_by("pk"):
        QUESTION_WORKFLOW.apply(question, QuestionStep.RECALL, ended_at=at)
        verb = "demande.avis_rappelée"
        journal.record(actor=journal.SYSTEM, verb=verb, subject=enquiry, at=at, question=question.reference)
