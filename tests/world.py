"""The fixed cast of the suite: one small organisation, the same people in every test (RULES §2)."""

from __future__ import annotations

import uuid
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from proxirh.accounts.models import Address, Person, User, address_index
from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, Handling
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.encryption import keyring
from proxirh.kernel.models import DataKey
from proxirh.territories.actor import ANONYMOUS, Actor, read_actor
from proxirh.territories.models import (
    Academy,
    Circonscription,
    Coverage,
    Department,
    Posting,
    Role,
    Site,
    StaffCategory,
    Team,
    TeamKind,
    Topic,
    WorkTie,
)
from tests.kept_rows import KeptRows

# A Tuesday in term time, 10:00 in Paris.
NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
LONG_AGO = date(2020, 9, 1)

CAST = (
    "author",
    "colleague",
    "excluded colleague",
    "superior",
    "anonymous",
    "code-only staff",
    "counsellor",
    "fellow counsellor",
    "counsellor elsewhere",
    "counsellor in two academies",
    "co-handler",
    "former handler",
    "coordinator",
    "head of service",
    "HR officer",
    "cell officer",
    "steering member",
    "national referent",
    "administrator",
)


def make_person(name: str, *, address: str | None = None, with_account: bool = True) -> Person:
    """A person called `name`, with a proved address when she has an account."""
    address = address or f"{name.replace(' ', '.').lower()}@exemple.invalid"
    first, _, rest = name.partition(" ")
    user = User.objects.create() if with_account else None
    if user is not None:
        proved = Address(
            user=user,
            data_key=DataKey.objects.issue(),
            blind_index=address_index(address),
            ciphertext=address,
        )
        proved.save()
    return Person.objects.create(
        user=user,
        data_key=DataKey.objects.issue(),
        first_name=first.title(),
        last_name=f"{rest.title()} Exemple".strip(),
        staff_address=address,
        staff_index=address_index(address),
    )


@dataclass
class World:
    """People by their part, the places they work at, and one enquiry followed by the counsellor."""

    academy: Academy
    elsewhere: Academy
    department: Department
    site: Site
    other_site: Site
    team: Team
    officers: Team
    team_elsewhere: Team
    category: StaffCategory
    topic: Topic
    people: dict[str, Person]
    enquiry: Enquiry = field(init=False)

    def actor(self, part: str, *, at: datetime = NOW) -> Actor:
        """The actor of a part, as the middleware would read it."""
        person = self.people.get(part)
        if person is None:
            return ANONYMOUS
        return read_actor(
            user_id=person.user_id,
            person_id=person.pk,
            person_uid=person.uid,
            staff_index=bytes(person.staff_index) if person.staff_index else None,
            second_factor=part != "code-only staff",
            at=at,
        )

    def answers(self, **changes: Any) -> services.Answers:
        """Complete answers of the author."""
        author = self.people["author"]
        return replace(
            services.Answers(
                department=self.department,
                site=self.site,
                category=self.category,
                topic=self.topic,
                words="Je voudrais parler de mon projet.",
                first_name=author.first_name,
                last_name=author.last_name,
                email="author@exemple.invalid",
                phone="0600000000",
                means=("phone",),
                times=("evening",),
            ),
            **changes,
        )

    def submit(self, part: str = "author", *, at: datetime = NOW, **changes: Any) -> Enquiry:
        """A new enquiry of a part, waiting for its team."""
        return services.submit_enquiry(
            actor=self.actor(part), answers=self.answers(**changes), idempotency_key=uuid.uuid4(), at=at
        )

    def reload(self, enquiry: Enquiry | None = None) -> Enquiry:
        """The same enquiry as the database holds it now, with all that is needed to open it."""
        return Enquiry.objects.select_related("data_key", "fact", "department").get(pk=(enquiry or self.enquiry).pk)

    def taken(self, *, at: datetime = NOW, **changes: Any) -> Enquiry:
        """A new enquiry of the author, in the counsellor's hands."""
        enquiry = self.submit(at=at, **changes)
        services.take_enquiry(actor=self.actor("counsellor"), enquiry=enquiry, at=at + timedelta(minutes=10))
        return self.reload(enquiry)


