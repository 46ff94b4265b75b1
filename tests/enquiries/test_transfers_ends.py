"""The other ways a change of académie ends, what each side does to the other, and where a need counts."""

import pytest

from proxirh.enquiries import counting, services
from proxirh.enquiries.models import (
    Consent,
    Enquiry,
    EnquiryFact,
    Handling,
    MonthlyCount,
    Transfer,
)
from proxirh.enquiries.retention import UNTAKEN
from proxirh.enquiries.services import merging, transferring
from proxirh.enquiries.story import read_story
from proxirh.enquiries.workflow import (
    State,
    TransferState,
)
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import DataKey
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries import acts, moving
from tests.enquiries.test_workflow_counts import counted, recounted
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
S = TransferState
THERE = "counsellor elsewhere"


# ── Declined, taken back, ended ───────────────────────────────────────────────────────────────────
def leaves_nothing(arrival: Enquiry) -> bool:
    gone = not Enquiry._base_manager.filter(pk=arrival.pk).exists()
    keyless = not DataKey.objects.filter(pk=arrival.data_key_id).exists()
    return gone and keyless


def test_declined_it_leaves_nothing_there_and_goes_on_here(world: World) -> None:
    """Mutation: leave the erasure out, or close what was followed here."""
    transfer, arrival = moving.offer(world)
    moving.decline(world, arrival)
    transfer = moving.again(transfer)
    assert (transfer.state, transfer.reason, transfer.arrival_id) == (S.DECLINED, "service", None)
    assert leaves_nothing(arrival)
    assert world.reload().state == State.IN_PROGRESS
    assert OutgoingEmail.objects.filter(kind="news_for_author", about=world.enquiry.uid).exists()
    told = read_story(moving.load(world.enquiry), for_author=False).events
    assert any("autre service" in event.text for event in told)
    assert not any(world.people[THERE].full_name in event.who for event in told)
    assert moving.start(world, world.enquiry).state == S.PROPOSED  # again, there or elsewhere
    assert counted() == recounted()


@pytest.mark.parametrize("part", ["counsellor", "coordinator", "superior", "head of service", "author"])
def test_only_the_team_it_waits_for_declines_it(world: World, part: str) -> None:
    """Mutation: leave `can_take` out."""
    _, arrival = moving.offer(world)
    with pytest.raises(NotAllowed):
        moving.decline(world, arrival, part=part)


def test_an_enquiry_of_the_place_is_not_declined_so(world: World) -> None:
    """Mutation: decline whatever waits, without asking where it comes from."""
    waiting = world.submit(at=NOW)
    with pytest.raises(NotAllowed):
        moving.decline(world, waiting, part="fellow counsellor")
    assert world.reload(waiting).state == State.SUBMITTED


def test_a_reason_is_of_the_list(world: World) -> None:
    _, arrival = moving.offer(world)
    with pytest.raises(DomainError):
        moving.decline(world, arrival, reason="je ne veux pas")


def test_she_takes_it_back_until_it_is_taken(world: World) -> None:
    """Mutation: leave what waits there in place."""
    transfer, arrival = moving.offer(world)
    row = moving.row_for(world, arrival, THERE)
    moving.withdraw(world, transfer)
    assert moving.again(transfer).state == S.WITHDRAWN
    assert leaves_nothing(arrival)
    assert Consent.objects.get(kind=transferring.CONSENT).withdrawn_at is not None
    with pytest.raises((StaleState, NotAllowed)):
        acts.take(world, row, part=THERE, at=moving.SOON)  # type: ignore[arg-type]
    assert world.reload().state == State.IN_PROGRESS


def test_once_taken_it_is_not_taken_back(world: World) -> None:
    """Mutation: leave the lead out of what `take_back` expects, and let what is accepted be withdrawn."""
    transfer, arrival = moving.accepted(world)
    with pytest.raises(DomainError):
        moving.withdraw(world, transfer)
    assert moving.load(arrival).state == State.IN_PROGRESS


def test_whoever_follows_her_takes_it_back_only_before_she_agrees(world: World) -> None:
    """Mutation: let whoever follows her take back what she agreed to."""
    proposed = moving.start(world, world.enquiry)
    moving.withdraw(world, proposed, part="counsellor")
    transfer, _ = moving.offer(world)
    with pytest.raises(NotAllowed):
        moving.withdraw(world, transfer, part="counsellor")


