"""Who helps in a département, as everyone may read it: teams, cells, the listening cell, partners; no person’s name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from proxirh.territories.actor import on_day
from proxirh.territories.models import Academy, Coverage, Department, Partner, Site, Team, TeamKind

RECEIVING = (TeamKind.COUNSELLING, TeamKind.HR_OFFICERS)


@dataclass(frozen=True, slots=True)
class Helper:
    """A team, under its neutral name, and the number that reaches it, "" when there is none."""

    name: str
    number: str
    is_counselling: bool = False


@dataclass(frozen=True, slots=True)
class HelpingPartner:
    """A partner, and whether nobody has confirmed it for six months."""

    partner: Partner
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class Help:
    """All of it; `is_open` is false where the service does not answer yet."""

    academy: Academy
    is_open: bool
    teams: Sequence[Helper]
    cells: Sequence[Helper]
    partners: Sequence[HelpingPartner]


def who_helps(department: Department, *, day: date) -> Help:
    """On that day, in two queries; `department` comes with its académie."""
    academy = department.academy
    teams = [one for one in _teams(department, day) if not one.is_listening]
    partners = Partner.objects.usable(department, day).order_by("name", "pk")
    return Help(
        academy=academy,
        is_open=academy.opened_on is not None and academy.opened_on <= day,
        teams=[_told(one) for one in teams if one.kind in RECEIVING],
        cells=[_told(one) for one in teams if one.kind == TeamKind.CELL],
        partners=[HelpingPartner(one, one.is_flagged(day)) for one in partners],
    )


def _teams(department: Department, day: date) -> QuerySet[Team]:
    """Those that receive somewhere in the département, and the cells of its académie."""
    basins = Site.objects.filter(department=department, basin__isnull=False).values("basin_id")
    there = (
        Q(department=department)
        | Q(academy_id=department.academy_id)
        | Q(circonscription__department=department)
        | Q(site__department=department)
        | Q(basin_id__in=basins)
    )
    receiving = Coverage.objects.filter(on_day(day), there).order_by().values("team_id")
    here = Q(kind__in=RECEIVING, pk__in=receiving) | Q(kind=TeamKind.CELL, academy_id=department.academy_id)
    return Team.objects.filter(on_day(day), here).select_related("academy").order_by("kind", "name", "pk")


def _told(team: Team) -> Helper:
    """A cell has its own number or none: the one of the service would not reach it."""
    number = team.phone if team.kind == TeamKind.CELL else team.call_number
    return Helper(team.neutral_name, number, is_counselling=team.kind == TeamKind.COUNSELLING)
