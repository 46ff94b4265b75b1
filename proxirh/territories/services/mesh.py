"""What decides who covers what, as read: places, posts, topics, perimeters and who serves in their teams."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    CharField,
    Exists,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    StringAgg,
    Subquery,
    Value,
)

from proxirh.territories.actor import on_day
from proxirh.territories.models import Coverage, Department, Posting, Site, StaffCategory, Team, TeamKind, Topic
from proxirh.territories.services.routing import MANAGEMENT_BRANCH, RECEIVING, RECEIVING_TEAMS

COMMA = ","
ENTRY = (3, 4, 6, 1, 2)  # where the query of zones, posts and topics holds the fields of an `Entry`


class Entry(NamedTuple):
    """An open post with its family, or an open topic without any."""

    family: str
    position: int
    key: int
    code: str
    label: str

    @property
    def branch_code(self) -> str:
        """Of a topic: the branch of its number."""
        return self.code.partition(".")[0]


class Zone(NamedTuple):
    """One département, and one basin and circonscription of its open sites; None where it has none."""

    department: int
    code: str
    name: str
    academy: str  # slug
    academy_id: int
    time_zone: str
    basin: int | None
    in_basin: str | None
    circonscription: int | None
    within: str | None


class Mission(NamedTuple):
    """Somebody receives in a team between two days."""

    team_id: int
    valid_from: date
    valid_until: date | None


class Nomenclature:
    """Open categories × open topics, each pair a bit of one number: a perimeter is a mask."""

    def __init__(self, found: Iterable[Entry]) -> None:
        entries = sorted(found)
        self.categories = [entry for entry in entries if entry.family]
        self.topics = [entry for entry in entries if not entry.family]
        self.whole = self.mask(set(), set())
        self.managed = self.mask(set(), {MANAGEMENT_BRANCH})  # what HR officers answer first

    def mask(self, categories: AbstractSet[str], topics: AbstractSet[str]) -> int:
        """Pairs that these codes name, a family naming its posts and a branch its topics; no code names all."""
        held, columns = 0, 0
        for column, topic in enumerate(self.topics):
            if not topics or not topics.isdisjoint({topic.code, topic.branch_code}):
                columns |= 1 << column
        for row, category in enumerate(self.categories):
            if not categories or not categories.isdisjoint({category.code, category.family}):
                held |= columns << (row * len(self.topics))
        return held

    def rows(self, mask: int) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The pairs of a mask as (categories, topics), categories of the same topics together; empty means all."""
        width = len(self.topics)
        line = (1 << width) - 1
        alike: dict[int, list[Entry]] = defaultdict(list)
        for row, category in enumerate(self.categories):
            if columns := mask >> (row * width) & line:
                alike[columns].append(category)
        for columns, categories in alike.items():
            yield self._categories(categories), self._topics(columns)

    def branches(self, mask: int) -> set[str]:
        """Codes of the branches that some pair of a mask is of."""
        width, columns = len(self.topics), 0
        while mask:
            columns |= mask & ((1 << width) - 1)
            mask >>= width
        return {topic.branch_code for column, topic in enumerate(self.topics) if columns >> column & 1}

    def _categories(self, found: Sequence[Entry]) -> tuple[str, ...]:
        """A family in place of all its posts."""
        if len(found) == len(self.categories):
            return ()
        told = []
        for family, label in StaffCategory.FAMILIES:
            here = [one for one in found if one.family == family]
            is_whole = len(here) == sum(one.family == family for one in self.categories)
            told += [label] if here and is_whole else [one.label for one in here]
        return tuple(told)

    def _topics(self, columns: int) -> tuple[str, ...]:
        """A branch in place of all its topics."""
        found = [topic for column, topic in enumerate(self.topics) if columns >> column & 1]
        if len(found) == len(self.topics):
            return ()
        partly = {topic.branch_code for topic in self.topics if topic not in found}
        whole = {topic.branch_code for topic in found} - partly
        return tuple(
            topic.label for topic in found if topic.branch_code not in whole or topic.code == topic.branch_code
        )


class Perimeter(NamedTuple):
    """One coverage: whose, where, what, its rank among those of the same place, and the row itself."""

    team: Team
    zone: tuple[str, int]
    mask: int
    rank: tuple[int, int]
    row: Coverage

    def holds_on(self, day: date) -> bool:
        """True when both the perimeter and its team are in force."""
        return in_force(self.row, day) and in_force(self.team, day)


class Mesh(NamedTuple):
    """What decides who covers what in some académies, as read."""

    zones: Sequence[Zone]
    known: Nomenclature
    perimeters: Sequence[Perimeter]
    missions: Sequence[Mission]


