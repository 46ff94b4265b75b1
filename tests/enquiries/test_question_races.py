"""Two at once on one question: one is done, the other is told, and nothing is left behind."""

from functools import partial
from typing import Any

import pytest

from proxirh.enquiries.models import ExpertQuestion
from proxirh.enquiries.services import consulting
from proxirh.enquiries.workflow import QuestionState as S
from proxirh.enquiries.workflow import State
from proxirh.kernel.models import JournalEntry
from tests.enquiries import acts
from tests.enquiries.consulting import ADVICE, ask, here, there
from tests.enquiries.referring import mails
from tests.enquiries.test_hands_races import ROUNDS, SOON, is_refused_or_done, together
from tests.enquiries.test_merging import merge
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def answering(world: World, question: ExpertQuestion) -> Any:
    """What the cell is about to do with what it has read."""
    told = {"actor": world.actor("cell officer"), "question": there(world, question), "body": ADVICE, "at": SOON}
    return partial(consulting.answer_question, **told)


def test_answering_and_recalling_at_once_does_one() -> None:
    """Mutation: write without comparing the state that was read."""
    world = build_world()
    for _ in range(ROUNDS):
        made = ask(world, enquiry=world.taken())
        lead = {"actor": world.actor("counsellor"), "question": here(world, made), "at": SOON}
        raised = together(partial(consulting.recall_question, **lead), answering(world, made))
        assert is_refused_or_done(raised), raised
        assert sum(one is None for one in raised) == 1
        now = here(world, made)
        assert (now.state, now.answer) == ((S.ANSWERED, ADVICE) if raised[1] is None else (S.RECALLED, None))


def test_an_answer_while_its_enquiry_is_merged_is_read_in_the_kept_one_or_not_sent() -> None:
    """Mutation: write the answer without holding the enquiry, or without comparing where the question hangs."""
    world = build_world()
    for _ in range(ROUNDS):
        merged, kept = world.taken(), world.taken()
        made = ask(world, enquiry=merged)
        raised = together(partial(merge, world, merged, kept), answering(world, made))
        assert is_refused_or_done(raised), raised
        assert world.reload(merged).state == State.MERGED
        [one] = ExpertQuestion.objects.of_enquiry(world.reload(kept))
        assert one.body
        assert one.answer == (ADVICE if raised[1] is None else None)


def test_an_enquiry_closed_while_a_cell_answers_leaves_nothing_that_waits() -> None:
    """Mutation: recall what waits without holding it: the closing would fail."""
    world = build_world()
    for _ in range(ROUNDS):
        enquiry = world.taken()
        made = ask(world, enquiry=enquiry)
        raised = together(partial(acts.close, world, enquiry, at=SOON), answering(world, made))
        assert is_refused_or_done(raised), raised
        assert raised[0] is None
        assert here(world, made).state == (S.ANSWERED if raised[1] is None else S.RECALLED)


def test_asking_while_it_is_closed_leaves_nothing_that_waits() -> None:
    """Mutation: ask without holding the enquiry."""
    world = build_world()
    for _ in range(ROUNDS):
        enquiry = world.taken()
        asking = partial(ask, world, enquiry=world.reload(enquiry), at=SOON)
        raised = together(partial(acts.close, world, enquiry, at=SOON), asking)
        assert is_refused_or_done(raised), raised
        assert not world.reload(enquiry).questions.filter(state=S.ASKED).exists()


def test_two_workers_remind_once() -> None:
    """Mutation: leave `reminded_at` out of what is compared."""
    world = build_world()
    made = ask(world)
    follow = partial(consulting.follow_questions, at=made.due_at)
    raised = together(follow, follow)
    assert raised == [None, None]
    assert len(mails("question_for_cell")) == 2
    assert len(mails("question_for_staff")) == 1
    assert JournalEntry.objects.filter(verb="demande.avis_relancée").count() == 1
