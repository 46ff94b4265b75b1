"""Reminding of appointments: two days before, and in the morning, on the clock of whoever comes; each once."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from proxirh.kernel.errors import StaleState
from proxirh.kernel.workflow import swap
from proxirh.scheduling import letters
from proxirh.scheduling.letters import turn_due
from proxirh.scheduling.models import Appointment
from proxirh.scheduling.texting import has_texts, plain, send_text
from proxirh.ui import french

logger = logging.getLogger(__name__)
SOON = timedelta(days=3)
TEXT = "Rappel : votre rendez-vous est {when}. Pour le déplacer ou l’annuler, voyez le courriel de confirmation."
NO_LINK = "Rappel : votre rendez-vous est {when}."


def remind(*, at: datetime) -> int:
    """Send those whose time has come; returns how many. A night missed, only the one that still helps leaves.

    One transaction each: stopped anywhere, the next run goes on. A text leaves once its reminder is written, so that
    it never leaves twice; a sender that fails costs that text alone.
    """
    done = 0
    for row in Appointment.objects.to_remind(at, within=SOON).to_tell():
        turn = turn_due(row, at=at)
        if turn <= row.reminders_sent:
            continue
        # Just taken: it needs no reminder yet.
        is_fresh = turn_due(row, at=row.booked_at) >= turn
        try:
            with transaction.atomic():
                swap(row, {"reminders_sent": row.reminders_sent, "state": row.state}, {"reminders_sent": turn})
                if not is_fresh and row.wants_reminders:
                    letters.remind(row, turn=turn, is_today=turn == 2, at=at)
        except StaleState:  # moved, cancelled or reminded at the same time
            continue
        if not is_fresh:
            done += 1
            _text(row)
    return done


def _text(row: Appointment) -> None:
    if not (row.wants_texts and row.phone and has_texts()):
        return
    words = plain((TEXT if row.address else NO_LINK).format(when=french.moment(row.starts_at, row.time_zone)))
    try:
        send_text(row.phone, words)
    except Exception as error:  # noqa: BLE001 — the sender is somebody else’s code, and the mail has left
        logger.warning("un SMS n’est pas parti : %s", type(error).__name__)
