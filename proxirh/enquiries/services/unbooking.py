"""The appointments of an enquiry, and what becomes of them when it ends."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from proxirh.enquiries import notices
from proxirh.enquiries.conflicts import free_members
from proxirh.enquiries.models import Enquiry, EnquiryAppointment
from proxirh.enquiries.services.calling_back import give_promises_back
from proxirh.enquiries.services.holding import hold
from proxirh.enquiries.standing import handled_by
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel import journal
from proxirh.kernel.errors import StaleState
from proxirh.scheduling.models import Appointment, WhyCancelled
from proxirh.scheduling.services import booking
from proxirh.scheduling.workflow import AppointmentState, AppointmentStep
from proxirh.territories.actor import Actor

WHY = "rendez-vous d’une demande qui a changé de mains"


def appointments_of(enquiry: Enquiry) -> QuerySet[Appointment]:
    """All of its rows, for whoever it came to through a door; the latest first, those that were moved left out."""
    series = enquiry.meetings.values("series")
    rows = Appointment.objects.of_series(series).exclude(state=AppointmentState.MOVED)
    return rows.to_tell().order_by("-starts_at", "-pk")


def upcoming(enquiry: Enquiry, *, at: datetime) -> Appointment | None:
    """The one to come."""
    return appointments_of(enquiry).filter(state=AppointmentState.CONFIRMED, ends_at__gt=at).first()


def out_of_hands(actor: Actor) -> Q:
    """Appointments whose enquiry this person no longer has in hand; of none, when they were taken for none."""
    links = EnquiryAppointment.objects.of_outer_row()
    held = Enquiry.objects.for_system("rendez-vous de ce qui est en main").filter(handled_by(actor)).order_by()
    return Q(Exists(links)) & ~Q(Exists(links.filter(enquiry__in=held.values("pk"))))


def give_back_appointments(enquiry: Enquiry, *, by: str, by_author: bool, at: datetime) -> None:
    """Its follow-up ends: the time to come is given back, and both sides are told; within that transaction."""
    row = upcoming(enquiry, at=at)
    if row is None or row.starts_at <= at:
        return
    step = AppointmentStep.CANCEL_BY_AGENT if by_author else AppointmentStep.CANCEL_BY_SERVICE
    booking.cancel(by=by, appointment=row, step=step, why=WhyCancelled.FOLLOW_UP_ENDED, at=at)


def give_back_unmeetable(enquiry: Enquiry, *, at: datetime) -> None:
    """Whoever was to be met has left the team, follows the enquiry no longer, or is kept away since: the person chooses
    anew, and reads no reason.

    Whoever was to call her back, and is kept away since, is so no more.
    """
    give_promises_back(enquiry, at=at)
    row = upcoming(enquiry, at=at)
    if row is None or row.starts_at <= at:
        return
    follows = enquiry.handlings.filter(state=HandlingState.ACCEPTED, person=row.person_id).exists()
    if follows and row.person_id in free_members(enquiry, at=at):
        return
    step, why = AppointmentStep.CANCEL_BY_SERVICE, WhyCancelled.OTHER_PERSON
    booking.cancel(by=journal.SYSTEM, appointment=row, step=step, why=why, at=at)


def left_alone(*, at: datetime) -> QuerySet[EnquiryAppointment, int]:
    """Enquiries whose appointment to come is with somebody who follows them no longer."""
    coming = Appointment.objects.for_system(WHY).confirmed().filter(starts_at__gt=at)
    followed = Q(handlings__person=OuterRef("host"), handlings__state=HandlingState.ACCEPTED)
    following = Enquiry.objects.for_system(WHY).filter(followed, pk=OuterRef("enquiry")).order_by()
    return EnquiryAppointment.objects.met_outside(coming, following).values_list("enquiry_id", flat=True)


def correct_guest(enquiry: Enquiry, *, at: datetime) -> None:
    """She is written to, called and named as she says now; within that transaction.

    Her address, for those that are over too: what their links open follows it.
    """
    coming, address = upcoming(enquiry, at=at), notices.address_read(enquiry)
    for row in appointments_of(enquiry):
        if row.address != address:
            row.address = address
            row.save(update_fields=["address"])
    if coming is None:
        return
    coming.name, coming.phone = enquiry.contact_name, enquiry.contact.get("phone") or coming.phone
    coming.save(update_fields=["name", "phone"])


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
