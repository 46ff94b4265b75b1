"""Who else is on the page of an enquiry: told to those who may read it, about those who may read it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BigAutoField, DateTimeField, Q, QuerySet
from django.utils import timezone

from proxirh.enquiries.models import Enquiry, Presence
from proxirh.enquiries.querysets import still_reading
from proxirh.kernel.errors import NotAllowed
from proxirh.kernel.written import Given, written_once
from proxirh.territories.actor import Actor

# A page says that it is open every twenty-five seconds: past two silences, it is not.
LASTS = timedelta(seconds=60)
MOST_NAMED = 5


@transaction.atomic
def attend(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """This person has the page open now; `enquiry` came through `visible_to`. Neither a reading nor an act."""
    if actor.person_id is None:
        raise NotAllowed("Connectez-vous pour ouvrir cette page.")
    Presence.objects.mark(enquiry_id=enquiry.pk, person_id=actor.person_id, at=at or timezone.now())


@written_once
def _there() -> QuerySet[Presence]:
    """Those who have it in hand or opened it, and whom its author does not keep away: whatever changed meanwhile."""
    return (
        Presence.objects.filter(
            still_reading(Given("now", DateTimeField())),
            ~Q(person_id=Given("reader", BigAutoField())),
            enquiry_id=Given("enquiry", BigAutoField()),
            seen_at__gt=Given("since", DateTimeField()),
        )
        .select_related("person__data_key")
        .order_by("pk")[:MOST_NAMED]
    )


def who_else(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> str:
    """One sentence that names who else is there; nothing when nobody is. One query."""
    at = at or timezone.now()
    found = _there().read(now=at, since=at - LASTS, enquiry=enquiry.pk, reader=actor.person_id or 0)
    names = [one.person.full_name or "Quelqu’un du service" for one in found]
    if not names:
        return ""
    if len(names) == 1:
        return f"{names[0]} est aussi sur cette page."
    return f"{', '.join(names[:-1])} et {names[-1]} sont aussi sur cette page."
