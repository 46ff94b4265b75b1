"""An appointment from its taking to its end: held once, told to both sides, moved, cancelled, told of."""

import uuid
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.kernel.errors import DomainError, StaleState
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import AgendaRules, Appointment, HeldQuarter, HeldTime, WhyCancelled
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services import agenda, booking, choosing
from proxirh.scheduling.services.booking import Choice, Guest
from proxirh.scheduling.workflow import APPOINTMENT_WORKFLOW, AppointmentState, AppointmentStep
from proxirh.territories.models import Absence
from tests.enquiries.visitors import visitor
from tests.scheduling.opening import a_place, opened
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
# The Tuesdays of December at nine, in Paris.
FIRST = datetime(2026, 12, 1, 8, tzinfo=UTC)
WEEK, LENGTH = timedelta(days=7), timedelta(minutes=45)
GUEST = Guest("Une Personne", "06 00 00 00 01", "personne@exemple.invalid")


def terms(world: World, at: datetime = NOW) -> booking.Terms:
    return booking.terms_for_agent(world.department, LENGTH, at=at)


def choice(world: World, start: datetime = FIRST, way: str = "phone", place: int | None = None) -> Choice:
    return Choice(world.people["counsellor"].pk, start, way, place)


def booked(world: World, start: datetime = FIRST, **more) -> Appointment:
    asked = {"by": "essai", "guest": GUEST, "choice": choice(world, start), "terms": terms(world), "at": NOW}
    return booking.book(**{**asked, "key": uuid.uuid4(), **more})


def kinds() -> list[str]:
    sent = OutgoingEmail.objects.filter(kind__startswith="appointment_")
    return list(sent.order_by("pk").values_list("kind", flat=True))


def reread(row: Appointment) -> Appointment:
    return Appointment.objects.linked(row.series).get(pk=row.pk)


def test_a_moment_is_taken_once_and_told_to_both(world: World) -> None:
    """Mutation: give back a held time that another holds."""
    opened(world)
    made = booked(world)
    assert (made.ends_at - made.starts_at, made.held.quarters.count()) == (LENGTH, 3)
    assert kinds() == ["appointment_booked", "appointment_for_staff"]
    with pytest.raises(SlotTaken):
        booked(world)
    assert Appointment.objects.count() == HeldTime.objects.count() == 1


def test_the_same_key_twice_gives_the_same(world: World) -> None:
    opened(world)
    key = uuid.uuid4()
    assert booked(world, key=key).pk == booked(world, key=key).pk
    assert len(kinds()) == 2


@pytest.mark.parametrize(
    ("start", "raised"),
    [
        (FIRST + timedelta(hours=6), SlotTaken),  # closed at that hour
        (FIRST + timedelta(minutes=5), DomainError),  # between two quarters
        (FIRST - 52 * WEEK, DomainError),  # past
        (FIRST + 52 * WEEK, SlotTaken),  # further than the agenda opens
    ],
)
def test_what_is_not_offered_is_refused(world: World, start: datetime, raised: type[Exception]) -> None:
    """Mutation: take what the form says."""
    opened(world)
    with pytest.raises(raised):
        booked(world, start)
    assert not HeldQuarter.objects.exists()


def test_notice_is_kept_and_a_counsellor_may_go_without(world: World) -> None:
    opened(world)
    late = FIRST - timedelta(hours=3)
    with pytest.raises(SlotTaken):
        booked(world, terms=terms(world, late), at=late)
    outside = FIRST + timedelta(hours=8)
    made = booked(world, outside, terms=booking.terms_for_staff(world.department, LENGTH, at=late), at=late)
    assert made.starts_at == outside


def test_a_call_needs_a_number_and_a_screen_an_address(world: World) -> None:
    opened(world, by_video=True)
    with pytest.raises(DomainError, match="numéro"):
        booked(world, guest=Guest("Une Personne"))
    with pytest.raises(DomainError, match="visio"):
        booked(world, choice=choice(world, way="video"))
    AgendaRules.objects.create(academy=world.academy, video_pattern="https://visio.exemple.invalid/{salle}")
    one = booked(world, choice=choice(world, way="video"))
    other = booked(world, choice=choice(world, FIRST + WEEK, way="video"))
    assert one.room.startswith("https://visio.exemple.invalid/")
    assert one.room != other.room


