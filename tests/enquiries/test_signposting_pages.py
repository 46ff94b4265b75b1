"""A contact given to the agent, on the pages: chosen at the desk, read and answered on hers, ticked at the end."""

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.forms.desk import CloseForm
from proxirh.enquiries.forms.signposting import SignpostForm
from proxirh.enquiries.models import Outcome, Signposting
from proxirh.enquiries.services.signposting import Contact
from proxirh.enquiries.workflow import SignpostState
from proxirh.territories.models import Topic
from tests.enquiries.test_signposting import asked, give, partner, reread
from tests.enquiries.visitors import do, now_taken, same_as_unknown, text, visitor
from tests.world import World

pytestmark = pytest.mark.django_db


# ── Ending ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("inside", "ticked"),
    [
        ((), []),
        ((False,), [Outcome.EXTERNAL_REFERRAL]),
        ((True,), [Outcome.INTERNAL_REFERRAL]),
        ((True, False, False), [Outcome.EXTERNAL_REFERRAL, Outcome.INTERNAL_REFERRAL]),
    ],
)
def test_what_was_given_is_ticked_at_the_end(world: World, inside: tuple[bool, ...], ticked: list[str]) -> None:
    """Mutation: leave `outcomes_of` out of the form."""
    for one in inside:
        give(world, contact=Contact("Service", "Par là", is_internal=one))
    address = reverse("enquiries:desk_terminer", args=[world.enquiry.uid])
    form = visitor(world, "counsellor").get(address).context["form"]
    assert isinstance(form, CloseForm)
    assert form.initial["outcomes"] == ticked


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────
def form(world: World, **typed: str) -> SignpostForm:
    enquiry = world.reload()
    return SignpostForm({"body": "Un mot.", "place": "dehors"} | typed, enquiry=enquiry)


def test_the_form_wants_one_contact_and_only_one(world: World) -> None:
    """Mutation: drop any branch of `clean`."""
    uid = str(partner(world).uid)
    assert form(world, partner=uid).is_valid()
    assert form(world, name="Autre", reach="Par là").is_valid()
    for typed, field in (({}, "partner"), ({"partner": uid, "name": "Autre"}, "name"), ({"name": "Autre"}, "reach")):
        refused = form(world, **typed)
        assert list(refused.errors) == [field]


def test_partners_for_her_topic_come_first_and_unusable_ones_not_at_all(world: World) -> None:
    """Mutation: offer every partner; read the topic of nobody."""
    partner(world, "Tous sujets")
    partner(world, "Projet").topics.add(Topic.objects.get(code="1"))
    partner(world, "Santé").topics.add(Topic.objects.get(code="3"))
    partner(world, "Ailleurs", academy=world.elsewhere)
    _, (first, fits), (second, others) = SignpostForm(enquiry=world.reload()).fields["partner"].choices
    assert (first, second) == ("Pour ce type de demande", "Les autres")
    assert [name for _, name in fits] == ["Projet", "Tous sujets"]
    assert [name for _, name in others] == ["Santé"]


def test_from_the_desk_to_the_page_of_the_author_and_back(world: World) -> None:
    """Journey: given at the desk, read, asked about, answered in one click, read at the desk."""
    enquiry = now_taken(world)
    chosen = partner(world)
    given_at = do(world, "orienter", enquiry, name="", reach="", partner=str(chosen.uid))
    assert given_at.status_code == 302
    given = Signposting.objects.get(enquiry=enquiry)
    page = reverse("enquiries:follow", args=[enquiry.uid])
    author = visitor(world, "author")
    shown = text(author.get(page))
    assert "Un contact pour vous : MGEN" in shown
    assert "Avez-vous pu joindre" not in shown
    Signposting.objects.filter(pk=given.pk).update(state=SignpostState.ASKED, asked_at=timezone.now())
    assert "Avez-vous pu joindre MGEN ?" in text(author.get(page))
    address = reverse("enquiries:answer_contact", args=[enquiry.uid, given.uid])
    answered = author.post(address, {"reponse": "non"}, follow=True)
    assert "C’est noté : la personne qui suit votre demande est prévenue" in text(answered)
    assert "Avez-vous pu joindre MGEN ?" not in text(answered)
    told = text(visitor(world, "counsellor").get(reverse("enquiries:enquiry", args=[enquiry.uid])))
    assert "Je n’ai pas pu joindre : MGEN." in told
    assert "La personne n’a pas pu joindre le contact donné" in told


@pytest.mark.parametrize("part", ["colleague", "counsellor", "coordinator"])
def test_the_answer_of_somebody_else_is_an_unknown_page(world: World, part: str) -> None:
    """Mutation: look for it by its own id."""
    given = asked(world)
    address = reverse("enquiries:answer_contact", args=[world.enquiry.uid, given.uid])
    assert same_as_unknown(visitor(world, part), "POST", address, world.enquiry.uid)
    other = world.taken()
    foreign = reverse("enquiries:answer_contact", args=[other.uid, given.uid])
    assert visitor(world, "author").post(foreign, {"reponse": "non"}).status_code == 404
    assert reread(world, given).state == SignpostState.ASKED


def test_an_answer_that_is_none_says_what_to_do(world: World) -> None:
    given = asked(world)
    address = reverse("enquiries:answer_contact", args=[world.enquiry.uid, given.uid])
    said = visitor(world, "author").post(address, {"reponse": "peut-être"}, follow=True)
    assert "Choisissez une réponse" in text(said)
    assert reread(world, given).state == SignpostState.ASKED


def test_a_coordinator_who_opens_the_row_reads_no_contact(world: World) -> None:
    give(world)
    page = visitor(world, "coordinator").get(reverse("enquiries:enquiry", args=[world.enquiry.uid]))
    assert b"CANARI" not in page.content
