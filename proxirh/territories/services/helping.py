"""Who helps in a département, or in a site, as everyone may read it: teams, cells, partners; no person’s name."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Q, QuerySet

from proxirh.territories.actor import on_day
from proxirh.territories.models import Academy, Coverage, Department, Partner, Site, Team, TeamKind
from proxirh.territories.services.gaps import about
from proxirh.territories.services.mesh import Perimeter, read_site

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


@dataclass(frozen=True, slots=True)
class Answering:
    """A team that answers in a site, and for whom: a phrase for each group of posts, of topics when not all of them."""

    helper: Helper
    whom: Sequence[str]


@dataclass(frozen=True, slots=True)
class SiteHelp:
    """What a site has: the teams asked first there, and the partners of its département."""

    academy: Academy
    is_open: bool
    teams: Sequence[Answering]
    partners: Sequence[HelpingPartner]


def who_helps(department: Department, *, day: date) -> Help:
    """On that day, in two queries; `department` comes with its académie."""
    academy = department.academy
    teams = [one for one in _teams(department, day) if not one.is_listening]
    return Help(
        academy=academy,
        is_open=is_open(academy, day),
        teams=[told(one) for one in teams if one.kind in RECEIVING],
        cells=[told(one) for one in teams if one.kind == TeamKind.CELL],
        partners=_partners(department, day),
    )


def who_helps_at(site: Site, *, day: date) -> SiteHelp:
    """On that day, in three queries; `site` comes with its département and its académie.

    A team is told for what no more precise perimeter of a team of its kind takes before it, as an enquiry is routed.
    """
    known, perimeters = read_site(site, day=day)
    first = _asked_first(perimeters)
    teams = sorted(first, key=lambda one: (one.kind, one.neutral_name, one.pk))
    return SiteHelp(
        academy=site.department.academy,
        is_open=is_open(site.department.academy, day),
        teams=[Answering(told(team), _whom(team, known.rows(first[team]))) for team in teams],
        partners=_partners(site.department, day),
    )


def _asked_first(perimeters: Iterable[Perimeter]) -> dict[Team, int]:
    taken: dict[str, int] = defaultdict(int)
    first: dict[Team, int] = defaultdict(int)
    for (kind, _), alike in groupby(sorted(perimeters, key=_rank), key=_rank):
        here = list(alike)
        for one in here:
            if mask := one.mask & ~taken[kind]:
                first[one.team] |= mask
        for one in here:
            taken[kind] |= one.mask
    return first


def _rank(one: Perimeter) -> tuple[str, tuple[int, int]]:
    return one.team.kind, one.rank


def _whom(team: Team, rows: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> list[str]:
    """What officers answer goes without saying: management questions, and nothing else."""
    is_counselling = team.kind == TeamKind.COUNSELLING
    return [about(categories, topics if is_counselling else ()) for categories, topics in rows]


def is_open(academy: Academy, day: date) -> bool:
    """Whether its service answers that day."""
    return academy.opened_on is not None and academy.opened_on <= day


def _partners(department: Department, day: date) -> list[HelpingPartner]:
    rows = Partner.objects.usable(department, day).order_by("name", "pk")
    return [HelpingPartner(one, one.is_flagged(day)) for one in rows]


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


def told(team: Team) -> Helper:
    """A cell has its own number or none: the one of the service would not reach it."""
    number = team.phone if team.kind == TeamKind.CELL else team.call_number
    return Helper(team.neutral_name, number, is_counselling=team.kind == TeamKind.COUNSELLING)
