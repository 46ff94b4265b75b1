"""Looking for enquiries: how often, and by the exact address of someone, which asks for a reason and is told to her."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from proxirh.enquiries.models import CARD_REASONS, Enquiry, Level, Why
from proxirh.enquiries.querysets import Part
from proxirh.enquiries.services.reading import record_reading
from proxirh.kernel import journal, limits
from proxirh.kernel.encryption import address_indexes
from proxirh.kernel.errors import DomainError, NotAllowed, TooManyTries
from proxirh.territories.actor import Actor

SEARCHES, SEARCHED_WITHIN = 120, timedelta(minutes=10)
BY_ADDRESS, DAY = 5, timedelta(days=1)
MOST_FOUND = 25


def count_search(*, actor: Actor, at: datetime | None = None) -> None:
    """One search more at the desk; raises TooManyTries past 120 in ten minutes, which nobody types."""
    if not limits.attempt("desk-search", actor.label, limit=SEARCHES, per=SEARCHED_WITHIN, at=at):
        raise TooManyTries("Trop de recherches en peu de temps. Attendez dix minutes, puis cherchez de nouveau.")


@transaction.atomic
def find_by_address(*, actor: Actor, address: str, why: str, at: datetime | None = None) -> list[Enquiry]:
    """Rows of the académies that one coordinates, asked with this very address; each author reads who looked, and why.

    Otherwise it would tell whether a colleague has asked for help. Raises NotAllowed, DomainError for a reason that is
    not in the list, TooManyTries past five a day, found or not.
    """
    if actor.person_id is None or not (actor.second_factor and actor.coordinates):
        raise NotAllowed("La recherche par adresse est réservée à la coordination.")
    if why not in CARD_REASONS:
        raise DomainError("Choisissez un motif dans la liste.")
    at = at or timezone.now()
    if not limits.attempt("address-search", actor.label, limit=BY_ADDRESS, per=DAY, at=at):
        raise TooManyTries(
            "Vous avez fait vos cinq recherches par adresse. Demandez sa référence à la personne, ou revenez demain."
        )
    rows = Enquiry.objects.listed_for(actor, part=Part.ACADEMY).filter(academy_id__in=actor.coordinates)
    rows = rows.filter(address_index__in=address_indexes(address))
    found = list(rows.with_places().order_by("-submitted_at", "-uid")[:MOST_FOUND])
    for enquiry in found:
        record_reading(actor=actor, enquiry=enquiry, level=Level.FOUND, why=Why(why), at=at)
        journal.record(actor=actor.label, verb="demande.cherchée_par_adresse", subject=enquiry, at=at, motif=why)
    return found
