"""Where the school year of `test_school_year` is played: six départements of five académies, and who serves there.

One team is small and leaves whole; one académie has nobody who coordinates; in another the same people counsel and
coordinate; half of the cells never answer.
"""

from dataclasses import dataclass, field
from datetime import date

from proxirh.accounts.models import Person
from proxirh.enquiries.models import CellRules
from proxirh.territories.models import (
    Academy,
    Coverage,
    Department,
    Partner,
    Posting,
    Role,
    Site,
    Team,
    TeamKind,
    WorkTie,
)
from tests.world import LONG_AGO, make_person

# Département → how many counsellors serve there.
SERVED = {"54": 6, "57": 3, "67": 6, "15": 5, "974": 6, "971": 5}
LEAVES_WHOLE = "57"
WITHOUT_COORDINATION = "guadeloupe"
SAME_PEOPLE = "15"
# Working days before a first answer, where it is not the usual two.
OTHER_DELAYS = {"guadeloupe": 5}
AUTHORS_OF_A_PLACE = 40


@dataclass
class Place:
    """One département: its team, its officers, a school, and whoever asks there."""

    department: Department
    team: Team
    officers: Team
    site: Site
    counsellors: list[Person] = field(default_factory=list)
    gestionnaires: list[Person] = field(default_factory=list)
    authors: list[Person] = field(default_factory=list)


@dataclass
class Service:
    """An académie: who answers for it, its two cells."""

    academy: Academy
    coordinator: Person | None
    head: Person
    answering: Team
    silent: Team
    officer: Person


def post(person: Person, role: Role, academy: Academy, team: Team | None = None, *, since: date = LONG_AGO) -> None:
    """A mission, as an import writes it."""
    department = team.department if team and team.kind != TeamKind.CELL else None
    Posting.objects.create(
        person=person, role=role, academy=academy, department=department, team=team, valid_from=since
    )


def _team(kind: str, name: str, academy: Academy, department: Department | None = None) -> Team:
    made = Team.objects.create(kind=kind, name=name, academy=academy, department=department, valid_from=LONG_AGO)
    if department is not None:
        Coverage.objects.create(team=made, department=department, valid_from=LONG_AGO)
    return made


def build_places() -> dict[str, Place]:
    """The départements, by their code."""
    found = {}
    for code, count in SERVED.items():
        department = Department.objects.select_related("academy").get(code=code)
        academy = department.academy
        Academy.objects.filter(pk=academy.pk).update(
            opened_on=LONG_AGO, first_answer_days=OTHER_DELAYS.get(academy.slug, 2)
        )
        academy.refresh_from_db()
        site = Site.objects.create(
            uai=f"{code:0>3}0001A", name=f"Collège du {code}", town="Exempleville", department=department
        )
        place = Place(
            department=department,
            team=_team(TeamKind.COUNSELLING, f"Conseil {code}", academy, department),
            officers=_team(TeamKind.HR_OFFICERS, f"Gestion {code}", academy, department),
            site=site,
        )
        for number in range(count):
            place.counsellors.append(make_person(f"conseil{number} du{code}"))
            post(place.counsellors[-1], Role.COUNSELLOR, academy, place.team)
        WorkTie.objects.create(person=place.counsellors[0], kind="works", site=site, valid_from=LONG_AGO)
        for number in range(2):
            place.gestionnaires.append(make_person(f"gestion{number} du{code}"))
            post(place.gestionnaires[-1], Role.HR_OFFICER, academy, place.officers)
        place.authors = [make_person(f"agent{number} du{code}") for number in range(AUTHORS_OF_A_PLACE)]
        found[code] = place
    return found


def build_services(places: dict[str, Place]) -> dict[int, Service]:
    """The académies of these places, by key."""
    found: dict[int, Service] = {}
    for academy in Academy.objects.filter(pk__in={one.department.academy_id for one in places.values()}):
        head = make_person(f"chef {academy.code}")
        post(head, Role.HEAD_OF_SERVICE, academy)
        coordinator = None
        if academy.slug != WITHOUT_COORDINATION:
            coordinator = make_person(f"coordination {academy.code}")
            post(coordinator, Role.COORDINATOR, academy)
        officer = make_person(f"cellule {academy.code}")
        service = Service(
            academy=academy,
            coordinator=coordinator,
            head=head,
            answering=_team(TeamKind.CELL, "Cellule mobilité", academy),
            silent=_team(TeamKind.CELL, "Cellule muette", academy),
            officer=officer,
        )
        post(officer, Role.CELL_OFFICER, academy, service.answering)
        post(make_person(f"muet {academy.code}"), Role.CELL_OFFICER, academy, service.silent)
        CellRules.objects.create(team=service.answering, head_validates=academy.slug == "nancy-metz")
        found[academy.pk] = service
    _counsel_and_coordinate(places[SAME_PEOPLE], found)
    national = make_person("referent national")
    Posting.objects.create(person=national, role=Role.NATIONAL_REFERENT, valid_from=LONG_AGO)
    return found


def _counsel_and_coordinate(place: Place, services: dict[int, Service]) -> None:
    academy = place.department.academy
    for person in place.counsellors:
        post(person, Role.COORDINATOR, academy)
    coordinator = services[academy.pk].coordinator
    assert coordinator is not None
    post(coordinator, Role.COUNSELLOR, academy, place.team)
    place.counsellors.append(coordinator)


def build_partners(day: date) -> list[Partner]:
    """One that answers now and then, and one that never does."""
    return [
        Partner.objects.create(
            name=name, purpose="Aider.", address=f"{name.lower()}@partenaire.invalid", confirmed_on=day
        )
        for name in ("Repond", "Muet")
    ]
