"""Which teams cover a place, a category and a topic on a day, the most precise perimeter first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import groupby
from operator import or_

from django.db.models import BigAutoField, Case, CharField, Q, QuerySet, Value, When

from proxirh.kernel.written import Given, written_once
from proxirh.territories.actor import DAY, on_day
from proxirh.territories.models import Academy, Coverage, Department, Role, Site, StaffCategory, Team, TeamKind

MANAGEMENT_BRANCH = "8"
CATEGORY, TOPIC = "category", "topic"
NOTHING = Value("", CharField())
# Roles that receive enquiries, and the kind of team they serve in.
RECEIVING_TEAMS = {Role.COUNSELLOR: TeamKind.COUNSELLING, Role.HR_OFFICER: TeamKind.HR_OFFICERS}
# Whoever the actor of that mission would let in (`read_actor`), by an account that is not disabled.
RECEIVING = reduce(or_, (Q(role=role, team__kind=kind) for role, kind in RECEIVING_TEAMS.items())) & (
    Q(person__user=None) | Q(person__user__is_active=True)
)


@dataclass(frozen=True, slots=True)
class Need:
    """Where someone works, what her post is and what she wants to speak of."""

    department: Department
    site: Site | None
    category_id: int
    topic_id: int
    branch: str
    past_officers: bool = False  # the first level has had it: counsellors alone

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of team that may receive it: management questions go to the HR officers first."""
        if self.branch == MANAGEMENT_BRANCH and not self.past_officers:
            return (TeamKind.HR_OFFICERS, TeamKind.COUNSELLING)
        return (TeamKind.COUNSELLING,)


def _zones(need: Need) -> dict[str, int | None]:
    """Keys of the zones where someone works; None where she has none, or did not say."""
    site = need.site
    return {
        "academy": need.department.academy_id,
        "department": need.department.pk,
        "site": site.pk if site else None,
        "basin": site.basin_id if site else None,
        "circonscription": site.circonscription_id if site else None,
    }


def _around() -> QuerySet:
    """Perimeters of these zones on a day; nothing equals a zone that is NULL."""
    zone = reduce(or_, (Q(**{f"{name}_id": Given(name, BigAutoField())}) for name in Coverage.ZONES))
    return Coverage.objects.filter(zone, on_day(DAY), team__valid_from__lte=DAY).filter(
        Q(team__valid_until=None) | Q(team__valid_until__gte=DAY)
    )


@written_once
def _coverages() -> QuerySet:
    return _around().select_related("team__academy")


@written_once
def _named() -> QuerySet:
    """What these perimeters name: (perimeter, CATEGORY or TOPIC, key, code of a whole branch or nothing)."""
    branch = Case(When(topics__branch=None, then="topics__code"), default=NOTHING)
    categories = _around().filter(categories__isnull=False)
    topics = _around().filter(topics__isnull=False)
    return categories.values_list("pk", Value(CATEGORY, CharField()), "categories", NOTHING).union(
        topics.values_list("pk", Value(TOPIC, CharField()), "topics", branch), all=True
    )


def _category_and_family(need: Need) -> set[int]:
    """The category asked, and its whole family: a perimeter may name either."""
    family = StaffCategory.objects.filter(pk=need.category_id).values("family")
    return {need.category_id, *StaffCategory.objects.filter(code__in=family).values_list("pk", flat=True)}


def covering_teams(need: Need, *, day: date) -> Sequence[Team]:
    """Teams whose perimeter holds the need on `day`: by kind, then the most precise zone, then by name."""
    return [team for rank in ranked_teams(need, day=day) for team in rank]


def ranked_teams(need: Need, *, day: date) -> Sequence[Sequence[Team]]:
    """The same, those of one rank together: no perimeter says which of them comes first.

    In one zone, a perimeter that names categories or topics comes before one that takes them all.
    """
    here = {**_zones(need), "day": day}
    coverages = _coverages().read(**here)  # first: one that appears meanwhile would seem to name no category
    categories: dict[int, set[int]] = defaultdict(set)
    topics: dict[int, set[int | str]] = defaultdict(set)  # topics, and codes of whole branches
    for coverage_id, what, key, branch in _named().read(**here):
        if what == CATEGORY:
            categories[coverage_id].add(key)
        else:
            topics[coverage_id] |= {key, branch} if branch else {key}
    held = _category_and_family(need) if categories else set()
    found: dict[int, tuple[tuple[int, int, int], Team]] = {}
    for coverage in coverages:
        named, about = categories[coverage.pk], topics[coverage.pk]
        if coverage.team.kind not in need.kinds or (named and named.isdisjoint(held)):
            continue
        if about and about.isdisjoint({need.topic_id, need.branch}):
            continue
        chosen = bool(named) + bool(about)
        team = coverage.team
        rank = (need.kinds.index(team.kind), coverage.precision, -chosen)
        if coverage.team_id not in found or rank < found[coverage.team_id][0]:
            found[coverage.team_id] = (rank, team)
    ordered = sorted(found.values(), key=lambda pair: (pair[0], pair[1].name, pair[1].pk))
    return [[team for _, team in rank] for _, rank in groupby(ordered, key=lambda pair: pair[0])]


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
