"""« Demander un avis »: every pair of states, what leaves, the day it is due, silence, and how the enquiry ends it."""

import itertools
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from proxirh.enquiries import services
from proxirh.enquiries.models import ExpertQuestion, NotOurs
from proxirh.enquiries.services import consulting
from proxirh.enquiries.services.consulting import Fact
from proxirh.enquiries.story import read_story
from proxirh.enquiries.workflow import QUESTION_WORKFLOW, QuestionState
from proxirh.kernel.calendar import is_working_day, local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.territories.services.calendars import calendar_of
from tests.enquiries import acts
from tests.enquiries.consulting import ACTS, ADVICE, WORDS, answer, ask, decline, here, in_state, recall, there
from tests.enquiries.referring import cell, mails
from tests.enquiries.test_merging import merge
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db

S = QuestionState
# Written again, so that a slip in the table is seen.
PERMITTED = {(S.ASKED, S.ANSWERED), (S.ASKED, S.DECLINED), (S.ASKED, S.RECALLED)}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(S, S)))
def test_the_table_moves_as_it_is_said_and_no_other_way(before: str, after: str) -> None:
    """Mutation: let a question that was recalled be answered."""
    moves = [move for move in QUESTION_WORKFLOW.moves.values() if before in move.sources and move.target == after]
    assert bool(moves) == ((before, after) in PERMITTED)


@pytest.mark.parametrize(("before", "after"), [(a, b) for a, b in itertools.product(S, S) if b != S.ASKED])
def test_each_act_from_each_state(world: World, before: str, after: str) -> None:
    """Mutation: drop the state from what a move compares."""
    made = in_state(world, before)
    if (before, after) in PERMITTED or before == after == S.RECALLED:  # recalled twice is once
        ACTS[after](world, made)
        assert here(world, made).state == after
    else:
        with pytest.raises(DomainError):
            ACTS[after](world, made)
        assert here(world, made).state == before


@pytest.mark.parametrize("after", list(ACTS))
def test_what_was_read_before_another_moved_it_moves_nothing(world: World, after: str) -> None:
    """Mutation: write without comparing the state that was read."""
    made = ask(world)
    stale = {"there": there(world, made), "here": here(world, made)}
    (answer if after != S.ANSWERED else decline)(world, made)
    by_cell = {"actor": world.actor("cell officer"), "question": stale["there"], "at": NOW}
    by_lead = {"actor": world.actor("counsellor"), "question": stale["here"], "at": NOW}
    act = {
        S.ANSWERED: partial(consulting.answer_question, **by_cell, body="Autre"),
        S.DECLINED: partial(consulting.decline_question, **by_cell, reason=NotOurs.TOO_SOON),
        S.RECALLED: partial(consulting.recall_question, **by_lead),
    }[S(after)]
    with pytest.raises(StaleState):
        act()


# ── What leaves ────────────────────────────────────────────────────────────────────────────────────
def test_facts_are_topic_trade_and_departement_and_nothing_else(world: World) -> None:
    """Mutation: add the site, or the reference of the enquiry, to what is told."""
    enquiry = world.reload()
    told = consulting.told_facts(enquiry, Fact.values)
    assert told.split("\n") == [
        f"Sujet\u00a0: {world.topic.label}",
        f"Métier\u00a0: {enquiry.category}",
        f"Département\u00a0: {enquiry.department}",
    ]
    assert consulting.told_facts(enquiry, [Fact.CATEGORY]) == f"Métier\u00a0: {enquiry.category}"
    assert consulting.told_facts(enquiry, []) == ""
    assert here(world, ask(world, facts=[Fact.CATEGORY])).facts == f"Métier\u00a0: {enquiry.category}"


@pytest.mark.parametrize(
    "what", ["first_name", "last_name", "capitals", "email", "phone", "spaced", "reference", "site"]
)
def test_words_that_say_who_it_is_about_do_not_leave(world: World, what: str) -> None:
    """Mutation: leave any of these out of what is looked for."""
    enquiry = world.reload()
    contact = enquiry.contact
    digits = "".join(one for one in contact["phone"] if one.isdigit())
    said = {
        "capitals": contact["last_name"].upper(),
        "spaced": " ".join(digits[i : i + 2] for i in range(0, len(digits), 2)),
        "reference": enquiry.reference,
        "site": str(enquiry.site),
    }
    with pytest.raises(DomainError, match="de qui il s’agit"):
        ask(world, body=f"Une question au sujet de {said.get(what) or contact[what]} : que faire ?")
    assert not enquiry.questions.exists()


