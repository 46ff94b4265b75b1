"""The three doors with conflicts of interest inside: who meets a row, who reads the content, who finds nothing."""

from collections.abc import Callable

import pytest
from django.core.exceptions import FieldFetchBlocked

from proxirh.enquiries import conflicts
from proxirh.enquiries.models import Enquiry, Handling, PersonChoice
from proxirh.enquiries.querysets import ROW_COLUMNS
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.territories.models import Division, WorkTie
from tests.enquiries import acts
from tests.world import CAST, LONG_AGO, NOW, World

pytestmark = pytest.mark.django_db

MEMBERS = {
    "counsellor",
    "fellow counsellor",
    "co-handler",
    "former handler",
    "counsellor in two academies",
}


def listed(world: World, enquiry: Enquiry) -> set[str]:
    return {part for part in CAST if Enquiry.objects.listed_for(world.actor(part)).filter(pk=enquiry.pk).exists()}


def seen(world: World, enquiry: Enquiry) -> set[str]:
    return {part for part in CAST if Enquiry.objects.visible_to(world.actor(part)).filter(pk=enquiry.pk).exists()}


def told(world: World, enquiry: Enquiry) -> set[str]:
    """Parts among the people whom the alert of the team reaches: the same rule, told for people."""
    free = conflicts.free_members(world.reload(enquiry), at=NOW)
    return {part for part, person in world.people.items() if person.pk in free}


def tie(world: World, part: str, kind: str, **place) -> None:
    WorkTie.objects.create(person=world.people[part], kind=kind, valid_from=LONG_AGO, **place)


# ── The cast ───────────────────────────────────────────────────────────────────────────────────────
def test_an_enquiry_that_waits_is_a_row_for_its_team_and_its_coordinator(world: World) -> None:
    enquiry = world.submit(excluded=(world.people["excluded colleague"],))
    assert listed(world, enquiry) == MEMBERS | {"coordinator"}
    assert seen(world, enquiry) == {"author"}


def test_an_enquiry_in_hand_is_read_by_its_author_and_those_who_handle_it(world: World) -> None:
    assert listed(world, world.enquiry) == {"coordinator"}
    assert seen(world, world.enquiry) == {"author", "counsellor", "co-handler"}


@pytest.mark.parametrize("state", [State.CLOSED, State.WITHDRAWN])
def test_an_ended_enquiry_is_a_row_for_the_coordinator_alone(world: World, state: str) -> None:
    enquiry = acts.in_state(world, state)
    assert listed(world, enquiry) == {"coordinator"}
    assert seen(world, enquiry) == ({"author", "counsellor"} if state == State.CLOSED else {"author"})


def test_an_anonymised_enquiry_is_nobody_s(world: World) -> None:
    enquiry = acts.in_state(world, State.CLOSED)
    Enquiry.objects.for_system("preuve").filter(pk=enquiry.pk).update(state=State.ANONYMISED)
    assert seen(world, enquiry) == listed(world, enquiry) == set()


def test_a_row_shows_the_columns_of_a_row_only(world: World) -> None:
    """Mutation: drop only() or the fetch mode."""
    enquiry = world.submit()
    row = Enquiry.objects.listed_for(world.actor("counsellor")).get(pk=enquiry.pk)
    for name in ROW_COLUMNS:
        getattr(row, name)
    for name in ("contact", "wishes", "next_step", "fact", "author", "site_id", "call_code", "channel"):
        with pytest.raises(FieldFetchBlocked):
            getattr(row, name)


def test_before_taking_one_sees_the_name_the_site_and_the_wishes_and_no_topic(world: World) -> None:
    enquiry = world.submit()
    actor = world.actor("counsellor")
    row = Enquiry.objects.listed_for(actor).offered_to(actor).get(pk=enquiry.pk)
    assert (row.contact["first_name"], row.site, row.wishes["times"]) == ("Author", world.site, ["evening"])
    for name in ("fact", "next_step", "call_code", "closing_word"):
        with pytest.raises(FieldFetchBlocked):
            getattr(row, name)


def test_a_coordinator_is_offered_nothing(world: World) -> None:
    """She coordinates rows; the name belongs to the team. Mutation: offer every listed row."""
    enquiry, actor = world.submit(), world.actor("coordinator")
    assert Enquiry.objects.listed_for(actor).filter(pk=enquiry.pk).exists()
    assert not Enquiry.objects.listed_for(actor).offered_to(actor).exists()


def test_a_job_sees_ids_dates_and_the_fact(world: World) -> None:
    row = Enquiry.objects.for_system("preuve").get(pk=world.enquiry.pk)
    assert row.fact_id
    for name in ("contact", "wishes", "next_step", "call_code", "closing_word"):
        with pytest.raises(FieldFetchBlocked):
            getattr(row, name)
    with pytest.raises(AssertionError):
        Enquiry.objects.for_system("")


# ── Conflicts of interest ──────────────────────────────────────────────────────────────────────────
PLACES: dict[str, Callable[[World], dict]] = {
    "site": lambda world: {"site": world.site},
    "circonscription": lambda world: {"circonscription": world.site.circonscription},
    "division": lambda world: {"division": Division.objects.get_or_create(site=world.site, name="Division")[0]},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["works", "has_authority"])
