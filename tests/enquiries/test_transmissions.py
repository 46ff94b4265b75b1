"""Passing on to the listening cell: without a name there is nobody to find, with one there is an agreement."""

from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.urls import reverse

from proxirh.accounts.models import HeldForm
from proxirh.enquiries import periodic
from proxirh.enquiries.figures import places_of
from proxirh.enquiries.models import AccessRecord, Consent, Draft, MonthlyCount, Transmission, TransmissionReading, Why
from proxirh.enquiries.retention import UNNAMED
from proxirh.enquiries.services import transmitting
from proxirh.enquiries.services.transmitting import ReturnCode, new_code
from proxirh.kernel.errors import DomainError, NotAllowed, TooManyTries
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.kernel.retention import kept
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Posting, Role, Topic, WorkTie
from tests.enquiries.asker import Asker
from tests.routes import sign_in
from tests.strict_client import StrictClient
from tests.world import LONG_AGO, NOW, World

pytestmark = pytest.mark.django_db

WORDS = "CANARI on me menace au travail."


def visit(world: World, part: str) -> StrictClient:
    client = StrictClient()
    sign_in(client, world, part)
    return client


def violent(world: World):
    return world.taken(
        topic=Topic.objects.get(code="2.4"),
        consents=("violence_nominative",),
        excluded=(world.people["excluded colleague"],),
    )


def unnamed(world: World, code: ReturnCode | None = None, **changes) -> Transmission:
    return transmitting.transmit_unnamed(academy=world.academy, body=WORDS, code=code or new_code(), at=NOW, **changes)


# ── Without a name ─────────────────────────────────────────────────────────────────────────────────
def test_choosing_it_erases_the_draft_and_its_cookies(world: World) -> None:
    """Mutation: redirect without delete_draft."""
    asker = Asker(world).until("ask_topic")
    assert Draft.objects.count() == 1
    response = asker.client.post(reverse("enquiries:ask_before"), {"sans-nom": "1"})
    assert response["Location"] == reverse("enquiries:transmit", args=[world.academy.slug])
    assert not Draft.objects.exists()
    assert {response.cookies[name].value for name in response.cookies} <= {""}


def test_what_is_stored_tells_nobody(world: World) -> None:
    """Even signed in: no author, no session, no journal line with a person. Mutation: record actor.label."""
    client = visit(world, "author")
    before = set(JournalEntry.objects.values_list("pk", flat=True))
    page = client.get(reverse("enquiries:transmit", args=[world.academy.slug]))
    ticket = page.context["form"].initial["ticket"]
    sent = client.post(page.request["PATH_INFO"], {"body": WORDS, "ticket": ticket})
    assert sent.status_code == 200
    code = transmitting.read_code(sent.context["code"])
    assert [code.locator, code.secret] == signing.loads(ticket, salt="enquiries.return-code")
    made = Transmission.objects.get()
    assert (made.enquiry_id, made.consent_id, made.identity, made.seen_by_id) == (None, None, None, None)
    lines = JournalEntry.objects.exclude(pk__in=before)
    assert {line.actor for line in lines} == {"système"}
    person, user = world.people["author"], world.people["author"].user
    told = " ".join(f"{line.subject} {line.details}" for line in lines)
    assert str(person.uid) not in told
    assert str(user.uid) not in told
    assert not AccessRecord.objects.filter(enquiry__author=person, why=Why.CELL).exists()


def test_the_words_are_in_no_clear_column_and_the_code_in_none_at_all(world: World) -> None:
    """Mutation: make body a TextField, or keep code.secret."""
    code = new_code()
    unnamed(world, code)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                text = b" ".join(
                    bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in row
                )
                assert b"CANARI" not in text, table
                assert code.secret.encode() not in text, table


def test_sending_twice_gives_the_same(world: World) -> None:
    code = new_code()
    assert unnamed(world, code).pk == unnamed(world, code).pk
    assert OutgoingEmail.objects.filter(kind="cell_alert").count() == 1


def test_a_refused_form_is_kept_nowhere(world: World) -> None:
    """Mutation: drop @keeps_nothing."""
    client = StrictClient(enforce_csrf_checks=True)
    response = client.post(
        reverse("enquiries:transmit", args=[world.academy.slug]),
        {"body": WORDS},
        headers={"origin": "http://testserver"},
    )
    assert response.status_code == 403
    assert not HeldForm.objects.exists()


def test_without_a_member_of_the_cell_nothing_is_taken(world: World) -> None:
    Posting.objects.filter(role=Role.CELL_OFFICER).delete()
    with pytest.raises(DomainError):
        unnamed(world)
    page = StrictClient().get(reverse("enquiries:transmit", args=[world.academy.slug]))
    assert page.context["form"] is None


