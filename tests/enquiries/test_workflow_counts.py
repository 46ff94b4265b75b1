"""Whatever happens, in whatever order, the counts stay equal to a recount of the facts, and the facts to the story."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxirh.enquiries import counting, services
from proxirh.enquiries.models import Enquiry, EnquiryFact, MonthlyCount, Outcome
from proxirh.enquiries.services.measuring import days_since_asking
from proxirh.enquiries.workflow import State
from proxirh.kernel.errors import DomainError
from proxirh.territories.models import Topic
from tests.enquiries import acts
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

Cell = tuple[object, str, str, str]


def close_with(*outcomes: str, word: str = "") -> acts.Act:
    def act(world: World, enquiry: Enquiry, *, at: datetime) -> None:
        topic = Topic.objects.get(code="4.1") if enquiry.fact.branch == "7" else None
        acts.close(world, enquiry, at=at, outcomes=outcomes, closing_word=word, topic=topic)

    return act


def measure(sex: str, age_band: str) -> acts.Act:
    def act(world: World, enquiry: Enquiry, *, at: datetime) -> None:
        services.measure_enquiry(enquiry=enquiry, sex=sex, age_band=age_band)

    return act


def log_late(world: World, enquiry: Enquiry, *, at: datetime) -> None:
    """An exchange that happened a while before it is noted."""
    earlier = max(enquiry.submitted_at, at - timedelta(days=4))
    services.log_exchange(
        actor=world.actor("counsellor"),
        enquiry=enquiry,
        means="phone",
        was_reached=True,
        summary="Noté après coup.",
        next_step="Rappeler",
        next_step_on=at.date() + timedelta(days=3),
        happened_at=earlier,
        at=at,
    )


def with_dates(act: acts.Act) -> acts.Act:
    """The same act with a step that is never in the past."""

    def later(world: World, enquiry: Enquiry, *, at: datetime) -> None:
        actor, day = world.actor("counsellor"), at.date() + timedelta(days=5)
        act(actor=actor, enquiry=enquiry, next_step="Rappeler", next_step_on=day, at=at)

    return later


ACTS: dict[str, acts.Act] = {
    "take": acts.take,
    "give back": acts.give_back,
    "reply": acts.reply,
    "write": acts.write,
    "log late": log_late,
    "wait for agent": with_dates(services.wait_for_agent),
    "wait for date": with_dates(services.wait_for_date),
    "close": close_with(Outcome.INDIVIDUAL_INFORMATION),
    "close with two": close_with(Outcome.SUPPORT_ENGAGED, Outcome.INTERNAL_REFERRAL),
    "close with a word": close_with(Outcome.OTHER_SERVICE, word="Voici le bon service."),
    "reopen": acts.reopen,
    "withdraw": acts.withdraw,
    "measure F": measure("F", "40_49"),
    "measure M": measure("M", "unknown"),
}


def counted() -> Counter[Cell]:
    """What the counts say, zero cells left out."""
    found: Counter[Cell] = Counter()
    for month, code, indicator, key, n in MonthlyCount.objects.values_list(
        "month", "department_code", "indicator", "key", "n"
    ):
        found[month, code, indicator, key] += n
    return Counter({cell: n for cell, n in found.items() if n})


def recounted() -> Counter[Cell]:
    """The same, from the facts alone."""
    found: Counter[Cell] = Counter()
    for fact in EnquiryFact.objects.all():
        for indicator, key, n in counting.counts_of(fact):
            found[fact.month, fact.department_code, indicator, key] += n
    return found


def earliest_answer(enquiry: Enquiry) -> datetime | None:
    """The first word of a person or reached exchange, as the story holds it."""
    moments = [
        *enquiry.messages.filter(is_from_agent=False).values_list("sent_at", flat=True),
        *enquiry.exchanges.filter(was_reached=True).values_list("happened_at", flat=True),
    ]
    if enquiry.closing_word:
        moments.append(enquiry.closed_at)
    return min(moments, default=None)


def check(world: World, enquiry: Enquiry) -> None:
    assert counted() == recounted()
    found = world.reload(enquiry)
    first = earliest_answer(found)
    assert found.first_answered_at == first
    assert found.fact.first_answer_days == (None if first is None else days_since_asking(found, first))
    is_ended = found.state in {State.CLOSED, State.WITHDRAWN}
    assert bool(found.fact.outcomes) == is_ended
    assert (found.fact.handling_days is not None) == is_ended


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    is_taken=st.booleans(),
    steps=st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 200)), max_size=14),
    topic=st.sampled_from(["1.1", "3.2", "7"]),
)
def test_the_counts_follow_the_facts_through_any_sequence_of_acts(
    world: World, is_taken: bool, steps: list[tuple[str, int]], topic: str
) -> None:
    """Mutation: forget one delta anywhere; refused acts must leave no trace either."""
    with transaction.atomic():
        enquiry, at = world.submit(topic=Topic.objects.get(code=topic)), NOW
        check(world, enquiry)
        for name, hours in [*([("take", 1)] if is_taken else []), *steps]:
            at += timedelta(hours=hours, minutes=1)
            try:
                ACTS[name](world, world.reload(enquiry), at=at)
            except DomainError:
                pass
            check(world, enquiry)
        transaction.set_rollback(True)
