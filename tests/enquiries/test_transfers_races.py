"""An enquiry that waits in another académie while both sides act at once: one outcome, no deadlock, no double count."""

from functools import partial

import pytest

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, Transfer
from proxirh.enquiries.workflow import State, TransferState
from tests.enquiries import acts, moving
from tests.enquiries.test_hands_races import ROUNDS, is_refused_or_done, together
from tests.enquiries.test_workflow_counts import counted, recounted
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
THERE, BOTH = "counsellor elsewhere", "counsellor in two academies"


def waiting(world: World, *parts: str) -> tuple[Transfer, Enquiry, list[Enquiry]]:
    """One that waits there, and what the page of each of these colleagues holds of it."""
    transfer, arrival = moving.offer(world, world.taken())
    rows = [moving.row_for(world, arrival, part) for part in parts]
    assert None not in rows
    return transfer, arrival, rows  # type: ignore[return-value]


def taking(world: World, row: Enquiry, part: str) -> partial[None]:
    return partial(acts.take, world, row, part=part, at=moving.SOON)


def test_two_of_the_new_team_at_once_one_takes_it() -> None:
    """Either of two keeps it so. Mutation: let `swap` write whatever the row holds, and leave the older side unheld."""
    world = build_world()
    for _ in range(ROUNDS):
        transfer, arrival, (one, other) = waiting(world, THERE, BOTH)
        raised = together(taking(world, one, THERE), taking(world, other, BOTH))
        assert is_refused_or_done(raised), raised
        assert sum(error is None for error in raised) == 1, raised
        assert moving.load(arrival).state == State.IN_PROGRESS
        assert arrival.handlings.filter(state="accepted").count() == 1
        assert moving.again(transfer).state == TransferState.ACCEPTED
        assert world.reload(transfer.enquiry).state == State.CLOSED
        assert counted() == recounted()


def test_taken_while_she_takes_it_back() -> None:
    """Mutation: leave the older side unheld in `hold_origin`: PostgreSQL sees a deadlock."""
    world = build_world()
    for _ in range(ROUNDS):
        transfer, arrival, (row,) = waiting(world, THERE)
        raised = together(taking(world, row, THERE), partial(moving.withdraw, world, transfer))
        assert is_refused_or_done(raised), raised
        left = world.reload(transfer.enquiry)
        if moving.again(transfer).state == TransferState.ACCEPTED:
            assert moving.load(arrival).state == State.IN_PROGRESS
            assert left.state == State.CLOSED
        else:
            assert moving.again(transfer).state == TransferState.WITHDRAWN
            assert not Enquiry._base_manager.filter(pk=arrival.pk).exists()
            assert left.state == State.IN_PROGRESS
        assert counted() == recounted()


def test_taken_while_she_withdraws_the_whole_here() -> None:
    """Mutation: leave the older side unheld in `hold_origin`: PostgreSQL sees a deadlock."""
    world = build_world()
    for _ in range(ROUNDS):
        transfer, arrival, (row,) = waiting(world, THERE)
        page = moving.load(transfer.enquiry)
        withdrawing = partial(services.withdraw_enquiry, actor=world.actor("author"), enquiry=page, at=moving.SOON)
        raised = together(taking(world, row, THERE), withdrawing)
        assert is_refused_or_done(raised), raised
        states = (world.reload(transfer.enquiry).state, moving.load(arrival).state)
        assert states in {(State.CLOSED, State.IN_PROGRESS), (State.WITHDRAWN, State.WITHDRAWN)}
        assert counted() == recounted()


def test_she_agrees_twice_at_once_and_one_waits_there() -> None:
    """Mutation: leave the state out of the move."""
    world = build_world()
    for _ in range(ROUNDS):
        proposed = moving.start(world, world.taken())
        before = Enquiry._base_manager.count()
        raised = together(partial(moving.agree, world, proposed), partial(moving.agree, world, proposed))
        assert is_refused_or_done(raised), raised
        assert Enquiry._base_manager.count() == before + 1
        assert moving.again(proposed).state == TransferState.OFFERED
