"""An account that nobody uses, and for which nothing is kept, goes as content does; never that of the service."""

from datetime import datetime

import pytest

from proxirh.accounts.models import Address, Person, User
from proxirh.enquiries.models import Enquiry
from proxirh.kernel import erasures
from proxirh.privacy.retention import ACCOUNTS
from proxirh.territories.models import Deputy, Posting, Role, WorkTie
from tests.privacy.conftest import DAY, SECOND
from tests.world import LONG_AGO, NOW, World, make_person

pytestmark = pytest.mark.django_db
GOES = NOW + 365 * DAY


def visitor(name: str, *, seen: datetime | None = NOW) -> Person:
    """Someone with an account, who is not of the service."""
    person = make_person(name)
    Person.objects.filter(pk=person.pk).update(staff_address=None, staff_index=None)
    User.objects.filter(pk=person.user_id).update(created_at=NOW - 99 * DAY, last_login=seen)
    return Person.objects.get(pk=person.pk)


def is_kept(person: Person) -> bool:
    return User.objects.filter(pk=person.user_id).exists()


@pytest.fixture
def quiet(world: World) -> World:
    """A world whose own accounts have just been used."""
    User.objects.all().update(last_login=GOES)
    return world


def test_it_goes_a_year_after_the_last_visit_with_name_and_addresses(quiet: World) -> None:
    """Mutation: count from the making of the account."""
    person = visitor("passante")
    uid = User.objects.get(pk=person.user_id).uid
    assert ACCOUNTS.due(GOES) == ACCOUNTS.apply(at=GOES) == 0
    assert ACCOUNTS.due(GOES + SECOND) == ACCOUNTS.apply(at=GOES + SECOND) == 1
    assert not Person.objects.filter(pk=person.pk).exists()
    assert not Address.objects.filter(user_id=person.user_id).exists()
    assert [line.uid for line in erasures.read().erasures] == [uid]
    assert ACCOUNTS.apply(at=GOES + SECOND) == 0


def test_one_that_never_came_back_counts_from_its_making(quiet: World) -> None:
    person = visitor("inscrite", seen=None)
    assert ACCOUNTS.apply(at=GOES - 99 * DAY) == 0
    assert ACCOUNTS.apply(at=GOES - 99 * DAY + SECOND) == 1
    assert not is_kept(person)


def test_who_has_an_enquiry_left_keeps_her_account(quiet: World) -> None:
    """Mutation: leave the enquiries out of what holds an account."""
    person = visitor("autrice")
    Enquiry.objects.filter(pk=quiet.enquiry.pk).update(author=person)
    assert ACCOUNTS.apply(at=GOES + DAY) == 0
    assert is_kept(person)


@pytest.mark.parametrize("tie", ["address", "mission", "former mission", "stands in", "works there"])
def test_the_people_of_the_service_keep_theirs(quiet: World, tie: str) -> None:
    """Mutations: leave out the missions; the deputies; the directory of the service."""
    person = visitor("collegue")
    if tie == "address":
        Person.objects.filter(pk=person.pk).update(staff_index=b"x" * 33)
    elif tie == "stands in":
        Deputy.objects.create(
            person=quiet.people["coordinator"], deputy=person, academy=quiet.academy, valid_from=LONG_AGO
        )
    elif tie == "works there":
        WorkTie.objects.create(person=person, kind="has_authority", site=quiet.site, valid_from=LONG_AGO)
    else:
        over = {"valid_until": LONG_AGO} if tie == "former mission" else {}
        Posting.objects.create(
            person=person, role=Role.STEERING_MEMBER, academy=quiet.academy, valid_from=LONG_AGO, **over
        )
    assert ACCOUNTS.apply(at=GOES + 9 * 365 * DAY) == 0
    assert is_kept(person)
