"""Asking for the working notes about oneself: who re-reads what, who reads what, and by when."""

import io
import json
import uuid
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from proxirh.accounts.models import Person
from proxirh.accounts.services import PROVED_KEY
from proxirh.enquiries import services
from proxirh.enquiries.models import Decision, NoteReview, NotesRequest, WorkingNote
from proxirh.enquiries.retention import REQUESTS_KEPT, forget_notes, forget_notes_requests
from proxirh.enquiries.services import noting, passing
from proxirh.enquiries.services.disclosing import answer_by, ask_for_notes, follow_requests, review_note
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.fields import Sealed
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.privacy import archive
from proxirh.privacy.services import erase_account
from proxirh.territories.models import Posting, WorkTie
from tests.enquiries import acts
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import same_as_unknown, visitor
from tests.world import CAST, LONG_AGO, NOW, World

pytestmark = pytest.mark.django_db

HERS, BESIDE, WHY = "CANARINOTE", "CANARICOSUIVI", "CANARIRAISON"
MINE, REVIEWS = "/mes-donnees/notes/", "/bureau/notes/a-relire/"
DAY = timedelta(days=1)


def write(world: World, part: str, body: str, enquiry: Any = None, **more: Any) -> WorkingNote:
    return noting.write_note(
        actor=world.actor(part), enquiry=enquiry or world.enquiry, body=body, at=more.pop("at", NOW), **more
    )


def ask(world: World, part: str = "author", **more: Any) -> NotesRequest:
    return ask_for_notes(actor=world.actor(part), at=more.pop("at", NOW + DAY), **more)


def review_of(note: WorkingNote) -> NoteReview:
    return NoteReview.objects.select_related("request", "note", "enquiry__data_key").get(note=note)


def decide(
    world: World,
    part: str,
    note: WorkingNote,
    decision: str = Decision.GIVEN,
    *,
    at: Any = NOW + 2 * DAY,
    why: str = "",
) -> None:
    review_note(actor=world.actor(part), review=review_of(note), decision=decision, reason=why, at=at)


def reload(note: WorkingNote) -> WorkingNote:
    return WorkingNote._base_manager.select_related("enquiry__data_key", "enquiry__department").get(pk=note.pk)


def mails(kind: str) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.select_related("data_key").filter(kind=kind).order_by("pk"))


def recipients(kind: str) -> list[str]:
    return [mail.recipient for mail in mails(kind)]


def downloaded(world: World, part: str) -> str:
    data = b"".join(archive.zipped(archive.export_data(actor=world.actor(part), at=NOW)))
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return "\n".join(found.read(name).decode() for name in (archive.PAGE, archive.DATA))


def end_mission(world: World, part: str) -> None:
    Posting.objects.filter(person=world.people[part]).update(valid_until=NOW.date() - DAY)


def put_in_conflict(world: World, part: str) -> None:
    WorkTie.objects.create(person=world.people[part], kind="has_authority", site=world.site, valid_from=LONG_AGO)


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────
def test_the_answer_is_due_within_one_month_counted_where_she_is(world: World) -> None:
    """Mutations: count thirty days; count from the day in Paris for somebody in the Antilles."""
    assert answer_by(date(2026, 1, 31)) == date(2026, 2, 28)
    assert answer_by(date(2026, 11, 17)) == date(2026, 12, 17)
    write(world, "counsellor", HERS)
    late_evening = NOW.replace(hour=23, minute=30)  # past midnight in Paris
    assert ask(world, at=late_evening).due_on == date(2026, 12, 18)
    type(world.department).objects.filter(pk=world.department.pk).update(time_zone="America/Guadeloupe")
    NotesRequest.objects.all().delete()
    assert ask(world, at=late_evening).due_on == date(2026, 12, 17)


def test_asking_twice_is_asking_once_and_after_the_answer_one_may_ask_again(world: World) -> None:
    """Mutations: drop `_open_one`; drop the constraint."""
    note = write(world, "counsellor", HERS)
    first = ask(world)
    assert ask(world, key=uuid.uuid4()).pk == first.pk
    assert len(mails("notes_to_review")) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        NotesRequest.objects.create(person=world.people["author"], due_on=NOW.date())
    decide(world, "counsellor", note)
    assert ask(world).pk != first.pk


