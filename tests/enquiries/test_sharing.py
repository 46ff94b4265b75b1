"""Whose turn it is: the least loaded for her time, never someone absent or kept away."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxirh.accounts.models import Person
from proxirh.enquiries import services, sharing
from proxirh.enquiries.models import Enquiry, Handling
from proxirh.enquiries.sharing import Hands, first_in_turn
from proxirh.enquiries.workflow import HandlingState
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Absence, Coverage, Posting, Role, Team, TeamKind
from tests.enquiries.visitors import visitor
from tests.world import NOW, World

DAY = NOW.date()


@pytest.mark.parametrize(
    ("hands", "first"),
    [
        ([], None),
        ([Hands(1, 9, 100)], 1),
        ([Hands(1, 5, 100), Hands(2, 4, 100)], 2),
        ([Hands(1, 5, 100), Hands(2, 4, 50)], 1),
        ([Hands(1, 5, 100), Hands(2, 2, 50)], 1),  # 6 a whole post against 6: the first key
        ([Hands(1, 0, 100, is_absent=True), Hands(2, 50, 20)], 2),
        ([Hands(1, 9, 100, is_absent=True), Hands(2, 1, 100, is_absent=True)], 2),
        ([Hands(1, 3, 0), Hands(2, 300, 100)], 2),
    ],
)
def test_the_least_loaded_for_her_time_comes_first(hands: list[Hands], first: int | None) -> None:
    """Mutations: leave the share out; forget absences; compare what is in hand without the one to come."""
    assert first_in_turn(hands) == first


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 100)), min_size=1, max_size=8), st.integers(1, 60))
def test_loads_never_differ_by_more_than_one_more(team: list[tuple[int, int]], arrivals: int) -> None:
    """Whoever receives had, with one more, no higher a load than anyone would: the greedy rule keeps the spread to one
    enquiry of the smallest share, once those who began behind have caught up."""
    in_hand = [0 for _ in team]
    for _ in range(arrivals):
        first = first_in_turn(Hands(key, in_hand[key], share) for key, (_, share) in enumerate(team))
        assert first is not None
        in_hand[first] += 1
    for key, (_, share) in enumerate(team):
        for other, (_, others) in enumerate(team):
            assert in_hand[key] / share <= (in_hand[other] + 1) / others + 1e-9


def colleague_of(world: World, *, share: int = 100) -> Person:
    """One more counsellor in the team of the cast."""
    other = world.people["counsellor elsewhere"]
    Posting.objects.create(
        person=other,
        role=Role.COUNSELLOR,
        academy=world.academy,
        team=world.team,
        working_share=share,
        valid_from=DAY - timedelta(days=400),
    )
    return other


def offered_to(enquiry: Enquiry) -> Person | None:
    return Handling.objects.get(enquiry=enquiry, state=HandlingState.OFFERED, is_lead=True).person


@pytest.mark.django_db
def test_an_enquiry_is_proposed_to_whoever_has_least(world: World) -> None:
    """Mutation: propose to the first key."""
    loads = {one.person_id: one for one in sharing.hands_of(members(world), day=DAY)}
    expected = first_in_turn(loads.values())
    enquiry = world.submit()
    assert offered_to(enquiry) is not None
    assert offered_to(enquiry).pk == expected
    following = world.submit()
    assert offered_to(following).pk != expected  # what waits for her answer counts


def members(world: World) -> set[int]:
    rows = Posting.objects.filter(team=world.team, role=Role.COUNSELLOR, valid_until=None)
    return set(rows.values_list("person_id", flat=True))


@pytest.mark.django_db
def test_what_was_counted_is_what_each_holds(world: World) -> None:
    for hands in sharing.hands_of(members(world), day=DAY):
        led = Enquiry.objects.for_system("compte").filter(lead_id=hands.person_id).open().count()
        waiting = Handling.objects.filter(person_id=hands.person_id, state=HandlingState.OFFERED, is_lead=True).count()
        assert hands.in_hand == led + waiting
        shares = Posting.objects.filter(person_id=hands.person_id, team__isnull=False).values_list(
            "working_share", flat=True
        )
        assert hands.share == sum(shares)


@pytest.mark.django_db
def test_whoever_is_absent_is_passed_over(world: World) -> None:
    """Mutation: drop the union with absences."""
    expected = offered_to(world.submit())
    Handling.objects.filter(state=HandlingState.OFFERED).update(person=None)
    Absence.objects.create(person=expected, valid_from=DAY, valid_until=DAY)
    assert offered_to(world.submit()) not in {expected, None}


@pytest.mark.django_db
def test_whoever_may_not_meet_it_is_never_proposed_it(world: World) -> None:
    """Mutation: choose among the whole team."""
    for _ in range(6):
        enquiry = world.submit(excluded=(world.people["counsellor"],))
        assert offered_to(enquiry) != world.people["counsellor"]


@pytest.mark.django_db
def test_a_colleague_may_take_it_all_the_same_and_all_are_told(world: World) -> None:
    enquiry = world.submit()
    other = next(pk for pk in members(world) if pk != offered_to(enquiry).pk)
    told = OutgoingEmail.objects.filter(about=enquiry.uid, kind="team_alert").count()
    assert told >= 2
    part = next(name for name, person in world.people.items() if person.pk == other)
    row = Enquiry.objects.listed_for(world.actor(part)).get(pk=enquiry.pk)
    services.take_enquiry(actor=world.actor(part), enquiry=row, at=NOW)
    assert Enquiry.objects.get(pk=enquiry.pk).lead_id == other


@pytest.mark.django_db
def test_declined_it_goes_to_the_next_and_nobody_is_told_again(world: World) -> None:
    """Mutation: leave the proposal to nobody."""
    enquiry = world.submit()
    first = offered_to(enquiry)
    part = next(name for name, person in world.people.items() if person == first)
    told = OutgoingEmail.objects.filter(about=enquiry.uid).count()
    row = Enquiry.objects.listed_for(world.actor(part)).get(pk=enquiry.pk)
    services.decline_enquiry(actor=world.actor(part), enquiry=row, at=NOW)
    assert offered_to(enquiry) not in {first, None}
    assert OutgoingEmail.objects.filter(about=enquiry.uid).count() == told


@pytest.mark.django_db
def test_the_desk_says_which_are_for_whom(world: World) -> None:
    enquiry = world.submit()
    person = offered_to(enquiry)
    part = next(name for name, one in world.people.items() if one == person)
    other = next(name for name, one in world.people.items() if one.pk in members(world) and one != person)
    assert "Pour vous" in visitor(world, part).get("/bureau/?vue=nouvelles").content.decode()
    Handling.objects.filter(person__in=[world.people[other]], state=HandlingState.OFFERED).update(person=None)
    assert "Pour vous" not in visitor(world, other).get("/bureau/?vue=nouvelles").content.decode()


@pytest.mark.django_db
def test_of_two_teams_that_cover_alike_the_least_loaded_receives(world: World) -> None:
    """Mutation: take the first by name."""
    coverage = Coverage.objects.get(team=world.team)
    other = Team.objects.create(
        kind=TeamKind.COUNSELLING, name="Aaa, avant toutes", academy=world.academy, valid_from=DAY - timedelta(days=400)
    )
    twin = Coverage.objects.create(
        team=other, academy=coverage.academy, department=coverage.department, valid_from=coverage.valid_from
    )
    assert twin.pk
    someone = world.people["counsellor elsewhere"]
    Posting.objects.create(
        person=someone, role=Role.COUNSELLOR, academy=world.academy, team=other, working_share=1, valid_from=DAY
    )
    assert world.submit().team_id == world.team.pk
    Posting.objects.filter(person=someone, team=other).update(working_share=100)
    Absence.objects.bulk_create(
        Absence(person_id=pk, valid_from=DAY, valid_until=DAY) for pk in members(world) if pk != someone.pk
    )
    assert world.submit().team_id == other.pk


@pytest.mark.django_db
def test_it_costs_one_query_whatever_the_team(world: World, django_assert_num_queries) -> None:
    people = members(world)
    assert len(people) > 1
    with django_assert_num_queries(1):
        sharing.next_in_turn(people, day=DAY)
    with django_assert_num_queries(0):
        sharing.next_in_turn(list(people)[:1], day=DAY)
