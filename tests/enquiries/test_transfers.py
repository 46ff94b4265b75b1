"""« Je change d’académie »: nothing goes without her agreement, nothing more than she read, and neither side reads the
other."""

from datetime import timedelta

import pytest

from proxirh.enquiries import services
from proxirh.enquiries.models import (
    Consent,
    Enquiry,
    Message,
    PersonChoice,
    Transfer,
)
from proxirh.enquiries.querysets import Part, Side
from proxirh.enquiries.services import summarising, transferring
from proxirh.enquiries.story import read_story
from proxirh.enquiries.workflow import (
    RUNNING_TRANSFERS,
    TRANSFER_WORKFLOW,
    HandlingState,
    State,
    TransferState,
    TransferStep,
)
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Academy, Role, WorkTie
from tests.enquiries import acts, moving
from tests.enquiries.test_workflow_counts import counted, recounted
from tests.world import LONG_AGO, NOW, World

pytestmark = pytest.mark.django_db
S = TransferState
PERMITTED = {
    (S.ASKED, S.PROPOSED),
    (S.PROPOSED, S.PROPOSED),
    (S.PROPOSED, S.OFFERED),
    (S.OFFERED, S.ACCEPTED),
    (S.OFFERED, S.DECLINED),
    *((state, S.WITHDRAWN) for state in RUNNING_TRANSFERS),
    *((state, S.EXPIRED) for state in RUNNING_TRANSFERS),
}
THERE = "counsellor elsewhere"
BOTH = "counsellor in two academies"


@pytest.mark.parametrize("source", TransferState.values)
@pytest.mark.parametrize("target", TransferState.values)
def test_only_the_moves_of_a_transfer_exist(source: str, target: str) -> None:
    """Mutation: add a source to any move."""
    found = any(move.target == target and source in move.sources for move in TRANSFER_WORKFLOW.moves.values())
    assert found == ((source, target) in PERMITTED)


@pytest.mark.parametrize("state", TransferState.values)
@pytest.mark.parametrize("step", TransferStep.values)
def test_a_refused_move_writes_nothing(step: str, state: str) -> None:
    """Mutation: do not look at the sources."""
    if TRANSFER_WORKFLOW.allows(step, state):
        return
    transfer = Transfer(pk=1, state=state)
    with pytest.raises(DomainError):
        TRANSFER_WORKFLOW.apply(transfer, step)
    assert transfer.state == state


# ── Before she agrees ─────────────────────────────────────────────────────────────────────────────
def test_nothing_is_shown_there_before_she_agrees(world: World) -> None:
    """Mutation: put it before the other team as soon as a text is proposed."""
    before = Enquiry._base_manager.count()
    asked = moving.start(world, world.enquiry, part="author", body="")
    assert asked.state == S.ASKED
    transferring.write_transfer(
        actor=world.actor("counsellor"), transfer=moving.again(asked), place=moving.place(), body="Un texte.", at=NOW
    )
    assert moving.again(asked).state == S.PROPOSED
    assert Enquiry._base_manager.count() == before
    assert not Enquiry.objects.listed_for(world.actor(THERE)).exists()
    assert (
        not OutgoingEmail.objects.filter(kind="team_alert", about__isnull=False)
        .exclude(about=world.enquiry.uid)
        .exists()
    )


@pytest.mark.parametrize("part", ["counsellor", "co-handler", "coordinator", THERE, "superior", "fellow counsellor"])
def test_nobody_agrees_in_her_place(world: World, part: str) -> None:
    """Mutation: leave `check_author` out of the agreement."""
    proposed = moving.start(world, world.enquiry)
    with pytest.raises(NotAllowed):
        moving.agree(world, proposed, part=part)
    assert moving.again(proposed).state == S.PROPOSED
    assert not Consent.objects.filter(kind=transferring.CONSENT).exists()


@pytest.mark.parametrize(
    "part", ["fellow counsellor", "coordinator", THERE, "superior", "former handler", "head of service"]
)
def test_only_she_and_those_who_follow_her_prepare_it(world: World, part: str) -> None:
    """Mutation: leave the permission out of `_check`."""
    with pytest.raises(NotAllowed):
        moving.start(world, world.enquiry, part=part)


