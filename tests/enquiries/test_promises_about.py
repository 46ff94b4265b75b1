"""A promise to call back that is about an enquiry is never in the hands of whoever must meet nothing of it."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import passing, telephoning
from proxirh.enquiries.services.late_promises import tell_of_late_promises
from proxirh.enquiries.services.passing import CANNOT_FOLLOW
from proxirh.enquiries.services.treating import GivingBack
from proxirh.kernel.errors import DomainError, NotAllowed, TooManyTries
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.models import Promise
from proxirh.territories.models import Posting, Role, WorkTie
from tests.enquiries.visitors import same_as_unknown, text, visitor
from tests.scheduling.line import OFFICER, with_line
from tests.world import LONG_AGO, World

pytestmark = pytest.mark.django_db
LEAD, FELLOW = "counsellor", "fellow counsellor"


def promised(world: World, enquiry: Enquiry) -> Promise:
    """By the officer of the line, to whoever follows this enquiry."""
    line = with_line(world)
    made = telephoning.leave_promise(
        actor=world.actor(OFFICER),
        enquiry=Enquiry.objects.for_system("essai").to_tell(world.actor(OFFICER)).get(pk=enquiry.pk),
        line=line,
        means="phone",
        working_days=1,
        key=uuid.uuid4(),
        at=timezone.now(),
    )
    return row_of(made)


def row_of(promise: Promise) -> Promise:
    return Promise.objects.select_related("call__team").get(pk=promise.pk)


def knows_her(world: World, enquiry: Enquiry) -> None:
    """« Je connais cette personne », said by the lead."""
    services.give_back_enquiry(
        actor=world.actor(LEAD), enquiry=enquiry, reason=GivingBack.ACQUAINTED, at=timezone.now()
    )


def test_whoever_is_kept_away_afterwards_gives_it_to_the_team_at_once(world: World) -> None:
    """Mutation: leave `give_promises_back` out of `give_back_unmeetable`."""
    enquiry = world.taken(at=timezone.now())
    made = promised(world, enquiry)
    assert made.owner_id == world.people[LEAD].pk
    knows_her(world, enquiry)
    found = row_of(made)
    assert (found.owner_id, found.team_id) == (None, world.reload(enquiry).team_id)
    assert JournalEntry.objects.filter(verb="rappel.rendu").count() == 1
    page = reverse("enquiries:promise", args=[made.uid])
    assert same_as_unknown(visitor(world, LEAD), "GET", page, made.uid)
    assert "Je m’en charge" in text(visitor(world, FELLOW).get(page))


def test_one_who_knows_her_before_accepting_holds_none_either(world: World) -> None:
    """Asked to follow beside the lead, and already given the call. Mutation: forget it where she declines beside."""
    enquiry = world.taken(at=timezone.now())
    made = promised(world, enquiry)
    telephoning.hand_over(actor=world.actor(LEAD), promise=made, to=world.people[FELLOW])
    passing.invite_colleague(actor=world.actor(LEAD), enquiry=enquiry, to=world.people[FELLOW])
    services.decline_enquiry(actor=world.actor(FELLOW), enquiry=enquiry)
    assert row_of(made).owner_id is None


def test_giving_it_to_one_s_own_team_then_taking_it_does_not_get_round_it(world: World) -> None:
    """Mutations: ask the rule in the view alone; take without `away`; list it without `without_kept_from`."""
    enquiry = world.taken(at=timezone.now())
    made = promised(world, enquiry)
    telephoning.hand_over(actor=world.actor(LEAD), promise=made, to=world.team)
    knows_her(world, enquiry)
    found = row_of(made)
    assert found.team_id is not None
    with pytest.raises(NotAllowed):
        telephoning.take_promise(actor=world.actor(LEAD), promise=found)
    with pytest.raises(NotAllowed):
        telephoning.hand_over(actor=world.actor(LEAD), promise=found, to=world.people[FELLOW])
    line = with_line(world)
    for part in (LEAD, FELLOW):
        Posting.objects.create(
            person=world.people[part], role=Role.HR_OFFICER, academy=world.academy, team=line, valid_from=LONG_AGO
        )
    page, address = reverse("enquiries:promise", args=[made.uid]), reverse("enquiries:line")
    assert page not in visitor(world, LEAD).get(address).text
    assert page in visitor(world, FELLOW).get(address).text
    telephoning.take_promise(actor=world.actor(FELLOW), promise=found)
    assert row_of(made).owner_id == world.people[FELLOW].pk


def test_nobody_gives_it_to_whom_it_is_kept_from_nor_learns_who_that_is(world: World) -> None:
    """Mutation: hand over without asking whom it keeps away; or refuse without counting."""
    enquiry = world.taken(at=timezone.now(), excluded=(world.people["excluded colleague"],))
    made = promised(world, enquiry)
    Posting.objects.get_or_create(
        person=world.people["excluded colleague"],
        role=Role.COUNSELLOR,
        team=world.team,
        defaults={"academy": world.academy, "valid_from": LONG_AGO},
    )
    told = {"actor": world.actor(LEAD), "promise": made, "to": world.people["excluded colleague"]}
    for _ in range(5):
        with pytest.raises(DomainError, match=CANNOT_FOLLOW):
            telephoning.hand_over(**told)
    with pytest.raises(TooManyTries):
        telephoning.hand_over(**told)
    assert row_of(made).owner_id == world.people[LEAD].pk


def test_a_tie_that_came_since_is_seen_before_the_late_mail(world: World) -> None:
    """Mutation: write to its holder as she was read."""
    enquiry = world.taken(at=timezone.now())
    made = promised(world, enquiry)
    telephoning.hand_over(actor=world.actor(LEAD), promise=made, to=world.people[OFFICER])
    WorkTie.objects.create(person=world.people[OFFICER], site=world.site, kind="has_authority", valid_from=LONG_AGO)
    OutgoingEmail.objects.all().delete()
    at = timezone.now() + timedelta(days=10)
    while not tell_of_late_promises(at=at):
        at += timedelta(days=1)
    assert row_of(made).team_id == world.reload(enquiry).team_id
    rows = OutgoingEmail.objects.filter(kind="promise_late").select_related("data_key")
    told = {mail.recipient for mail in rows}
    assert told
    assert world.people[OFFICER].staff_address not in told
