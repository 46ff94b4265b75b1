"""Right answers to the forms of permanences, sessions and visits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from proxirh.scheduling.models import CollectiveSession, SitePermanence, VisitRequest
from proxirh.scheduling.services import permanences, seats
from proxirh.scheduling.services.half_days import tag
from tests.proofs.posting import Post, from_page, in_days
from tests.scheduling.going import SAFE, drafted, proposed, published, session, visit, when
from tests.targets import free_moment
from tests.world import World

MORNING = {"room": "Salle B12", "starts_at": "09:00", "ends_at": "12:00"}
MEETING = {
    "starts_at": "14:00",
    "ends_at": "16:00",
    "video_link": "https://visio.exemple.invalid/salle",
    "register_until": in_days(9),
}


def soon(days: int = 8) -> dict[str, Any]:
    """Now, and a day to come."""
    return {"day": timezone.localdate() + timedelta(days=days), "at": timezone.now()}


def yes(row: SitePermanence, *answers: str) -> dict[str, Any]:
    """For its room, from the page as it is."""
    return {"geste": "salle", "answers": list(answers), "seen": tag(row)}


def on_permanence(world: World, row: SitePermanence, part: str = "counsellor", **data: Any) -> Post:
    return Post(part, reverse("scheduling:permanence", args=[row.uid]), data)


def on_hosted(world: World, row: SitePermanence, **data: Any) -> Post:
    return Post("superior", reverse("scheduling:hosted_one", args=[row.uid]), data)


def checked(world: World) -> SitePermanence:
    row = drafted(world, **soon())
    permanences.check_room(actor=world.actor("counsellor"), permanence=row, answers=SAFE)
    return row


def revised(world: World) -> Post:
    address = reverse("scheduling:revise_permanence", args=[drafted(world, **soon()).uid])
    return from_page(world, "counsellor", address, **{**MORNING, "room": "Salle C3"}, day=in_days(8), minutes="45")


def offered(world: World) -> SitePermanence:
    found = soon()
    return proposed(world, days=(found["day"],), at=found["at"])


def opened_session(world: World) -> CollectiveSession:
    return session(world, when=when(free_moment(world.actor("counsellor"))), at=timezone.now())


def on_session(world: World, name: str, part: str = "counsellor", **data: Any) -> Post:
    row = opened_session(world)
    return Post(part, reverse(f"scheduling:{name}", args=[row.uid]), data)


def left_session(world: World) -> Post:
    row = opened_session(world)
    seats.register(actor=world.actor("author"), session=row)
    return Post("author", reverse("scheduling:attend", args=[row.uid]), {"geste": "desinscrire"})


def begun(world: World) -> Post:
    row = opened_session(world)
    seat = seats.register(actor=world.actor("author"), session=row)
    start = timezone.now() - timedelta(hours=2)
    CollectiveSession.objects.filter(pk=row.pk).update(
        starts_at=start, ends_at=start + timedelta(hours=1), register_until=start
    )
    data = {"geste": "presences", "venus": [str(seat.uid)]}
    return Post("counsellor", reverse("scheduling:session", args=[row.uid]), data)


def asked(world: World) -> VisitRequest:
    VisitRequest.objects.filter(asked_by=world.people["author"]).delete()  # three may wait at a time
    return visit(world, **soon())


def on_visit(world: World, name: str, part: str, **data: Any) -> Post:
    return Post(part, reverse(f"scheduling:{name}", args=[asked(world).uid]), data)


def taken_visit(world: World) -> Post:
    row = asked(world)
    data = {"geste": "prendre", "day": in_days(9), "starts_at": "08:00", "ends_at": "09:00"}
    return Post("counsellor", reverse("scheduling:visit", args=[row.uid]), data)


GOING: dict[str, Callable[[World], Post]] = {
    "préparer une permanence": lambda world: from_page(
        world,
        "counsellor",
        reverse("scheduling:draft_permanence"),
        **MORNING,
        uai=world.site.uai,
        day=in_days(8),
        minutes="30",
    ),
    "proposer une salle": lambda world: from_page(
        world, "superior", reverse("scheduling:propose_permanence"), **MORNING, day=in_days(8), other_day=in_days(9)
    ),
    "accepter une permanence": lambda world: on_permanence(world, offered(world), geste="accepter"),
    "confier une permanence": lambda world: on_permanence(
        world, offered(world), "coordinator", geste="designer", person=str(world.people["counsellor"].uid)
    ),
    "modifier une permanence": revised,
    "répondre de la salle": lambda world: on_permanence(world, one := drafted(world, **soon()), **yes(one, *SAFE)),
    "répondre de sa salle": lambda world: on_hosted(world, one := offered(world), **yes(one, *SAFE[:1])),
    "annoncer une permanence": lambda world: on_permanence(world, checked(world), geste="annoncer"),
    "annuler une permanence": lambda world: on_permanence(world, published(world, **soon()), geste="annuler"),
    "retirer une salle": lambda world: on_hosted(world, offered(world), geste="annuler"),
    "ouvrir une rencontre": lambda world: from_page(
        world,
        "counsellor",
        reverse("scheduling:open_session"),
        **MEETING,
        title="workshop",
        day=in_days(9),
        capacity=4,
    ),
    "déplacer une rencontre": lambda world: on_session(world, "move_session", **MEETING, day=in_days(9)),
    "annuler une rencontre": lambda world: on_session(world, "session", geste="annuler"),
    "annuler la rencontre d’une personne absente": lambda world: on_session(
        world, "attend", "coordinator", geste="annuler"
    ),
    "changer le nombre de places": lambda world: on_session(world, "session", geste="places", capacity=5),
    "dire qui est venu": begun,
    "s’inscrire": lambda world: on_session(world, "attend", "author"),
    "se désinscrire": left_session,
    "demander une visite": lambda world: from_page(
        world,
        "author",
        reverse("scheduling:ask_visit"),
        uai=world.site.uai,
        day_1=in_days(8),
        half_1="am",
        note="Par la cour.",
    ),
    "prendre une visite": taken_visit,
    "décliner une visite": lambda world: on_visit(world, "visit", "counsellor", geste="decliner", reason="by_phone"),
    "retirer une visite": lambda world: on_visit(world, "my_visit", "author"),
}
