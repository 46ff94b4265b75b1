"""Right answers to the forms of the expert cells, of partners, and of whoever asks them."""

import uuid

from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Agreement, Referral
from proxirh.enquiries.services import answering, referring
from proxirh.territories.models import Team
from tests.enquiries import consulting
from tests.enquiries.referring import a_partner, link, refer
from tests.enquiries.visitors import now_taken, visitor
from tests.proofs.posting import Post, from_page, in_days
from tests.strict_client import StrictClient
from tests.world import World


def of_cell(world: World) -> Team:
    return Team.objects.get(kind="cell", academy=world.academy)


def referred(world: World, agreement: str = Agreement.WRITTEN) -> Referral:
    """From an enquiry of now."""
    now = timezone.now()
    said = {"to": of_cell(world), "body": "Ce qui est transmis.", "agreement": agreement, "oral_on": now.date()}
    return referring.refer(actor=world.actor("counsellor"), enquiry=now_taken(world), at=now, **said)


def referral_told(world: World, part: str, route: str, act: str) -> Post:
    """One gesture on one of those of an enquiry."""
    made = referred(world)
    address = reverse(f"enquiries:{route}", args=[made.enquiry.uid])
    return Post(part, address, {"geste": act, "referral": str(made.uid)})


def referral_answered(world: World) -> Post:
    """By the cell that has accepted it."""
    made, cell = referred(world, Agreement.ORAL), world.actor("cell officer")
    for act in (answering.open_referral, answering.accept_referral):
        act(actor=cell, referral=Referral.objects.visible_to(cell).get(pk=made.pk))
    address = reverse("enquiries:cell_referral", args=[made.uid])
    return from_page(world, "cell officer", address, geste="repondre", body="Voici notre réponse.")


def answered_by_link(world: World) -> Post:
    """By a partner who has opened his link."""
    partner = a_partner(name=f"Service {uuid.uuid4().hex[:6]}", confirmed_on=timezone.localdate())
    refer(world, enquiry=now_taken(world), to=partner, at=timezone.now())
    address = reverse("enquiries:partner", args=[link()])
    StrictClient().post(address, {"geste": "ouvrir"})
    return Post("anonymous", address, {"geste": "repondre", "body": "Voici notre réponse."})


def referring_now(world: World) -> Post:
    typed = {"to": f"cellule:{of_cell(world).uid}", "body": "Ce qui est transmis.", "agreement": Agreement.WRITTEN}
    return from_page(world, "counsellor", reverse("enquiries:referrals", args=[now_taken(world).uid]), **typed)


def asking_a_cell(world: World) -> Post:
    """Once it was shown as the cell will read it."""
    typed = {"to": str(of_cell(world).uid), "body": "Que faire dans ce cas ?", "facts": ["category"]}
    post = from_page(world, "counsellor", reverse("enquiries:questions", args=[now_taken(world).uid]), **typed)
    page = visitor(world, "counsellor").get(post.address).context
    post.data["due_on"] = page["form"].initial["due_on"].isoformat()
    return Post(post.part, post.address, {**post.data, "shown": post.send(world).context["form"]["shown"].value()})


def question_told(world: World, act: str) -> Post:
    """To the cell: its lead recalls it, or an officer gives it an end."""
    made = consulting.ask(world, enquiry=now_taken(world), at=timezone.now())
    if act == "rappeler":
        address = reverse("enquiries:questions", args=[made.enquiry.uid])
        return Post("counsellor", address, {"geste": act, "question": str(made.uid)})
    address = reverse("enquiries:cell_question", args=[made.uid])
    said = {"body": "Voici notre avis."} if act == "repondre" else {"reason": "not_ours"}
    return from_page(world, "cell officer", address, geste=act, **said)


def rules_of_cell(world: World) -> Post:
    address = reverse("enquiries:cell_rules", args=[of_cell(world).uid])
    return from_page(world, "coordinator", address, most_open="12", opens_on=in_days(1))
