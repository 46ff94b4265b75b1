"""One promise, two hands at once: one has it, the other is told."""

from collections.abc import Callable
from uuid import UUID

import pytest

from proxirh.kernel.errors import StaleState
from proxirh.scheduling.models import PhoneCall, Promise
from proxirh.scheduling.services import calling, promising
from tests.enquiries.test_hands_races import together
from tests.scheduling.line import COLLEAGUE, OFFICER, a_call, with_line
from tests.world import NOW, World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
ROUNDS = 4


@pytest.fixture
def cast() -> World:
    return build_world()


def taking(cast: World, promise: Promise, part: str) -> Callable[[], None]:
    row = Promise.objects.select_related("call__team").get(pk=promise.pk)
    actor = cast.actor(part)
    return lambda: promising.take_promise(actor=actor, promise=row, away=(), at=NOW)


def test_two_who_take_a_promise_at_once_are_never_both_its_holder(cast: World) -> None:
    """Mutation: write the holder without comparing what was read."""
    line = with_line(cast)
    for _ in range(ROUNDS):
        promise = promising.promise_call(
            actor=cast.actor(OFFICER), call=a_call(cast), to=line, means="phone", working_days=1, at=NOW
        )
        parts = (OFFICER, COLLEAGUE)
        raised = together(*(taking(cast, promise, part) for part in parts))
        (winner,) = (part for part, error in zip(parts, raised, strict=True) if error is None)
        assert {type(error) for error in raised} == {type(None), StaleState}
        assert Promise.objects.get(pk=promise.pk).owner_id == cast.people[winner].pk


def test_one_key_and_one_promise_whoever_clicks_twice(cast: World) -> None:
    """Mutations: drop the uniqueness of the key; make a promise a plain foreign key."""
    line, actor = with_line(cast), cast.actor(OFFICER)
    for number in range(ROUNDS):
        uid = UUID(int=number + 1)
        assert together(*[lambda uid=uid: calling.pick_up(actor=actor, team=line, key=uid, at=NOW)] * 4) == [None] * 4
        rows = [PhoneCall.objects.select_related("team", "data_key").get(idempotency_key=uid) for _ in range(2)]
        raised = together(
            *(
                lambda row=row: promising.promise_call(
                    actor=actor, call=row, to=line, means="phone", working_days=1, at=NOW
                )
                for row in rows
            )
        )
        assert all(error is None or isinstance(error, StaleState) for error in raised), raised
        assert Promise.objects.filter(call=rows[0]).count() == 1
