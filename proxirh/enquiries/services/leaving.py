"""Whoever had an enquiry in hand has it no more: the same end, however the enquiry itself ends."""

from datetime import datetime

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.noting import set_notes_aside
from proxirh.enquiries.workflow import HANDLING_WORKFLOW, HandlingState, HandlingStep


def end_handlings(enquiry: Enquiry, *, lead_too: bool, at: datetime) -> None:
    """End what is in hand, with its private notes set aside, and take back what was proposed beside the lead."""
    enquiry.handlings.filter(state=HandlingState.OFFERED, is_lead=False).delete()
    handlings = enquiry.handlings.filter(state=HandlingState.ACCEPTED)
    ended = list(handlings if lead_too else handlings.filter(is_lead=False))
    for handling in ended:
        HANDLING_WORKFLOW.apply(handling, HandlingStep.FINISH, ended_at=at)
    set_notes_aside(enquiry, [handling.person_id for handling in ended], at=at)
