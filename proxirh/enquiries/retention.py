"""How long what is no enquiry is kept: who read what, and what was passed on without a name."""

from datetime import datetime, timedelta

from django.db import transaction

from proxirh.enquiries.hanging import SET_ASIDE
from proxirh.enquiries.models import AccessRecord, BreakGlass, NotesRequest, Transmission, WorkingNote
from proxirh.kernel.models import DataKey

READINGS_KEPT = timedelta(days=365)
UNNAMED_KEPT = timedelta(days=365)
NOTES_KEPT = timedelta(days=183)
REQUESTS_KEPT = timedelta(days=365)
BATCH = 500


def forget_readings(*, at: datetime) -> int:
    """Delete records of readings and of exceptional accesses older than a year; returns how many."""
    openings, _ = BreakGlass.objects.older_than(at - READINGS_KEPT).delete()
    return openings + AccessRecord.objects.older_than(at - READINGS_KEPT).delete()[0]


def forget_notes(*, at: datetime) -> int:
    """Delete working notes six months after the end of their enquiry, and those set aside a month ago."""
    left, _ = WorkingNote.objects.left_behind(before=at - SET_ASIDE).delete()
    return left + WorkingNote.objects.on_ended(before=at - NOTES_KEPT).delete()[0]


def forget_notes_requests(*, at: datetime) -> int:
    """Delete requests for notes a year after they were answered, with what was handed over; returns how many rows."""
    return NotesRequest.objects.delivered_before(at - REQUESTS_KEPT).delete()[0]


def forget_unnamed(*, at: datetime) -> int:
    """Delete what was passed on without a name a year after its last word, with its keys; returns how many.

    A named one goes with its enquiry.
    """
    gone = 0
    while erased := _forget_some(before=at - UNNAMED_KEPT):
        gone += erased
    return gone


@transaction.atomic
def _forget_some(*, before: datetime) -> int:
    keys = list(Transmission.objects.silent_since(before).values_list("data_key_id", flat=True)[:BATCH])
    Transmission.objects.silent_since(before).filter(data_key__in=keys).delete()
    DataKey.objects.destroy(*keys)  # the database refuses, and undoes all, if someone wrote in between
    return len(keys)