def test_she_agrees_to_the_very_words_she_read(world: World) -> None:
    """Mutation: leave `written_at` out of what the move expects."""
    read = moving.again(moving.start(world, world.enquiry))
    transferring.write_transfer(
        actor=world.actor("counsellor"),
        transfer=moving.again(read),
        place=moving.place(),
        body="D’autres mots.",
        at=NOW + timedelta(hours=1),
    )
    with pytest.raises(StaleState):
        transferring.agree_to_transfer(actor=world.actor("author"), transfer=read, at=NOW + timedelta(hours=2))
    assert not Message.objects.filter(body__isnull=False, enquiry__previous=world.enquiry).exists()


def test_the_place_is_in_another_academy_that_is_open(world: World) -> None:
    """Mutation: leave either rule out of `_check_place`."""
    with pytest.raises(DomainError, match="académie qui vous suit déjà"):
        moving.start(world, world.enquiry, place=moving.place(department=world.department))
    Academy.objects.filter(pk=world.elsewhere.pk).update(opened_on=None)
    with pytest.raises(DomainError, match="pas encore ouvert"):
        moving.start(world, world.enquiry)


def test_one_at_a_time_and_the_same_key_twice_is_one(world: World) -> None:
    """Mutation: leave the constraint out, or the key."""
    key = Transfer().uid
    first = moving.start(world, world.enquiry, key=key)
    assert moving.start(world, world.enquiry, key=key).pk == first.pk
    with pytest.raises(DomainError, match="déjà en cours"):
        moving.start(world, world.enquiry)


def test_the_text_begins_from_what_both_agreed_was_said(world: World) -> None:
    said = summarising.propose_summary(
        actor=world.actor("counsellor"), enquiry=moving.load(world.enquiry), held_on=NOW.date(), body="Dit.", at=NOW
    )
    assert not transferring.base_text(moving.load(world.enquiry))
    summarising.agree_to_summary(actor=world.actor("author"), summary=said, at=NOW)
    assert transferring.base_text(moving.load(world.enquiry)) == "Dit."


# ── What waits there ──────────────────────────────────────────────────────────────────────────────
def test_what_goes_is_what_she_read_and_nothing_more(world: World) -> None:
    """Mutation: carry the messages, the files or the names of those who followed her."""
    acts.reply(world, moving.load(world.enquiry), at=acts.LATER, uploads=[acts.PDF])
    site = moving.new_site()
    transfer, arrival = moving.offer(world, place=moving.place(site=site))
    left = moving.load(world.enquiry)
    assert [one.body for one in arrival.messages.all()] == [moving.TEXT]
    assert not arrival.attachments.exists()
    assert not arrival.exchanges.exists()
    assert not arrival.working_notes.exists()
    assert (arrival.contact, arrival.wishes) == (left.contact, left.wishes)
    assert (arrival.category_id, arrival.fact.topic_code) == (left.category_id, left.fact.topic_code)
    assert (arrival.site, arrival.academy_id, arrival.team) == (site, world.elsewhere.pk, world.team_elsewhere)
    assert arrival.reference != left.reference
    assert arrival.call_code != left.call_code
    assert arrival.data_key_id != left.data_key_id
    with pytest.raises(DecryptionError):
        Enquiry._meta.get_field("contact").open(
            left, Enquiry._base_manager.filter(pk=arrival.pk).values_list("contact", flat=True).get()
        )
    held = set(arrival.handlings.exclude(state=HandlingState.DECLINED).values_list("team", "state"))
    assert held == {(world.team_elsewhere.pk, HandlingState.OFFERED)}
    assert transfer.agreed_at
    assert Consent.objects.filter(enquiry=left, kind=transferring.CONSENT).exists()


def test_the_other_team_meets_a_row_and_no_content_until_it_takes_it(world: World) -> None:
    """Mutation: make the arrival visible to the team it waits for."""
    _, arrival = moving.offer(world)
    there = world.actor(THERE)
    assert moving.row_for(world, arrival, THERE) is not None
    assert not Enquiry.objects.visible_to(there).filter(pk=arrival.pk).exists()
    moving.take_there(world, arrival)
    assert Enquiry.objects.visible_to(there).filter(pk=arrival.pk).exists()


