"""Where nobody covers, and where two teams cover alike: every place × category × topic of an académie on a day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import NamedTuple

from django.db.models import Q, QuerySet, Value

from proxirh.territories.models import (
    Academy,
    Coverage,
    Department,
    Posting,
    StaffCategory,
    Team,
    TeamKind,
    Topic,
)
from proxirh.territories.services.routing import MANAGEMENT_BRANCH, RECEIVING, RECEIVING_TEAMS

MOST_PLACES = 4
LOOKED_AHEAD = timedelta(days=365)
ONE_DAY = timedelta(days=1)
Dated = Coverage | Team | Posting
NO_SITE = "personnes sans établissement connu"


class Place(NamedTuple):
    """People who are routed alike: by key, the zones where they work; None where there is none, or none was said."""

    department: int
    basin: int | None = None
    circonscription: int | None = None
    site: int | None = None  # only where a perimeter names that site


@dataclass(frozen=True, slots=True)
class Gap:
    """One sentence’s worth: these posts and these topics, there. Two names of teams where both cover alike."""

    department: str
    places: tuple[str, ...]  # empty for the whole département
    categories: tuple[str, ...]  # empty for all
    topics: tuple[str, ...]  # empty for all
    teams: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The département, and which of its places when it is not whole."""
        told = ", ".join(self.places[:MOST_PLACES])
        more = len(self.places) - MOST_PLACES
        if more > 0:
            told += f" et {more} autre{'s' if more > 1 else ''}"
        return f"{self.department} ({told})" if told else self.department

    @property
    def about(self) -> str:
        """Whose enquiries, and on what."""
        posts = ", ".join(self.categories) or "tous les personnels"
        return posts + (f", sur «\u00a0{', '.join(self.topics)}\u00a0»" if self.topics else "")

    @property
    def sentence(self) -> str:
        """The whole, for someone who reads one line."""
        if not self.teams:
            return f"{self.where}\u00a0: aucune équipe pour {self.about}"
        return f"{self.where}\u00a0: {' et '.join(self.teams)} couvrent de même {self.about}"


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is wrong with the perimeters of an académie on `day`."""

    day: date
    holes: Sequence[Gap]
    overlaps: Sequence[Gap]
    empty_teams: Sequence[str]  # of the teams that cover something, those where nobody serves


class Entry(NamedTuple):
    """An open post with its family, or an open topic without any."""

    code: str
    label: str
    family: str

    @property
    def branch_code(self) -> str:
        """Of a topic: the branch of its number."""
        return self.code.partition(".")[0]


class Nomenclature:
    """Open categories × open topics, each pair a bit of one number: a perimeter is a mask."""

    def __init__(self) -> None:
        order = ("position", "pk", "code", "label")
        posts = StaffCategory.objects.filter(is_open=True).order_by().values_list("family", *order)
        topics = Topic.objects.filter(is_open=True).order_by().values_list(Value(""), *order)
        found = [Entry(code, label, family) for family, _, _, code, label in sorted(posts.union(topics, all=True))]
        self.categories = [entry for entry in found if entry.family]
        self.topics = [entry for entry in found if not entry.family]
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
        return _in_force(self.row, day) and _in_force(self.team, day)


class Ground:
    """Everything that decides who covers what in an académie, at every date; read once, in seven queries."""

    def __init__(self, academy: Academy) -> None:
        self.academy = academy
        self.known = Nomenclature()
        self.perimeters = [_perimeter(row, self.known) for row in _around(academy)]
        self._departments: dict[int, tuple[str, str]] = {}
        self._names: dict[Place, str] = {}
        here = Q(sites=None) | Q(sites__is_open=True)
        zones = ("sites__basin", "sites__basin__name", "sites__circonscription", "sites__circonscription__name")
        rows = Department.objects.filter(here, academy=academy).order_by("code").distinct()
        for key, code, name, basin, in_basin, circonscription, within in rows.values_list("pk", "code", "name", *zones):
            self._departments[key] = (code, name)
            self._names.setdefault(Place(key), NO_SITE)
            parts = (f"circonscription {within}" if within else "", f"bassin {in_basin}" if in_basin else "")
            self._names.setdefault(Place(key, basin, circonscription), ", ".join(filter(None, parts)))
        for one in self.perimeters:
            if (site := one.row.site) is not None and site.is_open and site.department_id in self._departments:
                place = Place(site.department_id, site.basin_id, site.circonscription_id, site.pk)
                self._names[place] = site.name
        missions = Posting.objects.filter(RECEIVING, team__in={one.team.pk for one in self.perimeters})
        self._missions = list(missions.only("team", "valid_from", "valid_until"))

    def gaps(self, day: date) -> Gaps:
        """Holes, overlaps and teams without anybody on `day`; no query more."""
        perimeters = [one for one in self.perimeters if one.holds_on(day)]
        serving = {mission.team_id or 0 for mission in self._missions if _in_force(mission, day)}
        missing: dict[Place, int] = {}
        shared: dict[tuple[str, ...], dict[Place, int]] = defaultdict(dict)
        for place in self._names:
            here = list(self.covering(place, perimeters))
            missing[place] = self.known.whole & ~answered(here, serving)
            for teams, mask in _alike(here):
                shared[teams][place] = shared[teams].get(place, 0) | mask
        overlaps = [
            gap
            for teams, masks in sorted(shared.items())
            for gap in self._told({place: masks.get(place, 0) for place in self._names}, teams)
        ]
        empty = sorted({one.team.name for one in perimeters if one.team.pk not in serving})
        return Gaps(day=day, holes=list(self._told(missing)), overlaps=overlaps, empty_teams=empty)

    def days_of_change(self, *, after: date) -> list[date]:
        """The days of the coming year on which a perimeter, a team or a mission begins, or has just ended."""
        until = after + LOOKED_AHEAD
        dated: list[Dated] = [
            *(one.row for one in self.perimeters),
            *(one.team for one in self.perimeters),
            *self._missions,
        ]
        found = {row.valid_from for row in dated} | {row.valid_until + ONE_DAY for row in dated if row.valid_until}
        return sorted(day for day in found if after < day <= until)

    def covering(self, place: Place, perimeters: Iterable[Perimeter]) -> Iterator[Perimeter]:
        """Those whose zone holds the place."""
        zones = {"academy": self.academy.pk, **place._asdict()}
        return (one for one in perimeters if zones[one.zone[0]] == one.zone[1])

    def _told(self, masks: Mapping[Place, int], teams: tuple[str, ...] = ()) -> Iterator[Gap]:
        """What is true of a whole département said once, then what is true of some of its places."""
        for key, (_, name) in sorted(self._departments.items(), key=lambda pair: pair[1]):
            here = {place: mask for place, mask in masks.items() if place.department == key}
            common = self.known.whole
            for mask in here.values():
                common &= mask
            for categories, topics in self.known.rows(common):
                yield Gap(name, (), categories, topics, teams)
            rest: dict[int, list[str]] = defaultdict(list)
            for place, mask in here.items():
                if mask & ~common:
                    rest[mask & ~common].append(self._names[place])
            for mask, places in rest.items():
                for categories, topics in self.known.rows(mask):
                    yield Gap(name, tuple(places), categories, topics, teams)


def find_gaps(academy: Academy, *, day: date) -> Gaps:
    """The same for one day."""
    return Ground(academy).gaps(day)


def _in_force(row: Dated, day: date) -> bool:
    return row.valid_from <= day and (row.valid_until is None or row.valid_until >= day)


def _around(academy: Academy) -> QuerySet[Coverage]:
    """Perimeters of the teams that receive, of this académie or in any of its zones."""
    zone = (
        Q(team__academy=academy)
        | Q(academy=academy)
        | Q(department__academy=academy)
        | Q(basin__academy=academy)
        | Q(circonscription__department__academy=academy)
        | Q(site__department__academy=academy)
    )
    rows = Coverage.objects.filter(zone, team__kind__in=RECEIVING_TEAMS.values()).select_related(
        "team__academy", *Coverage.ZONES
    )
    return rows.prefetch_related("categories", "topics").order_by("team__name", "valid_from", "pk")


def _perimeter(row: Coverage, known: Nomenclature) -> Perimeter:
    categories = {category.code for category in row.categories.all()}
    topics = {topic.code for topic in row.topics.all()}
    return Perimeter(
        team=row.team,
        zone=(row.zone_name, row.zone.pk),
        mask=known.mask(categories, topics) & _of_kind(row.team.kind, known),
        rank=(row.precision, -bool(categories) - bool(topics)),
        row=row,
    )


def _of_kind(kind: str, known: Nomenclature) -> int:
    return known.managed if kind == TeamKind.HR_OFFICERS else known.whole


def answered(here: Iterable[Perimeter], serving: Collection[int]) -> int:
    """Pairs that a team with somebody in it answers."""
    held = 0
    for one in here:
        if one.team.pk in serving:
            held |= one.mask
    return held


def _alike(here: Sequence[Perimeter]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Pairs that two teams of one kind cover at the same rank, no more precise perimeter coming before."""
    for first, second in combinations(here, 2):
        is_same = first.rank == second.rank and first.team.kind == second.team.kind and first.team != second.team
        if not is_same or not (mask := first.mask & second.mask):
            continue
        for other in here:
            if other.team.kind == first.team.kind and other.rank < first.rank:
                mask &= ~other.mask
        if mask:
            yield tuple(sorted((first.team.name, second.team.name))), mask
