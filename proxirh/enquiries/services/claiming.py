"""An enquiry typed by a colleague becomes its author's with the code given by word of mouth."""

import hmac
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from proxirh.enquiries import notices
from proxirh.enquiries.models import Enquiry
from proxirh.kernel import encryption, journal
from proxirh.kernel.errors import DomainError, TooManyTries
from proxirh.territories.actor import Actor

MOST_TRIES = 5


@transaction.atomic
def disown_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """« Ce n’est pas moi »: the address is cut off at once and the team is told to check it."""
    at = at or timezone.now()
    enquiry.disowned_at = at
    enquiry.save(update_fields=["disowned_at"])
    journal.record(actor=actor.label, verb="demande.pas_moi", subject=enquiry, at=at)
    notices.tell_lead(enquiry, kind="disowned", dedupe_key=f"disowned:{enquiry.uid}", at=at)


def claim_enquiry(*, actor: Actor, enquiry: Enquiry, code: str, at: datetime | None = None) -> None:
    """Give the enquiry to the person who proved the address and now says the spoken code.

    Raises DomainError for a wrong code, TooManyTries after five.
    """
    at = at or timezone.now()
    counted = Enquiry.objects.for_system("essai du code donné de vive voix").filter(
        pk=enquiry.pk, claim_tries__lt=MOST_TRIES, claim_digest__isnull=False
    )
    if not counted.update(claim_tries=F("claim_tries") + 1):
        raise TooManyTries("Trop d’essais. Demandez un nouveau code à la personne qui a saisi la demande.")
    digest = encryption.blind_index(f"claim:{enquiry.uid}", "".join(code.split()))
    if not hmac.compare_digest(digest, bytes(enquiry.claim_digest or b"")):
        raise DomainError("Ce n’est pas le code qui vous a été donné. Vérifiez-le et recommencez.")
    with transaction.atomic():
        enquiry.author_id = actor.person_id
        enquiry.claim_digest = None
        enquiry.save(update_fields=["author", "claim_digest"])
        journal.record(actor=actor.label, verb="demande.reconnue", subject=enquiry, at=at)
