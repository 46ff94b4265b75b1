"""Passing on to the listening cell: without a name, or with one’s agreement; and the cell’s own gestures."""

import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.enquiries import counting, notices, permissions
from proxirh.enquiries.models import (
    AccessRecord,
    Consent,
    Enquiry,
    Level,
    Transmission,
    TransmissionMessage,
    TransmissionReading,
    Why,
)
from proxirh.enquiries.models.access import quarter_of
from proxirh.enquiries.services.asking import check_author
from proxirh.kernel import encryption, journal, limits, tokens
from proxirh.kernel.calendar import add_working_days, local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState, TooManyTries
from proxirh.kernel.models import DataKey
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Team
from proxirh.territories.services.calendars import calendar_of_academy
from proxirh.territories.services.listening import listening_cell

CELL_CONSENT = "cellule_ecoute"
WORKING_DAYS = 2  # the 48 hours that are promised
LOCATOR, SECRET = 6, 10
TRIES_PER_LOCATOR = 10
HOUR = timedelta(hours=1)
NO_CELL = (
    "La cellule d’écoute ne reçoit rien par ce site pour l’instant. Appelez-la, ou appelez l’un des numéros affichés : "
    "votre texte n’est pas gardé, copiez-le si vous en avez besoin."
)
WRONG_CODE = (
    "Nous ne trouvons rien avec ce code. Relisez-le : seize caractères, sans zéro ni lettre O. "
    "Personne d’autre ne le connaît, et nous ne pouvons pas le retrouver."
)
ALREADY = "Cette demande est déjà transmise, ou la cellule d’écoute ne reçoit rien par ce site."
NOT_FOR_YOU = "Cette transmission n’est pas pour votre cellule."


@dataclass(frozen=True, slots=True)
class ReturnCode:
    """The code that comes back to what was passed on without a name: a locator, then a secret."""

    locator: str
    secret: str

    @property
    def whole(self) -> str:
        """As it is shown, once."""
        return tokens.grouped(self.locator + self.secret, 4)


def new_code() -> ReturnCode:
    """Drawn when the page is shown, so that sending twice gives the same."""
    return ReturnCode(tokens.spoken(LOCATOR), tokens.spoken(SECRET))


