"""The mails of a roster: there is something to read, and where; never a name, a day nor a reason."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from proxirh.accounts.models import Person
from proxirh.outbox.services import queue_emails
from proxirh.scheduling.models import DutyShift, LineRules, ShiftSwap
from proxirh.territories.actor import Actor
from proxirh.territories.models import Team

MAILS = "scheduling/mails/"


def tell_changed(shift: DutyShift, people: Iterable[Person], *, but: Actor, at: datetime) -> None:
    """Tell whom it concerns that her half-days have changed, but for who changed them."""
    told = [one for one in people if one.pk != but.person_id]
    _send("duty_changed", f"duty:{shift.uid}:{shift.state}", told, at=at, has_page=True)


def tell_week_changed(rules: LineRules, person: Person, *, but: Actor, has_page: bool = True, at: datetime) -> None:
    """Tell somebody once of all that one writing of the roster changed for her, unless she wrote it; without a link
    when she has no page of half-days any more.
    """
    told = [person] if person.pk != but.person_id else []
    _send("duty_changed", f"week:{rules.line_id}:{rules.version}", told, at=at, has_page=has_page)


def tell_offered(swap: ShiftSwap, people: Collection[Person], *, at: datetime) -> None:
    """Tell those whom a half-day is offered to that something waits for their answer."""
    _send("swap_asked", f"swap:{swap.uid}:asked", people, at=at)


def tell_settled(swap: ShiftSwap, person: Person, *, at: datetime) -> None:
    """Tell who offered a half-day that it was accepted or refused."""
    _send("swap_settled", f"swap:{swap.uid}:{swap.state}", [person], at=at)


def tell_holes(line: Team, people: Collection[Person], count: int, *, monday: date, at: datetime) -> int:
    """Tell heads of service, once a week and a line, how many half-days lack somebody; returns how many mails."""
    context = {"count": count, "line_uid": line.uid}
    return _send("roster_holes", f"holes:{line.uid}:{monday.isoformat()}", people, at=at, **context)


def _send(kind: str, key: str, people: Iterable[Person], *, at: datetime, **context: object) -> int:
    return queue_emails(
        kind=kind,
        to={f"{key}:{one.pk}": one.staff_address for one in people if one.staff_address},
        template=f"{MAILS}{kind}.txt",
        context=context,
        at=at,
    )
