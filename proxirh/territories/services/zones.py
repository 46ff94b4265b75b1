"""Who answers where in an académie, as everyone may read it: teams and numbers by département; no person's name."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from proxirh.kernel.text import fold, is_slip
from proxirh.territories.actor import on_day
from proxirh.territories.models import Academy, Coverage, Department, Site, Team, TeamKind
from proxirh.territories.models.search import folded_words
from proxirh.territories.services.helping import RECEIVING, Helper, is_open, told
from proxirh.territories.services.sites import EMPTY_WORDS

MOST_PLACES = 8
# More names than this of one département would hide the numbers.
MOST_NAMED = 4
# A shorter word has too many neighbours for a slip to be told from another name.
LONG_ENOUGH = 5
MANY = {"basin": "bassins", "circonscription": "circonscriptions", "site": "établissements ou services"}


@dataclass(frozen=True, slots=True)
class AnsweringThere:
    """A team that answers in a département, and in which part of it; no part is the whole of it."""

    helper: Helper
    parts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Zone:
    """A département, and the teams that answer there; none where no team is named yet."""

    department: Department
    teams: Sequence[AnsweringThere]


@dataclass(frozen=True, slots=True)
class AcademyHelp:
    """All of an académie; `is_open` is false where the service does not answer yet."""

    is_open: bool
    zones: Sequence[Zone]
    cells: Sequence[Helper]


def who_helps_in(academy: Academy, departments: Sequence[Department], *, day: date) -> AcademyHelp:
    """On that day, in those départements of the académie, in three queries whatever there is."""
    found = list(_coverages(academy, day))
    of_basin = _departments_of_basins({one.basin_id for one in found if one.basin_id})
    # One line a team and a département: a wider perimeter of the same team says all that a narrower one would.
    whole: dict[int, set[Team]] = defaultdict(set)
    parts: dict[int, dict[Team, list[Coverage]]] = defaultdict(lambda: defaultdict(list))
    for one in found:
        for department in _reached(one, departments, of_basin):
            if one.academy_id or one.department_id:
                whole[department].add(one.team)
            else:
                parts[department][one.team].append(one)
    cells = Team.objects.filter(on_day(day), kind=TeamKind.CELL, academy=academy, is_listening=False)
    return AcademyHelp(
        is_open=is_open(academy, day),
        zones=[Zone(one, _teams(whole[one.pk], parts[one.pk])) for one in departments],
        cells=[told(one) for one in cells.select_related("academy").order_by("name", "pk")],
    )


def find_places(text: str, departments: Iterable[Department]) -> tuple[list[Academy], list[Department]]:
    """Académies and départements whose name holds each word typed, its beginning, or a slip of it; or of that code.

    Pure: the départements come with their académie.
    """
    words = [word for word in folded_words(text) if word not in EMPTY_WORDS | {"academie", "departement"}]
    if not words:
        return [], []
    rows = list(departments)
    academies = {one.academy_id: one.academy for one in rows}.values()
    return (
        sorted((one for one in academies if _is_named(words, one.name)), key=lambda one: fold(one.name))[:MOST_PLACES],
        [one for one in rows if words == [one.code.lower()] or _is_named(words, one.name)][:MOST_PLACES],
    )


def _is_named(words: Sequence[str], name: str) -> bool:
    names = folded_words(name)
    return all(any(_is_word(word, of_name) for of_name in names) for word in words)


def _is_word(typed: str, meant: str) -> bool:
    return meant.startswith(typed) or (len(typed) >= LONG_ENOUGH and is_slip(typed, meant))


def _coverages(academy: Academy, day: date) -> QuerySet[Coverage]:
    there = (
        Q(academy=academy)
        | Q(department__academy=academy)
        | Q(basin__academy=academy)
        | Q(circonscription__department__academy=academy)
        | Q(site__department__academy=academy)
    )
    teams = Team.objects.filter(on_day(day), kind__in=RECEIVING).order_by().values("pk")
    rows = Coverage.objects.filter(on_day(day), there, team__in=teams)
    return rows.select_related("team__academy", "basin", "circonscription", "site").order_by("pk")


def _departments_of_basins(basins: set[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = Site.objects.filter(basin__in=basins).order_by().values_list("basin_id", "department_id").distinct()
    for basin, department in rows:
        found[basin or 0].add(department)
    return found


def _reached(one: Coverage, departments: Iterable[Department], of_basin: dict[int, set[int]]) -> set[int]:
    here = {department.pk for department in departments}
    if one.academy_id:
        return here
    if one.department_id:
        return {one.department_id}
    if one.basin_id:
        return of_basin[one.basin_id] & here
    place = one.circonscription or one.site
    return {place.department_id} if place else set()


def _teams(whole: set[Team], parts: dict[Team, list[Coverage]]) -> list[AnsweringThere]:
    rows = sorted(whole | parts.keys(), key=lambda team: (team.kind, fold(team.neutral_name), team.pk))
    return [AnsweringThere(told(team), () if team in whole else _parts(parts[team])) for team in rows]


def _parts(found: Iterable[Coverage]) -> list[str]:
    """Basins, circonscriptions and sites, by name when they are few, else by number."""
    names: dict[str, set[str]] = {"basin": set(), "circonscription": set(), "site": set()}
    for one in found:
        names[one.zone_name].add(str(one.zone))
    parts = []
    for kind, here in names.items():
        parts += sorted(here, key=fold) if len(here) <= MOST_NAMED else [f"{len(here)}\u00a0{MANY[kind]}"]
    return parts
