"""From hand to hand: to a colleague, beside one, by the coordination, and by whoever stands in for her."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse

from proxirh.enquiries import services
from proxirh.enquiries.models import AccessRecord, Enquiry, PersonChoice, Why
from proxirh.enquiries.services import passing
from proxirh.enquiries.services.rerouting import move_unable
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Deputy, Posting, WorkTie
from proxirh.territories.services.missions import holds_a_mission
from tests.enquiries import acts
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.world import LONG_AGO, NOW, World, make_person

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=20)
WORDS = "Je voudrais parler de mon projet"


def page(world: World, part: str, name: str = "enquiry") -> HttpResponse:
    return visitor(world, part).get(reverse(f"enquiries:{name}", args=[world.enquiry.uid]))


def post(world: World, part: str, name: str, **data: Any) -> HttpResponse:
    return visitor(world, part).post(reverse(f"enquiries:{name}", args=[world.enquiry.uid]), data)


def row(world: World, part: str = "coordinator", enquiry: Enquiry | None = None) -> Enquiry:
    return Enquiry.objects.listed_for(world.actor(part)).get(pk=(enquiry or world.enquiry).pk)


def mails(kind: str) -> list[str]:
    return [mail.recipient for mail in OutgoingEmail.objects.filter(kind=kind).select_related("data_key")]


def hand_over(world: World, to: str = "fellow counsellor", **more: Any) -> None:
    passing.hand_over_enquiry(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        **{"to": world.people[to], "reason": "charge", "at": SOON, **more},
    )


def take(world: World, part: str = "fellow counsellor", *, at: Any = SOON) -> None:
    acts.take(world, world.reload(), part=part, at=at)


# ── To a colleague ────────────────────────────────────────────────────────────────────────────────
def test_a_colleague_is_asked_reads_nothing_before_taking_and_the_former_lead_no_more(world: World) -> None:
    """Mutation: leave the swap of the lead, or a mail, out of `_propose`."""
    alerted = len(mails("team_alert"))
    hand_over(world)
    assert world.reload().lead is None
    before = text(page(world, "fellow counsellor"))
    assert "Avant de prendre" in before
    assert world.people["author"].last_name in before
    assert WORDS not in before
    assert world.topic.label not in before
    former = text(page(world, "counsellor"))
    assert "Avant de prendre" in former, "a colleague of the team again, like the others"
    assert WORDS not in former
    assert mails("proposed") == [world.people["fellow counsellor"].staff_address]
    assert len(mails("team_alert")) == alerted, "she alone is alerted"
    assert len(mails("given_back")) == 1
    told = text(page(world, "author", "follow"))
    assert "Une autre personne du service va reprendre votre demande" in told
    assert "Trop de demandes" not in told
    take(world)
    assert WORDS in text(page(world, "fellow counsellor"))
    assert f"{world.people['fellow counsellor'].full_name} s’occupe de votre demande" in text(
        page(world, "author", "follow")
    )


def test_whoever_is_asked_and_knows_her_declines_silently_and_the_team_is_alerted(world: World) -> None:
    """Mutation: leave the alert, or the name on the proposal, out of `_decline`."""
    hand_over(world)
    OutgoingEmail.objects.all().delete()
    acts.decline(world, world.reload(), part="fellow counsellor", at=SOON)
    assert page(world, "fellow counsellor").status_code == 404
    told = mails("team_alert")
    assert told
    assert world.people["fellow counsellor"].staff_address not in told
    take(world, "former handler")
    assert "connais" not in text(page(world, "former handler"))


def test_anyone_of_the_team_may_take_what_was_proposed_to_one(world: World) -> None:
    """Nobody is forgotten because one is away. Mutation: look for an offer that names nobody in `take_enquiry`."""
    hand_over(world)
    take(world, "former handler")
    assert world.reload().lead == world.people["former handler"]


@pytest.mark.parametrize("to", ["excluded colleague", "superior", "counsellor", "counsellor elsewhere", "coordinator"])
def test_nobody_whom_something_keeps_away_is_asked(world: World, to: str) -> None:
    """The same sentence for all. Mutation: leave `kept_away` out of `_team_for`."""
    with pytest.raises(DomainError, match="ne peut pas suivre"):
        hand_over(world, to)
    with pytest.raises(DomainError, match="ne peut pas suivre"):
        passing.invite_colleague(actor=world.actor("counsellor"), enquiry=world.reload(), to=world.people[to], at=SOON)
    assert world.reload().lead == world.people["counsellor"]


def test_an_hr_officer_takes_over_in_her_own_team(world: World) -> None:
    """Mutation: leave the team out of the swap."""
    hand_over(world, "HR officer")
    assert world.reload().team == world.officers
    take(world, "HR officer")
    assert page(world, "HR officer").status_code == 200
    # Whoever is beside stays, in her own team.
    assert page(world, "co-handler").status_code == 200


@pytest.mark.parametrize("part", ["co-handler", "fellow counsellor", "author", "former handler", "coordinator"])
def test_the_lead_alone_hands_over_or_invites(world: World, part: str) -> None:
    actor, to = world.actor(part), world.people["fellow counsellor"]
    with pytest.raises(NotAllowed):
        passing.hand_over_enquiry(actor=actor, enquiry=world.reload(), to=to, reason="charge", at=SOON)
    with pytest.raises(NotAllowed):
        passing.invite_colleague(actor=actor, enquiry=world.reload(), to=to, at=SOON)
    with pytest.raises(NotAllowed):
        passing.end_invitation(actor=actor, enquiry=world.reload(), person=world.people["co-handler"], at=SOON)


def test_a_double_click_or_a_stale_page_hands_over_once(world: World) -> None:
    stale, key = world.reload(), world.enquiry.uid
    hand_over(world, key=key)
    hand_over(world, key=key)
    assert world.reload().handlings.filter(state=HandlingState.OFFERED, is_lead=True).count() == 1
    assert len(mails("proposed")) == 1
    with pytest.raises(StaleState):
        passing.hand_over_enquiry(
            actor=world.actor("counsellor"),
            enquiry=stale,
            to=world.people["co-handler"],
            reason="charge",
            at=SOON,
        )
    assert len(mails("proposed")) == 1


def test_the_colleague_may_hand_it_back_freely_for_half_an_hour(world: World) -> None:
    hand_over(world)
    take(world)
    services.give_back_enquiry(
        actor=world.actor("fellow counsellor"), enquiry=world.reload(), at=SOON + timedelta(minutes=29)
    )
    assert world.reload().lead is None


def test_the_page_hands_over(world: World) -> None:
    to = world.people["fellow counsellor"]
    shown = text(page(world, "counsellor", "hands"))
    assert to.full_name in shown
    refused = post(world, "counsellor", "hands", geste="confier", **{"confier-to": to.uid})
    assert refused.status_code == 422
    assert "Dites pourquoi" in text(refused)
    data = {"confier-to": to.uid, "confier-reason": "souhait"}
    assert post(world, "counsellor", "hands", geste="confier", **data).status_code == 302
    assert world.reload().lead is None
    assert post(world, "fellow counsellor", "take").status_code == 302
    assert world.reload().lead == to


def test_a_name_that_something_keeps_away_is_in_the_list_and_its_refusal_tells_nothing(world: World) -> None:
    """An absent name would tell who is kept away; refusals are written down and come five times a day at most.

    Mutation: leave `kept_away` people out of `serving_around`; drop the limit.
    """
    away = world.people["excluded colleague"]
    assert away.full_name in text(page(world, "counsellor", "hands"))
    assert away.full_name in text(page(world, "coordinator", "reassign"))
    data = {"confier-to": away.uid, "confier-reason": "souhait"}
    for _ in range(5):
        refused = post(world, "counsellor", "hands", geste="confier", **data)
        assert refused.status_code == 422
        assert "ne peut pas suivre cette demande" in text(refused)
    again = {"confier-to": world.people["superior"].uid, "confier-reason": "souhait"}
    assert "Réessayez demain" in text(post(world, "counsellor", "hands", geste="confier", **again))
    assert JournalEntry.objects.filter(verb="demande.proposition_refusée").count() == 6
    assert world.reload().lead == world.people["counsellor"]


# ── Beside ────────────────────────────────────────────────────────────────────────────────────────
def test_an_invited_colleague_reads_and_her_author_sees_who(world: World) -> None:
    to = world.people["HR officer"]
    assert post(world, "counsellor", "hands", geste="inviter", **{"inviter-to": to.uid}).status_code == 302
    assert post(world, "counsellor", "hands", geste="inviter", **{"inviter-to": to.uid}).status_code == 302
    before = text(page(world, "HR officer"))
    assert "vous propose de suivre cette demande à ses côtés" in before
    assert WORDS not in before
    assert "On vous propose" in text(visitor(world, "HR officer").get(reverse("enquiries:beside")))
    assert to.full_name not in text(page(world, "author", "follow"))
    assert post(world, "HR officer", "take").status_code == 302
    assert WORDS in text(page(world, "HR officer"))
    followed = text(visitor(world, "HR officer").get(reverse("enquiries:beside")))
    assert world.people["author"].last_name in followed
    assert "On vous propose" not in followed
    assert mails("invited") == [to.staff_address]
    assert f"{to.full_name} suit aussi votre demande" in text(page(world, "author", "follow"))
    assert post(world, "counsellor", "hands", geste="finir", personne=to.uid).status_code == 302
    assert page(world, "HR officer").status_code == 403
    assert "ne suit plus votre demande" in text(page(world, "author", "follow"))


def test_whoever_is_asked_to_follow_beside_and_knows_her_declines_silently(world: World) -> None:
    """Mutation: leave what is proposed beside out of `decline_enquiry`."""
    to = world.people["HR officer"]
    post(world, "counsellor", "hands", geste="inviter", **{"inviter-to": to.uid})
    asked = text(page(world, "HR officer"))
    assert "Avant de suivre à deux" in asked, "nobody waits for someone to take it"
    assert not [words for words in ("Avant de prendre", "À reprendre", "Attend depuis") if words in asked]
    assert post(world, "HR officer", "decline").status_code == 302
    assert page(world, "HR officer").status_code == 404
    assert world.reload().lead == world.people["counsellor"]


def test_whoever_was_not_asked_does_not_join(world: World) -> None:
    """Mutation: leave the person out of `join_enquiry`, or of `proposed_to`."""
    to = world.people["HR officer"]
    post(world, "counsellor", "hands", geste="inviter", **{"inviter-to": to.uid})
    for part in ("fellow counsellor", "former handler", "coordinator", "counsellor elsewhere", "superior"):
        assert WORDS not in text(page(world, part))
        assert post(world, part, "take").status_code in {302, 404}
        assert WORDS not in text(page(world, part))
    post(world, "counsellor", "hands", geste="finir", personne=to.uid)
    assert page(world, "HR officer").status_code == 404, "taken back before she answered"
    assert post(world, "HR officer", "take").status_code == 404


def test_whoever_is_beside_leaves_by_herself_and_the_lead_does_not_end_that_way(world: World) -> None:
    assert post(world, "counsellor", "hands", geste="quitter").status_code == 403
    assert post(world, "co-handler", "hands", geste="finir", personne=world.people["co-handler"].uid).status_code == 403
    assert page(world, "co-handler").status_code == 200
    assert post(world, "co-handler", "hands", geste="quitter").status_code == 302
    assert page(world, "co-handler").status_code == 403


def test_whoever_is_beside_and_takes_it_becomes_its_lead(world: World) -> None:
    """Mutation: drop `end_beside` from taking."""
    acts.give_back(world, world.reload())
    acts.take(world, world.reload(), part="co-handler")
    held = world.reload().handlings.filter(person=world.people["co-handler"], state=HandlingState.ACCEPTED)
    assert [one.is_lead for one in held] == [True]


def test_who_may_no_longer_meet_it_is_let_go_from_beside(world: World) -> None:
    """Mutation: drop `_left_beside` from `move_unable`."""
    WorkTie.objects.create(person=world.people["co-handler"], kind="works", site=world.site, valid_from=LONG_AGO)
    assert page(world, "co-handler").status_code in {403, 404}
    move_unable(at=SOON)
    held = world.reload().handlings.filter(person=world.people["co-handler"], state=HandlingState.ACCEPTED)
    assert not held.exists()
    assert world.reload().lead == world.people["counsellor"]


# ── By the coordination ───────────────────────────────────────────────────────────────────────────
def test_the_coordination_gives_it_to_someone_without_reading_it(world: World) -> None:
    """Mutation: let the page show what `with_card` opens; leave a mail out."""
    to = world.people["fellow counsellor"]
    shown = text(page(world, "coordinator", "reassign"))
    assert to.full_name in shown
    for secret in (world.topic.label, "Je voudrais parler", "06 00"):
        assert secret not in shown
    assert post(world, "coordinator", "reassign", to=to.uid, reason="absence").status_code == 302
    assert world.reload().lead is None
    assert WORDS not in text(page(world, "counsellor"))
    assert page(world, "coordinator").status_code == 200
    assert mails("proposed") == [to.staff_address]
    assert mails("reassigned") == [world.people["counsellor"].staff_address]
    assert len(mails("given_back")) == 1
    take(world)
    assert world.reload().lead == to
    assert not AccessRecord.objects.filter(reader=world.people["coordinator"]).exists()


def test_an_untaken_one_is_given_to_someone(world: World) -> None:
    waiting = world.submit()
    passing.reassign_enquiry(
        actor=world.actor("coordinator"),
        enquiry=row(world, enquiry=waiting),
        to=world.people["fellow counsellor"],
        reason="charge",
        at=SOON,
    )
    found = world.reload(waiting)
    assert (found.lead, found.state) == (None, State.SUBMITTED)
    named = found.handlings.filter(state=HandlingState.OFFERED)
    assert [one.person for one in named] == [world.people["fellow counsellor"]]
    acts.take(world, found, part="fellow counsellor", at=SOON)
    assert world.reload(waiting).lead == world.people["fellow counsellor"]


def test_never_to_oneself(world: World) -> None:
    """That is an exceptional access. Mutation: drop the refusal."""
    me = world.people["coordinator"]
    Posting.objects.create(
        person=me,
        role="conseiller",
        academy=world.academy,
        department=world.department,
        team=world.team,
        valid_from=LONG_AGO,
    )
    with pytest.raises(NotAllowed, match="accès exceptionnel"):
        passing.reassign_enquiry(actor=world.actor("coordinator"), enquiry=row(world), to=me, reason="absence", at=SOON)
    assert me.full_name not in text(page(world, "coordinator", "reassign"))
    assert post(world, "coordinator", "reassign", to=me.uid, reason="absence").status_code == 422
    assert world.reload().lead == world.people["counsellor"]


@pytest.mark.parametrize("part", ["head of service", "counsellor elsewhere", "fellow counsellor", "administrator"])
def test_nobody_else_reassigns(world: World, part: str) -> None:
    to = world.people["fellow counsellor"]
    assert post(world, part, "reassign", to=to.uid, reason="absence").status_code == 404
    with pytest.raises(NotAllowed):
        passing.reassign_enquiry(actor=world.actor(part), enquiry=row(world), to=to, reason="absence", at=SOON)


def test_a_lead_changed_meanwhile_is_not_overwritten(world: World) -> None:
    seen = row(world)
    hand_over(world)
    with pytest.raises(StaleState):
        passing.reassign_enquiry(
            actor=world.actor("coordinator"), enquiry=seen, to=world.people["HR officer"], reason="absence", at=SOON
        )
    assert world.reload().lead is None


# ── Whoever stands in ─────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def deputy(world: World) -> World:
    """Somebody without any mission, who stands in for the coordinator today."""
    world.people["deputy"] = make_person("deputy")
    Deputy.objects.create(
        person=world.people["coordinator"],
        deputy=world.people["deputy"],
        academy=world.academy,
        valid_from=LONG_AGO,
    )
    return world


def test_a_deputy_reads_the_row_and_the_card_and_gives_it_to_someone(deputy: World) -> None:
    """Mutation: leave `deputises` out of `answers_for`."""
    shown = text(page(deputy, "deputy"))
    assert deputy.enquiry.reference in shown
    assert deputy.topic.label not in shown
    assert "Il faut lire la demande" not in shown
    assert post(deputy, "deputy", "card", why=Why.LEAD_AWAY).status_code == 302
    assert deputy.people["author"].last_name in text(page(deputy, "deputy", "card"))
    to = deputy.people["fellow counsellor"]
    assert post(deputy, "deputy", "reassign", to=to.uid, reason="absence").status_code == 302
    assert mails("proposed") == [to.staff_address]


def test_a_deputy_never_opens_the_content(deputy: World) -> None:
    """Mutation: read `answers_for` in `opened_to` or in `permissions.coordinates`."""
    for answer in (page(deputy, "deputy", "exceptional"), post(deputy, "deputy", "exceptional", reason="x" * 30)):
        assert answer.status_code == 404
    assert page(deputy, "deputy", "notes").status_code == 404


def test_a_deputy_of_yesterday_or_elsewhere_meets_nothing(deputy: World) -> None:
    """Mutation: leave the days out of the suppléances that `missions_and_ties` reads."""
    Deputy.objects.update(valid_until=NOW.date() - timedelta(days=1))
    assert page(deputy, "deputy").status_code == 404
    Deputy.objects.update(valid_until=None, academy=deputy.elsewhere)
    assert page(deputy, "deputy").status_code == 404


def test_a_deputy_whom_a_conflict_keeps_away_meets_nothing(deputy: World) -> None:
    """Her ties count though she has no mission. Mutation: read ties for missions alone."""
    WorkTie.objects.create(person=deputy.people["deputy"], kind="works", site=deputy.site, valid_from=LONG_AGO)
    PersonChoice.objects.filter(person=deputy.people["deputy"]).delete()
    for name in ("enquiry", "card", "reassign"):
        assert page(deputy, "deputy", name).status_code == 404


def test_a_deputy_needs_a_second_factor(deputy: World) -> None:
    """Mutation: leave suppléances out of `holds_a_mission`."""
    user_id = deputy.people["deputy"].user_id
    assert user_id is not None
    assert holds_a_mission(user_id=user_id)
    assert not holds_a_mission(user_id=deputy.people["author"].user_id or 0)
