"""Appointments as events of a calendar (RFC 5545): neutral words, one UID a series, a SEQUENCE that grows.

Hours are said in UTC, which no change of season moves.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vUri

from proxirh.scheduling.models import Appointment, HeldTime, Way

PRODUCT = "-//ProxiRH//Rendez-vous//FR"
# Shown on shared screens: neither with whom nor about what.
SUMMARY = "Rendez-vous"
BUSY = "Occupé"


def invitation(appointment: Appointment, *, link: str, at: datetime) -> str:
    """Puts the event into a calendar, or moves it there."""
    return _text(_calendar("REQUEST"), [_event(appointment, link=link, status="CONFIRMED", at=at)])


def cancellation(appointment: Appointment, *, at: datetime) -> str:
    """Takes the event away; the sequence of the row has grown with its cancelling."""
    return _text(_calendar("CANCEL"), [_event(appointment, link="", status="CANCELLED", at=at)])


def download(appointment: Appointment, *, link: str, at: datetime) -> str:
    """The same event as a file that one opens: nobody is invited by it."""
    return _text(_calendar("PUBLISH"), [_event(appointment, link=link, status="CONFIRMED", at=at, is_invited=False)])


def busy_feed(held: Iterable[HeldTime], *, at: datetime) -> str:
    """When somebody is busy, and nothing of why, where nor with whom."""
    calendar = _calendar("PUBLISH")
    calendar.add("name", BUSY)
    calendar.add("x-wr-calname", BUSY)
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"VALUE": "DURATION"})
    return _text(calendar, [_busy(row, at=at) for row in held])


def _busy(row: HeldTime, *, at: datetime) -> Event:
    event = Event()
    event.add("uid", f"occupe-{row.pk}@{settings.PROXIRH_MAIL_DOMAIN}")
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", row.starts_at.astimezone(UTC))
    event.add("dtend", row.ends_at.astimezone(UTC))
    event.add("summary", BUSY)
    event.add("class", "PRIVATE")
    return event


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(row: Appointment, *, link: str, status: str, at: datetime, is_invited: bool = True) -> Event:
    event = Event()
    event.add("uid", f"{row.series.hex}@{settings.PROXIRH_MAIL_DOMAIN}")
    event.add("sequence", row.sequence)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", row.starts_at.astimezone(UTC))
    event.add("dtend", row.ends_at.astimezone(UTC))
    event.add("summary", SUMMARY)
    event.add("class", "PRIVATE")
    event.add("status", status)
    event.add("location", place_told(row))
    if link:
        event.add("url", vUri(link))
        event.add("description", f"Pour le déplacer ou l’annuler : {link}")
    if is_invited:
        organiser = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
        event.add("organizer", organiser)
        if row.address:
            attendee = vCalAddress(f"mailto:{row.address}")
            attendee.params["RSVP"] = "FALSE"
            attendee.params["PARTSTAT"] = "ACCEPTED"
            event.add("attendee", attendee, encode=False)
    return event


def place_told(row: Appointment) -> str:
    """Where one goes, or where the meeting opens; never her number, which her page tells her."""
    if row.way == Way.ON_SITE and row.place:
        return ", ".join(filter(None, (row.place.name, row.place.address, row.place.way_in)))
    if row.way == Way.VIDEO:
        return row.room or "Visioconférence"
    return "Par téléphone"


def _text(calendar: Calendar, events: Iterable[Event]) -> str:
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical().decode()