def test_it_counts_in_the_branch_of_difficulties_of_its_academy(world: World) -> None:
    unnamed(world)
    count = MonthlyCount.objects.get(department_code=f"A{world.academy.code}")
    assert (count.indicator, count.key, count.n, count.month) == (
        "enquiries.by_topic",
        "2",
        1,
        NOW.date().replace(day=1),
    )
    assert count.department_code in places_of(world.academy)


def test_the_code_comes_back_and_nothing_else_does(world: World) -> None:
    """Mutation: compare only the locator."""
    code = new_code()
    unnamed(world, code)
    assert transmitting.find_returning(code=code, at=NOW).body == WORDS
    for wrong in (ReturnCode(code.locator, new_code().secret), new_code(), None):
        with pytest.raises(DomainError):
            transmitting.find_returning(code=wrong, at=NOW)


def test_a_locator_is_tried_ten_times_an_hour(world: World) -> None:
    """Mutation: forget the limit."""
    code = new_code()
    unnamed(world, code)
    for _ in range(10):
        with pytest.raises(DomainError):
            transmitting.find_returning(code=ReturnCode(code.locator, "A" * 10), at=NOW)
    with pytest.raises(TooManyTries):
        transmitting.find_returning(code=code, at=NOW)


def test_the_person_reads_the_answer_and_writes_again(world: World) -> None:
    code = new_code()
    made = unnamed(world, code)
    officer = world.actor("cell officer")
    transmitting.open_transmission(actor=officer, transmission=made, at=NOW)
    transmitting.answer_transmission(actor=officer, transmission=made, body="Nous vous croyons.", at=NOW)
    client = StrictClient()
    page = client.post(reverse("enquiries:come_back"), {"code": code.whole.lower()})
    assert "Nous vous croyons." in page.content.decode()
    client.post(reverse("enquiries:come_back"), {"code": code.whole, "body": "Merci."})
    assert [one.body for one in transmitting.thread_of(made)] == ["Nous vous croyons.", "Merci."]


# ── The cell ───────────────────────────────────────────────────────────────────────────────────────
def test_the_words_show_once_opened_and_each_reading_is_written_down(world: World) -> None:
    """Mutation: skip record_cell_reading."""
    made = unnamed(world)
    client, address = visit(world, "cell officer"), reverse("enquiries:transmission", args=[made.uid])
    assert "CANARI" not in client.get(address).content.decode()
    assert "CANARI" not in client.get(reverse("enquiries:cell")).content.decode()
    client.post(address, {"geste": "ouvrir"})
    assert "CANARI" in client.get(address).content.decode()
    assert TransmissionReading.objects.get().reader == world.people["cell officer"]


def test_an_answer_without_words_keeps_the_page(world: World) -> None:
    made = unnamed(world)
    client, address = visit(world, "cell officer"), reverse("enquiries:transmission", args=[made.uid])
    client.post(address, {"geste": "ouvrir"})
    assert client.post(address, {"geste": "repondre", "body": " "}).status_code == 422
    assert client.post(address, {"geste": "repondre", "body": "Bonjour."}).status_code == 302
    made.refresh_from_db()
    assert made.answered_at is not None
    client.post(address, {"geste": "terminer"})
    late = client.post(address, {"geste": "repondre", "body": "Écrit dans un autre onglet."})
    assert late.status_code == 422
    assert "Écrit dans un autre onglet." in late.content.decode()


def test_past_48_working_hours_the_cell_and_the_head_of_service_are_told_once(world: World) -> None:
    made = unnamed(world)
    assert made.due_at > NOW + timedelta(hours=47)
    late = made.due_at + timedelta(minutes=1)
    assert list(Transmission.objects.late(late)) == [made]
    assert not Transmission.objects.late(made.due_at)


# ── With one’s agreement ───────────────────────────────────────────────────────────────────────────
def test_nothing_leaves_without_the_box_that_she_ticks(world: World) -> None:
    """Mutation: make `agrees` optional."""
    enquiry = violent(world)
    client, address = visit(world, "author"), reverse("enquiries:pass_on", args=[enquiry.uid])
    assert client.post(address, {"body": WORDS}).status_code == 422
    assert not Transmission.objects.exists()
    assert client.post(address, {"body": WORDS, "agrees": "on"}).status_code == 302
    made = Transmission.objects.get()
    assert (made.enquiry, made.consent.kind) == (enquiry, transmitting.CELL_CONSENT)
    assert set(made.identity) == {"Nom", "Téléphone"}
    page = client.get(address).content.decode()
    assert WORDS in page


