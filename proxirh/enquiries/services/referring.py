"""« Mise en relation »: its lead proposes it, the agent agrees to the very words, and it leaves; the enquiry stays."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.enquiries import permissions, referring_mails
from proxirh.enquiries.models import Agreement, Enquiry, Referral
from proxirh.enquiries.services.cell_rules import destinations
from proxirh.enquiries.services.enclosing import agreed_among, proposed_among
from proxirh.enquiries.services.holding import hold
from proxirh.enquiries.services.treating import NOT_IN_CHARGE
from proxirh.enquiries.standing import TAKEN_BACK
from proxirh.enquiries.workflow import REFERRAL_WORKFLOW, ReferralState, ReferralStep
from proxirh.kernel import journal, tokens
from proxirh.kernel.calendar import add_working_days, is_working_day, local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor
from proxirh.territories.models import Partner, Team
from proxirh.territories.services.calendars import calendar_of

WHY = "mise en relation"
REMINDED_AFTER, EXPIRES_AFTER = timedelta(days=10), timedelta(days=30)
# An agreement that was told longer ago is asked again.
ORAL_SINCE = timedelta(days=30)
NOT_THERE = "Choisissez un destinataire dans la liste."
ALREADY = "Une mise en relation vers ce destinataire est déjà en cours pour cette demande."
NO_WORDS = "Écrivez exactement ce qui sera transmis."
NO_DAY = "Indiquez le jour où la personne a donné son accord, dans les trente derniers jours."
NOT_AUTHOR = "Seule la personne qui a fait la demande répond ici."
ENDED = "Le suivi de votre demande est terminé : rien ne peut plus être transmis. Rouvrez-la d’abord."
NOTHING_LEFT = "La demande n’est plus là : ce destinataire ne peut déjà plus rien en lire."
NO_MORE = "Ce destinataire ne peut plus la recevoir : {} La personne qui suit votre demande en cherchera un autre."


def partners_for(enquiry: Enquiry, *, day: date) -> Sequence[Partner]:
    """Partners who help where it was asked and may be written to."""
    return list(Partner.objects.usable(enquiry.department, day).exclude(address="").order_by("name", "pk"))


def refer(
    *,
    actor: Actor,
    enquiry: Enquiry,
    to: Team | Partner,
    body: str,
    agreement: str,
    oral_on: date | None = None,
    enclosed: Collection[str] = (),
    key: UUID | None = None,
    at: datetime | None = None,
) -> Referral:
    """Propose to the agent to pass on these words and files, or pass them on with an agreement by word of mouth.

    With a written agreement nothing leaves before she gives it on her page; with an oral one she is told at once, and
    reads the copy there. `enclosed`: ids of files of the enquiry. The same key twice gives the same. Raises NotAllowed
    for anyone but its lead, DomainError when that side does not receive it or a file may not leave, StaleState when the
    enquiry moved or changed hands meanwhile.
    """
    if not permissions.can_treat(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    at = at or timezone.now()
    if (before := _sent_before(enquiry, key)) is not None:
        return before
    if not body.strip():
        raise DomainError(NO_WORDS)
    agreed_on = _agreed_on(enquiry, agreement, oral_on, at=at)
    made = Referral(
        reference=f"R-{tokens.grouped(tokens.spoken(8), 4)}",
        enquiry=enquiry,
        body=body,
        agreement=agreement,
        agreed_on=agreed_on,
        written_by_id=cast("int", actor.person_id),
        idempotency_key=key,
        proposed_at=at,
        **({"team": to} if isinstance(to, Team) else {"partner": to}),
        **_clock(enquiry, at=at),
    )
    try:
        with transaction.atomic():
            _hold(enquiry, to)
            _check_receives(made, at=at)
            made.enclosed = proposed_among(enquiry, enclosed)
            swap(enquiry, {"state": enquiry.state, "lead_id": enquiry.lead_id}, {"last_contact_at": at})
            if agreed_on is None:
                made.save(force_insert=True)
                say(actor.label, made, "proposée", at=at)
                referring_mails.tell_author(made, step="proposed", at=at)
            else:
                token, link = new_link(made)
                for name, value in {"state": ReferralState.SENT, "sent_at": at, **link}.items():
                    setattr(made, name, value)
                made.save(force_insert=True)
                say(actor.label, made, "envoyée", at=at, files=made.enclosed)
                referring_mails.tell_author(made, step="sent", at=at)
                referring_mails.tell_other_side(made, step="sent", token=token, at=at)
    except IntegrityError:  # sent twice at once
        before = _sent_before(enquiry, key)
        if before is None:
            raise
        return before
    return made


@transaction.atomic
def agree(*, actor: Actor, referral: Referral, enclosed: Collection[str] = (), at: datetime | None = None) -> None:
    """Its author agrees to the words she has read, and to some of the files or none: they leave at once, those alone.

    Raises DomainError once they cannot.
    """
    _check_author(actor, referral.enquiry)
    if referral.agreed_on is not None:  # a double click
        return
    if not referral.enquiry.is_open:
        raise DomainError(ENDED)
    at = at or timezone.now()
    # Ended, merged or gone elsewhere meanwhile, nothing leaves any more.
    swap(referral.enquiry, {"state": referral.enquiry.state}, {"state": referral.enquiry.state})
    if referral.state == ReferralState.PROPOSED and (refusal := _why_not(referral, at=at, is_counted=True)):
        raise DomainError(NO_MORE.format(refusal))
    zone = referral.enquiry.department.time_zone
    token, link = new_link(referral)
    changes: dict[str, Any] = {"sent_at": at, "agreed_on": local_day(at, zone), "reminded_at": None, **link}
    changes |= _clock(referral.enquiry, at=at) | {"enclosed": agreed_among(referral, enclosed)}
    REFERRAL_WORKFLOW.apply(referral, ReferralStep.AGREE, **changes)
    say(actor.label, referral, "envoyée", at=at, files=referral.enclosed)
    referring_mails.tell_lead(referral, step="agreed", at=at)
    referring_mails.tell_other_side(referral, step="sent", token=token, at=at)


@transaction.atomic
def take_back(*, actor: Actor, referral: Referral, at: datetime | None = None) -> None:
    """Its author or its lead ends it before an answer: the other side reads it no more; said twice, it is said once."""
    is_author = permissions.is_author(actor, referral.enquiry)
    if not (is_author or permissions.can_treat(actor, referral.enquiry)):
        raise NotAllowed(NOT_IN_CHARGE)
    if referral.state == ReferralState.WITHDRAWN:
        return
    if referral.enquiry.state in TAKEN_BACK:
        raise DomainError(NOTHING_LEFT)
    at = at or timezone.now()
    REFERRAL_WORKFLOW.apply(referral, ReferralStep.WITHDRAW, ended_at=at, link_print=None)
    say(actor.label, referral, "arrêtée" if is_author else "reprise", at=at)
    if is_author:
        referring_mails.tell_lead(referral, step="stopped", at=at)


@transaction.atomic
def verify(*, actor: Actor, referral: Referral, at: datetime | None = None) -> None:
    """Its author says that the answer has arrived; said twice, it is said once."""
    _check_author(actor, referral.enquiry)
    if referral.state == ReferralState.VERIFIED:
        return
    at = at or timezone.now()
    REFERRAL_WORKFLOW.apply(referral, ReferralStep.VERIFY, verified_at=at)
    say(actor.label, referral, "vérifiée", at=at)


# ── The link of a partner ─────────────────────────────────────────────────────────────────────────
def print_of(token: str, address: str = "") -> bytes:
    """What is kept of a link; with the address that it was sent to, what another address of the partner kills."""
    return hashlib.sha256(f"{token}\n{address}".encode()).digest()


def new_link(referral: Referral) -> tuple[str, dict[str, Any]]:
    """A fresh secret for a partner, and the columns by which the link before is dead; nothing for a cell."""
    if referral.partner is None:
        return "", {}
    token = tokens.secret()
    return token, {"link_print": print_of(token), "link_for": print_of(token, referral.partner.address)}


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────
def _sent_before(enquiry: Enquiry, key: UUID | None) -> Referral | None:
    return enquiry.referrals.filter(idempotency_key=key).first() if key else None


def _clock(enquiry: Enquiry, *, at: datetime) -> dict[str, datetime]:
    """Reminded ten days later, and until the end of the thirtieth day where the agent works, or of the next day on
    which the service works there: an answer is due then."""
    zone, days = ZoneInfo(enquiry.department.time_zone), calendar_of(enquiry.department)
    last = (at + EXPIRES_AFTER).astimezone(zone).date()
    if not is_working_day(last, days):
        last = add_working_days(last, 1, days)
    return {"remind_at": at + REMINDED_AFTER, "expires_at": datetime.combine(last, time(23, 59), tzinfo=zone)}


def _agreed_on(enquiry: Enquiry, agreement: str, oral_on: date | None, *, at: datetime) -> date | None:
    if agreement != Agreement.ORAL:
        return None
    today = local_day(at, enquiry.department.time_zone)
    if oral_on is None or not today - ORAL_SINCE <= oral_on <= today:
        raise DomainError(NO_DAY)
    return oral_on


def _hold(enquiry: Enquiry, to: Team | Partner) -> None:
    """Nobody merges it, what is written hangs from it under its key; nor refers to that side: what is counted stays
    true."""
    hold(enquiry.pk, why=WHY)
    list(type(to)._base_manager.filter(pk=to.pk).select_for_update(no_key=True).values_list("pk"))


def _check_receives(made: Referral, *, at: datetime) -> None:
    same = {"team": made.team, "partner": made.partner}
    if Referral.objects.under_way().filter(enquiry=made.enquiry, **same).exists():
        raise DomainError(ALREADY)
    if refusal := _why_not(made, at=at):
        raise DomainError(refusal)


def _why_not(referral: Referral, *, at: datetime, is_counted: bool = False) -> str:
    """Why that side does not receive it today; `is_counted`: its own place is among those already taken."""
    enquiry = referral.enquiry
    day = local_day(at, enquiry.department.time_zone)
    if referral.partner is not None:
        return "" if referral.partner in partners_for(enquiry, day=day) else NOT_THERE
    but = referral.pk if is_counted else None
    found = next((one for one in destinations(enquiry, day=day, but=but) if one.team.pk == referral.team_id), None)
    return found.refusal if found else NOT_THERE


def _check_author(actor: Actor, enquiry: Enquiry) -> None:
    if not permissions.is_author(actor, enquiry):
        raise NotAllowed(NOT_AUTHOR)


def say(
    by: str,
    referral: Referral,
    what: str,
    *,
    at: datetime,
    key: UUID | None = None,
    reason: str = "",
    files: Sequence[str] = (),
) -> None:
    """One line of the story of its enquiry; `by` is a label of the journal."""
    details = {"key": key, "reason": reason, "enclosed": " ".join(files)}
    more = {name: str(value) for name, value in details.items() if value}
    verb = f"demande.relation_{what}"
    journal.record(actor=by, verb=verb, subject=referral.enquiry, at=at, relation=referral.reference, **more)
