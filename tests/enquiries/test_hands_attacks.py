"""Attacks on what passes from hand to hand: a page left open, two steps for one, who is told, what a list tells."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.colleagues import colleagues_for
from proxirh.enquiries.models import BreakGlass
from proxirh.enquiries.services import passing
from proxirh.enquiries.services.alarming import raise_concern
from proxirh.enquiries.services.rerouting import move_unable
from proxirh.enquiries.views import hands as hands_view
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Deputy, Posting, Role, WorkTie
from tests.enquiries import acts
from tests.enquiries.asker import text_of as text
from tests.enquiries.handing import MEANWHILE, SOON, WORDS, counsel_too, offered, page, post, reassign, row
from tests.enquiries.visitors import visitor
from tests.world import LONG_AGO, NOW, World, make_person

pytestmark = pytest.mark.django_db


# ── An invitation lands on what is no longer the lead’s ───────────────────────────────────────
@pytest.mark.parametrize("way", MEANWHILE)
def test_an_invitation_does_not_open_what_was_lost_meanwhile(
    world: World, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between `find_handled` and `invite_colleague` nothing is compared nor held: the handling is simply created."""
    once: list[bool] = []

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        found = colleagues_for(*args, **kwargs)
        if not once:
            once.append(True)
            MEANWHILE[way](world)
        return found

    monkeypatch.setattr(hands_view, "colleagues_for", meanwhile)
    to = world.people["fellow counsellor"]
    post(world, "counsellor", "hands", geste="inviter", **{"inviter-to": to.uid})
    move_unable(at=timezone.now())  # nor does the clock mend it
    seen = page(world, "fellow counsellor")
    assert not (seen.status_code == 200 and WORDS in text(seen)), "she reads the words"
    assert not world.reload().handlings.filter(person=to, is_lead=False).exists()
    assert not OutgoingEmail.objects.filter(kind="invited").exists()


def test_what_was_proposed_beside_ends_with_the_enquiry(world: World) -> None:
    """Mutation: leave proposals out of `end_handlings`."""
    to = world.people["fellow counsellor"]
    passing.invite_colleague(actor=world.actor("counsellor"), enquiry=world.reload(), to=to, at=SOON)
    acts.close(world, world.reload())
    assert not world.reload().handlings.filter(person=to).exists()
    acts.reopen(world, world.reload())
    assert page(world, "fellow counsellor").status_code == 404


def test_nobody_reads_what_its_author_took_back_whatever_hands_are_left(world: World) -> None:
    """A second wall. Mutation: leave `TAKEN_BACK` out of `handled_by`."""
    acts.withdraw(world, world.reload())
    held = world.reload().handlings.get(person=world.people["co-handler"])
    held.state = HandlingState.ACCEPTED
    held.save(update_fields=["state"])
    assert WORDS not in text(page(world, "co-handler"))


# ── Re-assigning to oneself in two steps, without anyone’s complicity ─────────────────────────
def _its_mission_ends_today(world: World) -> None:
    Posting.objects.filter(person=world.people["fellow counsellor"]).update(valid_until=NOW.date())
    reassign(world, "fellow counsellor")
    move_unable(at=NOW + timedelta(days=1))


def _she_takes_it_at_once(world: World) -> None:
    reassign(world, "fellow counsellor")


def _she_hands_it_back(world: World) -> None:
    reassign(world, "fellow counsellor")
    acts.take(world, world.reload(), part="fellow counsellor", at=SOON)
    services.give_back_enquiry(
        actor=world.actor("fellow counsellor"), enquiry=world.reload(), at=SOON + timedelta(minutes=5)
    )


@pytest.mark.parametrize("part", ["coordinator", "deputy"])
@pytest.mark.parametrize("step", [_she_takes_it_at_once, _its_mission_ends_today, _she_hands_it_back])
def test_whoever_reassigns_does_not_take_it_afterwards(world: World, step: Any, part: str) -> None:
    """PRODUCT §6: to oneself is an exceptional access (reason, hour, witness). Here: no reason, no hour, no witness."""
    if part == "deputy":
        world.people["deputy"] = make_person("deputy")
        Deputy.objects.create(
            person=world.people["coordinator"],
            deputy=world.people["deputy"],
            academy=world.academy,
            valid_from=LONG_AGO,
        )
        world.people["coordinator"], world.people["deputy"] = world.people["deputy"], world.people["coordinator"]
    counsel_too(world, "coordinator")  # the one who acts
    assert page(world, "coordinator").status_code == 200
    assert WORDS not in text(page(world, "coordinator"))
    step(world)
    post(world, "coordinator", "take")
    assert WORDS not in text(page(world, "coordinator"))
    assert world.reload().lead != world.people["coordinator"]
    assert not BreakGlass.objects.exists()