def read_code(text: str) -> ReturnCode | None:
    """A code as someone types it; None when it cannot be one."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return ReturnCode(letters[:LOCATOR], letters[LOCATOR:]) if len(letters) == LOCATOR + SECRET else None


def _digest(transmission: Transmission, secret: str) -> bytes:
    return encryption.own_index(transmission.data_key.clear, f"return:{transmission.uid}", secret)


def due_for(cell: Team, *, at: datetime) -> datetime:
    """Two working days later at the same hour, by the clock of the académie."""
    calendar, zone = calendar_of_academy(cell.academy, known_at=at)
    here = at.astimezone(ZoneInfo(zone))
    day = add_working_days(here.date(), WORKING_DAYS, calendar)
    return datetime.combine(day, here.timetz())


def _new(cell: Team, *, body: str, at: datetime, **columns: Any) -> Transmission:
    return Transmission(
        data_key=DataKey.objects.issue(), team=cell, body=body, sent_at=at, due_at=due_for(cell, at=at), **columns
    )


# ── Without a name ────────────────────────────────────────────────────────────────────────────────
def transmit_unnamed(*, academy: Academy, body: str, code: ReturnCode, at: datetime | None = None) -> Transmission:
    """Give the words to the cell of the académie, with nothing that says whose they are; twice is the same as once.

    No actor, no draft, no session: what is stored is the text under its own key, and a digest of the code.
    Raises DomainError while the cell has nobody to read it.
    """
    at = at or timezone.now()
    cell = listening_cell(academy, day=timezone.localdate(at))
    if cell is None:
        raise DomainError(NO_CELL)
    if (before := _returning(code)) is not None:
        return before
    try:
        return _transmit_unnamed(cell, body, code, at=at)
    except IntegrityError:  # sent twice at once
        before = _returning(code)
        if before is None:
            raise
        return before


@transaction.atomic
def _transmit_unnamed(cell: Team, body: str, code: ReturnCode, *, at: datetime) -> Transmission:
    made = _new(cell, body=body, at=at, locator=code.locator)
    made.code_digest = _digest(made, code.secret)
    made.save(force_insert=True)
    counting.add_unnamed(cell.academy, day=local_day(at, "Europe/Paris"), at=at)
    journal.record(actor=journal.SYSTEM, verb="transmission.reçue", subject=made, at=at, cell=cell.pk)
    notices.alert_cell(made, at=at)
    return made


def _returning(code: ReturnCode) -> Transmission | None:
    found = Transmission.objects.returning(code.locator).first()
    if found is None or not hmac.compare_digest(bytes(found.code_digest or b""), _digest(found, code.secret)):
        return None
    return found


def find_returning(*, code: ReturnCode | None, at: datetime | None = None) -> Transmission:
    """What was passed on with this code; an unknown one and a wrong one are told alike.

    Raises DomainError, TooManyTries after ten tries an hour on one locator.
    """
    if code is None:
        raise DomainError(WRONG_CODE)
    if not limits.attempt("return-code", code.locator, limit=TRIES_PER_LOCATOR, per=HOUR, at=at):
        raise TooManyTries("Ce code a été essayé trop de fois. Attendez une heure, puis recommencez.")
    found = _returning(code)
    if found is None:
        raise DomainError(WRONG_CODE)
    return found


@transaction.atomic
def add_unnamed(*, transmission: Transmission, body: str, key: UUID | None = None, at: datetime | None = None) -> None:
    """Write again to the cell, with the code; the cell is told that something waits."""
    at = at or timezone.now()
    if transmission.ended_at is not None:
        raise DomainError("La cellule d’écoute a terminé ce suivi. Vous pouvez lui transmettre un nouveau message.")
    if _is_written(transmission, key):
        return
    _write(transmission, body=body, key=key, at=at)
    notices.alert_cell(transmission, at=at, again=True)


# ── With one’s agreement ──────────────────────────────────────────────────────────────────────────
def can_transmit(actor: Actor, enquiry: Enquiry, *, at: datetime | None = None) -> bool:
    """Its author, about violence or an attack on her, where the cell receives and has not been told already."""
    if not (permissions.is_author(actor, enquiry) and enquiry.is_open and permissions.may_need_protection(enquiry)):
        return False
    is_under_way = Transmission.objects.of_enquiry(enquiry).filter(withdrawn_at=None, ended_at=None).exists()
    return not is_under_way and listening_cell(enquiry.academy, day=timezone.localdate(at)) is not None


def identity_of(enquiry: Enquiry) -> dict[str, str]:
    """The name and the ways to reach her that the cell receives, exactly."""
    shown = {"Nom": enquiry.contact_name, "Téléphone": enquiry.contact.get("phone", "")}
    return {label: value for label, value in shown.items() if value}


def transmit_named(*, actor: Actor, enquiry: Enquiry, body: str, at: datetime | None = None) -> Transmission:
    """Pass on her words with her name, by an agreement that is dated and may be taken back; she keeps the copy.

    Raises NotAllowed for anyone else, and for the second of two clicks.
    """
    check_author(actor, enquiry)
    if not can_transmit(actor, enquiry, at=at):
        raise NotAllowed(ALREADY)
    try:
        return _transmit_named(actor, enquiry, body, at=at or timezone.now())
    except IntegrityError as error:  # twice at once
        raise NotAllowed(ALREADY) from error


@transaction.atomic
def _transmit_named(actor: Actor, enquiry: Enquiry, body: str, *, at: datetime) -> Transmission:
    cell = listening_cell(enquiry.academy, day=timezone.localdate(at))
    assert cell is not None
    consent = Consent(enquiry=enquiry, kind=CELL_CONSENT, given_at=at)
    consent.save(force_insert=True)
    made = _new(cell, body=body, at=at, enquiry=enquiry, consent=consent, identity=identity_of(enquiry))
    made.save(force_insert=True)
    journal.record(actor=actor.label, verb="demande.transmise", subject=enquiry, at=at, transmission=str(made.uid))
    notices.alert_cell(made, at=at)
    return made


@transaction.atomic
def withdraw_agreement(*, actor: Actor, transmission: Transmission, at: datetime | None = None) -> None:
    """The cell reads it no more, from now on; said twice, it is said once."""
    enquiry = transmission.enquiry
    if enquiry is None or transmission.consent is None:
        raise NotAllowed(NOT_FOR_YOU)
    check_author(actor, enquiry)
    at = at or timezone.now()
    if transmission.withdrawn_at is not None:
        return
    try:
        swap(transmission, {"withdrawn_at": None}, {"withdrawn_at": at})
    except StaleState:
        return
    swap(transmission.consent, {"withdrawn_at": None}, {"withdrawn_at": at})
    journal.record(
        actor=actor.label, verb="demande.accord_retiré", subject=enquiry, at=at, transmission=str(transmission.uid)
    )


# ── The cell ──────────────────────────────────────────────────────────────────────────────────────
def is_for(actor: Actor, transmission: Transmission) -> bool:
    """A member of that very cell, with a second factor, as long as the person agrees."""
    return (
        actor.second_factor
        and actor.person_id is not None
        and transmission.team_id in actor.cells
        and transmission.withdrawn_at is None
    )


def _check_cell(actor: Actor, transmission: Transmission) -> None:
    if not is_for(actor, transmission):
        raise NotAllowed(NOT_FOR_YOU)


def record_cell_reading(*, actor: Actor, transmission: Transmission, at: datetime | None = None) -> None:
    """Write who is about to read it. Whatever it raises, nothing is shown."""
    at = at or timezone.now()
    reader: dict[str, Any] = {"reader_id": actor.person_id, "at": at, "quarter": quarter_of(at)}
    if transmission.enquiry_id is not None:
        AccessRecord.objects.note(enquiry_id=transmission.enquiry_id, level=Level.PASSED_ON, why=Why.CELL, **reader)
    else:
        TransmissionReading.objects.note(transmission_id=transmission.pk, **reader)


@transaction.atomic
def open_transmission(*, actor: Actor, transmission: Transmission, at: datetime | None = None) -> None:
    """Acknowledge it: from then on the person reads that the cell has opened it."""
    _check_cell(actor, transmission)
    at = at or timezone.now()
    if transmission.seen_at is not None:
        return
    try:
        swap(transmission, {"seen_at": None}, {"seen_at": at, "seen_by_id": actor.person_id})
    except StaleState:  # a colleague, at the same time
        return
    journal.record(actor=actor.label, verb="transmission.ouverte", subject=transmission, at=at)


@transaction.atomic
def answer_transmission(
    *, actor: Actor, transmission: Transmission, body: str, key: UUID | None = None, at: datetime | None = None
) -> None:
    """Write to the person: she reads it with her code or, named, on her page, where a neutral mail sends her."""
    _check_cell(actor, transmission)
    at = at or timezone.now()
    if transmission.ended_at is not None:
        raise DomainError("Ce suivi est terminé.")
    if _is_written(transmission, key):
        return
    message = _write(transmission, body=body, key=key, at=at, person_id=actor.person_id)
    if transmission.answered_at is None:
        with suppress(StaleState):  # a colleague answered at the same time
            swap(transmission, {"answered_at": None}, {"answered_at": at})
    journal.record(actor=actor.label, verb="transmission.réponse", subject=transmission, at=at)
    if transmission.enquiry is not None:
        notices.tell_author(
            transmission.enquiry, kind="cell_answered", dedupe_key=f"cell_answered:{message.uid}", at=at
        )


@transaction.atomic
def end_transmission(*, actor: Actor, transmission: Transmission, at: datetime | None = None) -> None:
    """Nothing more to do: twice is the same as once."""
    _check_cell(actor, transmission)
    at = at or timezone.now()
    if transmission.ended_at is not None:
        return
    try:
        swap(transmission, {"ended_at": None}, {"ended_at": at})
    except StaleState:
        return
    journal.record(actor=actor.label, verb="transmission.terminée", subject=transmission, at=at)


@transaction.atomic
def tell_of_lateness(*, at: datetime) -> int:
    """Tell the cell and the heads of service, once, of what waits past its time; returns how many wait."""
    late = list(Transmission.objects.late(at).select_related("team__academy"))
    for one in late:
        notices.alert_of_lateness(one, at=at)
    return len(late)


def _is_written(transmission: Transmission, key: UUID | None) -> bool:
    return key is not None and transmission.messages.filter(idempotency_key=key).exists()


def _write(
    transmission: Transmission, *, body: str, key: UUID | None, at: datetime, person_id: int | None = None
) -> TransmissionMessage:
    message = TransmissionMessage(
        transmission=transmission,
        person_id=person_id,
        is_from_cell=person_id is not None,
        body=body,
        idempotency_key=key,
        sent_at=at,
    )
    message.save(force_insert=True)
    return message


def thread_of(transmission: Transmission) -> list[TransmissionMessage]:
    """What was written after it, oldest first, opened by its key."""
    found = list(transmission.messages.order_by("sent_at", "pk"))
    for one in found:
        one.transmission = transmission
    return found
