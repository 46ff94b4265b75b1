"""The mails of an enquiry: there is something to read, where, and what comes next; never content, never a topic."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.accounts.services import addresses_of, may_mail
from proxirh.enquiries import promises
from proxirh.enquiries.conflicts import asking_of, free_members, kept_away
from proxirh.enquiries.models import BreakGlass, Concern, Enquiry, NotesRequest, Transmission
from proxirh.kernel.calendar import local_day
from proxirh.kernel.tokens import grouped
from proxirh.kernel.written import written_once
from proxirh.outbox.services import Letter, queue_email, queue_emails, queue_letters
from proxirh.territories.actor import on_day
from proxirh.territories.models import Posting, Role
from proxirh.territories.services import emergency, listening

# Salt of the signed link « ce n’est pas moi », which only the mail holds.
DISOWNING = "proxirh.enquiries.disown"


def acknowledgement(enquiry: Enquiry, *, on_behalf: bool, at: datetime) -> Letter | None:
    """What tells the author that the enquiry exists; an address typed by someone else learns only that."""
    address = enquiry.contact.get("email")
    if not address or not may_mail(address, at=at):
        return None
    to = {f"acknowledgement:{enquiry.uid}": address}
    if on_behalf:
        return Letter(
            kind="created_for_you",
            to=to,
            template="enquiries/mails/created_for_you.txt",
            context={"disown_token": signing.dumps(str(enquiry.uid), salt=DISOWNING)},
            about=enquiry.uid,
        )
    return Letter(
        kind="acknowledgement",
        to=to,
        template="enquiries/mails/acknowledgement.txt",
        context={
            "reference": enquiry.reference,
            "call_code": grouped(enquiry.call_code, 3),
            "academy": enquiry.team.academy,  # the name or the number of the team would tell the topic
            "due_on": local_day(enquiry.due_at, enquiry.department.time_zone),
            "call": promises.call_back_today(enquiry.department, at=at) if enquiry.wants_call_today else None,
            "numbers": emergency.FOR_EVERYONE,
        },
        about=enquiry.uid,
    )


def team_alert(enquiry: Enquiry, *, free: Collection[int], offer: int | None = None, but: int | None = None) -> Letter:
    """What tells those of the team who may meet the enquiry (`free`) that one is waiting, once each time it is offered.

    `offer` tells these times apart; `but` is the person who has just handed it back. A call asked for today is a kind
    of its own, which passes through quiet hours.
    """
    kind = "call_today" if enquiry.wants_call_today else "team_alert"
    return Letter(
        kind=kind,
        to={
            f"team_alert:{enquiry.uid}:{offer or enquiry.team_id}:{person.pk}": person.staff_address
            for person in _people(free)
            if person.staff_address and person.pk != but
        },
        template=f"enquiries/mails/{kind}.txt",
        context={},
        about=enquiry.uid,
    )


def alert_team(
    enquiry: Enquiry,
    *,
    at: datetime,
    free: Collection[int],
    offer: int | None = None,
    but: int | None = None,
) -> None:
    """Send `team_alert`."""
    queue_letters([team_alert(enquiry, free=free, offer=offer, but=but)], at=at)


def announce(enquiry: Enquiry, *, on_behalf: bool, at: datetime, free: Collection[int], offer: int) -> None:
    """Acknowledge a new enquiry to its author, and tell the team, together."""
    letters = acknowledgement(enquiry, on_behalf=on_behalf, at=at), team_alert(enquiry, free=free, offer=offer)
    queue_letters(filter(None, letters), at=at)


@written_once
def _named(keys: tuple[int, ...]) -> QuerySet:
    return Person.objects.filter(pk__in=keys).select_related("data_key").order_by("pk")


def _people(keys: Collection[int]) -> list[Person]:
    return _named(tuple(sorted(keys))).read()


def alert_national_referent(enquiry: Enquiry, *, at: datetime, offer: int | None = None) -> None:
    """Tell the national referent that an enquiry waits where everyone has a conflict of interest; nothing else.

    Once each time it is offered in vain (`offer`).
    """
    day = local_day(at, enquiry.department.time_zone)
    serving = Posting.objects.filter(on_day(day), role=Role.NATIONAL_REFERENT)
    for person in _people(set(serving.values_list("person_id", flat=True))):
        if person.staff_address:
            queue_email(
                kind="nobody_free",
                to=person.staff_address,
                template="enquiries/mails/nobody_free.txt",
                context={"reference": enquiry.reference, "academy": enquiry.department.academy},
                dedupe_key=f"nobody_free:{enquiry.uid}:{offer or 0}:{person.pk}",
                about=enquiry.uid,
                at=at,
            )


def alert_of_rerouting(enquiry: Enquiry, *, at: datetime, offer: int | None = None) -> None:
    """Tell the coordination of the académie that another team received it, since nobody of its own may meet it."""
    day = local_day(at, enquiry.department.time_zone)
    serving = Posting.objects.filter(on_day(day), role=Role.COORDINATOR, academy_id=enquiry.academy_id)
    away = kept_away(asking_of(enquiry), day=day)
    queue_emails(
        kind="rerouted",
        to={
            f"rerouted:{enquiry.uid}:{offer or 0}:{person.pk}": person.staff_address
            for person in _people(set(serving.values_list("person_id", flat=True)) - away)
            if person.staff_address
        },
        template="enquiries/mails/rerouted.txt",
        context={"reference": enquiry.reference},
        about=enquiry.uid,
        at=at,
    )


def tell_of_exceptional_access(enquiry: Enquiry, opening: BreakGlass, *, at: datetime) -> None:
    """Tell the author, where she may be written to, and the witness: that it was opened, where to read by whom."""
    tell_author(enquiry, kind="exceptional_access", dedupe_key=f"exceptional:{opening.uid}", at=at)
    queue_email(
        kind="witness",
        to=(opening.witness.staff_address if opening.witness else None) or settings.PROXIRH_DPO_MAIL,
        template="enquiries/mails/witness.txt",
        context={
            "reference": enquiry.reference,
            "academy": enquiry.department.academy,
            "opened_at": opening.opened_at,
            "until": opening.until,
            "zone": enquiry.department.time_zone,
        },
        dedupe_key=f"witness:{opening.uid}",
        about=enquiry.uid,
        at=at,
    )


def tell_former_address(enquiry: Enquiry, *, address: str, at: datetime) -> None:
    """Tell an address that was typed for someone that the enquiry now follows another; nothing else."""
    queue_email(
        kind="claimed_elsewhere",
        to=address,
        template="enquiries/mails/claimed_elsewhere.txt",
        context={"academy": enquiry.team.academy},
        dedupe_key=f"claimed_elsewhere:{enquiry.uid}",
        about=enquiry.uid,
        at=at,
    )


def tell_replaced_address(enquiry: Enquiry, *, address: str, at: datetime) -> None:
    """Tell an address that its owner has replaced by another, so that nobody does it in her place unseen."""
    if may_mail(address, at=at):
        queue_email(
            kind="address_replaced",
            to=address,
            template="enquiries/mails/address_replaced.txt",
            context={"academy": enquiry.team.academy},
            about=enquiry.uid,
            at=at,
        )


def address_read(enquiry: Enquiry) -> str:
    """Where its author reads what is written to her; "" when nobody knows that she does."""
    if enquiry.claim_digest is not None or enquiry.disowned_at is not None:
        return ""
    return enquiry.contact.get("email") or ""


def tell_author(
    enquiry: Enquiry, *, kind: str, dedupe_key: str | None = None, at: datetime | None = None, **more: Any
) -> None:
    """Tell the author that something is to be read on her page; silent without an address she may read."""
    if not (address := address_read(enquiry)):
        return
    queue_email(
        kind=kind,
        to=address,
        template=f"enquiries/mails/{kind}.txt",
        context={"enquiry_uid": enquiry.uid, "reference": enquiry.reference, **more},
        dedupe_key=dedupe_key,
        about=enquiry.uid,
        at=at or timezone.now(),
    )


def tell_lead(
    enquiry: Enquiry, *, kind: str, dedupe_key: str | None = None, at: datetime | None = None, **more: Any
) -> None:
    """Tell whoever is in charge that something is to be read; without a lead, the team. Who may not meet it is not."""
    at = at or timezone.now()
    free = free_members(enquiry, at=at)
    for person in _people(free & {enquiry.lead_id} if enquiry.lead_id else free):
        if person.staff_address:
            queue_email(
                kind=kind,
                to=person.staff_address,
                template=f"enquiries/mails/{kind}.txt",
                context={"enquiry_uid": enquiry.uid, "reference": enquiry.reference, **more},
                dedupe_key=f"{dedupe_key}:{person.pk}" if dedupe_key else None,
                about=enquiry.uid,
                at=at,
            )


def tell_colleague(enquiry: Enquiry, person: Person, *, kind: str, dedupe_key: str, at: datetime) -> None:
    """Tell one of the service that an enquiry came to her hands, or left them; neither why nor what about."""
    if person.staff_address:
        queue_email(
            kind=kind,
            to=person.staff_address,
            template=f"enquiries/mails/{kind}.txt",
            context={"enquiry_uid": enquiry.uid, "reference": enquiry.reference},
            dedupe_key=dedupe_key,
            about=enquiry.uid,
            at=at,
        )


def tell_relieved(person: Person, *, dedupe_key: str, at: datetime) -> None:
    """Tell one of the service, once for all of them, that what she followed was proposed to colleagues; where to see
    which."""
    if person.staff_address:
        queue_email(
            kind="relieved",
            to=person.staff_address,
            template="enquiries/mails/relieved.txt",
            context={},
            dedupe_key=dedupe_key,
            at=at,
        )


# ── The listening cell ────────────────────────────────────────────────────────────────────────────
def alert_cell(transmission: Transmission, *, at: datetime, again: bool = False) -> None:
    """Tell the members of the cell that something waits for them; never what, nor from whom.

    Whom a conflict of interest keeps from a named one is not told. `again`: the person wrote once more.
    """
    day = timezone.localdate(at)
    away: set[int | None] = set()
    if transmission.enquiry_id is not None:
        row = Enquiry.objects.for_system("qui prévenir à la cellule d’écoute").to_route()
        away = kept_away(asking_of(row.get(pk=transmission.enquiry_id)), day=day)
    turn = f"{at:%Y%m%d%H%M%S%f}" if again else "new"
    queue_emails(
        kind="cell_alert",
        to={
            f"cell_alert:{transmission.uid}:{turn}:{person.pk}": person.staff_address
            for person in listening.members(transmission.team, day=day)
            if person.staff_address and person.pk not in away
        },
        template="enquiries/mails/cell_alert.txt",
        context={},
        at=at,
    )


def alert_of_lateness(transmission: Transmission, *, at: datetime) -> None:
    """Past its 48 hours: the cell again, and the heads of service, once; they learn that one waits, and where."""
    day = timezone.localdate(at)
    heads = Posting.objects.filter(on_day(day), role=Role.HEAD_OF_SERVICE, academy_id=transmission.team.academy_id)
    people = [*listening.members(transmission.team, day=day), *_people(set(heads.values_list("person_id", flat=True)))]
    queue_emails(
        kind="cell_late",
        to={
            f"cell_late:{transmission.uid}:{person.pk}": person.staff_address
            for person in people
            if person.staff_address
        },
        template="enquiries/mails/cell_late.txt",
        context={"academy": transmission.team.academy},
        at=at,
    )


# ── « Situation préoccupante » ────────────────────────────────────────────────────────────────────
def call_about_concern(concern: Concern, person: Person, *, times: int, at: datetime) -> None:
    """Call one person to acknowledge; the mail says that someone needs an answer now, and nothing of whom or why."""
    if person.staff_address:
        queue_email(
            kind="concern",
            to=person.staff_address,
            template="enquiries/mails/concern.txt",
            context={"concern_uid": concern.uid, "again": times > 1},
            about=concern.about,
            dedupe_key=f"concern:{concern.uid}:{person.pk}:{times}",
            at=at,
        )


def tell_concern_is_received(concern: Concern, *, at: datetime) -> None:
    """Tell whoever raised it that someone has acknowledged."""
    if concern.raised_by.staff_address:
        queue_email(
            kind="concern_received",
            to=concern.raised_by.staff_address,
            template="enquiries/mails/concern_received.txt",
            context={"concern_uid": concern.uid},
            about=concern.about,
            dedupe_key=f"concern_received:{concern.uid}",
            at=at,
        )


# ── Working notes that their subject asks for ─────────────────────────────────────────────────────
def tell_of_notes_to_review(request: NotesRequest, author: Person, *, count: int, step: str, at: datetime) -> None:
    """Tell an author that she has notes to re-read, and until when; once a step (asked, 10, 2, late), never whose."""
    if author.staff_address:
        queue_email(
            kind="notes_to_review",
            to=author.staff_address,
            template="enquiries/mails/notes_to_review.txt",
            context={"count": count, "due_on": request.due_on, "is_first": step == "asked", "is_late": step == "late"},
            dedupe_key=f"notes_to_review:{request.uid}:{step}:{author.pk}",
            about=request.uid,
            at=at,
        )


def tell_notes_are_ready(request: NotesRequest, *, at: datetime) -> None:
    """Tell whoever asked, at each address she has proved, that there is something to read on « Mes données »."""
    user = request.person.user
    queue_emails(
        kind="notes_ready",
        to={
            f"notes_ready:{request.uid}:{address.pk}": address.ciphertext
            for address in (addresses_of(user) if user is not None else [])
        },
        template="enquiries/mails/notes_ready.txt",
        context={},
        about=request.uid,
        at=at,
    )


def tell_notes_are_late(request: NotesRequest, references: Collection[str], *, at: datetime) -> None:
    """Tell the data-protection officer, once, that the month is over: since when, and on which enquiries."""
    if settings.PROXIRH_DPO_MAIL:
        queue_email(
            kind="notes_late",
            to=settings.PROXIRH_DPO_MAIL,
            template="enquiries/mails/notes_late.txt",
            context={"asked_at": request.asked_at, "due_on": request.due_on, "references": references},
            dedupe_key=f"notes_late:{request.uid}",
            about=request.uid,
            at=at,
        )
