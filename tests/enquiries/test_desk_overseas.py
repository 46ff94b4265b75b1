"""The desk where it is still yesterday: each row is read on the day of the place it comes from."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from proxirh.enquiries import desk, desk_pages
from proxirh.enquiries.desk import TODAY, UNDER_WAY
from proxirh.enquiries.models import Enquiry
from proxirh.territories.models import Department
from tests.enquiries.test_desk import VIEW, listed, only, place_of, with_step_later
from tests.world import World

pytestmark = pytest.mark.django_db


def evening_there(day: date) -> datetime:
    """Eight in the evening in Martinique, when it is already tomorrow in Paris."""
    return datetime.combine(day, time(20), ZoneInfo("America/Martinique"))


def test_overseas_a_step_of_tomorrow_is_not_for_today_and_one_of_today_is_not_late(world: World) -> None:
    """Mutation: read the day on the clock of Paris, in `place`, in the rows or in `late_rule`."""
    Department.objects.filter(pk=world.department.pk).update(time_zone="America/Martinique")
    only(world)
    enquiry = with_step_later(world)
    the_day = world.reload(enquiry).next_step_on
    the_day_before = the_day - timedelta(days=1)
    assert place_of(world, enquiry, at=evening_there(the_day_before)) == [UNDER_WAY]
    at = evening_there(the_day)
    assert place_of(world, enquiry, at=at) == [TODAY]
    (row,) = desk_pages.read_desk(world.actor("counsellor", at=at), VIEW[TODAY], at=at).rows
    assert not row.is_late
    assert listed(world, desk.ACADEMY_LATE, part="coordinator", at=at) == []
    at += timedelta(days=1)
    assert listed(world, desk.ACADEMY_LATE, part="coordinator", at=at) == [enquiry.reference]


def test_whoever_coordinates_both_sides_of_the_ocean_reads_each_on_its_own_day(world: World) -> None:
    """Mutation: read all the académies on the day of the first."""
    Department.objects.filter(academy=world.academy).update(time_zone="America/Martinique")
    enquiry = with_step_later(world)
    at = evening_there(world.reload(enquiry).next_step_on)
    actor = world.actor("coordinator", at=at)
    both = replace(actor, coordinates=actor.coordinates | {world.elsewhere.pk})
    late = {row.title for row in desk_pages.read_desk(both, VIEW[desk.ACADEMY_LATE], at=at).rows}
    assert enquiry.reference not in late
    there = world.reload(enquiry)
    Enquiry.objects.for_system("essai").filter(pk=there.pk).update(
        academy=world.elsewhere, department=Department.objects.get(code="974")
    )
    late = {row.title for row in desk_pages.read_desk(both, VIEW[desk.ACADEMY_LATE], at=at).rows}
    assert enquiry.reference in late
