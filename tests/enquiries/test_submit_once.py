"""« Envoyer » makes one enquiry, with everything that goes with it, whatever is clicked twice."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from proxirh.accounts.models import Person, address_index
from proxirh.accounts.services import request_code
from proxirh.enquiries import services
from proxirh.enquiries.models import Channel, Draft, Enquiry, EnquiryFact, Message, MonthlyCount
from proxirh.enquiries.workflow import State
from proxirh.kernel import journal, tokens
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.actor import ANONYMOUS
from tests.enquiries.asker import Asker, enquiries, shown_notice
from tests.strict_client import StrictClient
from tests.world import NOW, World, build_world

KEY = uuid.UUID("11111111-2222-4333-8444-555555555555")
CANARIES = {
    "words": "canari-texte",
    "first_name": "Canari-prénom",
    "last_name": "Canari-nom",
    "phone": "0699999999",
    "excluded_names": "Canari-exclu",
    "superior_name": "Canari-chef",
}


def submit(world: World, part: str = "anonymous", *, key: uuid.UUID = KEY, **changes: object) -> Enquiry:
    given = {name: changes.pop(name) for name in ("on_behalf", "channel", "draft") if name in changes}
    return services.submit_enquiry(
        actor=world.actor(part), answers=world.answers(**changes), idempotency_key=key, at=NOW, **given
    )


def totals() -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for indicator, key, n in MonthlyCount.objects.values_list("indicator", "key", "n"):
        found[indicator, key] = found.get((indicator, key), 0) + n
    return found


def test_an_enquiry_begins_received_with_its_draft_gone(world: World) -> None:
    draft = services.start_draft(token="ici", is_shared_computer=False, answers={"words": "Bonjour"})
    enquiry = submit(world, draft=draft)
    assert enquiry.state == State.SUBMITTED
    assert enquiry.lead is None
    assert not Draft.objects.exists()
    assert not DataKey.objects.filter(pk=draft.data_key_id).exists()
    assert enquiry.handlings.get().team == world.team


def test_the_same_key_twice_gives_the_same_enquiry(world: World) -> None:
    first = submit(world)
    before = {
        model: model.objects.count() for model in (EnquiryFact, MonthlyCount, JournalEntry, OutgoingEmail, Person)
    }
    again = submit(world, words="Autre chose")
    assert again.pk == first.pk
    assert {model: model.objects.count() for model in before} == before


def test_a_colleague_who_clicks_twice_creates_one_enquiry(world: World) -> None:
    first = submit(world, "counsellor", on_behalf=True, channel=Channel.PHONE)
    again = submit(world, "counsellor", on_behalf=True, channel=Channel.PHONE)
    assert again.pk == first.pk
    assert first.created_by == world.people["counsellor"]
    assert first.author not in world.people.values()


def test_typing_for_someone_erases_no_draft(world: World) -> None:
    """Mutation: erase the draft that the key names; a colleague’s page could erase anyone’s."""
    victim = services.start_draft(token="un-navigateur", is_shared_computer=False, at=NOW)
    submit(world, "counsellor", key=victim.uid, on_behalf=True, channel=Channel.PHONE)
    assert Draft.objects.filter(uid=victim.uid).exists()


def test_a_page_sent_again_after_an_hour_says_that_it_was_kept(world: World) -> None:
    """The browser’s « back », after lunch. Mutation: let the refusal of the database become a fault."""
    first = submit(world, "counsellor", on_behalf=True, channel=Channel.PHONE)
    DataKey.objects.filter(pk=first.data_key_id).update(created_at=first.data_key.created_at - timedelta(hours=2))
    with pytest.raises(DomainError, match="déjà été enregistrée"):
        submit(world, "counsellor", on_behalf=True, channel=Channel.PHONE)


def test_the_key_shows_the_enquiry_only_to_whoever_holds_it(world: World) -> None:
    enquiry = submit(world)
    assert not Enquiry.objects.visible_to(ANONYMOUS).filter(pk=enquiry.pk).exists()
    assert not Enquiry.objects.visible_to(ANONYMOUS, sent_with=uuid.uuid4()).filter(pk=enquiry.pk).exists()
    assert Enquiry.objects.visible_to(ANONYMOUS, sent_with=KEY).get() == enquiry
    typed = submit(world, "counsellor", key=uuid.uuid4(), on_behalf=True, channel=Channel.PHONE)
    assert not Enquiry.objects.visible_to(ANONYMOUS, sent_with=typed.idempotency_key).exists()


def test_the_monthly_counts_follow(world: World) -> None:
    before = totals()
    submit(world)
    after = totals()
    changed = {name: n - before.get(name, 0) for name, n in after.items() if n != before.get(name, 0)}
    assert changed == {
        ("enquiries.by_topic", "1.1"): 1,
        ("enquiries.by_channel", "web"): 1,
        ("requesters.by_category", "2d"): 1,
        ("requesters.by_sex", "unknown"): 1,
        ("requesters.by_age", "unknown"): 1,
    }
    assert set(MonthlyCount.objects.values_list("month", "department_code")) == {(NOW.date().replace(day=1), "15")}


def test_measuring_moves_a_count_once_even_from_two_tabs(world: World) -> None:
    """Mutation: write the fact without comparing what it was."""
    enquiry, other_tab = submit(world), submit(world)
    before = totals()
    services.measure_enquiry(enquiry=enquiry, sex="F", age_band="40_49")
    with pytest.raises(StaleState):
        services.measure_enquiry(enquiry=other_tab, sex="M", age_band="40_49")
    changed = {name: n - before.get(name, 0) for name, n in totals().items() if n != before.get(name, 0)}
    assert changed == {
        ("requesters.by_sex", "unknown"): -1,
        ("requesters.by_sex", "F"): 1,
        ("requesters.by_age", "unknown"): -1,
        ("requesters.by_age", "40_49"): 1,
    }


def test_the_fact_holds_no_text_no_identity_and_no_site(world: World) -> None:
    enquiry = submit(world, **CANARIES)
    values = EnquiryFact.objects.filter(pk=enquiry.fact_id).values().get()
    assert not any("anari" in str(value) or world.site.uai in str(value) for value in values.values())


def test_the_journal_tells_the_act_without_its_content(world: World) -> None:
    enquiry = submit(world, **CANARIES)
    (line,) = journal.history(enquiry)
    assert (line.actor, line.verb) == ("anonyme", "demande.reçue")
    assert line.details == {"channel": "web", "team": world.team.pk}


def test_no_mail_carries_words_topic_name_or_wishes(world: World) -> None:
    """Mutation: add the author’s name, or the topic, to any of these mails."""
    OutgoingEmail.objects.all().delete()
    enquiry = submit(world, wants_call_today=True, **CANARIES)
    submit(world, "counsellor", key=uuid.uuid4(), on_behalf=True, channel=Channel.PHONE, **CANARIES)
    mails = list(OutgoingEmail.objects.select_related("data_key"))
    assert {mail.kind for mail in mails} == {"acknowledgement", "call_today", "team_alert", "created_for_you"}
    for mail in mails:
        text = f"{mail.subject}\n{mail.body}".lower()
        forbidden = [*CANARIES.values(), enquiry.fact.topic_code, "projet", "mobilité", world.site.name]
        assert not [word for word in forbidden if word.lower() in text], mail.kind
        if mail.kind != "acknowledgement":
            assert enquiry.reference not in text.upper()


def test_one_address_gets_five_such_mails_an_hour_and_nothing_tells_so(world: World) -> None:
    """Somebody floods an address that is not hers. Mutation: count by network address alone."""
    OutgoingEmail.objects.all().delete()
    for _ in range(7):
        submit(world, key=uuid.uuid4(), email="flood@exemple.invalid")
    kinds = OutgoingEmail.objects.filter(kind="acknowledgement")
    assert kinds.count() == 5
    draft = services.start_draft(token="un-navigateur", is_shared_computer=False, at=NOW)
    services.address_draft(draft=draft, address="flood@exemple.invalid", at=NOW)
    assert not OutgoingEmail.objects.filter(kind="draft_link").exists()
    request_code(address="flood@exemple.invalid", token="un-navigateur", at=NOW)
    assert not OutgoingEmail.objects.filter(kind="code").exists()
    submit(world, key=uuid.uuid4(), email="autre@exemple.invalid")
    assert kinds.count() == 6


def test_the_acknowledgement_mail_says_all_one_needs(world: World) -> None:
    OutgoingEmail.objects.all().delete()
    enquiry = submit(world)
    (mail,) = OutgoingEmail.objects.filter(kind="acknowledgement").select_related("data_key")
    text = " ".join((mail.body or "").replace("\u00a0", " ").split())
    assert mail.recipient == "author@exemple.invalid"
    for part in (
        f"Référence : {enquiry.reference}",
        f"Code d’appel : {tokens.grouped(enquiry.call_code, 3)}",
        "Service : RH de proximité, académie de Clermont-Ferrand",
        "au plus tard : jeudi 19 novembre 2026",
        "la retirer sans donner de raison",
        reverse("enquiries:space"),
        "15 : Samu",
        "3114 : Prévention du suicide",
    ):
        assert part in text


def test_someone_typed_for_learns_only_that_something_exists(world: World) -> None:
    OutgoingEmail.objects.all().delete()
    enquiry = submit(world, "counsellor", on_behalf=True, channel=Channel.PHONE)
    (mail,) = OutgoingEmail.objects.filter(kind="created_for_you").select_related("data_key")
    for secret in (enquiry.reference, enquiry.call_code, enquiry.claim_code, str(enquiry.uid), world.team.name):
        assert secret
        assert secret not in f"{mail.subject}{mail.body}"
    assert "Ce n’est pas moi" in (mail.body or "") or "Si ce n’est pas vous" in (mail.body or "")


def test_identity_and_content_lie_encrypted(world: World) -> None:
    enquiry = submit(world, **CANARIES)
    with connection.cursor() as cursor:
        found = []
        for table, pk in (
            ("enquiries_enquiry", enquiry.pk),
            ("accounts_person", enquiry.author_id),
            ("enquiries_message", Message.objects.get(enquiry=enquiry).pk),
        ):
            cursor.execute(f"SELECT * FROM {table} WHERE id = %s", [pk])
            found += [bytes(v) if isinstance(v, memoryview) else v for v in cursor.fetchone()]
    assert not [v for v in found if b"anari" in (v if isinstance(v, bytes) else str(v).encode())]
    assert bytes(enquiry.address_index) == address_index("AUTHOR@exemple.invalid ")


def test_a_reference_drawn_twice_is_drawn_again(world: World) -> None:
    first = submit(world)
    second = services.submit_enquiry(
        actor=ANONYMOUS, answers=world.answers(), idempotency_key=uuid.uuid4(), reference=first.reference, at=NOW
    )
    assert second.pk != first.pk
    assert second.reference != first.reference


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_simultaneous_clicks_make_one_enquiry() -> None:
    """Mutation: let the second IntegrityError reach the page."""
    asker = Asker(build_world()).until("ask_review")
    start, answers = threading.Barrier(2), []

    def click() -> None:
        client = StrictClient()
        client.cookies = asker.client.cookies.copy()
        start.wait()
        answers.append(client.post(reverse("enquiries:ask_review"), shown_notice()))
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, reverse("enquiries:ask_sent"))] * 2
    assert len(enquiries()) == 1
    assert OutgoingEmail.objects.filter(kind="acknowledgement").count() == 2  # the cast's own, and this one


def test_a_nameless_account_takes_the_name_given_while_asking(world: World) -> None:
    author = world.people["author"]
    author.first_name = author.last_name = ""
    author.save(update_fields=["first_name", "last_name"])
    submit(world, "author", first_name="Alma", last_name="Exemple")
    assert Person.objects.select_related("data_key").get(pk=author.pk).full_name == "Alma Exemple"


def test_delays_of_a_typed_enquiry_count_from_the_day_it_was_asked(world: World) -> None:
    enquiry = services.submit_enquiry(
        actor=world.actor("counsellor"),
        answers=world.answers(),
        idempotency_key=KEY,
        channel=Channel.LETTER,
        on_behalf=True,
        asked_at=NOW - timedelta(days=7),
        at=NOW,
    )
    assert enquiry.fact.day == (NOW - timedelta(days=7)).date()
    assert enquiry.due_at < NOW
