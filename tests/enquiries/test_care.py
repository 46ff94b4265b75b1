"""« Situation préoccupante » rises until someone answers; the steps of protection are dated; a move is noticed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from proxirh.enquiries import periodic
from proxirh.enquiries.models import Concern, Enquiry
from proxirh.enquiries.services import alarming, rerouting
from proxirh.enquiries.services.alarming import acknowledge_concern, call_again, raise_concern
from proxirh.enquiries.services.protecting import note_protection
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Deputy, Posting, Role, Team, TeamKind, Topic, WorkTie
from tests.routes import sign_in
from tests.strict_client import StrictClient
from tests.world import LONG_AGO, NOW, World

pytestmark = pytest.mark.django_db
TURN = alarming.PATIENCE + timedelta(seconds=1)


def visit(world: World, part: str) -> StrictClient:
    client = StrictClient()
    sign_in(client, world, part)
    return client


def raised(world: World) -> Concern:
    return raise_concern(actor=world.actor("counsellor"), enquiry=world.enquiry, at=NOW)


def called(world: World, concern: Concern) -> list[str]:
    """Parts called, in order."""
    parts = {person.pk: part for part, person in world.people.items()}
    return [parts[key] for key in concern.calls.order_by("called_at", "pk").values_list("person_id", flat=True)]


# ── Until someone acknowledges ─────────────────────────────────────────────────────────────────────
def test_coordination_deputy_head_are_called_in_turn_then_all_again(world: World) -> None:
    """Mutation: stop after the last rung."""
    Deputy.objects.create(
        person=world.people["coordinator"],
        deputy=world.people["fellow counsellor"],
        academy=world.academy,
        valid_from=LONG_AGO,
    )
    concern = raised(world)
    assert called(world, concern) == ["coordinator"]
    assert not call_again(concern, at=NOW + timedelta(minutes=14))
    assert call_again(concern, at=NOW + TURN)
    assert call_again(concern, at=NOW + 2 * TURN)
    assert called(world, concern) == ["coordinator", "fellow counsellor", "head of service"]
    assert call_again(concern, at=NOW + 3 * TURN)
    assert set(concern.calls.values_list("times", flat=True)) == {2}


def test_once_acknowledged_nobody_is_called(world: World) -> None:
    concern = raised(world)
    acknowledge_concern(actor=world.actor("coordinator"), concern=concern, at=NOW)
    assert not call_again(concern, at=NOW + 5 * TURN)
    assert OutgoingEmail.objects.filter(kind="concern_received").count() == 1


def test_the_page_says_that_nobody_has_answered(world: World) -> None:
    concern = raised(world)
    address = reverse("enquiries:concern", args=[concern.uid])
    assert "Personne n’a encore accusé réception" in visit(world, "counsellor").get(address).content.decode()
    coordinator = visit(world, "coordinator")
    page = coordinator.get(address).content.decode()
    assert world.enquiry.reference in page
    assert world.people["author"].full_name not in page
    coordinator.post(address)
    assert "Quelqu’un a accusé réception" in visit(world, "counsellor").get(address).content.decode()


def test_only_those_called_may_acknowledge(world: World) -> None:
    """Mutation: drop the check of the calls."""
    concern = raised(world)
    for part in ("counsellor", "head of service", "counsellor elsewhere"):
        with pytest.raises(NotAllowed):
            acknowledge_concern(actor=world.actor(part), concern=concern, at=NOW)


def test_raised_twice_it_is_raised_once(world: World) -> None:
    assert raised(world).pk == raised(world).pk


def test_whom_a_conflict_keeps_away_is_not_called(world: World) -> None:
    """Mutation: forget kept_away in rungs_of."""
    WorkTie.objects.create(
        person=world.people["coordinator"], kind="has_authority", site=world.site, valid_from=LONG_AGO
    )
    assert called(world, raised(world)) == ["head of service"]


@pytest.mark.parametrize("part", ["author", "coordinator", "former handler", "fellow counsellor"])
def test_only_whoever_follows_it_raises(world: World, part: str) -> None:
    with pytest.raises(NotAllowed):
        raise_concern(actor=world.actor(part), enquiry=world.enquiry, at=NOW)


# ── The steps of protection ────────────────────────────────────────────────────────────────────────
def test_a_step_is_dated_by_either_and_read_by_both(world: World) -> None:
    enquiry = world.taken(topic=Topic.objects.get(code="2.3"), excluded=(world.people["excluded colleague"],))
    desk, own = reverse("enquiries:protection", args=[enquiry.uid]), reverse("enquiries:steps", args=[enquiry.uid])
    day = NOW.date().isoformat()
    assert visit(world, "counsellor").post(desk, {"plainte": day}).status_code == 302
    assert visit(world, "author").post(own, {"plainte": day, "medecin": day}).status_code == 302
    assert set(enquiry.protection.values_list("code", flat=True)) == {"plainte", "medecin"}
    visit(world, "author").post(own, {"plainte": day, "medecin": ""})
    assert set(enquiry.protection.values_list("code", flat=True)) == {"plainte"}
    assert visit(world, "author").get(reverse("enquiries:follow", args=[enquiry.uid])).status_code == 200


def test_a_step_to_come_and_another_topic_are_refused(world: World) -> None:
    enquiry = world.taken(topic=Topic.objects.get(code="2.3"), excluded=(world.people["excluded colleague"],))
    tomorrow = NOW.date() + timedelta(days=2)
    with pytest.raises(DomainError):
        note_protection(actor=world.actor("author"), enquiry=enquiry, done={"plainte": tomorrow}, at=NOW)
    with pytest.raises(NotAllowed):
        note_protection(actor=world.actor("author"), enquiry=world.enquiry, done={"plainte": NOW.date()}, at=NOW)


# ── Somebody moved ─────────────────────────────────────────────────────────────────────────────────
def test_a_lead_who_comes_to_command_there_gives_way(world: World) -> None:
    """Mutation: leave _left_by_their_leads empty."""
    assert rerouting.move_unable(at=NOW) == 0
    WorkTie.objects.create(
        person=world.people["counsellor"], kind="has_authority", site=world.site, valid_from=LONG_AGO
    )
    assert rerouting.move_unable(at=NOW) == 1
    row = Enquiry.objects.get(pk=world.enquiry.pk)
    assert row.lead_id is None
    assert rerouting.move_unable(at=NOW) == 0


def test_what_nobody_of_the_team_may_meet_any_more_goes_to_a_neighbour_with_an_alarm(world: World) -> None:
    """Mutation: leave _untaken out of move_unable, or alert_of_rerouting out of send_to_neighbours."""
    neighbour = Team.objects.create(
        kind=TeamKind.COUNSELLING, name="Équipe voisine", academy=world.academy, valid_from=LONG_AGO
    )
    Posting.objects.create(
        person=world.people["counsellor elsewhere"],
        role=Role.COUNSELLOR,
        academy=world.academy,
        team=neighbour,
        valid_from=LONG_AGO,
    )
    waiting = world.submit(excluded=(world.people["excluded colleague"],))
    assert waiting.team == world.team
    for person in world.people.values():
        if person.postings.filter(team=world.team).exists():
            WorkTie.objects.get_or_create(
                person=person, kind="has_authority", site=world.site, defaults={"valid_from": LONG_AGO}
            )
    rerouting.move_unable(at=NOW)
    assert Enquiry.objects.get(pk=waiting.pk).team == neighbour
    told = OutgoingEmail.objects.filter(kind="rerouted", dedupe_key__contains=str(waiting.uid))
    assert told.count() == 1


def test_the_jobs_call_and_move_by_themselves(world: World) -> None:
    concern = raised(world)
    assert [alarming.call_those_waited_for(at=NOW + TURN) for _ in range(2)] == [1, 0]
    assert called(world, concern) == ["coordinator", "head of service"]
    assert periodic.move_unable_enquiries.call() == 0
