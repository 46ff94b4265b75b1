"""The network regenerates at any day from dated missions: the founding slides, and what came after."""

from datetime import date, timedelta

import pytest

from proxirh.accounts.models import Person
from proxirh.kernel.errors import DomainError
from proxirh.territories.figures import Network, Scope, network_at, read_scope, scopes
from proxirh.territories.models import Department, Posting, Role
from proxirh.territories.services.network import serving_on
from tests.territories.founding import FIGURES_DAY, FOUNDED, SHARES, found_network, let_time_pass

pytestmark = pytest.mark.django_db


def at(day: date, scope: str = "national") -> Network:
    return network_at(read_scope(scope), day)


def counts(rows) -> dict[str, int]:
    return {row.key: row.count for row in rows}


@pytest.fixture
def network() -> None:
    found_network()


def mission(department: str, *, person: Person, share: int, since: date = FOUNDED, **more: str) -> None:
    """One more mission of a counsellor."""
    place = Department.objects.get(code=department)
    Posting.objects.create(
        person=person,
        role=Role.COUNSELLOR,
        department=place,
        academy_id=place.academy_id,
        working_share=share,
        valid_from=since,
        **more,
    )


def test_the_totals_of_the_founding_slides_come_out(network: None) -> None:
    found = at(FIGURES_DAY)
    assert found.counsellors == 311
    assert found.fte == 174.2
    assert round(found.mean_working_share or 0) == 56
    assert counts(found.by_profile) == {
        "administratif": 197,
        "contractuel": 32,
        "enseignant": 50,
        "encadrement": 31,
        "unknown": 1,
    }
    assert [round(100 * (row.share or 0)) for row in found.by_location] == [48, 32, 18, 2, 0]


def test_profiles_add_up_to_310_for_311_counsellors_and_nobody_mends_it(network: None) -> None:
    """Mutation: count an unknown profile with the administrative ones, or take its person out of the total."""
    found = at(FIGURES_DAY)
    known = [row for row in found.by_profile if row.key != "unknown"]
    assert sum(row.count for row in known) == 310
    assert sum(row.count for row in found.by_profile) == found.counsellors == 311
    assert found.without_profile == 1
    assert next(row.share for row in found.by_profile if row.key == "unknown") is None
    assert sum(row.share or 0 for row in known) == pytest.approx(1)


def test_shares_are_told_one_by_one_and_no_class_is_guessed(network: None) -> None:
    assert counts(at(FIGURES_DAY).by_working_share) == {str(share): n for share, n in SHARES.items()}


def test_the_same_day_gives_the_same_network_after_later_departures(network: None) -> None:
    """Mutation: count the missions open today, or leave the last day of a mission out of it."""
    before = at(FIGURES_DAY)
    let_time_pass()
    after = at(FIGURES_DAY)
    assert (after.counsellors, after.fte) == (311, 174.2)
    assert after == before
    assert at(FIGURES_DAY + timedelta(days=1)).counsellors == 311 - 40 + 10
    assert at(FIGURES_DAY + timedelta(days=32)).counsellors == 311 - 80 + 10
    assert at(FOUNDED - timedelta(days=1)).counsellors == 0
    assert at(FOUNDED - timedelta(days=1)).mean_working_share is None


def test_a_mission_to_come_counts_from_its_first_day(network: None) -> None:
    someone = Posting.objects.filter(role=Role.COUNSELLOR).order_by("-pk")[0].person
    day = date(2031, 9, 1)
    mission("2A", person=someone, share=20, since=day)
    assert at(day, "departement:2a").fte == at(day - timedelta(days=1), "departement:2a").fte + 0.2


def test_a_person_is_counted_once_by_her_main_mission_and_once_in_each_place(network: None) -> None:
    """Mutation: count missions; 311 then becomes 312."""
    first = Posting.objects.order_by("pk")[0]
    before = at(FIGURES_DAY)
    mission("974", person=first.person, share=80, profile="encadrement", location="autre")
    after = at(FIGURES_DAY)
    assert after.counsellors == 311
    assert after.fte == 175.0
    assert counts(after.by_profile)["encadrement"] == 32
    assert counts(after.by_profile)["administratif"] == 196
    assert counts(after.by_location)["autre"] == 7
    assert sum(row.count for row in after.by_working_share) == 311
    assert sum(row.counsellors for row in after.by_academy) == sum(row.counsellors for row in before.by_academy) + 1


def test_every_perimeter_is_counted_and_the_parts_make_the_whole(network: None) -> None:
    found = at(FIGURES_DAY)
    assert len(found.by_academy) == 30
    assert len(found.by_region) == 18
    assert sum(row.counsellors for row in found.by_academy) == sum(row.counsellors for row in found.by_region) == 311
    assert sum(row.fte for row in found.by_region) == pytest.approx(174.2)
    for scope in scopes().values():
        inside = at(FIGURES_DAY, scope.code)
        rows = {"region": found.by_region, "academie": found.by_academy}.get(scope.width, ())
        slug = scope.code.partition(":")[2]
        assert [row.counsellors for row in rows if row.key == slug] == ([inside.counsellors] if rows else [])
    academy = at(FIGURES_DAY, "academie:clermont-ferrand")
    assert [row.key for row in academy.by_department] == ["03", "15", "43", "63"]
    assert sum(row.counsellors for row in academy.by_department) == academy.counsellors
    assert at(FIGURES_DAY, "departement:15").counsellors == academy.by_department[1].counsellors
    assert at(FIGURES_DAY, "region:auvergne-rhone-alpes").by_region == ()


@pytest.mark.parametrize(
    "text", ["", "france", "region:", "academie:nulle-part", "departement:20", "departement:", "x"]
)
def test_an_unknown_perimeter_is_one_sentence(text: str) -> None:
    with pytest.raises(DomainError, match="n’est pas un périmètre"):
        read_scope(text)


@pytest.mark.parametrize("scope", ["national", "region:bretagne", "academie:lyon", "departement:15"])
def test_counting_costs_the_same_whatever_the_number(network: None, django_assert_max_num_queries, scope: str) -> None:
    read = read_scope(scope)
    with django_assert_max_num_queries(2):
        network_at(read, FIGURES_DAY)


def test_the_list_of_a_day_says_who_served_where(network: None, django_assert_num_queries) -> None:
    before = serving_on(read_scope("national"), FIGURES_DAY)
    let_time_pass()
    with django_assert_num_queries(1):
        after = serving_on(Scope("national", "France"), FIGURES_DAY)
    assert [(row.name, row.working_share) for row in after] == [(row.name, row.working_share) for row in before]
    assert len(after) == 311
    assert [row.name for row in after] == sorted(row.name for row in after)
    ended = [row for row in after if row.valid_until == FIGURES_DAY]
    assert len(ended) == 40