def test_a_post_where_the_author_works_hides_everything(world: World, place: str, kind: str) -> None:
    """Before taking as after. Mutation: drop one of the three places, or one of the two kinds."""
    waiting = world.submit()
    for enquiry in (waiting, world.enquiry):
        Enquiry.objects.for_system("preuve").filter(pk=enquiry.pk).update(
            division=PLACES["division"](world)["division"]
        )
    tie(world, "counsellor", kind, **PLACES[place](world))
    assert "counsellor" not in listed(world, waiting)
    assert "counsellor" not in told(world, waiting)
    assert "counsellor" not in seen(world, world.enquiry)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("kind", "expected"), [("works", True), ("has_authority", False)])
def test_the_author_may_accept_a_colleague_of_the_place_never_who_commands_there(
    world: World, place: str, kind: str, expected: bool
) -> None:
    waiting = world.submit()
    Enquiry.objects.for_system("preuve").filter(pk=waiting.pk).update(division=PLACES["division"](world)["division"])
    tie(world, "counsellor", kind, **PLACES[place](world))
    PersonChoice.objects.create(enquiry=waiting, person=world.people["counsellor"], kind="accepted")
    assert ("counsellor" in listed(world, waiting)) is expected
    assert ("counsellor" in told(world, waiting)) is expected


def test_a_tie_elsewhere_or_ended_hides_nothing(world: World) -> None:
    """The place of a permanence or a former post is no conflict."""
    tie(world, "counsellor", "works", site=world.other_site)
    WorkTie.objects.create(
        person=world.people["counsellor"],
        kind="has_authority",
        site=world.site,
        valid_from=LONG_AGO,
        valid_until=LONG_AGO,
    )
    enquiry = world.submit()
    assert "counsellor" in listed(world, enquiry)
    assert "counsellor" in told(world, enquiry)


@pytest.mark.parametrize("kind", ["excluded", "superior"])
def test_whoever_the_author_named_meets_nothing(world: World, kind: str) -> None:
    waiting = world.submit()
    for enquiry in (waiting, world.enquiry):
        PersonChoice.objects.create(enquiry=enquiry, person=world.people["counsellor"], kind=kind)
    assert "counsellor" not in listed(world, waiting)
    assert "counsellor" not in told(world, waiting)
    assert "counsellor" not in seen(world, world.enquiry)


def test_being_accepted_does_not_lift_an_exclusion(world: World) -> None:
    enquiry = world.submit()
    for kind in ("accepted", "excluded"):
        PersonChoice.objects.create(enquiry=enquiry, person=world.people["counsellor"], kind=kind)
    assert "counsellor" not in listed(world, enquiry)


def test_a_refusal_lasts_even_for_a_coordinator(world: World) -> None:
    enquiry = world.submit()
    for part in ("counsellor", "coordinator"):
        Handling.objects.create(
            enquiry=enquiry,
            team=world.team,
            person=world.people[part],
            state=HandlingState.DECLINED,
            is_lead=False,
        )
    assert listed(world, enquiry) == (MEMBERS | {"excluded colleague"}) - {"counsellor"}


def test_a_counsellor_who_asks_for_herself_is_an_author_only(world: World) -> None:
    """Signed in or not: her own team’s list never shows her enquiry."""
    signed_in = world.submit("counsellor", email="counsellor@exemple.invalid")
    assert listed(world, signed_in) == (MEMBERS | {"coordinator", "excluded colleague"}) - {"counsellor"}
    unknown = world.submit("anonymous", email="counsellor@exemple.invalid")
    assert "counsellor" not in listed(world, unknown)
    assert "counsellor" not in told(world, unknown)
    assert "counsellor" in seen(world, unknown)


def test_the_rows_and_the_people_follow_one_rule(world: World) -> None:
    """`standing.conflict_free` and `conflicts.free_members` agree for every member of the team."""
    tie(world, "former handler", "works", circonscription=world.site.circonscription)
    enquiry = world.submit(excluded=(world.people["excluded colleague"],), superior=world.people["fellow counsellor"])
    acts.decline(world, enquiry)
    without_second_factor = {"code-only staff"}
    assert told(world, enquiry) - without_second_factor == listed(world, enquiry) - {"coordinator"}


# ── The author ─────────────────────────────────────────────────────────────────────────────────────
def test_an_address_proved_afterwards_opens_what_was_asked_with_it(world: World) -> None:
    enquiry = world.submit("anonymous", email="colleague@exemple.invalid")
    assert seen(world, enquiry) == {"colleague"}


def test_an_address_opens_nothing_that_an_account_already_owns(world: World) -> None:
    """A signed-in author gave the address of someone else: that person sees nothing."""
    enquiry = world.submit("author", email="colleague@exemple.invalid")
    assert seen(world, enquiry) == {"author"}


def test_the_key_of_a_draft_opens_its_enquiry_to_the_browser_that_sent_it(world: World) -> None:
    enquiry = world.submit("anonymous")
    anonymous = world.actor("anonymous")
    assert not Enquiry.objects.visible_to(anonymous).exists()
    assert Enquiry.objects.visible_to(anonymous, sent_with=enquiry.idempotency_key).get() == enquiry
    assert not Enquiry.objects.visible_to(anonymous, sent_with=world.enquiry.uid).exists()