def test_a_double_click_asks_once_even_when_there_is_nothing(world: World) -> None:
    """Mutation: leave the key out of `_open_one`."""
    key, browser = str(uuid.uuid4()), visitor(world, "author")
    for _ in range(2):
        assert browser.post(MINE, {"key": key}).status_code == 302
    assert NotesRequest.objects.get().delivered_at is not None
    assert "Aucune note ne vous concerne" in text(browser.get(MINE))
    assert mails("notes_ready") == []


def test_every_note_on_what_she_asked_is_in_it_and_none_on_what_somebody_else_asked(world: World) -> None:
    """Set aside ones too. Mutations: read the enquiries from the desk’s side; leave set aside notes out."""
    other = world.taken()
    theirs = world.submit("colleague")
    acts.take(world, theirs)
    theirs = world.reload(theirs)
    aside = write(world, "co-handler", BESIDE)
    passing.end_invitation(
        actor=world.actor("counsellor"), enquiry=world.reload(), person=world.people["co-handler"], at=NOW
    )
    hers = {write(world, "counsellor", HERS, is_shared=True).pk, write(world, "counsellor", HERS, other).pk, aside.pk}
    write(world, "counsellor", "CANARIAUTRUI", theirs, at=acts.LATER)
    made = ask(world)
    assert set(made.reviews.values_list("note", flat=True)) == hers
    assert ask(world, "counsellor").reviews.count() == 0


def test_asking_needs_a_fresh_proof_and_reading_writes_nothing(world: World) -> None:
    """Mutation: drop `step_up` from the view; ask on GET."""
    browser = visitor(world, "author")
    assert browser.get(MINE).status_code == 200
    assert not NotesRequest.objects.exists()
    session = browser.session
    del session[PROVED_KEY]
    session.save()
    for answer in (browser.get(MINE), browser.post(MINE, {})):
        assert answer.status_code == 302
        assert "confirmer" in answer["Location"]
    assert not NotesRequest.objects.exists()


# ── Re-reading ────────────────────────────────────────────────────────────────────────────────────
def test_each_author_re_reads_her_own_notes_and_nobody_reads_another_s(world: World) -> None:
    """Mutation: leave the author out of `to_review_by`."""
    hers, beside = write(world, "counsellor", HERS, is_shared=True), write(world, "co-handler", BESIDE, is_shared=True)
    ask(world)
    assert sorted(recipients("notes_to_review")) == ["co-handler@exemple.invalid", "counsellor@exemple.invalid"]
    for part in CAST:
        browser = visitor(world, part)
        address = f"{REVIEWS}{review_of(hers).uid}/"
        pages = [browser.get(REVIEWS), browser.get(address), browser.get(f"{REVIEWS}{review_of(beside).uid}/")]
        seen = "".join(text(page) for page in pages if page.status_code == 200)
        assert (HERS in seen) == (part == "counsellor"), part
        assert (BESIDE in seen) == (part == "co-handler"), part
        if part not in {"counsellor", "anonymous", "code-only staff"}:
            assert same_as_unknown(browser, "GET", address, review_of(hers).uid), part
        if part != "counsellor":
            with pytest.raises(NotAllowed):
                decide(world, part, hers)
    assert NoteReview.objects.filter(decision="").count() == 2


def test_she_re_reads_her_note_also_on_an_enquiry_that_she_follows_no_more(world: World) -> None:
    note = write(world, "co-handler", BESIDE)
    passing.end_invitation(
        actor=world.actor("counsellor"), enquiry=world.reload(), person=world.people["co-handler"], at=NOW
    )
    ask(world)
    shown = text(visitor(world, "co-handler").get(f"{REVIEWS}{review_of(note).uid}/"))
    assert BESIDE in shown
    assert world.people["author"].last_name not in shown
    decide(world, "co-handler", note)
    assert review_of(note).text == BESIDE


def test_the_pages_hand_over_or_withhold_with_a_reason(world: World) -> None:
    """Mutation: let a note be withheld without a reason."""
    given, kept = write(world, "counsellor", HERS), write(world, "counsellor", BESIDE)
    ask(world)
    browser = visitor(world, "counsellor")
    first, second = (f"{REVIEWS}{review_of(note).uid}/" for note in (given, kept))
    assert browser.post(first, {}).status_code == 422
    assert browser.post(second, {"decision": Decision.WITHHELD, "reason": "  "}).status_code == 422
    assert browser.post(second, {"decision": Decision.AS_IT_IS}).status_code == 422
    with pytest.raises(DomainError, match="pourquoi"):
        decide(world, "counsellor", kept, Decision.WITHHELD)
    assert browser.post(first, {"decision": Decision.GIVEN}).status_code == 302
    assert browser.post(second, {"decision": Decision.WITHHELD, "reason": WHY}).status_code == 302
    assert "déjà enregistré" in text(browser.post(first, {"decision": Decision.WITHHELD, "reason": WHY}, follow=True))
    assert (review_of(given).text, review_of(given).reason) == (HERS, None)
    assert (review_of(kept).text, review_of(kept).reason) == (None, WHY)
    assert "Aucune note à relire" in text(browser.get(REVIEWS))