def test_taking_the_agreement_back_closes_it_to_the_cell_at_once(world: World) -> None:
    """Mutation: drop withdrawn_at=None from visible_to."""
    enquiry = violent(world)
    made = transmitting.transmit_named(actor=world.actor("author"), enquiry=enquiry, body=WORDS, at=NOW)
    officer = visit(world, "cell officer")
    address = reverse("enquiries:transmission", args=[made.uid])
    officer.post(address, {"geste": "ouvrir"})
    assert "CANARI" in officer.get(address).content.decode()
    assert AccessRecord.objects.filter(enquiry=enquiry, why=Why.CELL, reader=world.people["cell officer"]).exists()
    visit(world, "author").post(reverse("enquiries:pass_on", args=[enquiry.uid]), {"retirer": str(made.uid)})
    assert officer.get(address).status_code == 404
    assert Consent.objects.get(kind=transmitting.CELL_CONSENT).withdrawn_at is not None


def test_whoever_commands_there_meets_nothing_in_the_cell_either(world: World) -> None:
    """Mutation: drop the conflict of interest from TransmissionQuerySet.listed_for, or from alert_cell."""
    WorkTie.objects.create(
        person=world.people["cell officer"], kind="has_authority", site=world.site, valid_from=LONG_AGO
    )
    enquiry = violent(world)
    OutgoingEmail.objects.all().delete()
    made = transmitting.transmit_named(actor=world.actor("author"), enquiry=enquiry, body=WORDS, at=NOW)
    assert not Transmission.objects.listed_for(world.actor("cell officer"))
    assert not OutgoingEmail.objects.filter(kind="cell_alert").exists()
    assert visit(world, "cell officer").get(reverse("enquiries:transmission", args=[made.uid])).status_code == 404


@pytest.mark.parametrize("part", ["counsellor", "colleague", "coordinator", "counsellor elsewhere"])
def test_nobody_else_passes_it_on(world: World, part: str) -> None:
    with pytest.raises(NotAllowed):
        transmitting.transmit_named(actor=world.actor(part), enquiry=violent(world), body=WORDS, at=NOW)


def test_the_answer_of_the_cell_waits_on_her_page_and_a_neutral_mail_says_so(world: World) -> None:
    enquiry = violent(world)
    made = transmitting.transmit_named(actor=world.actor("author"), enquiry=enquiry, body=WORDS, at=NOW)
    officer, address = visit(world, "cell officer"), reverse("enquiries:transmission", args=[made.uid])
    officer.post(address, {"geste": "ouvrir"})
    assert officer.post(address, {"geste": "repondre", "body": "Nous vous appelons."}).status_code == 302
    assert (
        "Nous vous appelons."
        in visit(world, "author").get(reverse("enquiries:pass_on", args=[enquiry.uid])).content.decode()
    )
    mail = OutgoingEmail.objects.select_related("data_key").get(kind="cell_answered")
    assert mail.recipient == enquiry.contact["email"]
    assert not [word for word in ("cellule", "violence", "appelons") if word in f"{mail.subject}{mail.body}".lower()]
    officer.post(address, {"geste": "terminer"})
    made.refresh_from_db()
    assert made.ended_at is not None


def test_lateness_is_told_once_however_often_it_is_looked_for(world: World) -> None:
    """Mutation: leave the heads of service out, or the dedupe key."""
    made = unnamed(world)
    later = made.due_at + timedelta(hours=1)
    assert [transmitting.tell_of_lateness(at=later) for _ in range(2)] == [1, 1]
    assert periodic.tell_of_late_transmissions.call() == 1
    told = OutgoingEmail.objects.filter(kind="cell_late").select_related("data_key")
    parts = {mail.recipient for mail in told}
    assert parts == {world.people[part].staff_address for part in ("cell officer", "head of service")}
    assert told.count() == 2


@pytest.mark.parametrize(("seconds", "gone"), [(-1, 0), (0, 0), (1, 1)])
def test_what_was_passed_on_without_a_name_goes_a_year_after_its_last_word(
    world: World, seconds: int, gone: int
) -> None:
    """Mutations: count from the sending; keep the key; take the named ones too."""
    made = unnamed(world)
    transmitting.transmit_named(actor=world.actor("author"), enquiry=violent(world), body=WORDS, at=NOW)
    last = NOW + timedelta(days=40)
    transmitting.add_unnamed(transmission=made, body="Encore.", at=last)
    found = UNNAMED.apply(at=last + kept("UNNAMED") + timedelta(seconds=seconds))
    assert found == gone
    assert Transmission.objects.count() == 2 - gone
    assert DataKey.objects.filter(pk=made.data_key_id).exists() is not bool(gone)


def test_two_clicks_at_once_pass_it_on_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has read that nothing is under way: the database still refuses. Mutation: drop the constraint."""
    enquiry, author = violent(world), world.actor("author")
    monkeypatch.setattr(transmitting, "can_transmit", lambda *_args, **_more: True)
    transmitting.transmit_named(actor=author, enquiry=enquiry, body=WORDS, at=NOW)
    with pytest.raises(NotAllowed):
        transmitting.transmit_named(actor=author, enquiry=enquiry, body=WORDS, at=NOW)
    assert Transmission.objects.count() == Consent.objects.filter(kind=transmitting.CELL_CONSENT).count() == 1
