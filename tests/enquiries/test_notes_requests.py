"""Asking for the working notes about oneself: who re-reads what, who reads what, and by when."""

import json
import uuid
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from proxirh.accounts.services import PROVED_KEY
from proxirh.enquiries.models import Decision, NoteReview, NotesRequest
from proxirh.enquiries.retention import NOTES_REQUESTS
from proxirh.enquiries.services import noting, passing
from proxirh.enquiries.services.disclosing import answer_by, follow_requests
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.kernel.retention import kept
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries import acts
from tests.enquiries.asker import text_of as text
from tests.enquiries.note_asking import (
    BESIDE,
    DAY,
    HERS,
    MINE,
    REVIEWS,
    WHY,
    ask,
    decide,
    downloaded,
    end_mission,
    mails,
    put_in_conflict,
    recipients,
    reload,
    review_of,
    write,
)
from tests.enquiries.visitors import same_as_unknown, visitor
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db


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
    assert NOTES_REQUESTS.apply(at=NOW + 2 * DAY + kept("READINGS")) == 0
    assert NOTES_REQUESTS.apply(at=NOW + 3 * DAY + kept("READINGS")) == 1
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
