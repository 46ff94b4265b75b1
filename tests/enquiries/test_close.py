"""The end, which is never final for its author: closing, withdrawing, reopening."""

from datetime import timedelta

import pytest

from proxirh.enquiries import services
from proxirh.enquiries.conflicts import RECEIVING
from proxirh.enquiries.models import Enquiry, MonthlyCount, Outcome
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Posting, Topic, WorkTie
from tests.enquiries import acts
from tests.enquiries.acts import LATER
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


def sums() -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for indicator, key, n in MonthlyCount.objects.values_list("indicator", "key", "n"):
        found[indicator, key] = found.get((indicator, key), 0) + n
    return {cell: n for cell, n in found.items() if n}


def seen(world: World, part: str, enquiry: Enquiry) -> bool:
    return Enquiry.objects.visible_to(world.actor(part)).filter(pk=enquiry.pk).exists()


# ── Closing ────────────────────────────────────────────────────────────────────────────────────────
def test_closing_counts_each_outcome_and_each_family_once(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    before = sums()
    acts.close(
        world,
        enquiry,
        outcomes=(Outcome.INDIVIDUAL_INFORMATION, Outcome.COLLECTIVE_INFORMATION, Outcome.INTERNAL_REFERRAL),
    )
    added = {cell: n - before.get(cell, 0) for cell, n in sums().items() if n != before.get(cell, 0)}
    assert added == {
        ("outcomes.by_family", "information"): 1,
        ("outcomes.by_family", "internal_referral"): 1,
        ("outcomes.by_outcome", "individual_information"): 1,
        ("outcomes.by_outcome", "collective_information"): 1,
        ("outcomes.by_outcome", "internal_referral"): 1,
        ("delays.handling", "0"): 1,
    }


@pytest.mark.parametrize("outcomes", [[], ["nothing"], [Outcome.WITHDRAWN], [Outcome.WITHDRAWN, Outcome.OTHER_SERVICE]])
def test_closing_asks_for_outcomes_that_a_person_may_give(world: World, outcomes: list[str]) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    with pytest.raises(DomainError, match="au moins une suite"):
        services.close_enquiry(actor=world.actor("counsellor"), enquiry=enquiry, outcomes=outcomes, at=LATER)


def test_three_attempts_come_before_not_reached(world: World) -> None:
    """Mutation: compare with > instead of <."""
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    for count in range(3):
        with pytest.raises(DomainError, match=f"Il y en a {count}"):
            acts.close(world, world.reload(enquiry), outcomes=(Outcome.NOT_REACHED,))
        acts.miss(world, world.reload(enquiry))
    acts.close(world, world.reload(enquiry), outcomes=(Outcome.NOT_REACHED,))
    assert world.reload(enquiry).state == State.CLOSED


def test_the_topic_other_is_coded_anew_and_the_counts_follow(world: World) -> None:
    enquiry = world.taken(topic=Topic.objects.get(code="7"))
    with pytest.raises(DomainError, match="de quoi il s’agissait"):
        acts.close(world, enquiry)
    acts.close(world, world.reload(enquiry), topic=Topic.objects.get(code="4.1"))
    assert world.reload(enquiry).fact.topic_code == "4.1"
    assert ("enquiries.by_topic", "7") not in sums()
    assert sums()["enquiries.by_topic", "4.1"] == 1


def test_the_topic_other_may_remain_when_someone_says_so(world: World) -> None:
    enquiry = world.taken(topic=Topic.objects.get(code="7"))
    acts.close(world, enquiry, topic=Topic.objects.get(code="7"))
    assert world.reload(enquiry).fact.topic_code == "7"


def test_a_closing_word_is_an_answer_and_stays_on_the_page(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.close(world, enquiry, closing_word="Bonne route.")
    found = world.reload(enquiry)
    assert found.closing_word == "Bonne route."
    assert found.first_answered_at == LATER
    assert sums()["delays.first_answer", "0"] == 1


def test_closing_without_a_word_to_the_author_is_no_answer(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.close(world, enquiry)
    assert world.reload(enquiry).first_answered_at is None


def test_after_closing_the_lead_still_reads_and_the_others_no_more(world: World) -> None:
    assert seen(world, "co-handler", world.enquiry)
    acts.close(world, world.reload())
    assert seen(world, "counsellor", world.enquiry)
    assert not seen(world, "co-handler", world.enquiry)


def test_nothing_is_left_to_do_on_a_closed_enquiry(world: World) -> None:
    enquiry = acts.in_state(world, State.WAITING_FOR_DATE)
    acts.close(world, enquiry)
    found = world.reload(enquiry)
    assert (found.next_step, found.next_step_on, found.waiting_since) == (None, None, None)


# ── Withdrawing ────────────────────────────────────────────────────────────────────────────────────
def test_withdrawn_nobody_but_its_author_reads_it(world: World) -> None:
    """The first promise: what she takes back is read no more."""
    acts.withdraw(world, world.reload())
    assert not seen(world, "counsellor", world.enquiry)
    assert not seen(world, "co-handler", world.enquiry)
    assert seen(world, "author", world.enquiry)
    assert not world.enquiry.handlings.filter(state=HandlingState.ACCEPTED).exists()
    assert OutgoingEmail.objects.filter(kind="withdrawn").count() == 1


def test_withdrawing_is_counted_as_such(world: World) -> None:
    acts.withdraw(world, world.submit())
    assert sums()["outcomes.by_outcome", "withdrawn"] == 1


@pytest.mark.parametrize("part", ["counsellor", "colleague", "coordinator", "anonymous"])
def test_only_its_author_withdraws_or_reopens(world: World, part: str) -> None:
    with pytest.raises(NotAllowed):
        services.withdraw_enquiry(actor=world.actor(part), enquiry=world.reload(), at=LATER)
    acts.close(world, world.reload())
    with pytest.raises(NotAllowed):
        services.reopen_enquiry(actor=world.actor(part), enquiry=world.reload(), at=LATER)


# ── Reopening ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("after", "is_open"), [(timedelta(days=90), True), (timedelta(days=90, seconds=1), False)])
def test_ninety_days_to_the_second(world: World, after: timedelta, is_open: bool) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.close(world, enquiry, at=LATER)
    if is_open:
        acts.reopen(world, world.reload(enquiry), at=LATER + after)
    else:
        with pytest.raises(NotAllowed, match="une nouvelle"):
            acts.reopen(world, world.reload(enquiry), at=LATER + after)
    assert world.reload(enquiry).is_open == is_open


def test_reopening_takes_back_what_closing_counted(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    before = sums()
    acts.close(world, enquiry, outcomes=(Outcome.SUPPORT_ENGAGED, Outcome.EXTERNAL_REFERRAL))
    acts.reopen(world, world.reload(enquiry))
    assert sums() == before
    fact = world.reload(enquiry).fact
    assert (fact.outcomes, fact.handling_days) == ([], None)


def test_the_last_word_becomes_a_message_so_that_the_next_one_does_not_erase_it(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.close(world, enquiry, closing_word="Bonne route.", at=LATER)
    acts.reopen(world, world.reload(enquiry), at=LATER + timedelta(days=2))
    acts.close(world, world.reload(enquiry), closing_word="À bientôt.", at=LATER + timedelta(days=3))
    found = world.reload(enquiry)
    assert found.closing_word == "À bientôt."
    assert [(one.body, one.sent_at) for one in found.messages.filter(is_opening=False)] == [("Bonne route.", LATER)]


def test_reopened_it_returns_to_whoever_followed_it(world: World) -> None:
    enquiry = acts.in_state(world, State.CLOSED)
    acts.reopen(world, enquiry)
    found = world.reload(enquiry)
    assert (found.lead, found.closed_at, found.failed_attempts) == (world.people["counsellor"], None, 0)
    assert OutgoingEmail.objects.filter(kind="reopened").count() == 1


def test_reopened_after_a_departure_it_goes_to_the_team(world: World) -> None:
    """A departure never orphans an enquiry. Mutation: hand it to the one who left."""
    enquiry = acts.in_state(world, State.CLOSED)
    gone_on = (NOW + timedelta(days=10)).date()
    Posting.objects.filter(person=world.people["counsellor"]).update(valid_until=gone_on)
    OutgoingEmail.objects.all().delete()
    acts.reopen(world, enquiry, at=NOW + timedelta(days=20))
    found = world.reload(enquiry)
    assert found.lead is None
    assert found.handlings.filter(state=HandlingState.OFFERED).count() == 1
    assert OutgoingEmail.objects.filter(kind="team_alert").count() >= 1
    assert Enquiry.objects.listed_for(world.actor("fellow counsellor")).filter(pk=enquiry.pk).exists()


def now_at_her_site(world: World, part: str = "counsellor") -> None:
    """A colleague takes a post where the author works: she may not meet the enquiry any more."""
    WorkTie.objects.create(person=world.people[part], kind="works", site=world.site, valid_from=NOW.date())


@pytest.mark.parametrize(
    ("state", "happens"),
    [
        (State.CLOSED, acts.reopen),
        (State.CLOSED, acts.write),
        (State.IN_PROGRESS, acts.write),
        (State.WAITING_FOR_AGENT, acts.write),
    ],
)
def test_a_lead_who_may_no_longer_meet_it_gives_way(world: World, state: str, happens: acts.Act) -> None:
    """Mutation: look at her mission alone, and a mail leads her to a page that she meets no more."""
    enquiry = acts.in_state(world, state)
    now_at_her_site(world)
    OutgoingEmail.objects.all().delete()
    happens(world, enquiry)
    found = world.reload(enquiry)
    assert (found.lead, found.state) == (None, State.IN_PROGRESS)
    told = {mail.recipient for mail in OutgoingEmail.objects.select_related("data_key")}
    assert world.people["counsellor"].staff_address not in told
    assert world.people["fellow counsellor"].staff_address in told
    assert Enquiry.objects.listed_for(world.actor("fellow counsellor")).filter(pk=enquiry.pk).exists()


def test_a_lead_who_may_no_longer_meet_it_is_not_told_of_its_end(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    now_at_her_site(world)
    acts.withdraw(world, enquiry)
    assert not OutgoingEmail.objects.filter(kind="withdrawn").exists()


def test_reopened_where_nobody_is_left_the_alarm_rings_each_time(world: World) -> None:
    """Mutation: offer it to a team where nobody may meet it, and tell nobody, or only once."""
    enquiry = acts.in_state(world, State.CLOSED)
    serving = Posting.objects.filter(RECEIVING)
    serving.update(valid_until=NOW.date() - timedelta(days=1))
    acts.reopen(world, enquiry)
    assert world.reload(enquiry).lead is None
    assert OutgoingEmail.objects.filter(kind="nobody_free").count() == 1
    serving.update(valid_until=None)
    acts.take(world, world.reload(enquiry))
    acts.close(world, world.reload(enquiry))
    serving.update(valid_until=NOW.date() - timedelta(days=1))
    acts.reopen(world, world.reload(enquiry))
    assert OutgoingEmail.objects.filter(kind="nobody_free").count() == 2


def test_whoever_helps_beside_a_lead_who_gives_way_goes_on(world: World) -> None:
    """Mutation: end every handling with that of the lead."""
    now_at_her_site(world)
    acts.write(world, world.reload())
    assert world.reload().lead is None
    assert seen(world, "co-handler", world.enquiry)


def test_whoever_has_left_the_service_reads_nothing_more(world: World) -> None:
    """Mutation: look at the handling alone, and someone who became a head teacher still reads."""
    Posting.objects.filter(person=world.people["counsellor"]).update(valid_until=NOW.date() - timedelta(days=1))
    assert not seen(world, "counsellor", world.enquiry)
