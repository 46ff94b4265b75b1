"""A promise to call back: its day, its one holder, and who is told the morning after."""

from datetime import date, timedelta

import pytest

from proxirh.enquiries.services.late_promises import tell_of_late_promises
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.models import PhoneCall, Promise
from proxirh.scheduling.services import promising
from tests.scheduling.line import COLLEAGUE, OFFICER, a_call
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
FRIDAY = NOW + timedelta(days=3)


def promised(world: World, to: object = None, *, days: int = 1) -> Promise:
    call = a_call(world, name="Mme Martin", reach="01 99 00 00 10")
    to = to or world.people[OFFICER]
    return promising.promise_call(
        actor=world.actor(OFFICER), call=call, to=to, means="phone", working_days=days, at=NOW
    )


@pytest.mark.parametrize(("days", "due"), [(0, 17), (1, 18), (3, 20), (4, 23), (10, 1)])
def test_the_day_is_in_working_days_and_said_once(world: World, days: int, due: int) -> None:
    """Mutation: count calendar days."""
    made = promised(world, days=days)
    assert made.due_on.day == due
    assert made.call.state == "call_back_due"
    again = promising.promise_call(
        actor=world.actor(OFFICER), call=made.call, to=world.officers, means="email", working_days=0, at=NOW
    )
    assert (again.pk, again.due_on, again.owner_id) == (made.pk, made.due_on, world.people[OFFICER].pk)


def test_who_may_hold_it(world: World) -> None:
    """Mutation: promise to anybody; let a promise be for a month."""
    call, actor = a_call(world), world.actor(OFFICER)
    for to in (world.people["author"], world.people["counsellor elsewhere"], world.team_elsewhere):
        with pytest.raises(DomainError, match="ligne"):
            promising.promise_call(actor=actor, call=call, to=to, means="phone", working_days=1, at=NOW)
    with pytest.raises(DomainError, match="jours ouvrés"):
        promising.promise_call(actor=actor, call=call, to=world.team, means="phone", working_days=11, at=NOW)
    with pytest.raises(NotAllowed):
        promising.promise_call(
            actor=world.actor(COLLEAGUE), call=call, to=world.team, means="phone", working_days=1, at=NOW
        )
    assert not Promise.objects.exists()


def test_it_never_has_two_holders(world: World) -> None:
    """Mutation: hand over by `save()` in place of compare and swap."""
    made = promised(world, world.officers)
    stale = Promise.objects.select_related("call__team").get(pk=made.pk)
    promising.take_promise(actor=world.actor(OFFICER), promise=made, away=(), at=NOW)
    promising.take_promise(actor=world.actor(OFFICER), promise=made, away=(), at=NOW)
    with pytest.raises(StaleState, match="changer de mains"):
        promising.hand_over(actor=world.actor(OFFICER), promise=stale, to=world.people["counsellor"], away=(), at=NOW)
    row = Promise.objects.select_related("call__team").get()
    assert (row.owner_id, row.team_id) == (world.people[OFFICER].pk, None)
    for part in (COLLEAGUE, "counsellor", "head of service", "author"):
        with pytest.raises(NotAllowed):
            promising.hand_over(actor=world.actor(part), promise=row, to=world.people["counsellor"], away=(), at=NOW)
        with pytest.raises(NotAllowed):
            promising.keep_promise(actor=world.actor(part), promise=row, at=NOW)
    promising.hand_over(actor=world.actor("coordinator"), promise=row, to=world.people["counsellor"], away=(), at=NOW)
    promising.keep_promise(actor=world.actor("counsellor"), promise=row, at=NOW)
    promising.keep_promise(actor=world.actor("counsellor"), promise=row, at=NOW)
    assert PhoneCall.objects.get().state == "called_back"


def test_nobody_is_given_what_it_is_about_and_must_not_meet(world: World) -> None:
    """Whatever the caller has checked. Mutation: hand over, or let give, without looking at `away`."""
    row, counsellor = promised(world), world.people["counsellor"]
    with pytest.raises(DomainError):
        promising.hand_over(actor=world.actor(OFFICER), promise=row, to=counsellor, away={counsellor.pk}, at=NOW)
    with pytest.raises(NotAllowed):
        promising.hand_over(
            actor=world.actor(OFFICER), promise=row, to=counsellor, away={world.people[OFFICER].pk}, at=NOW
        )
    row.refresh_from_db()
    assert row.owner_id == world.people[OFFICER].pk


def mails() -> list[str]:
    return sorted(OutgoingEmail.objects.values_list("kind", flat=True).filter(kind__startswith="promise"))


def test_the_morning_after_its_holder_and_those_who_answer_are_told_once(world: World) -> None:
    """Mutation: tell without the row of the step; tell on the day itself; tell on a Saturday."""
    OutgoingEmail.objects.all().delete()
    made = promised(world, days=3)
    assert made.due_on == date(2026, 11, 20)
    for at in (FRIDAY, FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=2)):
        assert tell_of_late_promises(at=at) == 0
    monday = FRIDAY + timedelta(days=3)
    assert tell_of_late_promises(at=monday) == 3
    assert tell_of_late_promises(at=monday + timedelta(hours=1)) == 0
    assert mails() == ["promise_late", "promise_late_for_heads", "promise_late_for_heads"]
    OutgoingEmail.objects.all().delete()  # a mail is forgotten before the promise is
    assert tell_of_late_promises(at=monday + timedelta(days=1)) == 0
    assert not mails()


def test_a_promise_kept_is_told_of_no_more(world: World) -> None:
    """Mutation: forget `kept_at` in what is late."""
    OutgoingEmail.objects.all().delete()
    made = promised(world)
    promising.keep_promise(actor=world.actor(OFFICER), promise=made, at=NOW)
    assert tell_of_late_promises(at=NOW + timedelta(days=9)) == 0
    assert not mails()