def test_whoever_reassigned_it_is_not_asked_to_take_it_by_whoever_did(world: World) -> None:
    """The second step, with a colleague’s help. Mutation: leave `has_reassigned` out of `_team_for`."""
    counsel_too(world, "coordinator")
    reassign(world, "fellow counsellor")
    acts.take(world, world.reload(), part="fellow counsellor", at=SOON)
    for act in (passing.invite_colleague, partial(passing.hand_over_enquiry, reason="charge")):
        with pytest.raises(DomainError, match="ne peut pas suivre"):
            act(
                actor=world.actor("fellow counsellor"),
                enquiry=world.reload(),
                to=world.people["coordinator"],
                at=SOON,
            )


def test_whoever_reassigned_it_no_longer_follows_it_beside_even_when_asked_before(world: World) -> None:
    """Its lead had asked her, and she had not answered. Mutation: leave `has_reassigned` out of `join_enquiry`."""
    counsel_too(world, "coordinator")
    passing.invite_colleague(
        actor=world.actor("counsellor"), enquiry=world.reload(), to=world.people["coordinator"], at=SOON
    )
    reassign(world, "fellow counsellor")
    with pytest.raises(NotAllowed, match="accès exceptionnel"):
        passing.join_enquiry(actor=world.actor("coordinator"), enquiry=row(world), at=SOON)
    assert WORDS not in text(page(world, "coordinator"))


# ── What the author reads of it ───────────────────────────────────────────────────────────────
@pytest.mark.parametrize("has_joined", [False, True])
def test_the_author_reads_the_name_of_whoever_followed_and_of_nobody_who_was_only_asked(
    world: World, *, has_joined: bool
) -> None:
    """Mutation: tell the end of a proposal as the end of what was followed."""
    person = world.people["HR officer"]
    passing.invite_colleague(actor=world.actor("counsellor"), enquiry=world.reload(), to=person, at=SOON)
    if has_joined:
        passing.join_enquiry(actor=world.actor("HR officer"), enquiry=row(world, "HR officer"), at=SOON)
    answer = visitor(world, "counsellor").post(
        reverse("enquiries:hands", args=[world.enquiry.uid]), {"geste": "finir", "personne": person.uid}, follow=True
    )
    assert ("ne suit plus cette demande." if has_joined else "La proposition à") in text(answer)
    assert (person.full_name in text(page(world, "author", "follow"))) is has_joined
    assert person.full_name in text(page(world, "counsellor"))


# ── A deputy who is more than whom she stands in for ──────────────────────────────────────────
def _deputy(world: World, of: str) -> None:
    world.people["deputy"] = make_person("deputy")
    Deputy.objects.create(
        person=world.people[of], deputy=world.people["deputy"], academy=world.academy, valid_from=LONG_AGO
    )


def test_a_deputy_stands_in_for_nobody_once_the_mission_she_covers_has_ended(world: World) -> None:
    _deputy(world, "coordinator")
    Posting.objects.filter(person=world.people["coordinator"]).update(valid_until=NOW.date() - timedelta(days=30))
    assert page(world, "coordinator").status_code == 404
    assert page(world, "deputy").status_code == 404
    to = world.people["fellow counsellor"]
    assert post(world, "deputy", "reassign", to=to.uid, reason="absence").status_code == 404


def test_a_deputy_of_someone_who_never_coordinated_there_reads_nothing(world: World) -> None:
    _deputy(world, "counsellor elsewhere")
    assert page(world, "deputy").status_code == 404


def test_a_deputy_of_who_coordinates_another_academie_reads_nothing_here(world: World) -> None:
    """Mutation: leave the académie out of `standing_in`."""
    Posting.objects.create(
        person=world.people["counsellor elsewhere"],
        role=Role.COORDINATOR,
        academy=world.elsewhere,
        valid_from=LONG_AGO,
    )
    _deputy(world, "counsellor elsewhere")
    assert page(world, "deputy").status_code == 404


