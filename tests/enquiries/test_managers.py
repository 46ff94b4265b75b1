"""Those who run a school, an establishment or a service: their own entry, their own confidentiality, nobody named."""

import pytest
from django.apps import apps
from django.urls import reverse

from proxirh.accounts.models import Address, Person, User
from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, Outcome
from proxirh.territories.models import Topic
from tests.enquiries import acts
from tests.enquiries.asker import SCREENS, Asker, enquiries, text_of
from tests.enquiries.visitors import now_taken, text, visitor
from tests.world import World

pytestmark = pytest.mark.django_db
ENTRY = reverse("enquiries:ask_managing")
NAMED = "counsellor elsewhere"


@pytest.fixture
def manager(world: World) -> Asker:
    """A head of school, who comes in by her function and asks about her team."""
    asker = Asker(world)
    asker.answers["ask_topic"] = {"topic": "6"}
    asker.answers["ask_words"] = {"words": "Deux collègues ne se parlent plus."}
    return asker


def begin(manager: Asker) -> None:
    assert manager.client.post(ENTRY, {"category": "directeur_ecole"}).url == reverse("enquiries:ask_place")


def send(manager: Asker) -> Enquiry:
    begin(manager)
    for screen in SCREENS:
        if screen not in {"ask_category", "ask_subtopic"}:
            assert manager.post(screen).status_code == 302, screen
    manager.send()
    return enquiries()[-1]


# ── The entry ─────────────────────────────────────────────────────────────────────────────────────
def test_the_functions_of_those_who_manage_are_offered_and_no_other(manager: Asker) -> None:
    """Mutation: offer every post."""
    offered = [option.data["value"] for option in manager.client.get(ENTRY).context["form"]["category"]]
    assert offered == ["directeur_ecole", "direction", "inspection", "cadre_administratif", "encadrement"]
    assert manager.client.post(ENTRY, {"category": "professeur_2d"}).status_code == 422
    assert manager.client.post(ENTRY, {}).status_code == 422


def test_her_function_is_asked_once_and_her_subject_comes_first(manager: Asker) -> None:
    """Mutation: leave the branches in their order."""
    begin(manager)
    assert manager.post("ask_place").url == reverse("enquiries:ask_team")
    assert manager.kept["category"] == "directeur_ecole"
    offered = [option.data["value"] for option in manager.get("ask_topic").context["form"]["topic"]]
    assert offered[0] == "6"
    others = Asker(manager.world).until("ask_topic").get("ask_topic").context["form"]["topic"]
    assert next(iter(others)).data["value"] == "1"


def test_what_was_begun_here_is_never_replaced_unseen(manager: Asker) -> None:
    """Mutation: begin whatever there is."""
    manager.until("ask_topic")
    assert manager.client.get(ENTRY).url == reverse("enquiries:ask")
    assert manager.client.post(ENTRY, {"category": "direction"}).url == reverse("enquiries:ask")
    assert manager.kept["category"] == manager.world.category.code


def test_a_shared_computer_is_said_here_too(manager: Asker) -> None:
    manager.client.post(ENTRY, {"category": "direction", "is_shared_computer": "on"})
    assert manager.draft.is_shared_computer


# ── The situation, not the person ─────────────────────────────────────────────────────────────────
def test_the_reminder_stays_wherever_someone_writes(manager: Asker) -> None:
    """Mutation: keep it to the first screen."""
    begin(manager)
    manager.post("ask_place")
    manager.post("ask_topic")
    assert "Décrivez la situation, pas la personne" in text_of(manager.get("ask_words"))
    enquiry = now_taken(manager.world, topic=Topic.objects.get(code="6"))
    for part, route in (("author", "follow"), ("counsellor", "enquiry"), ("counsellor", "desk_echange")):
        page = visitor(manager.world, part).get(reverse(f"enquiries:{route}", args=[enquiry.uid]))
        assert "Parlez de la situation, pas de la personne" in text(page), route
        other = visitor(manager.world, part).get(reverse(f"enquiries:{route}", args=[manager.world.enquiry.uid]))
        assert "Parlez de la situation" not in text(other), route


