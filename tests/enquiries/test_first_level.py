"""HR officers answer management questions in one gesture, or pass them on to the counsellors in one."""

import uuid
from datetime import timedelta

import pytest

from proxirh.enquiries import freshness, services
from proxirh.enquiries.models import Enquiry, Handling, Message, Outcome
from proxirh.enquiries.services import first_level
from proxirh.enquiries.services.noting import write_note
from proxirh.enquiries.services.rerouting import move_unable
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Coverage, Posting, Role, Topic
from tests.enquiries import acts
from tests.enquiries.acts import LATER, PDF
from tests.enquiries.visitors import visitor
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
OFFICER, COUNSELLOR = "HR officer", "counsellor"
ANSWER = "Votre bulletin de paie d’octobre sera corrigé en décembre."
SOON = LATER + timedelta(hours=1)


def asked(world: World) -> Enquiry:
    """A management question in the hands of the HR officer."""
    enquiry = world.submit(topic=Topic.objects.get(code="8"))
    acts.take(world, enquiry, part=OFFICER)
    OutgoingEmail.objects.all().delete()
    return world.reload(enquiry)


def answer(world: World, enquiry: Enquiry, **more) -> Message:
    return first_level.answer_enquiry(
        actor=world.actor(more.pop("part", OFFICER)), enquiry=enquiry, body=ANSWER, at=SOON, **more
    )


def pass_on(world: World, enquiry: Enquiry, **more) -> None:
    first_level.pass_on_enquiry(actor=world.actor(more.pop("part", OFFICER)), enquiry=enquiry, at=SOON, **more)


def mails() -> list[str]:
    return sorted(OutgoingEmail.objects.values_list("kind", flat=True))


def listed(world: World, part: str, enquiry: Enquiry) -> bool:
    return Enquiry.objects.listed_for(world.actor(part)).offered_to(world.actor(part)).filter(pk=enquiry.pk).exists()


# ── Where a management question goes ──────────────────────────────────────────────────────────────
def test_a_management_question_waits_for_the_officers_alone_and_is_acknowledged_as_any_other(world: World) -> None:
    enquiry = world.submit(topic=Topic.objects.get(code="8"))
    assert listed(world, OFFICER, enquiry)
    assert not listed(world, COUNSELLOR, enquiry)
    assert "acknowledgement" in mails()
    assert enquiry.due_at > NOW


# ── Answering ─────────────────────────────────────────────────────────────────────────────────────
def test_one_gesture_answers_measures_and_ends_with_one_mail(world: World) -> None:
    """Mutation: forget `first_answer`, and the commitment looks missed."""
    enquiry = asked(world)
    answer(world, enquiry, uploads=[PDF], seen=freshness.tag(enquiry))
    found = world.reload(enquiry)
    assert (found.state, found.first_answered_at, found.next_step) == (State.CLOSED, SOON, None)
    assert found.fact.outcomes == [Outcome.INDIVIDUAL_INFORMATION]
    message = found.messages.get(is_from_agent=False)
    assert (message.body, message.is_from_agent, message.attachments.count()) == (ANSWER, False, 1)
    assert mails() == ["closed"]
    services.reopen_enquiry(actor=world.actor("author"), enquiry=world.reload(found), at=SOON)
    assert world.reload(found).state == State.IN_PROGRESS


def test_the_same_key_answers_once(world: World) -> None:
    """Mutation: drop the look at the key."""
    enquiry, key = asked(world), uuid.uuid4()
    first = answer(world, enquiry, key=key)
    assert answer(world, world.reload(enquiry), key=key) == first
    assert mails() == ["closed"]


def test_nothing_is_sent_from_a_page_older_than_the_last_word(world: World) -> None:
    """Mutation: drop `require_unchanged`."""
    enquiry = asked(world)
    seen = freshness.tag(enquiry)
    services.send_message(actor=world.actor("author"), enquiry=world.reload(enquiry), body="Autre chose.", at=LATER)
    OutgoingEmail.objects.all().delete()
    with pytest.raises(StaleState):
        answer(world, world.reload(enquiry), seen=seen, uploads=[PDF])
    assert not world.reload(enquiry).messages.filter(is_from_agent=False).exists()
    assert mails() == []


