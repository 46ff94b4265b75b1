"""Working notes: who reads them, what becomes of them by each way out of an enquiry."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, WorkingNote
from proxirh.enquiries.retention import NOTES, NOTES_ASIDE
from proxirh.enquiries.services import noting, passing
from proxirh.enquiries.services.reading import open_exceptionally
from proxirh.enquiries.services.rerouting import move_unable
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.privacy import archive
from proxirh.territories.models import Posting, WorkTie
from tests.enquiries import acts
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.world import CAST, LONG_AGO, NOW, World

pytestmark = pytest.mark.django_db

SECRET, TOLD = "CANARIPRIVE", "CANARIPARTAGE"
MONTH = timedelta(days=30)


def write(world: World, part: str, body: str = SECRET, *, at: datetime = NOW, **more: Any) -> WorkingNote:
    return noting.write_note(actor=world.actor(part), enquiry=world.enquiry, body=body, at=at, **more)


def reload(note: WorkingNote) -> WorkingNote:
    return WorkingNote._base_manager.select_related("enquiry__data_key", "enquiry__department").get(pk=note.pk)


def page(world: World, part: str, name: str, *more: Any) -> HttpResponse:
    return visitor(world, part).get(reverse(f"enquiries:{name}", args=[world.enquiry.uid, *more]))


def post(world: World, part: str, name: str, *more: Any, **data: Any) -> HttpResponse:
    return visitor(world, part).post(reverse(f"enquiries:{name}", args=[world.enquiry.uid, *more]), data)


# ── Who reads ─────────────────────────────────────────────────────────────────────────────────────
def test_a_private_note_is_read_by_its_author_alone_and_a_shared_one_by_who_follows(world: World) -> None:
    """Mutation: leave the author, or `shared_at`, out of `_notes_of`."""
    write(world, "counsellor")
    write(world, "counsellor", TOLD, is_shared=True)
    for part in CAST:
        seen = "".join(
            text(answer)
            for name in ("enquiry", "notes", "follow", "hands")
            if (answer := page(world, part, name)).status_code == 200
        )
        assert (SECRET in seen) == (part == "counsellor"), part
        assert (TOLD in seen) == (part in {"counsellor", "co-handler"}), part


def test_an_exceptional_access_opens_no_note(world: World, settings: Any) -> None:
    """Mutation: leave `is_handling` out of `notes_of`."""
    settings.PROXIRH_DPO_MAIL = "dpo@exemple.invalid"
    write(world, "counsellor", TOLD, is_shared=True)
    row = Enquiry.objects.listed_for(world.actor("coordinator")).with_card().get(pk=world.enquiry.pk)
    open_exceptionally(actor=world.actor("coordinator"), enquiry=row, reason="Le référent est hospitalisé.")
    assert "Je voudrais parler" in text(page(world, "coordinator", "enquiry"))
    for name in ("enquiry", "notes"):
        assert TOLD not in text(page(world, "coordinator", name))
    assert post(world, "coordinator", "notes", body="Vu.", reader="partagee").status_code == 422
    assert WorkingNote._base_manager.count() == 1


def test_a_note_is_in_no_instant_download_nor_figure(world: World) -> None:
    """Notes follow after a review. Mutation: class the body as content."""
    write(world, "counsellor")
    write(world, "counsellor", TOLD, is_shared=True)
    data = b"".join(archive.zipped(archive.export_data(actor=world.actor("author"), at=NOW)))
    assert SECRET.encode() not in data
    assert TOLD.encode() not in data


@pytest.mark.parametrize("part", ["author", "fellow counsellor", "former handler", "coordinator", "code-only staff"])
def test_who_does_not_follow_writes_no_note(world: World, part: str) -> None:
    with pytest.raises(NotAllowed):
        write(world, part)


def test_the_same_key_writes_one_note(world: World) -> None:
    key = world.enquiry.uid
    assert write(world, "co-handler", key=key).pk == write(world, "co-handler", key=key).pk
    assert WorkingNote._base_manager.count() == 1


# ── One’s own note ────────────────────────────────────────────────────────────────────────────────
def test_a_private_note_is_changed_shared_erased_by_its_author_alone(world: World) -> None:
    """Mutation: drop `_check_own`."""
    note = reload(write(world, "counsellor"))
    other = world.actor("co-handler")
    for act in (noting.share_note, noting.erase_note):
        with pytest.raises(NotAllowed):
            act(actor=other, note=note)
    with pytest.raises(NotAllowed):
        noting.change_note(actor=other, note=note, body="Autre.")
    hers = world.actor("counsellor")
    noting.change_note(actor=hers, note=note, body="Mieux dit.", at=NOW + timedelta(hours=1))
    assert reload(note).body == "Mieux dit."
    noting.share_note(actor=hers, note=reload(note))
    with pytest.raises(StaleState):
        noting.change_note(actor=hers, note=reload(note), body="Trop tard.")
    noting.erase_note(actor=hers, note=reload(note))
    assert not WorkingNote._base_manager.exists()


def test_a_shared_note_stays_once_its_author_has_left(world: World) -> None:
    """Mutation: let `can_note` ask for nothing but an open enquiry."""
    note = reload(write(world, "co-handler", TOLD, is_shared=True))
    passing.leave_enquiry(actor=world.actor("co-handler"), enquiry=world.reload(), at=NOW)
    with pytest.raises(NotAllowed):
        noting.erase_note(actor=world.actor("co-handler"), note=note)
    assert TOLD in text(page(world, "counsellor", "notes"))


def test_a_change_from_an_older_page_is_refused(world: World) -> None:
    """Mutation: leave `written_at` out of the swap."""
    first = second = write(world, "counsellor")
    first, second = reload(first), reload(second)
    hers = world.actor("counsellor")
    noting.change_note(actor=hers, note=first, body="Un.", at=NOW + timedelta(hours=1))
    with pytest.raises(StaleState):
        noting.change_note(actor=hers, note=second, body="Deux.", at=NOW + timedelta(hours=2))
    assert reload(first).body == "Un."


def test_the_pages_write_share_and_erase(world: World) -> None:
    answer = post(world, "counsellor", "notes", body=SECRET, reader="privee")
    assert answer.status_code == 302
    note = WorkingNote._base_manager.get()
    assert post(world, "co-handler", "note", note.uid, geste="effacer").status_code == 404
    assert post(world, "counsellor", "note", note.uid, body="Corrigée.").status_code == 302
    assert reload(note).body == "Corrigée."
    assert post(world, "counsellor", "note", note.uid, geste="partager").status_code == 302
    assert "Corrigée." in text(page(world, "co-handler", "notes"))
    assert post(world, "counsellor", "note", note.uid, geste="effacer").status_code == 302
    assert not WorkingNote._base_manager.exists()
    refused = post(world, "counsellor", "notes", body="", reader="partagee")
    assert refused.status_code == 422
    assert "Écrivez d’abord votre note" in text(refused)


# ── Leaving by oneself: share or erase, before ────────────────────────────────────────────────────
def leaving_ways(world: World) -> dict[str, Any]:
    return {
        "give back": lambda notes: services.give_back_enquiry(
            actor=world.actor("counsellor"), enquiry=world.reload(), reason="charge", notes=notes, at=NOW + MONTH
        ),
        "hand over": lambda notes: passing.hand_over_enquiry(
            actor=world.actor("counsellor"),
            enquiry=world.reload(),
            to=world.people["fellow counsellor"],
            reason="charge",
            notes=notes,
            at=NOW + MONTH,
        ),
        "leave": lambda notes: passing.leave_enquiry(
            actor=world.actor("co-handler"), enquiry=world.reload(), notes=notes, at=NOW + MONTH
        ),
    }


@pytest.mark.parametrize("way", ["give back", "hand over", "leave"])
def test_nobody_leaves_before_settling_her_private_notes(world: World, way: str) -> None:
    """Mutation: drop `settle_notes` from any of the three."""
    part = "co-handler" if way == "leave" else "counsellor"
    kept, gone = write(world, part, TOLD), write(world, part)
    leave = leaving_ways(world)[way]
    with pytest.raises(DomainError, match="notes privées"):
        leave({str(kept.uid): "partager"})
    assert world.reload().lead_id == world.people["counsellor"].pk
    assert reload(kept).shared_at is None
    leave({str(kept.uid): "partager", str(gone.uid): "effacer"})
    assert reload(kept).shared_at is not None
    assert not WorkingNote._base_manager.filter(pk=gone.pk).exists()
    assert page(world, part, "notes").status_code in {403, 200}
    assert SECRET not in text(page(world, "counsellor", "enquiry"))


def test_the_form_of_giving_back_asks_about_each_note(world: World) -> None:
    note = write(world, "counsellor")
    shown = text(page(world, "counsellor", "desk_rendre"))
    assert "Votre note privée du" in shown
    assert SECRET in shown
    refused = post(world, "counsellor", "desk_rendre", reason="charge")
    assert refused.status_code == 422
    assert "Dites si cette note est partagée ou effacée" in text(refused)
    done = post(world, "counsellor", "desk_rendre", reason="charge", **{f"note_{note.uid}": "partager"})
    assert done.status_code == 302
    assert reload(note).shared_at is not None


# ── Leaving otherwise: set aside thirty days ──────────────────────────────────────────────────────
def end_mission(world: World) -> None:
    Posting.objects.filter(person=world.people["counsellor"]).update(valid_until=NOW.date() - timedelta(days=1))
    move_unable(at=NOW + timedelta(hours=1))


def reassign(world: World) -> None:
    passing.reassign_enquiry(
        actor=world.actor("coordinator"),
        enquiry=Enquiry.objects.listed_for(world.actor("coordinator")).get(pk=world.enquiry.pk),
        to=world.people["fellow counsellor"],
        reason="absence",
        at=NOW + timedelta(hours=1),
    )


OTHERWISE: dict[str, tuple[str, Any]] = {
    "her mission ended": ("counsellor", end_mission),
    "the coordination gave it to someone else": ("counsellor", reassign),
    "its author took it back": ("counsellor", lambda world: acts.withdraw(world, world.reload())),
    "it was closed": ("co-handler", lambda world: acts.close(world, world.reload())),
    "its lead ended the invitation": (
        "co-handler",
        lambda world: passing.end_invitation(
            actor=world.actor("counsellor"), enquiry=world.reload(), person=world.people["co-handler"], at=acts.LATER
        ),
    ),
}


@pytest.mark.parametrize("way", OTHERWISE)
def test_a_note_left_behind_waits_for_its_author_alone_and_goes_after_thirty_days(world: World, way: str) -> None:
    """Mutation: drop `set_notes_aside` from any of these ways, or the author from `set_aside_for`."""
    part, act = OTHERWISE[way]
    note, shared = write(world, part), write(world, part, TOLD, is_shared=True)
    act(world)
    assert reload(note).set_aside_at == acts.LATER
    assert reload(shared).set_aside_at is None
    others = [one for one in CAST if one not in {part, "anonymous"}]
    mine = WorkingNote.objects.set_aside_for
    for other in others:
        assert list(mine(world.actor(other), at=acts.LATER)) == []
        for name in ("enquiry", "notes"):
            assert SECRET not in text(page(world, other, name))
    if way != "her mission ended":  # without a mission, she comes in no more
        assert [one.body for one in mine(world.actor(part), at=acts.LATER + MONTH / 2)] == [SECRET]
    assert list(mine(world.actor(part), at=acts.LATER + MONTH)) == []
    assert NOTES_ASIDE.apply(at=acts.LATER + MONTH - timedelta(seconds=1)) == 0
    assert NOTES_ASIDE.apply(at=acts.LATER + MONTH + timedelta(seconds=1)) == 1
    assert reload(shared).body == TOLD


def test_the_page_of_notes_left_behind_shares_or_erases(world: World) -> None:
    shared, erased = write(world, "counsellor", TOLD), write(world, "counsellor")
    reassign(world)
    WorkingNote._base_manager.update(set_aside_at=timezone.now())
    her, address = visitor(world, "counsellor"), reverse("enquiries:notes_aside")
    assert SECRET in text(her.get(address))
    assert SECRET not in text(visitor(world, "fellow counsellor").get(address))
    stranger = visitor(world, "co-handler").post(address, {"note": erased.uid, "geste": "effacer"})
    assert stranger.status_code == 302
    assert WorkingNote._base_manager.count() == 2
    her.post(address, {"note": erased.uid, "geste": "effacer"})
    her.post(address, {"note": shared.uid, "geste": "partager"})
    assert list(WorkingNote._base_manager.values_list("pk", flat=True)) == [shared.pk]
    acts.take(world, world.reload(), part="fellow counsellor")
    assert TOLD in text(page(world, "fellow counsellor", "enquiry"))
    assert "Aucune note mise de côté" in text(her.get(address))


def test_whoever_may_no_longer_meet_the_enquiry_meets_not_even_her_note(world: World) -> None:
    """Mutation: leave `conflict_free` out of `set_aside_for`."""
    write(world, "counsellor")
    WorkTie.objects.create(
        person=world.people["counsellor"], kind="has_authority", site=world.site, valid_from=LONG_AGO
    )
    move_unable(at=acts.LATER)
    assert list(WorkingNote.objects.set_aside_for(world.actor("counsellor"), at=acts.LATER)) == []


def test_whoever_follows_it_again_finds_her_note_again(world: World) -> None:
    """Mutation: drop `bring_notes_back` from taking or from an invitation."""
    note, beside = write(world, "counsellor"), write(world, "co-handler")
    passing.end_invitation(
        actor=world.actor("counsellor"), enquiry=world.reload(), person=world.people["co-handler"], at=acts.LATER
    )
    reassign(world)
    assert reload(note).set_aside_at is not None
    soon = NOW + MONTH / 2
    acts.take(world, world.reload(), at=soon)
    passing.invite_colleague(
        actor=world.actor("counsellor"), enquiry=world.reload(), to=world.people["co-handler"], at=soon
    )
    asked = Enquiry.objects.listed_for(world.actor("co-handler")).get(pk=world.enquiry.pk)
    passing.join_enquiry(actor=world.actor("co-handler"), enquiry=asked, at=soon)
    assert reload(note).set_aside_at is None
    assert reload(beside).set_aside_at is None
    assert SECRET in text(page(world, "counsellor", "notes"))


# ── The end ───────────────────────────────────────────────────────────────────────────────────────
def test_notes_go_six_months_after_the_end_and_with_the_enquiry(world: World) -> None:
    """Mutation: count from the writing."""
    write(world, "counsellor")
    write(world, "counsellor", TOLD, is_shared=True)
    acts.close(world, world.reload(), at=NOW)
    assert NOTES.apply(at=NOW + timedelta(days=182)) == 0
    assert NOTES.apply(at=NOW + timedelta(days=184)) == 2


def test_the_journal_never_holds_the_words_of_a_note(world: World) -> None:
    note = write(world, "counsellor")
    noting.share_note(actor=world.actor("counsellor"), note=reload(note))
    assert not [line for line in JournalEntry.objects.all() if SECRET in str(line.details)]
