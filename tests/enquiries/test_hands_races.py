"""Two at once, each in a connection of its own: whatever comes first, one lead, one place beside, no deadlock."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from proxirh.enquiries.models import WorkingNote
from proxirh.enquiries.services import noting, passing
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.kernel.errors import DomainError
from tests.enquiries import acts
from tests.world import NOW, World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
SOON = NOW + timedelta(minutes=20)
ROUNDS = 4


def together(*things: Callable[[], Any]) -> list[BaseException | None]:
    """Each in a thread, all at the same moment; what each raised."""
    raised: list[BaseException | None] = [None] * len(things)
    start = threading.Barrier(len(things))

    def run(place: int) -> None:
        try:
            start.wait(10)
            things[place]()
        except BaseException as error:  # noqa: BLE001
            raised[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(things))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def hand_over(world: World, enquiry: Any, to: str) -> Callable[[], None]:
    actor, person = world.actor("counsellor"), world.people[to]
    return partial(passing.hand_over_enquiry, actor=actor, enquiry=enquiry, to=person, reason="charge", at=SOON)


def test_passing_on_against_withdrawing_against_another_passing() -> None:
    """Mutations: lock the handling before the enquiry in `_propose`; leave the lead out of its swap."""
    world = build_world()
    for _ in range(ROUNDS):
        enquiry = world.taken()
        pages = [world.reload(enquiry) for _ in range(3)]
        raised = together(
            hand_over(world, pages[0], "fellow counsellor"),
            hand_over(world, pages[1], "HR officer"),
            partial(acts.withdraw, world, pages[2]),
        )
        assert not [error for error in raised if error is not None and not isinstance(error, DomainError)]
        found = world.reload(enquiry)
        offered = found.handlings.filter(state=HandlingState.OFFERED).count()
        assert not found.handlings.filter(state=HandlingState.ACCEPTED).exists()
        assert offered <= 1
        assert found.state == State.WITHDRAWN or offered == 1


def test_two_clicks_invite_once() -> None:
    """Mutation: drop `_hold` from `invite_colleague` and the constraint `handling_once_beside`."""
    world = build_world()
    for part in ("fellow counsellor", "HR officer"):
        person, actor = world.people[part], world.actor("counsellor")
        pages = [world.reload(), world.reload()]
        together(*(partial(passing.invite_colleague, actor=actor, enquiry=page, to=person, at=SOON) for page in pages))
        assert world.reload().handlings.filter(person=person, is_lead=False).count() == 1


def test_an_invitation_against_a_withdrawal_opens_nothing() -> None:
    """Mutation: drop `_hold` from `invite_colleague`, or the proposals that end with the enquiry."""
    world = build_world()
    for _ in range(ROUNDS):
        enquiry, actor, to = world.taken(), world.actor("counsellor"), world.people["HR officer"]
        pages = [world.reload(enquiry), world.reload(enquiry)]
        raised = together(
            partial(passing.invite_colleague, actor=actor, enquiry=pages[0], to=to, at=SOON),
            partial(acts.withdraw, world, pages[1]),
        )
        assert not [error for error in raised if error is not None and not isinstance(error, DomainError)]
        assert world.reload(enquiry).state == State.WITHDRAWN
        assert not world.reload(enquiry).handlings.filter(person=to).exists()


def test_a_note_written_while_the_enquiry_leaves_is_settled_or_set_aside() -> None:
    """Mutation: drop `_hold` from `write_note`."""
    world = build_world()
    for _ in range(ROUNDS):
        enquiry, actor = world.taken(), world.actor("counsellor")
        pages = [world.reload(enquiry), world.reload(enquiry)]
        together(
            partial(noting.write_note, actor=actor, enquiry=pages[0], body="À moi.", at=SOON),
            partial(acts.withdraw, world, pages[1]),
        )
        private = WorkingNote._base_manager.filter(enquiry=enquiry, shared_at=None, set_aside_at=None)
        assert not private.exists()
