"""What is done by the clock: folding the monthly counts, erasing expired drafts, scanning files, sweeping them.

What a whole day may wait for is in `retention.py`, which the engine of `privacy` runs.
"""

import logging
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.tasks import task
from django.utils import timezone

from proxirh.enquiries import attachments, retention
from proxirh.enquiries.models import MonthlyCount
from proxirh.enquiries.services import (
    alarming,
    climbing,
    consulting,
    disclosing,
    following_meetings,
    late_promises,
    recalling,
    rerouting,
    signposting,
    slot_alarms,
    transmitting,
)
from proxirh.kernel import antivirus
from proxirh.kernel.jobs import discreet
from proxirh.kernel.models import Heartbeat

logger = logging.getLogger(__name__)

ROWS_WORTH_FOLDING = 2
BATCH = 500
# A scanner that does not answer is left alone that long.
RESTING, SCANNER_DOWN = timedelta(minutes=1), "antivirus-down"
CELL = ("month", "department_code", "indicator", "key", "counted_in")


@task
@discreet
def fold_monthly_counts() -> int:
    """Replace the deltas of each cell by their sum; returns how many rows were saved. Totals never change."""
    saved = 0
    cells = (
        MonthlyCount.objects.values(*CELL)
        .annotate(rows=Count("pk"))
        .filter(rows__gte=ROWS_WORTH_FOLDING)
        .order_by(*CELL)
    )
    for cell in list(cells):
        saved += fold_cell({name: value for name, value in cell.items() if name != "rows"})
    return saved


def fold_cell(cell: dict[str, Any]) -> int:
    """Fold up to 500 deltas of one cell.

    The very rows that were summed are deleted, by primary key: a delta that commits meanwhile, even under a smaller
    key, stays. Two folders of one cell would delete less than they summed, and the second gives up.
    """
    with transaction.atomic():
        rows = list(MonthlyCount.objects.filter(**cell).values_list("pk", "n").order_by("pk")[:BATCH])
        deleted, _ = MonthlyCount.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
        if deleted != len(rows):
            transaction.set_rollback(True)
            return 0
        total = sum(n for _, n in rows)
        if total:
            MonthlyCount.objects.create(**cell, n=total)
        return deleted - bool(total)


@task
@discreet
def erase_expired_drafts() -> int:
    """Delete drafts past their life, with their keys; returns how many."""
    return retention.DRAFTS.apply(at=timezone.now())


@task
@discreet
def forget_presences() -> int:
    """Forget who was on which page a minute ago; returns how many."""
    return retention.PRESENCES.apply(at=timezone.now())


@task
@discreet
def call_about_concerns() -> int:
    """Call the next ones about each alert that nobody has answered for a quarter of an hour; returns how many."""
    return alarming.call_those_waited_for(at=timezone.now())


@task
@discreet
def tell_of_promises() -> int:
    """Tell, the morning after, of calls back that were promised and not made; returns how many mails."""
    return late_promises.tell_of_late_promises(at=timezone.now())


@task
@discreet
def climb_ladder() -> int:
    """Write about each date missed to whom its silence has reached, once; returns how many mails."""
    return climbing.climb_ladder(at=timezone.now()).mails


@task
@discreet
def tell_of_missing_slots() -> int:
    """Tell the coordination once a day where no appointment may be taken; returns how many mails."""
    return slot_alarms.tell_of_missing_slots(at=timezone.now())


@task
@discreet
def ask_about_contacts() -> int:
    """Ask once about each contact given ten days ago whether it could be reached; returns how many questions."""
    return signposting.ask_due(at=timezone.now())


@task
@discreet
def tell_of_late_transmissions() -> int:
    """Tell the cell and the heads of service, once, of each transmission past its 48 hours; returns how many."""
    return transmitting.tell_of_lateness(at=timezone.now())


@task
@discreet
def follow_referrals() -> int:
    """Remind of referrals after ten days, end those without an answer after thirty; returns how many moved."""
    return recalling.follow_referrals(at=timezone.now())


@task
@discreet
def follow_questions() -> int:
    """Remind cells of questions past their day, and tell whoever asked, once; returns how many."""
    return consulting.follow_questions(at=timezone.now())


@task
@discreet
def follow_notes_requests() -> int:
    """Hand over the notes that are ready, remind their authors, say what is late; returns how many requests wait."""
    return disclosing.follow_requests(at=timezone.now())


@task
@discreet
def move_unable_enquiries() -> int:
    """Offer again, or elsewhere, what the people of its team may no longer meet: somebody moved; returns how many."""
    return rerouting.move_unable(at=timezone.now())


@task
@discreet
def follow_meetings() -> int:
    """Say in the next step of an enquiry that its appointment was moved or cancelled; returns how many."""
    return following_meetings.follow_meetings(at=timezone.now())


@task
@discreet
def scan_files() -> dict[str, Any]:
    """Give the scanner, if there is one, the files in quarantine; returns counts only."""
    return scan(at=timezone.now())


def scan(*, at: datetime) -> dict[str, Any]:
    """One turn, unless the scanner has just failed; a failure is said in the log of the worker, without any content."""
    if not antivirus.is_configured() or Heartbeat.objects.filter(name=SCANNER_DOWN, seen_at__gt=at - RESTING).exists():
        return {}
    turn = attachments.scan_waiting(at=at)
    if turn.failures:
        logger.error("antivirus: %d file(s) not scanned stay in quarantine: %s", turn.failures, turn.reason)
        Heartbeat.objects.update_or_create(name=SCANNER_DOWN, defaults={"seen_at": at})
    return asdict(turn)


@task
@discreet
def sweep_files() -> int:
    """Delete files that nothing names any more (a crash, an erased enquiry); returns how many."""
    return attachments.sweep()
