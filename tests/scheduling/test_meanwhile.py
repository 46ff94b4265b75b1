"""Two acts at one instant on one agenda, or on two: neither is blind to the other, and none waits for ever."""

import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import AgendaDay, Appointment, HeldTime
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services import agenda, booking
from proxirh.scheduling.services.booking import Choice, Guest, Terms
from proxirh.territories.models import Absence
from proxirh.territories.services import attendance, planning
from tests.enquiries.test_hands_races import PAUSE, pausing, together
from tests.scheduling.opening import TUESDAY, opened
from tests.world import NOW, World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
LENGTH = timedelta(minutes=45)
NINE = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.fixture
def cast() -> World:
    world = build_world()
    for part in ("counsellor", "fellow counsellor"):
        opened(world, Rhythm(Frequency.DAILY, TUESDAY), part=part)
    return world


def terms(world: World) -> Terms:
    return Terms(world.department, LENGTH, NOW, NOW + timedelta(days=90))


def take(world: World, part: str, start: datetime) -> Appointment:
    return booking.book(
        by="essai",
        guest=Guest("Une Personne", "06 00 00 00 01"),
        choice=Choice(world.people[part].pk, start, "phone"),
        terms=terms(world),
        key=uuid.uuid4(),
        at=NOW,
    )


def foreseen(world: World) -> None:
    planning.plan_absence(
        actor=world.actor("counsellor"), people=[world.people["counsellor"]], first=TUESDAY, last=TUESDAY, at=NOW
    )


def unforeseen(world: World) -> None:
    attendance.record_absence(
        actor=world.actor("coordinator"), person=world.people["counsellor"], until=TUESDAY, at=NOW
    )


@pytest.mark.parametrize("say", [foreseen, unforeseen])
def test_whoever_books_as_an_absence_is_said_reads_it(
    cast: World, monkeypatch: pytest.MonkeyPatch, say: Callable[[World], None]
) -> None:
    """What is free is read, then the absence is said, then the time is taken: it is refused. On a day never written,
    and on one that was. Mutation: leave `claim_days` out of `plan_absence`, or of `record_absence`."""
    find, said = booking._find, threading.Event()
    for start in (NINE, NINE + timedelta(hours=1)):
        Absence.objects.all().delete()
        said.clear()

        def meanwhile(*args: Any, **named: Any) -> Any:
            found = find(*args, **named)
            if not said.is_set():
                said.set()
                assert together(lambda: say(cast)) == [None]
            return found

        monkeypatch.setattr(booking, "_find", meanwhile)
        with pytest.raises(SlotTaken):
            take(cast, "counsellor", start)
        assert Absence.objects.count() == 1
        assert HeldTime.objects.count() == Appointment.objects.count() == 0
        assert AgendaDay.objects.filter(person=cast.people["counsellor"], day=TUESDAY).exists()


@pytest.mark.parametrize("say", [foreseen, unforeseen])
def test_an_absence_said_as_somebody_books_comes_after_it(
    cast: World, monkeypatch: pytest.MonkeyPatch, say: Callable[[World], None]
) -> None:
    """Booked first, it stands, and the absence is said all the same: her page then lists it. On PostgreSQL the absence
    waits for the appointment, which never waits for it. Mutation, seen there: `select_for_update()` of the person."""
    claim, claimed = agenda._claim, threading.Event()

    def slowly(read: agenda.Read) -> None:
        claim(read)
        claimed.set()
        time.sleep(PAUSE)

    def afterwards() -> None:
        assert claimed.wait(10)
        say(cast)

    monkeypatch.setattr(agenda, "_claim", slowly)
    assert together(lambda: take(cast, "counsellor", NINE), afterwards) == [None, None]
    assert Absence.objects.count() == Appointment.objects.filter(state="confirmed").count() == 1


def test_two_relays_between_the_same_two_people_never_wait_for_each_other(
    cast: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each gives hers to the other on the same day. Mutation, seen on PostgreSQL: hold the new time, then give the old
    one back, whoever they are."""
    parts = ("counsellor", "fellow counsellor")
    rows = [take(cast, part, NINE + timedelta(minutes=90 * number)) for number, part in enumerate(parts)]
    for name in ("_claim", "_bump"):
        monkeypatch.setattr(agenda, name, pausing(getattr(agenda, name)))

    def give(row: Appointment, to: str) -> Callable[[], Appointment]:
        choice = Choice(cast.people[to].pk, row.starts_at, row.way)
        key = uuid.uuid4()
        return lambda: booking.move(by="essai", appointment=row, choice=choice, terms=terms(cast), key=key, at=NOW)

    assert together(give(rows[0], parts[1]), give(rows[1], parts[0])) == [None, None]
    held = {one.starts_at: one.person_id for one in HeldTime.objects.all()}
    assert held == {row.starts_at: cast.people[to].pk for row, to in zip(rows, reversed(parts), strict=True)}
