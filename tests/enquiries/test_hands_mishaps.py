"""What goes wrong around hands: keys used twice, notes left behind, people who cannot open, rounds of the clock."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, EnquiryFact, MonthlyCount, WorkingNote
from proxirh.enquiries.services import noting, passing, rerouting
from proxirh.enquiries.services.rerouting import move_unable
from proxirh.enquiries.views import notes as notes_view
from proxirh.kernel.errors import DomainError
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Deputy, Posting, Role, Topic
from tests.enquiries import acts
from tests.enquiries.asker import text_of as text
from tests.enquiries.handing import MEANWHILE, SOON, offered, page, post, reassign
from tests.enquiries.visitors import same_as_unknown, visitor
from tests.world import LONG_AGO, NOW, World, make_person

pytestmark = pytest.mark.django_db


# ── Keys of forms ─────────────────────────────────────────────────────────────────────────────
def test_the_key_of_a_note_used_elsewhere_is_no_fault(world: World) -> None:
    """`working_notes.get(key, author)` finds nothing: a DoesNotExist, hence a 500 with the words of the note."""
    other = world.taken()
    note = noting.write_note(
        actor=world.actor("counsellor"), enquiry=world.enquiry, body="Un.", key=world.enquiry.uid, at=NOW
    )
    answer = post(world, "counsellor", "notes", of=other, body="Deux.", reader="privee", key=note.idempotency_key)
    assert answer.status_code in {302, 422}


def test_the_key_of_a_colleagues_note_is_no_fault(world: World) -> None:
    note = noting.write_note(
        actor=world.actor("co-handler"), enquiry=world.enquiry, body="Un.", key=world.enquiry.uid, at=NOW
    )
    answer = post(world, "counsellor", "notes", body="Deux.", reader="privee", key=note.idempotency_key)
    assert answer.status_code in {302, 422}


def test_back_then_someone_else_is_not_told_done(world: World) -> None:
    """The page « reassign » shown again by « back »: another person chosen, the same key. It says done; it is not."""
    key = str(world.enquiry.uid)
    first, second = world.people["fellow counsellor"], world.people["HR officer"]
    post(world, "coordinator", "reassign", to=first.uid, reason="absence", key=key)
    answer = post(world, "coordinator", "reassign", to=second.uid, reason="absence", key=key)
    assert answer.status_code == 422
    assert OutgoingEmail.objects.filter(kind="proposed").count() == 1


# ── Notes set aside tell what became of the enquiry ───────────────────────────────────────────
def test_notes_set_aside_do_not_tell_that_the_enquiry_ended(world: World) -> None:
    """« ne vous est plus confiée depuis le … » and nothing else (PRODUCT §6)."""
    noting.write_note(actor=world.actor("counsellor"), enquiry=world.enquiry, body="À moi.", at=NOW)
    reassign(world, "fellow counsellor")
    WorkingNote._base_manager.update(set_aside_at=timezone.now())
    her, address = visitor(world, "counsellor"), reverse("enquiries:notes_aside")
    before = "La partager avec qui suit la demande" in text(her.get(address))
    acts.withdraw(world, world.reload())
    assert ("La partager avec qui suit la demande" in text(her.get(address))) == before


def test_a_note_said_to_be_erased_does_not_come_back(world: World) -> None:
    note = noting.write_note(actor=world.actor("co-handler"), enquiry=world.enquiry, body="Vieille.", at=NOW)
    passing.end_invitation(
        actor=world.actor("counsellor"), enquiry=world.reload(), person=world.people["co-handler"], at=NOW
    )
    passing.invite_colleague(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        to=world.people["co-handler"],
        at=NOW + timedelta(days=31),
    )
    asked = Enquiry.objects.listed_for(world.actor("co-handler")).get(pk=world.enquiry.pk)
    passing.join_enquiry(actor=world.actor("co-handler"), enquiry=asked, at=NOW + timedelta(days=31))
    assert WorkingNote._base_manager.get(pk=note.pk).set_aside_at is not None


# ── Topics by the order of pickers, and a silent reason by its silence ────────────────────────
def test_a_row_and_its_picker_do_not_tell_a_question_of_management(world: World) -> None:
    """« Service RH de proximité » is the neutral name of one kind of team only: it names topic 8, and comes first."""
    plain = world.submit(part="author")
    of_pay = world.submit(part="author", topic=Topic.objects.get(code="8"))
    assert of_pay.team == world.officers

    def groups(enquiry: Enquiry) -> list[str]:
        return [
            label
            for label, _ in page(world, "coordinator", "reassign", of=enquiry).context["form"].fields["to"].choices
        ]

    assert groups(plain) == groups(of_pay)


def test_no_reason_for_giving_back_is_told_since_one_must_stay_silent(world: World) -> None:
    acts.give_back(world, world.reload(), reason="charge", at=NOW + timedelta(hours=2))
    acts.take(world, world.reload(), part="fellow counsellor", at=NOW + timedelta(hours=3))
    story = page(world, "fellow counsellor").context["story"]
    (given_back,) = [event for event in story.events if event.title == "Rendue à l’équipe"]
    assert given_back.text == ""


# ── Given to someone who cannot open it, and nobody notices ──────────────────────────────────
def test_a_colleague_whose_account_is_disabled_is_not_offered(world: World) -> None:
    to = world.people["fellow counsellor"]
    type(to.user)._base_manager.filter(pk=to.user_id).update(is_active=False)
    assert to.full_name not in offered(world)


def test_a_counsellor_posted_in_a_team_of_officers_is_not_given_what_she_cannot_open(world: World) -> None:
    """The actor pairs role and kind of team; `who_may_follow` and `free_members` do not."""
    to = world.people["misfit"] = make_person("misfit")
    Posting.objects.create(
        person=to,
        role=Role.COUNSELLOR,
        academy=world.academy,
        department=world.department,
        team=world.officers,
        valid_from=LONG_AGO,
    )
    try:
        reassign(world, "misfit")
    except DomainError:
        return
    move_unable(at=SOON + timedelta(days=1))
    assert page(world, "misfit").status_code == 200 or world.reload().lead != to


# ── One race stops the whole round ───────────────────────────────────────────────────────────
def test_one_enquiry_moved_meanwhile_does_not_stop_the_round(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of one person are read at once; one that the coordination gives away meanwhile raises StaleState."""
    others = [world.taken() for _ in range(2)]
    Posting.objects.filter(person=world.people["counsellor"]).update(valid_until=NOW.date() - timedelta(days=1))
    real, once = rerouting._replace, []

    def replace(enquiry: Enquiry, *, at: Any) -> bool:
        if not once:
            once.append(True)
            for one in (world.enquiry, *others):
                if one.pk != enquiry.pk:
                    reassign(world, "fellow counsellor", of=one)
                    break
        return real(enquiry, at=at)

    monkeypatch.setattr(rerouting, "_replace", replace)
    move_unable(at=NOW + timedelta(hours=1))
    mine = Enquiry._base_manager.filter(lead=world.people["counsellor"])
    assert not mine.exists()


