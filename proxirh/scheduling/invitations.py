"""Appointments as events of a calendar (RFC 5545): neutral words, one UID a series, a SEQUENCE that grows.

Hours are said in UTC, which no change of season moves.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vUri

from proxirh.scheduling.models import Appointment, CollectiveSession, HeldTime, MeetingPlace, Way

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


def session_invitation(row: CollectiveSession, address: str, *, link: str, at: datetime) -> str:
    """Puts a collective session into the calendar of one of those who have a seat, or moves it there.

    Its version is the sequence: it grows with every seat and every move.
    """
    return _text(_calendar("REQUEST"), [_session_event(row, address, link=link, status="CONFIRMED", at=at)])


def session_cancellation(row: CollectiveSession, address: str, *, at: datetime) -> str:
    """Takes it away; its version has grown with its cancelling."""
    return _text(_calendar("CANCEL"), [_session_event(row, address, link="", status="CANCELLED", at=at)])


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
    event = _meeting(row, row.series, row.sequence, status=status, at=at)
    event.add("location", place_told(row))
    if link:
        event.add("url", vUri(link))
        event.add("description", f"Pour le déplacer ou l’annuler : {link}")
    if is_invited:
        _invite(event, row.address)
    return event


def _session_event(row: CollectiveSession, address: str, *, link: str, status: str, at: datetime) -> Event:
    event = _meeting(row, row.uid, row.version, status=status, at=at)
    event.add("location", _where(row.place) if row.place else row.video_link)
    if link:
        event.add("url", vUri(link))
        event.add("description", f"Pour le relire, ou ne plus y venir : {link}")
    _invite(event, address)
    return event


def _meeting(row: Appointment | CollectiveSession, series: UUID, sequence: int, *, status: str, at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{series.hex}@{settings.PROXIRH_MAIL_DOMAIN}")
    event.add("sequence", sequence)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", row.starts_at.astimezone(UTC))
    event.add("dtend", row.ends_at.astimezone(UTC))
    event.add("summary", SUMMARY)
    event.add("class", "PRIVATE")
    event.add("status", status)
    return event


def _invite(event: Event, address: str) -> None:
    event.add("organizer", vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"))
    if address:
        attendee = vCalAddress(f"mailto:{address}")
        attendee.params["RSVP"] = "FALSE"
        attendee.params["PARTSTAT"] = "ACCEPTED"
        event.add("attendee", attendee, encode=False)


def place_told(row: Appointment) -> str:
    """Where one goes, or where the meeting opens; never her number, which her page tells her."""
    if row.way == Way.ON_SITE and row.place:
        return _where(row.place)
    if row.way == Way.VIDEO:
        return row.room or "Visioconférence"
    return "Par téléphone"


def _where(place: MeetingPlace) -> str:
    return ", ".join(filter(None, (place.name, place.address, place.way_in)))


def _text(calendar: Calendar, events: Iterable[Event]) -> str:
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical().decode()
