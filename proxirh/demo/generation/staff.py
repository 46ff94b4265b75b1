"""The service of October 2020: 311 counsellors, their profiles, places and working shares, and who leads them."""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from proxirh.accounts.models import Person
from proxirh.demo.generation.chance import Deck, shares
from proxirh.demo.generation.names import Name, draw_name
from proxirh.demo.generation.people import People
from proxirh.demo.generation.territory import OPENED_ON, Place
from proxirh.demo.personas import DOMAIN
from proxirh.territories.models import (
    Absence,
    Academy,
    Coverage,
    Deputy,
    Location,
    Posting,
    Profile,
    Role,
    Site,
    Team,
    TeamKind,
    WorkTie,
)

COUNSELLORS = 311
# The bars of July 2020 add up to 310 and the slide prints 311: the 311th counsellor has no profile on record.
PROFILES = {Profile.ADMINISTRATIVE: 197, Profile.CONTRACT: 32, Profile.TEACHER: 50, Profile.MANAGEMENT: 31, "": 1}
LOCATIONS = {Location.SITE: 149, Location.DSDEN: 100, Location.RECTORAT: 56, Location.OTHER: 6}
# 311 shares whose mean is 56 %; the classes of the founding chart are lost, so that these are ours.
WORKING_SHARES = {20: 22, 30: 40, 40: 46, 50: 78, 60: 36, 70: 14, 80: 30, 100: 45}
WITHOUT_COORDINATOR = ("corse", "limoges", "martinique", "guyane", "mayotte", "besancon")
SIZES: Mapping[str, float] = {
    "versailles": 9.0, "creteil": 8.0, "lille": 6.5, "lyon": 5.0, "nantes": 5.0, "grenoble": 5.0, "normandie": 5.0,
    "bordeaux": 5.0, "rennes": 4.5, "toulouse": 4.5, "aix-marseille": 4.5, "montpellier": 4.0, "orleans-tours": 4.0,
    "nancy-metz": 3.8, "paris": 3.5, "amiens": 3.2, "nice": 3.0, "strasbourg": 3.0, "poitiers": 2.7, "dijon": 2.5,
    "reims": 2.2, "besancon": 2.0, "clermont-ferrand": 2.0, "la-reunion": 2.0, "limoges": 1.2, "guadeloupe": 1.0,
    "martinique": 0.9, "guyane": 0.9, "mayotte": 0.8, "corse": 0.6,
}  # fmt: skip
MAIN_DEPARTMENTS = {"54": 0.4, "57": 0.4, "88": 0.12, "55": 0.08}


@dataclass(slots=True)
class Staff:
    """Someone of the service: the person, and where a post held elsewhere keeps her away from enquiries."""

    person: Person
    name: Name
    sites: set[int] = field(default_factory=set)
    districts: set[int] = field(default_factory=set)
    shares: dict[int, int] = field(default_factory=dict)  # working share by key of team

    @property
    def label(self) -> str:
        """How the journal names her."""
        return f"personne:{self.person.uid}"


@dataclass(slots=True)
class Service:
    """Everyone, by team and by persona."""

    counselling: dict[str, Team] = field(default_factory=dict)  # by département
    officers: dict[str, Team] = field(default_factory=dict)  # by académie
    members: dict[int, list[Staff]] = field(default_factory=lambda: defaultdict(list))  # by key of team
    cast: dict[str, Staff] = field(default_factory=dict)  # by persona


def department_weights(places: Mapping[str, Place]) -> dict[str, float]:
    """Share of each département in the national activity, from the size of its académie."""
    inside: dict[str, int] = defaultdict(int)
    for place in places.values():
        inside[place.academy.slug] += 1
    return {
        code: SIZES[place.academy.slug] * (MAIN_DEPARTMENTS[code] if place.is_main else 1 / inside[place.academy.slug])
        for code, place in places.items()
    }