def test_an_answer_that_cannot_end_leaves_nothing_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: write the message in a transaction of its own."""
    enquiry = asked(world)

    def fail(**_: object) -> None:
        raise StaleState

    monkeypatch.setattr(first_level, "close_enquiry", fail)
    with pytest.raises(StaleState):
        answer(world, enquiry, uploads=[PDF])
    assert not world.reload(enquiry).messages.filter(is_from_agent=False).exists()
    assert world.reload(enquiry).first_answered_at is None


# ── Passing on ────────────────────────────────────────────────────────────────────────────────────
def test_one_gesture_puts_it_before_the_counsellors_and_everyone_is_told(world: World) -> None:
    enquiry = asked(world)
    pass_on(world, enquiry)
    found = world.reload(enquiry)
    assert (found.team_id, found.lead_id, found.state) == (world.team.pk, None, State.IN_PROGRESS)
    assert listed(world, COUNSELLOR, found)
    assert not Enquiry.objects.visible_to(world.actor(OFFICER)).filter(pk=found.pk).exists()
    assert not listed(world, OFFICER, found)
    assert {"given_back", "team_alert"} == set(mails())
    assert JournalEntry.objects.filter(verb="demande.passée_aux_conseillers").count() == 1
    handling = Handling.objects.get(enquiry=found, person=world.people[OFFICER])
    assert handling.state == HandlingState.GIVEN_BACK
    acts.take(world, found, at=SOON)
    assert world.reload(found).lead == world.people[COUNSELLOR]


def test_the_same_key_passes_on_once(world: World) -> None:
    """Mutation: drop the look at the key: the second says that it is not in her hands."""
    enquiry, key = asked(world), uuid.uuid4()
    pass_on(world, enquiry, key=key)
    pass_on(world, world.reload(enquiry), key=key)
    assert mails().count("given_back") == 1


def test_private_notes_are_settled_first(world: World) -> None:
    """Mutation: pass on without asking."""
    enquiry = asked(world)
    note = write_note(actor=world.actor(OFFICER), enquiry=enquiry, body="À vérifier.", at=LATER)
    with pytest.raises(DomainError, match="notes privées"):
        pass_on(world, world.reload(enquiry))
    assert world.reload(enquiry).team_id == world.officers.pk
    pass_on(world, world.reload(enquiry), notes={str(note.uid): "partager"})
    note.refresh_from_db()
    assert note.shared_at == SOON


def test_a_conflict_keeps_every_counsellor_away_and_it_stays_in_her_hands(world: World) -> None:
    """Mutation: take the first team whatever the conflicts."""
    everyone = world.people.values()
    free = {row.person_id for row in Posting.objects.filter(role=Role.COUNSELLOR)}
    away = tuple(person for person in everyone if person.pk in free)
    enquiry = world.submit(topic=Topic.objects.get(code="8"), excluded=away)
    acts.take(world, enquiry, part=OFFICER)
    with pytest.raises(DomainError, match="reste entre vos mains"):
        pass_on(world, world.reload(enquiry))
    assert world.reload(enquiry).lead == world.people[OFFICER]


def test_once_passed_on_it_never_comes_back_to_the_first_level(world: World) -> None:
    """Mutation: let `need_of` forget where it is. The whole team is gone: a neighbour is asked, not the officers."""
    enquiry = asked(world)
    pass_on(world, enquiry)
    Posting.objects.filter(role=Role.COUNSELLOR, team=world.team).delete()
    Coverage.objects.create(team=world.team_elsewhere, academy=world.academy, valid_from=world.team.valid_from)
    move_unable(at=SOON)
    assert world.reload(enquiry).team_id == world.team_elsewhere.pk


# ── Who may ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("act", [answer, pass_on])
def test_a_counsellor_has_no_first_level_gesture(world: World, act: acts.Act) -> None:
    """Mutation: drop the rule of the team."""
    with pytest.raises(NotAllowed):
        act(world, world.reload(), part=COUNSELLOR)


@pytest.mark.parametrize("act", [answer, pass_on])
@pytest.mark.parametrize("part", ["author", "coordinator", "counsellor elsewhere", "fellow counsellor", "anonymous"])
def test_nobody_else_makes_them(world: World, act: acts.Act, part: str) -> None:
    with pytest.raises(NotAllowed):
        act(world, asked(world), part=part)


# ── The page ──────────────────────────────────────────────────────────────────────────────────────
def test_her_page_opens_on_the_answer_and_offers_both(world: World) -> None:
    enquiry = asked(world)
    client = visitor(world, OFFICER)
    page = client.get(f"/bureau/{enquiry.uid}/")
    assert "Envoyer et terminer" in page.text
    assert f"/bureau/{enquiry.uid}/passer/" in page.text
    done = client.post(f"/bureau/{enquiry.uid}/passer/", {"seen": freshness.tag(enquiry)}, follow=True)
    assert "proposée aux conseillers" in done.text
    assert world.reload(enquiry).team_id == world.team.pk


def test_a_counsellor_meets_neither(world: World) -> None:
    """Mutation: show every gesture to everyone."""
    client = visitor(world, COUNSELLOR)
    page = client.get(f"/bureau/{world.enquiry.uid}/")
    assert "repondre-terminer" not in page.text
    assert client.post(f"/bureau/{world.enquiry.uid}/passer/", {}).status_code == 403
