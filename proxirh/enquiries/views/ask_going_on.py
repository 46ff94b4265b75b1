"""What one already asks for, told while one asks again: to whoever is signed in, never to whoever types an address."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from proxirh.enquiries import permissions, situation
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import Side
from proxirh.territories.actor import Actor

MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class GoingOn:
    """One open enquiry: who has it, where to write, and whether that is a person."""

    uid: UUID
    reference: str
    who: str
    has_lead: bool


def going_on(actor: Actor) -> dict[str, object]:
    """One’s own open enquiries, the latest first, for the page that asks whether another one is needed."""
    if actor.person_id is None:
        return {}
    own = (
        Enquiry.objects.visible_to(actor, side=Side.AUTHOR)
        .but_waiting_elsewhere()
        .open()
        .order_by("-submitted_at", "-pk")
    )
    rows = own.select_related("data_key", "fact", "team", "lead__data_key")[:MOST_TOLD]
    found = [GoingOn(one.uid, one.reference, situation.who_has(one), one.lead_id is not None) for one in rows]
    return {
        "going_on": found,
        "going_on_title": _title(found),
        "may_type": permissions.can_create_for_someone(actor),
    }


def _title(found: Sequence[GoingOn]) -> str:
    if len(found) > 1:
        return "Vous avez déjà des demandes en cours"
    if found and found[0].has_lead:
        return f"Vous avez déjà une demande suivie par {found[0].who}"
    return "Vous avez déjà une demande en cours"
