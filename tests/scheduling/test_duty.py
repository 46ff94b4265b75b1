"""The roster of a telephone line: written from a weekly pattern or by hand, never against an agenda, holes told."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse

from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling import periodic
from proxirh.scheduling.models import DutyPattern, DutyShift, HeldTime, Holder, LineRules, Season
from proxirh.scheduling.roster import Roster
from proxirh.scheduling.services import agenda, duty, rosters
from proxirh.scheduling.services.agenda import Asked
from proxirh.scheduling.workflow import SHIFT_WORKFLOW, SWAP_WORKFLOW, ShiftState, SwapState
from proxirh.territories.models import Absence, Closure, Reason, Training
from proxirh.territories.services import lines
from proxirh.territories.services.closures import declare_closure
from tests.scheduling.phone import FIRST, FRIDAY, MONDAY, OFFICERS, SECOND, THIRD, TUESDAY, a_line, put_on, usual_week
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
RULES = {
    "morning_from": time(9),
    "morning_until": time(12),
    "afternoon_from": time(14),
    "afternoon_until": time(17),
    "morning_days": "01234",
    "afternoon_days": "0134",
    "needed": 1,
    "most_in_a_row": 2,
    "most_a_week": 4,
}


def mails() -> list[OutgoingEmail]:
    rows = OutgoingEmail.objects.filter(kind__in=("duty_changed", "swap_asked", "swap_settled", "roster_holes"))
    return list(rows.select_related("data_key").order_by("pk"))


def planned() -> set[tuple[str, date, str]]:
    rows = DutyShift.objects.filter(state=ShiftState.PLANNED).select_related("person__data_key")
    return {(row.person.first_name, row.day, row.half) for row in rows}


def test_a_pattern_fills_six_weeks_once_and_each_half_day_holds_its_time(world: World) -> None:
    """Mutation: make a half-day without holding its time; or forget what is known when filling."""
    line, head = a_line(world), world.actor("head of service")
    usual_week(world, line, FIRST, (0, "am"), (3, "pm"))
    filled = duty.fill_weeks(actor=head, line=line, at=NOW)
    assert (filled.made, dict(filled.refused)) == (11, {})
    shift = DutyShift.objects.earliest("starts_at")
    assert (shift.starts_at, shift.ends_at) == (
        datetime(2026, 11, 23, 8, tzinfo=UTC),
        datetime(2026, 11, 23, 11, tzinfo=UTC),
    )
    assert set(HeldTime.objects.values_list("kind", flat=True)) == {Holder.SHIFT}
    assert HeldTime.objects.count() == filled.made
    again = duty.fill_weeks(actor=head, line=line, at=NOW)
    assert (again.made, dict(again.refused)) == (0, {})


def test_what_was_taken_away_by_hand_is_not_filled_again(world: World) -> None:
    """Mutation: look at planned half-days only when filling."""
    line, head = a_line(world), world.actor("head of service")
    usual_week(world, line, FIRST, (0, "am"))
    duty.fill_weeks(actor=head, line=line, at=NOW)
    one, two, *_ = DutyShift.objects.order_by("starts_at")
    for _ in range(2):
        duty.remove(actor=head, shift=one, at=NOW)
    duty.replace(actor=head, shift=two, person=world.people[SECOND], at=NOW)
    held = HeldTime.objects.count()
    assert duty.fill_weeks(actor=head, line=line, at=NOW).made == 0
    assert HeldTime.objects.count() == held == DutyShift.objects.filter(state=ShiftState.PLANNED).count()
    made = DutyShift.objects.get(substitute_of=two)
    assert (made.person_id, two.day) == (world.people[SECOND].pk, made.day)
    told = [world.people[part].staff_address for part in (FIRST, FIRST, FIRST, FIRST, SECOND)]
    assert sorted(str(mail.recipient) for mail in mails()) == sorted(told), "her week, its filling, one each by hand"
    with pytest.raises(DomainError, match="n’est plus prévue"):
        duty.replace(actor=head, shift=two, person=world.people[THIRD], at=NOW)


def test_nobody_is_filled_against_an_absence_an_agenda_or_a_limit(world: World) -> None:
    """Mutation: fill without asking `why_not`, `is_free` or `beyond`."""
    line, head = a_line(world), world.actor("head of service")
    person = world.people[FIRST]
    usual_week(world, line, FIRST, (0, "am"), (0, "pm"), (1, "am"), (3, "am"), (4, "am"), first=MONDAY)
    Absence.objects.create(person=person, valid_from=FRIDAY, valid_until=FRIDAY)
    start = datetime(2026, 11, 26, 10, tzinfo=UTC)
    asked = Asked(person.pk, start, start + timedelta(minutes=45))
    agenda.hold(asked, read=agenda.read(asked), kind=Holder.APPOINTMENT)
    rosters.set_pattern(
        actor=head, line=line, person=person, halves=[(0, "am"), (0, "pm"), (1, "am"), (3, "am"), (4, "am")],
        first=MONDAY, last=FRIDAY, at=NOW,
    )  # fmt: skip
    filled = duty.fill_weeks(actor=head, line=line, at=NOW)
    assert planned() == {("Hr", MONDAY, "am"), ("Hr", MONDAY, "pm")}
    assert dict(filled.refused) == {
        "plus de 2 demi-journées de suite": 1,
        "autre chose dans l’agenda": 1,
        "absence": 1,
    }


def test_a_holiday_and_a_closed_day_are_no_holes(world: World) -> None:
    """Mutation: leave the closures of the service out of `why_closed`."""
    line = a_line(world)
    closed = date(2026, 12, 24)
    declare_closure(
        actor=world.actor("coordinator"),
        academy=world.academy,
        reason=Reason.BRIDGE,
        valid_from=closed,
        valid_until=closed,
        at=NOW,
    )
    assert Closure.objects.exists()
    line.refresh_from_db()
    roster = Roster(lines.lines().get(pk=line.pk), date(2026, 12, 23), date(2026, 12, 25), at=NOW)
    assert [(one.day.day, one.why_closed) for one in roster.half_days() if one.half == "am"] == [
        (23, ""),
        (24, "service fermé"),
        (25, "jour férié"),
    ]
    assert {one.day.day for one in roster.holes()} == {23}
    with pytest.raises(DomainError, match="service fermé"):
        put_on(world, line, FIRST, closed)


def test_a_reinforcement_asks_for_more_and_an_absence_told_later_makes_a_hole(world: World) -> None:
    """Mutation: count who is planned, away or not."""
    line, head = a_line(world), world.actor("head of service")
    put_on(world, line, FIRST, MONDAY)
    put_on(world, line, SECOND, TUESDAY)
    for _ in range(2):
        rosters.reinforce(actor=head, line=line, season=Season.MOBILITY, needed=2, first=TUESDAY, last=TUESDAY, at=NOW)
    Absence.objects.create(person=world.people[FIRST], valid_from=MONDAY, valid_until=MONDAY)
    found = {(one.day, one.half): one for one in Roster(line, MONDAY, TUESDAY, at=NOW).half_days()}
    monday, tuesday = found[MONDAY, "am"], found[TUESDAY, "am"]
    assert (monday.missing, [one.void for one in monday.absent]) == (1, ["absence"])
    assert (tuesday.needed, tuesday.missing, tuesday.season) == (2, 1, "mutations")
    with pytest.raises(DomainError, match="plus grand"):
        rosters.reinforce(actor=head, line=line, season=Season.OTHER, needed=1, first=TUESDAY, last=TUESDAY, at=NOW)


def test_an_untrained_officer_alone_is_told(world: World) -> None:
    """Mutation: count as trained whoever is only enrolled."""
    line = a_line(world)
    put_on(world, line, FIRST, MONDAY)
    mine = {"person": world.people[FIRST], "course": lines.LISTENING_COURSE}
    Training.objects.create(**mine, state="enrolled", since=NOW.date())

    def alone() -> list[date]:
        return [one.day for one in Roster(line, MONDAY, FRIDAY, at=NOW).half_days() if one.lonely]

    assert alone() == [MONDAY]
    put_on(world, line, SECOND, MONDAY)
    assert alone() == []
    put_on(world, line, FIRST, TUESDAY, "pm")
    assert alone() == [TUESDAY]
    for _ in range(2):
        lines.note_training(
            actor=world.actor("head of service"), line=line, person=world.people[FIRST], is_trained=True, at=NOW
        )
    assert alone() == []
    assert Training.objects.get(**mine).state == "attended"


def test_a_limit_is_passed_by_the_head_alone_and_knowingly(world: World) -> None:
    """Mutation: count the days of a week from today on."""
    line = a_line(world)
    for day, half in ((MONDAY, "am"), (MONDAY, "pm"), (date(2026, 11, 25), "pm"), (FRIDAY, "am")):
        put_on(world, line, FIRST, day, half)
    with pytest.raises(DomainError, match="plus de 2 demi-journées de suite"):
        put_on(world, line, FIRST, TUESDAY)
    with pytest.raises(DomainError, match="plus de 4 demi-journées dans la semaine"):
        put_on(world, line, FIRST, TUESDAY, "pm")
    put_on(world, line, FIRST, TUESDAY, "pm", beyond=True)
    put_on(world, line, FIRST, FRIDAY + timedelta(days=3))  # another week, after a night that is not one


def test_a_new_pattern_takes_what_the_former_had_made_and_nothing_else(world: World) -> None:
    """Mutation: keep what the former pattern made."""
    line, head = a_line(world), world.actor("head of service")
    usual_week(world, line, FIRST, (0, "am"))
    duty.fill_weeks(actor=head, line=line, at=NOW)
    by_hand = put_on(world, line, FIRST, TUESDAY, "pm")
    usual_week(world, line, FIRST, (2, "am"), first=MONDAY + timedelta(days=7))
    assert planned() == {("Hr", MONDAY, "am"), ("Hr", by_hand.day, "pm")}
    assert HeldTime.objects.count() == 2
    rows = DutyPattern.objects.order_by("valid_from")
    assert [(row.weekday, row.valid_until) for row in rows] == [(0, MONDAY + timedelta(days=6)), (2, None)]
    version = LineRules.objects.get().version
    usual_week(world, line, FIRST, (2, "am"), first=MONDAY + timedelta(days=7))
    assert LineRules.objects.get().version == version


def test_who_leaves_the_line_has_her_time_back(world: World) -> None:
    line, head = a_line(world), world.actor("head of service")
    usual_week(world, line, FIRST, (0, "am"))
    duty.fill_weeks(actor=head, line=line, at=NOW)
    for _ in range(2):
        rosters.leave(actor=head, line=line, person=world.people[FIRST], at=NOW)
    assert not HeldTime.objects.exists()
    assert duty.fill_weeks(actor=head, line=line, at=NOW).made == 0
    assert world.actor(FIRST).lines == frozenset()
    with pytest.raises(NotAllowed):
        usual_week(world, line, FIRST, (1, "am"))


def told(kind: str = "duty_changed") -> list[str]:
    found = sorted(str(mail.recipient) for mail in mails() if mail.kind == kind)
    OutgoingEmail.objects.all().delete()
    return found


def test_whose_half_days_change_is_told_by_one_mail_a_gesture(world: World) -> None:
    """Mutations: tell at each half-day that the week makes; tell at night; tell who wrote it; tell whom nothing
    touches.
    """
    line, head = a_line(world), world.actor("head of service")
    first, second = (world.people[part].staff_address for part in (FIRST, SECOND))
    usual_week(world, line, FIRST, (0, "am"), (1, "am"))
    usual_week(world, line, FIRST, (0, "am"), (1, "am"))
    usual_week(world, line, SECOND, (3, "am"))
    assert told() == sorted([first, second])
    duty.fill_weeks(actor=head, line=line, already_told=world.people[FIRST], at=NOW)
    assert told() == [second]
    duty.fill_weeks(actor=head, line=line, at=NOW)
    periodic.fill_all(at=NOW + timedelta(days=7))
    assert told() == []
    for part in (FIRST, FIRST, THIRD):
        rosters.leave(actor=head, line=line, person=world.people[part], at=NOW)
    (mail,) = mails()
    assert (str(mail.recipient), reverse("scheduling:my_shifts") in str(mail.body)) == (first, False)
    assert told() == [first]
    a_line(world, parts=(SECOND,), name="Allô mobilité")
    rosters.leave(actor=head, line=line, person=world.people[SECOND], at=NOW)
    (mail,) = mails()
    assert reverse("scheduling:my_shifts") in str(mail.body)


def test_who_draws_her_own_week_is_not_written_to(world: World) -> None:
    """Mutation: tell everybody."""
    line = a_line(world, parts=("head of service",))
    usual_week(world, line, "head of service", (0, "am"))
    assert duty.fill_weeks(actor=world.actor("head of service"), line=line, at=NOW).made
    assert told() == []


@pytest.mark.parametrize("part", [*OFFICERS, "author", "steering member", "administrator", "counsellor elsewhere"])
def test_nobody_else_draws_it_up(world: World, part: str) -> None:
    """Mutation: drop the check of one service."""
    line, actor = a_line(world), world.actor(part)
    shift = put_on(world, line, FIRST, MONDAY)
    person = world.people[FIRST]
    period = rosters.reinforce(
        actor=world.actor("head of service"),
        line=line,
        season=Season.OTHER,
        needed=3,
        first=MONDAY,
        last=FRIDAY,
        at=NOW,
    )
    on = {"actor": actor, "line": line, "at": NOW}
    for act in (
        lambda: duty.assign(**on, person=person, day=TUESDAY, half="am"),
        lambda: duty.replace(actor=actor, shift=shift, person=world.people[SECOND], at=NOW),
        lambda: duty.remove(actor=actor, shift=shift, at=NOW),
        lambda: duty.fill_weeks(**on),
        lambda: rosters.set_line_rules(**on, **RULES),
        lambda: rosters.set_pattern(**on, person=person, halves=[(0, "am")], first=MONDAY),
        lambda: rosters.reinforce(**on, season=Season.OTHER, needed=2, first=MONDAY, last=FRIDAY),
        lambda: rosters.end_reinforcement(actor=actor, reinforcement=period, at=NOW),
        lambda: rosters.leave(**on, person=person),
        lambda: lines.join_line(**on, person=world.people["superior"]),
        lambda: lines.note_training(**on, person=person, is_trained=True),
        lambda: lines.open_line(actor=actor, academy=world.academy, name="Autre", at=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_who_answers_is_from_the_academie(world: World) -> None:
    line, head = a_line(world, parts=()), world.actor("head of service")
    for _ in range(2):
        lines.join_line(actor=head, line=line, person=world.people[FIRST], at=NOW)
    other = a_line(world, parts=(), name="Allô mobilité")
    lines.join_line(actor=head, line=other, person=world.people[FIRST], at=NOW)
    assert [one.person for one in lines.officers(line, day=NOW.date())] == [world.people[FIRST]]
    assert world.actor(FIRST).lines == {line.pk, other.pk}
    for part in ("counsellor elsewhere", "author"):
        with pytest.raises(NotAllowed):
            lines.join_line(actor=head, line=line, person=world.people[part], at=NOW)


def test_the_night_fills_and_the_head_is_told_once_a_week_in_numbers(world: World) -> None:
    """Mutation: leave the week out of the key of the mail."""
    line = a_line(world)
    usual_week(world, line, FIRST, (0, "am"))
    assert periodic.fill_all(at=NOW) == 6
    assert periodic.fill_all(at=NOW) == 0
    assert [periodic.tell_of_holes(at=NOW + timedelta(days=day)) for day in (0, 1, 6)] == [1, 0, 1]
    mail = next(one for one in mails() if one.kind == "roster_holes")
    assert str(mail.recipient) == world.people["head of service"].staff_address
    assert "demi-journées" in str(mail.subject)
    for person in world.people.values():
        assert person.last_name not in f"{mail.subject}{mail.body}"


@pytest.mark.parametrize("state", ShiftState)
def test_what_is_no_more_planned_does_not_move(state: ShiftState) -> None:
    assert all(SHIFT_WORKFLOW.allows(step, state) == (state == ShiftState.PLANNED) for step in SHIFT_WORKFLOW.moves)


@pytest.mark.parametrize("state", SwapState)
def test_an_exchange_is_settled_once(state: SwapState) -> None:
    assert all(SWAP_WORKFLOW.allows(step, state) == (state == SwapState.ASKED) for step in SWAP_WORKFLOW.moves)
