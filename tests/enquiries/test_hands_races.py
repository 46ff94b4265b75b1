"""Two at once, each in a connection of its own: whatever comes first, one lead, one place beside, no deadlock."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.models.deletion import Collector

from proxirh.enquiries.models import NoteReview, NotesRequest, WorkingNote
from proxirh.enquiries.retention import NOTES
from proxirh.enquiries.services import closing, disclosing, ending, noting, passing, treating
from proxirh.enquiries.workflow import HANDLING_WORKFLOW, HandlingState, State
from proxirh.kernel.errors import DomainError
from tests.enquiries import acts
from tests.world import NOW, World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
SOON = NOW + timedelta(minutes=20)
ROUNDS = 4
PAUSE = 0.4


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


def pausing(act: Callable[..., Any], *, before: bool = False) -> Callable[..., Any]:
    """The same, slowly: whoever starts half a pause later comes in between."""

    def slow(*args: Any, **named: Any) -> Any:
        if before:
            time.sleep(PAUSE)
        done = act(*args, **named)
        if not before:
            time.sleep(PAUSE)
        return done

    return slow


def late(act: Callable[[], Any]) -> Callable[[], Any]:
    """Half a pause later."""

    def run() -> Any:
        time.sleep(PAUSE / 2)
        return act()

    return run


def is_refused_or_done(raised: list[BaseException | None]) -> bool:
    """Nobody met an error: at most a sentence."""
    return all(error is None or isinstance(error, DomainError) for error in raised)


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
        assert is_refused_or_done(raised), raised
        found = world.reload(enquiry)
        offered = found.handlings.filter(state=HandlingState.OFFERED).count()
        assert not found.handlings.filter(state=HandlingState.ACCEPTED).exists()
        assert offered <= 1
        assert found.state == State.WITHDRAWN or offered == 1


def test_two_clicks_invite_once() -> None:
    """Mutation: drop `hold_led` from `invite_colleague` and the constraint `handling_once_beside`."""
    world = build_world()
    for part in ("fellow counsellor", "HR officer"):
        person, actor = world.people[part], world.actor("counsellor")
        pages = [world.reload(), world.reload()]
        together(*(partial(passing.invite_colleague, actor=actor, enquiry=page, to=person, at=SOON) for page in pages))
        assert world.reload().handlings.filter(person=person, is_lead=False).count() == 1


def test_an_invitation_against_a_withdrawal_opens_nothing() -> None:
    """Mutation: drop `hold_led` from `invite_colleague`, or the proposals that end with the enquiry."""
    world = build_world()
    for _ in range(ROUNDS):
        enquiry, actor, to = world.taken(), world.actor("counsellor"), world.people["HR officer"]
        pages = [world.reload(enquiry), world.reload(enquiry)]
        raised = together(
            partial(passing.invite_colleague, actor=actor, enquiry=pages[0], to=to, at=SOON),
            partial(acts.withdraw, world, pages[1]),
        )
        assert is_refused_or_done(raised), raised
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


@pytest.mark.parametrize("how", ["handed over", "given back", "left"])
def test_notes_settled_while_the_author_withdraws_block_nobody(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """PostgreSQL sees a deadlock otherwise, and ends the withdrawal as often as the other. Mutation: settle the notes
    before the enquiry is held, in `hand_over_enquiry`, `give_back_enquiry` or `leave_enquiry`."""
    world = build_world()
    part = "co-handler" if how == "left" else "counsellor"
    actor, enquiry = world.actor(part), world.enquiry
    note = noting.write_note(actor=actor, enquiry=world.reload(), body="À moi.", at=NOW)
    acts_of = {
        "handed over": partial(passing.hand_over_enquiry, to=world.people["HR officer"], reason="charge"),
        "given back": partial(treating.give_back_enquiry, reason="charge"),
        "left": passing.leave_enquiry,
    }
    for services in (passing, treating):
        monkeypatch.setattr(services, "settle_notes", pausing(noting.settle_notes))
    pages = [world.reload(), world.reload()]
    raised = together(
        partial(acts_of[how], actor=actor, enquiry=pages[0], notes={str(note.uid): "partager"}, at=SOON),
        late(partial(acts.withdraw, world, pages[1])),
    )
    assert is_refused_or_done(raised), raised
    assert world.reload(enquiry).state == State.WITHDRAWN
    assert not world.reload(enquiry).handlings.filter(state=HandlingState.ACCEPTED).exists()


@pytest.mark.parametrize("when", ["before she joins", "once she has joined", "before the end", "after the end"])
def test_joining_against_a_withdrawal_leaves_nobody_beside(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """Mutation, on PostgreSQL: drop `_hold` from `join_enquiry`, and delete proposals in `end_handlings` after reading
    who follows; either alone still holds."""
    world = build_world()
    to = world.people["HR officer"]
    passing.invite_colleague(actor=world.actor("counsellor"), enquiry=world.reload(), to=to, at=SOON)
    if when in {"before she joins", "once she has joined"}:
        slow = pausing(HANDLING_WORKFLOW.apply, before=when == "before she joins")
        monkeypatch.setattr(passing, "HANDLING_WORKFLOW", SimpleNamespace(apply=slow))
    else:
        monkeypatch.setattr(closing, "end_handlings", pausing(closing.end_handlings, before=when == "before the end"))
    pages = [world.reload(), world.reload()]
    joins = partial(passing.join_enquiry, actor=world.actor("HR officer"), enquiry=pages[0], at=SOON)
    withdraws = partial(acts.withdraw, world, pages[1])
    raised = together(joins, late(withdraws)) if "she" in when else together(late(joins), withdraws)
    assert is_refused_or_done(raised), raised
    assert world.reload().state == State.WITHDRAWN
    assert not world.reload().handlings.filter(state__in=(HandlingState.OFFERED, HandlingState.ACCEPTED)).exists()


def closed_with_a_note() -> tuple[World, WorkingNote]:
    world = build_world()
    note = noting.write_note(actor=world.actor("counsellor"), enquiry=world.reload(), body="À moi.", at=NOW)
    acts.close(world, world.reload())
    return world, note


@pytest.mark.parametrize("first", ["the clock", "she"])
def test_a_note_asked_for_while_its_time_is_over_is_gone_or_kept_but_never_half(
    monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """On PostgreSQL. Mutation: let `kernel.retention` delete its rows without holding them first; she then waits for a
    note that is no more, or the clock meets an error."""
    world, note = closed_with_a_note()
    later = NOW + timedelta(days=200)
    if first == "the clock":
        monkeypatch.setattr(Collector, "delete", pausing(Collector.delete, before=True))
    else:
        monkeypatch.setattr(disclosing, "_roles_of", pausing(disclosing._roles_of))
    asks = partial(disclosing.ask_for_notes, actor=world.actor("author"), at=later)
    erases = partial(NOTES.apply, at=later)
    raised = together(erases, late(asks)) if first == "the clock" else together(asks, late(erases))
    assert raised == [None, None]
    asked = list(NoteReview._base_manager.values_list("note", flat=True))
    assert asked == list(WorkingNote._base_manager.filter(pk=note.pk).values_list("pk", flat=True))


@pytest.mark.parametrize("first", ["erasing", "asking"])
def test_erasing_what_one_asks_the_notes_of_leaves_no_request_that_waits(
    monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Two tabs of its author, on PostgreSQL. Mutation: let `hold_requests_about` read before it holds the notes."""
    world, _ = closed_with_a_note()
    slow, place = (Collector, "delete") if first == "erasing" else (disclosing, "_roles_of")
    monkeypatch.setattr(slow, place, pausing(getattr(slow, place), before=first == "erasing"))
    author = world.actor("author")
    asks = partial(disclosing.ask_for_notes, actor=author, at=SOON)
    erases = partial(ending.erase_enquiry, actor=author, enquiry=world.reload(), at=SOON)
    raised = together(erases, late(asks)) if first == "erasing" else together(asks, late(erases))
    assert raised == [None, None]
    assert not NoteReview.objects.exists()
    assert not NotesRequest.objects.filter(delivered_at=None).exists()
