"""Reading what is not one’s own: written down before it is shown, or not shown; and an hour of exceptional access."""

import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries import notices, permissions
from proxirh.enquiries.conflicts import asking_of, kept_away
from proxirh.enquiries.models import CARD_REASONS, AccessRecord, BreakGlass, Enquiry, Level, Why
from proxirh.enquiries.models.access import QUARTER, quarter_of
from proxirh.enquiries.workflow import State
from proxirh.kernel import journal, limits
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, TooManyTries
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Posting, Role

HOUR = timedelta(hours=1)
SHORTEST_REASON, LONGEST_REASON = 15, 500
CALLS_PER_HOUR = 60
TRIES_PER_REFERENCE = 6
NOT_TOGETHER = (
    "Cette référence et ce code d’appel ne vont pas ensemble. Demandez à la personne de les relire : ils sont sur son "
    "accusé de réception et sur sa page de suivi."
)
NO_WITNESS = (
    "Personne ne peut être témoin de cet accès : l’académie n’a pas d’autre coordonnateur, et l’adresse du délégué à "
    "la protection des données n’est pas réglée. Demandez à l’administrateur de la régler."
)


def record_reading(*, actor: Actor, enquiry: Enquiry, level: Level, why: Why, at: datetime | None = None) -> None:
    """Write who is about to read what, and why. Whatever it raises, nothing is shown."""
    at = at or timezone.now()
    AccessRecord.objects.note(
        enquiry_id=enquiry.pk, reader_id=actor.person_id, level=level, why=why, at=at, quarter=quarter_of(at)
    )


# ── The contact card ──────────────────────────────────────────────────────────────────────────────
def open_card(*, actor: Actor, enquiry: Enquiry, why: str, at: datetime | None = None) -> None:
    """Note why a coordinator, or whoever stands in for her, needs the card: she sees it for a quarter of an hour.

    `enquiry` is a row of her académie (`listed_for`). Raises DomainError for a reason that is not in the list.
    """
    if why not in CARD_REASONS:
        raise DomainError("Choisissez un motif dans la liste.")
    if not permissions.stands_in(actor, enquiry):
        raise NotAllowed("La carte de contact s’ouvre à la coordination de l’académie.")
    record_reading(actor=actor, enquiry=enquiry, level=Level.CARD, why=Why(why), at=at)


def has_card_open(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> bool:
    """True for a quarter of an hour after the reason was given."""
    since = (at or timezone.now()) - QUARTER
    return enquiry.readings.filter(reader_id=actor.person_id, level=Level.CARD, at__gt=since).exists()


# ── Exceptional access ────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def open_exceptionally(*, actor: Actor, enquiry: Enquiry, reason: str, at: datetime | None = None) -> BreakGlass:
    """Open the content to a coordinator for one hour; the author and a witness are told who and, on her page, why.

    `enquiry` is a row of her académie with its card. The witness is another coordinator who may meet it, else the
    data-protection officer. Raises DomainError without a reason or a witness.
    """
    at = at or timezone.now()
    if actor.person_id is None or not permissions.coordinates(actor, enquiry):
        raise NotAllowed("L’accès exceptionnel est réservé à la coordination de l’académie.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise DomainError("Dites en une phrase pourquoi : la personne la lira.")
    witness = _witness(actor, enquiry, at=at)
    if witness is None and not settings.PROXIRH_DPO_MAIL:
        raise DomainError(NO_WITNESS)
    opening = BreakGlass(
        enquiry=enquiry,
        person_id=actor.person_id,
        witness=witness,
        reason=reason.strip(),
        opened_at=at,
        until=at + HOUR,
    )
    opening.save(force_insert=True)
    record_reading(actor=actor, enquiry=enquiry, level=Level.CONTENT, why=Why.EXCEPTIONAL, at=at)
    journal.record(
        actor=actor.label,
        verb="demande.accès_exceptionnel",
        subject=enquiry,
        at=at,
        opening=str(opening.uid),
        witness=witness.pk if witness else None,
    )
    notices.tell_of_exceptional_access(enquiry, opening, at=at)
    return opening


def _witness(actor: Actor, enquiry: Enquiry, *, at: datetime) -> Person | None:
    """Another coordinator of the académie, whom no conflict of interest keeps from it: always the same, the first."""
    row = Enquiry.objects.for_system("témoin d’un accès exceptionnel").to_route().get(pk=enquiry.pk)
    day = local_day(at, row.department.time_zone)
    serving = Posting.objects.filter(on_day(day), role=Role.COORDINATOR, academy_id=enquiry.academy_id)
    keys = set(serving.values_list("person_id", flat=True)) - kept_away(asking_of(row), day=day) - {actor.person_id}
    people = Person.objects.filter(pk__in=keys, staff_address__isnull=False).select_related("data_key")
    return people.order_by("pk").first()


# ── On the telephone ──────────────────────────────────────────────────────────────────────────────
def find_by_call_code(*, actor: Actor, reference: str, code: str, at: datetime | None = None) -> Enquiry:
    """Where an enquiry stands, for an HR officer who was told its reference and its call code.

    An unknown reference, a wrong code and a conflict of interest are told alike; one merged into another tells where
    that other stands. Raises DomainError, NotAllowed, TooManyTries past sixty calls an hour by one officer or six codes
    tried on one reference.
    """
    at = at or timezone.now()
    if not permissions.answers_the_phone(actor):
        raise NotAllowed("Cette page est réservée aux gestionnaires RH.")
    is_within = limits.attempt("call", actor.label, limit=CALLS_PER_HOUR, per=HOUR, at=at)
    if not (is_within and limits.attempt("call-code", reference, limit=TRIES_PER_REFERENCE, per=HOUR, at=at)):
        raise TooManyTries("Trop d’essais. Attendez une heure, ou proposez à la personne d’être rappelée.")
    found = Enquiry.objects.for_system("code d’appel").to_tell(actor).filter(reference=reference).first()
    if found is None or not hmac.compare_digest(found.call_code.encode(), code.encode()):
        raise DomainError(NOT_TOGETHER)
    if found.state == State.MERGED:
        found = Enquiry.objects.for_system("code d’appel").to_tell(actor).holding(found.uid).first()
        if found is None:
            raise DomainError(NOT_TOGETHER)
    record_reading(actor=actor, enquiry=found, level=Level.SITUATION, why=Why.CALL_CODE, at=at)
    return found
