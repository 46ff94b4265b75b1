"""Which notice on personal data was in force when: every enquiry bears the number of the one shown where it was sent.

The texts stand in `privacy/templates/privacy/notice/`, one file a version; how to make a new one: docs/rgpd/notice.md.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from proxirh.kernel.errors import StaleState

# A notice comes into force at midnight there, for everyone at once.
HERE = ZoneInfo("Europe/Paris")
CHANGED = (
    "La notice sur vos données personnelles a changé pendant que vous écriviez. Relisez-la si vous le souhaitez, "
    "puis envoyez : rien n’est perdu."
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of the notice, and the first day it held."""

    number: int
    since: date


NOTICES = (Notice(1, date(2026, 11, 22)), Notice(2, date(2026, 11, 26)), Notice(3, date(2026, 11, 27)))


def notice_in_force(at: datetime | None = None) -> Notice:
    """The last one that has begun; the first one, before any."""
    return published_notices(at)[-1]


def published_notices(at: datetime | None = None) -> tuple[Notice, ...]:
    """Those that are or have been in force, oldest first; one that is prepared for a later day is not told."""
    today = (at or timezone.now()).astimezone(HERE).date()
    return tuple(one for one in NOTICES if one.since <= today) or NOTICES[:1]


def notice_to_store(shown: int | None, *, at: datetime) -> int:
    """The number an enquiry bears: the notice in force, which must be the one its author or a colleague was shown.

    `shown` is None where no page shows one (import, demonstration). Raises StaleState when another came meanwhile.
    """
    current = notice_in_force(at).number
    if shown is not None and shown != current:
        raise StaleState(CHANGED)
    return current
