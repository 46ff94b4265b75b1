"""Saying when one may be met: what is refused, what one day changes, and what an end takes away."""

from datetime import date, time, timedelta

import pytest

from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.scheduling.models import Availability
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services import openings
from proxirh.scheduling.services.openings import Hours
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
