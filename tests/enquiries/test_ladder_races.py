"""Two runs at once, a run against a gesture, a run killed anywhere: each step is told once, and none is lost."""

import signal
import time
from datetime import date, timedelta
from functools import partial

import pytest
from django.db.models import Count
from django.utils import timezone

from proxirh.enquiries.models import Enquiry, LadderStep
from proxirh.enquiries.services import climbing
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries import acts
from tests.enquiries.test_hands_races import PAUSE, is_refused_or_done, late, pausing, together
from tests.enquiries.test_ladder import LADDER, NINTH
from tests.mortal import mortal
from tests.world import NOW, World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
ENQUIRIES = 4


def silent_world(count: int = ENQUIRIES) -> tuple[World, list[Enquiry]]:
    """As many enquiries whose three rungs are due, and the one of the cast at rest."""
    world = build_world()
    Enquiry.objects.filter(pk=world.enquiry.pk).update(first_answered_at=NOW, next_step_on=date(2090, 1, 2))
    return world, [world.taken() for _ in range(count)]


def check_told_once(enquiries: int) -> None:
    """Each step has its row; each reference was told once to each, the head of service by a single mail."""
    assert LadderStep.objects.count() == 3 * enquiries
    told = OutgoingEmail.objects.filter(kind__in=LADDER)
    for kind in ("late_for_counsellor", "late_for_coordination"):
        assert told.filter(kind=kind).count() == enquiries
        assert not told.filter(kind=kind).values("about").annotate(n=Count("pk")).filter(n__gt=1).exists()
    named = [mail.body for mail in told.filter(kind="late_for_head").select_related("data_key")]
    for reference in Enquiry.objects.filter(steps__isnull=False).distinct().values_list("reference", flat=True):
        assert sum(reference in body for body in named) == 1, reference


@pytest.mark.parametrize("slowly", ["_held", "_take", "_told"])
def test_two_runs_at_once_tell_each_step_once(monkeypatch: pytest.MonkeyPatch, slowly: str) -> None:
    """Mutations: leave the constraint out of LadderStep; write the step in a transaction of its own after the mails;
    ask whether the step is there instead of writing it.
    """
    silent_world()
    monkeypatch.setattr(climbing, slowly, pausing(getattr(climbing, slowly)))
    run = partial(climbing.climb_ladder, at=NINTH)
    raised = together(run, late(run), run)
    assert raised == [None, None, None]
    check_told_once(ENQUIRIES)


def test_two_runs_that_read_the_same_enquiry_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have planned everything before either writes. Mutation: the same."""
    silent_world()
    monkeypatch.setattr(climbing, "read_waits", pausing(climbing.read_waits))
    run = partial(climbing.climb_ladder, at=NINTH)
    assert together(run, run) == [None, None]
    check_told_once(ENQUIRIES)


def test_an_answer_at_that_instant_is_never_followed_by_a_reminder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Either the reminder was first, or the answer, and then nobody is told.

    Mutation: read the row again without holding it (drop the swap of `_held`).
    """
    world, [enquiry] = silent_world(1)
    read = climbing.read_silences
    monkeypatch.setattr(climbing, "read_silences", pausing(read))

    def answer() -> None:
        time.sleep(PAUSE / 4)
        acts.reply(world, world.reload(enquiry), at=NINTH)

    raised = together(partial(climbing.climb_ladder, at=NINTH), answer)
    assert is_refused_or_done(raised), raised
    assert world.reload(enquiry).first_answered_at == NINTH
    assert not LadderStep.objects.exists()
    assert not OutgoingEmail.objects.filter(kind__in=LADDER).exists()


def test_an_answer_while_the_reminder_is_written_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody loses her words. Mutation: hold the row in another transaction."""
    world, [enquiry] = silent_world(1)
    monkeypatch.setattr(climbing, "_take", pausing(climbing._take))
    page = world.reload(enquiry)
    raised = together(
        partial(climbing.climb_ladder, at=NINTH), late(partial(acts.reply, world, page, at=NINTH + timedelta(hours=1)))
    )
    assert raised == [None, None]
    assert world.reload(enquiry).messages.count() == 2


def test_killed_after_any_statement_it_goes_on(settings) -> None:
    """Mutations: commit the step before its mails; one step for the whole night."""
    _, enquiries = silent_world(2)
    long_ago = timezone.now() - timedelta(days=40)
    keys = [one.pk for one in enquiries]
    Enquiry.objects.filter(pk__in=keys).update(submitted_at=long_ago, due_at=long_ago)
    kills = 0
    names = ("PROXIRH_DATA_DIR", "PROXIRH_KEYS_FILE")
    with mortal("climb_ladder", "--apply", **{name: str(getattr(settings, name)) for name in names}) as process:
        while (ended := process.killed_after(kills + 1)) == -signal.SIGKILL:
            kills += 1
            check_whole()
    assert ended == 0
    assert kills > 20
    check_told_once(len(enquiries))


def check_whole() -> None:
    """A step and its mails are there together, or neither."""
    steps = LadderStep.objects.values_list("rung", flat=True)
    told = OutgoingEmail.objects.filter(kind__in=LADDER)
    found = {kind: told.filter(kind=kind).count() for kind in LADDER}
    assert found["late_for_counsellor"] == sum(rung == "counsellor" for rung in steps)
    assert found["late_for_coordination"] == sum(rung == "coordinator" for rung in steps)
    assert bool(found["late_for_head"]) == any(rung == "head" for rung in steps)
