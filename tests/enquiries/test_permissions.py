"""May this actor do that? Told by pure data, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from proxirh.enquiries import permissions
from proxirh.enquiries.models import Enquiry, EnquiryFact
from proxirh.enquiries.workflow import OPEN_STATES, TAKEN_STATES, State
from proxirh.territories.actor import ANONYMOUS, Actor

NOW = datetime(2026, 11, 17, 9, tzinfo=UTC)
TEAM, OTHER_TEAM, ACADEMY = 7, 8, 3
AUTHOR = Actor(user_id=1, person_id=10)
BY_ADDRESS = Actor(user_id=2, person_id=11, addresses=frozenset({b"proved"}))
LEAD = Actor(user_id=3, person_id=20, second_factor=True, counsels=frozenset({TEAM}))
FELLOW = replace(LEAD, user_id=4, person_id=21)
OFFICER = Actor(user_id=5, person_id=22, second_factor=True, officers=frozenset({TEAM}))
ELSEWHERE = replace(LEAD, user_id=6, person_id=23, counsels=frozenset({OTHER_TEAM}))
CODE_ONLY = replace(LEAD, second_factor=False)
GONE = replace(LEAD, counsels=frozenset())
COORDINATOR = Actor(user_id=7, person_id=24, second_factor=True, coordinates=frozenset({ACADEMY}))
HEAD = Actor(user_id=8, person_id=25, second_factor=True, heads=frozenset({ACADEMY}))
NATIONAL = Actor(user_id=9, person_id=26, second_factor=True, is_national=True)
ADMINISTRATOR = Actor(user_id=10, person_id=27, second_factor=True, is_administrator=True)
EVERYONE = {
    "anonymous": ANONYMOUS,
    "author": AUTHOR,
    "author by address": BY_ADDRESS,
    "lead": LEAD,
    "fellow": FELLOW,
    "officer": OFFICER,
    "elsewhere": ELSEWHERE,
    "code only": CODE_ONLY,
    "gone": GONE,
    "coordinator": COORDINATOR,
    "head": HEAD,
    "national": NATIONAL,
    "administrator": ADMINISTRATOR,
}


def make(state: str = State.IN_PROGRESS, **changes) -> Enquiry:
    known = {
        "author_id": 10,
        "lead_id": None if state == State.SUBMITTED else 20,
        "team_id": TEAM,
        "address_index": b"proved",
        "fact": EnquiryFact(),
        "closed_at": NOW if state in {State.CLOSED, State.WITHDRAWN} else None,
    }
    return Enquiry(state=state, **{**known, **changes})


def allowed(rule, enquiry: Enquiry) -> set[str]:
    return {name for name, actor in EVERYONE.items() if rule(actor, enquiry)}


def test_the_author_is_the_one_who_asked_or_who_proved_the_address() -> None:
    assert allowed(permissions.is_author, make()) == {"author", "author by address"}


@pytest.mark.parametrize("cut", [{"claim_digest": b"waiting"}, {"disowned_at": NOW}, {"address_index": None}])
def test_an_address_typed_by_someone_else_makes_no_author(cut: dict) -> None:
    """Mutation: drop either condition from is_author."""
    assert allowed(permissions.is_author, make(**cut)) == {"author"}


def test_nobody_is_the_author_of_what_he_follows() -> None:
    assert not permissions.is_author(replace(LEAD, addresses=frozenset({b"proved"})), make())


@pytest.mark.parametrize("state", State.values)
def test_taking_is_for_the_team_while_nobody_has_it(state: str) -> None:
    """Mutation: forget the second factor, the team, the lead or the state."""
    expected = {"lead", "fellow", "officer"} if state in OPEN_STATES else set()
    assert allowed(permissions.can_take, make(state, lead_id=None)) == expected
    assert allowed(permissions.can_take, make(state, lead_id=99)) == set()


@pytest.mark.parametrize("state", State.values)
def test_treating_is_for_the_lead_while_it_is_followed(state: str) -> None:
    """Not for whoever left the mission, nor without a second factor."""
    expected = {"lead"} if state in TAKEN_STATES else set()
    assert allowed(permissions.can_treat, make(state, lead_id=20)) == expected


@pytest.mark.parametrize("state", State.values)
def test_writing_is_for_both_sides(state: str) -> None:
    def rule(actor: Actor, enquiry: Enquiry) -> bool:
        return permissions.can_write(actor, enquiry, at=NOW)

    authors = {"author", "author by address"} if state in OPEN_STATES | {State.CLOSED} else set()
    lead = {"lead"} if state in TAKEN_STATES else set()
    assert allowed(rule, make(state, lead_id=20)) == authors | lead


@pytest.mark.parametrize("state", State.values)
def test_withdrawing_is_for_the_author_while_it_is_open(state: str) -> None:
    expected = {"author", "author by address"} if state in OPEN_STATES else set()
    assert allowed(permissions.can_withdraw, make(state)) == expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [(timedelta(0), True), (timedelta(days=90), True), (timedelta(days=90, microseconds=1), False)],
)
def test_reopening_lasts_ninety_days(since: timedelta, expected: bool) -> None:
    assert permissions.can_reopen(AUTHOR, make(State.CLOSED), at=NOW + since) is expected
    assert not permissions.can_reopen(LEAD, make(State.CLOSED), at=NOW + since)
    assert not permissions.can_reopen(AUTHOR, make(State.WITHDRAWN), at=NOW + since)


def test_what_goes_on_in_another_academie_is_not_reopened_here() -> None:
    """Mutation: leave `is_passed_on` out of can_reopen."""
    passed_on = make(State.CLOSED, fact=EnquiryFact(is_passed_on=True))
    assert not permissions.can_reopen(AUTHOR, passed_on, at=NOW)
    assert not permissions.can_write(AUTHOR, passed_on, at=NOW)


@pytest.mark.parametrize(
    ("since", "expected"), [(timedelta(minutes=30), True), (timedelta(minutes=30, seconds=1), False)]
)
def test_giving_back_is_free_for_thirty_minutes(since: timedelta, expected: bool) -> None:
    assert permissions.gives_back_freely(NOW, at=NOW + since) is expected
    assert not permissions.gives_back_freely(None, at=NOW)


def test_typing_for_someone_is_for_those_who_answer_the_public() -> None:
    found = {name for name, actor in EVERYONE.items() if permissions.can_create_for_someone(actor)}
    assert found == {"lead", "fellow", "officer", "elsewhere"}


def test_a_new_code_is_drawn_by_the_lead_or_whoever_typed() -> None:
    assert allowed(permissions.can_renew_code, make(created_by_id=21)) == {"lead", "fellow"}
    assert allowed(permissions.can_renew_code, make(created_by_id=None)) == {"lead"}


def test_figures_are_for_those_who_answer_for_the_academie() -> None:
    found = {name for name, actor in EVERYONE.items() if permissions.can_see_figures(actor, ACADEMY)}
    assert found == {"coordinator", "head", "national"}
