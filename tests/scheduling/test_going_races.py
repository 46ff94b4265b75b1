"""The last seat, a seat given back while somebody arrives, one visit, one room: many hands at once, on either engine.

The mutations of the order of seats are seen on PostgreSQL: on SQLite whoever writes holds the whole base.
"""

from collections.abc import Callable

import pytest

from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.models import HeldTime, MeetingPlace, SessionSeat
from proxirh.scheduling.services import seats, sessions, visits
from proxirh.scheduling.services.rooms import room_at
from proxirh.scheduling.workflow import SeatState, VisitState
from proxirh.territories.actor import Actor
from tests.enquiries.test_hands_races import together
from tests.scheduling.going import AFTERNOON, HOUR, fresh, session, visit, when
from tests.world import NOW, World, build_world, make_person

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
HANDS = 16


@pytest.fixture
def cast() -> World:
    return build_world()


def crowd(count: int, name: str = "agent") -> list[Actor]:
    """People who only have an account."""
    made = (make_person(f"{name} {n}") for n in range(count))
    return [Actor(user_id=one.user_id, person_id=one.pk) for one in made]


def joining(actor: Actor, row: object) -> Callable[[], object]:
    return lambda: seats.register(actor=actor, session=row, at=NOW)  # type: ignore[arg-type]


def leaving(seat: SessionSeat) -> Callable[[], object]:
    return lambda: seats.leave(actor=Actor(user_id=1, person_id=seat.person_id), seat=fresh(seat), at=NOW)


def test_the_last_seat_is_given_once_to_sixteen_hands(cast: World) -> None:
    """The others wait, each with a rank of her own, and nobody meets an error.

    Mutation: register without claiming the session.
    """
    row = session(cast, capacity=3)
    people = crowd(HANDS)
    for actor in people[:2]:
        seats.register(actor=actor, session=row, at=NOW)
    assert together(*[joining(actor, row) for actor in people]) == [None] * HANDS
    found = list(SessionSeat.objects.values_list("state", "number", "rank"))
    assert sorted(number for _, number, _ in found if number) == [1, 2, 3]
    assert sum(state == SeatState.WAITING for state, _, _ in found) == HANDS - 3
    assert len({rank for _, _, rank in found}) == HANDS


def test_no_seat_stays_empty_while_somebody_waits(cast: World) -> None:
    """Some leave as others arrive. Mutation: leave without claiming the session."""
    row = session(cast, capacity=4)
    first, others = crowd(4), crowd(8, "other")
    for actor in first:
        seats.register(actor=actor, session=row, at=NOW)
    here = list(SessionSeat.objects.all())
    raised = together(*[leaving(one) for one in here], *[joining(actor, row) for actor in others])
    assert raised == [None] * 12
    seated = SessionSeat.objects.filter(state=SeatState.REGISTERED)
    assert sorted(seated.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert SessionSeat.objects.filter(state=SeatState.WAITING).count() == 4


def test_nobody_is_given_a_seat_in_a_session_that_is_being_cancelled(cast: World) -> None:
    """Whoever has one as it is cancelled is told."""
    row = session(cast, capacity=8)
    host, people = cast.actor("counsellor"), crowd(6)
    sessions_cancelled = [lambda: sessions.cancel_session(actor=host, session=fresh(row), at=NOW)] * 2
    raised = together(*[joining(actor, row) for actor in people], *sessions_cancelled)
    assert all(error is None or isinstance(error, StaleState) for error in raised), raised
    told = OutgoingEmail.objects.filter(kind="session_for_agent").count()
    assert told == SessionSeat.objects.filter(state=SeatState.REGISTERED).count()
    assert not HeldTime.objects.exists()


def test_a_move_and_a_cancellation_at_once_leave_one_of_them(cast: World) -> None:
    """Never a time that is held for a session that does not take place. Mutation: move without claiming."""
    host = cast.actor("counsellor")
    for number in range(6):
        row = session(cast, when=when(AFTERNOON + 24 * HOUR * number))
        later = when(AFTERNOON + 24 * HOUR * number + 2 * HOUR)
        raised = together(
            lambda row=row, later=later: sessions.move_session(actor=host, session=fresh(row), when=later, at=NOW),
            lambda row=row: sessions.cancel_session(actor=host, session=fresh(row), at=NOW),
        )
        assert all(error is None or isinstance(error, DomainError) for error in raised), raised
        assert raised[1] is None or fresh(row).state == "open"
    assert HeldTime.objects.count() == sum(one.state == "open" for one in cast.people["counsellor"].sessions.all())


def test_one_visit_is_taken_by_one_of_two_counsellors(cast: World) -> None:
    """The other has no time held for it. Mutation: write the state without comparing it."""
    for _ in range(3):
        row = visit(cast)
        start = AFTERNOON + HeldTime.objects.count() * 24 * HOUR

        def taking(part: str, row=row, start=start) -> Callable[[], None]:
            actor = cast.actor(part)
            return lambda: visits.take_visit(
                actor=actor, visit=fresh(row), starts_at=start, ends_at=start + HOUR, at=NOW
            )

        raised = together(*[taking(part) for part in ("counsellor", "fellow counsellor", "co-handler")])
        assert sum(error is None for error in raised) == 1, raised
        assert all(error is None or isinstance(error, StaleState | NotAllowed) for error in raised), raised
        assert fresh(row).state == VisitState.TAKEN
    assert HeldTime.objects.count() == 3
    assert OutgoingEmail.objects.filter(kind="visit_for_agent").count() == 3


def test_one_room_is_made_once(cast: World) -> None:
    assert together(*[lambda: room_at(cast.site, "Salle B12")] * 8) == [None] * 8
    assert MeetingPlace.objects.count() == 1