def build_world() -> World:
    """Fill an empty database (reference data excepted) with the cast."""
    academy = Academy.objects.get(slug="clermont-ferrand")
    elsewhere = Academy.objects.get(slug="la-reunion")
    Academy.objects.filter(pk__in=[academy.pk, elsewhere.pk]).update(opened_on=LONG_AGO)
    academy.refresh_from_db()
    elsewhere.refresh_from_db()
    department = Department.objects.get(code="15")
    far = Department.objects.get(code="974")
    district = Circonscription.objects.create(code="0150003X", name="Circonscription d’exemple", department=department)
    site = Site.objects.create(
        uai="0150001V",
        name="Collège des Exemples",
        town="Exempleville",
        department=department,
        circonscription=district,
        mailbox="ce.0150001v@ac-exemple.invalid",
    )
    other_site = Site.objects.create(
        uai="0150002W",
        name="Lycée des Modèles",
        town="Modèleville",
        department=department,
    )

    def team(kind: str, name: str, where: Department) -> Team:
        made = Team.objects.create(
            kind=kind, name=name, academy_id=where.academy_id, department=where, valid_from=LONG_AGO
        )
        if kind in (TeamKind.COUNSELLING, TeamKind.HR_OFFICERS):
            Coverage.objects.create(team=made, department=where, valid_from=LONG_AGO)
        return made

    ours = team(TeamKind.COUNSELLING, "Conseil RH de proximité, Cantal", department)
    officers = team(TeamKind.HR_OFFICERS, "Gestion RH, Cantal", department)
    cell = team(TeamKind.CELL, "Cellule mobilité et écoute", department)
    Team.objects.filter(pk=cell.pk).update(is_listening=True)
    theirs = team(TeamKind.COUNSELLING, "Conseil RH de proximité, La Réunion", far)
    people = {part: make_person(part) for part in CAST if part != "anonymous"}

    def post(part: str, role: Role, where: Department | None, serves: Team | None = None, **dates: date) -> None:
        Posting.objects.create(
            person=people[part],
            role=role,
            academy=where.academy if where else None,
            department=where if serves else None,
            team=serves,
            valid_from=dates.get("valid_from", LONG_AGO),
            valid_until=dates.get("valid_until"),
        )

    for part in ("counsellor", "fellow counsellor", "code-only staff", "co-handler", "former handler"):
        post(part, Role.COUNSELLOR, department, ours)
    post("excluded colleague", Role.COUNSELLOR, department, ours)
    post("superior", Role.COUNSELLOR, department, ours)
    post("counsellor elsewhere", Role.COUNSELLOR, far, theirs)
    post("counsellor in two academies", Role.COUNSELLOR, department, ours)
    post("counsellor in two academies", Role.COUNSELLOR, far, theirs)
    post("coordinator", Role.COORDINATOR, department)
    post("head of service", Role.HEAD_OF_SERVICE, department)
    post("HR officer", Role.HR_OFFICER, department, officers)
    post("cell officer", Role.CELL_OFFICER, department, cell)
    post("steering member", Role.STEERING_MEMBER, department)
    post("national referent", Role.NATIONAL_REFERENT, None)
    post("administrator", Role.ADMINISTRATOR, None)
    WorkTie.objects.create(person=people["superior"], kind="has_authority", site=site, valid_from=LONG_AGO)
    world = World(
        academy=academy,
        elsewhere=elsewhere,
        department=department,
        site=site,
        other_site=other_site,
        team=ours,
        officers=officers,
        team_elsewhere=theirs,
        category=StaffCategory.objects.filter(family="2d").order_by("position")[0],
        topic=Topic.objects.get(code="1.1"),
        people=people,
    )
    world.enquiry = world.taken(excluded=(people["excluded colleague"],))
    Handling.objects.create(
        enquiry=world.enquiry,
        team=ours,
        person=people["co-handler"],
        state=HandlingState.ACCEPTED,
        is_lead=False,
        accepted_at=NOW,
    )
    Handling.objects.create(
        enquiry=world.enquiry,
        team=ours,
        person=people["former handler"],
        state=HandlingState.GIVEN_BACK,
        reason="absence",
        accepted_at=NOW - timedelta(hours=2),
        ended_at=NOW,
    )
    return world


class KeptWorld:
    """The world built first in this process: every test gets a copy of it, and its rows written again."""

    def __init__(self) -> None:
        self.ring = keyring()
        self.rows = KeptRows()
        built = build_world()
        self.rows.keep()
        self.world = deepcopy(built)

    def give(self) -> World | None:
        """A copy, or nothing where its rows would not fit: other keys, or a database already filled."""
        if self.ring != keyring() or not self.rows.fits():
            return None
        self.rows.write()
        return deepcopy(self.world)


KEPT = pytest.StashKey[KeptWorld]()


@pytest.fixture
def world(db: None, request: pytest.FixtureRequest) -> World:
    """The cast, in a fresh database."""
    kept = request.config.stash.get(KEPT, None)
    if kept is None:
        request.config.stash[KEPT] = kept = KeptWorld()
        return deepcopy(kept.world)
    return kept.give() or build_world()
