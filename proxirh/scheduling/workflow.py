"""States and moves of a half-day on the telephone, and of what colleagues offer each other."""

from enum import StrEnum

from django.db.models import TextChoices

from proxirh.kernel.workflow import Move, Workflow


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
