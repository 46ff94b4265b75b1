"""What is kept about someone, told to her in words: what, why, until when, and how often someone read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from proxirh.accounts.models import Address
from proxirh.enquiries.expiry import expires_at, files_expire_at
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.personal_data import own_enquiries
from proxirh.territories.actor import Actor

MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Told:
    """One enquiry as its author meets it on « Mes données »."""

    uid: UUID
    reference: str
    asked_at: datetime
    is_open: bool
    zone: str
    messages: int
    files: int
    readings: int
    meetings: int
    until: datetime
    files_until: datetime | None
    notice: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The whole of it, by kind."""

    addresses: int
    enquiries: Sequence[Told]
    has_more: bool = False


def told_to(actor: Actor) -> Kept:
    """In as many queries whatever there is."""
    own = own_enquiries(actor).select_related("department")
    found = list(own.order_by("-submitted_at", "-pk")[: MOST_TOLD + 1])
    rows = found[:MOST_TOLD]
    counts = {name: _counted(rows, name) for name in ("messages", "attachments", "readings", "meetings")}
    return Kept(
        has_more=len(found) > MOST_TOLD,
        addresses=Address.objects.filter(user_id=actor.user_id or 0).count(),
        enquiries=[
            Told(
                uid=row.uid,
                reference=row.reference,
                asked_at=row.submitted_at,
                is_open=row.is_open,
                zone=row.department.time_zone,
                messages=counts["messages"].get(row.pk, 0),
                files=counts["attachments"].get(row.pk, 0),
                readings=counts["readings"].get(row.pk, 0),
                meetings=counts["meetings"].get(row.pk, 0),
                until=expires_at(row),
                files_until=files_expire_at(row),
                notice=row.notice_version,
            )
            for row in rows
        ],
    )


def _counted(rows: Sequence[Any], name: str) -> dict[int, int]:
    """How many of them hang from each of these enquiries, which came through a door."""
    keys = [row.pk for row in rows]  # and the key of no row, so that it costs the same without any
    found = Enquiry.objects.for_system("compte de ce qui est gardé").filter(pk__in=[0, *keys])
    return dict(found.annotate(n=Count(name)).values_list("pk", "n"))


@dataclass(frozen=True, slots=True)
class Everything:
    """What would go with an account, in numbers; `typed` enquiries wait to be recognised, and would stay."""

    enquiries: int
    open: int
    addresses: int
    typed: int


def all_that_goes(actor: Actor) -> Everything:
    """In four queries, whatever there is."""
    own = own_enquiries(actor)
    return Everything(
        enquiries=own.count(),
        open=own.open().count(),
        addresses=Address.objects.filter(user_id=actor.user_id or 0).count(),
        typed=Enquiry.objects.for_system("saisies pour une adresse prouvée").typed_for(actor).count(),
    )


def open_to_correct(actor: Actor) -> list[tuple[UUID, str]]:
    """Id and reference of the latest open enquiries of this person."""
    rows = own_enquiries(actor).open().order_by("-submitted_at", "-pk")
    return list(rows.values_list("uid", "reference")[:MOST_TOLD])