class Recruiter:
    """Builds the teams, then hires; everything is written by `save`."""

    def __init__(self, rng: random.Random, places: Mapping[str, Place], names: Mapping[str, Name], today: date) -> None:
        self.service = Service()
        self._rng, self._places, self._names, self._today = rng, places, names, today
        self._people = People(rng)
        self._postings: list[Posting] = []
        self._ties: list[tuple[Staff, WorkTie]] = []
        self._absences: list[Absence] = []
        self._deputies: list[Deputy] = []
        self._serial = 0

    def build(self) -> Service:
        """Teams, counsellors, officers, coordinators, heads, managers; then one write."""
        self._teams()
        self._counsellors()
        for academy, place in self._seats().items():
            self._academy(academy, place)
        self._main_academy()
        self._national()
        self._save()
        return self.service

    def _seats(self) -> dict[Academy, Place]:
        seats: dict[Academy, Place] = {}
        for place in self._places.values():
            seats.setdefault(place.academy, place)
        return seats

    def _teams(self) -> None:
        teams, coverages = [], []
        for code, place in self._places.items():
            team = Team(
                kind=TeamKind.COUNSELLING,
                name=f"Conseil RH de proximité, {place.department.name}",
                academy=place.academy,
                department=place.department,
                email=f"rh-proximite-{code.lower()}@{place.domain}",
                valid_from=OPENED_ON,
            )
            self.service.counselling[code] = team
            teams.append(team)
            coverages.append(Coverage(team=team, department=place.department, valid_from=OPENED_ON))
        for academy, place in self._seats().items():
            team = Team(
                kind=TeamKind.HR_OFFICERS,
                name=f"Gestion RH, {academy.name}",
                academy=academy,
                email=f"gestion-rh@{place.domain}",
                valid_from=OPENED_ON,
            )
            self.service.officers[academy.slug] = team
            teams.append(team)
            coverages.append(Coverage(team=team, academy=academy, valid_from=OPENED_ON))
        Team.objects.bulk_create(teams)
        Coverage.objects.bulk_create(coverages)

    def hire(self, place: Place, *, persona: str = "", sex: str = "") -> Staff:
        """A new person of the service; a persona bears its own name and proved its address."""
        self._serial += 1
        name = self._names.get(persona) or draw_name(self._rng, sex or ("F" if self._rng.random() < 0.7 else "M"))
        address = f"{persona}@{DOMAIN}" if persona else f"{name.login}.{self._serial}@{place.domain}"
        person = self._people.add(
            name,
            at=datetime(2019, 9, 2, 8, tzinfo=UTC),
            phone=f"019900{self._serial:04d}",
            staff_address=address,
            account=address if persona else None,
        )
        staff = Staff(person, name)
        if persona:
            self.service.cast[persona] = staff
        return staff

    def post(self, staff: Staff, role: Role, **more: object) -> None:
        """One posting in force."""
        more.setdefault("valid_from", self._since())
        self._postings.append(Posting(person=staff.person, role=role, **more))

    def _since(self) -> date:
        return OPENED_ON + timedelta(days=self._rng.choice((0, 0, 0, 365, 730, 1096, 1461)))

    def _counsellors(self) -> None:
        rng = self._rng
        profiles, locations = Deck(rng, PROFILES), Deck(rng, LOCATIONS)
        working_shares = Deck(rng, WORKING_SHARES)
        personas = {"54": ["conseillere", "conseiller-deux-academies"], "33": ["conseiller-ailleurs"]}
        hired = shares(COUNSELLORS, department_weights(self._places), least=2)
        for code, count in hired.items():
            place = self._places[code]
            for n in range(count):
                names = personas.get(code, [])
                persona = names[n] if n < len(names) else ""
                staff = self.hire(place, persona=persona, sex={"conseillere": "F"}.get(persona, ""))
                location, share = locations.draw(), working_shares.draw()
                more = {"profile": profiles.draw(), "location": location, "site": self._host(place, location)}
                if persona == "conseiller-deux-academies":
                    self._serve(staff, self._places["51"], share=share // 2, **more | {"site": None})
                    share -= share // 2
                self._serve(staff, place, share=share, **more)
                if persona == "conseillere":
                    self.tie(staff, place, site=place.secondary[1])
                elif not persona:
                    self._elsewhere(staff, place, location, more["profile"])

    def _elsewhere(self, staff: Staff, place: Place, location: str, profile: str) -> None:
        """Beside the mission: for half of those who receive in a school, a post in one; and some are away."""
        if location == Location.SITE and self._rng.random() < 0.45:
            self.tie(staff, place, authority=profile == Profile.MANAGEMENT)
        if self._rng.random() < 0.05:
            start = self._today - timedelta(days=self._rng.randrange(12))
            end = start + timedelta(days=self._rng.randrange(14, 40))
            self._absences.append(Absence(person=staff.person, valid_from=start, valid_until=end))

    def _host(self, place: Place, location: str):
        """Where the counsellor receives."""
        if location == Location.SITE:
            return self._rng.choice(place.secondary + place.primary)
        if location == Location.DSDEN:
            return next(site for site in place.services if site.kind == "DSDEN")
        return next((site for site in place.services if site.kind == "Rectorat"), None)

    def _serve(self, staff: Staff, place: Place, *, share: int, role: Role = Role.COUNSELLOR, **more: object) -> None:
        team = self.service.counselling[place.department.code]
        self.post(
            staff,
            role,
            academy=place.academy,
            department=place.department,
            team=team,
            working_share=share,
            **more,
        )
        self._join(staff, team, share)

    def _join(self, staff: Staff, team: Team, share: int) -> None:
        self.service.members[team.pk].append(staff)
        staff.shares[team.pk] = share

    def tie(self, staff: Staff, place: Place, *, authority: bool = False, site: Site | None = None) -> None:
        """A post held in a school beside the mission: a conflict of interest with whoever works there."""
        site = site or self._rng.choice(place.secondary)
        kind = "has_authority" if authority else "works"
        self._ties.append((staff, WorkTie(person=staff.person, kind=kind, site=site, valid_from=OPENED_ON)))
        staff.sites.add(site.pk)

    def _academy(self, academy: Academy, place: Place) -> None:
        officers = self.service.officers[academy.slug]
        for n in range(4 if place.is_main else 2):
            staff = self.hire(place, persona="gestionnaire" if place.is_main and n == 0 else "")
            self.post(
                staff,
                Role.HR_OFFICER,
                academy=academy,
                department=place.department,
                team=officers,
                location=Location.RECTORAT,
            )
            self._join(staff, officers, 100)
        head = self.hire(place, persona="chef-de-service" if place.is_main else "")
        self.post(head, Role.HEAD_OF_SERVICE, academy=academy, location=Location.RECTORAT)
        if academy.slug not in WITHOUT_COORDINATOR:
            coordinator = self.hire(place, persona="coordinatrice" if place.is_main else "")
            self.post(coordinator, Role.COORDINATOR, academy=academy, location=Location.RECTORAT)
            stand_in = self.hire(place)  # without a mission of her own
            self._deputies.append(
                Deputy(person=coordinator.person, deputy=stand_in.person, academy=academy, valid_from=OPENED_ON)
            )

    def _main_academy(self) -> None:
        place = self._places["54"]
        cell = Team.objects.create(
            kind=TeamKind.CELL,
            name="Cellule d’écoute et de mobilité (exemple)",
            academy=place.academy,
            is_listening=True,
            valid_from=OPENED_ON,
        )
        for persona in ("cellule", ""):
            staff = self.hire(place, persona=persona)
            self.post(staff, Role.CELL_OFFICER, academy=place.academy, team=cell, location=Location.RECTORAT)
        # The head of the school where the persona « agent » works; he holds no mission of the service.
        head = self.hire(place, persona="superieur", sex="M")
        self.tie(head, place, authority=True, site=place.secondary[0])

    def _national(self) -> None:
        place = self._places["75"]
        self.post(self.hire(place, persona="referente-nationale"), Role.NATIONAL_REFERENT)
        self.post(self.hire(place, persona="administrateur"), Role.ADMINISTRATOR)

    def _save(self) -> None:
        self._people.save()
        Posting.objects.bulk_create(self._postings)
        WorkTie.objects.bulk_create(tie for _, tie in self._ties)
        Absence.objects.bulk_create(self._absences)
        Deputy.objects.bulk_create(self._deputies)
