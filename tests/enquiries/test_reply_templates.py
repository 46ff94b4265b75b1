"""Reply templates: a team’s own, inserted after what is typed, and sent only once read again."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Message, ReplyTemplate
from proxirh.enquiries.services import reply_templates as kept
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from tests.enquiries.visitors import ANSWERS, fields, in_days, now_taken, text, visitor
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
ALL = reverse("enquiries:reply_templates")
BODY = "Bonjour {prénom},\n\nVotre demande {référence} est bien arrivée."


def write(world: World, part: str = "counsellor", **changes: object) -> ReplyTemplate:
    given = {"team_id": world.team.pk, "title": "Reçue", "body": BODY, "at": NOW}
    return kept.write_template(actor=world.actor(part), **(given | changes))


def one(template: ReplyTemplate) -> str:
    return reverse("enquiries:reply_template", args=[template.uid])


# ── In the answer ──────────────────────────────────────────────────────────────────────────────────
def test_it_is_inserted_after_what_was_typed_and_nothing_leaves(world: World) -> None:
    """Mutations: put it in place of what was typed; send at once; leave a placeholder as it is."""
    template, enquiry = write(world), now_taken(world)
    address = reverse("enquiries:desk_repondre", args=[enquiry.uid])
    desk = visitor(world, "counsellor")
    hidden = fields(world, "repondre", enquiry)
    typed = {"body": "Un mot à moi.", "next_step": "CANARIÉTAPE", "next_step_on": in_days(9)}
    asked = desk.post(address, {**hidden, **typed, "geste": "modeles"})
    assert "Reçue" in text(asked)
    assert asked.context["form"]["body"].value() == "Un mot à moi."
    answer = desk.post(address, {**hidden, **typed, "modele": str(template.uid), "geste": "inserer"})
    assert answer.status_code == 200
    form = answer.context["form"]
    first_name = world.people["author"].first_name
    assert form["body"].value() == (
        f"Un mot à moi.\n\nBonjour {first_name},\n\nVotre demande {enquiry.reference} est bien arrivée."
    )
    assert (form["next_step"].value(), form["next_step_on"].value()) == ("CANARIÉTAPE", in_days(9))
    # A page that was open before a change still says so.
    assert form["seen"].value() == hidden["seen"]
    assert form["idempotency_key"].value() == hidden["idempotency_key"]
    assert not Message.objects.filter(enquiry=enquiry, is_from_agent=False).exists()
    sent = {name: form[name].value() for name in ("body", "next_step", "next_step_on", "seen", "idempotency_key")}
    assert desk.post(address, sent).status_code == 302
    assert Message.objects.filter(enquiry=enquiry, is_from_agent=False).count() == 1


@pytest.mark.parametrize("chosen", ["", "x", str(uuid.UUID(int=7))])
def test_none_chosen_keeps_what_was_typed(world: World, chosen: str) -> None:
    write(world)
    enquiry = now_taken(world)
    address = reverse("enquiries:desk_repondre", args=[enquiry.uid])
    typed = {**ANSWERS["repondre"], "modele": chosen, "geste": "inserer"}
    answer = visitor(world, "counsellor").post(address, typed)
    assert "Choisissez un modèle" in text(answer)
    assert answer.context["form"]["body"].value() == typed["body"]


def test_one_of_another_team_is_not_inserted(world: World) -> None:
    """Mutation: look the template up by its id alone."""
    theirs = write(world, "counsellor elsewhere", team_id=world.team_elsewhere.pk, body="CANARIAILLEURS")
    enquiry = now_taken(world)
    address = reverse("enquiries:desk_repondre", args=[enquiry.uid])
    typed = {**ANSWERS["repondre"], "modele": str(theirs.uid), "geste": "inserer"}
    assert "CANARIAILLEURS" not in text(visitor(world, "counsellor").post(address, typed))


def test_with_htmx_the_same_fragment_comes_back(world: World) -> None:
    template, enquiry = write(world), now_taken(world)
    address = reverse("enquiries:desk_repondre", args=[enquiry.uid])
    typed = {**ANSWERS["repondre"], "modele": str(template.uid), "geste": "inserer"}
    answer = visitor(world, "counsellor").post(address, typed, headers={"hx-request": "true"})
    assert "<html" not in answer.content.decode()
    assert enquiry.reference in answer.context["form"]["body"].value()


def test_whoever_only_follows_beside_inserts_nothing(world: World) -> None:
    write(world)
    address = reverse("enquiries:desk_repondre", args=[world.enquiry.uid])
    assert visitor(world, "co-handler").post(address, {"geste": "inserer"}).status_code == 403


# ── Keeping them ───────────────────────────────────────────────────────────────────────────────────
def test_a_team_writes_changes_and_erases_its_own(world: World) -> None:
    desk, fellow = visitor(world, "counsellor"), visitor(world, "fellow counsellor")
    assert "Aucun modèle" in text(desk.get(ALL))
    key = str(uuid.uuid4())
    for _ in range(2):
        assert desk.post(ALL, {"title": "Mutation", "body": "Bonjour.", "key": key}).status_code == 302
    template = ReplyTemplate.objects.get()
    assert "Mutation" in text(fellow.get(ALL))
    seen = fellow.get(one(template)).context["form"].initial["seen"]
    changed = {"title": "Mutations", "body": "Bonjour {prénom}.", "seen": seen}
    assert fellow.post(one(template), changed).status_code == 302
    template.refresh_from_db()
    assert (template.title, template.body) == ("Mutations", "Bonjour {prénom}.")
    desk.post(one(template), {"geste": "effacer"})
    assert not ReplyTemplate.objects.exists()
    verbs = JournalEntry.objects.filter(subject__endswith=str(template.uid)).order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["modèle.écrit", "modèle.changé", "modèle.effacé"]


@pytest.mark.parametrize("part", ["counsellor elsewhere", "coordinator", "cell officer", "code-only staff", "author"])
def test_nobody_else_reads_or_writes_them(world: World, part: str) -> None:
    """Mutation: leave `_check` out, or the teams out of templates_of."""
    template = write(world)
    client = visitor(world, part)
    assert client.get(one(template)).status_code in (302, 403, 404)
    client.post(one(template), {"geste": "effacer"})
    assert ReplyTemplate.objects.filter(pk=template.pk).exists()
    for act in (
        lambda: write(world, part, title="Autre"),
        lambda: kept.change_template(actor=world.actor(part), template=template, title="A", body="B"),
        lambda: kept.erase_template(actor=world.actor(part), template=template),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize("body", ["Bonjour {nom}.", "{prenom}", "Une { seule", "Une } seule", "{}"])
def test_only_two_words_are_replaced(world: World, body: str) -> None:
    """Mutation: leave `clean_body` out: it would be sent as it is."""
    answer = visitor(world, "counsellor").post(ALL, {"title": "Essai", "body": body})
    assert answer.status_code == 422
    assert "sont remplacés" in text(answer)
    assert body in answer.context["form"]["body"].value()
    with pytest.raises(DomainError):
        write(world, body=body)


def test_a_title_is_given_once_in_a_team(world: World) -> None:
    """Mutation: leave the constraint out."""
    first = write(world)
    other = write(world, title="Autre")
    with pytest.raises(DomainError, match="déjà ce titre"):
        write(world)
    with pytest.raises(DomainError, match="déjà ce titre"):
        kept.change_template(actor=world.actor("counsellor"), template=other, title=first.title, body="Bonjour.")
    assert ReplyTemplate.objects.count() == 2


def test_two_who_change_it_at_once_do_not_overwrite_each_other(world: World) -> None:
    """Mutation: leave `changed_at` out of what must not have moved."""
    template = write(world)
    stale = ReplyTemplate.objects.get(pk=template.pk)
    kept.change_template(actor=world.actor("counsellor"), template=template, title="Un", body="Un.")
    with pytest.raises(StaleState):
        kept.change_template(actor=world.actor("fellow counsellor"), template=stale, title="Deux", body="Deux.")
    typed = {"title": "Deux", "body": "Deux.", "seen": stale.changed_at.isoformat()}
    answer = visitor(world, "fellow counsellor").post(one(template), typed)
    assert answer.status_code == 422
    assert "Un collègue vient de changer" in text(answer)
    assert answer.context["form"]["body"].value() == "Deux."


def test_in_two_teams_one_says_for_which(world: World) -> None:
    desk = visitor(world, "counsellor in two academies")
    refused = desk.post(ALL, {"title": "Essai", "body": "Bonjour."})
    assert "Choisissez une équipe" in text(refused)
    desk.post(ALL, {"title": "Essai", "body": "Bonjour.", "team": str(world.team_elsewhere.uid)})
    assert ReplyTemplate.objects.get().team == world.team_elsewhere
    forged = visitor(world, "counsellor").post(
        ALL, {"title": "Faux", "body": "Bonjour.", "team": str(world.team_elsewhere.uid)}
    )
    assert forged.status_code == 422
    assert timezone.now() >= ReplyTemplate.objects.get().changed_at
