"""What cannot wait for somebody who is away: a day that comes before she is back, a call of today, or no day at all."""

from datetime import timedelta

import pytest

from proxirh.enquiries import relief
from proxirh.enquiries.models import Enquiry, Handling
from tests.enquiries.test_relieving import FRIDAY, LATER, TODAY, cover, mails, offered_to, only
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({"first_answered_at": NOW, "next_step_on": FRIDAY}, False),
        ({"first_answered_at": NOW, "next_step_on": FRIDAY + timedelta(1)}, True),
        ({"first_answered_at": NOW, "next_step_on": TODAY - timedelta(9)}, False),
        ({"first_answered_at": NOW, "next_step_on": None}, False),
        ({"first_answered_at": NOW, "next_step_on": FRIDAY + timedelta(9), "wants_call_today": True}, False),
        ({"due_at": LATER + timedelta(days=1), "next_step_on": FRIDAY + timedelta(9)}, False),
        ({"due_at": LATER + timedelta(days=9), "next_step_on": None}, True),
    ],
)
def test_what_has_a_day_before_she_is_back_cannot_wait(world: World, changes: dict, waits: bool) -> None:
    """Mutations: `<` for `<=`; leave out first answers, calls of the day, or what has no step."""
    enquiry = world.taken()
    only(world, enquiry)
    Enquiry.objects.filter(pk=enquiry.pk).update(**changes)
    [held] = relief.held_by(world.actor("coordinator"), world.people["counsellor"].pk)
    assert held.cannot_wait(FRIDAY) is not waits


def test_what_is_proposed_to_her_by_name_is_hers_too(world: World) -> None:
    """Its team was not told: a colleague named her. Mutation: list what she leads alone."""
    enquiry = world.submit()
    only(world, enquiry)
    Handling.objects.update(person=world.people["counsellor"])
    [held] = relief.held_by(world.actor("coordinator"), world.people["counsellor"].pk)
    assert not held.is_led
    done = cover(world, enquiry)
    assert done.moved == [enquiry.reference]
    assert offered_to(enquiry) not in {None, world.people["counsellor"]}
    assert mails("absent") == []  # nobody had been announced to its author
