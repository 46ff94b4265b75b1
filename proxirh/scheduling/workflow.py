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


# ── Calls ─────────────────────────────────────────────────────────────────────────────────────────
class CallState(TextChoices):
    ANSWERED = "answered", "décroché"
    MISSED = "missed", "manqué"
    CALL_BACK_DUE = "call_back_due", "à rappeler"
    CALLED_BACK = "called_back", "rappelé"
    CLOSED_FIRST_LEVEL = "closed_first_level", "répondu"
    BECAME_ENQUIRY = "became_enquiry", "devenu une demande"


class CallStep(TextChoices):
    PROMISE = "promise", "Promettre un rappel"
    CALL_BACK = "call_back", "Rappeler"
    CLOSE = "close", "Terminer l’appel"
    BECOME_ENQUIRY = "become_enquiry", "En faire une demande"


# Whoever is on the telephone, at first or when called back.
SPOKEN = frozenset({CallState.ANSWERED.value, CallState.CALLED_BACK.value})

CALL_WORKFLOW = Workflow(
    "state",
    {
        CallStep.PROMISE: Move(
            frozenset({CallState.ANSWERED.value, CallState.MISSED.value}),
            CallState.CALL_BACK_DUE,
            CallStep.PROMISE.label,
        ),
        CallStep.CALL_BACK: Move(
            frozenset({CallState.CALL_BACK_DUE.value}), CallState.CALLED_BACK, CallStep.CALL_BACK.label
        ),
        CallStep.CLOSE: Move(SPOKEN, CallState.CLOSED_FIRST_LEVEL, CallStep.CLOSE.label),
        CallStep.BECOME_ENQUIRY: Move(SPOKEN, CallState.BECAME_ENQUIRY, CallStep.BECOME_ENQUIRY.label),
    },
)
