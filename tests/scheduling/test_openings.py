"""Saying when one may be met: what is refused, what one day changes, and what an end takes away."""

import uuid
from datetime import date, time, timedelta

import pytest

from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.scheduling.models import Availability
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services import openings
from proxirh.scheduling.services.openings import Hours
from proxirh.territories.models import Department
from tests.scheduling.opening import TUESDAY, a_place, opened
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.mark.parametrize("part", ["coordinator", "cell officer", "author", "code-only staff", "administrator"])
def test_only_whoever_receives_keeps_an_agenda(world: World, part: str) -> None:
    """Mutation: ask for a mission alone, without the second factor."""
    with pytest.raises(NotAllowed):
        opened(world, part=part)
    assert not Availability.objects.exists()


@pytest.mark.parametrize(
    ("hours", "rhythm", "said"),
    [
        ((time(12), time(9)), None, "La fin précède"),
        ((time(9, 5), time(12)), None, "quart d’heure"),
        ((time(9), time(12)), Rhythm(Frequency.DAILY, NOW.date() - timedelta(days=1)), "passé"),
        ((time(9), time(12)), Rhythm(Frequency.DAILY, TUESDAY, TUESDAY - WEEK), "précède le premier"),
        ((time(9), time(12)), Rhythm(Frequency.WEEKLY, TUESDAY), "jour de la semaine"),
        ((time(9, 0, 30), time(12)), None, "quart d’heure"),
        ((time(9), time(12, 0, 0, 5)), None, "quart d’heure"),
        ((time(9), time(12)), Rhythm(Frequency.ONCE, date(9999, 12, 31)), "Deux ans"),
        ((time(9), time(12)), Rhythm(Frequency.DAILY, TUESDAY, date(9999, 12, 31)), "Deux ans"),
        ((time(9), time(12)), Rhythm(Frequency.WEEKLY, TUESDAY, TUESDAY, weekdays=(0,)), "aucun de ces jours"),
    ],
)
def test_hours_that_make_no_sense_are_refused(world: World, hours: tuple, rhythm: Rhythm | None, said: str) -> None:
    with pytest.raises(DomainError, match=said):
        opened(world, rhythm, hours=hours)
    assert not Availability.objects.exists()


def test_no_place_and_no_way_is_refused(world: World) -> None:
    with pytest.raises(DomainError, match="façon"):
        opened(world, by_phone=False)


def test_a_place_elsewhere_or_no_longer_used_is_refused(world: World) -> None:
    """Mutation: take any place by its id."""
    elsewhere = a_place(world, department=world.people["counsellor elsewhere"].postings.get().department)
    for place in (elsewhere, a_place(world, "Fermé", is_open=False)):
        with pytest.raises(DomainError, match="lieu"):
            opened(world, place=place)


def test_hours_are_opened_where_one_serves(world: World) -> None:
    """Mutation: leave it to the form."""
    with pytest.raises(NotAllowed, match="mission"):
        opened(world, department=Department.objects.get(code="974"))
    row = opened(world)
    mission = world.people["counsellor"].postings.get()
    mission.department = Department.objects.get(code="43")
    mission.save()
    with pytest.raises(NotAllowed, match="mission"):
        openings.change_day(
            actor=world.actor("counsellor"), availability=row, day=TUESDAY, hours=Hours(time(14), time(15)), at=NOW
        )
    openings.end_hours(actor=world.actor("counsellor"), availability=row, last=None, at=NOW)


def test_one_key_says_one_thing(world: World) -> None:
    """Mutations: give what the key made already, whatever is asked; look the key up whoever sent it."""
    key = uuid.uuid4()
    row = opened(world, key=key)
    assert opened(world, key=key) == row
    with pytest.raises(StaleState, match="déjà servi"):
        opened(world, key=key, hours=(time(14), time(15)))
    assert opened(world, part="fellow counsellor", key=key) != row
    assert Availability.objects.count() == 2


def test_a_day_is_never_left_without_a_way(world: World) -> None:
    """Mutation: check the hours alone."""
    place = a_place(world)
    row = opened(world, place=place, by_phone=False)
    change = {"actor": world.actor("counsellor"), "availability": row, "day": TUESDAY, "at": NOW}
    with pytest.raises(DomainError, match="façon"):
        openings.change_day(hours=Hours(time(14), time(15)), **change)
    place.is_open = False
    place.save()
    changed = openings.change_day(hours=Hours(time(14), time(15), place), **change)
    assert changed.place == place
    with pytest.raises(DomainError, match="lieu"):
        openings.change_day(hours=Hours(time(14), time(15), a_place(world, "Autre", is_open=False)), **change)


