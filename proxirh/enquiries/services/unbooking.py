"""The appointments of an enquiry, and what becomes of them when it ends."""

from datetime import datetime

from django.db.models import QuerySet

from proxirh.enquiries.conflicts import free_members
from proxirh.enquiries.models import Enquiry
from proxirh.kernel import journal
from proxirh.scheduling.models import Appointment, WhyCancelled
from proxirh.scheduling.services import booking
from proxirh.scheduling.workflow import AppointmentState, AppointmentStep


def appointments_of(enquiry: Enquiry) -> QuerySet[Appointment]:
    """All of its rows, for whoever it came to through a door; the latest first, those that were moved left out."""
    series = enquiry.meetings.values("series")
    rows = Appointment.objects.of_series(series).exclude(state=AppointmentState.MOVED)
    return rows.to_tell().order_by("-starts_at", "-pk")


def upcoming(enquiry: Enquiry, *, at: datetime) -> Appointment | None:
    """The one to come."""
    return appointments_of(enquiry).filter(state=AppointmentState.CONFIRMED, ends_at__gt=at).first()


def give_back_appointments(enquiry: Enquiry, *, by: str, by_author: bool, at: datetime) -> None:
    """Its follow-up ends: the time to come is given back, and both sides are told; within that transaction."""
    row = upcoming(enquiry, at=at)
    if row is None or row.starts_at <= at:
        return
    step = AppointmentStep.CANCEL_BY_AGENT if by_author else AppointmentStep.CANCEL_BY_SERVICE
    booking.cancel(by=by, appointment=row, step=step, why=WhyCancelled.FOLLOW_UP_ENDED, at=at)


def give_back_unmeetable(enquiry: Enquiry, *, at: datetime) -> None:
    """Whoever was to be met has left the team, or is kept away since: the person chooses anew, and reads no reason."""
    row = upcoming(enquiry, at=at)
    if row is None or row.starts_at <= at or row.person_id in free_members(enquiry, at=at):
        return
    step, why = AppointmentStep.CANCEL_BY_SERVICE, WhyCancelled.OTHER_PERSON
    booking.cancel(by=journal.SYSTEM, appointment=row, step=step, why=why, at=at)
