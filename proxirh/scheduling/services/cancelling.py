"""Cancelled at the desk: by the service, or because the person asked for it; and the cause, when it is said."""

from typing import TypedDict

from proxirh.scheduling.models import WhyCancelled
from proxirh.scheduling.workflow import AppointmentStep

WHY_CANCELLED = "Pourquoi l’annulez-vous ?"
BY_AGENT = "agent"
CAUSES = [
    (BY_AGENT, "La personne me l’a demandé"),
    (WhyCancelled.ABSENCE.value, "Je ne serai pas là"),
    (WhyCancelled.UNSAID.value, "Pour une autre raison"),
]


class Decided(TypedDict):
    """Whose act it is, and why, as `booking.cancel` takes them."""

    step: AppointmentStep
    why: WhyCancelled


def decided(cause: str) -> Decided:
    """What a cause of the list means; any other says nothing, and is of the service."""
    if cause == BY_AGENT:
        return {"step": AppointmentStep.CANCEL_BY_AGENT, "why": WhyCancelled.UNSAID}
    why = WhyCancelled.ABSENCE if cause == WhyCancelled.ABSENCE else WhyCancelled.UNSAID
    return {"step": AppointmentStep.CANCEL_BY_SERVICE, "why": why}
