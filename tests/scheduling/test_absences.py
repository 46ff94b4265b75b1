"""Absences that are foreseen: one's own and those of several, and what they do to slots and appointments."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.scheduling.models import Appointment
from proxirh.scheduling.services import booking
from proxirh.territories.models import Absence
from proxirh.territories.services import planning
from tests.enquiries.visitors import text, visitor
from tests.proofs.agenda_posts import AGENDA, opened_now
from tests.scheduling.test_booking import GUEST
from tests.world import World

pytestmark = pytest.mark.django_db
LENGTH = timedelta(minutes=45)


def first_slot(world: World) -> booking.Choice:
    terms = booking.terms_for_agent(world.department, LENGTH, at=timezone.now())
    slot = next(booking.offered([world.people["counsellor"].pk], terms))
    return booking.Choice(slot.person, slot.start, "phone")


def test_an_absence_over_an_appointment_shows_it_and_offers_nothing_more(world: World) -> None:
    """It stays taken until she decides. Mutation: look at the days of the absence in UTC only, or not at all."""
    opened_now(world)
    chosen = first_slot(world)
    terms = booking.terms_for_agent(world.department, LENGTH, at=timezone.now())
    made = booking.book(by="essai", guest=GUEST, choice=chosen, terms=terms, key=world.team.uid)
    day = timezone.localtime(made.starts_at).date()
    client, address = visitor(world, "counsellor"), reverse("scheduling:own_absences")
    assert "Aucune absence prévue" in text(client.get(address))
    for _ in range(2):
        page = text(client.post(address, {"first": day.isoformat(), "last": day.isoformat()}, follow=True))
    assert "Rendez-vous pris pendant une absence" in page
    assert reverse("scheduling:appointment", args=[made.uid]) in page
    assert Absence.objects.count() == 1
    assert Appointment.objects.get().is_confirmed
    assert timezone.localtime(first_slot(world).start).date() > day


def test_one_that_has_begun_stays(world: World) -> None:
    """Mutation: delete whatever is asked."""
    actor, today = world.actor("counsellor", at=timezone.now()), timezone.localdate()
    running = Absence.objects.create(
        person=world.people["counsellor"], valid_from=today, valid_until=today + timedelta(days=3)
    )
    with pytest.raises(DomainError, match="a commencé"):
        planning.drop_absence(actor=actor, absence=running)
    client, address = visitor(world, "counsellor"), reverse("scheduling:own_absences")
    later = Absence.objects.create(
        person=world.people["counsellor"], valid_from=today + timedelta(days=9), valid_until=today + timedelta(days=9)
    )
    other = Absence.objects.create(
        person=world.people["fellow counsellor"], valid_from=later.valid_from, valid_until=later.valid_until
    )
    for row in (later, later, other):
        client.post(address, {"geste": "retirer", "absence": row.pk})
    assert set(Absence.objects.all()) == {running, other}


def test_several_at_once_and_nobody_of_elsewhere(world: World) -> None:
    """Mutation: check the first person alone."""
    post = AGENDA["prévoir l’absence de plusieurs"](world)
    client = visitor(world, "coordinator")
    for _ in range(2):
        client.post(post.address, post.data)
    assert Absence.objects.count() == 2
    today = timezone.localdate()
    people = [world.people["counsellor"], world.people["counsellor elsewhere"]]
    for part in ("coordinator", "fellow counsellor", "author"):
        with pytest.raises(NotAllowed):
            planning.plan_absence(actor=world.actor(part, at=timezone.now()), people=people, first=today, last=today)
    assert Absence.objects.count() == 2


@pytest.mark.parametrize(("first", "last"), [(-1, 1), (3, 2), (800, 801), (1, 400)])
def test_days_that_make_no_sense_are_refused(world: World, first: int, last: int) -> None:
    today = timezone.localdate()
    typed = {"first": today + timedelta(days=first), "last": today + timedelta(days=last)}
    answer = visitor(world, "counsellor").post(reverse("scheduling:own_absences"), typed)
    assert answer.status_code == 422
    assert not Absence.objects.exists()
