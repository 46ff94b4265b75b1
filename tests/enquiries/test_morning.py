"""« Ma matinée » and the load by person: counts and names of colleagues, for those who answer for the académie."""

import dataclasses
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import morning
from proxirh.enquiries.models import Enquiry, Handling
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.territories.models import Absence, Academy, Coverage, Deputy, Posting, Role, Topic, WorkTie
from proxirh.territories.services.gaps import find_gaps
from tests.enquiries import acts
from tests.enquiries.visitors import now_taken, text, visitor
from tests.routes import blanked
from tests.world import CAST, LONG_AGO, NOW, World, make_person

pytestmark = pytest.mark.django_db
MORNING, LOAD, ABSENCE, LEAVERS = (reverse(f"enquiries:{name}") for name in ("morning", "load", "absence", "leavers"))
# Who opens what: everyone else, of the whole cast, meets a 404.
READERS = {
    MORNING: {"coordinator", "head of service"},
    LOAD: {"coordinator"},
    ABSENCE: {"coordinator"},
    LEAVERS: {"coordinator"},
}


def away(world: World, part: str = "counsellor", *, days: int = 0, since: int = 0) -> Absence:
    today = timezone.localdate()
    return Absence.objects.create(
        person=world.people[part], valid_from=today + timedelta(since), valid_until=today + timedelta(since + days)
    )


def stands_in(world: World, part: str = "co-handler", *, until: int = 30) -> None:
    Deputy.objects.create(
        person=world.people["coordinator"],
        deputy=world.people[part],
        academy=world.academy,
        valid_from=LONG_AGO,
        valid_until=timezone.localdate() + timedelta(until),
    )


@pytest.mark.parametrize("address", READERS)
@pytest.mark.parametrize("part", [part for part in CAST if part not in {"anonymous", "code-only staff"}])
def test_who_may_open_each_page(world: World, part: str, address: str) -> None:
    """Mutations: let in whoever works at the desk; let the head of service read names."""
    answer = visitor(world, part).get(address)
    assert answer.status_code == (200 if part in READERS[address] else 404)


@pytest.mark.parametrize("address", READERS)
def test_who_stands_in_reads_them_until_the_last_day(world: World, address: str) -> None:
    """Mutation: leave the dates of a suppléance out."""
    stands_in(world)
    assert visitor(world, "co-handler").get(address).status_code == 200
    Deputy.objects.update(valid_until=timezone.localdate() - timedelta(1))
    assert visitor(world, "co-handler").get(address).status_code == 404


def test_the_morning_is_of_ones_own_academie(world: World) -> None:
    """Mutation: count every académie."""
    now_taken(world)
    far = world.people["counsellor elsewhere"]
    Posting.objects.create(person=far, role=Role.COORDINATOR, academy=world.elsewhere, valid_from=LONG_AGO)
    ours = morning.read_morning(world.actor("coordinator"))
    theirs = morning.read_morning(world.actor("counsellor elsewhere"))
    assert {team.name for team in ours.teams} == {world.team.name, world.officers.name}
    assert {team.name for team in theirs.teams} == {world.team_elsewhere.name}
    assert (ours.teams[0].open > 0, theirs.teams[0].open) == (True, 0)
    said = text(visitor(world, "counsellor elsewhere").get(LOAD))
    assert world.people["fellow counsellor"].full_name not in said


def test_the_five_lines_say_what_is_so_and_lead_to_what_mends_it(world: World) -> None:
    Enquiry.objects.all().delete()
    late, waiting = world.taken(), world.submit(at=timezone.now())
    absent = away(world, days=2)
    stands_in(world)
    found = morning.read_morning(world.actor("coordinator"))
    assert (found.late, found.untaken, found.waiting) == (1, 1, 1)
    [one] = found.away
    assert (one.name, one.until) == (world.people["counsellor"].full_name, absent.valid_until)
    [team] = [team for team in found.teams if team.name == world.team.name]
    assert (team.present, len(team.away)) == (team.serving - 1, 1)
    assert found.unattended == []
    page = visitor(world, "coordinator").get(MORNING)
    html = page.content.decode()
    for address in (
        ABSENCE,
        reverse("enquiries:absence_of", args=[world.people["counsellor"].uid]),
        f"{reverse('enquiries:desk')}?vue=academie-en-retard",
        reverse("territories:coverage", args=[world.academy.slug]),
        f"{reverse('enquiries:desk')}?vue=academie-sans-referent",
    ):
        assert f'href="{address}"' in html
    assert html.count('class="fr-btn"') + html.count('class="fr-btn fr-btn--tertiary"') == 5
    assert late.reference not in html
    assert waiting.reference not in html


def test_a_team_without_anybody_present_is_told(world: World) -> None:
    """Mutation: count as present whoever serves."""
    away(world, "HR officer")
    found = morning.read_morning(world.actor("coordinator"))
    assert found.unattended == [world.officers.name]
    assert world.officers.name in text(visitor(world, "head of service").get(MORNING))


