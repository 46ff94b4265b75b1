"""Reminders: when they leave, for whom, once; by mail and by text."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling import letters
from proxirh.scheduling.models import Appointment, WhyCancelled
from proxirh.scheduling.services import booking, reminding
from proxirh.scheduling.workflow import AppointmentStep
from tests.scheduling.opening import opened
from tests.scheduling.test_booking import FIRST, GUEST, booked, choice, reread
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
# Nine in Paris on the first of December: two days before, at eight; the same day, at seven.
BEFORE, MORNING = datetime(2026, 11, 29, 7, tzinfo=UTC), datetime(2026, 12, 1, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def sent() -> int:
    return OutgoingEmail.objects.filter(kind="appointment_reminder").count()


def test_two_leave_each_once_at_their_hour(world: World) -> None:
    """Mutation: look at the date alone."""
    opened(world)
    booked(world)
    for at, count in (
        (BEFORE - MINUTE, 0),
        (BEFORE, 1),
        (BEFORE, 1),
        (MORNING - MINUTE, 1),
        (MORNING, 2),
        (MORNING, 2),
    ):
        reminding.remind(at=at)
        assert sent() == count
    assert reminding.remind(at=FIRST + timedelta(hours=2)) == 0


def test_a_missed_night_sends_the_one_that_still_helps(world: World) -> None:
    """Mutation: catch up both."""
    opened(world)
    booked(world)
    assert reminding.remind(at=MORNING) == 1
    assert "aujourd’hui" in str(OutgoingEmail.objects.get(kind="appointment_reminder").subject)


def test_what_was_just_taken_is_not_reminded_at_once(world: World) -> None:
    """The morning one still leaves. Mutation: forget when it was booked."""
    opened(world)
    at = FIRST - timedelta(hours=30)
    booked(world, terms=booking.terms_for_agent(world.department, timedelta(minutes=45), at=at), at=at)
    assert reminding.remind(at=at + MINUTE) == 0
    assert reminding.remind(at=MORNING) == 1


def test_refused_cancelled_or_moved_none_leaves(world: World) -> None:
    """Mutation: read the rows that were left too."""
    opened(world)
    one = reread(booked(world))
    booking.stop_reminders(by="essai", appointment=one, at=NOW)
    ended = reread(booked(world, FIRST + timedelta(minutes=90)))
    step, why = AppointmentStep.CANCEL_BY_AGENT, WhyCancelled.BUSY
    booking.cancel(by="essai", appointment=ended, step=step, why=why, at=NOW)
    other = reread(booked(world, FIRST + timedelta(minutes=45)))
    terms = booking.terms_for_agent(world.department, timedelta(minutes=45), at=NOW)
    later = choice(world, FIRST + timedelta(days=7))
    booking.move(by="essai", appointment=other, choice=later, terms=terms, key=one.uid, at=NOW)
    assert reminding.remind(at=BEFORE) == reminding.remind(at=MORNING) == 0


def test_it_is_morning_where_one_lives(world: World) -> None:
    """In Mayotte, two hours before Paris. Mutation: read the clock of Paris."""
    opened(world)
    made = booked(world)
    Appointment.objects.filter(pk=made.pk).update(time_zone="Indian/Mayotte")
    there = datetime(2026, 12, 1, 4, tzinfo=UTC)
    assert [reminding.turn_due(reread(made), at=at) for at in (there - MINUTE, there)] == [1, 2]


def test_a_text_leaves_too_where_something_sends_them(world: World, settings, tmp_path: Path) -> None:
    """And never twice. Mutation: send it before the reminder is written."""
    settings.PROXIRH_SMS_SENDER, settings.PROXIRH_DATA_DIR = "fichier", tmp_path
    opened(world)
    guest = booking.Guest(GUEST.name, GUEST.phone, wants_texts=True)
    booked(world, guest=guest)
    for _ in range(2):
        reminding.remind(at=BEFORE)
    (line,) = (tmp_path / "sms.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["to"] == GUEST.phone
    assert "1er decembre 2026 à 9 h" in json.loads(line)["text"].replace("é", "e")
    assert "\u2019" not in json.loads(line)["text"]
    assert len(json.loads(line)["text"]) <= 160
    assert sent() == 0  # no address was given


def test_a_sender_that_fails_costs_that_text_alone(world: World, settings) -> None:
    """Mutation: let the exception stop the run."""
    settings.PROXIRH_SMS_SENDER = "math.sqrt"  # takes no two arguments
    opened(world)
    booked(world, guest=booking.Guest(GUEST.name, GUEST.phone, GUEST.address, wants_texts=True))
    assert reminding.remind(at=BEFORE) == 1
    assert sent() == 1


def test_what_is_promised_is_what_leaves(world: World) -> None:
    """Two days before at ten, the first has left already. Mutation: count forty-eight hours."""
    opened(world)
    row = reread(booked(world))
    told = [letters.reminders_told(row, at=at) for at in (BEFORE - MINUTE, BEFORE + 2 * MINUTE, MORNING)]
    assert told == ["deux jours avant et le matin même", "le matin même", ""]
    row.address, row.phone = "", ""
    assert letters.reminders_told(row, at=NOW) == ""


def test_a_refused_mail_does_not_leave_with_the_text(world: World, settings, tmp_path: Path) -> None:
    """Mutation: one wish for both."""
    settings.PROXIRH_SMS_SENDER, settings.PROXIRH_DATA_DIR = "fichier", tmp_path
    opened(world)
    booked(world, guest=booking.Guest(GUEST.name, GUEST.phone, GUEST.address, wants_reminders=False, wants_texts=True))
    assert reminding.remind(at=BEFORE) == 1
    assert (sent(), (tmp_path / "sms.jsonl").exists()) == (0, True)