def test_the_first_choice_stands(world: World) -> None:
    """Mutation: leave the pending decision out of the swap and of `to_review_by`."""
    note, _ = write(world, "counsellor", HERS), write(world, "co-handler", BESIDE)
    ask(world)
    decide(world, "counsellor", note)
    decide(world, "counsellor", note)
    with pytest.raises(StaleState):
        decide(world, "counsellor", note, Decision.WITHHELD, why=WHY)
    assert review_of(note).decision == Decision.GIVEN
    with pytest.raises(IntegrityError), transaction.atomic():
        NoteReview.objects.create(request=review_of(note).request, note=note, enquiry=note.enquiry, written_at=NOW)


@pytest.mark.parametrize("gone", [end_mission, put_in_conflict])
def test_a_note_that_its_author_can_no_longer_re_read_is_given_as_it_is(world: World, gone: Any) -> None:
    """Mutations: drop `receives`, or `conflict_free`, from `_able`."""
    note = write(world, "counsellor", HERS)
    gone(world, "counsellor")
    made = ask(world)
    assert made.delivered_at is not None
    assert mails("notes_to_review") == []
    assert review_of(note).decision == Decision.AS_IT_IS
    shown = text(visitor(world, "author").get(MINE))
    assert HERS in shown
    assert "Remise sans relecture" in shown


@pytest.mark.parametrize("gone", [end_mission, put_in_conflict])
def test_the_same_when_it_happens_while_the_request_waits(world: World, gone: Any) -> None:
    """Mutation: drop `_settle` from the clock."""
    note, beside = write(world, "counsellor", HERS), write(world, "co-handler", BESIDE)
    ask(world)
    gone(world, "counsellor")
    assert visitor(world, "counsellor").get(f"{REVIEWS}{review_of(note).uid}/").status_code == 404
    with pytest.raises(NotAllowed):
        decide(world, "counsellor", note)
    assert follow_requests(at=NOW + 2 * DAY) == 1
    assert review_of(note).decision == Decision.AS_IT_IS
    assert review_of(beside).decision == Decision.PENDING
    decide(world, "co-handler", beside)
    assert NotesRequest.objects.get().delivered_at is not None


# ── Handed over ───────────────────────────────────────────────────────────────────────────────────
def test_nothing_is_read_before_all_is_ready_then_by_whoever_asked_alone(world: World) -> None:
    """Mutations: leave `delivered_at`, or the person, out of `answered_to`."""
    counsellor = world.people["counsellor"]
    counsellor.last_name = "CANARINOM"
    counsellor.save()
    hers, beside = write(world, "counsellor", HERS), write(world, "co-handler", "CANARIRETENUE")
    ask(world)
    decide(world, "counsellor", hers)
    assert HERS not in text(visitor(world, "author").get(MINE)) + downloaded(world, "author")
    assert mails("notes_ready") == []
    decide(world, "co-handler", beside, Decision.WITHHELD, why=WHY)
    assert recipients("notes_ready") == ["author@exemple.invalid"]
    shown = text(visitor(world, "author").get(MINE))
    assert "Écrite par : conseillère ou conseiller RH de proximité" in shown
    for told in (shown, downloaded(world, "author")):
        assert HERS in told
        assert WHY in told
        assert "CANARIRETENUE" not in told
        assert "CANARINOM" not in told
    rows = json.loads(downloaded(world, "author").rpartition("</html>")[2])["donnees"]["NoteReview"]
    assert sorted(row["decision"] for row in rows) == [Decision.GIVEN, Decision.WITHHELD]
    for part in set(CAST) - {"author", "anonymous"}:
        page = visitor(world, part).get(MINE)
        assert HERS not in text(page) + downloaded(world, part), part
        assert WHY not in text(page) + downloaded(world, part), part