def test_the_holes_are_those_of_their_page(world: World) -> None:
    """Counted as they stand, and the link goes where they are mended. Mutations: keep the count of before; leave out
    who serves; lead to the choice of académies though one alone has holes.
    """
    told = text(visitor(world, "coordinator").get(MORNING))
    assert f"{_holes(world.academy)} trou" in told
    Coverage.objects.filter(team__academy=world.academy).delete()
    for department in world.academy.departments.all():
        Coverage.objects.create(team=world.team, department=department, valid_from=LONG_AGO)
    assert _holes(world.academy) == 0
    assert "Aucun trou dans les périmètres" in text(visitor(world, "coordinator").get(MORNING))
    Posting.objects.filter(team=world.team).update(valid_until=timezone.localdate() - timedelta(1))
    holes = _holes(world.academy)
    assert holes == world.academy.departments.count()
    for part in ("coordinator", "head of service"):
        page = visitor(world, part).get(MORNING)
        assert f"{holes} trou" in text(page)
        assert f'href="{reverse("territories:coverage", args=[world.academy.slug])}"' in page.content.decode()


def test_two_academies_are_counted_at_once_and_the_link_goes_to_the_one_with_holes(world: World) -> None:
    """Mutations: count the first académie alone; mix the perimeters of one with the places of the other."""
    coordinator = world.people["coordinator"]
    Posting.objects.create(person=coordinator, role=Role.COORDINATOR, academy=world.elsewhere, valid_from=LONG_AGO)
    client = visitor(world, "coordinator")
    expected = _holes(world.academy) + _holes(world.elsewhere)
    with CaptureQueriesContext(connection) as found:
        page = client.get(MORNING)
    assert f"{expected} trou" in text(page)
    assert len(found) <= 12, len(found)
    assert f'href="{reverse("territories:academies")}"' in page.content.decode()
    for department in world.elsewhere.departments.all():
        Coverage.objects.create(team=world.team_elsewhere, department=department, valid_from=LONG_AGO)
    assert _holes(world.elsewhere) == 0
    page = client.get(MORNING)
    assert f"{_holes(world.academy)} trou" in text(page)
    assert f'href="{reverse("territories:coverage", args=[world.academy.slug])}"' in page.content.decode()


def test_who_stands_in_reads_the_holes_and_has_no_way_to_mend_them(world: World) -> None:
    stands_in(world)
    page = visitor(world, "co-handler").get(MORNING)
    assert f"{_holes(world.academy)} trou" in text(page)
    assert reverse("territories:academies") not in page.content.decode()
    assert reverse("territories:coverage", args=[world.academy.slug]) not in page.content.decode()


def _holes(academy: Academy) -> int:
    return len(find_gaps(academy, day=timezone.localdate()).holes)


def test_a_head_of_service_reads_no_person_and_no_reference(world: World) -> None:
    """Mutations: fill the names in for her; show the lines of absences."""
    away(world)
    stands_in(world)
    now_taken(world)
    html = visitor(world, "head of service").get(MORNING).content.decode()
    for part in set(CAST) - {"anonymous"}:
        assert world.people[part].full_name not in html, part
    for reference in Enquiry.objects.values_list("reference", flat=True):
        assert reference not in html
    assert world.team.name in html


@pytest.mark.parametrize("part", ["coordinator", "head of service"])
def test_the_pages_tell_no_topic_nor_author(world: World, part: str) -> None:
    """Byte for byte the same for each topic of a lead’s enquiry. Mutation: count by kind of topic."""
    enquiry = world.taken()
    away(world, days=1)
    seen = set()
    for code in Topic.objects.filter(is_open=True).values_list("code", flat=True):
        type(enquiry.fact).objects.filter(pk=enquiry.fact_id).update(topic_code=code)
        seen.add(blanked(visitor(world, part).get(MORNING)))
    assert len(seen) == 1
    assert world.people["author"].full_name not in seen.pop().decode()


@pytest.mark.parametrize("kind", ["excluded", "superior", "author", "works there"])
def test_what_a_conflict_keeps_away_is_in_no_count(world: World, kind: str) -> None:
    """A count larger than the list would tell it. Mutation: count through `for_system`."""
    coordinator = world.people["coordinator"]
    before = morning.read_load(world.actor("coordinator"))
    enquiry = world.taken(site=world.other_site)
    assert _open(world, morning.read_load(world.actor("coordinator"))) == _open(world, before) + 1
    if kind == "author":
        Enquiry.objects.filter(pk=enquiry.pk).update(author=coordinator)
    elif kind == "works there":
        WorkTie.objects.create(person=coordinator, kind="works", site=world.other_site, valid_from=LONG_AGO)
    else:
        enquiry.choices.create(person=coordinator, kind=kind)
    assert morning.read_load(world.actor("coordinator")) == before
    away(world)
    told = morning.read_morning(world.actor("coordinator"))
    assert sum(team.open for team in told.teams) == sum(one.open for one in before) + told.untaken


