"""Which teams cover a place, a category and a topic on a day, the most precise perimeter first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from proxirh.territories.actor import on_day
from proxirh.territories.models import Academy, Coverage, Department, Site, StaffCategory, Team, TeamKind

MANAGEMENT_BRANCH = "8"


@dataclass(frozen=True, slots=True)
class Need:
    """Where someone works, what her post is and what she wants to speak of."""

    department: Department
    site: Site | None
    category_id: int
    topic_id: int
    branch: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of team that may receive it: management questions go to the HR officers first."""
        if self.branch == MANAGEMENT_BRANCH:
            return (TeamKind.HR_OFFICERS, TeamKind.COUNSELLING)
        return (TeamKind.COUNSELLING,)


def _zone(need: Need) -> Q:
    zone = Q(academy_id=need.department.academy_id) | Q(department=need.department)
    if need.site is not None:
        zone |= Q(site=need.site)
        if need.site.basin_id:
            zone |= Q(basin_id=need.site.basin_id)
        if need.site.circonscription_id:
            zone |= Q(circonscription_id=need.site.circonscription_id)
    return zone


def _precision(coverage: Coverage) -> int:
    for rank, name in enumerate(("site_id", "circonscription_id", "basin_id", "department_id")):
        if getattr(coverage, name):
            return rank
    return 4


def _category_and_family(need: Need) -> set[int]:
    """The category asked, and its whole family: a perimeter may name either."""
    family = StaffCategory.objects.filter(pk=need.category_id).values("family")
    return {need.category_id, *StaffCategory.objects.filter(code__in=family).values_list("pk", flat=True)}


def covering_teams(need: Need, *, day: date) -> Sequence[Team]:
    """Teams whose perimeter holds the need on `day`: by kind, then the most precise zone, then by name.

    In one zone, a perimeter that names categories or topics comes before one that takes them all.
    """
    coverages = list(
        Coverage.objects.filter(_zone(need), on_day(day))
        .filter(team__kind__in=need.kinds, team__valid_from__lte=day)
        .exclude(team__valid_until__lt=day)
        .select_related("team__academy")
        .prefetch_related("categories", "topics")
    )
    is_choosy = any(coverage.categories.all() for coverage in coverages)
    held = _category_and_family(need) if is_choosy else set()
    found: dict[int, tuple[tuple, Team]] = {}
    for coverage in coverages:
        categories = {category.pk for category in coverage.categories.all()}
        topics = {topic.pk for topic in coverage.topics.all()}
        branches = {topic.code for topic in coverage.topics.all() if topic.branch_id is None}
        if categories and categories.isdisjoint(held):
            continue
        if topics and need.topic_id not in topics and need.branch not in branches:
            continue
        chosen = bool(categories) + bool(topics)
        team = coverage.team
        rank = (need.kinds.index(team.kind), _precision(coverage), -chosen, team.name, team.pk)
        if coverage.team_id not in found or rank < found[coverage.team_id][0]:
            found[coverage.team_id] = (rank, team)
    return [team for _, team in sorted(found.values(), key=lambda pair: pair[0])]


def neighbouring_teams(academy: Academy, *, day: date) -> Sequence[Team]:
    """Counselling teams to turn to when nobody of a team may help: the same académie, then its region."""
    teams = (
        Team.objects.filter(
            kind=TeamKind.COUNSELLING, academy__region=academy.region, academy__opened_on__lte=day, valid_from__lte=day
        )
        .exclude(valid_until__lt=day)
        .select_related("academy")
    )
    return sorted(teams, key=lambda team: (team.academy_id != academy.pk, team.name))
