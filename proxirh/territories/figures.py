"""The network of counsellors on any day, past or to come, counted from dated missions.

Counts of counsellors are published as they are, never crossed with sex or age (RULES §5). A counsellor is a person,
once, whatever her missions: she is told by the one that takes most of her time. What nobody filled in is told apart and
stays in the total: the profiles of July 2020 add up to 310 for 311 counsellors, and so do ours.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count as CountOf
from django.db.models import Q

from proxirh.kernel.errors import DomainError
from proxirh.kernel.text import slugify_fr
from proxirh.territories.actor import on_day
from proxirh.territories.models import Academy, Department, Location, Posting, Profile, Role

NATIONAL, REGION, ACADEMY, DEPARTMENT = "national", "region", "academie", "departement"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: the country, a région académique, an académie or a département."""

    code: str
    name: str
    academies: tuple[Academy, ...] = ()
    department: Department | None = None

    @property
    def width(self) -> str:
        """`national`, `region`, `academie` or `departement`."""
        return self.code.partition(":")[0]

    @property
    def missions(self) -> Q:
        """The missions that it holds."""
        if self.department:
            return Q(department=self.department)
        return Q() if self.width == NATIONAL else Q(academy__in=self.academies)


def scopes() -> dict[str, Scope]:
    """The country, the régions académiques and the académies, by the code that names each, in that order."""
    academies = tuple(Academy.objects.order_by("name"))
    regions: dict[str, list[Academy]] = defaultdict(list)
    for academy in sorted(academies, key=lambda one: slugify_fr(one.region)):
        regions[academy.region].append(academy)
    found = [
        Scope(NATIONAL, "France", academies),
        *(Scope(f"{REGION}:{slugify_fr(name)}", name, tuple(inside)) for name, inside in regions.items()),
        *(scope_of(academy) for academy in academies),
    ]
    return {scope.code: scope for scope in found}


def scope_of(academy: Academy) -> Scope:
    """An académie as what is counted."""
    return Scope(f"{ACADEMY}:{academy.slug}", academy.name, (academy,))


def read_scope(text: str) -> Scope:
    """The scope written `national`, `region:<slug>`, `academie:<slug>` or `departement:<code>`; raises DomainError."""
    width, _, name = text.partition(":")
    if width == DEPARTMENT:
        found = Department.objects.filter(code=name.upper()).select_related("academy").first()
        if found:
            return Scope(f"{DEPARTMENT}:{found.code}", found.name, (found.academy,), found)
    elif (known := scopes().get(text)) is not None:
        return known
    raise DomainError(
        f"«\u00a0{text}\u00a0» n’est pas un périmètre\u00a0: écrivez national, region:bretagne, "
        "academie:clermont-ferrand ou departement:15."
    )


@dataclass(frozen=True, slots=True)
class Count:
    """Counsellors of one kind; `share` is the part of those whose kind is known, none for the others."""

    key: str
    label: str
    count: int
    share: float | None = None


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """Counsellors who serve in one place; one who serves in two counts in both."""

    key: str
    label: str
    counsellors: int
    fte: float


@dataclass(frozen=True, slots=True)
class Network:
    """The counsellors of a scope on one day."""

    scope: Scope
    day: date
    counsellors: int
    fte: float
    by_profile: tuple[Count, ...]
    by_location: tuple[Count, ...]
    by_working_share: tuple[Count, ...]
    by_region: tuple[PlaceCount, ...] = ()
    by_academy: tuple[PlaceCount, ...] = ()
    by_department: tuple[PlaceCount, ...] = ()

    @property
    def mean_working_share(self) -> float | None:
        """In percent; none without a counsellor."""
        return 100 * self.fte / self.counsellors if self.counsellors else None

    @property
    def without_profile(self) -> int:
        """Counsellors whom no row of the profiles tells: why their sum may be less than the total."""
        return sum(row.count for row in self.by_profile if row.key == UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Mission:
    person: int
    profile: str
    location: str
    working_share: int
    academy: int | None
    department: int | None


def network_at(scope: Scope, day: date) -> Network:
    """Who serves as a counsellor on that day, both ends of a mission included; two or three queries."""
    rows = (
        Posting.objects.filter(scope.missions, on_day(day), role=Role.COUNSELLOR)
        .order_by("-working_share", "valid_from", "pk")
        .values_list("person_id", "profile", "location", "working_share", "academy_id", "department_id")
    )
    missions = [_Mission(*row) for row in rows]
    main: dict[int, _Mission] = {}
    served: Counter[int] = Counter()
    for mission in missions:
        main.setdefault(mission.person, mission)
        served[mission.person] += mission.working_share
    shares = Counter(served.values())
    return Network(
        scope=scope,
        day=day,
        counsellors=len(main),
        fte=sum(served.values()) / 100,
        by_profile=_counts(Counter(one.profile for one in main.values()), dict(Profile.choices)),
        by_location=_counts(Counter(one.location for one in main.values()), dict(Location.choices)),
        by_working_share=tuple(
            Count(str(share), f"{share}\u00a0%", shares[share], shares[share] / len(main)) for share in sorted(shares)
        ),
        **_places(scope, missions),
    )


def coordinators_on(scope: Scope, day: date) -> dict[str, int]:
    """How many people coordinate each académie that has one, by its slug, on that day; one query.

    Of a département, those of its académie: nobody coordinates less.
    """
    rows = (
        Posting.objects.filter(on_day(day), role=Role.COORDINATOR, academy__in=scope.academies)
        .values_list("academy__slug")
        .annotate(people=CountOf("person", distinct=True))
    )
    return dict(rows)


def _counts(found: Counter[str], labels: Mapping[str, str]) -> tuple[Count, ...]:
    """Every kind, 0 included, then those whose kind is not known, out of the shares."""
    known = sum(found[key] for key in labels)
    rows = [Count(key, label, found[key], found[key] / known if known else None) for key, label in labels.items()]
    return (*rows, Count(UNKNOWN, "non renseigné (à part)", found[""]))


def _places(scope: Scope, missions: Iterable[_Mission]) -> dict[str, tuple[PlaceCount, ...]]:
    """The next places below a scope, those without anyone included."""
    if scope.width == DEPARTMENT:
        return {}
    if scope.width == ACADEMY:
        departments = Department.objects.filter(academy__in=scope.academies)
        named = {one.pk: (one.code, str(one)) for one in departments}
        return {"by_department": _placed(missions, named.values(), lambda one: named.get(one.department or 0))}
    academies = {one.pk: (one.slug, one.name) for one in scope.academies}
    found = {"by_academy": _placed(missions, academies.values(), lambda one: academies.get(one.academy or 0))}
    if scope.width == NATIONAL:
        regions = {one.pk: (slugify_fr(one.region), one.region) for one in scope.academies}
        every = sorted(set(regions.values()))
        found["by_region"] = _placed(missions, every, lambda one: regions.get(one.academy or 0))
    return found


def _placed(
    missions: Iterable[_Mission],
    places: Iterable[tuple[str, str]],
    place_of: Callable[[_Mission], tuple[str, str] | None],
) -> tuple[PlaceCount, ...]:
    people: dict[tuple[str, str], set[int]] = defaultdict(set)
    shares: Counter[tuple[str, str]] = Counter()
    for mission in missions:
        place = place_of(mission)
        if place:
            people[place].add(mission.person)
            shares[place] += mission.working_share
    return tuple(PlaceCount(*place, len(people[place]), shares[place] / 100) for place in places)
