"""« Mise en relation »: every pair of states, the agreement, the rules of a cell, the answer and who validates it."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from proxirh.enquiries import services
from proxirh.enquiries.models import Agreement, Referral, ReferralAnswer, Refusal
from proxirh.enquiries.services import answering, cell_rules, merging, referring
from proxirh.enquiries.story import read_story
from proxirh.enquiries.workflow import REFERRAL_WORKFLOW, ReferralState
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.territories.models import Posting
from tests.enquiries import referring as cast
from tests.enquiries.referring import (
    ANSWER,
    PDF,
    WORDS,
    accepted,
    answered,
    cell,
    here,
    in_state,
    mails,
    refer,
    set_rules,
    there,
    validated_by_head,
    waiting_for_head,
)
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db

S = ReferralState
# PRODUCT §5, written again so that a slip in the table is seen; before `sent`, the agent reads what would leave.
PERMITTED = {
    (S.PROPOSED, S.SENT),
    (S.SENT, S.SEEN),
    (S.SEEN, S.ACCEPTED),
    (S.SEEN, S.REFUSED),
    (S.ACCEPTED, S.TO_VALIDATE),
    (S.TO_VALIDATE, S.ACCEPTED),
    (S.ACCEPTED, S.ANSWERED),
    (S.TO_VALIDATE, S.ANSWERED),
    (S.ANSWERED, S.VERIFIED),
    *((state, S.EXPIRED) for state in (S.PROPOSED, S.SENT, S.SEEN, S.ACCEPTED)),
    *((state, S.WITHDRAWN) for state in (S.PROPOSED, S.SENT, S.SEEN, S.ACCEPTED, S.TO_VALIDATE)),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(S, S)))
def test_the_table_moves_as_it_is_said_and_no_other_way(before: str, after: str) -> None:
    """Mutation: let a referral be answered before it is accepted."""
    moves = [move for move in REFERRAL_WORKFLOW.moves.values() if before in move.sources and move.target == after]
    assert bool(moves) == ((before, after) in PERMITTED)


# What each act makes of each state; a state absent: refused, and nothing moves.
ACTS: dict[str, tuple[Callable[[World, Referral], Any], dict[str, str]]] = {
    "agree": (
        lambda world, one: referring.agree(actor=world.actor("author"), referral=here(world, one), at=NOW),
        # Agreed to already, or told by word of mouth: nothing more happens.
        {S.PROPOSED: S.SENT} | {state: state for state in S if state != S.PROPOSED},
    ),
    "stop": (
        lambda world, one: referring.take_back(actor=world.actor("author"), referral=here(world, one), at=NOW),
        dict.fromkeys((S.PROPOSED, S.SENT, S.SEEN, S.ACCEPTED, S.TO_VALIDATE, S.WITHDRAWN), S.WITHDRAWN),
    ),
    "verify": (
        lambda world, one: referring.verify(actor=world.actor("author"), referral=here(world, one), at=NOW),
        {S.ANSWERED: S.VERIFIED, S.VERIFIED: S.VERIFIED},
    ),
    "open": (
        lambda world, one: answering.open_referral(
            actor=world.actor("cell officer"), referral=there(world, one), at=NOW
        ),
        {S.SENT: S.SEEN} | {state: state for state in S if state not in {S.SENT, S.PROPOSED}},
    ),
    "accept": (
        lambda world, one: answering.accept_referral(
            actor=world.actor("cell officer"), referral=there(world, one), at=NOW
        ),
        {S.SEEN: S.ACCEPTED, S.ACCEPTED: S.ACCEPTED},
    ),
    "refuse": (
        lambda world, one: answering.refuse_referral(
            actor=world.actor("cell officer"), referral=there(world, one), reason=Refusal.TOO_LATE, at=NOW
        ),
        {S.SEEN: S.REFUSED},
    ),
    "answer": (
        lambda world, one: answering.answer_referral(
            actor=world.actor("cell officer"), referral=there(world, one), body=ANSWER, at=NOW
        ),
        {S.ACCEPTED: S.ANSWERED},
    ),
    "validate": (
        lambda world, one: answering.validate_answer(
            actor=world.actor("head of service"), referral=waiting_for_head(world, one), at=NOW
        ),
        {S.TO_VALIDATE: S.ANSWERED},
    ),
    "send back": (
        lambda world, one: answering.send_back_answer(
            actor=world.actor("head of service"), referral=waiting_for_head(world, one), at=NOW
        ),
        {S.TO_VALIDATE: S.ACCEPTED},
    ),
}


@pytest.mark.parametrize("state", S)
def test_each_act_from_each_state(world: World, state: str) -> None:
    """Mutation: drop the state from what a move compares."""
    made = in_state(world, state)
    for name, (act, after) in ACTS.items():
        Referral.objects.filter(pk=made.pk).update(state=state, refusal=Refusal.NOT_OURS if state == S.REFUSED else "")
        ReferralAnswer.objects.filter(referral=made).update(
            delivered_at=None if state in {S.TO_VALIDATE, S.ACCEPTED} else NOW
        )
        try:
            act(world, made)
        except (DomainError, Referral.DoesNotExist):
            assert state not in after, name
        now = Referral.objects.of_enquiry(world.reload(made.enquiry))[0]
        assert now.state == after.get(state, state), name


# ── The agreement, and what leaves ─────────────────────────────────────────────────────────────────
def test_nothing_leaves_before_a_written_agreement(world: World) -> None:
    """Mutation: list a proposed one in the inbox of the cell."""
    made = refer(world, agreement=Agreement.WRITTEN)
    assert not Referral.objects.listed_for(world.actor("cell officer")).exists()
    assert mails("referral_for_cell") == []
    assert mails("referral_for_author") == ["author@exemple.invalid"]
    referring.agree(actor=world.actor("author"), referral=here(world, made), at=NOW)
    found = Referral.objects.visible_to(world.actor("cell officer")).get()
    assert (found.body, found.agreed_on) == (WORDS, NOW.date())
    assert mails("referral_for_cell") == [world.people["cell officer"].staff_address]


def test_an_oral_agreement_is_dated_and_its_copy_told(world: World) -> None:
    for day in (None, cast.some_day(1), cast.some_day(-31)):
        with pytest.raises(DomainError):
            refer(world, oral_on=day)
    made = refer(world, oral_on=cast.some_day(-2))
    assert here(world, made).agreed_on == cast.some_day(-2)
    assert mails("referral_for_author") == ["author@exemple.invalid"]


@pytest.mark.parametrize("part", [part for part in CAST if part != "counsellor"])
def test_only_the_lead_refers(world: World, part: str) -> None:
    """Mutation: let a co-handler, or the coordination, refer."""
    with pytest.raises(NotAllowed):
        refer(world, by=part)
    assert not Referral.objects.under_way().exists()


@pytest.mark.parametrize("part", [part for part in CAST if part != "author"])
def test_only_its_author_agrees_and_verifies(world: World, part: str) -> None:
    """Mutation: let whoever follows it agree in her place."""
    made = refer(world, agreement=Agreement.WRITTEN)
    for act in (referring.agree, referring.verify):
        with pytest.raises(NotAllowed):
            act(actor=world.actor(part), referral=here(world, made), at=NOW)
    assert here(world, made).state == S.PROPOSED


def test_sent_twice_it_is_sent_once_and_two_to_one_cell_are_refused(world: World) -> None:
    key = uuid4()
    assert refer(world, key=key).pk == refer(world, key=key).pk
    with pytest.raises(DomainError, match="déjà en cours"):
        refer(world)
    assert len(mails("referral_for_cell")) == 1


def test_the_enquiry_stays_with_its_counsellor(world: World) -> None:
    before = (world.reload().state, world.reload().lead_id)
    answered(world, refer(world))
    assert (world.reload().state, world.reload().lead_id) == before
    services.set_next_step(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        next_step="Faire le point",
        next_step_on=cast.some_day(5),
        at=NOW,
    )


def test_an_enquiry_that_moved_meanwhile_refers_nothing(world: World) -> None:
    """Mutation: write without comparing the state that was read."""
    stale = world.reload()
    services.wait_for_agent(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        next_step="Envoyer l’arrêté",
        next_step_on=cast.some_day(5),
        at=NOW,
    )
    with pytest.raises(StaleState):
        refer(world, enquiry=stale)


# ── What a cell receives ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"opens_on": cast.some_day(1)}, "à partir du"),
        ({"closes_on": cast.some_day(-1)}, "a cessé de recevoir"),
        ({"topics": ["3"]}, "type de demande"),
        ({"topics": ["4.1", "1.2"]}, "type de demande"),
        ({"most_open": 1}, "en cours"),
    ],
)
def test_outside_of_its_rules_nothing_is_sent(world: World, rules: dict[str, Any], said: str) -> None:
    """Mutations: compare the season with the day it was set; count what is over."""
    if "most_open" in rules:
        refer(world, enquiry=world.taken())
    set_rules(world, **rules)
    with pytest.raises(DomainError, match=said):
        refer(world)


def test_within_its_rules_it_is_sent_and_a_place_is_given_back(world: World) -> None:
    set_rules(
        world,
        opens_on=cast.some_day(0),
        closes_on=cast.some_day(0),
        topics=["1"],
        most_open=1,
    )
    first = refer(world, enquiry=world.taken())
    with pytest.raises(DomainError):
        refer(world)
    referring.take_back(actor=world.actor("author"), referral=here(world, first), at=NOW)
    assert refer(world).state == S.SENT


def test_a_written_agreement_keeps_its_place_and_looks_at_the_season_again(world: World) -> None:
    """Mutation: count its own place among those taken."""
    made = refer(world, agreement=Agreement.WRITTEN)
    set_rules(world, most_open=1, closes_on=cast.some_day(1))
    late = cast.days(3)
    with pytest.raises(DomainError, match="a cessé"):
        referring.agree(actor=world.actor("author"), referral=here(world, made), at=late)
    assert here(world, made).state == S.PROPOSED
    referring.agree(actor=world.actor("author"), referral=here(world, made), at=NOW)


def test_a_cell_without_anybody_whom_nothing_keeps_away_receives_nothing(world: World) -> None:
    """Mutation: count the officers without the conflicts of interest."""
    enquiry = world.taken(excluded=(world.people["cell officer"],))
    with pytest.raises(DomainError, match="Personne n’y reçoit"):
        refer(world, enquiry=enquiry)
    Posting.objects.filter(team=cell(world)).delete()
    with pytest.raises(DomainError, match="Personne n’y reçoit"):
        refer(world)


@pytest.mark.parametrize("part", CAST)
def test_the_rules_are_to_those_who_run_the_academie(world: World, part: str) -> None:
    """Mutation: let the officers of the cell set them."""
    act = {"actor": world.actor(part), "cell": cell(world), "most_open": 3, "at": NOW}
    if part in {"coordinator", "head of service"}:
        assert cell_rules.set_rules(**act).most_open == 3
        with pytest.raises(StaleState):  # read before these were set
            cell_rules.set_rules(**act)
    else:
        with pytest.raises(NotAllowed):
            cell_rules.set_rules(**act)


# ── The answer ─────────────────────────────────────────────────────────────────────────────────────
def test_an_answer_reaches_the_agent_and_her_counsellor_with_its_documents(world: World) -> None:
    made = refer(world)
    answered(world, made, uploads=[PDF])
    found = here(world, made)
    assert found.delivered.body == ANSWER
    assert found.delivered.attachments.count() == 1
    assert len(mails("referral_for_author")) == 2
    assert mails("referral_for_staff") == [world.people["counsellor"].staff_address]


def test_where_the_head_validates_nobody_reads_the_answer_before(world: World) -> None:
    """Mutations: deliver while it waits; keep the documents of what was sent back."""
    validated_by_head(world)
    made = refer(world)
    answered(world, made, uploads=[PDF])
    assert here(world, made).delivered is None
    assert mails("referral_to_validate") == [world.people["head of service"].staff_address]
    answering.send_back_answer(actor=world.actor("head of service"), referral=waiting_for_head(world, made), at=NOW)
    assert len(mails("referral_for_cell")) == 2
    found = there(world, made)
    answering.answer_referral(actor=world.actor("cell officer"), referral=found, body="Autre réponse", at=NOW)
    answering.validate_answer(actor=world.actor("head of service"), referral=waiting_for_head(world, made), at=NOW)
    assert here(world, made).delivered.body == "Autre réponse"
    assert not here(world, made).delivered.attachments.exists()
    assert here(world, made).delivered.validated_by_id == world.people["head of service"].pk


def test_an_answer_sent_twice_is_sent_once(world: World) -> None:
    found, key = accepted(world, refer(world)), uuid4()
    act = {"actor": world.actor("cell officer"), "body": ANSWER, "key": key, "at": NOW}
    answering.answer_referral(referral=found, **act)
    answering.answer_referral(referral=there(world, found), **act)
    assert len(mails("referral_for_author")) == 2


def test_the_story_tells_each_move_to_both_sides(world: World) -> None:
    """Mutation: leave a verb out of one of the two."""
    made = refer(world, agreement=Agreement.WRITTEN)
    referring.agree(actor=world.actor("author"), referral=here(world, made), at=NOW)
    answered(world, made)
    referring.verify(actor=world.actor("author"), referral=here(world, made), at=NOW)
    enquiry = services.asking.Enquiry.objects.select_related("data_key", "fact", "department").get(pk=made.enquiry_id)
    for for_author in (True, False):
        told = [
            one.title for one in read_story(enquiry, for_author=for_author, whole=True).events if "elation" in one.title
        ]
        assert len(told) == 5, told


def test_merged_its_referrals_follow_and_stay_readable(world: World) -> None:
    """Mutation: leave the answers out of what follows."""
    merged, kept = world.taken(), world.taken()
    answered(world, refer(world, enquiry=merged), uploads=[PDF])
    merging.merge_enquiries(
        actor=world.actor("counsellor"),
        merged=_whole(world, merged),
        kept=_whole(world, kept),
        at=NOW + timedelta(hours=1),
    )
    found = Referral.objects.of_enquiry(world.reload(kept))
    assert [(one.body, one.delivered.body) for one in found] == [(WORDS, ANSWER)]
    assert Referral.objects.visible_to(world.actor("cell officer")).get().body == WORDS


def _whole(world: World, enquiry: Any) -> Any:
    rows = services.asking.Enquiry.objects.visible_to(world.actor("counsellor"))
    return rows.select_related("data_key", "fact", "author", "department").get(pk=enquiry.pk)
