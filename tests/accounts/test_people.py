"""Who is behind an account: imports and sign-ins meet on the same person."""

import pytest

from proxirh.accounts import services
from proxirh.accounts.models import Address, AddressKind, Person, User, address_index
from proxirh.accounts.periodic import forget_expired
from proxirh.kernel.models import DataKey, JournalEntry
from tests.accounts.conftest import ADDRESS

pytestmark = pytest.mark.django_db


def imported(address: str = ADDRESS, **values) -> Person:
    """Someone as an import of staff writes her."""
    return Person.objects.create(
        data_key=DataKey.objects.issue(),
        first_name="Camille",
        last_name="Exemple",
        staff_address=address,
        staff_index=address_index(address),
        **values,
    )


def test_imported_counsellor_gets_her_person_at_first_sign_in() -> None:
    """Mutation: always make a new person."""
    person = imported()
    user = services.account_for(address=ADDRESS)
    person.refresh_from_db()
    assert person.user == user
    assert Person.objects.count() == 1
    assert "personne rattachée" in JournalEntry.objects.values_list("verb", flat=True)


def test_agent_imported_later_gets_her_staff_person_at_next_sign_in() -> None:
    """Mutation: link an imported person to new accounts only."""
    user = services.account_for(address=ADDRESS)
    services.ensure_person(user=user, first_name="Camille", last_name="Exemple")
    person = imported()
    assert services.account_for(address=ADDRESS) == user
    person.refresh_from_db()
    assert person.user == user


def test_person_of_another_account_is_left_alone() -> None:
    other = User.objects.create()
    imported("autre.exemple@ac-demo.fr", user=other)
    user = services.account_for(address=ADDRESS)
    assert user != other
    assert Person.objects.get(user=other).staff_index is not None


def test_account_that_has_a_staff_person_keeps_it() -> None:
    """Two imported persons, one account: the second waits for a human. Mutation: replace the first."""
    first, second = imported(), imported("camille.second@ac-demo.fr")
    user = services.account_for(address=ADDRESS)
    services.account_for(address="camille.second@ac-demo.fr", user=user)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.user, second.user) == (user, None)


def test_second_proved_address_of_an_imported_person_joins_her_account() -> None:
    person = imported(user=User.objects.create())
    assert services.account_for(address=ADDRESS) == person.user
    assert Address.objects.get().user == person.user


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("camille@ac-nantes.fr", AddressKind.PROFESSIONAL),
        ("camille@ETU.AC-Orleans-Tours.fr", AddressKind.PROFESSIONAL),
        ("camille@education.gouv.fr", AddressKind.PROFESSIONAL),
        ("camille@exemple.invalid", AddressKind.PERSONAL),
        ("camille@ac-nantes.fr.exemple.invalid", AddressKind.PERSONAL),
        ("camille@mac-nantes.fr", AddressKind.PERSONAL),
    ],
)
def test_a_proved_address_tells_whether_the_employer_gave_it(address: str, kind: AddressKind) -> None:
    services.account_for(address=address)
    assert Address.objects.get().kind == kind


def test_name_is_given_once() -> None:
    """Mutation: replace the name at each sign-in."""
    user = services.account_for(address=ADDRESS)
    assert services.ensure_person(user=user, first_name="Camille", last_name="Exemple").full_name == "Camille Exemple"
    assert services.ensure_person(user=user, first_name="Autre", last_name="Nom").full_name == "Camille Exemple"
    assert Person.objects.get(user=user).full_name == "Camille Exemple"


def test_nightly_forgetting_runs_twice_without_harm() -> None:
    assert (
        forget_expired.call()
        == forget_expired.call()
        == dict.fromkeys(("codes", "formulaires", "visites", "compteurs"), 0)
    )