def test_what_was_handed_over_stays_as_it_was(world: World) -> None:
    """Mutation: show the note rather than its copy."""
    note = write(world, "counsellor", HERS)
    ask(world)
    decide(world, "counsellor", note)
    noting.change_note(actor=world.actor("counsellor"), note=reload(note), body="Autre chose.", at=NOW + 3 * DAY)
    assert HERS in text(visitor(world, "author").get(MINE))
    noting.erase_note(actor=world.actor("counsellor"), note=reload(note), at=NOW + 3 * DAY)
    assert HERS in downloaded(world, "author")
    assert forget_notes_requests(at=NOW + 2 * DAY + REQUESTS_KEPT) == 0
    assert forget_notes_requests(at=NOW + 3 * DAY + REQUESTS_KEPT) == 2
    assert HERS not in text(visitor(world, "author").get(MINE))


def test_no_mail_nor_journal_holds_a_word_of_it(world: World) -> None:
    note = write(world, "counsellor", HERS)
    ask(world)
    follow_requests(at=NOW + 60 * DAY)
    decide(world, "counsellor", note, Decision.WITHHELD, why=WHY)
    told = "".join(f"{mail.subject}\n{mail.body}" for mail in OutgoingEmail.objects.select_related("data_key"))
    told += "".join(str(line.details) for line in JournalEntry.objects.all())
    assert HERS not in told
    assert WHY not in told


# ── A note does not vanish meanwhile ──────────────────────────────────────────────────────────────
def test_a_note_asked_for_is_neither_changed_nor_erased_by_its_author(world: World) -> None:
    """Mutation: drop `check_not_asked_for` from either."""
    note, _ = write(world, "counsellor", HERS), write(world, "co-handler", BESIDE)
    ask(world)
    hers = world.actor("counsellor")
    for _ in range(2):  # before she has re-read it, and after
        with pytest.raises(DomainError, match="ni changée ni effacée"):
            noting.erase_note(actor=hers, note=reload(note))
        with pytest.raises(DomainError, match="ni changée ni effacée"):
            noting.change_note(actor=hers, note=reload(note), body="Autre.")
        decide(world, "counsellor", note)
    browser = visitor(world, "counsellor")
    address = reverse("enquiries:note", args=[world.enquiry.uid, note.uid])
    assert "ni changée ni effacée" in text(browser.post(address, {"geste": "effacer"}, follow=True))
    assert reload(note).body == HERS


def test_leaving_with_a_note_asked_for_sets_it_aside_instead_of_erasing_it(world: World) -> None:
    """Mutation: drop `is_asked_for` from `settle_notes`."""
    note = write(world, "counsellor", HERS)
    ask(world)
    services.give_back_enquiry(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        reason="charge",
        notes={str(note.uid): "effacer"},
        at=NOW + DAY,
    )
    assert reload(note).set_aside_at == NOW + DAY
    decide(world, "counsellor", note)
    assert forget_notes(at=NOW + 40 * DAY) == 1


def test_time_takes_no_note_that_somebody_waits_for(world: World) -> None:
    """Mutation: drop `_asked_for` from `left_behind` or from `on_ended`."""
    aside, shared = write(world, "co-handler", BESIDE), write(world, "counsellor", HERS, is_shared=True)
    acts.close(world, world.reload(), at=NOW)
    ask(world)
    late = NOW + 400 * DAY
    assert reload(aside).set_aside_at == NOW
    assert forget_notes(at=late) == 0
    decide(world, "counsellor", shared)
    assert forget_notes(at=late) == 0
    decide(world, "co-handler", aside)
    assert review_of(aside).text == BESIDE
    assert forget_notes(at=late) == 2


@pytest.mark.django_db(transaction=True)
def test_erasing_one_enquiry_closes_what_waited_for_it_alone(world: World) -> None:
    """Mutation: drop `settle_requests` from the erasure; drop `hold_requests_about`."""
    other = world.taken()
    note = write(world, "counsellor", HERS, other)
    write(world, "counsellor", BESIDE)
    made = ask(world)
    services.erase_enquiry(actor=world.actor("author"), enquiry=world.reload(), at=NOW + 2 * DAY)
    made.refresh_from_db()
    assert made.delivered_at is None
    assert [one.note_id for one in made.reviews.all()] == [note.pk]
    services.erase_enquiry(actor=world.actor("author"), enquiry=world.reload(other), at=NOW + 2 * DAY)
    made.refresh_from_db()
    assert made.delivered_at == NOW + 2 * DAY
    assert mails("notes_ready") == []
    assert not NoteReview.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_erasing_one_s_account_takes_the_request_with_it(world: World) -> None:
    Person.objects.filter(pk=world.people["author"].pk).update(staff_index=None)  # she works not for the service
    write(world, "counsellor", HERS)
    ask(world)
    erase_account(actor=world.actor("author"), at=NOW + 2 * DAY)
    assert not NotesRequest.objects.exists()


