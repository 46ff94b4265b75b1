"""Opening an académie: the list, the settings behind it, and the refusal while anything is missing."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.services import notice_in_force
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.territories.models import Coverage, Deputy
from proxirh.territories.services import opening
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
REACH = {"contact_email": "service@ac-exemple.invalid", "contact_phone": "0199000010", "first_answer_days": 2}
RUNS = {"coordinator", "head of service"}


def address(world: World, name: str = "academy") -> str:
    return reverse(f"territories:{name}", args=[world.academy.slug])


def number() -> int:
    return notice_in_force().number


def make_ready(world: World) -> None:
    """Everything that the list asks, the académie not open yet."""
    academy, coordinator = world.academy, world.actor("coordinator")
    academy.opened_on = None
    academy.listening_cell, academy.listening_checked_on = "01 99 00 00 20", TODAY
    academy.save()
    opening.set_reach(actor=coordinator, academy=academy, notice=number(), at=NOW, **REACH)
    for person in opening.who_runs(academy, day=TODAY):
        opening.name_deputy(
            actor=coordinator,
            academy=academy,
            person=person,
            deputy=world.people["HR officer"],
            valid_from=TODAY,
            at=NOW,
        )
    Coverage.objects.create(team=world.team, academy=academy, valid_from=TODAY - timedelta(days=400))


def missing(world: World) -> list[str]:
    checks = opening.check_all(world.academy, day=TODAY, notice=number())
    return [check.code for check in checks if not check.is_done]


def test_a_ready_academy_opens(world: World) -> None:
    make_ready(world)
    assert missing(world) == []
    opening.open_academy(actor=world.actor("coordinator"), academy=world.academy, on=TODAY, notice=number(), at=NOW)
    world.academy.refresh_from_db()
    assert world.academy.opened_on == TODAY
    assert JournalEntry.objects.filter(verb="académie.ouverte").count() == 1
    with pytest.raises(DomainError, match="déjà ouverte"):
        opening.open_academy(actor=world.actor("coordinator"), academy=world.academy, on=TODAY, notice=number(), at=NOW)


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("coverage", "Aucun trou"),
        ("deputies", "suppléant"),
        ("listening", "cellule d’écoute"),
        ("reach", "adresse et le téléphone"),
        ("notice", "notice"),
    ],
)
def test_one_missing_line_refuses(world: World, code: str, named: str) -> None:
    """Mutation: drop any check of `check_all`, or the test of `missing`."""
    make_ready(world)
    academy = world.academy
    match code:
        case "coverage":
            Coverage.objects.filter(team__academy=academy).delete()
        case "deputies":
            Deputy.objects.filter(academy=academy).order_by("pk")[0].delete()
        case "listening":
            academy.listening_checked_on = TODAY - timedelta(days=200)
        case "reach":
            academy.contact_phone = ""
        case "notice":
            academy.notice_reviewed = number() - 1
    academy.save()
    assert missing(world) == [code]
    with pytest.raises(DomainError, match=named):
        opening.open_academy(actor=world.actor("coordinator"), academy=academy, on=TODAY, notice=number(), at=NOW)
    academy.refresh_from_db()
    assert academy.opened_on is None


def test_a_hole_that_opens_before_that_day_refuses(world: World) -> None:
    """Mutation: look at today rather than at the day of opening."""
    make_ready(world)
    Coverage.objects.filter(team__academy=world.academy).update(valid_until=TODAY + timedelta(days=3))
    later = TODAY + timedelta(days=10)
    with pytest.raises(DomainError, match="Aucun trou"):
        opening.open_academy(actor=world.actor("coordinator"), academy=world.academy, on=later, notice=number(), at=NOW)


def test_the_list_leads_to_each_page_and_opens(world: World) -> None:
    make_ready(world)
    coordinator = visitor(world, "coordinator")
    today = timezone.localdate()
    world.academy.listening_checked_on = today
    world.academy.contact_phone = ""
    world.academy.save()
    refused = coordinator.post(address(world), {"opened_on": today.isoformat()})
    assert refused.status_code == 422
    assert "Il manque encore" in text(refused)
    given = {**REACH, "is_notice_read": "on"}
    assert coordinator.post(address(world, "reach"), given).status_code == 302
    assert coordinator.post(address(world), {"opened_on": today.isoformat()}).status_code == 302
    assert "Ouverte depuis le" in text(coordinator.get(address(world)))


def test_a_delay_out_of_bounds_is_refused_and_kept(world: World) -> None:
    answer = visitor(world, "coordinator").post(address(world, "reach"), {**REACH, "first_answer_days": 40})
    assert answer.status_code == 422
    assert "service@ac-exemple.invalid" in answer.content.decode()


def test_a_deputy_is_named_then_ended_from_the_page(world: World) -> None:
    coordinator = visitor(world, "coordinator")
    today = timezone.localdate()
    runner, other = world.people["coordinator"], world.people["counsellor"]
    given = {"person": str(runner.uid), "deputy": str(other.uid), "valid_from": today.isoformat()}
    here = address(world, "deputies")
    before = Deputy.objects.count()
    assert coordinator.post(here, {**given, "deputy": str(runner.uid)}).status_code == 422
    assert coordinator.post(here, {**given, "valid_from": "2020-01-01"}).status_code == 422
    assert Deputy.objects.count() == before
    assert coordinator.post(here, given).status_code == 302
    named = Deputy.objects.get(person=runner, deputy=other, valid_from=today)
    assert other.full_name in text(coordinator.get(here))
    assert coordinator.post(here, {"fin": str(named.pk)}).status_code == 302
    assert not Deputy.objects.filter(pk=named.pk).exists()
    assert coordinator.post(here, {"fin": str(named.pk)}).status_code == 404


def test_one_that_has_begun_keeps_its_dates(world: World) -> None:
    """Mutation: delete whatever is ended."""
    make_ready(world)
    deputy = Deputy.objects.filter(academy=world.academy).order_by("pk")[0]
    tomorrow = NOW + timedelta(days=2)
    opening.end_deputy(actor=world.actor("coordinator"), deputy=deputy, at=tomorrow)
    deputy.refresh_from_db()
    assert deputy.valid_until == TODAY + timedelta(days=1)


def test_a_stranger_is_not_named(world: World) -> None:
    """Mutation: take whoever the form did not offer."""
    for person, deputy in (("coordinator", "counsellor elsewhere"), ("counsellor", "fellow counsellor")):
        with pytest.raises(DomainError, match="n’a pas de mission"):
            opening.name_deputy(
                actor=world.actor("coordinator"),
                academy=world.academy,
                person=world.people[person],
                deputy=world.people[deputy],
                valid_from=TODAY,
                at=NOW,
            )


@pytest.mark.parametrize("part", [one for one in CAST if one not in RUNS | {"HR officer"}])
def test_nobody_else_runs_it(world: World, part: str) -> None:
    """Mutation: drop the first line of each service."""
    make_ready(world)
    actor, deputy = world.actor(part), Deputy.objects.filter(academy=world.academy).order_by("pk")[0]
    academy, people = world.academy, world.people
    for act in (
        lambda: opening.open_academy(actor=actor, academy=academy, on=TODAY, notice=number(), at=NOW),
        lambda: opening.set_reach(actor=actor, academy=academy, at=NOW, **REACH),
        lambda: opening.end_deputy(actor=actor, deputy=deputy, at=NOW),
        lambda: opening.name_deputy(
            actor=actor,
            academy=academy,
            person=people["coordinator"],
            deputy=people["counsellor"],
            valid_from=TODAY,
            at=NOW,
        ),
    ):
        with pytest.raises(NotAllowed):
            act()
