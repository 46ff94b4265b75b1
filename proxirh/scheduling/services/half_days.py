"""What a half-day at a site must be, and the print of what a page showed of one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.scheduling.models import ROOM_CHECKS, SitePermanence
from proxirh.scheduling.slots import check_quarters
from proxirh.territories.models import Site

PAST = "Ce jour est passé. Choisissez un autre jour."
CHANGED = "Cette permanence vient de changer : relisez la salle, le jour et les réponses. Rien n’a été enregistré."
MOST_AHEAD = timedelta(days=370)
LONGEST = 5 * 60
# What is prepared of one, and may be prepared anew until it is announced.
HOURS = ("day", "starts_at", "ends_at")
PREPARED = ("room", *HOURS, "minutes")


@dataclass(frozen=True, slots=True)
class HalfDayAtSite:
    """A room, from when to when on its wall, and how long each appointment lasts."""

    room: str
    starts_at: time
    ends_at: time
    minutes: int = 30

    @property
    def columns(self) -> dict[str, object]:
        """As a row holds them."""
        return {"room": self.room, "starts_at": self.starts_at, "ends_at": self.ends_at, "minutes": self.minutes}


def as_read(permanence: SitePermanence) -> dict[str, object]:
    """All that a writer must find as she read it: its state, what is prepared, each answer about the room."""
    answers = [f"{name}_at" for name, _ in ROOM_CHECKS]
    return {name: getattr(permanence, name) for name in ("state", *PREPARED, *answers)}


def tag(permanence: SitePermanence) -> str:
    """Short print of what a page showed of it; its forms carry it, and so tell on which page they were filled in."""
    answers = [str(getattr(permanence, f"{name}_at") is not None) for name, _ in ROOM_CHECKS]
    shown = [permanence.state, *(str(getattr(permanence, name)) for name in PREPARED), *answers]
    return hashlib.blake2s("|".join(shown).encode(), digest_size=8).hexdigest()


def require_unchanged(permanence: SitePermanence, seen: str | None) -> None:
    """Raises StaleState for a form that was filled in on an older page; None comes from no page."""
    if seen is not None and seen != tag(permanence):
        raise StaleState(CHANGED)


def check(site: Site, days: Sequence[date], half_day: HalfDayAtSite, *, at: datetime) -> None:
    """Raises DomainError for days past or too far, and for hours that make no half-day."""
    today = local_day(at, site.own_time_zone or site.department.time_zone)
    if not days or min(days) < today:
        raise DomainError(PAST)
    if max(days) - today > MOST_AHEAD:
        raise DomainError("Un an à l’avance, au plus.")
    check_quarters(half_day.starts_at, half_day.ends_at)
    lasts = _minutes(half_day.ends_at) - _minutes(half_day.starts_at)
    if lasts < half_day.minutes:
        raise DomainError("Aucun rendez-vous n’y tient : finissez plus tard, ou choisissez une durée plus courte.")
    if lasts > LONGEST:
        raise DomainError(
            "Une demi-journée dure cinq heures au plus. Préparez-en une pour le matin, une pour l’après-midi."
        )


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
