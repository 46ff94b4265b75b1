"""The same proof many times in the same instant, on real threads and real connections: it serves once."""

import itertools
import time

import pytest
from allauth.mfa.models import Authenticator
from django.db.models import QuerySet
from django.utils import timezone

from proxirh.accounts import services
from proxirh.accounts.models import FactorVault, Person, User
from proxirh.kernel.models import DataKey
from tests.accounts.devices import totp
from tests.accounts.staff import SECRET
from tests.accounts.test_code_races import at_once, outcome
from tests.accounts.test_limits import HOUR

pytestmark = pytest.mark.django_db(transaction=True)


def everybody(*, user_id: int) -> bool:
    """Missions where everyone holds one."""
    return bool(user_id)


@pytest.fixture
def user(settings) -> User:
    """Someone with an application added yesterday."""
    settings.HOLDS_A_MISSION = f"{__name__}.everybody"
    made = User.objects.create()
    Person.objects.create(user=made, data_key=DataKey.objects.issue())
    at = timezone.now() - 24 * HOUR
    services.add_totp(actor=made, secret=SECRET, code=totp(SECRET, at=at.timestamp()), at=at)
    return made


def prove(user: User, code: str) -> str:
    return outcome(lambda: services.prove_by_code(user=user, code=code))


def test_code_of_the_application_serves_once(user: User) -> None:
    """Mutation: read `last_step`, compare, then save."""
    for _ in range(3):
        FactorVault.objects.update(last_step=0)
        assert at_once(3, lambda: prove(user, totp(SECRET))).count("") == 1


def test_recovery_code_serves_once(user: User) -> None:
    """Mutation: take `validate_code` out of its transaction."""
    codes = services.renew_recovery_codes(actor=user, key="une")
    for code in codes[:3]:
        assert at_once(3, lambda code=code: prove(user, code)).count("") == 1


def test_same_form_sent_twice_at_once_shows_one_list(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """However far apart each reads and writes.

    Mutations: let the IntegrityError through; on PostgreSQL, delete whatever is there rather than what was read.
    """
    first, pauses = QuerySet.first, itertools.count()

    def read_then_wait(rows: QuerySet) -> object:
        found = first(rows)
        if rows.model is Authenticator:
            time.sleep(next(pauses) % 6 / 50)
        return found

    monkeypatch.setattr(QuerySet, "first", read_then_wait)
    for key in ("double", "triple"):
        shown = at_once(6, lambda key=key: tuple(services.renew_recovery_codes(actor=user, key=key)))
        assert len(set(shown)) == 1
    assert prove(user, shown[0][0]) == ""


def test_tries_in_the_same_instant_are_all_counted(user: User) -> None:
    """Mutation: count after the comparison."""
    told = at_once(20, lambda: prove(user, "000000"))
    assert sum("Trop d’essais" in sentence for sentence in told) >= 20 - services.proofs.TRIES_PER_HOUR
