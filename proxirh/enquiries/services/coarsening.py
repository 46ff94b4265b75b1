"""What came from a past register becomes as coarse as what is left of an enquiry, after as long."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from proxirh.enquiries.models import EnquiryFact, RegisterLine
from proxirh.enquiries.models.facts import COARSENED
from proxirh.kernel.retention import BATCH, kept


def to_coarsen(at: datetime) -> QuerySet[RegisterLine]:
    """Rows of registers whose detail has lasted long enough."""
    return RegisterLine.objects.to_coarsen(at=at, keep=kept("CONTENT"))


def coarsen_all(at: datetime) -> Iterator[int]:
    """Coarsen their facts, a few hundred at a time; the monthly counts do not move."""
    while done := _coarsen(at):
        yield done


@transaction.atomic
def _coarsen(at: datetime) -> int:
    rows = list(to_coarsen(at).select_for_update(of=("self",)).select_related("fact").order_by("pk")[:BATCH])
    for row in rows:
        row.fact.coarsen()
        row.last_day = None
    EnquiryFact.objects.bulk_update([row.fact for row in rows], COARSENED)
    RegisterLine.objects.bulk_update(rows, ["last_day"])
    return len(rows)