@pytest.mark.parametrize("part", [part for part in CAST if part != "counsellor"])
def test_only_the_lead_asks_and_recalls(world: World, part: str) -> None:
    """Mutation: let whoever follows it beside her, or the coordination, ask or recall."""
    with pytest.raises(NotAllowed):
        ask(world, by=part)
    made = ask(world)
    with pytest.raises(NotAllowed):
        consulting.recall_question(actor=world.actor(part), question=here(world, made), at=NOW)
    assert here(world, made).state == S.ASKED


def test_sent_twice_it_is_sent_once(world: World) -> None:
    """Mutation: drop the idempotency key."""
    key = uuid4()
    assert ask(world, key=key).pk == ask(world, key=key).pk
    assert mails("question_for_cell") == [world.people["cell officer"].staff_address]


def test_answered_twice_it_is_answered_once(world: World) -> None:
    made, key = ask(world), uuid4()
    answer(world, made, key=key)
    answer(world, made, key=key)
    assert mails("question_for_staff") == [world.people["counsellor"].staff_address]


def test_the_enquiry_stays_as_it_is_and_its_agent_is_not_written_to(world: World) -> None:
    """Mutation: move the last contact, from which time is counted."""
    before = world.reload()
    answer(world, ask(world))
    after = world.reload()
    assert (after.state, after.lead_id, after.last_contact_at) == (before.state, before.lead_id, before.last_contact_at)
    assert mails("referral_for_author") == []


def test_a_cell_where_nobody_may_meet_it_is_asked_nothing(world: World) -> None:
    """Mutation: ask without looking at who serves there."""
    enquiry = world.taken(excluded=(world.people["cell officer"],))
    with pytest.raises(DomainError, match="Personne n’y reçoit"):
        ask(world, enquiry=enquiry)
    with pytest.raises(DomainError, match="dans la liste"):
        ask(world, to=world.team)


def test_an_enquiry_that_moved_meanwhile_asks_nothing(world: World) -> None:
    """Mutation: write without comparing the state that was read."""
    stale = world.reload()
    acts.close(world, world.reload())
    with pytest.raises(StaleState):
        ask(world, enquiry=stale)
    assert not stale.questions.exists()


# ── The day ────────────────────────────────────────────────────────────────────────────────────────
def test_the_usual_day_is_the_fifth_working_day_there(world: World) -> None:
    """Mutation: count the days of the week, or those of another département."""
    enquiry = world.reload()
    day, days = consulting.usual_day(enquiry, at=NOW), calendar_of(enquiry.department)
    between = [NOW.date() + timedelta(days=n) for n in range(1, (day - NOW.date()).days + 1)]
    assert sum(is_working_day(one, days) for one in between) == consulting.WORKING_DAYS
    assert is_working_day(day, days)
    made = ask(world)
    assert local_day(made.due_at, enquiry.department.time_zone) == day


def test_a_day_on_which_nobody_works_or_gone_by_is_refused(world: World) -> None:
    """Mutations: take any day of the week; take today."""
    enquiry = world.reload()
    saturday = NOW.date() + timedelta(days=(5 - NOW.weekday()) % 7 or 7)
    days = calendar_of(enquiry.department)
    holiday = next(
        one
        for one in (NOW.date() + timedelta(days=n) for n in range(1, 90))
        if one.weekday() < 5 and not is_working_day(one, days)
    )
    for day in (saturday, holiday):
        with pytest.raises(DomainError, match="Choisissez plutôt"):
            ask(world, due_on=day)
    for day in (NOW.date(), NOW.date() - timedelta(days=1), NOW.date() + timedelta(days=91)):
        with pytest.raises(DomainError, match="à venir"):
            ask(world, due_on=day)


def test_past_its_day_the_cell_is_reminded_and_the_lead_told_once(world: World) -> None:
    """A night missed is caught up with. Mutations: look at one day only; know nothing of `reminded_at`."""
    made = ask(world)
    before, long_after = made.due_at - timedelta(minutes=1), made.due_at + timedelta(days=3)
    assert consulting.follow_questions(at=before) == 0
    assert [consulting.follow_questions(at=long_after) for _ in range(2)] == [1, 0]
    assert len(mails("question_for_cell")) == 2
    assert mails("question_for_staff") == [world.people["counsellor"].staff_address]
    answer(world, made, at=long_after)
    assert here(world, made).answer == ADVICE