def test_a_move_takes_before_it_leaves(world: World) -> None:
    """By a quarter of an hour, over itself. Mutation: look for the slot beside one’s own time."""
    opened(world)
    made = booked(world)
    later = choice(world, FIRST + timedelta(minutes=15))
    moved = booking.move(
        by="essai", appointment=reread(made), choice=later, terms=terms(world), key=uuid.uuid4(), at=NOW
    )
    assert (moved.series, moved.sequence) == (made.series, 1)
    assert reread(made).state == AppointmentState.MOVED
    assert reread(made).held is None
    assert HeldTime.objects.get().starts_at == later.start
    assert HeldQuarter.objects.count() == 3
    assert kinds()[2:] == ["appointment_moved", "appointment_for_staff"]


def test_of_two_moves_the_second_is_told(world: World) -> None:
    """Mutation: leave without looking at the state."""
    opened(world)
    made = reread(booked(world))
    for number, raised in ((1, None), (2, StaleState)):
        asked = {
            "by": "essai",
            "appointment": made,
            "choice": choice(world, FIRST + number * WEEK),
            "terms": terms(world),
            "key": uuid.uuid4(),
            "at": NOW,
        }
        if raised is None:
            booking.move(**asked)
        else:
            with pytest.raises(raised):
                booking.move(**asked)
    assert HeldTime.objects.get().starts_at == FIRST + WEEK


def test_another_person_takes_it_over(world: World) -> None:
    """The first is free again. Mutation: leave the old time held."""
    opened(world)
    opened(world, part="fellow counsellor")
    made = reread(booked(world))
    other = Choice(world.people["fellow counsellor"].pk, FIRST, "phone")
    moved = booking.move(by="essai", appointment=made, choice=other, terms=terms(world), key=uuid.uuid4(), at=NOW)
    assert HeldTime.objects.get().person_id == moved.person_id == other.person_id
    booked(world)


def test_cancelled_it_is_free_again_and_may_be_taken_again(world: World) -> None:
    """The series goes on with a higher sequence. Mutation: keep the sequence when cancelling."""
    opened(world)
    made = reread(booked(world))
    cancelled = {"by": "essai", "step": AppointmentStep.CANCEL_BY_AGENT, "why": WhyCancelled.BUSY, "at": NOW}
    booking.cancel(appointment=made, **cancelled)
    booking.cancel(appointment=made, **cancelled)  # a double click
    assert not HeldTime.objects.exists()
    assert kinds()[2:] == ["appointment_cancelled", "appointment_for_staff"]
    assert booking.may_move(made, at=NOW)
    again = booking.move(
        by="essai", appointment=made, choice=choice(world), terms=terms(world), key=uuid.uuid4(), at=NOW
    )
    assert again.sequence > reread(made).sequence
    assert reread(made).state == AppointmentState.CANCELLED_BY_AGENT
    assert kinds()[4] == "appointment_booked"


def test_limits_are_those_of_the_academy(world: World) -> None:
    opened(world)
    AgendaRules.objects.create(academy=world.academy, cancel_hours=2, move_hours=10)
    made = reread(booked(world))
    before = {hours: FIRST - timedelta(hours=hours) for hours in (1, 2, 9, 10)}
    assert [booking.may_cancel(made, at=before[hours]) for hours in (1, 2)] == [False, True]
    assert [booking.may_move(made, at=before[hours]) for hours in (9, 10)] == [False, True]


def test_what_became_of_it_is_told_and_never_called_cancelled(world: World) -> None:
    """Mutation: send the mail of a cancellation for a missed one."""
    opened(world)
    made = reread(booked(world))
    with pytest.raises(DomainError, match="pas fini"):
        booking.tell_outcome(by="essai", appointment=made, was_kept=True, at=NOW)
    after = made.ends_at + timedelta(hours=1)
    assert booking.tell_outcome(by="essai", appointment=made, was_kept=False, at=after)
    assert not booking.tell_outcome(by="essai", appointment=made, was_kept=False, at=after)
    assert kinds()[2:] == ["appointment_missed"]
    assert "annul" not in str(OutgoingEmail.objects.order_by("-pk")[0].body)
    assert booking.tell_outcome(by="essai", appointment=made, was_kept=True, at=after)
    assert reread(made).state == AppointmentState.KEPT


