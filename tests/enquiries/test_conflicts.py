"""Random organisations: whoever is kept away meets nothing, and every enquiry reaches somebody, or the alarm rings."""

import random

import pytest

from proxirh.accounts.models import Address, Person, address_index
from proxirh.enquiries.conflicts import asking_of, free_members, kept_away
from proxirh.enquiries.models import Enquiry, PersonChoice
from proxirh.enquiries.services.treating import decline_enquiry
from proxirh.kernel.calendar import local_day
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.actor import Actor, read_actor
from proxirh.territories.models import Coverage, Division, Posting, Role, Site, Team, TeamKind, WorkTie
from tests.world import LONG_AGO, NOW, World, make_person

pytestmark = pytest.mark.django_db


class Organisation:
    """Two teams of one to four people with random ties, around a site of two divisions."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        Coverage.objects.all().delete()
        Posting.objects.exclude(role=Role.NATIONAL_REFERENT).delete()
        self.office = Site.objects.create(
            uai=f"015{chance.randrange(1000, 9999)}Z", name="Rectorat d’exemple", department=world.department
        )
        self.divisions = [Division.objects.create(site=self.office, name=f"Division {n}") for n in (1, 2)]
        self.people: list[Person] = []
        for name in ("Équipe A", "Équipe B"):
            team = Team.objects.create(
                kind=TeamKind.COUNSELLING,
                name=f"{name} {self.office.uai}",
                academy=world.academy,
                department=world.department,
                valid_from=LONG_AGO,
            )
            Coverage.objects.create(team=team, department=world.department, valid_from=LONG_AGO)
            for number in range(chance.randint(1, 4)):
                self.people.append(self._member(team, f"{name[-1]}{number} {self.office.uai}"))

    def _member(self, team: Team, name: str) -> Person:
        person = make_person(name)
        if self.chance.random() < 0.5:  # she signs in another way, and never proved her service address
            Address.objects.filter(user=person.user).delete()
        Posting.objects.create(
            person=person,
            role=Role.COUNSELLOR,
            academy=team.academy,
            department=team.department,
            team=team,
            valid_from=LONG_AGO,
        )
        places = [
            {"site": self.world.site},
            {"site": self.office},
            {"circonscription": self.world.site.circonscription},
            *({"division": division} for division in self.divisions),
        ]
        for place in self.chance.sample(places, self.chance.randint(0, 2)):
            kind = self.chance.choice(["works", "has_authority"])
            WorkTie.objects.create(person=person, kind=kind, valid_from=LONG_AGO, **place)
        return person

    def ask(self) -> Enquiry:
        """Someone asks, now and then one of them before signing in, naming some of them."""
        site, division = self.chance.choice(
            [
                (None, None),
                (self.world.site, None),
                (self.office, None),
                *((self.office, one) for one in self.divisions),
            ]
        )
        author = self.chance.choice([None, *self.people])
        named = self.chance.sample(self.people, self.chance.randint(0, min(2, len(self.people))))
        return self.world.submit(
            "anonymous",
            site=site,
            division=division,
            email=(author.staff_address if author else None) or "quelquun@exemple.invalid",
            excluded=tuple(named[:1]),
            superior=named[1] if len(named) > 1 else None,
        )

    def actor(self, person: Person) -> Actor:
        return read_actor(
            user_id=person.user_id,
            person_id=person.pk,
            staff_index=bytes(person.staff_index or b""),
            second_factor=True,
            at=NOW,
        )


def reached(enquiry: Enquiry) -> set[str]:
    """Addresses alerted about an enquiry, as one of the team or as the national referent."""
    mails = OutgoingEmail.objects.filter(kind__in=("team_alert", "nobody_free"), dedupe_key__contains=str(enquiry.uid))
    return {mail.recipient for mail in mails.select_related("data_key")}


@pytest.mark.parametrize("seed", range(25))
def test_no_path_leads_to_whoever_is_kept_away_and_somebody_is_always_told(world: World, seed: int) -> None:
    """Mutations: forget the division, the service address, or the superior in `kept_away` or in `conflict_free`."""
    organisation = Organisation(world, random.Random(seed))
    for _ in range(3):
        enquiry = world.reload(organisation.ask())
        away = kept_away(asking_of(enquiry), day=local_day(NOW, enquiry.department.time_zone))
        free = free_members(enquiry, at=NOW)
        assert not free & away
        assert free or world.people["national referent"].staff_address in reached(enquiry)
        for person in organisation.people:
            rows = Enquiry.objects.listed_for(organisation.actor(person))
            may_meet = rows.filter(pk=enquiry.pk).exists()
            assert may_meet == (person.pk in free), f"{seed}: rows and people follow one rule"
            assert (person.staff_address in reached(enquiry)) == (person.pk in free)


@pytest.mark.parametrize("seed", range(8))
def test_each_one_who_knows_her_declines_until_the_alarm_rings(world: World, seed: int) -> None:
    """Whoever declines meets nothing any more; with nobody left the national referent is told."""
    organisation = Organisation(world, random.Random(1000 + seed))
    enquiry = world.reload(organisation.ask())
    declined: set[int] = set()
    while free := free_members(enquiry, at=NOW):
        assert not free & declined
        person = Person.objects.get(pk=min(free))
        decline_enquiry(actor=organisation.actor(person), enquiry=enquiry, at=NOW)
        declined.add(person.pk)
        enquiry = world.reload(enquiry)
    assert world.people["national referent"].staff_address in reached(enquiry)
    assert all(
        not Enquiry.objects.listed_for(organisation.actor(person)).filter(pk=enquiry.pk).exists()
        for person in organisation.people
    )


def test_whoever_asked_with_her_service_address_is_not_her_own_team(world: World) -> None:
    """She alone serves, has never signed in and asked with the address of her service: the alarm rings."""
    Posting.objects.filter(team=world.team).delete()
    alone = make_person("Seule Conseillère")
    alone.staff_address = "seule@exemple.invalid"
    alone.staff_index = address_index("seule@exemple.invalid")
    alone.save(update_fields=["staff_address", "staff_index"])
    Posting.objects.create(
        person=alone,
        role=Role.COUNSELLOR,
        academy=world.academy,
        department=world.department,
        team=world.team,
        valid_from=LONG_AGO,
    )
    enquiry = world.submit("anonymous", email="seule@exemple.invalid")
    assert reached(enquiry) == {world.people["national referent"].staff_address}


def test_someone_accepted_despite_her_site_is_free_but_never_her_superior(world: World) -> None:
    counsellor, superior = world.people["counsellor"], world.people["superior"]
    WorkTie.objects.create(person=counsellor, kind="works", site=world.site, valid_from=LONG_AGO)
    enquiry = world.submit()
    assert counsellor.pk not in free_members(world.reload(enquiry), at=NOW)
    for person in (counsellor, superior):
        PersonChoice.objects.create(enquiry=enquiry, person=person, kind="accepted", since=NOW)
    free = free_members(world.reload(enquiry), at=NOW)
    assert counsellor.pk in free
    assert superior.pk not in free