# ── The deadline ──────────────────────────────────────────────────────────────────────────────────
def test_authors_are_reminded_ten_and_two_days_before_and_the_officer_is_told_once_it_is_late(
    world: World, settings: Any
) -> None:
    """Mutations: a limit of nine days; tell the officer on the very last day; drop the key of a step."""
    settings.PROXIRH_DPO_MAIL = "dpo@exemple.invalid"
    note, done = write(world, "counsellor", HERS), write(world, "co-handler", BESIDE)
    made = ask(world)
    decide(world, "co-handler", done)
    last = NOW.replace(month=12, day=18)
    assert made.due_on == last.date()

    def told(at: Any) -> tuple[int, int]:
        for _ in range(2):  # every job is run twice
            assert follow_requests(at=at) == 1
        return len(mails("notes_to_review")), len(mails("notes_late"))

    assert told(last - 11 * DAY) == (2, 0)
    assert told(last - 10 * DAY) == (3, 0)
    assert told(last - 3 * DAY) == (3, 0)
    assert told(last - 2 * DAY) == (4, 0)
    assert told(last) == (4, 0)
    assert told(last + DAY) == (5, 1)
    assert told(last + 9 * DAY) == (5, 1)
    assert set(recipients("notes_to_review")[2:]) == {"counsellor@exemple.invalid"}
    (late,) = mails("notes_late")
    assert late.recipient == "dpo@exemple.invalid"
    assert world.enquiry.reference in late.body
    decide(world, "counsellor", note, at=last + 9 * DAY)
    assert follow_requests(at=last + 20 * DAY) == 0


def test_the_pages_say_honestly_that_we_are_late(world: World) -> None:
    """Mutation: never late."""
    write(world, "counsellor", HERS)
    made = ask(world)
    browser, desk = visitor(world, "author"), visitor(world, "counsellor")
    for due_on, is_late in ((date(2020, 1, 1), True), (date(2999, 1, 1), False)):
        NotesRequest.objects.filter(pk=made.pk).update(due_on=due_on)
        for page in ("/mes-donnees/", MINE):
            assert ("sommes en retard" in text(browser.get(page))) == is_late, page
        assert ("En retard" in text(desk.get(REVIEWS))) == is_late


def test_a_request_that_does_not_open_stops_no_other(world: World) -> None:
    """Mutation: let DecryptionError out of `follow_requests`."""
    broken = write(world, "counsellor", HERS)
    other = world.submit("colleague")
    acts.take(world, other, part="co-handler")
    fine = write(world, "co-handler", BESIDE, world.reload(other), at=acts.LATER)
    ask(world)
    ask(world, "colleague")
    WorkingNote._base_manager.filter(pk=broken.pk).update(body=Sealed(b"abime" * 9))
    for part in ("counsellor", "co-handler"):
        end_mission(world, part)
    assert follow_requests(at=NOW + 60 * DAY) == 1
    assert review_of(fine).decision == Decision.AS_IT_IS
    assert review_of(broken).decision == Decision.PENDING
    assert len(mails("notes_late")) == 1


def test_the_page_costs_as_many_queries_whatever_was_answered(world: World) -> None:
    """Mutation: leave `enquiry__department` out of `answered_to`."""

    def cost() -> int:
        browser = visitor(world, "author")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(MINE).status_code == 200
        return len(queries)

    notes = [write(world, "counsellor", HERS)]
    ask(world)
    decide(world, "counsellor", notes[0])
    first = cost()
    notes = [write(world, "counsellor", HERS) for _ in range(5)]
    made = ask(world)
    for note in notes:
        review = NoteReview.objects.select_related("request", "enquiry__data_key").get(note=note)
        review_note(actor=world.actor("counsellor"), review=review, decision=Decision.GIVEN, at=NOW)
    assert cost() <= first <= 12
    assert made.reviews.count() == 6
