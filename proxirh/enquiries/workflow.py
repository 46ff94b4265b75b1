"""The states of an enquiry and of what hangs from it, and every permitted move, as data."""

from django.db import models

from proxirh.kernel.workflow import Move, Workflow


class State(models.TextChoices):
    """Where an enquiry stands. A draft is a row of its own (Draft): the enquiry exists from « Envoyer » on."""

    SUBMITTED = "submitted", "reçue"
    IN_PROGRESS = "in_progress", "suivie"
    WAITING_FOR_AGENT = "waiting_for_agent", "en attente de l’agent"
    WAITING_FOR_DATE = "waiting_for_date", "en attente d’une date"
    CLOSED = "closed", "terminée"
    WITHDRAWN = "withdrawn", "retirée"
    MERGED = "merged", "réunie à une autre"
    ANONYMISED = "anonymised", "anonymisée"


OPEN_STATES = frozenset({State.SUBMITTED, State.IN_PROGRESS, State.WAITING_FOR_AGENT, State.WAITING_FOR_DATE})
TAKEN_STATES = OPEN_STATES - {State.SUBMITTED}


class Step(models.TextChoices):
    TAKE = "take", "Prendre en charge"
    WAIT_FOR_AGENT = "wait_for_agent", "Attendre l’agent"
    WAIT_FOR_DATE = "wait_for_date", "Attendre une date"
    RESUME = "resume", "Reprendre le suivi"
    CLOSE = "close", "Terminer le suivi"
    SEND_ELSEWHERE = "send_elsewhere", "Indiquer le bon service"
    WITHDRAW = "withdraw", "Retirer la demande"
    MERGE = "merge", "Réunir à une autre demande"
    REOPEN = "reopen", "Rouvrir"
    EXPIRE = "expire", "Terminer sans nouvelles"
    ANONYMISE = "anonymise", "Anonymiser"


ENQUIRY_WORKFLOW = Workflow(
    "state",
    {
        Step.TAKE: Move(frozenset({State.SUBMITTED}), State.IN_PROGRESS, Step.TAKE.label),
        Step.WAIT_FOR_AGENT: Move(frozenset({State.IN_PROGRESS}), State.WAITING_FOR_AGENT, Step.WAIT_FOR_AGENT.label),
        Step.WAIT_FOR_DATE: Move(frozenset({State.IN_PROGRESS}), State.WAITING_FOR_DATE, Step.WAIT_FOR_DATE.label),
        Step.RESUME: Move(
            frozenset({State.WAITING_FOR_AGENT, State.WAITING_FOR_DATE}), State.IN_PROGRESS, Step.RESUME.label
        ),
        Step.CLOSE: Move(TAKEN_STATES, State.CLOSED, Step.CLOSE.label),
        Step.SEND_ELSEWHERE: Move(frozenset({State.SUBMITTED}), State.CLOSED, Step.SEND_ELSEWHERE.label),
        Step.WITHDRAW: Move(OPEN_STATES, State.WITHDRAWN, Step.WITHDRAW.label),
        Step.MERGE: Move(OPEN_STATES, State.MERGED, Step.MERGE.label),
        Step.REOPEN: Move(frozenset({State.CLOSED}), State.IN_PROGRESS, Step.REOPEN.label),
        # RULES §4: what is still open when its time is over is closed first.
        Step.EXPIRE: Move(OPEN_STATES, State.CLOSED, Step.EXPIRE.label),
        Step.ANONYMISE: Move(
            frozenset({State.CLOSED, State.WITHDRAWN, State.MERGED}), State.ANONYMISED, Step.ANONYMISE.label
        ),
    },
)


class HandlingState(models.TextChoices):
    OFFERED = "offered", "proposée"
    ACCEPTED = "accepted", "en cours"
    DONE = "done", "terminée"
    GIVEN_BACK = "given_back", "rendue"
    DECLINED = "declined", "déclinée"


class HandlingStep(models.TextChoices):
    ACCEPT = "accept", "Prendre en charge"
    FINISH = "finish", "Terminer"
    GIVE_BACK = "give_back", "Rendre à l’équipe"
    DECLINE = "decline", "Décliner"


HANDLING_WORKFLOW = Workflow(
    "state",
    {
        HandlingStep.ACCEPT: Move(
            frozenset({HandlingState.OFFERED}), HandlingState.ACCEPTED, HandlingStep.ACCEPT.label
        ),
        HandlingStep.FINISH: Move(frozenset({HandlingState.ACCEPTED}), HandlingState.DONE, HandlingStep.FINISH.label),
        HandlingStep.GIVE_BACK: Move(
            frozenset({HandlingState.ACCEPTED}), HandlingState.GIVEN_BACK, HandlingStep.GIVE_BACK.label
        ),
        HandlingStep.DECLINE: Move(
            frozenset({HandlingState.OFFERED}), HandlingState.DECLINED, HandlingStep.DECLINE.label
        ),
    },
)


class SummaryState(models.TextChoices):
    PROPOSED = "proposed", "à relire par la personne"
    TO_CHANGE = "to_change", "à changer"
    AGREED = "agreed", "accepté"


class SummaryStep(models.TextChoices):
    ASK_CHANGE = "ask_change", "Demander un changement"
    PROPOSE_AGAIN = "propose_again", "Proposer de nouveau"
    AGREE = "agree", "Accepter"


SUMMARY_WORKFLOW = Workflow(
    "state",
    {
        SummaryStep.ASK_CHANGE: Move(
            frozenset({SummaryState.PROPOSED}), SummaryState.TO_CHANGE, SummaryStep.ASK_CHANGE.label
        ),
        SummaryStep.PROPOSE_AGAIN: Move(
            frozenset({SummaryState.PROPOSED, SummaryState.TO_CHANGE}),
            SummaryState.PROPOSED,
            SummaryStep.PROPOSE_AGAIN.label,
        ),
        SummaryStep.AGREE: Move(frozenset({SummaryState.PROPOSED}), SummaryState.AGREED, SummaryStep.AGREE.label),
    },
)


class SignpostState(models.TextChoices):
    """Where a contact given to an agent stands."""

    GIVEN = "given", "donné"
    ASKED = "asked", "question posée"
    NOT_YET = "not_yet", "pas encore"
    REACHED = "reached", "joint"
    NOT_REACHED = "not_reached", "non joint"

    @classmethod
    def settled(cls) -> frozenset[str]:
        """Nothing more to ask about it."""
        return frozenset({cls.REACHED, cls.NOT_REACHED})


class SignpostStep(models.TextChoices):
    ASK = "ask", "Demander si le contact a été joint"
    SAY_YES = "say_yes", "Répondre oui"
    SAY_NO = "say_no", "Répondre non"
    SAY_NOT_YET = "say_not_yet", "Répondre pas encore"


_ASKED = frozenset({SignpostState.ASKED, SignpostState.NOT_YET})
SIGNPOST_WORKFLOW = Workflow(
    "state",
    {
        SignpostStep.ASK: Move(frozenset({SignpostState.GIVEN}), SignpostState.ASKED, SignpostStep.ASK.label),
        SignpostStep.SAY_YES: Move(_ASKED, SignpostState.REACHED, SignpostStep.SAY_YES.label),
        SignpostStep.SAY_NO: Move(_ASKED, SignpostState.NOT_REACHED, SignpostStep.SAY_NO.label),
        SignpostStep.SAY_NOT_YET: Move(
            frozenset({SignpostState.ASKED}), SignpostState.NOT_YET, SignpostStep.SAY_NOT_YET.label
        ),
    },
)
