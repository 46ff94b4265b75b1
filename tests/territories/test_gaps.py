"""Holes and overlaps of perimeters: told exactly, for the place, the posts and the topics they touch."""

import random
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from proxirh.accounts.models import Person, User
from proxirh.kernel.models import DataKey
from proxirh.territories.models import (
    Academy,
    Basin,
    Circonscription,
    Coverage,
    Department,
    Posting,
    Role,
    Site,
    StaffCategory,
    Team,
    TeamKind,
    Topic,
)
from proxirh.territories.services import gaps
from proxirh.territories.services.routing import Need, covering_teams
from tests.territories.test_routing import BEFORE, DAY, cover, make_team

pytestmark = pytest.mark.django_db
NBSP = "\u00a0"


@pytest.fixture
def academy() -> Academy:
    return Academy.objects.get(slug="clermont-ferrand")  # Allier, Cantal, Haute-Loire, Puy-de-Dôme


def department(code: str) -> Department:
    return Department.objects.select_related("academy").get(code=code)


def serve(team: Team, role: Role = Role.COUNSELLOR, **dates: date) -> None:
    person = Person.objects.create(data_key=DataKey.objects.issue(), first_name="Camille", last_name="Exemple")
    Posting.objects.create(person=person, role=role, academy=team.academy, team=team, **{"valid_from": BEFORE, **dates})


def staffed(name: str, kind: TeamKind = TeamKind.COUNSELLING) -> Team:
    team = make_team(name, kind)
    serve(team, Role.HR_OFFICER if kind == TeamKind.HR_OFFICERS else Role.COUNSELLOR)
    return team


def holes(academy: Academy, day: date = DAY) -> list[str]:
    return [gap.sentence for gap in gaps.find_gaps(academy, day=day).holes]


def test_an_academy_without_team_is_one_hole_a_department(academy: Academy) -> None:
    assert holes(academy) == [
        f"{name}{NBSP}: aucune équipe pour tous les personnels"
        for name in ("Allier", "Cantal", "Haute-Loire", "Puy-de-Dôme")
    ]


def test_a_team_for_all_leaves_no_hole(academy: Academy) -> None:
    """Mutation: forget the académie among the zones of a place."""
    cover(staffed("Conseil"), academy=academy)
    found = gaps.find_gaps(academy, day=DAY)
    assert (found.holes, found.overlaps, found.empty_teams) == ([], [], [])


def test_one_post_in_one_department_is_named(academy: Academy) -> None:
    """« Aucune équipe pour AESH dans le Cantal ». Mutation: let a perimeter that names a post take the whole family."""
    team = staffed("Conseil")
    for code in ("03", "43", "63"):
        cover(team, department=department(code))
    others = StaffCategory.objects.filter(is_open=True).exclude(code__in=("aesh", "2d")).values_list("code", flat=True)
    cover(team, department=department("15"), categories=tuple(others))
    cover(team, department=department("15"), categories=("psyen",))
    told = holes(academy)
    assert len(told) == 1
    assert told[0].startswith(f"Cantal{NBSP}: aucune équipe pour ")
    assert "(AESH)" in told[0]
    assert "autre situation dans le second degré" in told[0]
    assert "sur «" not in told[0]


def test_a_family_covers_its_posts_and_a_branch_its_topics(academy: Academy) -> None:
    team = staffed("Conseil")
    cover(team, academy=academy, categories=("1d", "2d", "biatss", "encadrement"))
    assert holes(academy) == []
    Coverage.objects.all().delete()
    cover(team, academy=academy, topics=("1", "2", "3", "4", "5.1", "5", "6", "7", "8"))
    assert holes(academy) == []


def test_a_missing_branch_is_named_once(academy: Academy) -> None:
    cover(staffed("Conseil"), academy=academy, topics=("1", "2", "3", "4", "6", "7", "8"))
    told = holes(academy)
    assert told[0] == f"Allier{NBSP}: aucune équipe pour tous les personnels, sur «{NBSP}projet de formation{NBSP}»"
    assert len(told) == 4


