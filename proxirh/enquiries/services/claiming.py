"""An enquiry typed by a colleague becomes its author’s with the code given by word of mouth."""

import hmac
import uuid
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from proxirh.accounts.models import Address, Person, address_index
from proxirh.enquiries import notices, permissions
from proxirh.enquiries.models import Enquiry, NotesRequest
from proxirh.enquiries.services.asking import claim_digest
from proxirh.enquiries.services.treating import NOT_IN_CHARGE
from proxirh.kernel import encryption, journal, limits, tokens
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState, TooManyTries
from proxirh.kernel.workflow import swap
from proxirh.scheduling.services.same_person import follow_person
from proxirh.territories.actor import Actor

MOST_TRIES = 5
TRIES_PER_HOUR = 10
CODE_DIGITS = 6
WRONG_CODE = (
    "Cette référence et ce code ne vont pas ensemble, ou ce code a servi cinq fois. Vérifiez-les ; s’ils sont "
    "justes, demandez un nouveau code à la personne qui a saisi la demande."
)
NOT_FOR_A_COLLEAGUE = "Vous avez eu cette demande en main comme membre du service : elle ne peut pas devenir la vôtre."


def find_disowned(token: str) -> Enquiry | None:
    """The enquiry that a mailed « ce n’est pas moi » names, while it waits for its author; None for anything else."""
    try:
        enquiry_uid = uuid.UUID(signing.loads(token, salt=notices.DISOWNING))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Enquiry.objects.for_system("« ce n’est pas moi »").to_claim().filter(uid=enquiry_uid).first()


@transaction.atomic
def disown_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """« Ce n’est pas moi »: the address is cut off at once and the team is told to check it; twice is the same as once.

    `enquiry` comes from `find_disowned`, or from the list of what was typed for a proved address.
    """
    at = at or timezone.now()
    if enquiry.disowned_at is not None:
        return
    try:
        swap(enquiry, {"disowned_at": None, "claim_digest": enquiry.claim_digest}, {"disowned_at": at})
    except StaleState:  # said in another tab, or recognised meanwhile by its author: the address is cut off either way
        return
    journal.record(actor=actor.label, verb="demande.pas_moi", subject=enquiry, at=at)
    notices.tell_lead(enquiry, kind="disowned", dedupe_key=f"disowned:{enquiry.uid}", at=at)


def claim_enquiry(*, actor: Actor, reference: str, code: str, at: datetime | None = None) -> Enquiry:
    """Give the enquiry to the signed-in person who says its reference and the spoken code; returns its row.

    An unknown reference, a wrong code and a code tried five times are told alike. Raises DomainError, NotAllowed for a
    colleague who typed it or had it in hand, TooManyTries after ten tries an hour by one person.
    """
    at = at or timezone.now()
    if actor.person_id is None:
        raise NotAllowed("Connectez-vous d’abord : un code arrive à votre adresse.")
    if not limits.attempt("claim", actor.label, limit=TRIES_PER_HOUR, per=timedelta(hours=1), at=at):
        raise TooManyTries("Trop d’essais. Attendez une heure, ou appelez l’équipe qui suit votre demande.")
    rows = Enquiry.objects.for_system("essai du code donné de vive voix").to_claim().filter(reference=reference)
    if not rows.filter(claim_tries__lt=MOST_TRIES).update(claim_tries=F("claim_tries") + 1):
        raise DomainError(WRONG_CODE)
    enquiry = rows.get()
    if not _is_spoken_code(enquiry, code):
        raise DomainError(WRONG_CODE)
    if rows.once_in_hands_of(actor).exists():
        raise NotAllowed(NOT_FOR_A_COLLEAGUE)
    _give(actor, enquiry, at=at)
    return enquiry


def _is_spoken_code(enquiry: Enquiry, code: str) -> bool:
    kept = bytes(enquiry.claim_digest or b"")
    if hmac.compare_digest(claim_digest(enquiry, code), kept):
        return True
    return encryption.is_index_of(kept, f"claim:{enquiry.uid}", code)  # as they were made before


@transaction.atomic
def _give(actor: Actor, enquiry: Enquiry, *, at: datetime) -> None:
    """The typed person gives way to the one who exists, and an address that was not hers to one she has proved."""
    typed_id = enquiry.author_id
    swap(
        enquiry,
        {"author_id": typed_id, "claim_digest": enquiry.claim_digest},
        {"author_id": actor.person_id, "claim_digest": None, "disowned_at": None},
    )
    mine = Enquiry.objects.visible_to(actor).get(pk=enquiry.pk)
    if mine.address_index is None or bytes(mine.address_index) not in actor.addresses:
        proved = Address.objects.filter(user_id=actor.user_id or 0).select_related("data_key").order_by("pk").first()
        address = proved.ciphertext if proved else ""
        if (former := mine.contact.get("email")) and enquiry.disowned_at is None:
            notices.tell_former_address(mine, address=former, at=at)
        mine.contact = {**mine.contact, "email": address}
        mine.address_index = address_index(address) if address else None
        mine.save(update_fields=["contact", "address_index"])
    mine.messages.filter(sender_id=typed_id).update(sender_id=actor.person_id)
    _forget(typed_id)
    journal.record(actor=actor.label, verb="demande.reconnue", subject=enquiry, at=at)


@transaction.atomic
def give_writings(*, former_id: int, staff_id: int) -> None:
    """What someone asked before her staff person was hers, notes included, becomes that person’s
    (`settings.WRITINGS_TO_STAFF`)."""
    written = Enquiry.objects.for_system("une seule et même personne").filter(author_id=former_id)
    for enquiry in written:
        enquiry.messages.filter(sender_id=former_id).update(sender_id=staff_id)
    written.update(author_id=staff_id)
    NotesRequest.objects.of_former(former_id).update(person_id=staff_id)
    follow_person(former_id=former_id, staff_id=staff_id)
    _forget(former_id)


def _forget(person_id: int) -> None:
    """Erase someone who existed as an author only, once nothing is hers any more."""
    person = Person.objects.select_related("data_key").get(pk=person_id)
    hers = Enquiry.objects.for_system("reste-t-il une demande ?").filter(author_id=person_id)
    if person.user_id is None and not hers.exists():
        person.delete()
        person.data_key.delete()


@transaction.atomic
def renew_claim_code(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> str:
    """A fresh code to say to the author, shown once; the former one stops working."""
    if not permissions.can_renew_code(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    if not permissions.awaits_claim(enquiry):
        raise DomainError("Cette demande a déjà été reconnue par son auteur : aucun code n’est nécessaire.")
    code = tokens.digits(CODE_DIGITS)
    swap(
        enquiry,
        {"claim_digest": enquiry.claim_digest},
        {"claim_digest": claim_digest(enquiry, code), "claim_tries": 0},
    )
    journal.record(actor=actor.label, verb="demande.code_donné", subject=enquiry, at=at or timezone.now())
    return code
