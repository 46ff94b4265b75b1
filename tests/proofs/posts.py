"""Right answers to the forms of the cast: bad ones are then told from them."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.models import Decision, Enquiry, ReplyTemplate, WorkingNote
from proxirh.enquiries.services import passing
from proxirh.enquiries.services.disclosing import ask_for_notes
from proxirh.enquiries.services.noting import write_note
from proxirh.enquiries.services.quick import Line, note_exchanges
from proxirh.enquiries.services.signposting import Contact, give_contact
from proxirh.enquiries.services.summarising import propose_summary
from proxirh.enquiries.services.transmitting import new_code, open_transmission, transmit_unnamed
from proxirh.enquiries.workflow import SignpostState
from proxirh.kernel.calendar import local_day
from proxirh.notifications.kinds import Reader, refusable
from proxirh.territories.models import Coverage, Partner, Reason, Topic
from tests.enquiries import acts, moving
from tests.enquiries.test_assisted import answers
from tests.enquiries.visitors import now_taken, visitor
from tests.proofs.agenda_posts import AGENDA
from tests.proofs.booking_posts import BOOKING
from tests.proofs.cell_posts import (
    asking_a_cell,
    question_told,
    referral_answered,
    referral_told,
    referring_now,
    rules_of_cell,
)
from tests.proofs.going_posts import GOING
from tests.proofs.line_posts import ANSWERING
from tests.proofs.posting import Post, desk, from_page, in_days, of_academy, on_enquiry
from tests.proofs.roster_posts import ROSTER
from tests.world import World

GESTURES = ("repondre", "echange", "orienter", "etape", "attendre_agent", "attendre_date", "terminer", "rendre")
PARTNER = {"name": "Service social", "purpose": "Aides, logement, dettes", "phone": "01 99 00 00 40"}
LINE = {"topic": "1", "family": "2d", "outcome": "individual_information"}


def hands(world: World, act: str, **data: Any) -> Post:
    to = str(world.people["fellow counsellor"].uid)
    typed = {f"{act}-{name}": value for name, value in ({"to": to} | data).items()}
    return on_enquiry(world, "counsellor", "hands", geste=act, **typed)


def assisted(world: World) -> Post:
    """An enquiry typed for someone who calls."""
    return Post("counsellor", reverse("enquiries:assist"), answers(world))


def passed_to(world: World) -> dict[str, Any]:
    return {"to": str(world.people["fellow counsellor"].uid), "reason": "absence", "key": str(uuid.uuid4())}


def leaving(world: World) -> Post:
    """Whoever came beside the lead goes."""
    enquiry, fellow = now_taken(world), world.people["fellow counsellor"]
    passing.invite_colleague(actor=world.actor("counsellor"), enquiry=enquiry, to=fellow)
    address = reverse("enquiries:hands", args=[enquiry.uid])
    visitor(world, "fellow counsellor").post(reverse("enquiries:take", args=[enquiry.uid]))
    return Post("fellow counsellor", address, {"geste": "quitter"})


def private_note(world: World) -> WorkingNote:
    return write_note(actor=world.actor("counsellor"), enquiry=now_taken(world), body="À vérifier.", at=timezone.now())


def changed_note(world: World, **data: Any) -> Post:
    note = private_note(world)
    return Post("counsellor", reverse("enquiries:note", args=[note.enquiry.uid, note.uid]), data)


def reviewed_note(world: World) -> Post:
    """A note that its subject has asked for."""
    private_note(world)
    asked = ask_for_notes(actor=world.actor("author"), at=timezone.now())
    address = reverse("enquiries:note_to_review", args=[asked.reviews.order_by("-pk")[0].uid])
    return Post("counsellor", address, {"decision": Decision.WITHHELD, "reason": "Elle parle d’une autre personne."})


def corrected(world: World) -> Post:
    address = reverse("enquiries:correct", args=[now_taken(world).uid])
    form = visitor(world, "author").get(address).context["form"]
    told = {field.name: field.value() for field in form if field.value() not in (None, "", False)}
    return Post("author", address, told | {"phone": "0600000009"})


def erased(world: World) -> Post:
    return from_page(world, "author", reverse("enquiries:erase", args=[now_taken(world).uid]))


def of_herself(world: World) -> Post:
    """What no file of the académie tells of her."""
    Person.objects.filter(pk=world.people["author"].pk).update(staff_index=None)
    address = reverse("privacy:correct_person")
    return from_page(world, "author", address, first_name="Autre", last_name="Nom", phone="0600000009")


def passed_on(world: World) -> Post:
    """To the cell, after violence, with her name."""
    enquiry = now_taken(world, topic=Topic.objects.get(code="2.4"))
    typed = {"body": "Ce qui se passe.", "agrees": "on"}
    return Post("author", reverse("enquiries:pass_on", args=[enquiry.uid]), typed)


def answered(world: World) -> Post:
    """By the cell."""
    made = transmit_unnamed(academy=world.academy, body="Ce qui se passe ici.", code=new_code(), at=timezone.now())
    open_transmission(actor=world.actor("cell officer"), transmission=made, at=timezone.now())
    address = reverse("enquiries:transmission", args=[made.uid])
    return from_page(world, "cell officer", address, geste="repondre", body="Nous vous répondons.")


def answered_summary(world: World, act: str, **data: Any) -> Post:
    """By its author, from the page that shows it."""
    enquiry = now_taken(world)
    lead, said = world.actor("counsellor"), {"held_on": timezone.localdate(), "body": "Dit et décidé."}
    propose_summary(actor=lead, enquiry=enquiry, at=timezone.now(), **said)
    return from_page(world, "author", reverse("enquiries:own_summaries", args=[enquiry.uid]), geste=act, **data)


def moving_to(world: World, part: str, route: str) -> Post:
    """Who works in another académie from now on, with the words that would go."""
    typed = {"department": "974", "body": moving.TEXT}
    return from_page(world, part, reverse(f"enquiries:{route}", args=[now_taken(world).uid]), **typed)


def moved(world: World, act: str) -> Post:
    """By its author, from the page that shows all that would go."""
    made = moving.start(world, now_taken(world), at=timezone.now())
    return from_page(world, "author", reverse("enquiries:own_transfer", args=[made.enquiry.uid]), geste=act)


def declined_move(world: World) -> Post:
    """By the team of the other académie."""
    made = moving.agree(world, moving.start(world, now_taken(world), at=timezone.now()), at=timezone.now())
    address = reverse("enquiries:decline_transfer", args=[made.arrival.uid])  # type: ignore[union-attr]
    return Post("counsellor elsewhere", address, {"reason": "service"})


def first_level(world: World, gesture: str, **data: Any) -> Post:
    """By the HR officer who leads a management question."""
    enquiry = world.submit(at=timezone.now(), topic=Topic.objects.get(code="8"))
    acts.take(world, enquiry, part="HR officer", at=timezone.now())
    return from_page(world, "HR officer", reverse(f"enquiries:desk_{gesture}", args=[enquiry.uid]), **data)


def ended_together(world: World) -> Post:
    """From the page that shows the exact list."""
    enquiry = now_taken(world)
    Enquiry.objects.filter(pk=enquiry.pk).update(failed_attempts=3)
    address, outcomes = reverse("enquiries:finish"), ["individual_information"]
    offered = visitor(world, "counsellor").get(address).context["form"].fields["chosen"].choices
    typed = {"chosen": [value for value, _ in offered], "outcomes": outcomes, "key": str(uuid.uuid4())}
    return Post("counsellor", address, {**typed, "geste": "terminer"})


def merged(world: World) -> Post:
    """Two enquiries of the same person, from the page that tells all that will happen."""
    one, other = now_taken(world), now_taken(world)
    address = reverse("enquiries:merge", args=[one.uid])
    return from_page(world, "counsellor", f"{address}?avec={other.uid}")


def templated(world: World) -> Post:
    """What a team keeps, written anew."""
    kept = ReplyTemplate.objects.create(team=world.team, title="Mutation", body="Bonjour {prénom}.")
    address = reverse("enquiries:reply_template", args=[kept.uid])
    return from_page(world, "counsellor", address, title="Mutations", body="Bonjour {prénom}, voici.")


def quick_exchange(world: World) -> Post:
    return from_page(world, "counsellor", reverse("enquiries:note_quick"), day=in_days(0), **LINE)


def permanence(world: World) -> Post:
    """Two lines of a sheet."""
    said = {f"{name}_{number}": value for number in (1, 4) for name, value in LINE.items()}
    return from_page(world, "counsellor", reverse("enquiries:permanence"), day=in_days(0), **said)


def taken_back(world: World) -> Post:
    now = timezone.now()
    department = world.department
    [noted] = note_exchanges(
        actor=world.actor("counsellor"),
        department=department,
        day=local_day(now, department.time_zone),
        lines=[Line(**LINE)],
        key=uuid.uuid4(),
        at=now,
    )
    return Post("counsellor", reverse("enquiries:own_exchanges"), {"exchange": str(noted.uid)})


def perimeter(world: World) -> int:
    return Coverage.objects.get(team=world.team).pk


def kept_partner(world: World) -> Partner:
    long_ago = timezone.localdate() - dt.timedelta(days=200)
    return Partner.objects.create(academy=world.academy, confirmed_on=long_ago, **PARTNER)


def in_directory(world: World) -> str:
    return reverse("territories:change_partner", args=[world.academy.slug, kept_partner(world).uid])


def confirmed(world: World) -> Post:
    """« Toujours exact », from the list."""
    one = kept_partner(world)
    return of_academy(world, "territories:partners", confirmer=f"{one.uid} {one.changed_at.isoformat()}")


def contact_answered(world: World) -> Post:
    """By the author, who could not reach the contact that she was given."""
    enquiry = now_taken(world)
    long_ago, contact = timezone.now() - dt.timedelta(days=30), Contact("Service d’exemple", "01 99 00 00 50")
    given = give_contact(
        actor=world.actor("counsellor"), enquiry=enquiry, contact=contact, body="Un mot.", at=timezone.now()
    )
    given.enquiry.signpostings.update(state=SignpostState.ASKED, asked_at=long_ago)
    address = reverse("enquiries:answer_contact", args=[enquiry.uid, given.uid])
    return Post("author", address, {"reponse": "non"})


# By which an académie is run.
RUNNING: dict[str, Callable[[World], Post]] = {
    "ouvrir un périmètre": lambda world: of_academy(
        world, "territories:add_coverage", team=str(world.team.uid), zone="academie", valid_from=in_days(0)
    ),
    "changer un périmètre": lambda world: of_academy(
        world, "territories:change_coverage", perimeter(world), valid_from=in_days(9), posts_1d=["1d"]
    ),
    "finir un périmètre": lambda world: of_academy(
        world, "territories:change_coverage", perimeter(world), last_day=in_days(0)
    ),
    "joindre l’académie": lambda world: of_academy(
        world,
        "territories:reach",
        contact_email="service@ac-exemple.invalid",
        contact_phone="0199000010",
        first_answer_days="3",
    ),
    "suppléer": lambda world: of_academy(
        world,
        "territories:deputies",
        person=str(world.people["coordinator"].uid),
        deputy=str(world.people["counsellor"].uid),
        valid_from=in_days(0),
    ),
    "ajouter un interlocuteur": lambda world: from_page(
        world, "coordinator", reverse("territories:add_partner", args=[world.academy.slug]), **PARTNER
    ),
    "corriger un interlocuteur": lambda world: from_page(
        world, "coordinator", in_directory(world), **PARTNER, departments=["15"]
    ),
    "retirer un interlocuteur": lambda world: Post("coordinator", in_directory(world), {"geste": "retirer"}),
    "confirmer un interlocuteur": confirmed,
    "fermer des jours": lambda world: of_academy(
        world, "enquiries:add_closure", valid_from=in_days(30), valid_until=in_days(30), reason=Reason.BRIDGE.value
    ),
}


def absent(world: World) -> Post:
    """A colleague is away, with one enquiry that cannot wait."""
    chosen = now_taken(world).uid.hex
    address = reverse("enquiries:absence_of", args=[world.people["counsellor"].uid])
    return Post("coordinator", address, {"chosen": chosen, "jusqu": in_days(5), "key": str(uuid.uuid4())})


def left(world: World) -> Post:
    """A colleague leaves, and what she has in hand goes to her team with a note."""
    chosen = now_taken(world).uid.hex
    world.people["counsellor"].postings.update(valid_until=timezone.localdate() + dt.timedelta(30))
    address = reverse("enquiries:leaver", args=[world.people["counsellor"].uid])
    typed = {"chosen": chosen, "target": "equipe", "note": "Bon relais.", "key": str(uuid.uuid4())}
    return Post("coordinator", address, {"geste": "confier", **typed})


POSTS: dict[str, Callable[[World], Post]] = {
    **{gesture: (lambda world, gesture=gesture: desk(world, gesture)) for gesture in GESTURES},
    "note": lambda world: on_enquiry(
        world, "counsellor", "notes", body="Une note.", reader="privee", key=str(uuid.uuid4())
    ),
    "inviter": lambda world: hands(world, "inviter"),
    "carte": lambda world: on_enquiry(world, "coordinator", "card", why="agent_calls"),
    "écrire": lambda world: on_enquiry(world, "author", "follow", body="Merci.", idempotency_key=str(uuid.uuid4())),
    "retirer": lambda world: on_enquiry(world, "author", "withdraw"),
    "prendre": lambda world: Post("counsellor", reverse("enquiries:take", args=[world.submit("author").uid]), {}),
    "saisir": assisted,
    "confier": lambda world: hands(world, "confier", **passed_to(world)),
    "réattribuer": lambda world: on_enquiry(world, "coordinator", "reassign", **passed_to(world)),
    "quitter": leaving,
    "corriger une note": lambda world: changed_note(world, body="Vérifié."),
    "partager une note": lambda world: changed_note(world, geste="partager"),
    "relire une note": reviewed_note,
    "demander ses notes": lambda world: Post("author", reverse("privacy:notes"), {"key": str(uuid.uuid4())}),
    "corriger une demande": corrected,
    "effacer une demande": erased,
    "corriger son nom": of_herself,
    "transmettre": passed_on,
    "répondre de la cellule": answered,
    "mettre en relation": referring_now,
    "accepter une mise en relation": lambda world: referral_told(world, "author", "own_referrals", "accepter"),
    "arrêter une mise en relation": lambda world: referral_told(world, "author", "own_referrals", "arreter"),
    "reprendre une mise en relation": lambda world: referral_told(world, "counsellor", "referrals", "reprendre"),
    "répondre à une réorientation": referral_answered,
    "demander un avis": asking_a_cell,
    "rappeler une question": lambda world: question_told(world, "rappeler"),
    "répondre à une question": lambda world: question_told(world, "repondre"),
    "rendre une question": lambda world: question_told(world, "rendre"),
    "régler une cellule": rules_of_cell,
    "proposer un compte rendu": lambda world: on_enquiry(
        world, "counsellor", "summaries", held_on=in_days(0), body="Dit et décidé.", key=str(uuid.uuid4())
    ),
    "accepter un compte rendu": lambda world: answered_summary(world, "accepter"),
    "faire changer un compte rendu": lambda world: answered_summary(world, "changer", remark="Pas tout à fait."),
    "changer d’académie": lambda world: moving_to(world, "author", "own_transfer"),
    "proposer un changement d’académie": lambda world: moving_to(world, "counsellor", "transfer"),
    "accepter un changement d’académie": lambda world: moved(world, "accepter"),
    "renoncer à un changement d’académie": lambda world: moved(world, "retirer"),
    "décliner un changement d’académie": declined_move,
    "répondre et terminer": lambda world: first_level(world, "repondre_terminer", body="C’est corrigé."),
    "passer aux conseillers": lambda world: first_level(world, "passer"),
    "terminer plusieurs suivis": ended_together,
    "réunir": merged,
    "choisir ses courriels": lambda world: Post(
        "author",
        reverse("notifications:mine"),
        {kind.code: "daily" for kind in refusable(Reader.AGENT)},
    ),
    "garder un modèle": lambda world: from_page(
        world, "counsellor", reverse("enquiries:reply_templates"), title="Mutation", body="Bonjour {prénom}."
    ),
    "changer un modèle": templated,
    "échange éclair": quick_exchange,
    "permanence": permanence,
    "retirer un échange éclair": taken_back,
    "absence imprévue": absent,
    "confier un départ": left,
    "répondre sur un contact": contact_answered,
    "alerter": lambda world: on_enquiry(world, "counsellor", "worry"),
    **RUNNING,
    **AGENDA,
    **BOOKING,
    **ROSTER,
    **ANSWERING,
    **GOING,
}
