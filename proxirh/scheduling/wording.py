"""An opening in words: on which days, from when to when, where and by which ways."""

from collections.abc import Iterable
from datetime import date, time

from proxirh.scheduling.models import Availability, MeetingPlace
from proxirh.scheduling.models.openings import NTH
from proxirh.scheduling.rhythm import Frequency
from proxirh.ui import french


def enumerated(words: Iterable[str]) -> str:
    """« mardi, mercredi et jeudi »."""
    *most, last = words
    return f"{', '.join(most)} et {last}" if most else last


def days(row: Availability) -> str:
    """« chaque mardi et jeudi », « le premier mardi de chaque mois »."""
    if row.frequency == Frequency.ONCE:
        return f"le {french.long_day(row.valid_from)}"
    if row.frequency == Frequency.DAILY:
        return "du lundi au vendredi"
    named = [french.DAYS[day] for day in row.rhythm.weekdays]
    if row.frequency == Frequency.WEEKLY:
        if row.every == 1:
            return f"chaque {enumerated(named)}"
        return f"toutes les {row.every} semaines, {enumerated(f'le {day}' for day in named)}"
    told = enumerated(f"le {dict(NTH)[row.nth]} {day}" for day in named)
    return f"{told} de chaque mois" if row.every == 1 else f"{told}, tous les {row.every} mois"


def hours(starts_at: time, ends_at: time) -> str:
    """« de 9 h à 12 h »."""
    return f"de {french.hour(starts_at)} à {french.hour(ends_at)}"


def where(row: Availability, place: MeetingPlace | None) -> str:
    """« DSDEN, aussi par téléphone », « par téléphone ou en visioconférence »."""
    remote = [
        words for is_open, words in ((row.by_phone, "par téléphone"), (row.by_video, "en visioconférence")) if is_open
    ]
    if place is None:
        return " ou ".join(remote)
    return ", aussi ".join([place.name, " ou ".join(remote)] if remote else [place.name])


def reach(row: Availability, today: date) -> str:
    """« depuis le 2 septembre 2026, jusqu’au 30 juin 2027 »; nothing for a single day."""
    if row.frequency == Frequency.ONCE:
        return ""
    begins = "depuis le" if row.valid_from <= today else "à partir du"
    until = f", jusqu’au {french.plain_day(row.valid_until)}" if row.valid_until else ""
    return f"{begins} {french.plain_day(row.valid_from)}{until}"
