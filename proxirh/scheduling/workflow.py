"""The states of a call, and the moves between them; all others are refused."""

from django.db import models

from proxirh.kernel.workflow import Move, Workflow


class CallState(models.TextChoices):
    ANSWERED = "answered", "décroché"
    MISSED = "missed", "manqué"
    CALL_BACK_DUE = "call_back_due", "à rappeler"
    CALLED_BACK = "called_back", "rappelé"
    CLOSED_FIRST_LEVEL = "closed_first_level", "répondu"
    BECAME_ENQUIRY = "became_enquiry", "devenu une demande"


class CallStep(models.TextChoices):
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
