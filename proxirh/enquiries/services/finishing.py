"""Ending several follow-ups at once: those whose silence says that they are over, each as if it were the only one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from proxirh.enquiries import desk
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.closing import OTHER_TOPIC, close_enquiry
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.territories.actor import Actor

# Difficulties and health: nobody learns in a batch that such a follow-up is over.
ONE_BY_ONE = {"2": "sujet difficile", "3": "sujet difficile", OTHER_TOPIC: "sujet à préciser"}
BY_ITSELF, ENDED = "Elle se termine seule, depuis sa page.", "Elle avait déjà pris fin."


@dataclass(slots=True)
class Finished:
    """How many were ended, and why each other was left as it was, by reference."""

    count: int = 0
    left: dict[str, str] = field(default_factory=dict)


def alone(enquiry: Enquiry) -> str:
    """Why this one is only ended by itself; "" if it may be ended with others."""
    return ONE_BY_ONE.get(enquiry.fact.branch, "")


def finish_together(
    *,
    actor: Actor,
    seen: Mapping[UUID, str],
    outcomes: Collection[str],
    closing_word: str = "",
    key: UUID,
    at: datetime | None = None,
) -> Finished:
    """End each enquiry of `seen` that has not changed since its print; whatever else is left, and named.

    One transaction each: what cannot be ended keeps none of the others. The same key again ends nothing twice.
    """
    done = Finished()
    for enquiry in desk.in_hands(actor, seen):
        try:
            if alone(enquiry):
                raise NotAllowed(BY_ITSELF)
            close_enquiry(
                actor=actor,
                enquiry=enquiry,
                outcomes=outcomes,
                closing_word=closing_word,
                seen=seen[enquiry.uid],
                key=uuid5(key, enquiry.uid.hex),
                at=at,
            )
        except DomainError as refusal:
            done.left[enquiry.reference] = str(refusal) if enquiry.is_open else ENDED
        else:
            done.count += 1
    return done
