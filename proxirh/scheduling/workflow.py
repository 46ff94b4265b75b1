"""States of appointments, permanences, collective sessions, seats and visits, and every permitted move, as data."""

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


class PermanenceState(models.TextChoices):
    """How far a permanence has come; one that is past is over by its date alone."""

    PROPOSED = "proposed", "proposée"
    DRAFT = "draft", "en préparation"
    PUBLISHED = "published", "annoncée"
    CANCELLED = "cancelled", "annulée"


class SessionState(models.TextChoices):
    """Whether it takes place."""

    OPEN = "open", "ouverte"
    CANCELLED = "cancelled", "annulée"


class SeatState(models.TextChoices):
    """Where somebody stands in a session."""

    REGISTERED = "registered", "inscrit"
    WAITING = "waiting", "en liste d’attente"
    CANCELLED = "cancelled", "désinscrit"
    CAME = "came", "venu"
    DID_NOT_COME = "did_not_come", "pas venu"


SEATED = (SeatState.REGISTERED, SeatState.CAME, SeatState.DID_NOT_COME)


class VisitState(models.TextChoices):
    """How far a request has come; a visit that is past took place by its date alone."""

    ASKED = "asked", "demandée"
    TAKEN = "taken", "prévue"
    DECLINED = "declined", "déclinée"
    CANCELLED = "cancelled", "annulée"


def _move(sources: set[str], target: str, label: str) -> Move:
    return Move(frozenset(sources), target, label)


PERMANENCE_WORKFLOW = Workflow(
    "state",
    {
        "accept": _move({PermanenceState.PROPOSED}, PermanenceState.DRAFT, "Accepter"),
        "publish": _move({PermanenceState.DRAFT}, PermanenceState.PUBLISHED, "Annoncer"),
        "cancel": _move(
            {PermanenceState.PROPOSED, PermanenceState.DRAFT, PermanenceState.PUBLISHED},
            PermanenceState.CANCELLED,
            "Annuler",
        ),
    },
)
SESSION_WORKFLOW = Workflow(
    "state", {"cancel": _move({SessionState.OPEN}, SessionState.CANCELLED, "Annuler la rencontre")}
)
SEAT_WORKFLOW = Workflow(
    "state",
    {
        "promote": _move({SeatState.WAITING}, SeatState.REGISTERED, "Donner la place"),
        "leave": _move({SeatState.REGISTERED, SeatState.WAITING}, SeatState.CANCELLED, "Se désinscrire"),
    },
)
VISIT_WORKFLOW = Workflow(
    "state",
    {
        "take": _move({VisitState.ASKED}, VisitState.TAKEN, "Prendre la visite"),
        "decline": _move({VisitState.ASKED}, VisitState.DECLINED, "Décliner"),
        "give_back": _move({VisitState.TAKEN}, VisitState.ASKED, "Rendre la visite"),
        "withdraw": _move({VisitState.ASKED, VisitState.TAKEN}, VisitState.CANCELLED, "Retirer la demande"),
    },
)
