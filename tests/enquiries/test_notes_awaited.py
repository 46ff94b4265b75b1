"""While someone waits for her notes: none of them vanishes, and the day of the answer is watched."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from proxirh.accounts.models import Person
from proxirh.enquiries import services
from proxirh.enquiries.models import Decision, Enquiry, NoteReview, NotesRequest, WorkingNote
from proxirh.enquiries.retention import ANNOUNCEMENTS, ENQUIRIES, NOTES, NOTES_ASIDE
from proxirh.enquiries.services import noting
from proxirh.enquiries.services.disclosing import follow_requests, review_note
from proxirh.enquiries.services.expiring import erase_expired
from proxirh.enquiries.workflow import State
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.kernel.fields import Sealed
from proxirh.privacy.services import erase_account
from tests.enquiries import acts
from tests.enquiries.asker import text_of as text
from tests.enquiries.note_asking import (
    BESIDE,
    DAY,
    HERS,
    MINE,
    REVIEWS,
    ask,
    decide,
    end_mission,
    mails,
    recipients,
    reload,
    review_of,
    write,
)
from tests.enquiries.visitors import visitor
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


# ── A note does not vanish meanwhile ──────────────────────────────────────────────────────────────
@pytest.mark.parametrize("is_merged", [False, True])
def test_an_enquiry_whose_time_is_over_waits_for_the_notes_asked_for(world: World, *, is_merged: bool) -> None:
    """She asks when she is told that it goes. Mutations: drop `awaited_on` from `to_erase`; leave out what it was
    merged into."""
    note, survivor = write(world, "counsellor", HERS), world.enquiry
    if is_merged:
        survivor = world.taken()
        acts.close(world, survivor)
        Enquiry.objects.filter(pk=world.enquiry.pk).update(state=State.MERGED, merged_into=survivor, closed_at=NOW)
    Enquiry.objects.exclude(pk=survivor.pk).update(last_contact_at=NOW + 999 * DAY)
    told_at = world.reload(survivor).last_contact_at + 336 * DAY
    assert ANNOUNCEMENTS.apply(at=told_at) == 1
    ask(world, at=told_at + 29 * DAY)
    assert ENQUIRIES.due(told_at + 31 * DAY) == ENQUIRIES.apply(at=told_at + 31 * DAY) == 0
    decide(world, "counsellor", note, at=told_at + 32 * DAY)
    assert HERS in text(visitor(world, "author").get(MINE))
    assert ENQUIRIES.apply(at=told_at + 32 * DAY) == 1


def test_nor_does_it_go_when_she_asks_once_the_clock_has_found_it(world: World) -> None:
    """Mutation: let `anonymise_enquiry` erase, for time, what a request waits for."""
    note = write(world, "counsellor", HERS)
    acts.close(world, world.reload())
    found = Enquiry.objects.for_system("trouvée par l’horloge").to_expire().get(pk=world.enquiry.pk)
    ask(world)
    with pytest.raises(StaleState):
        erase_expired(enquiry=found, at=NOW + 400 * DAY)
    assert reload(note).body == HERS


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


def forget_notes(*, at: datetime) -> int:
    return NOTES_ASIDE.apply(at=at) + NOTES.apply(at=at)


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


def test_a_note_that_does_not_open_does_not_keep_her_from_asking(world: World) -> None:
    """Of someone who left, hence to be given as it is. Mutation: let DecryptionError out of `_ask`."""
    broken = write(world, "counsellor", HERS)
    WorkingNote._base_manager.filter(pk=broken.pk).update(body=Sealed(b"abime" * 9))
    end_mission(world, "counsellor")
    assert visitor(world, "author").post(MINE).status_code == 302
    assert NotesRequest.objects.get().delivered_at is None
    assert review_of(broken).decision == Decision.PENDING


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
