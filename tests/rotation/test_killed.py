"""`rotate_keys` killed after any statement loses nothing, and goes on from where it was."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import connection

from proxirh.accounts.models import Address, Person, address_indexes
from proxirh.kernel import encryption
from proxirh.kernel.models import DataKey
from tests.rotation.conftest import Keys
from tests.world import make_person

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 5


@pytest.fixture
def rotator(keys: Keys) -> Iterator[subprocess.Popen[str]]:
    """Its children die with it."""
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    given = {
        "database": {name: str(connection.settings_dict[name]) for name in names},
        "keys": str(keys.path),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.rotation.rotator", json.dumps(given)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.communicate(timeout=60)


def killed_after(process: subprocess.Popen[str], statements: int) -> int:
    """The signal that ended a rotation, 0 when it came to its end."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{statements}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def check_everything_reads() -> None:
    """Every key opens, every index is one of its address."""
    assert all(key.clear for key in DataKey.objects.all())
    for address in Address.objects.select_related("data_key"):
        assert bytes(address.blind_index) in address_indexes(address.ciphertext)
    for person in Person.objects.select_related("data_key"):
        assert bytes(person.staff_index or b"") in address_indexes(person.staff_address or "")


def test_killed_after_any_statement_it_loses_nothing_and_goes_on(keys: Keys, rotator: subprocess.Popen[str]) -> None:
    """Mutation: wrap a key and tell its version in two statements."""
    for number in range(PEOPLE):
        make_person(f"person {number}")
    keys.add()
    kills = 0
    while (ended := killed_after(rotator, kills + 1)) == -signal.SIGKILL:
        kills += 1
        check_everything_reads()
    assert ended == 0
    assert kills > 20
    check_everything_reads()
    assert set(DataKey.objects.values_list("version", flat=True)) == {2}
    keys.retire()
    check_everything_reads()
    assert encryption.keyring().current_index == 2
