"""Folding keeps every total; expired drafts go with their keys."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import Sum

from proxirh.enquiries.models import Draft, MonthlyCount
from proxirh.enquiries.periodic import fold_cell, fold_monthly_counts
from proxirh.enquiries.retention import DRAFTS
from proxirh.kernel.models import DataKey

pytestmark = pytest.mark.django_db
CELL = {
    "month": date(2026, 9, 1),
    "department_code": "15",
    "indicator": "enquiries.by_topic",
    "key": "1.1",
    "counted_in": date(2026, 10, 1),
}


def deltas(*values: int, **other: str) -> None:
    MonthlyCount.objects.bulk_create(MonthlyCount(**(CELL | other), n=n) for n in values)


def totals() -> dict[str, int]:
    return dict(MonthlyCount.objects.values_list("key").annotate(total=Sum("n")))


def test_totals_are_the_same_before_and_after() -> None:
    """Mutation: delete without creating the sum."""
    deltas(1, 1, 1, -1)
    deltas(2, key="2.1")
    before = totals()
    assert fold_monthly_counts.call() == 3
    assert totals() == before
    assert MonthlyCount.objects.count() == 2


def test_folding_twice_changes_nothing_more() -> None:
    deltas(1, 1)
    fold_monthly_counts.call()
    assert fold_monthly_counts.call() == 0
    assert totals() == {"1.1": 2}


def test_a_cell_that_sums_to_zero_disappears() -> None:
    deltas(1, -1)
    assert fold_cell(dict(CELL)) == 2
    assert not MonthlyCount.objects.exists()


def test_expired_drafts_are_erased_with_their_keys() -> None:
    """Mutation: forget the keys."""
    now = datetime(2026, 11, 17, tzinfo=UTC)
    for hours in (-1, 1):
        Draft.objects.create(
            data_key=DataKey.objects.issue(),
            browser_digest=b"x",
            answers={"words": "secret"},
            expires_at=now + timedelta(hours=hours),
        )
    assert DRAFTS.apply(at=now) == 1
    assert (Draft.objects.count(), DataKey.objects.count()) == (1, 1)
    assert DRAFTS.apply(at=now) == 0
