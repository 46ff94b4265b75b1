"""« Effacer cette demande »: what goes is said first, then it goes once, and nobody else can."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.services import PROVED_KEY
from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, EnquiryFact, Transmission
from proxirh.enquiries.services.transmitting import transmit_named
from proxirh.kernel.errors import NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Topic
from tests.enquiries import acts
from tests.enquiries.visitors import same_as_unknown, text, visitor
from tests.routes import unknown
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_register(settings, tmp_path: Path) -> None:
    settings.PROXIRH_ERASURE_REGISTER = tmp_path / "effacements.txt"


def address(enquiry: Enquiry) -> str:
    return reverse("enquiries:erase", args=[enquiry.uid])


def seen(client, enquiry: Enquiry) -> dict[str, str]:
    return {"seen": client.get(address(enquiry)).context["going"].tag}


def about_violence(world: World) -> Enquiry:
    topic = Topic.objects.get(code="2.4")
    return world.reload(world.submit(topic=topic, consents=("violence_nominative",)))


def exists(enquiry: Enquiry) -> bool:
    return Enquiry._base_manager.filter(pk=enquiry.pk).exists()


def test_the_page_says_what_goes_what_stays_and_what_comes_next(world: World) -> None:
    enquiry = about_violence(world)
    acts.take(world, enquiry)
    acts.reply(world, world.reload(enquiry), uploads=[acts.PDF])
    acts.log(world, world.reload(enquiry))
    transmit_named(actor=world.actor("author"), enquiry=world.reload(enquiry), body="Ce qui se passe.", at=NOW)
    said = text(visitor(world, "author").get(address(enquiry)))
    for expected in ("2 messages", "1 échange noté", "1 fichier", "1 transmission", "notes de travail"):
        assert expected in said
    assert "une ligne de statistique sans identité" in said
    assert "est prévenue, et ne la lit plus" in said
    assert "Les sauvegardes chiffrées" in said


def test_it_goes_at_once_and_the_fact_stays(world: World) -> None:
    """Mutation: only withdraw it."""
    client, fact = visitor(world, "author"), world.enquiry.fact_id
    answer = client.post(address(world.enquiry), seen(client, world.enquiry), follow=True)
    assert answer.redirect_chain == [(reverse("enquiries:space"), 302)]
    assert "Votre demande est effacée" in text(answer)
    assert not exists(world.enquiry)
    assert EnquiryFact.objects.filter(pk=fact).exists()
    assert OutgoingEmail.objects.filter(kind="withdrawn").count() == 1, "whoever had it in hand is told, once"


def test_a_second_click_of_hers_is_told_that_it_is_done_and_anyone_else_meets_a_404(world: World) -> None:
    """Mutation: look for the line of the journal whoever wrote it."""
    client, other = visitor(world, "author"), visitor(world, "colleague")
    posted = seen(client, world.enquiry)
    client.post(address(world.enquiry), posted)
    again = client.post(address(world.enquiry), posted, follow=True)
    assert "Votre demande est effacée" in text(again)
    assert JournalEntry.objects.filter(verb="demande.anonymisée").count() == 1
    for method in ("get", "post"):
        assert same_as_unknown(other, method, address(world.enquiry), world.enquiry.uid)


@pytest.mark.parametrize("part", ["colleague", "counsellor", "co-handler", "coordinator", "superior", "administrator"])
def test_nobody_else_erases_it_not_even_whoever_follows_it(world: World, part: str) -> None:
    """Mutation: find the row without the side of the author."""
    client = visitor(world, part)
    for method in ("get", "post"):
        assert getattr(client, method)(address(world.enquiry)).status_code == 404
        assert same_as_unknown(client, method, address(world.enquiry), world.enquiry.uid)
    assert exists(world.enquiry)


def test_a_visitor_is_led_to_the_sign_in_page(world: World, client) -> None:
    for method in ("get", "post"):
        real = getattr(client, method)(address(world.enquiry))
        assert real.status_code == 302
        assert real.url.startswith(reverse("accounts:sign_in"))
    assert exists(world.enquiry)


def test_an_old_proof_is_asked_again_first(world: World) -> None:
    """Mutation: drop @step_up."""
    client = visitor(world, "author")
    posted = seen(client, world.enquiry)
    session = client.session
    session[PROVED_KEY] = (timezone.now() - timedelta(minutes=11)).isoformat()
    session.save()
    answer = client.post(address(world.enquiry), posted)
    assert answer.url.startswith(reverse("accounts:step_up"))
    assert exists(world.enquiry)


def test_what_came_meanwhile_is_read_before_it_goes(world: World) -> None:
    """Mutation: erase without comparing with what the page said."""
    client = visitor(world, "author")
    posted = seen(client, world.enquiry)
    acts.reply(world, world.reload())
    refused = client.post(address(world.enquiry), posted)
    assert refused.status_code == 422
    assert "relisez ce qui disparaîtrait. Rien n’est effacé." in text(refused)
    assert exists(world.enquiry)
    client.post(address(world.enquiry), {"seen": refused.context["going"].tag})
    assert not exists(world.enquiry)


def test_a_post_that_read_nothing_erases_nothing(world: World) -> None:
    client = visitor(world, "author")
    for data in ({}, {"seen": "x"}, {"seen": "\x00" * 3}, {"seen": "x" * 500}):
        assert client.post(address(world.enquiry), data).status_code == 422
    assert exists(world.enquiry)


def test_what_was_merged_into_it_is_named_and_goes_too(world: World) -> None:
    kept, merged = world.submit(), world.submit()
    Enquiry._base_manager.filter(pk=merged.pk).update(state="merged", merged_into=kept, closed_at=NOW)
    client = visitor(world, "author")
    assert merged.reference in text(client.get(address(kept)))
    client.post(address(kept), seen(client, kept))
    assert not exists(kept)
    assert not exists(merged)


def test_what_was_passed_on_goes_with_it(world: World) -> None:
    enquiry = about_violence(world)
    transmit_named(actor=world.actor("author"), enquiry=enquiry, body="Ce qui se passe.", at=NOW)
    client = visitor(world, "author")
    client.post(address(enquiry), seen(client, enquiry))
    assert not Transmission.objects.filter(enquiry=enquiry.pk).exists()


def test_the_pages_cost_the_same_however_much_was_written(world: World) -> None:
    client = visitor(world, "author")

    def cost(name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"enquiries:{name}", args=[world.enquiry.uid])).status_code == 200
        return len(queries)

    cost("erase")  # the first page of a visit keeps its time
    before = cost("erase"), cost("correct")
    for _ in range(5):
        acts.reply(world, world.reload(), uploads=[acts.PDF])
    assert (cost("erase"), cost("correct")) == before
    assert max(before) <= 12


def test_an_unknown_id_is_no_page(world: World) -> None:
    assert visitor(world, "author").get(reverse("enquiries:erase", args=[unknown()])).status_code == 404


def test_the_service_refuses_whoever_is_not_the_author(world: World) -> None:
    """Mutation: take the check of the author off the service; an ended one is not withdrawn first, which checks too."""
    acts.close(world, world.reload())
    with pytest.raises(NotAllowed):
        services.erase_enquiry(actor=world.actor("counsellor"), enquiry=world.reload(), at=NOW)
    assert exists(world.enquiry)
