"""Free slots of people, read from their openings: seasons, zones, holidays, closures, absences, changed days."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from proxirh.kernel.calendar import days_of, public_holidays
from proxirh.scheduling.free import Agenda, Wanted, free_slots
from proxirh.scheduling.models import Availability, Holder, Way
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services.agenda import Asked, hold, read
from proxirh.scheduling.services.openings import Hours, change_day
from proxirh.territories.models import Absence, Department, Reason
from proxirh.territories.services.closures import declare_closure
from tests.scheduling.opening import TUESDAY, a_place, opened
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
HALF_HOUR = timedelta(minutes=30)
PARIS = ZoneInfo("Europe/Paris")


def slots(world: World, first: date, last: date, *, part: str = "counsellor", **more: object) -> list[datetime]:
    """When somebody is free for half an hour between two days, both included."""
    start, end = (datetime.combine(day, time.min, UTC) for day in (first, last + timedelta(days=1)))
    wanted = Wanted(HALF_HOUR, start, end, **more)  # type: ignore[arg-type]
    return [one.start for one in free_slots([world.people[part].pk], wanted)]


def days(world: World, first: date, last: date, **more: object) -> list[date]:
    return sorted({one.astimezone(PARIS).date() for one in slots(world, first, last, **more)})


def serves(world: World, department: Department) -> None:
    """The counsellor receives people there too."""
    mission = world.people["counsellor"].postings.get()
    mission.pk, mission.department, mission.academy = None, department, department.academy
    mission.save(force_insert=True)


def test_a_morning_is_cut_in_half_hours(world: World) -> None:
    opened(world)
    found = slots(world, TUESDAY, TUESDAY)
    assert [one.astimezone(PARIS).time() for one in found] == [
        time(9), time(9, 30), time(10), time(10, 30), time(11), time(11, 30),
    ]  # fmt: skip


@pytest.mark.parametrize(("sunday", "offsets"), [(date(2027, 3, 28), (1, 2)), (date(2027, 10, 31), (2, 1))])
def test_nine_o_clock_stays_nine_o_clock(world: World, sunday: date, offsets: tuple[int, int]) -> None:
    """On both sides of each change of hour. Mutation: read the hours in UTC."""
    opened(world, Rhythm(Frequency.WEEKLY, date(2026, 12, 1), weekdays=(1,)))
    around = slots(world, sunday - timedelta(days=7), sunday + timedelta(days=7))
    firsts = [one for one in around if one.astimezone(PARIS).time() == time(9)]
    assert [one.astimezone(PARIS).utcoffset() for one in firsts] == [timedelta(hours=n) for n in offsets]


def test_public_holidays_closures_and_absences_are_taken_off(world: World) -> None:
    """Mutation: leave one of the three out of `why_closed`."""
    opened(world, Rhythm(Frequency.DAILY, date(2026, 12, 1)))
    coordinator = world.actor("coordinator")
    closed = {"valid_from": date(2026, 12, 29), "valid_until": date(2026, 12, 31)}
    declare_closure(actor=coordinator, academy=world.academy, reason=Reason.BRIDGE, at=NOW, **closed)
    person = world.people["counsellor"]
    Absence.objects.create(person=person, valid_from=date(2026, 12, 21), valid_until=date(2026, 12, 22))
    found = days(world, date(2026, 12, 21), date(2027, 1, 4))
    assert found == [date(2026, 12, 23), date(2026, 12, 24), date(2026, 12, 28), date(2027, 1, 4)]


def test_a_holiday_is_that_of_the_place(world: World) -> None:
    """Good Friday, in Moselle and not in Cantal. Mutation: read one calendar for all."""
    moselle = Department.objects.get(code="57")
    serves(world, moselle)
    monday = Rhythm(Frequency.ONCE, date(2027, 3, 26))
    opened(world, monday, department=moselle)
    assert days(world, date(2027, 3, 26), date(2027, 3, 26)) == []
    opened(world, monday)
    assert days(world, date(2027, 3, 26), date(2027, 3, 26)) == [date(2027, 3, 26)]


def test_one_day_changes_alone(world: World) -> None:
    """Mutations: move the whole series; forget a day taken away."""
    row = opened(world)
    actor, week = world.actor("counsellor"), timedelta(days=7)
    afternoon = Hours(time(14), time(15))
    change_day(actor=actor, availability=row, day=TUESDAY + week, hours=afternoon, at=NOW)
    change_day(actor=actor, availability=row, day=TUESDAY + 2 * week, hours=None, at=NOW)
    found = slots(world, TUESDAY, TUESDAY + 3 * week)
    by_day: dict[date, list[int]] = {}
    for one in found:
        by_day.setdefault(one.astimezone(PARIS).date(), []).append(one.astimezone(PARIS).hour)
    assert by_day == {
        TUESDAY: [9, 9, 10, 10, 11, 11],
        TUESDAY + week: [14, 14],
        TUESDAY + 3 * week: [9, 9, 10, 10, 11, 11],
    }


def test_what_is_held_is_not_offered_and_the_road_is_kept(world: World) -> None:
    """Mutation: leave the held times out."""
    here, there = a_place(world), a_place(world, "Collège des Exemples", travel_minutes=60)
    opened(world, place=here)
    start = datetime.combine(TUESDAY, time(10), PARIS).astimezone(UTC)
    asked = Asked(world.people["counsellor"].pk, start, start + HALF_HOUR, there.pk)
    hold(asked, read=read(asked), kind=Holder.APPOINTMENT)
    assert [one.astimezone(PARIS).time() for one in slots(world, TUESDAY, TUESDAY)] == [time(11, 30)]


def test_overlapping_openings_offer_a_moment_once(world: World) -> None:
    """By the ways of both, and in each place. Mutations: yield the slots of each opening; keep one of them."""
    opened(world)
    opened(world, hours=(time(9), time(10)), by_phone=False, by_video=True)
    opened(world, hours=(time(9), time(10)), place=a_place(world), by_phone=False)
    start = datetime.combine(TUESDAY, time.min, UTC)
    found = list(free_slots([world.people["counsellor"].pk], Wanted(HALF_HOUR, start, start + timedelta(days=1))))
    at_nine = [one.ways for one in found if one.start.astimezone(PARIS).time() == time(9)]
    assert sorted(map(sorted, at_nine)) == [[Way.ON_SITE], [Way.PHONE, Way.VIDEO]]
    assert len(found) == 6 + 2


def test_hours_of_one_departement_are_not_offered_in_another(world: World) -> None:
    """Mutation: leave the département out of `Wanted`."""
    moselle = Department.objects.get(code="57")
    serves(world, moselle)
    opened(world, department=moselle)
    assert slots(world, TUESDAY, TUESDAY, department=moselle.pk)
    assert slots(world, TUESDAY, TUESDAY, department=world.department.pk) == []


def test_a_way_and_a_place_keep_to_theirs(world: World) -> None:
    place = a_place(world)
    opened(world, place=place, by_phone=False)
    opened(world, hours=(time(14), time(15)), by_video=True)
    assert {one.astimezone(PARIS).hour for one in slots(world, TUESDAY, TUESDAY, way=Way.ON_SITE)} == {9, 10, 11}
    assert {one.astimezone(PARIS).hour for one in slots(world, TUESDAY, TUESDAY, way=Way.VIDEO)} == {14}
    assert {one.astimezone(PARIS).hour for one in slots(world, TUESDAY, TUESDAY, place=place.pk)} == {9, 10, 11}


def test_queries_do_not_grow(world: World) -> None:
    """Neither with people, nor with openings, nor with days. Mutation: read the changes day by day."""

    def asked() -> int:
        people = [world.people[part].pk for part in ("counsellor", "fellow counsellor")]
        start = datetime.combine(TUESDAY, time.min, UTC)
        with CaptureQueriesContext(connection) as caught:
            assert list(free_slots(people, Wanted(HALF_HOUR, start, start + timedelta(days=59))))
        return len(caught)

    row = opened(world)
    few = asked()
    for part in ("counsellor", "fellow counsellor"):
        for hour in (13, 15, 17):
            opened(world, part=part, hours=(time(hour), time(hour + 1)), place=a_place(world, f"Salle {part} {hour}"))
    actor = world.actor("counsellor")
    for week in (1, 2, 3):
        change_day(actor=actor, availability=row, day=TUESDAY + timedelta(days=7 * week), hours=None, at=NOW)
    assert asked() == few
    assert few <= 4  # calendars are kept for the others


SUNDAYS = [date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26), date(2028, 10, 29)]


@pytest.mark.parametrize("sunday", SUNDAYS, ids=str)
@given(begins=st.integers(0, 91), long=st.integers(1, 20), way=st.sampled_from(["", *Way.values]))
def test_in_every_zone_the_wall_shows_what_was_opened(sunday: date, begins: int, long: int, way: str) -> None:
    """Around each change of hour, by day and by night. Mutation: open by the clock of the server."""
    first, last = sunday - timedelta(days=2), sunday + timedelta(days=2)
    hours = tuple(time(quarter // 4, quarter % 4 * 15) for quarter in (begins, min(begins + long, 95)))
    for zone in zones():
        agenda = around(zone, hours, first, last)
        wall = ZoneInfo(zone)
        spans = {one.day: one.opened for one in agenda.open_days()}
        assert set(spans) == set(days_of(first, last)) - public_holidays("metropole", sunday.year)
        for day, span in spans.items():
            told = [moment.astimezone(wall).replace(tzinfo=None) for moment in (span.start, span.end)]
            # Of an hour that a spring night skips, the wall shows the next one.
            assert told == [moment + skipped(moment, wall) for moment in (datetime.combine(day, at) for at in hours)]
        edges = (datetime.combine(day, time.min, UTC) for day in (first - ONE_DAY, last + 2 * ONE_DAY))
        for slot in agenda.slots(Wanted(HALF_HOUR, *edges, way=way)):
            assert any(one.start <= slot.start and slot.end <= one.end for one in spans.values())
            assert not way or way in slot.ways


@given(minutes=st.sampled_from([None, 15, 30, 45, 60, 75, 90]), asked=st.sampled_from([15, 30, 45, 60]))
def test_an_opening_with_a_length_of_its_own_is_cut_by_it(minutes: int | None, asked: int) -> None:
    """One after the other from its start, and never beyond its end. Mutation: cut it by the length that is asked."""
    hours, day = (time(9), time(12)), date(2026, 12, 1)
    agenda = around("Europe/Paris", hours, day, day)
    agenda.availabilities[0].minutes = minutes
    length = timedelta(minutes=minutes or asked)
    span = next(agenda.open_days()).opened
    wanted = Wanted(timedelta(minutes=asked), span.start - ONE_DAY, span.end + ONE_DAY)
    found = [(one.start, one.end) for one in agenda.slots(wanted)]
    assert found == [
        (span.start + n * length, span.start + (n + 1) * length) for n in range((span.end - span.start) // length)
    ]


ONE_DAY = timedelta(days=1)


@cache
def zones() -> list[str]:
    """Those of the départements, as the reference data says."""
    with Path("proxirh/territories/data/departments.csv").open(encoding="utf-8", newline="") as file:
        return sorted({row["time_zone"] for row in csv.DictReader(file)})


def around(zone: str, hours: tuple[time, ...], first: date, last: date) -> Agenda:
    """The agenda of somebody who may be met at these hours, every day, there."""
    department = Department(pk=1, code="00", time_zone=zone, holiday_calendar="metropole")
    row = Availability(
        pk=1,
        person_id=1,
        department=department,
        time_zone=zone,
        by_video=True,
        frequency=Frequency.WEEKLY,
        weekdays="0123456",
        starts_at=hours[0],
        ends_at=hours[1],
        valid_from=first - timedelta(days=30),
    )
    agenda = Agenda([1], first, last)
    agenda.__dict__ |= {"availabilities": [row], "changes": {}, "absences": {}, "busy": lambda first, last: {}}
    return agenda


def skipped(moment: datetime, wall: ZoneInfo) -> timedelta:
    """An hour for a moment that is on no wall, else nothing."""
    there = moment.replace(tzinfo=wall).astimezone(UTC).astimezone(wall).replace(tzinfo=None)
    return timedelta(hours=there != moment)
