"""Who holds a mission today, and what her colleagues may do for her ways in."""

import uuid
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from proxirh.accounts import services as accounts
from proxirh.accounts.models import Address, Person, address_index
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.territories.actor import Actor, on_day, standing_in
from proxirh.territories.models import Posting
from proxirh.territories.permissions import can_reset_factors

REASONS = {
    "telephone": "Téléphone perdu, volé ou changé",
    "cle": "Clé d’accès ou poste perdu ou changé",
    "codes": "Plus aucun second facteur ni code de secours",
}
NOT_CALLED = "Rappelez d’abord cette personne au numéro que le service connaît."


def holds_a_mission(*, user_id: int, at: datetime | None = None) -> bool:
    """True when the person of this account holds an HR mission today, or stands in for who does; the accounts ask
    (settings.HOLDS_A_MISSION)."""
    day = timezone.localdate(at)
    held = Posting.objects.filter(on_day(day), person__user_id=user_id).values("pk")
    return held.union(standing_in(day).filter(deputy__user_id=user_id).values("pk"), all=True).exists()


def _missions(person: Person, at: datetime | None) -> list[tuple[str, int | None]]:
    held = Posting.objects.filter(on_day(timezone.localdate(at)), person=person)
    return list(held.values_list("role", "academy_id"))


def colleague_by_address(*, actor: Actor, address: str, at: datetime | None = None) -> Person | None:
    """The colleague of this address whom the actor may help; the same None for anyone else."""
    index = address_index(address)
    proved = Address.objects.filter(blind_index=index).values("user_id")
    found = Person.objects.filter(Q(staff_index=index) | Q(user_id__in=proved)).select_related("data_key", "user")
    return next((person for person in found if _may_help(actor, person, at)), None)


def colleague(*, actor: Actor, person_uid: uuid.UUID, at: datetime | None = None) -> Person | None:
    """The same, by the random id of the person."""
    person = Person.objects.filter(uid=person_uid).select_related("data_key", "user").first()
    return person if person and _may_help(actor, person, at) else None


def _may_help(actor: Actor, person: Person, at: datetime | None) -> bool:
    return person.user_id is not None and can_reset_factors(actor, person_id=person.pk, missions=_missions(person, at))


def reset_second_factor(
    *, actor: Actor, person: Person, reason: str, has_called_back: bool, at: datetime | None = None
) -> None:
    """Forget the second factors of a colleague who was called back; her visits end, she is told, she adds one anew."""
    if person.user is None or not _may_help(actor, person, at):
        raise NotAllowed("Vous ne pouvez pas effacer le second facteur de cette personne.")
    if reason not in REASONS:
        raise DomainError("Choisissez une raison dans la liste.")
    if not has_called_back:
        raise DomainError(NOT_CALLED)
    accounts.reset_factors(by=actor.label, user=person.user, reason=reason, at=at)
