"""The figures of an académie: for those who answer for it, whole tables or none, each chart with its table."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from proxirh.enquiries.figures import Period
from proxirh.enquiries.models import MonthlyCount
from proxirh.steering import periods
from tests.routes import sign_in
from tests.strict_client import StrictClient
from tests.world import World

TODAY = date(2026, 11, 17)


def last_year() -> periods.Choice:
    """A school year that is over, whatever the day: the cast's own enquiry is not always outside the current one."""
    return periods.choices(timezone.localdate())["Années scolaires"][1]


@pytest.fixture(autouse=True)
def _only_what_a_test_fills(world: World) -> None:
    MonthlyCount.objects.all().delete()


def fill(**counts: dict[str, int]) -> None:
    month = last_year().period.start
    MonthlyCount.objects.bulk_create(
        MonthlyCount(
            month=month,
            department_code="15",
            indicator=indicator.replace("__", "."),
            key=key,
            n=n,
            counted_in=month,
        )
        for indicator, keys in counts.items()
        for key, n in keys.items()
    )


def page(client: StrictClient, **query: str) -> BeautifulSoup:
    response = client.get("/pilotage/", {"periode": last_year().code, **query})
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def rows(soup: BeautifulSoup) -> dict[str, list[str]]:
    """Cells of every line of every table, by the line's heading."""
    return {
        row.th.text.strip(): [cell.text.strip() for cell in row.find_all("td")]
        for row in soup.select("table tbody tr")
        if row.th
    }


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("coordinator", 200),
        ("head of service", 200),
        ("national referent", 200),
        ("counsellor", 404),
        ("author", 404),
        ("administrator", 404),
        ("steering member", 404),
    ],
)
def test_only_those_who_answer_for_an_academy_read_its_figures(
    client: StrictClient, world: World, part: str, status: int
) -> None:
    """Mutation: drop the filter on académies in the view."""
    sign_in(client, world, part)
    assert client.get("/pilotage/").status_code == status


def test_a_visitor_is_sent_to_sign_in(client: StrictClient, world: World) -> None:
    assert client.get("/pilotage/").status_code == 302


def test_figures_need_a_second_factor(client: StrictClient, world: World) -> None:
    """Mutation: leave second_factor out of reads_figures."""
    client.force_login(world.people["coordinator"].user, backend="proxirh.accounts.backends.CodeBackend")
    response = client.get("/pilotage/")
    assert response.status_code == 403
    assert "/securite/ajouter/?next=%2Fpilotage%2F" in response.text


def test_a_coordinator_cannot_name_another_academy(client: StrictClient, world: World) -> None:
    sign_in(client, world, "coordinator")
    assert client.get("/pilotage/", {"academie": "la-reunion"}).status_code == 404
    assert "Clermont-Ferrand" in page(client).h1.text


def test_each_table_says_what_the_counts_say(client: StrictClient, world: World) -> None:
    sign_in(client, world, "coordinator")
    fill(
        enquiries__by_topic={"1.1": 39, "2.1": 17, "3.1": 16, "4.1": 15, "5.1": 14},
        delays__first_answer={"0": 30, "1": 40, "2": 20, "9": 10},
    )
    shown = page(client)
    assert rows(shown)["projet professionnel"][0] == "39"
    figures = shown.select_one(".ui-figures").text
    assert "90\u00a0%" in figures
    assert "101" in figures


def test_a_small_cell_hides_its_table_and_says_so(client: StrictClient, world: World) -> None:
    sign_in(client, world, "coordinator")
    fill(enquiries__by_topic={"1": 40, "2": 3, "3": 30})
    shown = page(client)
    assert "trop peu de personnes" in shown.select_one(".ui-chart__empty").text
    assert "projet professionnel" not in rows(shown)


