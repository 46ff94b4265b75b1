"""Neutral mails of the agenda: there is something to read, and where; nothing of what, nor with whom."""

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from proxirh.outbox.services import Letter, queue_letters
from proxirh.scheduling.services.reach import reached

TO_STAFF = frozenset({"permanence_for_staff", "session_for_staff", "visit_for_staff"})


def tell(
    kind: str,
    people: Iterable[int | None],
    *,
    about: UUID,
    once: object,
    event: Callable[[str], str] | None = None,
    at: datetime,
) -> None:
    """Write to each of these people, once for this row and `once`; to nobody who has no address here.

    `event` makes of each address what goes into its calendar.
    """
    addresses = reached(people, at_work=kind in TO_STAFF)
    to = {f"{kind}:{about}:{once}:{person}": address for person, address in sorted(addresses.items())}
    letter = Letter(
        kind=kind,
        to=to,
        template=f"scheduling/mails/{kind}.txt",
        context={},
        about=about,
        calendars={key: event(address) for key, address in to.items()} if event else {},
    )
    queue_letters([letter], at=at)
