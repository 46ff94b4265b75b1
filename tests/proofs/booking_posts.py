"""Right answers to the forms of appointments: by whoever comes, by link or signed in, and by her counsellor."""

import uuid
from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.meeting import book_meeting, terms_of
from proxirh.scheduling.links import token_of
from proxirh.scheduling.models import Appointment, Availability, Way, WhyCancelled
from proxirh.scheduling.services.booking import Choice, offered
from tests.enquiries.visitors import now_taken, visitor
from tests.proofs.agenda_posts import opened_now
from tests.proofs.posting import Post, from_page, in_days
from tests.world import World

# Whoever has the link of an appointment, signed in or not.
ANYBODY = "anonymous"
NUMBER = "06 00 00 00 01"


def booked_now(world: World, enquiry: Enquiry | None = None, *, after: int = 3) -> Appointment:
    """By its author, so many days from now, with whoever follows it."""
    opened_now(world)
    enquiry, now = enquiry or now_taken(world), timezone.now()
    terms = terms_of(enquiry, for_author=True, at=now)
    slots = offered([world.people["counsellor"].pk], terms)
    start = next(slot.start for slot in slots if slot.start > now + timedelta(days=after))
    return book_meeting(
        actor=world.actor("author", at=now),
        enquiry=enquiry,
        choice=Choice(world.people["counsellor"].pk, start, Way.PHONE),
        phone=NUMBER,
        key=uuid.uuid4(),
        at=now,
    )


def over_now(world: World, enquiry: Enquiry | None = None) -> Appointment:
    """The same, over since an hour ago."""
    row, ended = booked_now(world, enquiry), timezone.now() - timedelta(hours=1)
    Appointment.objects.filter(pk=row.pk).update(starts_at=ended - row.length, ends_at=ended)
    return row


def first_code(world: World, part: str, address: str) -> str:
    """What names the first moment that a page offers."""
    return visitor(world, part).get(address).context["shown"].days[0].lines[0].code


def of_offered(world: World, part: str, address: str, **data: object) -> Post:
    """The first moment that is offered, read again and confirmed."""
    code = first_code(world, part, address)
    key = visitor(world, part).get(address, {"creneau": code}).context["form"]["key"].value()
    return Post(part, address, {"creneau": code, "key": str(key), **data})


def taken_by_author(world: World) -> Post:
    opened_now(world)
    address = reverse("enquiries:own_meeting", args=[now_taken(world).uid])
    return of_offered(world, "author", address, phone=NUMBER, reminders="on")


def called_back(world: World) -> Post:
    """Nothing is open."""
    Availability.objects.all().delete()
    address = reverse("enquiries:own_meeting", args=[now_taken(world).uid])
    once = visitor(world, "author").get(address).context["once"]
    key = str(once.initial["idempotency_key"])
    return Post("author", address, {"geste": "rappel", "idempotency_key": key})


def by_link(world: World, name: str, **data: object) -> Post:
    address = reverse(f"scheduling:{name}", args=[token_of(booked_now(world))])
    return Post(ANYBODY, address, data)


def moved_by_link(world: World) -> Post:
    return of_offered(world, ANYBODY, by_link(world, "move_own").address, seen=0)


def agreed(world: World) -> Post:
    """By voice, noted at the desk."""
    address = reverse("enquiries:meetings", args=[now_taken(world).uid])
    key = str(visitor(world, "counsellor").get(address).context["moment"]["key"].value())
    return Post(
        "counsellor", address, {"geste": "moment", "day": in_days(3), "hour": "18:30", "way": "phone", "key": key}
    )


def told_of(world: World) -> Post:
    """What became of it, with the exchange and what comes next."""
    enquiry = now_taken(world)
    row = over_now(world, enquiry)
    address = reverse("enquiries:meetings", args=[enquiry.uid])
    outcome = visitor(world, "counsellor").get(address).context["outcome"]
    said = {"summary": "Nous avons parlé.", "next_step": "Envoyer la fiche", "next_step_on": in_days(7)}
    named = {"appointment": str(row.uid), "key": str(outcome["key"].value())}
    return Post("counsellor", address, {"geste": "suite", "kept": "oui", **said, **named})


def cancelled_at_desk(world: World) -> Post:
    enquiry = now_taken(world)
    booked_now(world, enquiry)
    return Post("counsellor", reverse("enquiries:meetings", args=[enquiry.uid]), {"geste": "annuler", "cause": "agent"})


def moved_in_agenda(world: World) -> Post:
    return of_offered(world, "counsellor", reverse("scheduling:move", args=[booked_now(world).uid]))


def on_appointment(world: World, row: Appointment, **data: object) -> Post:
    return Post("counsellor", reverse("scheduling:appointment", args=[row.uid]), data)


def noted_alone(world: World) -> Post:
    typed = {"name": "M. D.", "phone": NUMBER, "day": in_days(3), "hour": "18:30", "way": "phone"}
    return from_page(world, "counsellor", reverse("scheduling:alone"), **typed)


def closed_feed(world: World) -> Post:
    opened = from_page(world, "counsellor", reverse("scheduling:feed"))
    opened.send(world)
    return from_page(world, "counsellor", opened.address, geste="fermer")


BOOKING: dict[str, Callable[[World], Post]] = {
    "prendre rendez-vous": taken_by_author,
    "demander à être rappelée": called_back,
    "déplacer par le lien": moved_by_link,
    "annuler par le lien": lambda world: by_link(world, "cancel_own", why=WhyCancelled.UNSAID.value, seen=0),
    "refuser les rappels": lambda world: by_link(world, "stop_reminders"),
    "noter un rendez-vous convenu": agreed,
    "renseigner un rendez-vous": told_of,
    "annuler au bureau": cancelled_at_desk,
    "déplacer dans l’agenda": moved_in_agenda,
    "annuler dans l’agenda": lambda world: on_appointment(world, booked_now(world), geste="annuler", cause="absence"),
    "dire qu’il a eu lieu": lambda world: on_appointment(world, over_now(world), kept="oui"),
    "noter un rendez-vous sans demande": noted_alone,
    "ouvrir son calendrier": lambda world: from_page(world, "counsellor", reverse("scheduling:feed")),
    "fermer son calendrier": closed_feed,
}