def test_neither_side_reads_the_other(world: World) -> None:
    """Mutation: hang the former handlings from the arrival, or let whoever takes it follow what was left."""
    _, arrival = moving.offer(world)
    for part in ("counsellor", "co-handler", "fellow counsellor", "coordinator", "former handler"):
        actor = world.actor(part)
        assert not Enquiry.objects.visible_to(actor).filter(pk=arrival.pk).exists()
        assert not Enquiry.objects.listed_for(actor).filter(pk=arrival.pk).exists()
    moving.take_there(world, arrival)
    there, here = world.actor(THERE), world.actor("counsellor")
    assert not Enquiry.objects.visible_to(there).filter(pk=world.enquiry.pk).exists()
    assert not Enquiry.objects.listed_for(there).filter(pk=world.enquiry.pk).exists()
    assert not Enquiry.objects.visible_to(here).filter(pk=arrival.pk).exists()
    assert not Enquiry.objects.listed_for(here).filter(pk=arrival.pk).exists()


def test_the_coordination_of_each_side_meets_its_own_row(world: World) -> None:
    """Mutation: leave the académie of the arrival as it was."""
    moving.serve_there(world, "coordinator there", Role.COORDINATOR)
    _, arrival = moving.offer(world)
    for part, seen in (("coordinator", world.enquiry), ("coordinator there", arrival)):
        actor = world.actor(part)
        rows = Enquiry.objects.listed_for(actor, part=Part.ACADEMY)
        assert set(rows.filter(pk__in=[arrival.pk, world.enquiry.pk]).values_list("pk", flat=True)) == {seen.pk}
        assert not Enquiry.objects.visible_to(actor).filter(pk__in=[arrival.pk, world.enquiry.pk]).exists()


def test_whom_she_keeps_away_is_kept_away_there_too(world: World) -> None:
    """Mutation: leave her choices behind."""
    enquiry = world.taken(excluded=(world.people[BOTH],))
    _, arrival = moving.offer(world, enquiry)
    assert PersonChoice.objects.filter(enquiry=arrival, person=world.people[BOTH], kind="excluded").exists()
    assert moving.row_for(world, arrival, BOTH) is None
    with pytest.raises(NotAllowed):
        acts.take(world, moving.load(arrival), part=BOTH, at=moving.SOON)
    assert moving.row_for(world, arrival, THERE) is not None


def test_whoever_said_that_she_knows_her_is_kept_away_there_too(world: World) -> None:
    """Mutation: leave the silent refusals behind."""
    enquiry = world.submit(at=NOW)
    acts.decline(world, enquiry, part=BOTH, at=NOW)
    acts.take(world, enquiry, at=NOW)
    _, arrival = moving.offer(world, enquiry)
    assert moving.row_for(world, arrival, BOTH) is None


def test_who_has_authority_at_the_new_place_meets_nothing(world: World) -> None:
    """Mutation: keep the former place on the arrival, or ask the rule with it."""
    site = moving.new_site()
    WorkTie.objects.create(person=world.people[BOTH], kind="has_authority", site=site, valid_from=LONG_AGO)
    _, arrival = moving.offer(world, place=moving.place(site=site))
    assert moving.row_for(world, arrival, BOTH) is None
    assert not OutgoingEmail.objects.filter(
        dedupe_key__endswith=f":{world.people[BOTH].pk}", about=arrival.uid
    ).exists()
    assert OutgoingEmail.objects.filter(kind="team_alert", about=arrival.uid).count() == 1
    with pytest.raises((NotAllowed, StaleState)):
        acts.take(world, moving.load(arrival), part=BOTH, at=moving.SOON)


def test_it_waits_like_any_other_by_the_days_of_the_new_place(world: World) -> None:
    """Mutation: copy the day that was promised here."""
    _, arrival = moving.offer(world)
    assert arrival.state == State.SUBMITTED
    assert arrival.submitted_at == moving.SOON
    assert arrival.due_at > moving.load(world.enquiry).due_at - timedelta(days=1)
    assert arrival.due_at.astimezone(tz=None)
    assert arrival.department.time_zone == "Indian/Reunion"
    late = Enquiry.objects.for_system("essai").missed_by(arrival.due_at + timedelta(minutes=1))
    assert late.filter(pk=arrival.pk).exists()


