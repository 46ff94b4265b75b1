"""The mails of a referral: there is something to read, and where; never what, nor of whom, nor to whom it went."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from proxirh.accounts.models import Person
from proxirh.enquiries import notices
from proxirh.enquiries.conflicts import asking_of, kept_away
from proxirh.enquiries.models import Enquiry, Referral
from proxirh.kernel.calendar import local_day
from proxirh.outbox.services import queue_emails
from proxirh.territories.actor import on_day, standing_in
from proxirh.territories.models import Posting, Role
from proxirh.territories.services import listening


def tell_author(referral: Referral, *, step: str, at: datetime) -> None:
    """Tell the agent, where she may be written to, that something waits for her on her page."""
    notices.tell_author(
        _told(referral), kind="referral_for_author", dedupe_key=f"referral:{referral.uid}:{step}", at=at
    )


def tell_lead(referral: Referral, *, step: str, at: datetime) -> None:
    """Tell whoever follows the enquiry that something came of it."""
    notices.tell_lead(_told(referral), kind="referral_for_staff", dedupe_key=f"referral:{referral.uid}:{step}", at=at)


def tell_other_side(referral: Referral, *, step: str, token: str = "", at: datetime) -> None:
    """Tell the officers of the cell whom nothing keeps away, or the partner with the only link that opens it."""
    if referral.partner is None:
        day = _day(referral, at)
        people = listening.members(_cell(referral), day=day)
        step = f"{step}:{at:%Y%m%d%H%M%S}" if step == "sent_back" else step
        _queue(referral, "referral_for_cell", people, step=step, context={}, day=day, at=at)
        return
    queue_emails(
        kind="referral_for_partner",
        # Once for each link: the one before is dead.
        to={f"referral:{referral.uid}:{step}:{at:%Y%m%d%H%M%S%f}": referral.partner.address},
        template="enquiries/mails/referral_for_partner.txt",
        context={
            "token": token,
            "until": referral.expires_at,
            "zone": referral.enquiry.department.time_zone,
            "academy": referral.enquiry.department.academy,
            "is_again": step != "sent",
        },
        about=referral.enquiry.uid,
        at=at,
    )


def tell_heads(referral: Referral, *, step: str = "to_validate", at: datetime) -> None:
    """Tell the heads of the service of the cell, or who stands in for them, that an answer waits for them."""
    day, academy_id = _day(referral, at), _cell(referral).academy_id
    serving = Posting.objects.filter(on_day(day), role=Role.HEAD_OF_SERVICE, academy_id=academy_id)
    deputies = standing_in(day, Role.HEAD_OF_SERVICE).filter(academy_id=academy_id)
    keys = {*serving.values_list("person_id", flat=True), *deputies.values_list("deputy_id", flat=True)}
    people = Person.objects.filter(pk__in=keys).select_related("data_key").order_by("pk")
    context = {"reference": referral.reference}
    # Sent back and written again, it waits again.
    _queue(referral, "referral_to_validate", people, step=f"{step}:{at:%Y%m%d%H%M%S}", context=context, day=day, at=at)


def _queue(
    referral: Referral,
    kind: str,
    people: Collection[Person],
    *,
    step: str,
    context: dict[str, Any],
    day: Any,
    at: datetime,
) -> None:
    away = kept_away(asking_of(_told(referral)), day=day)
    queue_emails(
        kind=kind,
        to={
            f"referral:{referral.uid}:{step}:{person.pk}": person.staff_address
            for person in people
            if person.staff_address and person.pk not in away
        },
        template=f"enquiries/mails/{kind}.txt",
        context=context,
        about=referral.enquiry.uid,
        at=at,
    )


def _told(referral: Referral) -> Enquiry:
    """Its enquiry with what tells whom to write to, which the other side’s doors leave out."""
    rows = Enquiry.objects.for_system("qui prévenir d’une mise en relation").to_reassign()
    return rows.select_related("department__academy").get(pk=referral.enquiry_id)


def _cell(referral: Referral) -> Any:
    assert referral.team is not None
    return referral.team


def _day(referral: Referral, at: datetime) -> Any:
    return local_day(at, referral.enquiry.department.time_zone)