def test_what_is_taken_away_today_is_listed_no_more(world: World) -> None:
    """Begun last week. Mutation: keep yesterday’s last day in the list."""
    actor, later = world.actor("counsellor"), NOW + timedelta(days=21)
    row = opened(world)
    assert openings.openings_of(actor, at=later) == [row]
    openings.end_hours(actor=actor, availability=row, last=None, at=later)
    assert Availability.objects.count() == 1
    assert openings.openings_of(actor, at=later) == []


def test_a_single_day_ends_on_that_day(world: World) -> None:
    row = opened(world, Rhythm(Frequency.ONCE, TUESDAY))
    assert row.valid_until == TUESDAY


def test_another_s_openings_are_not_touched(world: World) -> None:
    """Mutation: compare nothing but the second factor."""
    row, fellow = opened(world), world.actor("fellow counsellor")
    for act in (
        lambda: openings.end_hours(actor=fellow, availability=row, last=None, at=NOW),
        lambda: openings.change_day(actor=fellow, availability=row, day=TUESDAY, hours=None, at=NOW),
        lambda: openings.restore_day(actor=fellow, availability=row, day=TUESDAY, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert Availability.objects.get().valid_until is None


def test_an_end_keeps_what_was_and_takes_what_comes(world: World) -> None:
    row, later = opened(world), NOW + timedelta(days=20)
    openings.end_hours(actor=world.actor("counsellor"), availability=row, last=TUESDAY + WEEK, at=later)
    row.refresh_from_db()
    assert row.rhythm.days(TUESDAY, date(2027, 12, 31)) == (TUESDAY, TUESDAY + WEEK)
    with pytest.raises(DomainError, match="déjà"):
        openings.end_hours(actor=world.actor("counsellor"), availability=row, last=TUESDAY + 3 * WEEK, at=later)
    with pytest.raises(DomainError, match="passé"):
        openings.end_hours(actor=world.actor("counsellor"), availability=row, last=TUESDAY, at=later + WEEK)


def test_taking_all_away_before_it_begins_leaves_nothing_but_a_line(world: World) -> None:
    openings.end_hours(actor=world.actor("counsellor"), availability=opened(world), last=None, at=NOW)
    assert not Availability.objects.exists()
    verbs = JournalEntry.objects.filter(verb__startswith="disponibilités.").order_by("pk")
    assert [line.verb for line in verbs] == ["disponibilités.ouvertes", "disponibilités.retirées"]


def test_a_day_changes_twice_and_comes_back(world: World) -> None:
    """Mutation: keep the first change."""
    row, actor = opened(world), world.actor("counsellor")
    openings.change_day(actor=actor, availability=row, day=TUESDAY, hours=None, at=NOW)
    openings.change_day(actor=actor, availability=row, day=TUESDAY, hours=Hours(time(14), time(15)), at=NOW)
    change = row.changes.get()
    assert (change.is_off, change.starts_at, change.ends_at) == (False, time(14), time(15))
    for _ in range(2):
        openings.restore_day(actor=actor, availability=row, day=TUESDAY, at=NOW)
    assert not row.changes.exists()
    assert JournalEntry.objects.filter(verb="disponibilités.jour-rétabli").count() == 1


@pytest.mark.parametrize(("day", "said"), [(TUESDAY + timedelta(days=1), "pas ce jour"), (NOW.date(), "pas ce jour")])
def test_a_day_of_another_rhythm_is_refused(world: World, day: date, said: str) -> None:
    row = opened(world)
    with pytest.raises(DomainError, match=said):
        openings.change_day(actor=world.actor("counsellor"), availability=row, day=day, hours=None, at=NOW)


def test_a_day_that_is_past_is_not_changed(world: World) -> None:
    row, later = opened(world), NOW + timedelta(days=30)
    with pytest.raises(DomainError, match="passé"):
        openings.change_day(actor=world.actor("counsellor"), availability=row, day=TUESDAY, hours=None, at=later)


def test_openings_that_cross_are_told_and_stand(world: World) -> None:
    """Mutation: compare the hours whatever the day."""
    first = opened(world)
    assert openings.overlapping(first) is None
    beside = opened(world, hours=(time(12), time(14)))
    assert openings.overlapping(beside) is None
    crossing = opened(world, Rhythm(Frequency.ONCE, TUESDAY + WEEK), hours=(time(11), time(13)))
    other = openings.overlapping(crossing)
    assert other is not None
    assert (other.day, Availability.objects.count()) == (TUESDAY + WEEK, 3)
