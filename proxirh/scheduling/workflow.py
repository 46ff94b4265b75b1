"""The states of what holds somebody’s time, and every permitted move, as data."""

from enum import StrEnum

from django.db.models import TextChoices

from proxirh.kernel.workflow import Move, Workflow


# ── Appointments ──────────────────────────────────────────────────────────────────────────────────
class AppointmentState(TextChoices):
    """Where an appointment stands; past and still confirmed, it is « à renseigner »."""

    CONFIRMED = "confirmed", "confirmé"
    KEPT = "kept", "a eu lieu"
    MISSED = "missed", "n’a pas eu lieu"
    CANCELLED_BY_AGENT = "by_agent", "annulé par la personne"
    CANCELLED_BY_SERVICE = "by_service", "annulé par le service"
    MOVED = "moved", "déplacé"


class AppointmentStep(TextChoices):
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


# ── Half-days on the telephone, and what colleagues offer each other ──────────────────────────────
class ShiftState(TextChoices):
    """Only a planned one holds time."""

    PLANNED = "planned", "prévue"
    REPLACED = "replaced", "confiée à quelqu’un d’autre"
    SWAPPED = "swapped", "échangée"
    REMOVED = "removed", "retirée"


class ShiftStep(StrEnum):
    """What ends one."""

    REPLACE = "replace"
    SWAP = "swap"
    REMOVE = "remove"


_PLANNED = frozenset({ShiftState.PLANNED})
SHIFT_WORKFLOW = Workflow(
    "state",
    {
        ShiftStep.REPLACE: Move(_PLANNED, ShiftState.REPLACED, "Confier à quelqu’un d’autre"),
        ShiftStep.SWAP: Move(_PLANNED, ShiftState.SWAPPED, "Échanger"),
        ShiftStep.REMOVE: Move(_PLANNED, ShiftState.REMOVED, "Retirer"),
    },
)


class SwapState(TextChoices):
    """Settled once."""

    ASKED = "asked", "proposé"
    ACCEPTED = "accepted", "accepté"
    REFUSED = "refused", "refusé"
    WITHDRAWN = "withdrawn", "retiré"


class SwapStep(StrEnum):
    """What settles one."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


_ASKED = frozenset({SwapState.ASKED})
SWAP_WORKFLOW = Workflow(
    "state",
    {
        SwapStep.ACCEPT: Move(_ASKED, SwapState.ACCEPTED, "Accepter l’échange"),
        SwapStep.REFUSE: Move(_ASKED, SwapState.REFUSED, "Refuser l’échange"),
        SwapStep.WITHDRAW: Move(_ASKED, SwapState.WITHDRAWN, "Retirer l’échange"),
    },
)
