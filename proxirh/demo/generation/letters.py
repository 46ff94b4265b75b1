"""The mails that personas received in the last week, as the services would have written them, already sent."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F

from proxirh.demo.generation.staff import Service, Staff
from proxirh.demo.generation.story import Story
from proxirh.demo.personas import ADDRESSES
from proxirh.enquiries.models import Enquiry
from proxirh.kernel.tokens import grouped
from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.outbox.services import queue_email

KEPT = timedelta(days=7)
TO_AUTHOR = {
    "take": "taken",
    "give_back": "given_back",
    "message": "message_for_author",
    "wait_for_agent": "waiting_for_you",
    "wait_for_date": "waiting_for_date",
    "close": "closed",
}
TO_LEAD = {"withdraw": "withdrawn", "reply": "message_for_staff"}


class Letter(NamedTuple):
    """One mail to queue."""

    at: datetime
    kind: str
    to: str | None
    context: dict[str, Any]


def deliver(played: Iterable[tuple[Story, Enquiry]], service: Service, *, now: datetime) -> None:
    """Write the mails of the last week that went to a persona."""
    letters = [letter for story, enquiry in played for letter in _letters(story, enquiry, service)]
    for letter in sorted(letters, key=lambda letter: letter.at):
        if letter.to in ADDRESSES and letter.at > now - KEPT:
            queue_email(
                kind=letter.kind,
                to=letter.to,
                template=f"enquiries/mails/{letter.kind}.txt",
                context=letter.context,
                at=letter.at,
            )
    OutgoingEmail.objects.filter(state=MailState.QUEUED).update(state=MailState.SENT, sent_at=F("due_at"), attempts=1)


def _letters(story: Story, enquiry: Enquiry, service: Service) -> Iterator[Letter]:
    named = {"enquiry_uid": enquiry.uid, "reference": enquiry.reference}
    address = story.answers.email
    if address and not story.typed_by:
        acknowledged = {
            "reference": enquiry.reference,
            "call_code": grouped(enquiry.call_code, 3),
            "team": story.team,
            "due_on": story.place.clock.local(enquiry.due_at).date(),
        }
        yield Letter(story.typed_at, "acknowledgement", address, acknowledged)
    for staff in service.members[story.team.pk]:
        if staff.person.pk not in story.answers.refused and not (staff.sites & {enquiry.site_id}):
            alert = "call_today" if enquiry.wants_call_today else "team_alert"
            yield Letter(story.typed_at, alert, staff.person.staff_address, {})
    lead: Staff | None = None
    may_tell = not story.claim_code
    for act in story.acts:
        lead = act.by if act.name == "take" else lead
        may_tell = may_tell or act.name == "claim"
        if act.name in TO_AUTHOR and address and may_tell:
            yield Letter(act.at, TO_AUTHOR[act.name], address, named)
        elif act.name in TO_LEAD and lead:
            yield Letter(act.at, TO_LEAD[act.name], lead.person.staff_address, named)
