"""A half-day has one owner, her time is held once, her limits hold: whoever writes at the same moment.

The mutations are seen on PostgreSQL: on SQLite whoever writes holds the whole base.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from proxirh.kernel.errors import DomainError
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import DutyShift, HeldQuarter, HeldTime, Holder, LineRules
from proxirh.scheduling.services import agenda, duty, swaps
from proxirh.scheduling.services.agenda import Asked
from proxirh.scheduling.workflow import ShiftState
from tests.enquiries.test_hands_races import together
from tests.scheduling.phone import FIRST, MONDAY, SECOND, THIRD, TUESDAY, a_line, put_on, usual_week
from tests.world import NOW, World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
ROUNDS = 4


@pytest.fixture
def cast() -> World:
    return build_world()


def winners(raised: list[BaseException | None]) -> int:
    assert all(error is None or isinstance(error, DomainError) for error in raised), raised
    return sum(error is None for error in raised)


def nobody_is_in_two_places() -> None:
    for row in DutyShift.objects.filter(state=ShiftState.PLANNED).select_related("held"):
        assert row.held is not None
        assert (row.held.person_id, row.held.starts_at) == (row.person_id, row.starts_at)
    planned = DutyShift.objects.filter(state=ShiftState.PLANNED).count()
    assert HeldTime.objects.filter(kind=Holder.SHIFT).count() == planned
    assert HeldQuarter.objects.filter(held__kind=Holder.SHIFT).count() == 12 * planned


def test_two_who_accept_at_once_have_one_half_day(cast: World) -> None:
    """Mutation: accept without claiming the roster nor swapping the state of the offer."""
    line = a_line(cast)
    for number in range(ROUNDS):
        shift = put_on(cast, line, FIRST, MONDAY + timedelta(days=7 * number))
        offer = swaps.ask_swap(actor=cast.actor(FIRST), shift=shift, at=NOW)

        def take(part: str, offer: object = offer) -> Callable[[], None]:
            actor = cast.actor(part)
            return lambda: swaps.accept_swap(actor=actor, offer=offer, at=NOW)  # type: ignore[arg-type]

        assert winners(together(*[take(SECOND), take(THIRD)] * 2)) == 1
        assert DutyShift.objects.filter(day=shift.day, state=ShiftState.PLANNED).count() == 1
    nobody_is_in_two_places()


def test_two_exchanges_that_cross_wait_for_no_one(cast: World) -> None:
    """On two lines, each gives to the other. Mutation: write the agendas in the order of the exchange."""
    one, other = a_line(cast), a_line(cast, name="Allô mobilité")
    for number in range(ROUNDS):
        day = MONDAY + timedelta(days=7 * number)
        here, there = put_on(cast, one, FIRST, day), put_on(cast, other, SECOND, day, "pm")
        to_her = swaps.ask_swap(actor=cast.actor(FIRST), shift=here, to=cast.people[SECOND], at=NOW)
        to_me = swaps.ask_swap(actor=cast.actor(SECOND), shift=there, to=cast.people[FIRST], at=NOW)
        raised = together(
            lambda offer=to_her: swaps.accept_swap(actor=cast.actor(SECOND), offer=offer, at=NOW),
            lambda offer=to_me: swaps.accept_swap(actor=cast.actor(FIRST), offer=offer, at=NOW),
        )
        assert winners(raised) == 2, raised
    nobody_is_in_two_places()


def test_a_half_day_and_an_appointment_at_once_are_never_both_held(cast: World) -> None:
    """Mutation: write a half-day without holding its time."""
    line, head = a_line(cast), cast.actor("head of service")
    person = cast.people[FIRST]
    for number in range(ROUNDS):
        day = MONDAY + timedelta(days=7 * number)
        start = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        asked = Asked(person.pk, start, start + timedelta(minutes=45))

        def book(asked: Asked = asked) -> None:
            read = agenda.read(asked)
            if not agenda.is_free(asked):
                raise SlotTaken
            agenda.hold(asked, read=read, kind=Holder.APPOINTMENT)

        def put(day: object = day) -> None:
            duty.assign(actor=head, line=line, person=person, day=day, half="am", at=NOW)  # type: ignore[arg-type]

        assert winners(together(book, put, book, put)) in (1, 2)  # the same half-day twice is once
        assert HeldTime.objects.filter(starts_at__date=day).count() == 1
    nobody_is_in_two_places()


def test_two_half_days_at_once_pass_no_limit(cast: World) -> None:
    """One more is left to her. Mutation: put somebody on a half-day without claiming its roster."""
    line, head = a_line(cast), cast.actor("head of service")
    LineRules.objects.create(line=line, most_in_a_row=12, most_a_week=1)
    for number in range(ROUNDS):
        monday = MONDAY + timedelta(days=7 * number)

        def put(day: object, half: str) -> Callable[[], object]:
            return lambda: duty.assign(
                actor=head, line=line, person=cast.people[FIRST], day=day, half=half, at=NOW  # type: ignore[arg-type]
            )  # fmt: skip

        last = monday + timedelta(days=4)
        assert winners(together(put(monday, "am"), put(last, "pm"))) == 1
    assert DutyShift.objects.count() == ROUNDS
    nobody_is_in_two_places()


def test_weeks_filled_by_two_hands_are_filled_once(cast: World) -> None:
    """Mutation: leave the roster unread after another’s writing."""
    line, head = a_line(cast), cast.actor("head of service")
    usual_week(cast, line, FIRST, (0, "am"), (3, "pm"))
    usual_week(cast, line, SECOND, (1, "am"), first=TUESDAY)
    raised = together(*[lambda: duty.fill_weeks(actor=head, line=line, at=NOW)] * 2)
    winners(raised)
    duty.fill_weeks(actor=head, line=line, at=NOW)
    assert DutyShift.objects.filter(state=ShiftState.PLANNED).count() == 11 + 6
    nobody_is_in_two_places()
