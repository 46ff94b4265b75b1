"""What the cast does to an enquiry, one function an act, and the ways that lead to each state."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, Outcome
from proxirh.enquiries.workflow import State
from proxirh.kernel.files import CheckedFile
from tests.world import NOW, World

LATER = NOW + timedelta(hours=1)
NEXT_WEEK = (NOW + timedelta(days=7)).date()
PDF = CheckedFile("arrêté.pdf", "application/pdf", b"%PDF-1.7\n%%EOF")

type Act = Callable[..., object]


def take(world: World, enquiry: Enquiry, *, part: str = "counsellor", at: datetime = LATER) -> None:
    services.take_enquiry(actor=world.actor(part), enquiry=enquiry, at=at)


def decline(world: World, enquiry: Enquiry, *, part: str = "counsellor", at: datetime = LATER) -> None:
    services.decline_enquiry(actor=world.actor(part), enquiry=enquiry, at=at)


def give_back(
    world: World,
    enquiry: Enquiry,
    *,
    part: str = "counsellor",
    reason: str = "charge",
    at: datetime = LATER,
    **more,
) -> None:
    services.give_back_enquiry(actor=world.actor(part), enquiry=enquiry, reason=reason, at=at, **more)


def set_step(world: World, enquiry: Enquiry, *, text: str = "Rappeler", at: datetime = LATER, **more) -> None:
    services.set_next_step(
        actor=world.actor("counsellor"), enquiry=enquiry, next_step=text, next_step_on=NEXT_WEEK, at=at, **more
    )


def wait_for_agent(world: World, enquiry: Enquiry, *, at: datetime = LATER, **more) -> None:
    services.wait_for_agent(
        actor=world.actor("counsellor"),
        enquiry=enquiry,
        next_step="Envoyer l’arrêté",
        next_step_on=NEXT_WEEK,
        at=at,
        **more,
    )


def wait_for_date(world: World, enquiry: Enquiry, *, at: datetime = LATER, **more) -> None:
    services.wait_for_date(
        actor=world.actor("counsellor"),
        enquiry=enquiry,
        next_step="Résultats du mouvement",
        next_step_on=NEXT_WEEK,
        at=at,
        **more,
    )


def resume(world: World, enquiry: Enquiry, *, at: datetime = LATER, **more) -> None:
    services.resume_enquiry(actor=world.actor("counsellor"), enquiry=enquiry, at=at, **more)


def log(
    world: World,
    enquiry: Enquiry,
    *,
    reached: bool = True,
    next_step_on: date = NEXT_WEEK,
    at: datetime = LATER,
    **more,
) -> object:
    return services.log_exchange(
        actor=world.actor("counsellor"),
        enquiry=enquiry,
        means="phone",
        was_reached=reached,
        summary="Échange sur le projet.",
        next_step="Envoyer la fiche",
        next_step_on=next_step_on,
        at=at,
        **more,
    )


def miss(world: World, enquiry: Enquiry, *, at: datetime = LATER) -> object:
    return log(world, enquiry, reached=False, at=at)


def reply(world: World, enquiry: Enquiry, *, at: datetime = LATER, **more) -> object:
    return services.send_message(
        actor=world.actor("counsellor"), enquiry=enquiry, body="Bonjour, voici.", at=at, **more
    )


def write(world: World, enquiry: Enquiry, *, at: datetime = LATER, **more) -> object:
    return services.send_message(actor=world.actor("author"), enquiry=enquiry, body="Merci.", at=at, **more)


def close(world: World, enquiry: Enquiry, *, at: datetime = LATER, outcomes: tuple[str, ...] = (), **more) -> None:
    services.close_enquiry(
        actor=world.actor("counsellor"),
        enquiry=enquiry,
        outcomes=outcomes or (Outcome.INDIVIDUAL_INFORMATION,),
        at=at,
        **more,
    )


def withdraw(world: World, enquiry: Enquiry, *, at: datetime = LATER, **more) -> None:
    services.withdraw_enquiry(actor=world.actor("author"), enquiry=enquiry, at=at, **more)


def reopen(world: World, enquiry: Enquiry, *, at: datetime = LATER) -> None:
    services.reopen_enquiry(actor=world.actor("author"), enquiry=enquiry, at=at)


WAYS: dict[str, tuple[Act, ...]] = {
    State.SUBMITTED: (),
    State.IN_PROGRESS: (take,),
    State.WAITING_FOR_AGENT: (take, wait_for_agent),
    State.WAITING_FOR_DATE: (take, wait_for_date),
    State.CLOSED: (take, close),
    State.WITHDRAWN: (take, withdraw),
}


def in_state(world: World, state: str) -> Enquiry:
    """A fresh enquiry of the author, led to a state by the acts that lead there, half an hour after asking."""
    enquiry = world.submit()
    for act in WAYS[state]:
        act(world, world.reload(enquiry), at=NOW + timedelta(minutes=30))
    return world.reload(enquiry)
