"""What the night sends beside the ladder, counted for those who answer for an académie; what is not told, and why.

Counts of rows that the reader may meet, never a reference: that someone was given a contact, or sent to a cell, is not
in a row. Every job of the clock that writes is in one of the two tables.
"""

from dataclasses import dataclass, fields
from datetime import datetime

from django.db.models import Value

from proxirh.enquiries.ladder import ONE_DAY
from proxirh.enquiries.models import Enquiry, ExpertQuestion, Referral, Signposting
from proxirh.enquiries.querysets import EnquiryQuerySet, Part
from proxirh.enquiries.services.expiring import among_to_announce
from proxirh.kernel.calendar import is_working_day, local_day
from proxirh.territories.actor import Actor
from proxirh.territories.services.calendars import calendar

# Jobs whose mails the page announces: silences by reference, the others counted.
ANNOUNCED = {"climb-ladder", "ask-about-contacts", "follow-referrals", "follow-questions", "apply-retention"}
# Jobs whose mails it does not announce.
LEFT_OUT = {
    "tell-of-late-transmissions": "que quelqu’un a écrit à la cellule d’écoute ne regarde qu’elle",
    "follow-notes-requests": "que quelqu’un a demandé ses notes de travail ne regarde que leurs auteurs",
    "call-about-concerns": "appelé aussitôt, sans attendre la nuit",
    "tell-of-promises": "les rappels promis en retard ont leur page, sans attendre la nuit",
    "move-unable-enquiries": "ce que changera une mission ou une absence d’ici là n’est pas encore su",
    "remind-of-appointments": "qui vient a choisi ces rappels, et les refuse d’un geste",
    "tell-of-roster-holes": "le planning du téléphone ne parle d’aucune demande",
    "tell-of-missing-slots": "ce que les agendas ouvriront d’ici là n’est pas encore su",
    "gather-digests": "réunit des courriels déjà annoncés",
}


@dataclass(frozen=True, slots=True)
class Others:
    """Of enquiries that the reader may meet, how many bring each other mail."""

    questions: int = 0  # enquiries whose author is asked about a contact given to her
    reminders: int = 0  # referrals whose next step is waited for
    lapsed: int = 0  # referrals that end without an answer
    advice: int = 0  # questions to a cell whose day passes without an answer
    erasures: int = 0  # enquiries whose erasure is announced

    @property
    def count(self) -> int:
        """All of them."""
        return sum(getattr(self, one.name) for one in fields(self))


def read_others(actor: Actor, *, at: datetime) -> Others:
    """In four queries."""
    then = at + ONE_DAY
    rows = _rows(actor)
    of_rows = rows.order_by().values("pk")
    referrals = Referral.objects.under_way().filter(enquiry__in=of_rows)
    ending, waiting = (
        found.annotate(ends=Value(ends)).values_list("pk", "ends")
        for found, ends in ((referrals.lapsed(then), True), (referrals.silent(then), False))
    )
    told = list(ending.union(waiting, all=True))
    lapsed = {pk for pk, ends in told if ends}
    # What has lapsed is ended first, and nobody is reminded of it.
    silent = {pk for pk, _ in told} - lapsed
    return Others(
        questions=len(_to_ask(rows, at)),
        reminders=len(silent),
        lapsed=len(lapsed),
        advice=ExpertQuestion.objects.overdue(then).filter(enquiry__in=of_rows).count(),
        erasures=among_to_announce(rows, then).order_by().count(),
    )


def _rows(actor: Actor) -> EnquiryQuerySet:
    """Ended ones too for the coordination, which meets them; the head of a service meets open ones alone."""
    return Enquiry.objects.listed_for(actor, part=Part.ACADEMY if actor.answers_for else Part.LADDER)


def _to_ask(rows: EnquiryQuerySet, at: datetime) -> set[int]:
    """Keys of enquiries, each by the day and the calendar of where its author lives."""
    due = Signposting.objects.to_ask(before=at + 2 * ONE_DAY).filter(enquiry__in=rows.order_by().values("pk"))
    place = [f"enquiry__department__{name}" for name in ("time_zone", "holiday_calendar", "closed")]
    found = set()
    for enquiry_id, ask_on, zone, holidays, closed in due.values_list("enquiry_id", "ask_on", *place):
        day = local_day(at, zone) + ONE_DAY
        if ask_on <= day and is_working_day(day, calendar(holidays, closed)):
            found.add(enquiry_id)
    return found
