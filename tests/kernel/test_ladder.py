"""Steps reached by a delay, and a row that is written once."""

import pytest
from django.db import transaction

from proxirh.kernel.ladder import once, reached
from proxirh.kernel.models import Heartbeat
from tests.world import NOW

DAYS_OF = {"first": 1, "second": 3, "third": 7}


@pytest.mark.parametrize(
    ("days", "steps"),
    [
        (-1, ()),
        (0, ()),
        (1, ("first",)),
        (2, ("first",)),
        (3, ("first", "second")),
        (6, ("first", "second")),
        (7, ("first", "second", "third")),
        (700, ("first", "second", "third")),
    ],
)
def test_every_step_whose_delay_has_passed(days: int, steps: tuple[str, ...]) -> None:
    """Mutations: compare with « more than »; keep the last alone."""
    assert reached(DAYS_OF, days) == steps


@pytest.mark.django_db
def test_the_second_row_of_a_step_is_refused_and_the_transaction_goes_on() -> None:
    """Mutation: leave the savepoint out of `once` (PostgreSQL then refuses all that follows)."""
    with transaction.atomic():
        assert once(Heartbeat(name="marche", seen_at=NOW))
        assert not once(Heartbeat(name="marche", seen_at=NOW))
        assert once(Heartbeat(name="autre marche", seen_at=NOW))
    assert Heartbeat.objects.filter(name__endswith="marche").count() == 2
