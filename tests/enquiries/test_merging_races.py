"""Merging while something else happens to either: nobody waits for ever, and no word is left behind."""

from functools import partial

import pytest

from proxirh.enquiries.models import Message, WorkingNote
from proxirh.enquiries.services import noting
from proxirh.enquiries.workflow import State
from tests.enquiries import acts
from tests.enquiries.test_hands_races import ROUNDS, SOON, is_refused_or_done, together
from tests.enquiries.test_merging import join, load, merge
from tests.enquiries.test_workflow_counts import counted, recounted
from tests.world import build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_each_into_the_other_at_once_merges_once() -> None:
    """Mutation: hold neither: PostgreSQL sees a deadlock; or leave the state out of `candidates`."""
    world = build_world()
    for _ in range(ROUNDS):
        one, other = world.taken(), world.taken()
        raised = together(partial(merge, world, one, other), partial(merge, world, other, one))
        assert is_refused_or_done(raised), raised
        states = sorted(world.reload(row).state for row in (one, other))
        assert states == [State.IN_PROGRESS, State.MERGED]
        assert counted() == recounted()


def test_what_she_writes_meanwhile_is_read_in_the_kept_one_or_not_sent() -> None:
    """Mutation: leave the prints out of both moves."""
    world = build_world()
    for _ in range(ROUNDS):
        merged, kept = world.taken(), world.taken()
        page = load(merged)
        raised = together(partial(merge, world, merged, kept), partial(acts.write, world, page, at=SOON))
        assert is_refused_or_done(raised), raised
        if world.reload(merged).state == State.MERGED:
            assert not Message.objects.filter(enquiry=merged).exists()
        else:
            assert Message.objects.filter(enquiry=merged).count() == 2


def test_a_note_written_meanwhile_follows_and_is_set_aside() -> None:
    """Mutations: hold the enquiries against whatever hangs from them: a deadlock; move the notes before the handlings
    end."""
    world = build_world()
    for _ in range(ROUNDS):
        merged, kept = world.taken(), world.taken()
        join(world, merged, "co-handler")
        page = load(merged)
        writing = partial(noting.write_note, actor=world.actor("co-handler"), enquiry=page, body="À moi.", at=SOON)
        raised = together(partial(merge, world, merged, kept), writing)
        assert is_refused_or_done(raised), raised
        assert world.reload(merged).state == State.MERGED
        for note in WorkingNote._base_manager.filter(enquiry__in=[merged, kept]):
            assert (note.enquiry_id, note.set_aside_at is None) == (kept.pk, False)
