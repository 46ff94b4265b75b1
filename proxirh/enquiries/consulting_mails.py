"""The mails of a question to a cell: there is something to read, and where; never what, nor of whom."""

from datetime import datetime

from proxirh.enquiries import notices
from proxirh.enquiries.conflicts import asking_of, kept_away
from proxirh.enquiries.models import Enquiry, ExpertQuestion
from proxirh.kernel.calendar import local_day
from proxirh.outbox.services import queue_emails
from proxirh.territories.services import listening


def tell_cell(question: ExpertQuestion, *, step: str, at: datetime) -> None:
    """Tell the officers of the cell whom nothing keeps away that a question waits."""
    enquiry = _told(question)
    day = local_day(at, enquiry.department.time_zone)
    away = kept_away(asking_of(enquiry), day=day)
    queue_emails(
        kind="question_for_cell",
        to={
            f"question:{question.uid}:{step}:{person.pk}": person.staff_address
            for person in listening.members(question.team, day=day)
            if person.staff_address and person.pk not in away
        },
        template="enquiries/mails/question_for_cell.txt",
        context={},
        about=enquiry.uid,
        at=at,
    )


def tell_lead(question: ExpertQuestion, *, step: str, at: datetime) -> None:
    """Tell whoever follows the enquiry that something came of it, or that nothing came in time."""
    notices.tell_lead(_told(question), kind="question_for_staff", dedupe_key=f"question:{question.uid}:{step}", at=at)


def _told(question: ExpertQuestion) -> Enquiry:
    """Its enquiry with what tells whom to write to, which the door of the cell leaves out."""
    rows = Enquiry.objects.for_system("qui prévenir d’une question à une cellule").to_reassign()
    return rows.select_related("department__academy").get(pk=question.enquiry_id)
