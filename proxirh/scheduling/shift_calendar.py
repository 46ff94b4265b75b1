"""One’s half-days on the telephone as a calendar file: when, in UTC, and nothing that says of what or of whom."""

from collections.abc import Iterable
from datetime import datetime

from icalendar import Calendar, Event

from proxirh.scheduling.models import DutyShift

NAME = "Permanence téléphonique"
PRODUCT = "-//ProxiRH//Permanences//FR"


def calendar_of_shifts(shifts: Iterable[DutyShift], *, at: datetime) -> bytes:
    """An iCalendar file (RFC 5545); each half-day keeps its UID, so that a second import adds nothing twice."""
    found = Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", "PUBLISH")
    for shift in shifts:
        event = Event()
        event.add("uid", f"permanence-{shift.uid}@proxirh")
        event.add("dtstamp", at)
        event.add("dtstart", shift.starts_at)
        event.add("dtend", shift.ends_at)
        event.add("summary", NAME)
        event.add("class", "PRIVATE")
        event.add("transp", "OPAQUE")
        found.add_component(event)
    return bytes(found.to_ical())
