"""Working notes that someone asks for, told to her: where her request stands, and what was handed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.utils import timezone

from proxirh.enquiries.models import Decision, NoteReview, NotesRequest
from proxirh.enquiries.services.disclosing import answer_by
from proxirh.territories.actor import Actor

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """Her latest request; none yet when `asked_at` is None. `due_on` is then the day it would be due, asked today."""

    due_on: date
    asked_at: datetime | None = None
    delivered_at: datetime | None = None
    is_late: bool = False
    notes: int = 0
    reviewed: int = 0

    @property
    def is_open(self) -> bool:
        """True while she waits."""
        return self.asked_at is not None and self.delivered_at is None


def asked_by(actor: Actor, *, at: datetime | None = None) -> Asked:
    """In one query."""
    today = timezone.localdate(at)
    reviewed = Count("reviews", filter=~Q(reviews__decision=Decision.PENDING))
    rows = NotesRequest.objects.asked_by(actor).annotate(notes=Count("reviews"), reviewed=reviewed)
    row = rows.order_by("-asked_at", "-pk").first()
    if row is None:
        return Asked(due_on=answer_by(today))
    return Asked(
        due_on=row.due_on,
        asked_at=row.asked_at,
        delivered_at=row.delivered_at,
        is_late=row.delivered_at is None and row.due_on < today,
        notes=row.notes,
        reviewed=row.reviewed,
    )


def answers_to(actor: Actor) -> tuple[Sequence[NoteReview], bool]:
    """What was handed over or withheld, the latest notes first, and whether there is more than shown here."""
    found = list(NoteReview.objects.answered_to(actor).order_by("-request", "-written_at", "-pk")[: MOST_SHOWN + 1])
    return found[:MOST_SHOWN], len(found) > MOST_SHOWN
