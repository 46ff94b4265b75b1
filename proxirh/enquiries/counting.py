"""Keeps the monthly counts in step with the facts: one delta a change, in the transaction of the change."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone

from proxirh.enquiries.models.facts import MORE_THAN_60_DAYS, OUTCOME_FAMILIES, EnquiryFact, MonthlyCount
from proxirh.enquiries.models.quick import QuickExchange
from proxirh.territories.models import Academy

Delta = tuple[str, str, int]
DIFFICULTIES = "2"
# What tells of a need and of whoever has it, counted once in the country; the rest tells what was done for it.
NEED = frozenset(
    {"enquiries.by_topic", "enquiries.by_channel", "requesters.by_category", "requesters.by_sex", "requesters.by_age"}
)


def add(fact: EnquiryFact | QuickExchange, deltas: Iterable[Delta], *, at: datetime) -> None:
    """Insert (indicator, key, n) deltas for the month and département of a fact, changed at this instant.

    Nothing for one that is not counted; what was done alone, for one whose need is counted elsewhere.
    """
    if isinstance(fact, EnquiryFact):
        deltas = _that_count(fact, deltas)
    cell = {"month": fact.month, "department_code": fact.department_code, "counted_in": month_of(at)}
    MonthlyCount.objects.bulk_create(
        MonthlyCount(**cell, indicator=indicator, key=key, n=n) for indicator, key, n in deltas if n
    )


def _that_count(fact: EnquiryFact, deltas: Iterable[Delta]) -> list[Delta]:
    if not fact.is_counted:
        return []
    return [delta for delta in deltas if not (fact.is_passed_on and delta[0] in NEED)]


def place_of(academy: Academy) -> str:
    """Where the counts put what is known of an académie alone: no département has such a code."""
    return f"A{academy.code}"


def add_unnamed(academy: Academy, *, day: date, at: datetime) -> None:
    """One more in the branch of difficulties, for what was passed on without a name: by month and académie only."""
    MonthlyCount.objects.create(
        month=day.replace(day=1),
        department_code=place_of(academy),
        indicator="enquiries.by_topic",
        key=DIFFICULTIES,
        n=1,
        counted_in=month_of(at),
    )


def asked(fact: EnquiryFact) -> list[Delta]:
    """What a new enquiry adds."""
    return [
        ("enquiries.by_topic", fact.topic_code, 1),
        ("enquiries.by_channel", fact.channel, 1),
        ("requesters.by_category", fact.family, 1),
        ("requesters.by_sex", fact.sex, 1),
        ("requesters.by_age", fact.age_band, 1),
    ]


def measured(fact: EnquiryFact, *, sex: str, age_band: str) -> list[Delta]:
    """What changes when the author answers « Pour mesurer le service »."""
    return [
        ("requesters.by_sex", fact.sex, -1),
        ("requesters.by_sex", sex, 1),
        ("requesters.by_age", fact.age_band, -1),
        ("requesters.by_age", age_band, 1),
    ]


def recoded(fact: EnquiryFact, topic_code: str) -> list[Delta]:
    """What changes when the topic is coded anew."""
    return [("enquiries.by_topic", fact.topic_code, -1), ("enquiries.by_topic", topic_code, 1)]


def answered(days: int, sign: int = 1) -> list[Delta]:
    """What a first answer adds, or takes back (`sign` −1) when an earlier one is noted afterwards."""
    return [("delays.first_answer", str(days), sign)]


def finished(outcomes: Iterable[str], days: int | None, sign: int = 1) -> list[Delta]:
    """What closing adds (`sign` 1) or reopening takes back (−1): each family once, each outcome, the duration."""
    outcomes = list(outcomes)
    deltas = [("outcomes.by_family", family, sign) for family in sorted({OUTCOME_FAMILIES[name] for name in outcomes})]
    deltas += [("outcomes.by_outcome", name, sign) for name in sorted(outcomes)]
    if days is not None:
        deltas.append(("delays.handling", str(days), sign))
    return deltas


def rated(score: int, sign: int = 1) -> list[Delta]:
    """What one opinion about the service adds, from 1 to 5."""
    return [("satisfaction.score", str(score), sign)]


def keys_of_exchange(topic: str, family: str, outcome: str) -> tuple[tuple[str, str], ...]:
    """Where one quick exchange is counted: (indicator, key)."""
    return (
        ("quick.by_topic", topic),
        ("quick.by_category", family),
        ("quick.by_family", OUTCOME_FAMILIES[outcome]),
    )


def exchanged(lines: Iterable[QuickExchange], sign: int = 1) -> list[Delta]:
    """What quick exchanges of one day in one place add, apart from every enquiry; or take back (`sign` −1)."""
    found: Counter[tuple[str, str]] = Counter()
    for line in lines:
        for key in keys_of_exchange(line.topic_code, line.family, line.outcome):
            found[key] += sign
    return [(indicator, key, n) for (indicator, key), n in sorted(found.items())]


def counts_of(fact: EnquiryFact) -> list[Delta]:
    """All that one fact stands for in the monthly counts: the sum of what its acts added."""
    deltas = asked(fact)
    if fact.first_answer_days is not None:
        deltas += answered(fact.first_answer_days)
    if fact.outcomes:
        deltas += finished(fact.outcomes, fact.handling_days)
    if fact.satisfaction is not None:
        deltas += rated(fact.satisfaction)
    return _that_count(fact, deltas)


def month_of(at: datetime) -> date:
    """First day of the month in which a change is counted, by the clock that decides what the figures may show."""
    return timezone.localdate(at).replace(day=1)


def clip(days: int) -> int:
    """Whole working days as facts hold them: 0 to 60, 61 for more."""
    return min(max(days, 0), MORE_THAN_60_DAYS)