def test_meanwhile_she_is_followed_here_and_meets_one_enquiry(world: World) -> None:
    """Mutation: leave `but_waiting_elsewhere` out of her list."""
    _, arrival = moving.offer(world)
    assert world.reload().state == State.IN_PROGRESS
    assert world.reload().lead_id == world.people["counsellor"].pk
    acts.reply(world, moving.load(world.enquiry), at=moving.SOON)
    hers = Enquiry.objects.visible_to(world.actor("author"), side=Side.AUTHOR)
    assert hers.filter(pk=arrival.pk).exists()  # « Mes données » tells it
    assert not hers.but_waiting_elsewhere().filter(pk=arrival.pk).exists()


# ── Taken there ───────────────────────────────────────────────────────────────────────────────────
def test_taking_it_there_ends_it_here(world: World) -> None:
    """Mutation: leave `arrive` out of `take_enquiry`."""
    transfer, arrival = moving.accepted(world)
    left = moving.load(world.enquiry)
    assert transfer.state == S.ACCEPTED
    assert arrival.state == State.IN_PROGRESS
    assert left.state == State.CLOSED
    assert left.fact.outcomes == ["other_service"]
    assert "La Réunion" in left.closing_word
    assert left.closed_at == moving.SOON
    assert not left.handlings.filter(state=HandlingState.ACCEPTED, is_lead=False).exists()
    assert left.lead_id == world.people["counsellor"].pk  # she reads again what she had followed
    assert OutgoingEmail.objects.filter(kind="taken", about=arrival.uid).count() == 1
    assert OutgoingEmail.objects.filter(kind="changed_for_staff", about=left.uid).exists()


def test_one_that_nobody_had_taken_here_ends_too(world: World) -> None:
    """Mutation: close it as one that was followed."""
    enquiry = world.submit(at=NOW)
    proposed = moving.start(world, enquiry, part="author")
    arrival = moving.load(moving.agree(world, proposed).arrival)  # type: ignore[arg-type]
    moving.take_there(world, arrival)
    assert world.reload(enquiry).state == State.CLOSED
    assert counted() == recounted()


def test_what_is_left_is_not_reopened(world: World) -> None:
    """Mutation: leave `is_passed_on` out of `can_reopen`."""
    moving.accepted(world)
    with pytest.raises(NotAllowed):
        services.reopen_enquiry(actor=world.actor("author"), enquiry=moving.load(world.enquiry), at=moving.SOON)
    with pytest.raises(NotAllowed):
        acts.write(world, moving.load(world.enquiry), at=moving.SOON)


def test_each_journal_names_the_other_side_to_its_author_alone(world: World) -> None:
    """Mutations: read the other reference for everybody and name it in the labels of the staff; let whoever took it
    sign the line of the one that was left."""
    _, arrival = moving.accepted(world)
    left = moving.load(world.enquiry)
    for one, other in ((left, arrival), (arrival, left)):
        hers = " ".join(event.title for event in read_story(one, for_author=True).events)
        told = " ".join(f"{e.title} {e.text} {e.who}" for e in read_story(one, for_author=False).events)
        assert other.reference in hers
        assert other.reference not in told
    here = " ".join(f"{e.title} {e.text} {e.who}" for e in read_story(left, for_author=False).events)
    assert world.people[THERE].full_name not in here
    there = " ".join(f"{e.title} {e.text} {e.who}" for e in read_story(arrival, for_author=False).events)
    assert world.people["counsellor"].full_name not in there
    lines = JournalEntry.objects.filter(verb__startswith="demande.changement_")
    assert not any(moving.TEXT[:10] in str(line.details) for line in lines)


def test_how_to_reach_her_is_as_she_has_corrected_it(world: World) -> None:
    """Mutation: leave `_follow_wishes` out."""
    _, arrival = moving.offer(world)
    left = moving.load(world.enquiry)
    left.contact = {**left.contact, "phone": "0600000009"}
    left.save(update_fields=["contact"])
    moving.take_there(world, arrival)
    assert moving.load(arrival).contact["phone"] == "0600000009"