def test_withdrawing_here_takes_back_what_waits_there(world: World) -> None:
    """Mutation: leave `fold` out of the withdrawal."""
    transfer, arrival = moving.offer(world)
    row = moving.row_for(world, arrival, THERE)
    services.withdraw_enquiry(actor=world.actor("author"), enquiry=moving.load(world.enquiry), at=moving.SOON)
    assert moving.again(transfer).state == S.WITHDRAWN
    assert moving.row_for(world, arrival, THERE) is None
    with pytest.raises(DomainError):
        acts.take(world, row, part=THERE, at=moving.SOON)  # type: ignore[arg-type]
    assert UNTAKEN.apply(at=moving.SOON) == 1
    assert leaves_nothing(arrival)
    assert counted() == recounted()


def test_erasing_here_takes_back_what_waits_there(world: World) -> None:
    """Mutation: leave `fold` out of the erasure; a closed one is erased without a withdrawal."""
    _, arrival = moving.offer(world)
    acts.close(world, moving.load(world.enquiry), at=moving.SOON)
    services.erase_enquiry(actor=world.actor("author"), enquiry=moving.load(world.enquiry), at=moving.SOON)
    assert moving.load(arrival).state == State.WITHDRAWN
    assert UNTAKEN.apply(at=moving.SOON) == 1
    assert leaves_nothing(arrival)


def test_closed_here_it_still_waits_there(world: World) -> None:
    """Whoever followed her has finished: she is not dropped. Mutation: fold when it is closed."""
    transfer, arrival = moving.offer(world)
    acts.close(world, moving.load(world.enquiry), at=moving.SOON)
    assert moving.again(transfer).state == S.OFFERED
    moving.take_there(world, arrival)
    left = moving.load(world.enquiry)
    assert left.fact.outcomes == ["individual_information"]
    assert left.fact.is_passed_on
    assert counted() == recounted()


def test_once_taken_each_side_is_erased_alone(world: World) -> None:
    """Mutation: cascade from one to the other."""
    transfer, arrival = moving.accepted(world)
    services.erase_enquiry(actor=world.actor("author"), enquiry=moving.load(world.enquiry), at=moving.SOON)
    assert not Transfer.objects.filter(pk=transfer.pk).exists()
    there = moving.load(arrival)
    assert there.state == State.IN_PROGRESS
    assert there.previous_id is None
    assert [one.body for one in there.messages.all()] == [moving.TEXT]


def test_the_arrival_erased_what_is_left_stays(world: World) -> None:
    transfer, arrival = moving.accepted(world)
    services.erase_enquiry(actor=world.actor("author"), enquiry=moving.load(arrival), at=moving.SOON)
    assert moving.again(transfer).arrival_id is None
    assert moving.load(world.enquiry).state == State.CLOSED


def test_neither_is_merged_while_she_is_leaving(world: World) -> None:
    """Mutation: leave the rule out of `why_not`."""
    other = world.taken()
    moving.offer(world)
    assert merging.why_not(moving.load(world.enquiry), moving.load(other)) == merging.LEAVING
    assert merging.why_not(moving.load(other), moving.load(world.enquiry)) == merging.LEAVING


# ── Figures ───────────────────────────────────────────────────────────────────────────────────────
def total(indicator: str, department: str | None = None) -> int:
    rows = MonthlyCount.objects.filter(indicator=indicator)
    return sum(row.n for row in (rows.filter(department_code=department) if department else rows))


NEED = sorted(counting.NEED)


@pytest.mark.parametrize("indicator", NEED)
def test_a_need_counts_once_in_the_country_where_it_is_followed(world: World, indicator: str) -> None:
    """Mutations: count it as soon as it waits there; leave it counted here once it is taken there."""
    here, whole = total(indicator, "15"), total(indicator)
    _, arrival = moving.offer(world)
    assert (total(indicator, "15"), total(indicator, "974"), total(indicator)) == (here, 0, whole)
    moving.take_there(world, arrival)
    assert (total(indicator, "15"), total(indicator, "974"), total(indicator)) == (here - 1, 1, whole)
    assert counted() == recounted()


def test_what_was_done_here_still_counts_here(world: World) -> None:
    """A late answer is not undone by a move. Mutation: take back all that it added, as for a merge."""
    acts.reply(world, moving.load(world.enquiry), at=acts.LATER)
    answered = total("delays.first_answer", "15")
    _, arrival = moving.accepted(world)
    assert total("delays.first_answer", "15") == answered > 0
    assert total("outcomes.by_outcome", "15") == 1
    services.send_message(actor=world.actor(THERE), enquiry=moving.load(arrival), body="Bonjour.", at=moving.SOON)
    assert total("delays.first_answer", "974") == 1
    assert counted() == recounted()
    assert EnquiryFact.objects.filter(is_passed_on=True).count() == 1


def test_a_declined_or_lost_one_never_counted(world: World) -> None:
    _, arrival = moving.offer(world)
    moving.decline(world, arrival)
    assert not MonthlyCount.objects.filter(department_code="974").exists()
    assert not Handling.objects.filter(team=world.team_elsewhere).exists()
