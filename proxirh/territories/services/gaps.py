"""Where nobody covers, and where two teams cover alike: every place × category × topic of an académie on a day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import NamedTuple

from proxirh.territories.models import Academy, Coverage, Team
from proxirh.territories.services.mesh import Mesh, Mission, Perimeter, in_force, read_mesh

MOST_PLACES = 4
LOOKED_AHEAD = timedelta(days=365)
ONE_DAY = timedelta(days=1)
NO_SITE = "personnes sans établissement connu"


def about(categories: Sequence[str], topics: Sequence[str]) -> str:
    """Posts and topics in words; none named means all of them."""
    posts = ", ".join(categories) or "tous les personnels"
    return posts + (f", sur «\u00a0{', '.join(topics)}\u00a0»" if topics else "")


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
        return about(self.categories, self.topics)

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


class Ground:
    """Everything that decides who covers what in an académie, from what was read of it, maybe with others."""

    def __init__(self, academy_id: int, reading: Mesh) -> None:
        self.academy_id = academy_id
        self.known, self.perimeters, self._missions = reading.known, reading.perimeters, reading.missions
        self._departments: dict[int, tuple[str, str]] = {}
        self._names: dict[Place, str] = {}
        for zone in reading.zones:
            if zone.academy_id != academy_id:
                continue
            self._departments[zone.department] = (zone.code, zone.name)
            self._names.setdefault(Place(zone.department), NO_SITE)
            parts = (
                f"circonscription {zone.within}" if zone.within else "",
                f"bassin {zone.in_basin}" if zone.in_basin else "",
            )
            here = Place(zone.department, zone.basin, zone.circonscription)
            self._names.setdefault(here, ", ".join(filter(None, parts)))
        for one in self.perimeters:
            if (site := one.row.site) is not None and site.is_open and site.department_id in self._departments:
                place = Place(site.department_id, site.basin_id, site.circonscription_id, site.pk)
                self._names[place] = site.name

    def gaps(self, day: date) -> Gaps:
        """Holes, overlaps and teams without anybody on `day`; no query more."""
        perimeters = [one for one in self.perimeters if one.holds_on(day)]
        serving = self._serving(day)
        shared: dict[tuple[str, ...], dict[Place, int]] = defaultdict(dict)
        for place in self._names:
            for teams, mask in _alike(list(self.covering(place, perimeters))):
                shared[teams][place] = shared[teams].get(place, 0) | mask
        overlaps = [
            gap
            for teams, masks in sorted(shared.items())
            for gap in self._told({place: masks.get(place, 0) for place in self._names}, teams)
        ]
        empty = sorted({one.team.name for one in perimeters if one.team.pk not in serving})
        return Gaps(day=day, holes=self.holes(day), overlaps=overlaps, empty_teams=empty)

    def holes(self, day: date) -> Sequence[Gap]:
        """Those alone."""
        perimeters = [one for one in self.perimeters if one.holds_on(day)]
        serving = self._serving(day)
        missing = {
            place: self.known.whole & ~answered(self.covering(place, perimeters), serving) for place in self._names
        }
        return list(self._told(missing))

    def _serving(self, day: date) -> AbstractSet[int]:
        return {mission.team_id for mission in self._missions if in_force(mission, day)}

    def days_of_change(self, *, after: date) -> list[date]:
        """The days of the coming year on which a perimeter, a team or a mission begins, or has just ended."""
        until = after + LOOKED_AHEAD
        dated: list[Coverage | Team | Mission] = [
            *(one.row for one in self.perimeters),
            *(one.team for one in self.perimeters),
            *self._missions,
        ]
        found = {row.valid_from for row in dated} | {row.valid_until + ONE_DAY for row in dated if row.valid_until}
        return sorted(day for day in found if after < day <= until)

    def covering(self, place: Place, perimeters: Iterable[Perimeter]) -> Iterator[Perimeter]:
        """Those whose zone holds the place."""
        zones = {"academy": self.academy_id, **place._asdict()}
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
    return ground_of(academy).gaps(day)


def ground_of(academy: Academy) -> Ground:
    """At every date, read once, in three queries."""
    return Ground(academy.pk, read_mesh([academy.pk]))


@dataclass(frozen=True, slots=True)
class Holes:
    """Of some académies on a day: how many holes each has, by slug, and the time zones where people work."""

    by_academy: Mapping[str, int]
    time_zones: Sequence[str]


def count_holes(academies: Collection[int], *, day: date) -> Holes:
    """As many as `find_gaps` tells of each, in two queries, whatever their number."""
    mesh = read_mesh(academies, on=day)
    known = {zone.academy: zone.academy_id for zone in mesh.zones}
    return Holes(
        by_academy={slug: len(Ground(key, mesh).holes(day)) for slug, key in sorted(known.items())},
        time_zones=sorted({zone.time_zone for zone in mesh.zones}),
    )


def branches_served(academies: Collection[int], *, day: date) -> dict[tuple[int, int], set[str]]:
    """Branches of topics that each team answers in each département of these académies, by their two keys; in two
    queries, whatever their number."""
    mesh = read_mesh(academies, on=day)
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for one in mesh.perimeters:
        if one.mask and one.holds_on(day):
            branches = mesh.known.branches(one.mask)
            for department in _departments(one, mesh):
                found[one.team.pk, department] |= branches
    return dict(found)


def _departments(one: Perimeter, mesh: Mesh) -> set[int]:
    """Those of these académies that a perimeter touches."""
    kind, key = one.zone
    here = {zone.department for zone in mesh.zones}
    if kind == "site":
        return here & {one.row.site.department_id} if one.row.site else set()
    names = {"academy": "academy_id"}
    return {zone.department for zone in mesh.zones if getattr(zone, names.get(kind, kind)) == key}


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
