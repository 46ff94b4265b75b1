"""The states of an appointment, and every permitted move, as data."""

from django.db import models

from proxirh.kernel.workflow import Move, Workflow


class AppointmentState(models.TextChoices):
    """Where an appointment stands; past and still confirmed, it is « à renseigner »."""

    CONFIRMED = "confirmed", "confirmé"
    KEPT = "kept", "a eu lieu"
    MISSED = "missed", "n’a pas eu lieu"
    CANCELLED_BY_AGENT = "by_agent", "annulé par la personne"
    CANCELLED_BY_SERVICE = "by_service", "annulé par le service"
    MOVED = "moved", "déplacé"


class AppointmentStep(models.TextChoices):
    """What may be done with one."""

    KEEP = "keep", "Dire qu’il a eu lieu"
    MISS = "miss", "Dire qu’il n’a pas eu lieu"
    CANCEL_BY_AGENT = "by_agent", "Annuler le rendez-vous"
    CANCEL_BY_SERVICE = "by_service", "Annuler le rendez-vous"
    MOVE = "move", "Déplacer le rendez-vous"


_CONFIRMED = frozenset({AppointmentState.CONFIRMED})
APPOINTMENT_WORKFLOW = Workflow(
    "state",
    {
        step: Move(sources, target, step.label)
        for step, sources, target in (
            # What became of it may be told otherwise afterwards: whoever says so may be wrong.
            (AppointmentStep.KEEP, _CONFIRMED | {AppointmentState.MISSED}, AppointmentState.KEPT),
            (AppointmentStep.MISS, _CONFIRMED | {AppointmentState.KEPT}, AppointmentState.MISSED),
            (AppointmentStep.CANCEL_BY_AGENT, _CONFIRMED, AppointmentState.CANCELLED_BY_AGENT),
            (AppointmentStep.CANCEL_BY_SERVICE, _CONFIRMED, AppointmentState.CANCELLED_BY_SERVICE),
            (AppointmentStep.MOVE, _CONFIRMED, AppointmentState.MOVED),
        )
    },
)
