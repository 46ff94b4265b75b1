"""Perimeters that change from a day on, by whoever runs the académie and by nobody else."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.rerouting import move_unable
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.territories.models import Coverage, Department, StaffCategory, Topic
from proxirh.territories.services import covering
from proxirh.territories.services.covering import Scope
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
LATER = TODAY + timedelta(days=30)


def scope(categories: tuple[str, ...] = (), topics: tuple[str, ...] = ()) -> Scope:
    return Scope(
        categories=StaffCategory.objects.filter(code__in=categories), topics=Topic.objects.filter(code__in=topics)
    )


def coverage_of(world: World) -> Coverage:
    return Coverage.objects.select_related("team__academy", "department", "academy").get(team=world.team)


def address(world: World, name: str = "coverage", *more: int) -> str:
    return reverse(f"territories:{name}", args=[world.academy.slug, *more])


def test_a_perimeter_opens_from_a_day(world: World) -> None:
    opened = covering.cover(
        actor=world.actor("coordinator"),
        team=world.team,
        zones=[world.site],
        scope=scope(("aesh",), ("3",)),
        valid_from=LATER,
        at=NOW,
    )
    (coverage,) = opened
    assert (coverage.site, coverage.valid_from, coverage.valid_until) == (world.site, LATER, None)
    assert [one.code for one in coverage.categories.all()] == ["aesh"]
    assert JournalEntry.objects.filter(verb="périmètre.ouvert").count() == 1


@pytest.mark.parametrize(
    ("dates", "refused"),
    [
        ({"valid_from": TODAY - timedelta(days=1)}, "passé"),
        ({"valid_from": LATER, "valid_until": TODAY}, "précède"),
    ],
)
def test_the_past_is_not_written_over(world: World, dates: dict[str, date], refused: str) -> None:
    """Mutation: drop `_check_days`."""
    with pytest.raises(DomainError, match=refused):
        covering.cover(
            actor=world.actor("coordinator"), team=world.team, zones=[world.site], scope=scope(), at=NOW, **dates
        )
    assert Coverage.objects.filter(team=world.team).count() == 1


def test_a_zone_of_another_academy_is_refused(world: World) -> None:
    """Mutation: take the académie of the team for that of the zone."""
    elsewhere = Department.objects.exclude(academy=world.academy).order_by("code")[0]
    with pytest.raises(DomainError, match="autre académie"):
        covering.cover(
            actor=world.actor("coordinator"),
            team=world.team,
            zones=[elsewhere],
            scope=scope(),
            valid_from=TODAY,
            at=NOW,
        )


def test_the_same_twice_is_refused(world: World) -> None:
    coverage = coverage_of(world)
    with pytest.raises(DomainError, match="déjà"):
        covering.cover(
            actor=world.actor("coordinator"),
            team=world.team,
            zones=[coverage.zone],
            scope=scope(),
            valid_from=LATER,
            at=NOW,
        )


def test_a_change_makes_a_version_and_keeps_the_former(world: World) -> None:
    """A September change does not reroute what is in flight. Mutation: write over the row in force."""
    waiting = world.submit()
    before = coverage_of(world)
    changed = covering.change_coverage(
        actor=world.actor("coordinator"), coverage=before, scope=scope(("direction",)), from_day=LATER, at=NOW
    )
    before.refresh_from_db()
    assert before.valid_until == LATER - timedelta(days=1)
    assert before.categories.count() == 0
    assert (changed.valid_from, [one.code for one in changed.categories.all()]) == (LATER, ["direction"])
    move_unable(at=NOW + timedelta(days=60))
    assert Enquiry.objects.get(pk=waiting.pk).team_id == world.team.pk
    assert Enquiry.objects.get(pk=world.enquiry.pk).team_id == world.team.pk


def test_what_has_not_begun_is_dropped_when_it_ends_before(world: World) -> None:
    (coming,) = covering.cover(
        actor=world.actor("coordinator"), team=world.team, zones=[world.site], scope=scope(), valid_from=LATER, at=NOW
    )
    covering.end_coverage(actor=world.actor("coordinator"), coverage=coming, last_day=TODAY, at=NOW)
    assert not Coverage.objects.filter(pk=coming.pk).exists()


def test_the_second_of_two_is_told(world: World) -> None:
    """Mutation: `update` without what was read."""
    first, second = coverage_of(world), coverage_of(world)
    covering.end_coverage(actor=world.actor("coordinator"), coverage=first, last_day=LATER, at=NOW)
    with pytest.raises(StaleState):
        covering.change_coverage(
            actor=world.actor("coordinator"), coverage=second, scope=scope(("1d",)), from_day=LATER, at=NOW
        )
    assert Coverage.objects.filter(team=world.team).count() == 1


@pytest.mark.parametrize("part", [one for one in CAST if one not in {"coordinator", "head of service"}])
def test_nobody_else_changes_anything(world: World, part: str) -> None:
    """Mutation: drop the first line of each service."""
    actor, coverage = world.actor(part), coverage_of(world)
    for act in (
        lambda: covering.cover(actor=actor, team=world.team, zones=[world.site], scope=scope(), valid_from=LATER),
        lambda: covering.end_coverage(actor=actor, coverage=coverage, last_day=LATER),
        lambda: covering.change_coverage(actor=actor, coverage=coverage, scope=scope(("1d",)), from_day=LATER),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert list(Coverage.objects.filter(team=world.team)) == [coverage]


def test_the_page_tells_holes_and_leads_to_the_gesture(world: World) -> None:
    coordinator = visitor(world, "coordinator")
    Coverage.objects.filter(team__academy=world.academy).delete()
    page = text(coordinator.get(address(world)))
    assert "Personne ne couvre" in page
    assert "aucune équipe pour tous les personnels" in page
    day = timezone.localdate()
    given = {"team": str(world.team.uid), "zone": "academie", "valid_from": day.isoformat()}
    assert coordinator.post(address(world, "add_coverage"), given).status_code == 302
    assert "Chaque personne de l’académie a son équipe" in text(coordinator.get(address(world)))


def test_a_list_of_sites_opens_one_perimeter_each(world: World) -> None:
    coordinator = visitor(world, "coordinator")
    day = timezone.localdate()
    given = {"team": str(world.team.uid), "zone": "sites", "valid_from": day.isoformat()}
    assert coordinator.post(address(world, "add_coverage"), given | {"sites": ""}).status_code == 422
    refused = coordinator.post(address(world, "add_coverage"), given | {"sites": f"{world.site.uai} 0150001A"})
    assert refused.status_code == 422
    assert world.site.uai in refused.content.decode()
    listed = given | {"sites": f"{world.site.uai}\n{world.site.uai}"}
    assert coordinator.post(address(world, "add_coverage"), listed).status_code == 302
    assert Coverage.objects.filter(team=world.team, site=world.site).count() == 1


def test_a_perimeter_is_ended_or_changed_from_its_page(world: World) -> None:
    coordinator, coverage = visitor(world, "coordinator"), coverage_of(world)
    day = timezone.localdate() + timedelta(days=10)
    here = address(world, "change_coverage", coverage.pk)
    unchanged = coordinator.post(here, {"valid_from": day.isoformat()})
    nothing = coordinator.post(here, {"last_day": ""})
    for refused in (unchanged, nothing):  # mutation: leave the form out of the page’s context
        assert refused.status_code == 422
        assert "<title>Erreur\u00a0: " in refused.content.decode()
    assert coordinator.post(here, {"valid_from": day.isoformat(), "posts_1d": ["1d"]}).status_code == 302
    assert Coverage.objects.filter(team=world.team, valid_from=day).count() == 1
    assert coordinator.post(here, {"last_day": timezone.localdate().isoformat()}).status_code == 302
    coverage.refresh_from_db()
    assert coverage.valid_until == timezone.localdate()


def test_a_perimeter_elsewhere_is_not_found(world: World) -> None:
    """Mutation: look for the perimeter in every académie."""
    foreign = Coverage.objects.filter(team__academy=world.elsewhere).order_by("pk")[0]
    page = visitor(world, "coordinator").get(address(world, "change_coverage", foreign.pk))
    assert page.status_code == 404
