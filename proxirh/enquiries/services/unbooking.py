"""The appointments of an enquiry, and what becomes of them when it ends."""

from datetime import datetime

from django.db.models import QuerySet

from proxirh.enquiries import notices
from proxirh.enquiries.conflicts import free_members
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.calling_back import give_promises_back
from proxirh.enquiries.services.holding import hold
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel import journal
from proxirh.kernel.errors import StaleState
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
    """Whoever was to be met has left the team, or is kept away since: the person chooses anew, and reads no reason.

    Whoever was to call her back, and is kept away since, is so no more.
    """
    give_promises_back(enquiry, at=at)
    row = upcoming(enquiry, at=at)
    if row is None or row.starts_at <= at or row.person_id in free_members(enquiry, at=at):
        return
    step, why = AppointmentStep.CANCEL_BY_SERVICE, WhyCancelled.OTHER_PERSON
    booking.cancel(by=journal.SYSTEM, appointment=row, step=step, why=why, at=at)


def correct_guest(enquiry: Enquiry, *, at: datetime) -> None:
    """She is written to, called and named as she says now; within that transaction."""
    row = upcoming(enquiry, at=at)
    if row is None:
        return
    row.name, row.address = enquiry.contact_name, notices.address_read(enquiry)
    row.phone = enquiry.contact.get("phone") or row.phone
    row.save(update_fields=["name", "address", "phone"])


def hold_meetable(row: Appointment, *, at: datetime) -> None:
    """Before its link alone moves it or takes it again: its enquiry is open, nothing else is to come, and whoever would
    be met may still meet it. Within that transaction; StaleState otherwise.
    """
    rows = Enquiry.objects.for_system("rendez-vous par son lien").filter(meetings__series=row.series).order_by()
    pk = rows.values_list("pk", flat=True).first()
    if pk is None:
        return
    hold(pk, why="rendez-vous par son lien")
    enquiry = Enquiry.objects.for_system("rendez-vous par son lien").to_route().get(pk=pk)
    coming = upcoming(enquiry, at=at)
    held = enquiry.handlings.filter(state=HandlingState.ACCEPTED, person=row.person_id)
    if (
        not enquiry.is_open
        or row.person_id not in free_members(enquiry, at=at)
        or (coming is not None and coming.series != row.series)
        or not (row.is_confirmed or held.exists())
    ):
        raise StaleState("Ce rendez-vous ne se reprend plus ici. Passez par votre page de suivi.")
