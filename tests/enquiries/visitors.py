"""Browsers of the cast, signed in as the sign-in step does, and the gestures they make at the desk."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Enquiry, Outcome
from tests.enquiries import acts
from tests.routes import blanked, sign_in, unknown
from tests.strict_client import StrictClient
from tests.world import World


def visitor(world: World, part: str) -> StrictClient:
    """A browser in which this part is signed in."""
    client = StrictClient()
    sign_in(client, world, part)
    return client


def text(response: HttpResponse) -> str:
    """What the page says, no-break spaces read as spaces."""
    return response.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def same_as_unknown(client: StrictClient, method: str, address: str, uid: object) -> bool:
    """True when the answer holds the very bytes that an id nothing has would get."""
    send = getattr(client, method.lower())
    real, absent = send(address), send(address.replace(str(uid), str(unknown())))
    got = blanked(real).replace(str(uid).encode(), str(unknown()).encode())
    return real.status_code == absent.status_code and got == blanked(absent)


def now_taken(world: World, **changes: Any) -> Enquiry:
    """Asked and taken at this very moment, since pages read the clock."""
    enquiry = world.submit(at=timezone.now(), **changes)
    acts.take(world, enquiry, at=timezone.now())
    return world.reload(enquiry)


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def fields(world: World, gesture: str, enquiry: Enquiry) -> dict[str, str]:
    """What the form of a gesture carries hidden."""
    from_page = visitor(world, "counsellor").get(reverse(f"enquiries:desk_{gesture}", args=[enquiry.uid])).context
    form = from_page["form"]
    return {"seen": form.initial["seen"], "idempotency_key": str(form.initial["idempotency_key"])}


ANSWERS: dict[str, dict] = {
    "repondre": {
        "body": "Bonjour, voici ce que je vous propose.",
        "next_step": "Vous rappeler",
        "next_step_on": in_days(7),
    },
    "echange": {
        "means": "phone",
        "was_reached": "oui",
        "summary": "Échange sur le projet.",
        "next_step": "Envoyer la fiche",
        "next_step_on": in_days(7),
        "happened_on": in_days(0),
    },
    "orienter": {
        "name": "Service d’exemple",
        "reach": "Téléphone : 01 99 00 00 50",
        "place": "dehors",
        "body": "Ils savent répondre à cela.",
    },
    "etape": {"next_step": "Rappeler", "next_step_on": in_days(3)},
    "attendre_agent": {"next_step": "Envoyer l’arrêté", "next_step_on": in_days(10)},
    "attendre_date": {"next_step": "Résultats", "next_step_on": in_days(40)},
    "terminer": {
        "outcomes": [Outcome.INDIVIDUAL_INFORMATION, Outcome.INTERNAL_REFERRAL],
        "closing_word": "Bonne route.",
    },
    "rendre": {"reason": "absence"},
    "reprendre": {},
}


def do(world: World, gesture: str, enquiry: Enquiry, *, part: str = "counsellor", **answers: Any) -> HttpResponse:
    address = reverse(f"enquiries:desk_{gesture}", args=[enquiry.uid])
    return visitor(world, part).post(address, {**fields(world, gesture, enquiry), **ANSWERS[gesture], **answers})
