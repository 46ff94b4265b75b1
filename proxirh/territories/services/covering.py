"""Perimeters change from a day on: what was sent before keeps its team, and what held is never written over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Model, QuerySet
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor
from proxirh.territories.models import (
    Academy,
    Basin,
    Circonscription,
    Coverage,
    Department,
    Site,
    StaffCategory,
    Team,
    TeamKind,
    Topic,
)
from proxirh.territories.permissions import can_run_academy
from proxirh.territories.services.routing import MANAGEMENT_BRANCH, RECEIVING_TEAMS

ONE_DAY = timedelta(days=1)
NOT_YOURS = "Les périmètres sont à la coordination de l’académie."
PAST = "Ce jour est passé. Un périmètre change à partir d’aujourd’hui ou d’un jour à venir."


FIELDS = {
    Academy: "academy",
    Department: "department",
    Basin: "basin",
    Circonscription: "circonscription",
    Site: "site",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a team answers: these posts and these topics; none named means all of them."""

    categories: Sequence[StaffCategory] = ()
    topics: Sequence[Topic] = ()


def coverages_of(academy: Academy) -> QuerySet[Coverage]:
    """Perimeters of the teams that receive for this académie, with what they name."""
    rows = Coverage.objects.filter(team__academy=academy, team__kind__in=RECEIVING_TEAMS.values())
    return rows.select_related("team__academy", *Coverage.ZONES).prefetch_related("categories", "topics")


@transaction.atomic
def cover(
    *,
    actor: Actor,
    team: Team,
    zones: Sequence[Model],
    scope: Scope,
    valid_from: date,
    valid_until: date | None = None,
    at: datetime | None = None,
) -> list[Coverage]:
    """Open one perimeter a zone, from a day that is not past.

    Raises NotAllowed outside one’s académie, DomainError for a zone elsewhere, a past day, a team that could never
    receive it, or what the team covers already.
    """
    at = at or timezone.now()
    if not can_run_academy(actor, team.academy):
        raise NotAllowed(NOT_YOURS)
    _check_days(valid_from, valid_until, at=at)
    _check_scope(team, scope)
    _take_turn(team)
    opened = []
    for zone in zones:
        if _academy_id(zone) != team.academy_id:
            raise DomainError(f"{zone} est d’une autre académie.")
        coverage = Coverage(team=team, valid_from=valid_from, valid_until=valid_until, **{_field_of(zone): zone})
        if _is_held(coverage, scope):
            raise DomainError(f"Cette équipe couvre déjà cela pour « {zone} » à ces dates.")
        opened.append(_open(coverage, scope))
    _record(actor, "périmètre.ouvert", team, opened, at=at, le=valid_from)
    return opened


@transaction.atomic
def end_coverage(*, actor: Actor, coverage: Coverage, last_day: date, at: datetime | None = None) -> None:
    """Its last day; one that has not begun by then never was. Enquiries already received stay with the team."""
    at = at or timezone.now()
    if not can_run_academy(actor, coverage.team.academy):
        raise NotAllowed(NOT_YOURS)
    if last_day < timezone.localdate(at) - ONE_DAY:
        raise DomainError(PAST)
    if coverage.valid_until is not None and coverage.valid_until <= last_day:
        raise DomainError("Ce périmètre finit déjà avant ce jour.")
    _end(coverage, last_day)
    _record(actor, "périmètre.fini", coverage.team, [coverage], at=at, le=last_day)


@transaction.atomic
def change_coverage(
    *, actor: Actor, coverage: Coverage, scope: Scope, from_day: date, at: datetime | None = None
) -> Coverage:
    """From a day on, the same zone with other posts or topics: a new version, beside the former one kept as it was."""
    at = at or timezone.now()
    if not can_run_academy(actor, coverage.team.academy):
        raise NotAllowed(NOT_YOURS)
    _check_days(from_day, coverage.valid_until, at=at)
    _check_scope(coverage.team, scope)
    _take_turn(coverage.team)
    changed = Coverage(
        team=coverage.team,
        valid_from=max(from_day, coverage.valid_from),
        valid_until=coverage.valid_until,
        **{coverage.zone_name: coverage.zone},
    )
    if _is_held(changed, scope):
        raise DomainError("Rien ne change : cette équipe couvre déjà cela à cet endroit.")
    _end(coverage, changed.valid_from - ONE_DAY)
    opened = _open(changed, scope)
    _record(actor, "périmètre.changé", coverage.team, [opened], at=at, le=changed.valid_from)
    return opened


def _record(actor: Actor, verb: str, team: Team, coverages: Sequence[Coverage], *, at: datetime, le: date) -> None:
    """One line of the journal: which team, how many perimeters, from or until when."""
    journal.record(actor=actor.label, verb=verb, subject=team, at=at, le=le.isoformat(), combien=len(coverages))


def _field_of(zone: Model) -> str:
    return FIELDS[type(zone)]


def _academy_id(zone: Any) -> int:
    if isinstance(zone, Academy):
        return zone.pk
    if isinstance(zone, Department | Basin):
        return zone.academy_id
    return zone.department.academy_id


def _check_days(valid_from: date, valid_until: date | None, *, at: datetime) -> None:
    if valid_from < timezone.localdate(at):
        raise DomainError(PAST)
    if valid_until is not None and valid_until < valid_from:
        raise DomainError("La fin précède le début.")


def _check_scope(team: Team, scope: Scope) -> None:
    """HR officers answer management questions and nothing else: any other topic would reach nobody."""
    if team.kind not in RECEIVING_TEAMS.values():
        raise DomainError("Cette équipe ne reçoit pas de demandes.")
    if team.kind != TeamKind.HR_OFFICERS:
        return
    if any(topic.branch_code != MANAGEMENT_BRANCH for topic in scope.topics):
        raise DomainError("Une équipe de gestionnaires ne reçoit que les questions de gestion.")


def _take_turn(team: Team) -> None:
    """Whoever changes what the same team covers waits here for the other, then reads what she wrote."""
    Team.objects.filter(pk=team.pk).update(valid_from=F("valid_from"))


def _is_held(coverage: Coverage, scope: Scope) -> bool:
    """True when the same team covers the very same on some of these days."""
    rows = Coverage.objects.filter(team=coverage.team, **{coverage.zone_name: coverage.zone})
    rows = rows.exclude(valid_until__lt=coverage.valid_from)
    if coverage.valid_until is not None:
        rows = rows.exclude(valid_from__gt=coverage.valid_until)
    asked = ({one.pk for one in scope.categories}, {one.pk for one in scope.topics})
    return any(
        asked == ({one.pk for one in row.categories.all()}, {one.pk for one in row.topics.all()})
        for row in rows.prefetch_related("categories", "topics")
    )


def _open(coverage: Coverage, scope: Scope) -> Coverage:
    coverage.save(force_insert=True)
    coverage.categories.set(scope.categories)
    coverage.topics.set(scope.topics)
    return coverage


def _end(coverage: Coverage, last_day: date) -> None:
    """Raises StaleState when someone has just changed it."""
    if coverage.valid_from > last_day:
        held = Coverage.objects.filter(pk=coverage.pk, valid_until=coverage.valid_until)
        if not held.delete()[0]:
            raise StaleState("Ce périmètre vient de changer. Relisez-le.")
        return
    swap(coverage, {"valid_until": coverage.valid_until}, {"valid_until": last_day})
