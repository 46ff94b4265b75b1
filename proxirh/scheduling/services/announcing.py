"""Neutral mails of the agenda: there is something to read, and where; nothing of what, nor with whom."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from proxirh.outbox.services import queue_emails
from proxirh.scheduling.services.reach import reached

TO_STAFF = frozenset({"permanence_for_staff", "visit_for_staff"})


def tell(kind: str, people: Iterable[int | None], *, about: UUID, once: object, at: datetime) -> None:
    """Write to each of these people, once for this row and `once`; to nobody who has no address here."""
    addresses = reached(people, at_work=kind in TO_STAFF)
    queue_emails(
        kind=kind,
        to={f"{kind}:{about}:{once}:{person}": address for person, address in sorted(addresses.items())},
        template=f"scheduling/mails/{kind}.txt",
        context={},
        about=about,
        at=at,
    )
