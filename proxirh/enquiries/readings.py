"""Who read an enquiry, told to its author in words: one line a day for one person and one reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from proxirh.accounts.models import Person
from proxirh.enquiries.models import BreakGlass, Enquiry, Level, Why
from proxirh.kernel.calendar import local_day
from proxirh.ui import french

MOST_TOLD = 2000  # quarters of an hour: years of reading
SOMEONE = "Une personne du service"
WORDS = {
    Why.IN_CHARGE: "a ouvert votre demande pour la suivre.",
    Why.INVITED: "a ouvert votre demande pour aider la personne qui la suit.",
    Why.BEFORE_TAKING: "a vu votre nom et votre lieu de travail, avant de choisir de suivre votre demande.",
    Why.AGENT_CALLS: "a vu votre nom et vos coordonnées parce que vous appeliez.",
    Why.LEAD_AWAY: "a vu votre nom et vos coordonnées parce que la personne qui vous suit était absente.",
    Why.MOVE_APPOINTMENT: "a vu votre nom et vos coordonnées parce qu’un rendez-vous était à déplacer.",
    Why.CALL_CODE: "a vu où en est votre demande parce que vous avez donné votre code d’appel.",
    Why.CELL: "a lu, à la cellule d’écoute, ce que vous lui avez transmis.",
    Why.REFERRAL: "a lu, à la cellule à qui vous avez accepté d’être mis en relation, ce qui lui est transmis.",
    Why.VALIDATION: "a relu la réponse d’une cellule avant qu’elle ne vous soit remise, sans rien lire d’autre.",
    Why.EXPERT: "a lu, à une cellule spécialisée, une question posée sans votre nom pour mieux vous répondre.",
    Why.EXCEPTIONAL: "a ouvert votre demande par un accès exceptionnel, limité à une heure.",
}

OPENED_FILE = "a ouvert, à la cellule à qui vous avez accepté d’être mis en relation, un fichier qui lui est transmis."
BY_PARTNER = "a ouvert, par son lien, ce que vous avez accepté de lui transmettre."
FILE_BY_PARTNER = "a ouvert, par son lien, un fichier que vous avez accepté de lui transmettre."

# The same reasons, for whoever looked for an address and saw nothing of the enquiry.
SOUGHT = {
    Why.AGENT_CALLS: "a cherché vos demandes par votre adresse parce que vous appeliez.",
    Why.LEAD_AWAY: "a cherché vos demandes par votre adresse parce que la personne qui vous suit était absente.",
    Why.MOVE_APPOINTMENT: "a cherché vos demandes par votre adresse parce qu’un rendez-vous était à déplacer.",
}
# What is told on a line of its own.
TOLD_APART: dict[str, dict[Why, str]] = {Level.FOUND: SOUGHT, Level.FILE: {Why.REFERRAL: OPENED_FILE}}


@dataclass(frozen=True, slots=True)
class Told:
    """One line: who did what, when, how many times that day, and the reason given if one was asked."""

    who: str
    what: str
    when: str
    times: int
    reason: str = ""


def told(enquiry: Enquiry) -> Sequence[Told]:
    """What partners opened, then the service, each the latest first; in four queries."""
    zone = enquiry.department.time_zone
    rows = enquiry.readings.order_by("-at", "-pk").values_list("reader_id", "level", "why", "at")[:MOST_TOLD]
    times: Counter[tuple[int, str, str, date]] = Counter()
    latest: dict[tuple[int, str, str, date], datetime] = {}
    for reader_id, level, why, at in rows:
        key = (reader_id, level if level in TOLD_APART else "", why, local_day(at, zone))
        times[key] += 1
        latest.setdefault(key, at)
    people = Person.objects.filter(pk__in={reader_id for reader_id, *_ in latest}).select_related("data_key")
    names = {person.pk: person.full_name for person in people}
    by_partners = _by_partners(enquiry, zone)
    openings = (
        list(enquiry.openings.order_by("-opened_at")) if any(why == Why.EXCEPTIONAL for _, _, why, _ in latest) else []
    )
    for opening in openings:
        opening.enquiry = enquiry  # its key opens the reason
    by_people = [
        Told(
            who=names.get(reader_id) or SOMEONE,
            what=TOLD_APART.get(level, WORDS)[Why(why)],
            when=french.short_moment(at, zone),
            times=times[reader_id, level, why, day],
            reason=_reason(openings, reader_id, at) if why == Why.EXCEPTIONAL else "",
        )
        for (reader_id, level, why, day), at in latest.items()
    ]
    return [*by_partners, *by_people]


def _by_partners(enquiry: Enquiry, zone: str) -> list[Told]:
    """Openings of what was passed on to partners, who have no account: a line a day for each, and one for the files
    opened that day, the latest first."""
    rows = enquiry.referrals.filter(openings__at__isnull=False).order_by("-openings__at", "-openings__pk")
    days: dict[tuple[str, str, date], list[datetime]] = {}
    columns = ("partner__name", "openings__at", "openings__file_at")
    for name, opened_at, file_at in rows.values_list(*columns)[:MOST_TOLD]:
        for what, at in ((FILE_BY_PARTNER, file_at), (BY_PARTNER, opened_at)):
            if at is not None:
                days.setdefault((name, what, local_day(at, zone)), []).append(at)
    return [
        Told(who=name, what=what, when=french.short_moment(moments[0], zone), times=len(moments))
        for (name, what, _), moments in days.items()
    ]


def _reason(openings: Sequence[BreakGlass], person_id: int, at: datetime) -> str:
    return next((one.reason for one in openings if one.person_id == person_id and one.opened_at <= at < one.until), "")