@pytest.mark.parametrize("state", list(ACTS))
def test_what_is_over_is_reminded_of_no_more(world: World, state: str) -> None:
    """Mutation: leave the state out of `overdue`."""
    made = in_state(world, state)
    sent = mails("question_for_cell"), mails("question_for_staff")
    assert consulting.follow_questions(at=made.due_at + timedelta(days=1)) == 0
    assert (mails("question_for_cell"), mails("question_for_staff")) == sent


# ── How the enquiry ends it ────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("how", ["closed", "withdrawn", "expired"])
def test_an_enquiry_that_ends_recalls_what_waits_and_keeps_what_came(world: World, how: str) -> None:
    """Mutation: end an enquiry without its questions."""
    came, waits = ask(world), ask(world)
    answer(world, came)
    if how == "closed":
        acts.close(world, world.reload())
    elif how == "withdrawn":
        services.withdraw_enquiry(actor=world.actor("author"), enquiry=world.reload(), at=NOW)
    else:
        services.closing.expire_enquiry(enquiry=world.reload(), at=NOW)
    assert [here(world, one).state for one in (came, waits)] == [S.ANSWERED, S.RECALLED]
    with pytest.raises(DomainError):
        answer(world, waits)
    listed = ExpertQuestion.objects.listed_for(world.actor("cell officer"))
    assert {one.state for one in listed} == {S.ANSWERED, S.RECALLED}
    readable = ExpertQuestion.objects.visible_to(world.actor("cell officer"))
    assert {one.pk for one in readable} == ({came.pk} if how != "withdrawn" else set())


def test_merged_its_questions_follow_and_stay_readable(world: World) -> None:
    """Mutation: leave the questions out of what follows."""
    merged, kept = world.taken(), world.taken()
    came, waits = ask(world, enquiry=merged), ask(world, enquiry=merged)
    answer(world, came)
    merge(world, merged, kept)
    found = {one.pk: one for one in ExpertQuestion.objects.of_enquiry(world.reload(kept))}
    assert (found[came.pk].body, found[came.pk].answer) == (WORDS, ADVICE)
    assert found[waits.pk].facts
    readable = ExpertQuestion.objects.visible_to(world.actor("cell officer"))
    assert {one.body for one in readable} == {WORDS}
    answer(world, waits)
    assert here(world, found[waits.pk]).answer == ADVICE


def test_a_merger_between_reading_and_answering_is_told(world: World) -> None:
    """Mutation: leave the enquiry out of what an answer compares: it would be sealed under a key that goes."""
    merged, kept = world.taken(), world.taken()
    made = ask(world, enquiry=merged)
    read = there(world, made)
    merge(world, merged, kept)
    with pytest.raises(StaleState):
        consulting.answer_question(actor=world.actor("cell officer"), question=read, body=ADVICE, at=NOW)


# ── What is told ───────────────────────────────────────────────────────────────────────────────────
def _events(world: World, *, for_author: bool) -> list[tuple[str, str, str]]:
    rows = services.asking.Enquiry.objects.select_related("data_key", "fact", "department")
    story = read_story(rows.get(pk=world.enquiry.pk), for_author=for_author, whole=True)
    return [(one.title, one.who, one.text) for one in story.events]


def test_the_answer_is_in_the_story_of_whoever_follows_it_and_not_in_that_of_the_agent(world: World) -> None:
    """Mutations: show the answer in the space of its author; leave it out of the thread."""
    answer(world, ask(world))
    decline(world, ask(world))
    recall(world, ask(world))
    told = _events(world, for_author=False)
    assert ("Avis reçu", cell(world).name, ADVICE) in told
    assert ("Question rendue par la cellule", "", NotOurs.OTHER_CELL.label) in [(a, "", c) for a, _, c in told]
    assert sum("Question" in title for title, *_ in told) == 5
    own = _events(world, for_author=True)
    assert [text for *_, text in own if text in {ADVICE, WORDS}] == []
    assert sum("sans votre nom" in title for title, *_ in own) == 5


def test_when_it_was_held_nothing_else_is_sealed_in_clear(world: World) -> None:
    """Mutation: keep the facts or the answer in clear."""
    made = ask(world)
    answer(world, made)
    kept = ExpertQuestion.objects.filter(pk=made.pk).values_list("facts", "body", "answer").get()
    for sealed in kept:
        assert not any(word.encode() in bytes(sealed) for word in (WORDS, ADVICE, world.topic.label))