@pytest.mark.parametrize("state", AppointmentState)
@pytest.mark.parametrize("step", AppointmentStep)
def test_every_pair_of_states(state: AppointmentState, step: AppointmentStep) -> None:
    told = {AppointmentState.KEPT: {AppointmentStep.MISS}, AppointmentState.MISSED: {AppointmentStep.KEEP}}
    expected = state == AppointmentState.CONFIRMED or step in told.get(state, set())
    assert APPOINTMENT_WORKFLOW.allows(step, state) is expected


def test_on_site_one_comes_to_the_place_of_the_opening(world: World) -> None:
    place = a_place(world)
    opened(world, place=place)
    made = booked(world, choice=choice(world, way="on_site", place=place.pk))
    called = booked(world, choice=choice(world, FIRST + WEEK, place=place.pk))
    assert (made.place, called.place) == (place, None)
    assert called.held.place == place


def test_a_day_reads_today_first_and_says_what_falls_during_an_absence(world: World) -> None:
    """Mutations: list what was cancelled; ask no absence."""
    now, zone = timezone.now(), ZoneInfo(world.department.time_zone)
    noon = datetime.combine(now.astimezone(zone).date(), time(12), zone)
    asked_at = now - timedelta(days=2)
    terms = booking.terms_for_staff(world.department, LENGTH, at=asked_at)
    for days in (3, 0, 1):
        booked(world, noon + timedelta(days=days), terms=terms, at=asked_at)
    gone = booked(world, noon + timedelta(days=4), terms=terms, at=asked_at)
    step, why = AppointmentStep.CANCEL_BY_SERVICE, WhyCancelled.ABSENCE
    booking.cancel(by="essai", appointment=gone, step=step, why=why, at=asked_at)
    away = noon.date() + timedelta(days=3)
    Absence.objects.create(person=world.people["counsellor"], valid_from=away, valid_until=away)
    shown = visitor(world, "counsellor").get(reverse("scheduling:agenda")).context
    assert [one["day"] for one in shown["todays"]] == [noon.date()]
    told = [(one["day"], one["lines"][0]["is_away"]) for one in shown["following"]]
    assert told == [(noon.date() + timedelta(days=1), False), (away, True)]


def test_a_single_way_far_away_is_offered_beside_many_calls(world: World) -> None:
    """Mutation: look for ways among the first slots alone."""
    place = a_place(world)
    opened(world, Rhythm(Frequency.DAILY, NOW.date() + timedelta(days=1)), hours=(time(8), time(18)))
    day = FIRST.date() + 3 * WEEK
    opened(world, Rhythm(Frequency.ONCE, day), place=place, by_phone=False, part="fellow counsellor")
    people = {one.pk: one for one in (world.people["counsellor"], world.people["fellow counsellor"])}
    found = choosing.shown(people, terms(world), zone=world.department.time_zone, but=None)
    assert [way for way, _ in found.ways] == ["phone", "on_site"]
    found = choosing.shown(people, terms(world), zone=world.department.time_zone, but=None, has_phone=False)
    assert [way for way, _ in found.ways] == ["on_site"]
    assert found.days[0].day == day


@pytest.mark.parametrize(
    "code", ["99991231T2330.{}..phone", "00010101T0000.{}..phone", "x", "20261201T0800.{}.x.phone"]
)
def test_an_address_that_was_typed_names_nothing(world: World, code: str) -> None:
    """Mutation: read any year."""
    person = world.people["counsellor"]
    assert choosing.read_code(code.format(person.uid.hex), {person.pk: person}) is None
    assert choosing.read_day("0001-01-01") is None


def test_time_is_given_back_whoever_writes_beside_it(world: World) -> None:
    """Mutation: compare the versions of the days."""
    opened(world)
    made = reread(booked(world))
    real = agenda.AgendaDay.objects.filter(person_id=made.person_id)
    real.update(version=40)  # somebody has just booked beside it
    step, why = AppointmentStep.CANCEL_BY_SERVICE, WhyCancelled.ABSENCE
    booking.cancel(by="essai", appointment=made, step=step, why=why, at=NOW)
    assert not HeldTime.objects.exists()
    assert set(real.filter(day=FIRST.date()).values_list("version", flat=True)) == {41}
