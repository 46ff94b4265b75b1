"""Collective sessions: a seat each, a waiting list, and whom each change is told to."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import CollectiveSession, HeldTime, Holder, SessionSeat, SessionTitle
from proxirh.scheduling.services import seats, sessions
from proxirh.scheduling.services.same_person import follow_person
from proxirh.scheduling.workflow import SeatState
from tests.scheduling.going import AFTERNOON, HOUR, fresh, session, when
from tests.scheduling.opening import a_place
from tests.world import NOW, World, make_person

pytestmark = pytest.mark.django_db


def joins(world: World, row: CollectiveSession, part: str, *, at=NOW) -> SessionSeat:
    return seats.register(actor=world.actor(part), session=row, at=at)


def leaves(world: World, row: CollectiveSession, part: str, *, at=NOW) -> None:
    seat = sessions.own_seats(world.actor(part)).get(session=row)
    seats.leave(actor=world.actor(part), seat=seat, at=at)


def state(world: World, row: CollectiveSession, part: str) -> tuple[str, int | None]:
    seat = SessionSeat.objects.get(session=row, person=world.people[part])
    return seat.state, seat.number


def told(world: World) -> dict[str, int]:
    """How many mails each part has had."""
    found: dict[str, int] = {}
    for mail in OutgoingEmail.objects.filter(kind="session_for_agent").select_related("data_key"):
        part = str(mail.recipient).partition("@")[0].replace(".", " ")
        found[part] = found.get(part, 0) + 1
    return found


def test_a_session_holds_the_time_of_its_host_once(world: World) -> None:
    """Mutation: open it without asking the agenda."""
    key = uuid.uuid4()
    row = session(world, key=key)
    assert session(world, key=key) == row
    held = HeldTime.objects.get()
    assert (held.kind, held.starts_at, held.person) == (Holder.SESSION, AFTERNOON, world.people["counsellor"])
    with pytest.raises(SlotTaken):
        session(world)
    with pytest.raises(StaleState):
        session(world, key=key, capacity=3)


def test_seats_then_a_waiting_list_in_the_order_of_arrival(world: World) -> None:
    """Twice is once; whoever leaves gives her seat to the first who waits, and she alone is told.

    Mutations: promote the last; tell everybody; leave the seat empty.
    """
    row = session(world)
    for part in ("author", "colleague", "superior", "HR officer", "author"):
        joins(world, row, part)
    assert state(world, row, "colleague") == (SeatState.REGISTERED, 2)
    assert state(world, row, "superior") == state(world, row, "HR officer") == (SeatState.WAITING, None)
    waiting = sessions.own_seats(world.actor("HR officer")).get()
    assert sessions.ahead_of(waiting) == 1
    for _ in range(2):
        leaves(world, row, "author")
    assert state(world, row, "author") == (SeatState.CANCELLED, None)
    assert state(world, row, "superior") == (SeatState.REGISTERED, 1)
    assert told(world) == {"superior": 1}
    joins(world, row, "author")
    leaves(world, row, "colleague")
    assert state(world, row, "HR officer") == (SeatState.REGISTERED, 2)
    assert state(world, row, "author") == (SeatState.WAITING, None)


def test_whoever_waits_no_more_is_not_given_a_seat(world: World) -> None:
    """Mutation: promote by rank alone."""
    row = session(world)
    for part in ("author", "colleague", "superior", "HR officer"):
        joins(world, row, part)
    leaves(world, row, "superior")
    leaves(world, row, "author")
    assert state(world, row, "superior") == (SeatState.CANCELLED, None)
    assert state(world, row, "HR officer") == (SeatState.REGISTERED, 1)


def test_a_session_cancelled_meanwhile_gives_no_seat_and_promotes_nobody(world: World) -> None:
    """Mutation: write a seat without claiming the session that takes place."""
    row = session(world)
    for part in ("author", "colleague", "superior"):
        joins(world, row, part)
    seat = sessions.own_seats(world.actor("author")).get()
    stale = fresh(row)
    for _ in range(2):
        sessions.cancel_session(actor=world.actor("counsellor"), session=row, at=NOW)
    assert told(world) == {"author": 1, "colleague": 1, "superior": 1}
    assert not HeldTime.objects.exists()
    with pytest.raises(StaleState):
        seats.leave(actor=world.actor("author"), seat=seat, at=NOW)
    with pytest.raises(StaleState):
        joins(world, stale, "HR officer")
    assert state(world, row, "superior") == (SeatState.WAITING, None)
    assert told(world)["superior"] == 1


def test_a_move_takes_the_new_time_and_tells_each_once(world: World) -> None:
    """To the same is nothing, over itself is possible, to a time that is taken is refused."""
    row, counsellor = session(world), world.actor("counsellor")
    joins(world, row, "author")
    sessions.move_session(actor=counsellor, session=row, when=when(), at=NOW)
    assert told(world) == {}
    place = a_place(world)
    later = when(AFTERNOON + HOUR / 2, place=place)
    sessions.move_session(actor=counsellor, session=row, when=later, at=NOW)
    row = fresh(row)
    assert (row.place, row.video_link, row.held.starts_at) == (place, "", AFTERNOON + HOUR / 2)
    assert told(world) == {"author": 1}
    session(world, when=when(AFTERNOON + 5 * HOUR))
    with pytest.raises(SlotTaken):
        sessions.move_session(actor=counsellor, session=row, when=when(AFTERNOON + 5 * HOUR), at=NOW)
    assert told(world) == {"author": 1}
    assert HeldTime.objects.count() == 2


def test_names_are_for_the_host_alone(world: World) -> None:
    """Mutation: give them to whoever keeps an agenda."""
    row = session(world)
    joins(world, row, "author")
    assert [one.person.full_name for one in sessions.names_of(world.actor("counsellor"), row)] == ["Author Exemple"]
    for part in ("fellow counsellor", "coordinator", "author", "superior"):
        actor = world.actor(part)
        with pytest.raises(NotAllowed):
            sessions.names_of(actor, row)
        for act in (sessions.cancel_session, sessions.move_session, sessions.note_attendance, sessions.resize_session):
            if (part, act) == ("coordinator", sessions.cancel_session):
                continue
            more = {"when": when(AFTERNOON + HOUR)} if act is sessions.move_session else {}
            more |= {"came": frozenset()} if act is sessions.note_attendance else {}
            more |= {"capacity": 5} if act is sessions.resize_session else {}
            with pytest.raises(NotAllowed):
                act(actor=actor, session=row, at=NOW, **more)
        with pytest.raises(NotAllowed):
            seats.leave(actor=world.actor("colleague"), seat=SessionSeat.objects.get(), at=NOW)


def events(part: str) -> list[dict[str, str]]:
    """What her calendar is sent, each as its properties; nothing for mails without one."""
    mails = OutgoingEmail.objects.filter(kind="session_for_agent").select_related("data_key").order_by("pk")
    hers = [one.calendar for one in mails if str(one.recipient) == f"{part.replace(' ', '.').lower()}@exemple.invalid"]
    unfolded = [text.replace("\r\n ", "").splitlines() for text in hers if text]
    return [dict(line.partition(":")[::2] for line in lines if ":" in line) for lines in unfolded]


def test_it_is_moved_once_registration_is_closed_and_calendars_follow(world: World) -> None:
    """The event keeps its UID, its SEQUENCE grows, cancelling takes it away; whoever waits has none; words are neutral.

    Mutations: ask that registration be open; leave the event out; give it to whoever waits; cancel without claiming.
    """
    row, host = session(world, when=when(register_until=AFTERNOON - 3 * HOUR)), world.actor("counsellor")
    for part in ("author", "colleague", "superior"):
        joins(world, row, part)
    late, closed = AFTERNOON - 2 * HOUR, AFTERNOON - 3 * HOUR
    later = when(AFTERNOON + HOUR, register_until=closed)
    sessions.move_session(actor=host, session=fresh(row), when=later, at=late)
    assert fresh(row).starts_at == AFTERNOON + HOUR
    with pytest.raises(DomainError, match="closes"):
        joins(world, fresh(row), "HR officer", at=late)
    sessions.move_session(actor=host, session=fresh(row), when=when(AFTERNOON + 2 * HOUR), at=late)
    joins(world, fresh(row), "HR officer", at=late)
    sessions.move_session(actor=host, session=fresh(row), when=when(AFTERNOON + 3 * HOUR), at=late)
    sessions.cancel_session(actor=host, session=fresh(row), at=late)
    found = events("author")
    assert [one["METHOD"] for one in found] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
    assert {one["UID"] for one in found} == {f"{row.uid.hex}@{settings.PROXIRH_MAIL_DOMAIN}"}
    assert [one["DTSTART"] for one in found] == [f"20261201T{hour}0000Z" for hour in (14, 15, 16, 16)]
    sequences = [int(one["SEQUENCE"]) for one in found]
    assert sequences == sorted(set(sequences))
    assert {one["SUMMARY"] for one in found} == {"Rendez-vous"}
    assert events("superior") == []
    assert told(world) == {"author": 4, "colleague": 4, "superior": 4, "hr officer": 2}


def test_more_places_go_to_those_who_wait_and_never_fewer_than_are_taken(world: World) -> None:
    """In their order, each told with the event. Mutations: promote one alone; lower it below the seats."""
    row, host = session(world), world.actor("counsellor")
    for part in ("author", "colleague", "superior", "HR officer", "co-handler"):
        joins(world, row, part)
    sessions.resize_session(actor=host, session=fresh(row), capacity=4, at=NOW)
    assert state(world, row, "superior") == (SeatState.REGISTERED, 3)
    assert state(world, row, "HR officer") == (SeatState.REGISTERED, 4)
    assert state(world, row, "co-handler") == (SeatState.WAITING, None)
    assert told(world) == {"superior": 1, "hr officer": 1}
    assert len(events("superior")) == 1
    for wrong in (3, 1, 201):
        with pytest.raises(DomainError):
            sessions.resize_session(actor=host, session=fresh(row), capacity=wrong, at=NOW)
    leaves(world, row, "co-handler")
    leaves(world, row, "author")
    leaves(world, row, "colleague")
    for _ in range(2):
        sessions.resize_session(actor=host, session=fresh(row), capacity=2, at=NOW)
    assert fresh(row).capacity == 2
    with pytest.raises(DomainError, match="commencé"):
        sessions.resize_session(actor=host, session=fresh(row), capacity=5, at=AFTERNOON)


def test_seats_whose_numbers_are_above_the_capacity_still_count(world: World) -> None:
    """Seats 3 and 4 fill a session of two. Mutation: look for a free number alone."""
    row = session(world, capacity=4)
    for part in ("author", "colleague", "superior", "HR officer"):
        joins(world, row, part)
    leaves(world, row, "author")
    leaves(world, row, "colleague")
    stale = fresh(row)
    sessions.resize_session(actor=world.actor("counsellor"), session=fresh(row), capacity=2, at=NOW)
    assert joins(world, stale, "author").state == SeatState.WAITING


def test_whoever_runs_the_academie_cancels_for_a_host_who_is_away(world: World) -> None:
    """The host and those who come are told, once; nobody of another académie may. Mutations: leave the host out of it;
    look at the second factor alone.
    """
    row = session(world)
    joins(world, row, "author")
    for _ in range(2):
        sessions.cancel_session(actor=world.actor("coordinator"), session=row, at=NOW)
    assert told(world) == {"author": 1}
    mail = OutgoingEmail.objects.select_related("data_key").get(kind="session_for_staff")
    assert str(mail.recipient) == world.people["counsellor"].staff_address
    assert not HeldTime.objects.exists()
    other = session(world)
    other.department.academy = world.elsewhere
    with pytest.raises(NotAllowed):
        sessions.cancel_session(actor=world.actor("coordinator"), session=other, at=NOW)
    other.department.academy = world.academy
    with pytest.raises(NotAllowed):
        sessions.cancel_session(actor=replace(world.actor("coordinator"), second_factor=False), session=other, at=NOW)


def test_registration_closes_and_leaving_ends_as_it_begins(world: World) -> None:
    row = session(world, when=when(register_until=AFTERNOON - HOUR))
    joins(world, row, "author")
    with pytest.raises(DomainError, match="closes"):
        joins(world, row, "colleague", at=AFTERNOON - HOUR)
    with pytest.raises(DomainError, match="commencé"):
        leaves(world, row, "author", at=AFTERNOON)
    with pytest.raises(DomainError, match="commencé"):
        sessions.cancel_session(actor=world.actor("counsellor"), session=row, at=AFTERNOON)
    with pytest.raises(DomainError, match="animez"):
        joins(world, row, "counsellor")


def test_attendance_is_said_once_it_has_begun(world: World) -> None:
    row, host = session(world), world.actor("counsellor")
    one, other = joins(world, row, "author"), joins(world, row, "colleague")
    joins(world, row, "superior")
    with pytest.raises(DomainError):
        sessions.note_attendance(actor=host, session=row, came=frozenset({one.uid}), at=NOW)
    sessions.note_attendance(actor=host, session=row, came=frozenset({one.uid}), at=AFTERNOON)
    assert (fresh(one).state, fresh(other).state) == (SeatState.CAME, SeatState.DID_NOT_COME)
    assert state(world, row, "superior") == (SeatState.WAITING, None)
    sessions.note_attendance(actor=host, session=row, came=frozenset({one.uid, other.uid}), at=AFTERNOON)
    assert fresh(other).state == SeatState.CAME


def test_the_database_is_the_last_to_refuse_a_seat_twice(world: World) -> None:
    """Mutation: drop the constraint `seat_once`."""
    row = session(world)
    joins(world, row, "author")
    written = {"session": row, "state": SeatState.REGISTERED, "number": 1, "rank": 9, "created_at": NOW}
    with pytest.raises(IntegrityError), transaction.atomic():
        SessionSeat.objects.create(person=world.people["colleague"], **written)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": NOW},
        {"ends_at": AFTERNOON - HOUR},
        {"start": AFTERNOON + timedelta(minutes=5)},
        {"register_until": AFTERNOON + HOUR},
        {"video_link": ""},
        {"ends_at": AFTERNOON + 9 * HOUR},
    ],
)
def test_times_that_make_no_session_are_refused(world: World, wrong: dict) -> None:
    with pytest.raises(DomainError):
        session(world, when=when(**wrong))
    assert not HeldTime.objects.exists()


def test_an_open_list_is_of_one_academie_and_says_no_name(world: World) -> None:
    row = session(world)
    joins(world, row, "author")
    found = sessions.open_in(world.academy, at=NOW).get()
    assert (found, found.taken) == (row, 1)
    assert not sessions.open_in(world.elsewhere, at=NOW)
    assert not sessions.open_in(world.academy, at=AFTERNOON)


def test_seats_follow_a_person_whose_rows_are_joined(world: World) -> None:
    row = session(world)
    former = make_person("former row", with_account=False)
    SessionSeat.objects.create(session=row, person=former, state=SeatState.REGISTERED, number=2, rank=1, created_at=NOW)
    follow_person(former_id=former.pk, staff_id=world.people["author"].pk)
    assert state(world, row, "author") == (SeatState.REGISTERED, 2)


def test_titles_say_nothing_of_what_people_come_for() -> None:
    assert set(SessionTitle.labels) == {
        *("réunion d’information", "atelier collectif", "échange entre pairs"),
        "découverte d’un métier ou d’un service",
    }
