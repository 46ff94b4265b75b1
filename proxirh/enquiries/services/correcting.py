"""An author corrects what she said of herself on an open enquiry: how to reach her, her wishes, where she works."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from proxirh.accounts.models import Address, address_index, address_indexes
from proxirh.enquiries import freshness, notices, permissions
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.rerouting import reconsider
from proxirh.enquiries.services.unbooking import correct_guest
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.territories.actor import Actor
from proxirh.territories.models import Site
from proxirh.territories.services.sites import is_shared_mailbox

CONTACT = ("first_name", "last_name", "email", "phone")
WISHES = ("means", "times", "may_leave_voicemail", "not_at_work")
NOT_HERS = "Seule la personne qui a fait cette demande peut la corriger."
ENDED = "Cette demande n’est plus ouverte : elle ne se corrige plus. Vous pouvez l’effacer, ou en faire une nouvelle."
UNPROVED = "Cette adresse n’est pas encore la vôtre ici : ajoutez-la d’abord, un code y arrive."
ELSEWHERE = (
    "Ce lieu est dans un autre département : une autre équipe vous y répond. Faites-y une nouvelle demande, ou "
    "dites-le par un message à la personne qui vous suit."
)
UNREACHABLE = "Gardez une adresse électronique ou un téléphone : sinon, nous ne pourrions pas vous répondre."
CHANGED = (
    "Vos coordonnées ont été corrigées dans une autre page. Relisez ce que vous avez écrit : "
    "l’enregistrer remplace cette correction."
)


@dataclass(frozen=True, slots=True)
class Correction:
    """What she says now, whole: what did not change is said again. `site` is None where it is not in the list."""

    first_name: str
    last_name: str
    email: str
    phone: str
    means: Sequence[str]
    times: Sequence[str]
    may_leave_voicemail: bool
    not_at_work: bool
    site: Site | None


def tag_of_contact(enquiry: Enquiry) -> str:
    """Short print of what the page showed to correct."""
    said = json.dumps([enquiry.contact, enquiry.wishes, enquiry.site_id], sort_keys=True)
    return hashlib.blake2s(said.encode(), digest_size=8).hexdigest()


def addresses_to_choose(actor: Actor, enquiry: Enquiry) -> list[str]:
    """Where this enquiry may be answered: the address it has, and those she has proved that nobody else reads."""
    proved = Address.objects.filter(user_id=actor.user_id or 0).select_related("data_key").order_by("kind", "pk")
    hers = [one.ciphertext for one in proved]
    current = enquiry.contact.get("email", "")
    return list(dict.fromkeys([*filter(None, [current]), *(one for one in hers if not is_shared_mailbox(one))]))


@transaction.atomic
def correct_enquiry(
    *, actor: Actor, enquiry: Enquiry, correction: Correction, seen: str, at: datetime | None = None
) -> tuple[str, ...]:
    """Write what changed and return the names of these fields; the journal keeps the names, never what they held.

    Whoever has it in hand is told when the telephone changed, a former address when another takes its place. Another
    place may keep someone away: the enquiry is offered again if so. Raises NotAllowed, DomainError, or StaleState when
    another page corrected it meanwhile.
    """
    if not permissions.is_author(actor, enquiry):
        raise NotAllowed(NOT_HERS)
    if not enquiry.is_open:
        raise DomainError(ENDED)
    if seen != tag_of_contact(enquiry):
        raise StaleState(CHANGED)
    at = at or timezone.now()
    former = dict(enquiry.contact)
    _check(actor, enquiry, correction)
    changed = _changed(enquiry, correction)
    if not changed:
        return ()
    freshness.write(enquiry, **_columns(enquiry, correction, changed))
    journal.record(actor=actor.label, verb="demande.corrigée", subject=enquiry, at=at, fields=list(changed))
    if "phone" in changed:
        notices.tell_lead(enquiry, kind="contact_corrected", at=at)
    if "email" in changed and former.get("email"):
        notices.tell_replaced_address(enquiry, address=former["email"], at=at)
    if {"first_name", "last_name", "email", "phone"} & set(changed):
        correct_guest(enquiry, at=at)
    if "site" in changed:
        reconsider(enquiry.pk, at=at)
    return changed


def _check(actor: Actor, enquiry: Enquiry, said: Correction) -> None:
    if not (said.email or said.phone):
        raise DomainError(UNREACHABLE)
    if said.email != enquiry.contact.get("email", ""):
        if not actor.addresses.intersection(address_indexes(said.email)):
            raise DomainError(UNPROVED)
        if is_shared_mailbox(said.email):
            raise DomainError(UNPROVED)
    if said.site is not None and said.site.department_id != enquiry.department_id:
        raise DomainError(ELSEWHERE)


def _changed(enquiry: Enquiry, said: Correction) -> tuple[str, ...]:
    contact = [name for name in CONTACT if getattr(said, name) != enquiry.contact.get(name, "")]
    wishes = [name for name in WISHES if _plain(getattr(said, name)) != _plain(enquiry.wishes.get(name))]
    place = ["site"] if (said.site.pk if said.site else None) != enquiry.site_id else []
    return (*contact, *wishes, *place)


def _plain(value: Any) -> Any:
    """As the wishes hold it: lists whatever their order, and nothing for what was never asked."""
    return sorted(value) if isinstance(value, (list, tuple)) else value or []


def _columns(enquiry: Enquiry, said: Correction, changed: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"contact": {**enquiry.contact, **{name: getattr(said, name) for name in CONTACT}}}
    wishes = {name: getattr(said, name) for name in WISHES}
    found["wishes"] = {**enquiry.wishes, **wishes, "means": list(said.means), "times": list(said.times)}
    if not said.phone:
        found["wants_call_today"] = False
    if "email" in changed:
        found["address_index"] = address_index(said.email)
    if "site" in changed:
        found |= {
            "site_id": said.site.pk if said.site else None,
            "circonscription_id": said.site.circonscription_id if said.site else None,
            "division_id": None,
        }
    return found
