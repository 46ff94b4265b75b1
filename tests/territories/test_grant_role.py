"""The command line gives the first role, and any other."""

from datetime import date

import pytest
from django.core.management import CommandError

from proxirh.accounts.models import Person, address_index
from proxirh.accounts.services import account_for
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.territories.actor import Actor, read_actor
from proxirh.territories.models import Academy, Coverage, Posting, Role, Site, Team, TeamKind
from proxirh.territories.services.granting import WIDTHS, Perimeter, grant_role, read_perimeter
from tests.territories.conftest import Outcome, Run

ADDRESS = "alix@exemple.invalid"
SINCE = date(2026, 9, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(run: Run):
    def command(
        role: str, perimeter: str, *, since: str = "2026-09-01", until: str = "", address: str = ADDRESS
    ) -> Outcome:
        end = ["--au", until] if until else []
        return run("grant_role", "--courriel", address, "--role", role, "--perimetre", perimeter, "--du", since, *end)

    return command


def actor(address: str = ADDRESS) -> Actor:
    """What that address may do once it is signed in."""
    user = account_for(address=address)
    person = Person.objects.get(user=user)
    return read_actor(user_id=user.pk, person_id=person.pk)


def test_the_first_administrator_comes_from_an_empty_database(grant) -> None:
    outcome = grant("administrateur", "national", address="Alix@Exemple.invalid")
    assert (outcome.code, outcome.errors) == (0, "")
    assert actor().is_administrator
    assert not actor().coordinates


def test_granting_again_changes_nothing(grant) -> None:
    grant("administrateur", "national")
    outcome = grant("administrateur", "national")
    assert outcome.code == 0
    assert "rien n’a changé" in outcome.said
    assert Posting.objects.count() == JournalEntry.objects.count() == 1


def test_an_end_may_be_given_later(grant) -> None:
    grant("coordonnateur", "academie:lyon")
    assert grant("coordonnateur", "academie:lyon", until="2026-10-31").code == 0
    posting = Posting.objects.get()
    assert (posting.valid_from, posting.valid_until) == (SINCE, date(2026, 10, 31))
    assert grant("coordonnateur", "academie:lyon", since="2026-11-01").code == 0
    assert Posting.objects.count() == 2


@pytest.mark.parametrize(
    ("role", "perimeter", "holds"),
    [
        ("coordonnateur", "academie:lyon", "coordinates"),
        ("coordonnateur", "departement:69", "coordinates"),
        ("chef_de_service", "academie:lyon", "heads"),
        ("conseiller", "departement:69", "counsels"),
        ("gestionnaire", "departement:69", "officers"),
        ("cellule", "academie:lyon", "cells"),
        ("comite", "national", "steers"),
        ("comite", "academie:lyon", "steers"),
        ("referent_national", "national", "is_national"),
        ("administrateur", "national", "is_administrator"),
        ("mae", "academie:lyon", "academies"),
        ("formation", "academie:lyon", "academies"),
    ],
)
def test_each_role_gives_its_right(grant, role: str, perimeter: str, holds: str) -> None:
    assert grant(role, perimeter).code == 0
    assert getattr(actor(), holds)


@pytest.mark.parametrize("role", Role)
def test_a_role_is_not_given_more_widely_than_it_is(role: Role) -> None:
    """Mutation: take any perimeter."""
    for text in ("national", "academie:lyon", "departement:69"):
        perimeter = read_perimeter(text)
        if perimeter.width not in WIDTHS[role]:
            with pytest.raises(DomainError, match="se donne pour un périmètre"):
                grant_role(
                    actor=Actor(is_administrator=True), address=ADDRESS, role=role, perimeter=perimeter, since=SINCE
                )
    assert not Posting.objects.exists()


def test_a_counsellor_opens_the_team_and_the_academie(grant) -> None:
    grant("conseiller", "departement:2a")
    team = Team.objects.get()
    assert (team.kind, team.name) == ("counselling", "Conseil RH de proximité, Corse-du-Sud")
    assert Coverage.objects.get().department.code == "2A"
    assert Academy.objects.get(slug="corse").opened_on == SINCE
    grant("conseiller", "departement:2a", address="sam@exemple.invalid")
    assert Team.objects.count() == 1


def test_someone_who_already_has_an_account_stays_the_same_person(grant) -> None:
    person = Person.objects.get(user=account_for(address=ADDRESS))
    grant("coordonnateur", "academie:lyon")
    assert Posting.objects.get().person == person
    known = Person.objects.select_related("data_key").get()
    assert (known.staff_address, bytes(known.staff_index or b"")) == (ADDRESS, address_index(ADDRESS))


def test_the_cell_of_the_academie_is_found_or_made(grant) -> None:
    grant("cellule", "academie:lyon")
    grant("cellule", "academie:lyon", address="sam@exemple.invalid")
    team = Team.objects.get()
    assert (team.kind, team.name) == ("cell", "Cellule spécialisée, Lyon")
    Team.objects.create(academy=team.academy, kind=TeamKind.CELL, name="Autre", valid_from=SINCE)
    assert "plusieurs équipes" in grant("cellule", "academie:lyon", address="camille@exemple.invalid").errors


@pytest.mark.parametrize(
    ("role", "perimeter", "since", "until", "address", "said"),
    [
        ("administrateur", "nation", "2026-09-01", "", ADDRESS, "Un périmètre s’écrit"),
        ("coordonnateur", "academie:atlantide", "2026-09-01", "", ADDRESS, "atlantide"),
        ("conseiller", "departement:96", "2026-09-01", "", ADDRESS, "96"),
        ("administrateur", "national", "2026-09-01", "2026-08-31", ADDRESS, "précède"),
        ("administrateur", "national", "2026-09-01", "", "alix", "adresse électronique"),
        ("administrateur", "national", "2026-09-01", "", "ce.0150001V@ac-exemple.invalid", "d’autres la lisent"),
        ("administrateur", "national", "2026-09-01", "", "accueil@ac-exemple.invalid", "d’autres la lisent"),
        ("referent_national", "national", "2026-12-01", "", "held@exemple.invalid", "déjà cette mission"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_status_1(grant, role, perimeter, since, until, address, said) -> None:
    grant("referent_national", "national", address="held@exemple.invalid")
    department = read_perimeter("departement:15").department
    Site.objects.create(uai="0150001V", name="Collège", department=department, mailbox="accueil@ac-exemple.invalid")
    outcome = grant(role, perimeter, since=since, until=until, address=address)
    assert (outcome.code, outcome.said) == (1, "")
    assert said in outcome.errors
    assert len(outcome.errors.splitlines()) == 1
    assert Posting.objects.count() == Person.objects.count() == 1


@pytest.mark.parametrize(("role", "since"), [("chef", "2026-09-01"), ("administrateur", "01/09/2026")])
def test_a_wrong_command_line_is_told(grant, role: str, since: str) -> None:
    with pytest.raises(CommandError):
        grant(role, "national", since=since)


def test_only_an_administrator_grants() -> None:
    with pytest.raises(NotAllowed):
        grant_role(actor=Actor(), address=ADDRESS, role=Role.ADMINISTRATOR, perimeter=Perimeter(), since=SINCE)
    assert not Person.objects.exists()
