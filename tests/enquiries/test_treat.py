"""Taking, declining, giving back, waiting: who ends up in charge, who is told, and what two tabs may not overwrite."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from proxirh.enquiries import freshness, services
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Posting, Role, WorkTie
from tests.enquiries import acts
from tests.enquiries.acts import LATER, NEXT_WEEK
from tests.world import LONG_AGO, NOW, World, make_person

pytestmark = pytest.mark.django_db


def mails(kind: str) -> list[str]:
    return [mail.recipient for mail in OutgoingEmail.objects.filter(kind=kind).select_related("data_key")]


def listed(world: World, part: str, enquiry: Enquiry) -> bool:
    return Enquiry.objects.listed_for(world.actor(part)).filter(pk=enquiry.pk).exists()


def seen(world: World, part: str, enquiry: Enquiry) -> bool:
    return Enquiry.objects.visible_to(world.actor(part)).filter(pk=enquiry.pk).exists()


# ── Taking ─────────────────────────────────────────────────────────────────────────────────────────
def test_taking_gives_the_content_and_tells_the_author(world: World) -> None:
    enquiry = world.submit()
    assert not seen(world, "counsellor", enquiry)
    acts.take(world, enquiry)
    assert seen(world, "counsellor", enquiry)
    assert world.reload(enquiry).lead == world.people["counsellor"]
    assert mails("taken")[-1] == "author@exemple.invalid"


def test_of_two_colleagues_the_second_is_told(world: World) -> None:
    """Mutation: drop the compare-and-swap on the lead."""
    enquiry = world.submit()
    late = world.reload(enquiry)
    acts.take(world, enquiry)
    with pytest.raises(StaleState, match="vient de prendre"):
        acts.take(world, late, part="fellow counsellor")
    assert world.reload(enquiry).lead == world.people["counsellor"]
    assert not seen(world, "fellow counsellor", enquiry)


def test_an_enquiry_handed_back_is_taken_once_too(world: World) -> None:
    enquiry = acts.in_state(world, State.WAITING_FOR_DATE)
    acts.give_back(world, enquiry)
    first, second = world.reload(enquiry), world.reload(enquiry)
    acts.take(world, first, part="fellow counsellor")
    with pytest.raises(StaleState):
        acts.take(world, second)
    found = world.reload(enquiry)
    assert (found.lead, found.state) == (world.people["fellow counsellor"], State.WAITING_FOR_DATE)


@pytest.mark.parametrize("part", ["counsellor elsewhere", "coordinator", "HR officer", "author", "code-only staff"])
def test_others_cannot_take(world: World, part: str) -> None:
    enquiry = world.submit()
    with pytest.raises(NotAllowed):
        acts.take(world, enquiry, part=part)


@pytest.mark.parametrize("part", ["excluded colleague", "superior"])
def test_a_conflict_of_interest_refuses_whatever_list_the_row_came_from(world: World, part: str) -> None:
    """Mutation: trust the caller to have come through listed_for."""
    enquiry = world.submit(excluded=(world.people["excluded colleague"],))
    with pytest.raises(NotAllowed):
        acts.take(world, enquiry, part=part)
    assert world.reload(enquiry).lead is None


# ── Declining ──────────────────────────────────────────────────────────────────────────────────────
def test_declining_hides_the_enquiry_from_one_person_and_tells_nobody(world: World) -> None:
    enquiry = world.submit()
    before = OutgoingEmail.objects.count()
    acts.decline(world, enquiry)
    assert not listed(world, "counsellor", enquiry)
    assert listed(world, "fellow counsellor", enquiry)
    assert OutgoingEmail.objects.count() == before


def only_members(world: World, *parts: str) -> None:
    """Leave these parts alone in the team."""
    kept = [world.people[part].pk for part in parts]
    Posting.objects.filter(team=world.team).exclude(person_id__in=kept).delete()


def test_when_the_last_one_declines_a_neighbouring_team_receives_it(world: World) -> None:
    """Mutation: leave the enquiry where nobody may see it any more."""
    neighbours = world.team.__class__.objects.create(
        kind="counselling", name="Équipe voisine", academy=world.academy, valid_from=LONG_AGO
    )
    helper = make_person("neighbour")
    Posting.objects.create(
        person=helper, role=Role.COUNSELLOR, academy=world.academy, team=neighbours, valid_from=LONG_AGO
    )
    enquiry = world.submit()
    only_members(world, "counsellor", "fellow counsellor")
    acts.decline(world, world.reload(enquiry))
    assert world.reload(enquiry).team == world.team
    acts.decline(world, world.reload(enquiry), part="fellow counsellor")
    assert world.reload(enquiry).team == neighbours
    assert "neighbour@exemple.invalid" in mails("team_alert")
    offers = enquiry.handlings.filter(state=HandlingState.OFFERED)
    assert [offer.team for offer in offers] == [neighbours]


def test_when_nobody_at_all_is_left_the_national_referent_is_told(world: World) -> None:
    enquiry = world.submit()
    Posting.objects.filter(role__in=(Role.COUNSELLOR, Role.HR_OFFICER)).exclude(
        person=world.people["counsellor"]
    ).delete()
    acts.decline(world, world.reload(enquiry))
    assert mails("nobody_free") == ["national.referent@exemple.invalid"]
    assert world.reload(enquiry).is_open


# ── Giving back ────────────────────────────────────────────────────────────────────────────────────
def test_given_back_it_waits_for_the_team_again_and_everyone_is_told(world: World) -> None:
    """Mutation: keep the first key of the alert, and the team never hears of it."""
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    OutgoingEmail.objects.all().delete()
    acts.give_back(world, enquiry)
    assert listed(world, "fellow counsellor", enquiry)
    assert not seen(world, "counsellor", enquiry)
    assert mails("given_back") == ["author@exemple.invalid"]
    assert "fellow.counsellor@exemple.invalid" in mails("team_alert")
    assert "counsellor@exemple.invalid" not in mails("team_alert")


def test_a_reason_is_asked_after_thirty_minutes_only(world: World) -> None:
    enquiry = world.submit()
    acts.take(world, enquiry, at=NOW)
    late = world.reload(enquiry)
    with pytest.raises(DomainError, match="pourquoi"):
        acts.give_back(world, late, reason="", at=NOW + timedelta(minutes=31))
    acts.give_back(world, world.reload(enquiry), reason="", at=NOW + timedelta(minutes=30))
    assert world.reload(enquiry).lead is None


def test_an_unknown_reason_is_refused(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    with pytest.raises(DomainError):
        acts.give_back(world, enquiry, reason="parce que", at=NOW + timedelta(minutes=40))


def test_knowing_the_person_also_hides_the_enquiry(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.give_back(world, enquiry, reason="connait_la_personne")
    assert not listed(world, "counsellor", enquiry)
    assert listed(world, "fellow counsellor", enquiry)


def test_the_alert_spares_whoever_may_not_meet_the_enquiry(world: World) -> None:
    """No mail betrays it: not to the excluded, the superior, the author’s own address, nor who declined."""
    WorkTie.objects.create(person=world.people["code-only staff"], kind="works", site=world.site, valid_from=LONG_AGO)
    OutgoingEmail.objects.all().delete()
    enquiry = world.submit(
        "anonymous", excluded=(world.people["excluded colleague"],), email="co-handler@exemple.invalid"
    )
    assert set(mails("team_alert")) == {
        "counsellor@exemple.invalid",
        "fellow.counsellor@exemple.invalid",
        "former.handler@exemple.invalid",
        "counsellor.in.two.academies@exemple.invalid",
    }
    acts.decline(world, enquiry)
    acts.take(world, enquiry, part="fellow counsellor")
    OutgoingEmail.objects.all().delete()
    services.give_back_enquiry(
        actor=world.actor("fellow counsellor"), enquiry=world.reload(enquiry), reason="absence", at=LATER
    )
    assert set(mails("team_alert")) == {
        "former.handler@exemple.invalid",
        "counsellor.in.two.academies@exemple.invalid",
    }


# ── Waiting and the next step ──────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("act", [acts.set_step, acts.wait_for_agent, acts.wait_for_date, acts.log])
def test_a_date_already_past_is_refused(world: World, act: acts.Act) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    with pytest.raises(DomainError, match="passée"):
        act(world, enquiry, at=NOW + timedelta(days=30))
    assert world.reload(enquiry).next_step_on is None


def test_a_date_in_ten_years_is_refused(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    with pytest.raises(DomainError, match="trois ans"):
        services.set_next_step(
            actor=world.actor("counsellor"),
            enquiry=enquiry,
            next_step="Un jour",
            next_step_on=NEXT_WEEK.replace(year=2037),
            at=LATER,
        )


@pytest.mark.parametrize(
    ("act", "kind"), [(acts.wait_for_agent, "waiting_for_you"), (acts.wait_for_date, "waiting_for_date")]
)
def test_waiting_says_what_and_until_when_and_tells_the_author(world: World, act: acts.Act, kind: str) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    act(world, enquiry)
    found = world.reload(enquiry)
    assert found.next_step
    assert (found.next_step_on, found.waiting_since) == (NEXT_WEEK, LATER)
    assert mails(kind) == ["author@exemple.invalid"]


def test_resuming_forgets_since_when_one_waited(world: World) -> None:
    enquiry = acts.in_state(world, State.WAITING_FOR_AGENT)
    acts.resume(world, enquiry)
    assert world.reload(enquiry).waiting_since is None


# ── Two tabs ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "act",
    [acts.set_step, acts.wait_for_agent, acts.wait_for_date, acts.log, acts.miss, acts.reply, acts.close],
)
def test_a_form_filled_in_on_an_older_page_overwrites_nothing(world: World, act: acts.Act) -> None:
    """Mutation: drop require_unchanged. The author has written meanwhile."""
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    tag = freshness.tag(enquiry)
    acts.write(world, world.reload(enquiry))
    if act is acts.miss:
        with pytest.raises(StaleState):
            acts.log(world, world.reload(enquiry), reached=False, seen=tag)
        return
    with pytest.raises(StaleState, match="Votre texte est gardé"):
        act(world, world.reload(enquiry), seen=tag)
    act(world, world.reload(enquiry), seen=freshness.tag(world.reload(enquiry)))


@pytest.mark.parametrize(
    "act",
    [acts.set_step, acts.wait_for_agent, acts.wait_for_date, acts.log, acts.miss, acts.reply, acts.close],
)
@pytest.mark.parametrize("meanwhile", [acts.write, acts.give_back, acts.miss])
def test_an_act_on_a_row_read_before_another_writer_is_refused(
    world: World, act: acts.Act, meanwhile: acts.Act
) -> None:
    """Mutation: save() in place of the compare-and-swap."""
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    old = world.reload(enquiry)
    meanwhile(world, enquiry, at=LATER + timedelta(minutes=1))
    after = world.reload(enquiry)
    with pytest.raises(StaleState):
        act(world, old, at=LATER + timedelta(minutes=2))
    found = world.reload(enquiry)
    assert (found.state, found.next_step_on, found.last_contact_at) == (
        after.state,
        after.next_step_on,
        after.last_contact_at,
    )


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (acts.give_back, State.IN_PROGRESS),
        (acts.wait_for_agent, State.IN_PROGRESS),
        (acts.wait_for_date, State.IN_PROGRESS),
        (acts.resume, State.WAITING_FOR_DATE),
        (acts.close, State.IN_PROGRESS),
        (acts.withdraw, State.IN_PROGRESS),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_double_click_acts_once_and_is_not_refused(world: World, act: acts.Act, state: str) -> None:
    """Mutation: drop `already`."""
    enquiry, key = acts.in_state(world, state), uuid.uuid4()
    act(world, enquiry, key=key)
    after, lines = world.reload(enquiry), len(journal.history(enquiry))
    act(world, world.reload(enquiry), key=key)
    assert world.reload(enquiry).state == after.state
    assert len(journal.history(enquiry)) == lines


def test_the_same_step_twice_is_one_line(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    tag = freshness.tag(enquiry)
    acts.set_step(world, world.reload(enquiry), seen=tag)
    acts.set_step(world, world.reload(enquiry), seen=tag)
    assert JournalEntry.objects.filter(verb="demande.étape").count() == 1


def test_the_tag_of_a_page_tells_a_changed_text_even_on_the_same_day(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.set_step(world, enquiry)
    tag = freshness.tag(world.reload(enquiry))
    acts.set_step(world, world.reload(enquiry), text="Écrire")
    assert freshness.tag(world.reload(enquiry)) != tag


# ── The journal ────────────────────────────────────────────────────────────────────────────────────
def test_each_move_is_in_the_journal_with_who_and_when(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.wait_for_agent(world, enquiry)
    acts.resume(world, world.reload(enquiry))
    acts.close(world, world.reload(enquiry))
    acts.reopen(world, world.reload(enquiry))
    acts.give_back(world, world.reload(enquiry))
    acts.withdraw(world, world.reload(enquiry))
    lines = journal.history(enquiry)
    assert [line.verb for line in lines if line.at == LATER] == [
        "demande.attend_agent",
        "demande.reprise",
        "demande.terminée",
        "demande.rouverte",
        "demande.rendue",
        "demande.retirée",
    ]
    assert {line.actor for line in lines} == {
        f"personne:{world.people['author'].uid}",
        f"personne:{world.people['counsellor'].uid}",
    }


# ── For good, on the engine ────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_four_colleagues_at_the_same_instant_give_one_lead(world: World) -> None:
    """Four connections, one row: exactly one takes it, the three others are told."""
    enquiry = world.submit()
    parts = ["counsellor", "fellow counsellor", "co-handler", "former handler"]
    actors = {part: world.actor(part) for part in parts}
    ready, told = threading.Barrier(len(parts)), []

    def try_to_take(part: str) -> None:
        try:
            row = Enquiry.objects.listed_for(actors[part]).get(pk=enquiry.pk)
            ready.wait(timeout=20)
            services.take_enquiry(actor=actors[part], enquiry=row, at=LATER)
            told.append("taken")
        except StaleState:
            told.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=try_to_take, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(told) == ["taken", "too late", "too late", "too late"]
    assert enquiry.handlings.filter(state=HandlingState.ACCEPTED).count() == 1