def test_no_record_is_ever_created_for_someone_whom_a_manager_names(manager: Asker) -> None:
    """Mutation: look for known names in the words. Nobody but the author and the service is in any row that came."""
    named = manager.world.people[NAMED]
    manager.answers["ask_words"] = {
        "words": f"{named.full_name}, {named.staff_address}, 06 11 22 33 44 : conflit avec Zoé Inconnue."
    }
    before = {model: set(model.objects.values_list("pk", flat=True)) for model in (Person, User, Address)}
    enquiry = send(manager)
    before[Person].add(enquiry.author_id)
    services.send_message(
        actor=manager.world.actor("author"), enquiry=_owned(manager, enquiry), body=f"Encore {named.full_name}."
    )
    assert {model: set(model.objects.values_list("pk", flat=True)) for model in before} == before
    holding = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("enquiries").get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Person and model._base_manager.filter(**{field.name: named}).exists()
    ]
    assert holding == []


def _owned(manager: Asker, enquiry: Enquiry) -> Enquiry:
    Enquiry._base_manager.filter(pk=enquiry.pk).update(author=manager.world.people["author"])
    return manager.world.reload(enquiry)


# ── For a whole team ──────────────────────────────────────────────────────────────────────────────
def test_a_request_for_a_team_is_said_to_who_follows_it_and_counted_as_collective(manager: Asker) -> None:
    """Mutation: show it among the wishes, which are read before the topic is."""
    manager.answers["ask_words"]["for_team"] = "on"
    enquiry = send(manager)
    assert enquiry.wishes["for_team"] is True
    before = visitor(manager.world, "counsellor").get(reverse("enquiries:enquiry", args=[enquiry.uid]))
    assert "toute une équipe" not in text(before)
    acts.take(manager.world, enquiry)
    client = visitor(manager.world, "counsellor")
    assert "Pour toute une équipe" in text(client.get(reverse("enquiries:enquiry", args=[enquiry.uid])))
    form = client.get(reverse("enquiries:desk_terminer", args=[enquiry.uid])).context["form"]
    assert form["outcomes"].value() == [Outcome.COLLECTIVE_INFORMATION]


def test_the_review_says_for_whom_and_another_subject_forgets_it(manager: Asker) -> None:
    """Mutation: keep it whatever the subject becomes."""
    manager.answers["ask_words"]["for_team"] = "on"
    begin(manager)
    for screen in SCREENS:
        if screen not in {"ask_category", "ask_subtopic"}:
            manager.post(screen)
    assert "Toute une équipe" in text_of(manager.get("ask_review"))
    manager.post("ask_topic", topic="7")
    assert "Toute une équipe" not in text_of(manager.get("ask_review"))
    manager.send()
    assert "for_team" not in enquiries()[-1].wishes


def test_only_a_manager_s_subject_asks_for_a_team(world: World) -> None:
    asker = Asker(world).until("ask_words")
    assert "pour toute une équipe" not in text_of(asker.get("ask_words"))
    asker.post("ask_words", words="Bonjour.", for_team="on")
    assert "for_team" not in asker.kept


# ── Her own enquiry ───────────────────────────────────────────────────────────────────────────────
def test_a_manager_who_asks_for_herself_is_an_author_like_any_other(world: World) -> None:
    """The superior of the cast asks: nobody of her line nor of her school meets it, and she reads nobody else’s."""
    own = world.submit("superior")
    assert Enquiry.objects.visible_to(world.actor("superior")).filter(pk=own.pk).exists()
    assert not Enquiry.objects.visible_to(world.actor("superior")).filter(pk=world.enquiry.pk).exists()
    for part in ("head of service", "coordinator", "administrator", "colleague"):
        assert not Enquiry.objects.visible_to(world.actor(part)).filter(pk=own.pk).exists(), part