def test_a_deputy_of_the_head_of_service_reads_no_more_than_the_head(world: World) -> None:
    """The head has neither rows, nor cards, nor hands (« nobody else reassigns »)."""
    _deputy(world, "head of service")
    for name in ("enquiry", "reassign"):
        assert page(world, "head of service", name).status_code == 404
        assert page(world, "deputy", name).status_code == 404, name
    assert post(world, "deputy", "card", why="absence").status_code == 404


# ── What a list of colleagues tells by leaving one out ────────────────────────────────────────────
def test_the_list_does_not_name_the_author_by_leaving_her_out(world: World) -> None:
    """A counsellor asks for herself, where another works. Mutation: leave who is kept away out of the list."""
    WorkTie.objects.create(person=world.people["fellow counsellor"], kind="works", site=world.site, valid_from=LONG_AGO)
    plain = world.submit(part="author", site=world.other_site)
    hers = world.submit(part="fellow counsellor", email="elle@exemple.invalid")
    assert offered(world, plain) == offered(world, hers)


def test_the_list_does_not_tell_who_declined_silently(world: World) -> None:
    waiting = world.submit(part="author")
    acts.decline(world, waiting, part="former handler", at=NOW)
    acts.take(world, world.reload(waiting))
    shown = page(world, "counsellor", "hands", of=waiting).context["forms"]["confier"].found.values()
    assert world.people["former handler"].pk in {person.pk for person in shown}


# ── Who must meet nothing of it is written to ─────────────────────────────────────────────────
def test_a_former_lead_whom_a_conflict_keeps_away_is_not_written_to(world: World) -> None:
    """`tell_lead` writes to nobody who may not meet it; `reassign_enquiry` writes the reference to her all the same."""
    WorkTie.objects.create(
        person=world.people["counsellor"], kind="has_authority", site=world.site, valid_from=LONG_AGO
    )
    reassign(world, "fellow counsellor")
    told = [mail.recipient for mail in OutgoingEmail.objects.filter(kind="reassigned").select_related("data_key")]
    assert told == []


def test_a_withdrawal_is_told_to_whoever_has_it_now(world: World) -> None:
    """Two tabs: handed over between the author's page and her button. The former lead is told, the new one is not."""
    stale = world.reload()
    passing.hand_over_enquiry(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        to=world.people["fellow counsellor"],
        reason="charge",
        at=SOON,
    )
    acts.take(world, world.reload(), part="fellow counsellor", at=SOON)
    acts.withdraw(world, stale)
    told = [mail.recipient for mail in OutgoingEmail.objects.filter(kind="withdrawn").select_related("data_key")]
    assert told == [world.people["fellow counsellor"].staff_address]


def test_a_message_is_told_to_whoever_has_it_now(world: World) -> None:
    """The author’s words are compared with the state alone, not with the lead: the new lead hears nothing of them."""
    stale = world.reload()
    passing.hand_over_enquiry(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        to=world.people["fellow counsellor"],
        reason="charge",
        at=SOON,
    )
    acts.take(world, world.reload(), part="fellow counsellor", at=SOON)
    acts.write(world, stale)
    told = [
        mail.recipient for mail in OutgoingEmail.objects.filter(kind="message_for_staff").select_related("data_key")
    ]
    assert told == [world.people["fellow counsellor"].staff_address]


# ── A co-handler who calls for help meets a 404 ───────────────────────────────────────────────
@pytest.mark.parametrize("part", ["co-handler", "fellow counsellor"])
def test_whoever_follows_it_sees_the_alert_that_another_raised(world: World, part: str) -> None:
    """Beside, or after a hand-over: « Situation préoccupante » leads to an alert she is not shown."""
    concern = raise_concern(actor=world.actor("counsellor"), enquiry=world.reload(), at=NOW)
    if part == "fellow counsellor":
        passing.hand_over_enquiry(
            actor=world.actor("counsellor"),
            enquiry=world.reload(),
            to=world.people[part],
            reason="charge",
            at=SOON,
        )
        acts.take(world, world.reload(), part=part, at=SOON)
    answer = page(world, part, "worry")
    assert answer.status_code in {200, 302}
    if answer.status_code == 302:
        assert answer.url == reverse("enquiries:concern", args=[concern.uid])
        assert visitor(world, part).get(answer.url).status_code == 200