def test_officers_answer_management_questions_only(academy: Academy) -> None:
    """Mutation: let every team answer every topic."""
    cover(staffed("Gestion", TeamKind.HR_OFFICERS), academy=academy)
    told = holes(academy)
    assert all("question de gestion" not in one and "projet professionnel" in one for one in told)
    cover(staffed("Conseil"), academy=academy, topics=("1", "2", "3", "4", "5", "6", "7"))
    assert holes(academy) == []


def test_a_hole_in_one_basin_names_the_basin(academy: Academy) -> None:
    team = staffed("Conseil")
    for code in ("03", "43", "63"):
        cover(team, department=department(code))
    here, there = (
        Basin.objects.create(code=code, name=name, academy=academy)
        for code, name in (("A", "Aurillac"), ("M", "Mauriac"))
    )
    for number, basin in enumerate((here, there)):
        Site.objects.create(uai=f"015000{number}X", name="École", department=department("15"), basin=basin)
    cover(team, basin=here)
    assert holes(academy) == [
        f"Cantal (personnes sans établissement connu, bassin Mauriac){NBSP}: aucune équipe pour tous les personnels"
    ]


def test_a_named_site_is_a_place_of_its_own(academy: Academy) -> None:
    team = staffed("Conseil")
    cover(team, academy=academy)
    site = Site.objects.create(uai="0150001V", name="École des Exemples", department=department("15"))
    cover(staffed("Pour l’école"), site=site)
    found = gaps.find_gaps(academy, day=DAY)
    assert found.holes == []
    assert found.overlaps == []


def test_a_team_where_nobody_serves_covers_nothing(academy: Academy) -> None:
    """Mutation: count the perimeters of teams without anybody."""
    cover(make_team("Vide"), academy=academy)
    found = gaps.find_gaps(academy, day=DAY)
    assert len(found.holes) == 4
    assert list(found.empty_teams) == ["Vide"]


def test_a_team_whose_only_account_is_closed_covers_nothing(academy: Academy) -> None:
    """Mutation: count missions whatever becomes of the account."""
    cover(staffed("Conseil"), academy=academy)
    assert holes(academy) == []
    Person.objects.update(user=User.objects.create(is_active=False))
    assert len(holes(academy)) == 4


def test_a_mission_in_a_team_of_another_kind_covers_nothing(academy: Academy) -> None:
    """Mutation: pair no role with its kind of team."""
    team = make_team("Conseil")
    serve(team, Role.HR_OFFICER)
    cover(team, academy=academy)
    assert len(holes(academy)) == 4


def test_two_teams_at_the_same_rank_overlap(academy: Academy) -> None:
    cover(staffed("A"), department=department("15"))
    cover(staffed("B"), department=department("15"), valid_from=BEFORE)
    (overlap,) = gaps.find_gaps(academy, day=DAY).overlaps
    assert overlap.sentence == f"Cantal{NBSP}: A et B couvrent de même tous les personnels"


def test_a_more_precise_perimeter_is_no_overlap(academy: Academy) -> None:
    """Mutation: forget the rank."""
    cover(staffed("A"), department=department("15"))
    cover(staffed("B"), department=department("15"), categories=("aesh",))
    assert gaps.find_gaps(academy, day=DAY).overlaps == []


def test_a_coming_day_that_opens_a_hole_is_told(academy: Academy) -> None:
    """Mutation: look at the days on which perimeters begin, and forget those after their end."""
    team = staffed("Conseil")
    cover(team, academy=academy, valid_until=DAY + timedelta(days=10))
    days = gaps.ground_of(academy).days_of_change(after=DAY)
    assert days == [DAY + timedelta(days=11)]
    assert holes(academy, days[0]) != []


def test_queries_do_not_follow_the_number_of_places(academy: Academy) -> None:
    def counted() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            gaps.find_gaps(academy, day=DAY)
        return len(caught)

    cover(staffed("Conseil"), academy=academy)
    few = counted()
    for number in range(30):
        place = Circonscription.objects.create(code=f"C{number}", name=f"C{number}", department=department("15"))
        Site.objects.create(uai=f"01500{number:02}X", name="École", department=department("15"), circonscription=place)
        cover(staffed(f"Équipe {number}"), circonscription=place)
    assert counted() == few


