"""The directory of external partners: added, corrected, confirmed and withdrawn by whoever runs the académie.

The national one is the administrator's. Nothing is deleted: what a counsellor once gave still tells whom it named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Department, Partner, Topic
from proxirh.territories.models.partners import PartnerQuerySet
from proxirh.territories.permissions import can_run_directory

NOT_YOURS = "L’annuaire est à la coordination de l’académie."
SAME_NAME = "L’annuaire a déjà un interlocuteur de ce nom. Corrigez celui-là, ou précisez le nom."
UNREACHABLE = "Donnez au moins un moyen de le joindre : un téléphone, un site ou une adresse."
GONE = "Cet interlocuteur est retiré de l’annuaire."
ELSEWHERE = "Un département est d’une autre académie."


def partners_of(academy: Academy | None) -> PartnerQuerySet:
    """Those of one directory, withdrawn ones included, with where and for what they help."""
    rows = Partner.objects.of_directory(academy).select_related("academy")
    return rows.prefetch_related("departments", "topics")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the directory says of a partner; no département means the whole académie, no topic means all of them."""

    name: str
    purpose: str
    departments: Sequence[Department] = ()
    topics: Sequence[Topic] = ()
    address: str = ""
    phone: str = ""
    website: str = ""
    hours: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """Those that stand on the row itself."""
        return {name: getattr(self, name) for name in ("name", "purpose", "address", "phone", "website", "hours")}


def add_partner(
    *, actor: Actor, academy: Academy | None, facts: Facts, key: UUID | None = None, at: datetime | None = None
) -> Partner:
    """Write one more in a directory, confirmed today by whoever writes it; the same key twice gives the same.

    Raises NotAllowed outside one's directory, DomainError for a name taken or a département elsewhere.
    """
    at = at or timezone.now()
    facts = _check(actor, academy, facts)
    if key and (sent := _sent(academy, key)):
        return sent
    made = Partner(academy=academy, confirmed_on=timezone.localdate(at), changed_at=at, **facts.columns)
    made.confirmed_by_id = actor.person_id
    if key:
        made.uid = key
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            made.departments.set(facts.departments)
            made.topics.set(facts.topics)
            journal.record(actor=actor.label, verb="interlocuteur.ajouté", subject=made, at=at)
    except IntegrityError:
        sent = _sent(academy, key) if key else None
        if sent is None:
            raise DomainError(SAME_NAME) from None
        return sent
    return made


def correct_partner(*, actor: Actor, partner: Partner, facts: Facts, at: datetime | None = None) -> None:
    """Write it anew: whoever corrects it has checked it, so that it is confirmed as of today.

    Raises StaleState when a colleague wrote it meanwhile, DomainError once withdrawn.
    """
    at = at or timezone.now()
    facts = _check(actor, partner.academy, facts)
    try:
        with transaction.atomic():
            _write(actor, partner, at, **facts.columns)
            partner.departments.set(facts.departments)
            partner.topics.set(facts.topics)
            journal.record(actor=actor.label, verb="interlocuteur.corrigé", subject=partner, at=at)
    except IntegrityError:
        raise DomainError(SAME_NAME) from None


@transaction.atomic
def confirm_partner(
    *, actor: Actor, partner: Partner, seen: datetime | None = None, at: datetime | None = None
) -> None:
    """« Toujours exact »: what she read holds today. Twice the same day is the same as once.

    `seen` is when the facts on her page were written: raises StaleState when they are others by now.
    """
    at = at or timezone.now()
    _check_runs(actor, partner.academy)
    if (partner.confirmed_on, partner.confirmed_by_id) == (timezone.localdate(at), actor.person_id):
        return
    if seen is not None and seen != partner.changed_at:
        raise StaleState
    _write(actor, partner, at)
    journal.record(actor=actor.label, verb="interlocuteur.confirmé", subject=partner, at=at)


@transaction.atomic
def withdraw_partner(*, actor: Actor, partner: Partner, at: datetime | None = None) -> None:
    """Show it to nobody from today on; twice is the same as once, and what was given before stays told."""
    at = at or timezone.now()
    _check_runs(actor, partner.academy)
    if not partner.is_open:
        return
    try:
        swap(partner, {"withdrawn_on": None}, {"withdrawn_on": timezone.localdate(at), "changed_at": at})
    except StaleState:
        return
    journal.record(actor=actor.label, verb="interlocuteur.retiré", subject=partner, at=at)


def _write(actor: Actor, partner: Partner, at: datetime, **changes: str) -> None:
    """In one compare-and-swap, confirmed today; raises DomainError once withdrawn."""
    if not partner.is_open:
        raise DomainError(GONE)
    told = {"confirmed_on": timezone.localdate(at), "confirmed_by_id": actor.person_id, "changed_at": at}
    swap(partner, {"withdrawn_on": None, "changed_at": partner.changed_at}, changes | told)


def _check_runs(actor: Actor, academy: Academy | None) -> None:
    if not can_run_directory(actor, academy):
        raise NotAllowed(NOT_YOURS)


def _check(actor: Actor, academy: Academy | None, facts: Facts) -> Facts:
    """What may be written, its name and purpose on one line."""
    _check_runs(actor, academy)
    if not (facts.address or facts.phone or facts.website):
        raise DomainError(UNREACHABLE)
    if academy is not None and any(one.academy_id != academy.pk for one in facts.departments):
        raise DomainError(ELSEWHERE)
    return replace(facts, name=_line(facts.name), purpose=_line(facts.purpose), hours=_line(facts.hours))


def _line(text: str) -> str:
    return " ".join(text.split())


def _sent(academy: Academy | None, key: UUID) -> Partner | None:
    """What the same form has already written in this directory."""
    return Partner.objects.of_directory(academy).filter(uid=key).first()