def _open(world: World, rows: list[morning.Load]) -> int:
    return next(row.open for row in rows if row.name == world.people["counsellor"].full_name)


# ── Load by person ───────────────────────────────────────────────────────────────────────────────
def test_the_load_gives_this_and_nothing_else() -> None:
    """PRODUCT §7.7: a new column is a decision. Mutation: add the mean delay of each."""
    assert [one.name for one in dataclasses.fields(morning.Load)] == [
        *("name", "teams", "open", "share", "per_full_time", "late", "absence", "next_absence", "absences"),
    ]


def test_the_load_counts_open_ones_for_the_share(world: World) -> None:
    """Mutations: count ended ones; divide by nothing."""
    Enquiry.objects.all().delete()
    Posting.objects.filter(person=world.people["counsellor"]).update(working_share=50)
    late, ended = world.taken(), world.taken()
    now_taken(world)
    acts.close(world, ended)
    assert world.reload(ended).state == State.CLOSED
    away(world, days=3, since=5)
    [row] = [row for row in _load(world) if row.name == world.people["counsellor"].full_name]
    assert (row.open, row.share, row.per_full_time, row.late, row.absence, row.absences) == (2, 50, 4, 1, "", 1)
    assert row.next_absence.startswith("du ")
    assert late.lead_id == world.people["counsellor"].pk


def _load(world: World) -> list[morning.Load]:
    return morning.read_load(world.actor("coordinator"))


def test_the_load_is_in_the_order_of_names_whatever_is_asked(world: World) -> None:
    """Mutations: sort by load; read an order from the address."""
    for _ in range(3):
        now_taken(world)
    client = visitor(world, "coordinator")
    plain = blanked(client.get(LOAD))
    names = [row.name for row in _load(world)]
    people = sorted(
        {person for person in world.people.values() if person.full_name in names},
        key=lambda one: (one.last_name.lower(), one.first_name.lower()),
    )
    assert names == [person.full_name for person in people]
    for query in ("?tri=ouvertes", "?ordre=retard", "?format=csv", "?export=1", "?sort=-open"):
        assert blanked(client.get(LOAD + query)) == plain
    page = plain.decode()
    assert "aria-sort" not in page
    table = page[page.index("<table") : page.index("</table>")]
    assert "href" not in table
    for said in (".csv", ".xlsx", ".ods", "télécharger", "Télécharger"):
        assert said not in page
    assert client.get(LOAD, headers={"accept": "text/csv"})["Content-Type"].startswith("text/html")


def test_the_pages_cost_the_same_with_25_people_and_200_enquiries(world: World) -> None:
    """Mutations: read a name, a team or an absence one by one; count each person apart."""
    client = visitor(world, "coordinator")
    away(world, days=2)
    now_taken(world)
    Posting.objects.filter(person=world.people["former handler"]).update(valid_until=timezone.localdate())
    pages = (MORNING, LOAD, ABSENCE, LEAVERS, reverse("enquiries:absence_of", args=[world.people["counsellor"].uid]))

    def queries() -> list[int]:
        counted = []
        for page in pages:
            with CaptureQueriesContext(connection) as found:
                answer = client.get(page)
            assert answer.status_code == 200
            assert len(answer.content) <= 30_000, (page, len(answer.content))
            counted.append(len(found))
        return counted

    queries()  # the first visit reads what the others keep
    few = queries()
    people = [make_person(f"collegue {chr(97 + number)}", with_account=False) for number in range(18)]
    Posting.objects.bulk_create(
        Posting(
            person=one,
            role=Role.COUNSELLOR,
            academy=world.academy,
            department=world.department,
            team=world.team,
            valid_from=LONG_AGO,
            valid_until=timezone.localdate() + timedelta(40) if number % 3 == 0 else None,
        )
        for number, one in enumerate(people)
    )
    Absence.objects.bulk_create(
        Absence(person=one, valid_from=timezone.localdate(), valid_until=timezone.localdate() + timedelta(3))
        for one in people[:6]
    )
    made = [world.submit(at=NOW + timedelta(minutes=number)) for number in range(200)]
    everyone = [world.people["counsellor"], *people]
    for number, enquiry in enumerate(made[:170]):
        lead = everyone[number % len(everyone)]
        Enquiry.objects.filter(pk=enquiry.pk).update(lead=lead, state=State.IN_PROGRESS)
        Handling.objects.filter(enquiry=enquiry).update(
            state=HandlingState.ACCEPTED, person=lead, accepted_at=NOW + timedelta(hours=1)
        )
    many = queries()
    assert many == few
    assert max(many) <= 12, many


def test_one_comes_in_by_the_morning(world: World) -> None:
    """Whoever coordinates starts there; whoever only counsels at her desk."""
    home = reverse("portal:home")
    assert visitor(world, "coordinator").get(home).headers["Location"] == MORNING
    assert visitor(world, "counsellor").get(home).headers["Location"] == reverse("enquiries:desk")
    stands_in(world)
    assert visitor(world, "co-handler").get(home).headers["Location"] == MORNING
