"""The next step of an enquiry follows its appointment, which its link moves or cancels without knowing of it."""

from datetime import datetime

from django.db import transaction

from proxirh.enquiries.freshness import sealed
from proxirh.enquiries.models import Enquiry, EnquiryAppointment
from proxirh.enquiries.services.meeting import NEXT_STEP
from proxirh.enquiries.workflow import TAKEN_STATES
from proxirh.kernel.calendar import add_working_days, local_day
from proxirh.kernel.errors import StaleState
from proxirh.kernel.workflow import swap
from proxirh.scheduling.models import Appointment, Way
from proxirh.territories.services.calendars import calendar_of

WHY = "prochaine étape après un rendez-vous déplacé ou annulé"
ANOTHER = "Convenir d’un autre moment"
# Enough for whoever cancelled to choose anew by herself.
WORKING_DAYS = 3


def follow_meetings(*, at: datetime) -> int:
    """Where an appointment was moved or cancelled since it was last looked at, say so in the next step; returns where.

    One transaction each: stopped anywhere, the next run goes on. A step that somebody has written meanwhile stays.
    """
    done = 0
    for meeting in EnquiryAppointment.objects.behind(Appointment.objects.for_system(WHY)).order_by("pk"):
        try:
            with transaction.atomic():
                done += _follow(meeting, at=at)
        except StaleState:  # somebody moved it at the same time: the next run sees it as it is
            continue
    return done


def _follow(meeting: EnquiryAppointment, *, at: datetime) -> bool:
    enquiry = Enquiry.objects.for_system(WHY).to_follow().get(pk=meeting.enquiry_id)
    row = Appointment.objects.for_system(WHY).filter(series=meeting.series).order_by("-sequence")[0]
    swap(meeting, {"followed": meeting.followed}, {"followed": row.sequence})
    if enquiry.state not in TAKEN_STATES or enquiry.next_step not in NEXT_STEP.values():
        return False
    if row.is_confirmed:
        step, day = NEXT_STEP[Way(row.way)], local_day(row.starts_at, enquiry.department.time_zone)
    else:
        today = local_day(at, enquiry.department.time_zone)
        step, day = ANOTHER, add_working_days(today, WORKING_DAYS, calendar_of(enquiry.department))
    seen = {"state": enquiry.state, "lead_id": enquiry.lead_id, "next_step_on": enquiry.next_step_on}
    swap(enquiry, seen, sealed(enquiry, {"next_step": step, "next_step_on": day}))
    return True
