"""Figure 3: one slot, sixteen hands at once, through the very act that pages call; round after round."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import Appointment, HeldQuarter, HeldTime
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services import booking
from proxirh.scheduling.services.booking import Choice, Guest
from tests.enquiries.test_hands_races import together
from tests.proofs.telling import Tell, rounds
from tests.scheduling.opening import opened
from tests.world import NOW, World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
HANDS = 16
ROUNDS = rounds(6, 1000)
LENGTH = timedelta(minutes=45)


def booking_of(world: World, start: datetime, found: list[int]) -> Callable[[], None]:
    """One client: takes the slot, or reads three others."""

    def act() -> None:
        person = world.people["counsellor"].pk
        terms = booking.Terms(world.department, LENGTH, NOW, NOW + timedelta(days=700))
        try:
            booking.book(
                by="essai",
                guest=Guest("Une Personne", "06 00 00 00 01"),
                choice=Choice(person, start, "phone"),
                terms=terms,
                key=uuid.uuid4(),
                at=NOW,
            )
        except SlotTaken:
            found.append(len(booking.alternatives([person], terms, way="phone", after=start)))
            raise

    return act


def test_one_slot_is_taken_once_and_losers_read_three_others(tell: Tell) -> None:
    """Exactly one success a round, no other error. Mutation: hold the time without its quarters nor its days."""
    world = build_world()
    opened(world, Rhythm(Frequency.DAILY, datetime(2026, 11, 18, tzinfo=UTC).date()))
    terms = booking.Terms(world.department, LENGTH, NOW, NOW + timedelta(days=700))
    slots = booking.offered([world.people["counsellor"].pk], terms)
    starts = [slot.start for slot in islice(slots, ROUNDS)]
    began, wins, errors, others = time.monotonic(), [], [], []
    for start in starts:
        raised = together(*(booking_of(world, start, others) for _ in range(HANDS)))
        wins.append(sum(error is None for error in raised))
        errors += [error for error in raised if error is not None and not isinstance(error, SlotTaken)]
    tell(
        3,
        counted=f"{ROUNDS} tours × {HANDS} réservations du même créneau, {time.monotonic() - began:.0f} s",
        target="1 réussite à chaque tour, 0 erreur ; trois autres créneaux pour chaque perdant",
        result=f"{sum(wins)} réussites, {len(errors)} erreur, {others.count(booking.OTHERS)} perdants servis",
    )
    assert errors == []
    assert wins == [1] * ROUNDS
    assert others == [booking.OTHERS] * (ROUNDS * (HANDS - 1))
    assert Appointment.objects.count() == HeldTime.objects.count() == ROUNDS
    assert HeldQuarter.objects.count() == 3 * ROUNDS
    assert OutgoingEmail.objects.filter(kind="appointment_for_staff").count() == ROUNDS
