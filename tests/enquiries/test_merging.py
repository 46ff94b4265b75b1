"""Two enquiries of one person merged: nothing of either is lost, nobody reads more, and both references lead there."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from proxirh.enquiries.attachments import read_attachment
from proxirh.enquiries.models import (
    BreakGlass,
    CallLink,
    Concern,
    Consent,
    Enquiry,
    EnquiryAppointment,
    EnquiryCall,
    Handling,
    NoteReview,
    NotesRequest,
    PersonChoice,
    ProtectionStep,
    ReferralAnswer,
    WorkingNote,
)
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.services import merging, summarising
from proxirh.enquiries.services.noting import write_note
from proxirh.enquiries.services.signposting import Contact, give_contact
from proxirh.enquiries.services.transmitting import transmit_named
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.kernel.errors import DomainError
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import JournalEntry
from proxirh.territories.models import Topic
from tests.enquiries import acts, moving
from tests.enquiries.consulting import answer, ask
from tests.enquiries.referring import refer
from tests.enquiries.test_workflow_counts import counted, recounted
from tests.scheduling.line import a_call
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)
# Rows of the enquiries themselves, which name one another.
THEMSELVES = {"following", "absorbed"}


def load(enquiry: Enquiry) -> Enquiry:
    return Enquiry._base_manager.select_related("data_key", "fact", "department", "author").get(pk=enquiry.pk)


def merge(world: World, merged: Enquiry, kept: Enquiry, *, part: str = "counsellor", **more: Any) -> None:
    merging.merge_enquiries(actor=world.actor(part), merged=load(merged), kept=load(kept), at=LATER, **more)


def two(world: World, **changes: Any) -> tuple[Enquiry, Enquiry]:
    """One to merge, and one to keep."""
    return world.taken(**changes), world.taken(**changes)


def speak(world: World, enquiry: Enquiry, word: str) -> None:
    """At least one row of everything that may hang from an enquiry, with a word in each text."""
    author, counsellor, at = world.actor("author"), world.actor("counsellor"), acts.LATER
    acts.write(world, load(enquiry), at=at, uploads=[acts.PDF])
    acts.reply(world, load(enquiry), at=at, uploads=[acts.PDF])
    acts.log(world, load(enquiry), at=at)
    said = {"held_on": NOW.date(), "body": f"{word} dit", "at": at}
    first = summarising.propose_summary(actor=counsellor, enquiry=load(enquiry), **said)
    summarising.ask_for_change(actor=author, summary=first, remark=f"{word} à changer", at=at)
    contact = Contact(f"{word} vers qui", f"{word} comment")
    give_contact(actor=counsellor, enquiry=load(enquiry), contact=contact, body=f"{word} pourquoi", at=at)
    note = write_note(actor=counsellor, enquiry=load(enquiry), body=f"{word} pour moi", at=at)
    write_note(actor=counsellor, enquiry=load(enquiry), body=f"{word} partagé", is_shared=True, at=at)
    asked = NotesRequest.objects.create(person=world.people["author"], due_on=NOW.date(), delivered_at=at)
    given = {"request": asked, "enquiry": load(enquiry), "written_at": at}
    NoteReview.objects.create(note=note, decision="remise", text=f"{word} remis", **given)
    NoteReview.objects.create(decision="retenue", reason=f"{word} retenu", **given)
    ProtectionStep.objects.create(
        enquiry=enquiry, code="plainte", done_on=NOW.date(), person=world.people["counsellor"]
    )
    Consent.objects.create(enquiry=enquiry, kind="appel")
    PersonChoice.objects.create(enquiry=enquiry, person=world.people["excluded colleague"], kind="excluded")
    moved = moving.start(world, enquiry, body=f"{word} à transmettre")
    moving.withdraw(world, moved)  # one that is under way keeps both apart
    transmit_named(actor=author, enquiry=load(enquiry), body=f"{word} transmis", at=at)
    referred = refer(world, enquiry=load(enquiry), at=at, body=f"{word} réorienté")
    ReferralAnswer.objects.create(enquiry=load(enquiry), referral=referred, body=f"{word} revenu", delivered_at=at)
    asked = ask(world, enquiry=load(enquiry), at=at, body=f"{word} demandé")
    answer(world, asked, at=at, body=f"{word} conseillé")
    EnquiryAppointment.objects.create(enquiry=enquiry, series=uuid.uuid4())
    EnquiryCall.objects.create(enquiry=enquiry, call=a_call(world, at=at), kind=CallLink.ABOUT)
    Concern.objects.create(enquiry=enquiry, raised_by=world.people["counsellor"])
    Handling.objects.create(
        enquiry=enquiry,
        team=world.team,
        person=world.people["fellow counsellor"],
        state=HandlingState.DECLINED,
        is_lead=False,
        ended_at=at,
    )
    opened = {"opened_at": at, "until": at + timedelta(hours=1), "person": world.people["coordinator"]}
    BreakGlass.objects.create(enquiry=load(enquiry), reason=f"{word} ouvert", **opened)


def children() -> dict[str, Any]:
    """Every model that hangs from an enquiry, by its accessor there."""
    related = Enquiry._meta.get_fields(include_hidden=True)
    return {str(one.get_accessor_name()): one.related_model for one in related if one.auto_created and not one.concrete}


def texts(enquiry: Enquiry) -> dict[tuple[str, int, str], str | None]:
    """Every sealed text of what hangs from an enquiry, opened by its key."""
    found = {}
    for name in set(children()) - THEMSELVES:
        for row in getattr(enquiry, name).all():
            row.enquiry = enquiry
            for field in row._meta.fields:
                if isinstance(field, EncryptedTextField) and field.owner == "enquiry":
                    found[name, row.pk, field.name] = getattr(row, field.name)
    return found


def keys(enquiry: Enquiry, name: str) -> set[int]:
    return set(getattr(enquiry, name).values_list("pk", flat=True))


# ── Nothing is lost ────────────────────────────────────────────────────────────────────────────────
def test_every_model_that_hangs_from_an_enquiry_follows_it_or_is_said_to_stay() -> None:
    """Mutation: leave a name out of FOLLOWS; add a model that hangs from an enquiry."""
    assert set(children()) == set(merging.FOLLOWS) | set(merging.STAYS) | THEMSELVES
    assert not set(merging.FOLLOWS) & set(merging.STAYS)


def test_all_that_was_written_is_read_in_the_kept_one(world: World) -> None:
    """Mutations: leave a name out of `FOLLOWS` and put it in `STAYS`; hang the rows without sealing them again."""
    merged, kept = two(world, topic=Topic.objects.get(code="2.4"))
    speak(world, merged, "CANARI")
    before, others = texts(load(merged)), texts(load(kept))
    held = {name: keys(merged, name) for name in merging.FOLLOWS}
    assert all(held.values()), "show here how one comes to be"
    assert {name for name, _, _ in before} >= {"messages", "exchanges", "attachments", "summaries", "working_notes"}
    files = {one.pk: read_attachment(load(merged), one) for one in merged.attachments.all()}
    merge(world, merged, kept)
    after = texts(load(kept))
    staying = {place: text for place, text in before.items() if place[0] in merging.STAYS}
    assert after == others | {place: text for place, text in before.items() if place not in staying}
    assert texts(load(merged)) == staying
    assert {one.pk: read_attachment(load(kept), one) for one in kept.attachments.filter(pk__in=files)} == files
    for name in set(merging.FOLLOWS) - {"handlings"}:
        assert held[name] <= keys(kept, name), name
        assert not keys(merged, name), name


def test_files_lie_under_the_new_key_and_the_former_ones_go(world: World) -> None:
    """Mutation: keep the former files."""
    merged, kept = two(world)
    acts.write(world, load(merged), uploads=[acts.PDF])
    before = on_disk()
    merge(world, merged, kept)
    assert len(on_disk()) == len(before)
    assert not on_disk() & set(merged.attachments.values_list("stored_name", flat=True))
    assert on_disk() >= set(kept.attachments.values_list("stored_name", flat=True))
    assert not before & set(kept.attachments.values_list("stored_name", flat=True))


def on_disk() -> set[str]:
    return {path.name for path in (Path(settings.PROXIRH_DATA_DIR) / "fichiers").rglob("*") if path.is_file()}


def test_a_file_that_does_not_read_leaves_both_as_they_were(world: World) -> None:
    """Mutation: seal files after the transaction; keep those already written."""
    merged, kept = two(world)
    acts.write(world, load(merged), uploads=[acts.PDF, acts.PDF])
    gone = merged.attachments.order_by("-pk")[0].stored_name
    next((Path(settings.PROXIRH_DATA_DIR) / "fichiers").rglob(gone)).unlink()
    before = on_disk()
    with pytest.raises(DomainError, match="ne se lit pas"):
        merge(world, merged, kept)
    assert on_disk() == before
    assert world.reload(merged).state == State.IN_PROGRESS
    assert merged.messages.count() == 2
    assert counted() == recounted()


def test_what_both_hold_already_stays_with_the_merged_one(world: World) -> None:
    """Mutation: move every choice, every step: the database refuses the second."""
    merged, kept = two(world, excluded=(world.people["excluded colleague"],))
    for one in (merged, kept):
        ProtectionStep.objects.create(
            enquiry=one, code="plainte", done_on=NOW.date(), person=world.people["counsellor"]
        )
    merge(world, merged, kept)
    assert kept.choices.count() == merged.choices.count() == 1
    assert kept.protection.count() == merged.protection.count() == 1


def test_the_nearest_promise_and_the_more_careful_wish_remain(world: World) -> None:
    """Mutation: keep the columns of the kept one as they are."""
    merged = world.taken(
        wants_call_today=True, not_at_work=True, excluded_names="Dupont", may_leave_voicemail=False, words=""
    )
    kept = world.taken(at=NOW + timedelta(hours=1), phone="", excluded_names="Martin", may_leave_voicemail=True)
    acts.set_step(world, load(merged), text="CANARIÉTAPE")
    due = load(merged).due_at
    merge(world, merged, kept)
    now = load(kept)
    assert (now.wants_call_today, now.due_at) == (True, due)
    assert (now.next_step, now.next_step_on) == ("CANARIÉTAPE", acts.NEXT_WEEK)
    assert now.contact["phone"] == "0600000000"
    assert now.wishes["excluded_names"] == "Martin\nDupont"
    assert (now.wishes["not_at_work"], now.wishes["may_leave_voicemail"]) == (True, False)


def test_figures_count_it_once(world: World) -> None:
    """Mutations: leave `count_no_more` out; leave `is_counted` out of `counts_of`."""
    merged, kept = two(world)
    acts.reply(world, load(merged))
    asked = sum(n for cell, n in counted().items() if cell[2] == "enquiries.by_topic")
    merge(world, merged, kept)
    assert sum(n for cell, n in counted().items() if cell[2] == "enquiries.by_topic") == asked - 1
    assert counted() == recounted()
    # The answer was given to her: it is that of the kept one.
    assert load(kept).first_answered_at == acts.LATER
    acts.close(world, world.reload(kept), at=LATER)
    assert counted() == recounted()


def test_the_story_of_both_is_told_and_both_journals_say_so(world: World) -> None:
    """Mutation: leave one of the two lines out."""
    merged, kept = two(world)
    merge(world, merged, kept)
    verbs = {
        one.pk: set(JournalEntry.objects.filter(subject__endswith=str(one.uid)).values_list("verb", flat=True))
        for one in (merged, kept)
    }
    assert merging.JOINED in verbs[merged.pk]
    assert merging.JOINS in verbs[kept.pk]


def test_one_merged_after_another_leads_to_the_last(world: World) -> None:
    """Mutation: leave `_point_again` out."""
    first, second = two(world)
    third, later = world.taken(), world.taken()
    Enquiry.objects.filter(pk=later.pk).update(previous=first)
    merge(world, first, second)
    merge(world, second, third)
    assert world.reload(first).merged_into_id == world.reload(second).merged_into_id == third.pk
    assert world.reload(later).previous_id == third.pk


# ── Nobody reads more ──────────────────────────────────────────────────────────────────────────────
def readers(world: World, enquiry: Enquiry) -> set[str]:
    return {
        part
        for part in world.people
        if Enquiry.objects.visible_to(world.actor(part), side=Side.DESK).filter(pk=enquiry.pk).exists()
    }


def join(world: World, enquiry: Enquiry, part: str) -> None:
    Handling.objects.create(
        enquiry=enquiry,
        team=world.team,
        person=world.people[part],
        state=HandlingState.ACCEPTED,
        is_lead=False,
        accepted_at=NOW,
    )


def test_who_followed_beside_reads_neither_and_keeps_her_notes(world: World) -> None:
    """Mutations: leave `_end_handlings` out; set no note aside."""
    merged, kept = two(world)
    join(world, merged, "co-handler")
    note = write_note(actor=world.actor("co-handler"), enquiry=load(merged), body="À moi.", at=NOW)
    mine = write_note(actor=world.actor("counsellor"), enquiry=load(merged), body="À lui.", at=NOW)
    merge(world, merged, kept)
    assert readers(world, kept) == {"counsellor"}
    assert readers(world, merged) == set()
    note, mine = (WorkingNote._base_manager.get(pk=one.pk) for one in (note, mine))
    assert (note.enquiry_id, note.set_aside_at) == (kept.pk, LATER)
    assert (mine.enquiry_id, mine.set_aside_at) == (kept.pk, None)


@pytest.mark.parametrize("kind", ["excluded", "superior"])
def test_whom_she_kept_away_from_one_reads_neither(world: World, kind: str) -> None:
    """Mutation: leave the choices where they were."""
    merged, kept = two(world)
    join(world, kept, "co-handler")
    PersonChoice.objects.create(enquiry=merged, person=world.people["co-handler"], kind=kind)
    merge(world, merged, kept)
    assert readers(world, kept) == {"counsellor"}


def test_who_knows_the_person_is_proposed_neither(world: World) -> None:
    """Mutation: leave the declined handlings where they were."""
    merged = world.submit()
    acts.decline(world, merged, part="fellow counsellor")
    acts.take(world, world.reload(merged))
    kept = world.taken()
    merge(world, merged, kept)
    acts.give_back(world, world.reload(kept), at=LATER)
    assert not Enquiry.objects.listed_for(world.actor("fellow counsellor")).filter(pk=kept.pk).exists()


def test_someone_accepted_for_one_is_not_accepted_for_the_other(world: World) -> None:
    """Mutation: move every choice."""
    merged, kept = two(world)
    PersonChoice.objects.create(enquiry=merged, person=world.people["superior"], kind="accepted")
    merge(world, merged, kept)
    assert not kept.choices.exists()


def test_an_exceptional_access_to_one_opens_nothing_of_the_other(world: World) -> None:
    """Mutation: let the openings follow."""
    merged, kept = two(world)
    BreakGlass.objects.create(
        enquiry=load(merged), person=world.people["coordinator"], reason="Urgent.", until=NOW + timedelta(days=9999)
    )
    merge(world, merged, kept)
    assert "coordinator" not in readers(world, kept)
