"""Erasing everything about oneself, at once: what « Mes données » offers besides one enquiry at a time."""

from datetime import datetime

from django.utils import timezone

from proxirh.accounts.models import User
from proxirh.accounts.services import ACCOUNT, addresses_of, erase_user, person_of
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import ENQUIRY, erase_drafts_of, erase_enquiry, erase_restored
from proxirh.kernel import journal
from proxirh.kernel.erasures import Erasure
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.notifications.services import forget_choices, own_addresses
from proxirh.scheduling.services.forgetting import forget_asked
from proxirh.territories.actor import Actor
from proxirh.territories.services.missions import holds_a_mission

__all__ = ["ON_A_MISSION", "erase_account", "erase_enquiry", "is_back", "is_kept_by_a_mission", "replay"]

ON_A_MISSION = (
    "Votre accès sert à une mission RH : il ne peut pas être effacé tant qu’elle dure. Vous pouvez effacer une à "
    "une les demandes que vous avez faites."
)


def is_kept_by_a_mission(actor: Actor, *, at: datetime | None = None) -> bool:
    """True for whoever works for the service today: her account stays as long as her mission."""
    return actor.user_id is not None and holds_a_mission(user_id=actor.user_id, at=at)


def erase_account(*, actor: Actor, token: str = "", at: datetime | None = None) -> int:
    """Erase all that someone asked, then her account and herself; returns how many enquiries went.

    `token` is that of her browser, whose draft goes too.

    Each enquiry goes by itself: stopped half-way, pressing again goes on. Her visit must be ended afterwards by the
    view, whose account is no more. Never inside a transaction. Raises NotAllowed for a visitor, DomainError for whoever
    holds a mission.
    """
    at = at or timezone.now()
    if actor.user_id is None:
        raise NotAllowed("Connectez-vous d’abord : un code arrive à votre adresse.")
    if is_kept_by_a_mission(actor, at=at):
        raise DomainError(ON_A_MISSION)
    erased = 0
    for enquiry in Enquiry.objects.visible_to(actor).authored_by(actor).select_related("department").order_by("pk"):
        erase_enquiry(actor=actor, enquiry=enquiry, at=at)
        erased += 1
    erase_drafts_of(actor=actor, token=token)
    forget_choices(own_addresses(actor))
    forget_asked(actor=actor, at=at)
    user = User.objects.filter(pk=actor.user_id).first()
    if user is not None:
        erase_user(by=actor.label, user=user, at=at)
    return erased


def is_back(erasure: Erasure) -> bool:
    """True when a restored database holds what had been erased."""
    if erasure.kind == ENQUIRY:
        return Enquiry.objects.for_system("effacement à refaire").filter(uid=erasure.uid).exists()
    return erasure.kind == ACCOUNT and User.objects.filter(uid=erasure.uid).exists()


def replay(erasure: Erasure, *, at: datetime | None = None) -> None:
    """Erase again what a restored database holds; nothing happens when it does not."""
    if erasure.kind == ENQUIRY:
        erase_restored(uid=erasure.uid, at=at)
        return
    user = User.objects.filter(uid=erasure.uid).first()
    if erasure.kind == ACCOUNT and user is not None:
        forget_choices(str(one.ciphertext) for one in addresses_of(user))
        person = person_of(user.pk)
        forget_asked(actor=Actor(person_id=person.pk if person else None, label=journal.SYSTEM), at=at)
        erase_user(by=journal.SYSTEM, user=user, at=at, is_told=True)
