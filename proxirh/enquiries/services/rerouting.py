"""Somebody moved: what her own rule no longer lets her meet is offered to whoever may, without her being told why."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from proxirh.accounts.models import Person
from proxirh.enquiries.conflicts import free_members
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.noting import set_notes_aside
from proxirh.enquiries.services.treating import end_beside, replace_unable_lead, send_to_neighbours
from proxirh.enquiries.services.unbooking import give_back_unmeetable, left_alone
from proxirh.enquiries.standing import handled_by
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel import journal
from proxirh.kernel.errors import StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import actor_at_work

WHY = "quelqu’un peut-il encore la recevoir ?"


def move_unable(*, at: datetime) -> int:
    """Enquiries whose lead, or whose whole team, may no longer meet them; returns how many were offered again.

    Whoever followed one beside its lead, and may no longer, is let go; an appointment with somebody who follows its
    enquiry no longer is given back.

    Reading is refused at once by the doors, which compute the rule at each request; this finds someone else.
    """
    for row, person in _left_beside(at):
        _let_go(row, person, at=at)
    moved = sum(_unless_moved(_replace, row, at) for row in _left_by_their_leads(at)) + sum(
        _unless_moved(_send_on, row, at) for row in _untaken() if not free_members(row, at=at)
    )
    for pk in list(left_alone(at=at)):
        _unless_moved(_give_back, Enquiry.objects.for_system(WHY).to_route().get(pk=pk), at)
    return moved


def _unless_moved(act: Callable[..., bool], row: Enquiry, at: datetime) -> bool:
    """Somebody moved this one meanwhile: the next round sees it as it is, and the others do not wait for it."""
    try:
        return act(row, at=at)
    except StaleState:
        return False


def reconsider(pk: int, *, at: datetime) -> None:
    """One enquiry whose place has just changed: offered again at once if its lead, or its whole team, may not meet it.

    Whoever follows it beside the lead is refused at once by the doors, and let go at the next round; an appointment
    with her is given back at once.
    """
    row = Enquiry.objects.for_system(WHY).to_route().get(pk=pk)
    if row.lead_id is not None:
        replace_unable_lead(row, at=at)
    elif not free_members(row, at=at):
        send_to_neighbours(row, at=at)
    give_back_unmeetable(row, at=at)


def _left_by_their_leads(at: datetime) -> Iterable[Enquiry]:
    """Rule of the doors, one person at a time: two or three queries each, whatever she follows."""
    leading = Enquiry.objects.for_system(WHY).open().filter(lead__isnull=False)
    people = Person.objects.filter(pk__in=leading.values("lead_id")).select_related("data_key", "user")
    for person in people.order_by("pk").iterator(chunk_size=200):
        hers = Enquiry.objects.for_system(WHY).open().filter(lead=person)
        met = Enquiry.objects.for_system(WHY).filter(handled_by(actor_at_work(person, at=at))).values("pk")
        yield from hers.exclude(pk__in=met).to_route()


def _left_beside(at: datetime) -> Iterable[tuple[Enquiry, Person]]:
    """The same for whoever follows beside a lead."""
    beside = {"handlings__state": HandlingState.ACCEPTED, "handlings__is_lead": False}
    people = Person.objects.filter(**beside).distinct().select_related("data_key", "user")
    for person in people.order_by("pk").iterator(chunk_size=200):
        hers = Enquiry.objects.for_system(WHY).open().filter(**beside, handlings__person=person)
        met = Enquiry.objects.for_system(WHY).filter(handled_by(actor_at_work(person, at=at))).values("pk")
        yield from ((row, person) for row in hers.exclude(pk__in=met).to_route())


def _untaken() -> Iterable[Enquiry]:
    return Enquiry.objects.for_system(WHY).untaken().to_route().order_by("pk").iterator(chunk_size=200)


@transaction.atomic
def _let_go(enquiry: Enquiry, person: Person, *, at: datetime) -> None:
    if end_beside(enquiry, [person.pk], at=at):
        set_notes_aside(enquiry, [person.pk], at=at)
        journal.record(
            actor=journal.SYSTEM, verb="demande.co_suivi_fini", subject=enquiry, at=at, to=f"personne:{person.uid}"
        )
        give_back_unmeetable(enquiry, at=at)


@transaction.atomic
def _give_back(enquiry: Enquiry, *, at: datetime) -> bool:
    swap(enquiry, {"state": enquiry.state}, {"state": enquiry.state})  # nobody takes it meanwhile
    give_back_unmeetable(enquiry, at=at)
    return True


@transaction.atomic
def _replace(enquiry: Enquiry, *, at: datetime) -> bool:
    return replace_unable_lead(enquiry, at=at)


@transaction.atomic
def _send_on(enquiry: Enquiry, *, at: datetime) -> bool:
    before = enquiry.team_id
    send_to_neighbours(enquiry, at=at)
    return enquiry.team_id != before
