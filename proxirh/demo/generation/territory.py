"""Schools, services and districts that do not exist, in the real académies and départements."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from proxirh.demo.generation.seasons import Clock
from proxirh.enquiries.services import notice_in_force
from proxirh.territories.models import Academy, Basin, Circonscription, Department, Division, Site
from proxirh.territories.models.uai import check_letter
from proxirh.territories.services.school_years import load_published

OPENED_ON = date(2019, 9, 2)
# The académie of the personas: it alone has 2,000 enquiries a year and more, and two holiday calendars.
MAIN_ACADEMY = "nancy-metz"
CORSICA = {"2A": "620", "2B": "720"}
FIRST_NUMBER = 9001
TOWNS = (
    "Exempleville",
    "Modèleville",
    "Saint-Exemple",
    "Fictive-les-Bains",
    "Maquette-sur-Essai",
    "Villeneuve-d’Échantillon",
    "La Ferté-Gabarit",
    "Spécimen-le-Haut",
    "L’Île-Imaginaire",
    "Bourg-Prototype",
)
# Kind, name, how many in a département and in one of the personas' académie.
SCHOOLS: tuple[tuple[str, tuple[str, ...], int, int], ...] = (
    (
        "École",
        (
            "École primaire des Exemples",
            "École élémentaire du Gabarit",
            "École maternelle des Maquettes",
            "École primaire de l’Échantillon",
            "École élémentaire du Bois-Imaginaire",
        ),
        2,
        5,
    ),
    (
        "Collège",
        ("Collège des Exemples", "Collège de la Maquette", "Collège du Brouillon"),
        1,
        3,
    ),
    (
        "Lycée",
        (
            "Lycée général et technologique des Modèles",
            "Lycée professionnel du Prototype",
            "Lycée polyvalent de la Démonstration-des-Arts-des-Sciences-et-des-Très-Longs-Noms",
        ),
        1,
        3,
    ),
)
SERVICE_DIVISIONS = (
    "Division des personnels enseignants",
    "Division de l’encadrement et des personnels administratifs",
    "Division des examens et concours",
)


def uai(prefix: str, number: int) -> str:
    """A UAI with its right check letter."""
    digits = f"{prefix}{number:04d}"
    return digits + check_letter(digits)


def prefix_of(department: str) -> str:
    """The three digits that begin the UAI of a département."""
    return CORSICA.get(department, department.zfill(3))


@dataclass(slots=True)
class Place:
    """A département with its clock and its invented sites."""

    department: Department
    academy: Academy
    clock: Clock
    primary: list[Site] = field(default_factory=list)
    secondary: list[Site] = field(default_factory=list)
    services: list[Site] = field(default_factory=list)

    @property
    def domain(self) -> str:
        """Mail domain of the académie, which no server answers for."""
        return f"ac-{self.academy.slug}.invalid"

    @property
    def is_main(self) -> bool:
        """True in the académie of the personas."""
        return self.academy.slug == MAIN_ACADEMY

    def sites_of(self, family: str, rng: random.Random) -> list[Site]:
        """Sites where someone of that staff family may work."""
        if family == "1d":
            return self.primary
        if family == "2d":
            return self.secondary
        return self.services if rng.random() < 0.35 else self.secondary


def build_places(first: date, last: date) -> dict[str, Place]:
    """Open every académie and give each département its sites; by code of département."""
    academies = {academy.pk: academy for academy in Academy.objects.all()}
    for number, academy in enumerate(academies.values()):
        academy.opened_on = OPENED_ON
        academy.contact_email = f"rh-proximite@ac-{academy.slug}.invalid"
        academy.contact_phone = f"01 99 00 {number:02d} 10"
        academy.listening_checked_on = last
        academy.notice_reviewed = notice_in_force().number
        academy.listening_cell = f"01 99 00 {number:02d} 20, du lundi au vendredi, de 9 h à 18 h (numéro inventé)"
    told = ["opened_on", "notice_reviewed", "contact_email", "contact_phone", "listening_cell", "listening_checked_on"]
    Academy.objects.bulk_update(academies.values(), told)
    load_published()
    clocks: dict[tuple[str, str], Clock] = {}
    places: dict[str, Place] = {}
    for department in Department.objects.filter(in_national_sample=True):
        key = (department.time_zone, department.holiday_calendar)
        if key not in clocks:
            clocks[key] = Clock(*key, first, last)
        department.academy = academies[department.academy_id]
        places[department.code] = Place(department, department.academy, clocks[key])
    basins = _basins(academies.values())
    seats: set[int] = set()
    sites: list[Site] = []
    for place in places.values():
        is_seat = place.academy.pk not in seats
        seats.add(place.academy.pk)
        sites += _sites(place, basins[place.academy.pk], is_seat=is_seat)
    Site.objects.bulk_create(sites)
    Division.objects.bulk_create(
        Division(site=site, name=name)
        for site in sites
        if site.kind in {"Rectorat", "DSDEN"}
        for name in SERVICE_DIVISIONS
    )
    return places


def _basins(academies) -> Mapping[int, list[Basin]]:
    found = {
        academy.pk: [
            Basin(code=f"{academy.code}-B{n}", name=f"Bassin d’exemple {side} ({academy.name})", academy=academy)
            for n, side in enumerate(("nord", "sud"), 1)
        ]
        for academy in academies
    }
    Basin.objects.bulk_create(basin for pair in found.values() for basin in pair)
    return found


def _sites(place: Place, basins: list[Basin], *, is_seat: bool) -> list[Site]:
    prefix = prefix_of(place.department.code)
    numbers = iter(range(FIRST_NUMBER, FIRST_NUMBER + 999))
    postal_code = prefix.removeprefix("0").ljust(5, "9")

    def site(kind: str, name: str, town: str, **more: object) -> Site:
        code = uai(prefix, next(numbers))
        return Site(
            uai=code,
            name=name,
            kind=kind,
            town=town,
            postal_code=postal_code,
            department=place.department,
            mailbox=f"ce.{code.lower()}@{place.domain}",
            **more,
        )

    offices = [site("Circonscription", f"Circonscription d’exemple {n}", TOWNS[0]) for n in (1, 2)[: 1 + place.is_main]]
    districts = [
        Circonscription(code=office.uai, name=f"{office.name} ({place.department.name})", department=place.department)
        for office in offices
    ]
    Circonscription.objects.bulk_create(districts)
    for office, district in zip(offices, districts, strict=True):
        office.circonscription = district
    for kind, names, usual, in_main in SCHOOLS:
        for n, name in enumerate(names[: in_main if place.is_main else usual]):
            school = site(kind, name, TOWNS[(n + len(kind)) % len(TOWNS)], basin=basins[n % 2])
            if kind == "École":
                school.circonscription = districts[n % len(districts)]
                place.primary.append(school)
            else:
                place.secondary.append(school)
    place.services.append(site("DSDEN", f"DSDEN d’exemple ({place.department.name})", TOWNS[0]))
    if is_seat:
        place.services.append(site("Rectorat", f"Rectorat d’exemple ({place.academy.name})", TOWNS[0]))
    place.services += offices
    return [*place.primary, *place.secondary, *place.services]