def test_quick_exchanges_have_tables_of_their_own(client: StrictClient, world: World) -> None:
    """Mutation: add them to the enquiries received."""
    sign_in(client, world, "coordinator")
    fill(enquiries__by_topic={"1.1": 40, "2.1": 30})
    assert "Aucun échange éclair sur cette période" in page(client).text
    fill(
        quick__by_topic={"3": 12, "4": 9},
        quick__by_category={"1d": 20, "2d": 1},
        quick__by_family={"information": 21},
    )
    shown = page(client)
    assert "70" in shown.select_one(".ui-figures__value").text
    titles = {chart.select_one(".ui-chart__title").text: chart for chart in shown.select(".ui-chart")}
    assert "21" in shown.select_one("#eclair").text
    assert titles["De quoi il était question"].select("table tbody td")[4].text.strip() == "12"
    assert "trop peu de personnes" in titles["Qui a posé la question"].text


def test_the_national_referent_is_held_to_the_threshold_of_publication(client: StrictClient, world: World) -> None:
    """Mutation: use INSIDE_ACADEMY for everyone."""
    fill(requesters__by_category={"1d": 8, "2d": 8}, enquiries__by_topic={"1": 20, "2": 20})
    sign_in(client, world, "coordinator")
    assert rows(page(client))["enseignants du premier degré"][0] == "8"
    national = StrictClient()
    sign_in(national, world, "national referent")
    assert "enseignants du premier degré" not in rows(page(national, academie="clermont-ferrand"))


def test_each_table_says_where_it_stops(client: StrictClient, world: World) -> None:
    """Mutation: leave what a table covers out of its description."""
    sign_in(client, world, "coordinator")
    fill(enquiries__by_topic={"1": 40, "2": 30})
    start = last_year().period.start
    for month, n in ((start.replace(month=12), 1), (start, 0)):
        MonthlyCount.objects.create(
            month=month, department_code="15", indicator="enquiries.by_topic", key="3", n=n, counted_in=month
        )
    said = [one.text for one in page(client).select(".ui-chart__description")]
    assert any(f"jusqu’au 30\u00a0novembre {start.year}" in one for one in said)
    assert any("sur toute la période" in one for one in said)


def test_a_period_without_a_finished_month_says_when_its_figures_come(client: StrictClient, world: World) -> None:
    sign_in(client, world, "coordinator")
    this_month = periods.choices(timezone.localdate())["Mois"][0]
    assert "Les premiers paraîtront le 1er" in page(client, periode=this_month.code).text


def test_the_name_of_an_academy_is_elided(client: StrictClient, world: World) -> None:
    world.team.academy.__class__.objects.filter(slug="clermont-ferrand").update(name="Aix-Marseille")
    sign_in(client, world, "coordinator")
    assert "l’académie d’Aix-Marseille" in page(client).h1.text


def test_an_empty_period_says_what_to_do(client: StrictClient, world: World) -> None:
    sign_in(client, world, "coordinator")
    assert "Aucune demande sur cette période" in page(client).text


def test_the_number_of_queries_does_not_grow(client: StrictClient, world: World, django_assert_max_num_queries) -> None:
    sign_in(client, world, "coordinator")
    for _ in range(200):
        fill(enquiries__by_topic={"1.1": 1})
    with django_assert_max_num_queries(12):
        page(client)


def test_periods_offered_are_whole_and_named_in_french() -> None:
    offered = periods.choices(TODAY)
    assert [choice.label for choice in offered["Années scolaires"]] == ["2026-2027", "2025-2026", "2024-2025"]
    assert offered["Trimestres"][0].label == "septembre à novembre 2026"
    assert offered["Trimestres"][3].label == "décembre 2025 à février 2026"
    assert offered["Mois"][0].label == "novembre 2026"
    assert periods.chosen("mois-2026-10", TODAY).period == Period(date(2026, 10, 1), date(2026, 11, 1))


def test_an_unknown_period_falls_back_on_the_current_school_year() -> None:
    assert periods.chosen("x' OR 1=1", TODAY).period == Period.school_year(TODAY)
