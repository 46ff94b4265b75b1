"""What pages of other apps need of an appointment: how it is told, with its link, and whether texts remind of it."""

from typing import Any

from django.utils import timezone

from proxirh.scheduling import letters
from proxirh.scheduling.links import token_of
from proxirh.scheduling.models import Appointment
from proxirh.scheduling.texting import has_texts

__all__ = ["has_texts", "told_with_link"]


def told_with_link(row: Appointment) -> dict[str, Any]:
    """One appointment for the page of whoever comes."""
    reminders = letters.reminders_told(row, at=timezone.now())
    return {
        **letters.told(row),
        "reminders": reminders,
        "row": row,
        "who": row.person.full_name,
        "token": token_of(row),
    }
