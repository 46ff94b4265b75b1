"""The mails of an appointment: when, how and where, with the event for a calendar; never with whom nor about what."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from proxirh.kernel.calendar import local_day
from proxirh.outbox.services import queue_email
from proxirh.scheduling.invitations import cancellation, invitation
from proxirh.scheduling.links import link_of
from proxirh.scheduling.models import Appointment, Way
from proxirh.scheduling.workflow import AppointmentState
from proxirh.ui import french

TWO_DAYS = timedelta(days=2)
# Hours that exist whatever the season, at which a telephone may ring.
BEFORE, SAME_DAY = time(8), time(7)
# What is still to come at each turn.
TURNS = ("deux jours avant et le matin même", "le matin même", "")


def told(row: Appointment) -> dict[str, Any]:
    """What every mail and page says of one: the hour on the wall of whoever comes, and that of the place if it
    differs."""
    place_zone = row.place.time_zone if row.place else ""
    return {
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "zone": row.time_zone,
        "place_zone": place_zone if _differs(row, place_zone) else "",
        "way": row.way,
        "is_call": row.way == Way.PHONE,
        "is_video": row.way == Way.VIDEO,
        "place": row.place,
        "phone": french.phone(row.phone),
        "room": row.room,
        "calling_number": row.department.academy.contact_phone,
    }


def turn_due(row: Appointment, *, at: datetime) -> int:
    """Which reminder it is time for: 1 two days before, 2 in the morning, 0 neither."""
    zone = ZoneInfo(row.time_zone)
    day = local_day(row.starts_at, row.time_zone)
    if at >= datetime.combine(day, SAME_DAY, zone):
        return 2
    return 1 if at >= datetime.combine(day - TWO_DAYS, BEFORE, zone) else 0


def reminders_told(row: Appointment, *, at: datetime) -> str:
    """When she will still be reminded, in words; nothing when she will not be."""
    is_told = (row.wants_reminders and row.address) or (row.wants_texts and row.phone)
    return TURNS[turn_due(row, at=at)] if is_told else ""


def _differs(row: Appointment, zone: str) -> bool:
    if not zone or zone == row.time_zone:
        return False
    from_agent, from_place = (row.starts_at.astimezone(ZoneInfo(name)).utcoffset() for name in (row.time_zone, zone))
    return from_agent != from_place


def tell_booked(row: Appointment, *, at: datetime) -> None:
    """Tell whoever comes, and her counsellor."""
    _tell(row, "booked", at=at, event=invitation(row, link=link_of(row), at=at) if row.address else None)
    _tell_counsellor(row, "booked", at=at)


def tell_moved(row: Appointment, *, before: Appointment, at: datetime) -> None:
    """Tell both; when somebody else comes in, whoever had it is told that it left her agenda."""
    is_again = before.state in (AppointmentState.CANCELLED_BY_AGENT, AppointmentState.CANCELLED_BY_SERVICE)
    kind = "booked" if is_again else "moved"
    is_same_moment = (row.starts_at, row.way, row.place_id) == (before.starts_at, before.way, before.place_id)
    event = invitation(row, link=link_of(row), at=at) if row.address else None
    _tell(row, kind, at=at, event=event, is_same_moment=is_same_moment)
    _tell_counsellor(row, "booked" if before.person_id != row.person_id else kind, at=at)
    if before.person_id != row.person_id and not is_again:
        _tell_counsellor(before, "cancelled", at=at)


def tell_cancelled(row: Appointment, *, at: datetime) -> None:
    """Tell both, and take the event away."""
    _tell(row, "cancelled", at=at, event=cancellation(row, at=at) if row.address else None)
    _tell_counsellor(row, "cancelled", at=at)


def tell_missed(row: Appointment, *, at: datetime) -> None:
    """Tell whoever did not come that another time is open to her; nothing is cancelled, nobody is blamed."""
    _tell(row, "missed", at=at)


def remind(row: Appointment, *, turn: int, is_today: bool, at: datetime) -> None:
    """Remind whoever comes, once a turn."""
    _tell(row, "reminder", at=at, key=f"appointment:{row.series}:{row.sequence}:reminder:{turn}", is_today=is_today)


def _tell(
    row: Appointment, what: str, *, at: datetime, event: str | None = None, key: str | None = None, **more: Any
) -> None:
    if not row.address:
        return
    more |= {
        "is_by_service": row.state == AppointmentState.CANCELLED_BY_SERVICE,
        "is_for_good": row.is_cancelled_for_good,
    }
    queue_email(
        kind=f"appointment_{what}",
        to=row.address,
        template=f"scheduling/mails/appointment_{what}.txt",
        context={**told(row), "link": link_of(row), **more},
        dedupe_key=key or f"appointment:{row.series}:{row.sequence}:{what}",
        about=row.series,
        calendar=event,
        at=at,
    )


def _tell_counsellor(row: Appointment, what: str, *, at: datetime) -> None:
    if not row.person.staff_address:
        return
    queue_email(
        kind="appointment_for_staff",
        to=row.person.staff_address,
        template="scheduling/mails/appointment_for_staff.txt",
        context={"what": what, "starts_at": row.starts_at, "zone": row.time_zone},
        dedupe_key=f"appointment:{row.series}:{row.sequence}:{what}:{row.person_id}",
        about=row.series,
        at=at,
    )
