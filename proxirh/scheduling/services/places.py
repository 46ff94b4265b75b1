"""Where an académie meets people, and what it promises about its appointments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.workflow import swap
from proxirh.scheduling.models import AgendaRules, MeetingPlace
from proxirh.scheduling.services.rules import rules_of, why_no_room
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Department, Site
from proxirh.territories.permissions import can_run_academy

NOT_YOURS = "Les lieux de rendez-vous sont à la coordination de l’académie."
SAME_NAME = "Un lieu de ce nom existe déjà dans ce département. Précisez le nom."


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a place."""

    name: str
    address: str = ""
    way_in: str = ""
    travel_minutes: int = 30


def places_of(academy: Academy) -> list[MeetingPlace]:
    """Those of an académie, closed ones last."""
    rows = MeetingPlace.objects.filter(department__academy=academy).select_related("department", "site")
    return list(rows.order_by("-is_open", "department__code", "name"))


def places_offered(departments: Iterable[Department]) -> list[MeetingPlace]:
    """Places in use in these départements."""
    return list(MeetingPlace.objects.filter(department__in=list(departments), is_open=True))


def add_place(
    *,
    actor: Actor,
    department: Department,
    facts: Facts,
    site: Site | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> MeetingPlace:
    """One more place; its clock is that of the school when it has its own, else of the département.

    The same key twice gives the same. Raises DomainError for a name taken, or a school elsewhere.
    """
    at = at or timezone.now()
    if not can_run_academy(actor, department.academy):
        raise NotAllowed(NOT_YOURS)
    if site is not None and site.department_id != department.pk:
        raise DomainError("Cet établissement est dans un autre département.")
    zone = (site.own_time_zone if site else "") or department.time_zone
    written = {"department": department, "site": site, "time_zone": zone, **_columns(facts)}
    try:
        with transaction.atomic():
            made = MeetingPlace.objects.create(idempotency_key=key, **written)
            journal.record(actor=actor.label, verb="lieu.ajouté", subject=made, at=at)
    except IntegrityError:
        sent = MeetingPlace.objects.filter(idempotency_key=key, department=department).first() if key else None
        if sent is None or sent.name != facts.name:
            raise DomainError(SAME_NAME) from None
        return sent
    return made


def correct_place(*, actor: Actor, place: MeetingPlace, facts: Facts, at: datetime | None = None) -> None:
    """Write it anew; what was said to people who come is what they read from now on."""
    at = at or timezone.now()
    if not can_run_academy(actor, place.department.academy):
        raise NotAllowed(NOT_YOURS)
    told = {name: getattr(place, name) for name in _columns(facts)}
    if told == _columns(facts):
        return
    try:
        with transaction.atomic():
            swap(place, told, _columns(facts))
            journal.record(actor=actor.label, verb="lieu.corrigé", subject=place, at=at)
    except IntegrityError:
        raise DomainError(SAME_NAME) from None


@transaction.atomic
def use_place(*, actor: Actor, place: MeetingPlace, is_open: bool, at: datetime | None = None) -> None:
    """Offer it no longer, or again; openings and appointments there stand. Twice is the same as once."""
    at = at or timezone.now()
    if not can_run_academy(actor, place.department.academy):
        raise NotAllowed(NOT_YOURS)
    if not MeetingPlace.objects.filter(pk=place.pk, is_open=not is_open).update(is_open=is_open):
        return
    place.is_open = is_open
    journal.record(actor=actor.label, verb="lieu.rouvert" if is_open else "lieu.fermé", subject=place, at=at)


@transaction.atomic
def set_rules(
    *, actor: Actor, academy: Academy, video_pattern: str | None = None, at: datetime | None = None, **values: int
) -> AgendaRules:
    """How long, how early, how late, and where one meets on a screen: for the appointments taken from now on.

    Without `video_pattern`, that stays as it is.
    """
    at = at or timezone.now()
    if not can_run_academy(actor, academy):
        raise NotAllowed(NOT_YOURS)
    if values["notice_hours"] >= 24 * values["horizon_days"]:
        raise DomainError("On ne pourrait jamais réserver : ouvrez l’agenda plus loin que ce délai.")
    if video_pattern and (why := why_no_room(video_pattern)):
        raise DomainError(why)
    before = rules_of(academy)
    pattern = before.video_pattern if video_pattern is None else video_pattern
    asked: dict[str, Any] = {**values, "video_pattern": pattern}
    if all(getattr(before, name) == value for name, value in asked.items()) and before.pk:
        return before
    rules, _ = AgendaRules.objects.update_or_create(academy=academy, defaults=asked)
    journal.record(
        actor=actor.label, verb="agenda.réglé", subject=rules, at=at, visio="oui" if pattern else "non", **values
    )
    return rules


def _columns(facts: Facts) -> dict[str, str | int]:
    return {name: getattr(facts, name) for name in ("name", "address", "way_in", "travel_minutes")}
