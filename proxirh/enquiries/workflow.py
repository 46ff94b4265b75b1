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


class ReferralState(models.TextChoices):
    """Where a « mise en relation » stands. Before `sent`, nothing has left: the agent is reading what would."""

    PROPOSED = "proposed", "attend l’accord de l’agent"
    SENT = "sent", "envoyée"
    SEEN = "seen", "ouverte"
    ACCEPTED = "accepted", "acceptée"
    TO_VALIDATE = "to_validate", "réponse à valider"
    ANSWERED = "answered", "répondue"
    VERIFIED = "verified", "réponse bien arrivée"
    REFUSED = "refused", "refusée"
    EXPIRED = "expired", "restée sans réponse"
    WITHDRAWN = "withdrawn", "reprise"


# With the other side, and without an answer yet.
WITH_OTHER_SIDE = frozenset({ReferralState.SENT, ReferralState.SEEN, ReferralState.ACCEPTED})
WITHOUT_NEWS = WITH_OTHER_SIDE | {ReferralState.TO_VALIDATE}
OPEN_REFERRALS = WITHOUT_NEWS | {ReferralState.PROPOSED}
# Opened by a cell, and not over: the files that go with it are there.
WITH_FILES = WITHOUT_NEWS - {ReferralState.SENT}


class ReferralStep(models.TextChoices):
    AGREE = "agree", "Donner son accord"
    OPEN = "open", "Ouvrir"
    ACCEPT = "accept", "Accepter"
    REFUSE = "refuse", "Refuser"
    SUBMIT = "submit", "Soumettre la réponse"
    SEND_BACK = "send_back", "Demander une autre réponse"
    ANSWER = "answer", "Répondre"
    VERIFY = "verify", "Dire que la réponse est arrivée"
    EXPIRE = "expire", "Laisser sans réponse"
    WITHDRAW = "withdraw", "Reprendre"


def _from(*sources: ReferralState) -> frozenset[str]:
    return frozenset(sources)


REFERRAL_WORKFLOW = Workflow(
    "state",
    {
        step: Move(sources, target, step.label)
        for step, sources, target in (
            (ReferralStep.AGREE, _from(ReferralState.PROPOSED), ReferralState.SENT),
            (ReferralStep.OPEN, _from(ReferralState.SENT), ReferralState.SEEN),
            (ReferralStep.ACCEPT, _from(ReferralState.SEEN), ReferralState.ACCEPTED),
            (ReferralStep.REFUSE, _from(ReferralState.SEEN), ReferralState.REFUSED),
            (ReferralStep.SUBMIT, _from(ReferralState.ACCEPTED), ReferralState.TO_VALIDATE),
            (ReferralStep.SEND_BACK, _from(ReferralState.TO_VALIDATE), ReferralState.ACCEPTED),
            (
                ReferralStep.ANSWER,
                _from(ReferralState.ACCEPTED, ReferralState.TO_VALIDATE),
                ReferralState.ANSWERED,
            ),
            (ReferralStep.VERIFY, _from(ReferralState.ANSWERED), ReferralState.VERIFIED),
            (ReferralStep.EXPIRE, WITH_OTHER_SIDE | {ReferralState.PROPOSED}, ReferralState.EXPIRED),
            (ReferralStep.WITHDRAW, OPEN_REFERRALS, ReferralState.WITHDRAWN),
        )
    },
)


class QuestionState(models.TextChoices):
    """Where a question to an expert cell stands."""

    ASKED = "asked", "posée"
    ANSWERED = "answered", "répondue"
    DECLINED = "declined", "pas pour cette cellule"
    RECALLED = "recalled", "retirée"


class QuestionStep(models.TextChoices):
    ANSWER = "answer", "Répondre"
    DECLINE = "decline", "Dire que ce n’est pas pour nous"
    RECALL = "recall", "Retirer la question"


QUESTION_WORKFLOW = Workflow(
    "state",
    {
        step: Move(frozenset({QuestionState.ASKED}), target, step.label)
        for step, target in (
            (QuestionStep.ANSWER, QuestionState.ANSWERED),
            (QuestionStep.DECLINE, QuestionState.DECLINED),
            (QuestionStep.RECALL, QuestionState.RECALLED),
        )
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


class TransferState(models.TextChoices):
    ASKED = "asked", "texte à écrire"
    PROPOSED = "proposed", "à relire par la personne"
    OFFERED = "offered", "proposée à l’autre académie"
    ACCEPTED = "accepted", "acceptée"
    DECLINED = "declined", "déclinée"
    WITHDRAWN = "withdrawn", "retirée"
    EXPIRED = "expired", "restée sans suite"


RUNNING_TRANSFERS = frozenset({TransferState.ASKED, TransferState.PROPOSED, TransferState.OFFERED})
# Until her agreement, nothing of it has left the académie.
UNSENT_TRANSFERS = RUNNING_TRANSFERS - {TransferState.OFFERED}


class TransferStep(models.TextChoices):
    PROPOSE = "propose", "Proposer un texte"
    AGREE = "agree", "Donner son accord"
    ACCEPT = "accept", "Accepter"
    DECLINE = "decline", "Décliner"
    WITHDRAW = "withdraw", "Retirer"
    EXPIRE = "expire", "Laisser sans suite"


TRANSFER_WORKFLOW = Workflow(
    "state",
    {
        TransferStep.PROPOSE: Move(UNSENT_TRANSFERS, TransferState.PROPOSED, TransferStep.PROPOSE.label),
        TransferStep.AGREE: Move(frozenset({TransferState.PROPOSED}), TransferState.OFFERED, TransferStep.AGREE.label),
        TransferStep.ACCEPT: Move(
            frozenset({TransferState.OFFERED}), TransferState.ACCEPTED, TransferStep.ACCEPT.label
        ),
        TransferStep.DECLINE: Move(
            frozenset({TransferState.OFFERED}), TransferState.DECLINED, TransferStep.DECLINE.label
        ),
        TransferStep.WITHDRAW: Move(RUNNING_TRANSFERS, TransferState.WITHDRAWN, TransferStep.WITHDRAW.label),
        # What it was about has ended meanwhile, on either side.
        TransferStep.EXPIRE: Move(RUNNING_TRANSFERS, TransferState.EXPIRED, TransferStep.EXPIRE.label),
    },
)
