"""An enquiry goes to the team whose perimeter holds it most precisely on the day."""

from datetime import date, timedelta

import pytest

from proxirh.territories.models import (
    Academy,
    Basin,
    Circonscription,
    Coverage,
    Department,
    Site,
    StaffCategory,
    Team,
    TeamKind,
    Topic,
)
from proxirh.territories.services.routing import Need, covering_teams, neighbouring_teams

DAY = date(2026, 11, 17)
BEFORE = date(2024, 9, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def department() -> Department:
    return Department.objects.select_related("academy").get(code="15")


@pytest.fixture
def site(department: Department) -> Site:
    return Site.objects.create(
        uai="0150001V",
        name="École des Exemples",
        department=department,
        basin=Basin.objects.create(code="B1", name="Bassin d’exemple", academy=department.academy),
        circonscription=Circonscription.objects.create(code="0150003X", name="Exemple", department=department),
    )


def make_team(name: str, kind: TeamKind = TeamKind.COUNSELLING, *, academy: str = "clermont-ferrand", **dates) -> Team:
    return Team.objects.create(
        name=name, kind=kind, academy=Academy.objects.get(slug=academy), **{"valid_from": BEFORE} | dates
    )


def cover(team: Team, *, categories: tuple[str, ...] = (), topics: tuple[str, ...] = (), **zone_and_dates) -> None:
    coverage = Coverage.objects.create(team=team, **{"valid_from": BEFORE} | zone_and_dates)
    coverage.categories.set(StaffCategory.objects.filter(code__in=categories))
    coverage.topics.set(Topic.objects.filter(code__in=topics))


def need(
    department: Department, site: Site | None = None, category: str = "professeur_ecoles", topic: str = "1.1"
) -> Need:
    asked = Topic.objects.get(code=topic)
    return Need(
        department=department,
        site=site,
        category_id=StaffCategory.objects.get(code=category).pk,
        topic_id=asked.pk,
        branch=asked.branch_code,
    )


def names(teams) -> list[str]:
    return [team.name for team in teams]


def test_most_precise_zone_comes_first(department: Department, site: Site) -> None:
    """Mutation: sort by name alone."""
    cover(make_team("A, académie"), academy=department.academy)
    cover(make_team("B, département"), department=department)
    cover(make_team("C, bassin"), basin=site.basin)
    cover(make_team("D, circonscription"), circonscription=site.circonscription)
    cover(make_team("E, établissement"), site=site)
    assert names(covering_teams(need(department, site), day=DAY)) == [
        "E, établissement",
        "D, circonscription",
        "C, bassin",
        "B, département",
        "A, académie",
    ]


def test_without_a_site_only_wide_perimeters_hold(department: Department, site: Site) -> None:
    cover(make_team("A"), site=site)
    cover(make_team("B"), department=department)
    assert names(covering_teams(need(department), day=DAY)) == ["B"]


def test_perimeters_of_other_places_do_not_hold(department: Department, site: Site) -> None:
    elsewhere = Department.objects.get(code="63")
    cover(make_team("A"), department=elsewhere)
    cover(make_team("B"), site=Site.objects.create(uai="0150002W", name="Autre", department=department))
    assert names(covering_teams(need(department, site), day=DAY)) == []


def test_a_team_with_two_perimeters_is_listed_once_at_its_best_rank(department: Department, site: Site) -> None:
    both = make_team("Z")
    cover(both, academy=department.academy)
    cover(both, site=site)
    cover(make_team("A"), department=department)
    assert names(covering_teams(need(department, site), day=DAY)) == ["Z", "A"]


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        (DAY, None, True),
        (DAY + timedelta(days=1), None, False),
        (BEFORE, DAY, True),
        (BEFORE, DAY - timedelta(days=1), False),
    ],
)
def test_perimeter_and_team_hold_from_their_first_to_their_last_day(department, since, until, holds) -> None:
    cover(make_team("Équipe"), department=department, valid_from=since, valid_until=until)
    cover(make_team("Datée", valid_from=since, valid_until=until), department=department)
    assert names(covering_teams(need(department), day=DAY)) == (["Datée", "Équipe"] if holds else [])


@pytest.mark.parametrize(
    ("named", "asked", "holds"),
    [
        ("professeur_ecoles", "professeur_ecoles", True),
        ("directeur_ecole", "professeur_ecoles", False),
        ("1d", "professeur_ecoles", True),
        ("1d", "1d", True),
        ("2d", "professeur_ecoles", False),
        ("professeur_ecoles", "1d", False),
    ],
)
def test_perimeter_may_name_a_category_or_its_whole_family(department, named: str, asked: str, holds: bool) -> None:
    """Mutation: compare the categories by key alone."""
    cover(make_team("Équipe"), department=department, categories=(named,))
    assert bool(covering_teams(need(department, category=asked), day=DAY)) is holds


@pytest.mark.parametrize(
    ("named", "asked", "holds"),
    [("1.1", "1.1", True), ("1.2", "1.1", False), ("1", "1.1", True), ("2", "1.1", False), ("1.1", "1", False)],
)
def test_perimeter_may_name_a_topic_or_its_whole_branch(department, named: str, asked: str, holds: bool) -> None:
    cover(make_team("Équipe"), department=department, topics=(named,))
    assert bool(covering_teams(need(department, topic=asked), day=DAY)) is holds


def test_in_one_zone_the_team_that_named_the_category_comes_first(department: Department) -> None:
    cover(make_team("A, pour tous"), department=department)
    cover(make_team("Z, premier degré"), department=department, categories=("1d",))
    assert names(covering_teams(need(department), day=DAY)) == ["Z, premier degré", "A, pour tous"]
    assert names(covering_teams(need(department, category="cpe"), day=DAY)) == ["A, pour tous"]


def test_management_questions_go_to_the_officers_then_to_counsellors(department: Department, site: Site) -> None:
    cover(make_team("Conseil"), site=site)
    cover(make_team("Gestion", TeamKind.HR_OFFICERS), academy=department.academy)
    cover(make_team("Cellule", TeamKind.CELL), site=site)
    assert names(covering_teams(need(department, site, topic="8"), day=DAY)) == ["Gestion", "Conseil"]
    assert names(covering_teams(need(department, site, topic="4.1"), day=DAY)) == ["Conseil"]


def test_the_number_of_queries_does_not_grow_with_perimeters(department, site, django_assert_num_queries) -> None:
    for number in range(12):
        cover(make_team(f"Équipe {number}"), department=department, categories=("1d",), topics=("1", "2.1"))
    asked = need(department, site)
    with django_assert_num_queries(3):
        assert len(covering_teams(asked, day=DAY)) == 12


def test_neighbours_are_the_open_teams_of_the_academie_then_of_its_region() -> None:
    """Mutation: forget that an académie must be open."""
    home = Academy.objects.get(slug="clermont-ferrand")
    Academy.objects.filter(slug__in=["clermont-ferrand", "lyon", "paris"]).update(opened_on=BEFORE)
    Academy.objects.filter(slug="grenoble").update(opened_on=DAY + timedelta(days=1))
    make_team("Z, ici")
    make_team("A, Lyon", academy="lyon")
    make_team("A, Grenoble", academy="grenoble")
    make_team("A, Paris", academy="paris")
    make_team("Finie", academy="lyon", valid_until=DAY - timedelta(days=1))
    make_team("À venir", academy="lyon", valid_from=DAY + timedelta(days=1))
    make_team("Gestion", TeamKind.HR_OFFICERS)
    assert names(neighbouring_teams(home, day=DAY)) == ["Z, ici", "A, Lyon"]