def in_force(row: Coverage | Team | Mission, day: date) -> bool:
    """Both ends included."""
    return row.valid_from <= day and (row.valid_until is None or row.valid_until >= day)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def read_mesh(academies: Collection[int], *, on: date | None = None) -> Mesh:
    """Missions of every date, in a query of their own; or those of one day, with the perimeters of their teams."""
    found = list(_zones_posts_and_topics(academies))
    zones = [Zone(*row) for row in found if row[0] is not None]
    known = Nomenclature(Entry(*(row[column] for column in ENTRY)) for row in found if row[0] is None)
    serving = Posting.objects.filter(RECEIVING)
    rows = _around(academies)
    if on is not None:
        rows = rows.annotate(is_served=Exists(serving.filter(on_day(on), team=OuterRef("team"))))
    covering = list(rows)
    if on is not None:
        missions = [Mission(row.team_id, on, on) for row in covering if row.is_served]
    else:
        dated = serving.filter(team__in={row.team_id for row in covering})
        missions = [Mission(*row) for row in dated.values_list(*Mission._fields)]
    perimeters = [_perimeter(row, known) for row in covering]
    return Mesh(zones, known, perimeters, missions)


def _zones_posts_and_topics(academies: Collection[int], *, topic_label: str = "label") -> QuerySet:
    """In one query: a row of `Zone` for each, then the open nomenclature in the columns that `ENTRY` names.

    The zones come first, since PostgreSQL takes the types of the columns from them.
    """
    number, text = Value(None, BigIntegerField()), Value("", CharField())
    zones = (
        Department.objects.filter(academy__in=academies)
        .annotate(here=FilteredRelation("sites", condition=Q(sites__is_open=True)))
        .order_by()
        .distinct()
    )
    places = ("here__basin", "here__basin__name", "here__circonscription", "here__circonscription__name")
    posts, topics = (model.objects.filter(is_open=True).order_by() for model in (StaffCategory, Topic))

    def entry(family: Any, label: str = "label") -> tuple[Any, ...]:
        return number, "code", label, family, "position", text, "pk", text, number, text

    return zones.values_list("pk", "code", "name", "academy__slug", "academy", "time_zone", *places).union(
        posts.values_list(*entry("family")), topics.values_list(*entry(text, topic_label)), all=True
    )


def _codes(through: Any, code: str) -> Subquery:
    """Those that a perimeter names, joined by commas; None when it names none."""
    named = through.filter(coverage=OuterRef("pk")).order_by().values("coverage")
    return Subquery(named.annotate(codes=StringAgg(code, Value(COMMA))).values("codes"))


def read_site(site: Site, *, day: date) -> tuple[Nomenclature, Sequence[Perimeter]]:
    """The perimeters that hold a site, of teams where somebody serves that day; in two queries.

    Topics bear the words that agents read.
    """
    known = Nomenclature(
        Entry(*(row[column] for column in ENTRY)) for row in _zones_posts_and_topics((), topic_label="agent_label")
    )
    zone = Q(academy=site.department.academy_id) | Q(department=site.department_id) | Q(site=site.pk)
    if site.basin_id:
        zone |= Q(basin=site.basin_id)
    if site.circonscription_id:
        zone |= Q(circonscription=site.circonscription_id)
    serving = Posting.objects.filter(RECEIVING, on_day(day), team=OuterRef("team"))
    rows = _covering(zone).filter(on_day(day), on_day(day, "team__"), Exists(serving))
    return known, [_perimeter(row, known) for row in rows]


def _around(academies: Collection[int]) -> QuerySet[Any]:
    """Perimeters of the teams that receive, of these académies or in any of their zones."""
    zone = (
        Q(team__academy__in=academies)
        | Q(academy__in=academies)
        | Q(department__academy__in=academies)
        | Q(basin__academy__in=academies)
        | Q(circonscription__department__academy__in=academies)
        | Q(site__department__academy__in=academies)
    )
    return _covering(zone)


def _covering(zone: Q) -> QuerySet[Any]:
    """Those of a zone with their team and the codes that they name."""
    rows = Coverage.objects.filter(zone, team__kind__in=RECEIVING_TEAMS.values()).select_related(
        "team__academy", *Coverage.ZONES
    )
    return rows.annotate(
        category_codes=_codes(Coverage.categories.through.objects, "staffcategory__code"),
        topic_codes=_codes(Coverage.topics.through.objects, "topic__code"),
    ).order_by("team__name", "valid_from", "pk")


def _perimeter(row: Any, known: Nomenclature) -> Perimeter:
    categories, topics = _split(row.category_codes), _split(row.topic_codes)
    return Perimeter(
        team=row.team,
        zone=(row.zone_name, row.zone.pk),
        mask=known.mask(categories, topics) & _of_kind(row.team.kind, known),
        rank=(row.precision, -bool(categories) - bool(topics)),
        row=row,
    )


def _split(codes: str | None) -> set[str]:
    return set(codes.split(COMMA)) if codes else set()


def _of_kind(kind: str, known: Nomenclature) -> int:
    return known.managed if kind == TeamKind.HR_OFFICERS else known.whole
