"""Two runs at once, a run against an ending: each question is put once, and none after the end.

The mutations are seen on PostgreSQL: on SQLite whoever writes holds the whole base.
"""

from functools import partial

import pytest

from proxirh.enquiries import services
from proxirh.enquiries.models import Message, Outcome, Signposting
from proxirh.enquiries.services import signposting
from proxirh.enquiries.workflow import SignpostState, SignpostStep
from proxirh.kernel import journal
from proxirh.kernel.models import JournalEntry
from tests.enquiries.test_hands_races import ROUNDS, is_refused_or_done, late, pausing, together
from tests.enquiries.test_signposting import NO, NOT_YET, TENTH, YES, answer, asked, give, questions, reread
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> World:
    """A question is due, and every run stops between what it reads and what it writes."""
    world = build_world()
    give(world)
    monkeypatch.setattr(signposting, "is_working_day", pausing(signposting.is_working_day))
    return world


def test_two_runs_at_once_ask_once(cast: World) -> None:
    """Either of two keeps it so. Mutation: drop the swap that holds the enquiry, and write the state uncompared."""
    run = partial(signposting.ask_due, at=TENTH)
    assert is_refused_or_done(together(run, late(run), run))
    assert questions() == 1
    assert Signposting.objects.get().state == SignpostState.ASKED
    assert JournalEntry.objects.filter(verb="demande.contact_demandé").count() == 1


def test_an_ending_at_that_instant_is_not_followed_by_a_question(cast: World) -> None:
    """Either the question was first, or the end, and then nobody is asked. Mutation: drop the swap of `_ask`."""

    def close() -> None:
        services.close_enquiry(
            actor=cast.actor("counsellor"), enquiry=cast.reload(), outcomes=[Outcome.EXTERNAL_REFERRAL], at=TENTH
        )

    assert is_refused_or_done(together(partial(signposting.ask_due, at=TENTH), close))
    verbs = {"demande.contact_demandé", "demande.terminée"}
    lines = [line.verb for line in JournalEntry.objects.filter(verb__in=verbs).order_by("pk")]
    assert lines in (["demande.terminée"], ["demande.contact_demandé"], ["demande.contact_demandé", "demande.terminée"])
    assert questions() == lines.count("demande.contact_demandé")


@pytest.mark.parametrize(("one", "other"), [(YES, NO), (NO, NO), (NOT_YET, NO)])
def test_two_answers_at_once_are_one(one: SignpostStep, other: SignpostStep) -> None:
    """In two tabs: the second is told, and « non » is written in the thread once, or not at all.

    Mutation: write the answer without comparing, on either engine.
    """
    world = build_world()
    for _ in range(ROUNDS):
        given = asked(world, enquiry=world.taken())
        pages = [reread(world, given), reread(world, given)]
        messages = Message.objects.filter(enquiry=given.enquiry_id).count()
        raised = together(partial(answer, world, pages[0], one), partial(answer, world, pages[1], other))
        assert is_refused_or_done(raised), raised
        assert sum(error is None for error in raised) == 1, raised
        said = Signposting.objects.get(pk=given.pk).state == SignpostState.NOT_REACHED
        assert Message.objects.filter(enquiry=given.enquiry_id).count() == messages + said
        verbs = list(signposting.SAID.values())
        lines = JournalEntry.objects.filter(subject=journal.subject_of(given.enquiry), verb__in=verbs)
        assert lines.count() == 1
