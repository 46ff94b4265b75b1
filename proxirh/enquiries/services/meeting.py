"""Appointments of an enquiry: taken by its author or by whoever follows it, told of, and given back when it ends."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries import notices, permissions
from proxirh.enquiries.conflicts import members
from proxirh.enquiries.freshness import sealed
from proxirh.enquiries.models import Enquiry, EnquiryAppointment, Exchange, Handling, Means
from proxirh.enquiries.services import conversing
from proxirh.enquiries.services.arriving import arrive, hold_origin
from proxirh.enquiries.services.passing import label_of
from proxirh.enquiries.services.treating import NOT_IN_CHARGE, become_lead
from proxirh.enquiries.services.unbooking import upcoming
from proxirh.enquiries.workflow import ENQUIRY_WORKFLOW, TAKEN_STATES, HandlingState, State, Step
from proxirh.kernel import journal, limits
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState, TooManyTries
from proxirh.kernel.workflow import swap
from proxirh.scheduling.models import Appointment, Way, WhyCancelled
from proxirh.scheduling.services import booking
from proxirh.scheduling.services.booking import Choice, Guest, Terms
from proxirh.scheduling.workflow import AppointmentStep
from proxirh.territories.actor import Actor

WHY = "rendez-vous d’une demande"
# What terms are read from, when it comes along with the enquiry.
RULES = "department__academy__agenda_rules"
NOT_YOURS = "Seule la personne qui a fait cette demande, ou qui la suit, prend un rendez-vous."
ONE_AT_A_TIME = "Un rendez-vous est déjà pris pour cette demande. Déplacez-le plutôt, ou annulez-le."
MOST_A_DAY = 10
TOO_MANY = "Ce rendez-vous a beaucoup changé aujourd’hui. Revenez demain, ou appelez le service."
CHANGED = "Cette demande a changé de mains entre-temps. Relisez les moments proposés."
NOT_READ = object()
MEANS = {Way.PHONE: Means.PHONE, Way.VIDEO: Means.VIDEO, Way.ON_SITE: Means.IN_PERSON}
NEXT_STEP = {
    Way.PHONE: "Rendez-vous par téléphone",
    Way.VIDEO: "Rendez-vous en visioconférence",
    Way.ON_SITE: "Rendez-vous sur place",
}


# ── Who, and when ─────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Hosts:
    """Those who may be met: whoever follows it; as long as nobody does, those of its team whom nothing keeps away.

    Once somebody follows it, `others` are their colleagues of the team whom nothing keeps away.
    """

    first: dict[int, Person] = field(default_factory=dict)
    others: dict[int, Person] = field(default_factory=dict)


def hosts_of(enquiry: Enquiry, *, at: datetime) -> Hosts:
    """In two queries."""
    free = {one.pk: one for one in members(enquiry, at=at)}
    if enquiry.lead_id is None:
        return Hosts(free)
    following = {pk: one for pk, one in free.items() if one.follows}  # type: ignore[attr-defined]
    return Hosts(following, {pk: one for pk, one in free.items() if pk not in following})


def hosts(enquiry: Enquiry, *, at: datetime) -> dict[int, Person]:
    """The first of them."""
    return hosts_of(enquiry, at=at).first


def other_hosts(enquiry: Enquiry, *, at: datetime) -> dict[int, Person]:
    """Their colleagues."""
    return hosts_of(enquiry, at=at).others


def terms_of(enquiry: Enquiry, *, for_author: bool, at: datetime) -> Terms:
    """How long for such a topic there, and how early and how late it may be taken."""
    department = enquiry.department
    own: Any = getattr(enquiry, "topic_minutes", NOT_READ)
    read = booking.length_for(department.academy, enquiry.fact.branch) if own is NOT_READ else None
    length = read or (timedelta(minutes=own) if own else booking.usual_length(department))
    make = booking.terms_for_agent if for_author else booking.terms_for_staff
    return make(department, length, at=at)


# ── Taking one ────────────────────────────────────────────────────────────────────────────────────
def book_meeting(
    *,
    actor: Actor,
    enquiry: Enquiry,
    choice: Choice,
    phone: str,
    wants_reminders: bool = True,
    wants_texts: bool = False,
    key: UUID,
    at: datetime | None = None,
) -> Appointment:
    """Take a moment with one of those who may be met; it becomes the next step, and its date.

    Taken by the author while nobody follows the enquiry, it gives it to whoever she meets; with a colleague of the
    team, that colleague follows it too. Raises SlotTaken, NotAllowed, or StaleState when the enquiry moved meanwhile.
    """
    at = at or timezone.now()
    is_author = permissions.is_author(actor, enquiry)
    if not enquiry.is_open or not (is_author or _may_book(actor, enquiry)):
        raise NotAllowed(NOT_YOURS if is_author else NOT_IN_CHARGE)
    who = hosts_of(enquiry, at=at)
    allowed = who.first | (who.others if is_author else {})
    if choice.person_id not in allowed:
        raise StaleState(CHANGED)
    if is_author and not limits.attempt("meeting", enquiry.uid.hex, limit=MOST_A_DAY, per=timedelta(days=1), at=at):
        raise TooManyTries(TOO_MANY)
    guest = Guest(enquiry.contact_name, phone, notices.address_read(enquiry), wants_reminders, wants_texts)
    host = allowed[choice.person_id]

    def first() -> None:
        hold_as_read(enquiry)
        if upcoming(enquiry, at=at) is not None:
            raise DomainError(ONE_AT_A_TIME)

    def then(made: Appointment) -> None:
        EnquiryAppointment.objects.create(enquiry=enquiry, series=made.series)
        entrust(enquiry, host, at=at)
        day = local_day(made.starts_at, enquiry.department.time_zone)
        _next_step(enquiry, NEXT_STEP[Way(made.way)], day, by_author=is_author, at=at)
        verb = "demande.rendez_vous_pris"
        journal.record(actor=actor.label, verb=verb, subject=enquiry, at=at, to=label_of(host))

    return booking.book(
        by=actor.label,
        guest=guest,
        choice=choice,
        terms=terms_of(enquiry, for_author=is_author or choice.person_id != actor.person_id, at=at),
        key=key,
        page=reverse("enquiries:meetings", args=[enquiry.uid]),
        first=first,
        then=then,
        at=at,
    )


def _may_book(actor: Actor, enquiry: Enquiry) -> bool:
    return enquiry.state in TAKEN_STATES and permissions.is_handling(actor, enquiry)


def hold_as_read(enquiry: Enquiry) -> None:
    """Nobody moves it until the end of the transaction; StaleState when somebody did since it was read."""
    rows = Enquiry.objects.for_system(WHY).filter(pk=enquiry.pk).select_for_update(no_key=True)
    if rows.values_list("lead_id", "team_id", "state").first() != (enquiry.lead_id, enquiry.team_id, enquiry.state):
        raise StaleState(CHANGED)


def entrust(enquiry: Enquiry, host: Person, *, at: datetime) -> None:
    """Whoever is met follows it: as its lead while it has none, else beside her."""
    if enquiry.lead_id is None:
        origin = hold_origin(enquiry)
        become_lead(enquiry, host.pk, at=at)
        journal.record(actor=label_of(host), verb="demande.prise", subject=enquiry, at=at)
        arrive(origin, enquiry, at=at)
    elif not enquiry.handlings.filter(state=HandlingState.ACCEPTED, person=host).exists():
        enquiry.handlings.filter(state=HandlingState.OFFERED, is_lead=False, person=host).delete()
        Handling.objects.create(
            enquiry=enquiry,
            team_id=enquiry.team_id,
            person=host,
            is_lead=False,
            state=HandlingState.ACCEPTED,
            offered_at=at,
            accepted_at=at,
        )
        journal.record(actor=label_of(host), verb="demande.co_suivie", subject=enquiry, at=at)


def _next_step(enquiry: Enquiry, step: str, day: date, *, by_author: bool, at: datetime) -> None:
    changes: dict[str, Any] = {"next_step": step, "next_step_on": day}
    if by_author:
        changes["last_contact_at"] = at
    written = sealed(enquiry, changes)
    if by_author and enquiry.state == State.WAITING_FOR_AGENT:
        ENQUIRY_WORKFLOW.apply(enquiry, Step.RESUME, waiting_since=None, **written)
    else:
        swap(enquiry, {"state": enquiry.state, "lead_id": enquiry.lead_id}, written)


# ── What became of it ─────────────────────────────────────────────────────────────────────────────
def record_outcome(
    *,
    actor: Actor,
    enquiry: Enquiry,
    appointment: Appointment,
    was_kept: bool,
    summary: str,
    next_step: str,
    next_step_on: date,
    key: UUID,
    at: datetime | None = None,
) -> Exchange:
    """Say whether it took place, and log the exchange that it was: one gesture, with what comes next."""
    at = at or timezone.now()
    with transaction.atomic():
        booking.tell_outcome(by=actor.label, appointment=appointment, was_kept=was_kept, at=at)
        return conversing.log_exchange(
            actor=actor,
            enquiry=enquiry,
            means=MEANS[Way(appointment.way)],
            was_reached=was_kept,
            summary=summary,
            next_step=next_step,
            next_step_on=next_step_on,
            happened_at=min(appointment.starts_at, at),
            key=key,
            at=at,
        )


def cancel_meeting(
    *,
    actor: Actor,
    enquiry: Enquiry,
    appointment: Appointment,
    step: AppointmentStep = AppointmentStep.CANCEL_BY_SERVICE,
    why: WhyCancelled = WhyCancelled.UNSAID,
    at: datetime | None = None,
) -> None:
    """Whoever follows the enquiry cancels, for the service or because the person asked her to, until it begins; the
    person is told, and may choose anew."""
    if not _may_book(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    booking.cancel(by=actor.label, appointment=appointment, step=step, why=why, at=at)
