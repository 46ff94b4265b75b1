"""An external partner: one link, one referral, one address, until its time; nothing happens on a mere reading."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Referral, ReferralOpening
from proxirh.enquiries.services import answering, referring
from proxirh.enquiries.services.answering import find_by_link
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries.referring import ANSWER, WORDS, a_partner, here, link, mails, refer
from tests.enquiries.visitors import now_taken, text, visitor
from tests.routes import blanked
from tests.strict_client import StrictClient
from tests.world import World

pytestmark = pytest.mark.django_db


def sent(world: World) -> tuple[Referral, str]:
    """One of now, with its link."""
    partner = a_partner(confirmed_on=timezone.localdate())
    made = refer(world, enquiry=now_taken(world), to=partner, at=timezone.now())
    return made, reverse("enquiries:partner", args=[link()])


def test_reading_the_page_shows_one_button_and_records_nothing(world: World) -> None:
    """Mail scanners follow links. Mutation: open on GET."""
    made, address = sent(world)
    client = StrictClient()
    unknown = client.get(reverse("enquiries:partner", args=["x" * 22]))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        real = client.get(address)
    assert "referral" not in " ".join(one["sql"] for one in queries.captured_queries)
    assert WORDS not in text(real)
    assert blanked(real).replace(address.encode(), b"") == blanked(unknown).replace(
        reverse("enquiries:partner", args=["x" * 22]).encode(), b""
    )
    assert client.head(address).status_code == 200
    assert not ReferralOpening.objects.exists()
    assert here(world, made).state == "sent"


def test_opened_answered_then_dead(world: World) -> None:
    """Mutation: leave the link alive after the answer."""
    made, address = sent(world)
    client = StrictClient()
    page = client.post(address, {"geste": "ouvrir"})
    assert page.status_code == 200
    assert WORDS in text(page)
    assert here(world, made).state == "seen"
    assert client.post(address, {"geste": "repondre", "body": " "}).status_code == 422
    assert "Votre réponse est partie" in text(client.post(address, {"geste": "repondre", "body": ANSWER}))
    assert here(world, made).delivered.body == ANSWER
    again = client.post(address, {"geste": "repondre", "body": ANSWER})
    assert again.status_code == 404
    assert WORDS not in text(again)
    assert ReferralOpening.objects.count() == 1  # the same quarter of an hour
    told = text(visitor(world, "author").get(reverse("enquiries:readings", args=[made.enquiry.uid])))
    assert "par son lien" in told
    assert "Service social d’exemple" in told


def test_given_back_for_a_reason(world: World) -> None:
    made, address = sent(world)
    client = StrictClient()
    assert client.post(address, {"geste": "refuser"}).status_code == 422
    client.post(address, {"geste": "refuser", "reason": "not_ours"})
    assert (here(world, made).state, here(world, made).refusal) == ("refused", "not_ours")
    assert client.post(address, {"geste": "ouvrir"}).status_code == 404


def test_every_dead_link_gives_the_same_page(world: World) -> None:
    """Unknown, stopped, past its time, its address changed, or its partner withdrawn.

    Mutations: compare the link without its address; leave the withdrawal out.
    """
    made, address = sent(world)
    token = address.split("/")[-2]
    client = StrictClient()
    dead = blanked(client.post(reverse("enquiries:partner", args=["y" * 22]), {"geste": "ouvrir"}))
    dead = dead.replace(b"y" * 22, token.encode())
    partner = made.partner
    assert partner is not None
    partner.address = "autre@partenaire.invalid"
    partner.save(update_fields=["address"])
    assert blanked(client.post(address, {"geste": "ouvrir"})) == dead
    partner.address = mails("referral_for_partner")[0]
    partner.save(update_fields=["address"])
    assert find_by_link(token=token, client="192.0.2.7", at=made.expires_at - timedelta(minutes=1)) is not None
    assert find_by_link(token=token, client="192.0.2.7", at=made.expires_at) is None
    partner.withdrawn_on = partner.confirmed_on
    partner.save(update_fields=["withdrawn_on"])
    assert blanked(client.post(address, {"geste": "ouvrir"})) == dead
    partner.withdrawn_on = None
    partner.save(update_fields=["withdrawn_on"])
    referring.take_back(actor=world.actor("author"), referral=here(world, made))
    assert blanked(client.post(address, {"geste": "ouvrir"})) == dead
    assert not ReferralOpening.objects.exists()


def test_it_is_neither_indexed_kept_nor_told_to_the_next_site(world: World) -> None:
    _, address = sent(world)
    client = StrictClient()
    for answer in (client.get(address), client.post(address, {"geste": "ouvrir"})):
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "same-origin"


def test_links_are_tried_a_few_times_an_hour_from_one_place(world: World) -> None:
    """Mutation: count nothing."""
    _, address = sent(world)
    client = StrictClient()
    for _ in range(answering.TRIES_PER_HOUR):
        assert client.post(reverse("enquiries:partner", args=["z" * 22])).status_code == 404
    assert client.post(reverse("enquiries:partner", args=["z" * 22])).status_code == 429
    refused = client.post(address, {"geste": "ouvrir"})
    assert refused.status_code == 429
    assert WORDS not in text(refused)


def test_the_mail_holds_a_link_and_no_content_and_the_base_no_link(world: World) -> None:
    made, address = sent(world)
    mail = OutgoingEmail.objects.filter(kind="referral_for_partner").get()
    enquiry = world.reload(made.enquiry)
    for secret in (WORDS, enquiry.reference, enquiry.contact["last_name"], world.topic.label):
        assert secret not in f"{mail.subject}\n{mail.body}"
    token = address.split("/")[-2]
    kept = Referral.objects.of_enquiry(enquiry)[0]
    assert token.encode() not in bytes(kept.link_print) + bytes(kept.link_for)


def test_a_link_opens_its_own_referral_alone(world: World) -> None:
    first, _ = sent(world)
    one = link()
    second = refer(world, enquiry=now_taken(world), to=first.partner, at=timezone.now(), body="AUTRETEXTE")
    answer = text(StrictClient().post(reverse("enquiries:partner", args=[one]), {"geste": "ouvrir"}))
    assert WORDS in answer
    assert "AUTRETEXTE" not in answer
    assert here(world, second).state == "sent"


@pytest.mark.parametrize("case", ["no address", "not confirmed for a year", "withdrawn"])
def test_a_partner_who_cannot_be_written_to_is_not_offered(world: World, case: str) -> None:
    today = timezone.localdate()
    kept = {
        "no address": {"address": "", "phone": "0473000000", "confirmed_on": today},
        "not confirmed for a year": {"confirmed_on": today - timedelta(days=400)},
        "withdrawn": {"confirmed_on": today - timedelta(days=2), "withdrawn_on": today},
    }[case]
    partner = a_partner(**kept)  # type: ignore[arg-type]
    enquiry = now_taken(world)
    assert partner not in referring.partners_for(enquiry, day=today)
