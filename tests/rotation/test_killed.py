"""`rotate_keys` killed after any statement loses nothing, and goes on from where it was."""

import signal
from collections.abc import Iterator

import pytest

from proxirh.accounts.models import Address, Person, address_indexes
from proxirh.kernel import encryption
from proxirh.kernel.models import DataKey
from tests.mortal import Mortal, mortal
from tests.rotation.conftest import Keys
from tests.world import make_person

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 5


@pytest.fixture
def rotator(keys: Keys) -> Iterator[Mortal]:
    """The rotation, on the keys of the test."""
    with mortal("rotate_keys", "--apply", PROXIRH_KEYS_FILE=str(keys.path)) as process:
        yield process


def check_everything_reads() -> None:
    """Every key opens, every index is one of its address."""
    assert all(key.clear for key in DataKey.objects.all())
    for address in Address.objects.select_related("data_key"):
        assert bytes(address.blind_index) in address_indexes(address.ciphertext)
    for person in Person.objects.select_related("data_key"):
        assert bytes(person.staff_index or b"") in address_indexes(person.staff_address or "")


def test_killed_after_any_statement_it_loses_nothing_and_goes_on(keys: Keys, rotator: Mortal) -> None:
    """Mutation: wrap a key and tell its version in two statements."""
    for number in range(PEOPLE):
        make_person(f"person {number}")
    keys.add()
    kills = 0
    while (ended := rotator.killed_after(kills + 1)) == -signal.SIGKILL:
        kills += 1
        check_everything_reads()
    assert ended == 0
    assert kills > 20
    check_everything_reads()
    assert set(DataKey.objects.values_list("version", flat=True)) == {2}
    keys.retire()
    check_everything_reads()
    assert encryption.keyring().current_index == 2