@pytest.mark.parametrize("seed", range(4))
def test_holes_are_exactly_where_routing_finds_nobody(academy: Academy, seed: int) -> None:
    """Random perimeters, each need asked of the routing itself. Mutation: drop any condition of `covering`."""
    draw = random.Random(seed)
    basins = [Basin.objects.create(code=f"B{n}", name=f"B{n}", academy=academy) for n in range(2)]
    sites = [
        Site.objects.create(
            uai=f"015000{n}X", name=f"S{n}", department=department("15"), basin=draw.choice([None, *basins])
        )
        for n in range(4)
    ]
    named_posts = list(StaffCategory.objects.filter(is_open=True).values_list("code", flat=True))
    named_topics = list(Topic.objects.filter(is_open=True).values_list("code", flat=True))
    for number in range(7):
        team = staffed(
            f"Équipe {number}", draw.choice((TeamKind.COUNSELLING, TeamKind.COUNSELLING, TeamKind.HR_OFFICERS))
        )
        zone = draw.choice(
            [{"department": department("15")}, {"basin": draw.choice(basins)}, {"site": draw.choice(sites)}]
        )
        cover(
            team,
            categories=tuple(draw.sample(named_posts, draw.choice((0, 2, 8)))),
            topics=tuple(draw.sample(named_topics, draw.choice((0, 3, 12)))),
            **zone,
        )
    posts = dict(StaffCategory.objects.values_list("code", "pk"))
    topics = dict(Topic.objects.values_list("code", "pk"))
    ground = gaps.ground_of(academy)
    elsewhere = Academy.objects.get(slug="lyon")
    counted = gaps.count_holes([academy.pk, elsewhere.pk], day=DAY).by_academy
    assert counted == {one.slug: len(gaps.find_gaps(one, day=DAY).holes) for one in (academy, elsewhere)}
    known, perimeters = ground.known, ground.perimeters
    for site in [None, *sites]:
        named = site and any(one.zone == ("site", site.pk) for one in perimeters)
        place = gaps.Place(department("15").pk, site and site.basin_id, None, site.pk if named else None)
        held = gaps.answered(ground.covering(place, perimeters), {one.team.pk for one in perimeters})
        for row, category in enumerate(known.categories):
            for column, topic in enumerate(known.topics):
                need = Need(department("15"), site, posts[category.code], topics[topic.code], topic.branch_code)
                is_held = bool(held >> (row * len(known.topics) + column) & 1)
                if (row + column) % 5 == seed:  # a fifth of the pairs, others by other seeds
                    assert bool(covering_teams(need, day=DAY)) is is_held, (site, category.code, topic.code)


def test_a_department_whose_sites_are_all_closed_still_has_people(academy: Academy) -> None:
    """Someone there may say no site. Mutation: keep the départements with an open site, or without any."""
    for code in ("03", "43", "63"):
        cover(staffed(f"Équipe {code}"), department=department(code))
    Site.objects.create(uai="0150001X", name="Fermée", department=department("15"), is_open=False)
    assert holes(academy) == [f"Cantal{NBSP}: aucune équipe pour tous les personnels"]
    assert gaps.count_holes([academy.pk], day=DAY).by_academy == {academy.slug: 1}


def test_holes_are_counted_in_two_queries(academy: Academy) -> None:
    cover(staffed("Conseil"), academy=academy)
    with CaptureQueriesContext(connection) as caught:
        gaps.count_holes([academy.pk], day=DAY)
    assert len(caught) == 2


def test_the_command_tells_holes_and_fails(academy: Academy) -> None:
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("coverage_gaps", academie="clermont-ferrand", le=DAY, stdout=out)
    assert refused.value.returncode == 1
    assert f"Clermont-Ferrand{NBSP}: Cantal{NBSP}: aucune équipe pour tous les personnels" in out.getvalue()


def test_the_command_says_that_there_is_none(academy: Academy) -> None:
    cover(staffed("Conseil"), academy=academy)
    out = StringIO()
    call_command("coverage_gaps", academie="clermont-ferrand", le=DAY, stdout=out)
    assert out.getvalue().splitlines() == ["Aucun trou."]
    with pytest.raises(CommandError) as refused:
        call_command("coverage_gaps", academie="inconnue", stdout=out)
    assert refused.value.returncode == 2