# ── What held ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("part", ["counsellor elsewhere", "superior", "excluded colleague", "deputy elsewhere", "late"])
@pytest.mark.parametrize("name", ["enquiry", "hands", "notes", "note", "reassign", "card", "exceptional"])
def test_the_same_bytes_as_for_nothing(world: World, part: str, name: str) -> None:
    for who, until, academy in (
        ("deputy elsewhere", None, world.elsewhere),
        ("late", NOW.date() - timedelta(days=1), world.academy),
    ):
        world.people[who] = make_person(who)
        Deputy.objects.create(
            person=world.people["coordinator"],
            deputy=world.people[who],
            academy=academy,
            valid_from=LONG_AGO,
            valid_until=until,
        )
    note = noting.write_note(actor=world.actor("counsellor"), enquiry=world.enquiry, body="À moi.", at=NOW)
    arguments = [world.enquiry.uid, note.uid] if name == "note" else [world.enquiry.uid]
    address, client = reverse(f"enquiries:{name}", args=arguments), visitor(world, part)
    for method in ("GET", "POST"):
        assert same_as_unknown(client, method, address, world.enquiry.uid)


def test_a_note_of_another_enquiry_is_no_note_of_this_one(world: World) -> None:
    other = world.taken()
    note = noting.write_note(actor=world.actor("counsellor"), enquiry=other, body="Ailleurs.", at=NOW)
    theirs = noting.write_note(actor=world.actor("co-handler"), enquiry=world.enquiry, body="Autrui.", at=NOW)
    for uid in (note.uid, theirs.uid):
        client, address = visitor(world, "counsellor"), reverse("enquiries:note", args=[world.enquiry.uid, uid])
        assert same_as_unknown(client, "GET", address, uid)
        for act in ("partager", "effacer", ""):
            assert client.post(address, {"geste": act, "body": "Vu."}).status_code == 404
    assert WorkingNote._base_manager.filter(shared_at=None).count() == 2


def test_figures_do_not_move(world: World) -> None:
    def figures() -> tuple[Any, ...]:
        facts = EnquiryFact._base_manager.order_by("pk").values_list()
        return list(facts), list(MonthlyCount.objects.order_by("pk").values_list())

    before = figures()
    reassign(world, "fellow counsellor")
    acts.take(world, world.reload(), part="fellow counsellor", at=SOON)
    passing.hand_over_enquiry(
        actor=world.actor("fellow counsellor"),
        enquiry=world.reload(),
        to=world.people["HR officer"],
        reason="charge",
        at=SOON,
    )
    acts.take(world, world.reload(), part="HR officer", at=SOON)
    services.give_back_enquiry(actor=world.actor("HR officer"), enquiry=world.reload(), at=SOON)
    assert figures() == before


@pytest.mark.parametrize("way", ["its author took it back", "she gave it back", "the coordination re-assigned it"])
def test_a_note_written_while_leaving_is_refused(world: World, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = noting.write_note

    def meanwhile(**kwargs: Any) -> WorkingNote:
        MEANWHILE[way](world)
        return real(**kwargs)

    monkeypatch.setattr(notes_view.noting, "write_note", meanwhile)
    assert post(world, "counsellor", "notes", body="Trop tard.", reader="privee").status_code == 422
    assert not WorkingNote._base_manager.exists()
