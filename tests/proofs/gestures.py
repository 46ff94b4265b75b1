"""Gestures that no proof of bad input sends, and all of them together."""

import uuid
from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Enquiry, Protection
from proxirh.enquiries.services import asking
from proxirh.territories.models import Topic
from tests.enquiries import acts
from tests.enquiries.visitors import now_taken
from tests.proofs.posting import Post, desk, from_page
from tests.proofs.posts import POSTS
from tests.world import World


def resumed(world: World) -> Post:
    waiting = desk(world, "attendre_agent")
    waiting.send(world)
    address = waiting.address.replace("attendre-agent", "reprendre")
    return from_page(world, "counsellor", address)


def reopened(world: World) -> Post:
    enquiry = now_taken(world)
    acts.close(world, enquiry, at=timezone.now())
    return Post("author", reverse("enquiries:reopen", args=[enquiry.uid]), {})


def dated(world: World, part: str, route: str) -> Post:
    enquiry = now_taken(world, topic=Topic.objects.get(code="2.3"))
    typed = {Protection.values[0]: timezone.localdate().isoformat()}
    return Post(part, reverse(f"enquiries:{route}", args=[enquiry.uid]), typed)


def typed_for_her(world: World, *, is_taken: bool = False) -> Enquiry:
    """Typed by the counsellor for the author, who has not recognised it yet."""
    typed = asking.submit_enquiry(
        actor=world.actor("counsellor"),
        answers=world.answers(),
        idempotency_key=uuid.uuid4(),
        channel="phone",
        on_behalf=True,
        at=timezone.now(),
    )
    if is_taken:
        acts.take(world, typed, at=timezone.now())
    return typed


def on_typed(world: World, part: str, route: str, *, is_taken: bool = False) -> Post:
    typed = typed_for_her(world, is_taken=is_taken)
    return Post(part, reverse(f"enquiries:{route}", args=[typed.uid]), {"code": typed.claim_code})


def called(world: World) -> Post:
    """An officer is told the reference and the code."""
    enquiry = now_taken(world)
    return Post("HR officer", reverse("enquiries:call"), {"reference": enquiry.reference, "code": enquiry.call_code})


MORE: dict[str, Callable[[World], Post]] = {
    "reprendre": resumed,
    "rouvrir": reopened,
    "décliner": lambda world: Post(
        "counsellor", reverse("enquiries:decline", args=[world.submit(at=timezone.now()).uid]), {}
    ),
    "dater ses démarches": lambda world: dated(world, "author", "steps"),
    "dater les démarches": lambda world: dated(world, "counsellor", "protection"),
    "accès exceptionnel": lambda world: Post(
        "coordinator",
        reverse("enquiries:exceptional", args=[now_taken(world).uid]),
        {"reason": "Sa conseillère est absente et elle attend une réponse aujourd’hui."},
    ),
    "redonner le code": lambda world: on_typed(world, "counsellor", "desk_code", is_taken=True),
    "reconnaître": lambda world: on_typed(world, "author", "recognise"),
    "ce n’est pas moi": lambda world: on_typed(world, "author", "not_mine"),
}
EVERY = {**POSTS, **MORE}
