"""Who reads what of a referral: the text by the cell it went to, the answer by whoever may; nothing else by anybody."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import AccessRecord, Agreement, Referral, Why
from proxirh.enquiries.services import answering, referring
from proxirh.kernel.errors import NotAllowed
from proxirh.territories.models import Posting, Role, WorkTie
from tests.enquiries import referring as cast
from tests.enquiries.referring import (
    ANSWER,
    PDF,
    WORDS,
    accepted,
    answered,
    cell,
    here,
    opened,
    other_cell,
    refer,
    there,
    validated_by_head,
)
from tests.enquiries.visitors import now_taken, same_as_unknown, text, visitor
from tests.world import CAST, LONG_AGO, World

pytestmark = pytest.mark.django_db

# Where each part reads the text passed on; everybody else meets the 404 of an unknown id.
READS_TEXT = {
    "cell officer": {"cell_referral"},
    "counsellor": {"referrals"},
    "co-handler": {"referrals"},
    "author": {"own_referrals"},
}
FORMER = {"former handler"}


def sent(world: World, **more: Any) -> Referral:
    """Of an enquiry of now, since pages read the clock; followed by the lead and a co-handler, left by another."""
    enquiry = now_taken(world, excluded=(world.people["excluded colleague"],))
    for part, state in (("co-handler", "accepted"), ("former handler", "given_back")):
        enquiry.handlings.create(
            team=world.team,
            person=world.people[part],
            state=state,
            is_lead=False,
            accepted_at=timezone.now(),
            ended_at=timezone.now() if state == "given_back" else None,
            reason="absence" if state == "given_back" else "",
        )
    return refer(world, enquiry=enquiry, at=timezone.now(), **more)


def pages(referral: Referral) -> dict[str, tuple[str, UUID]]:
    """Each page about it, with the id in its address."""
    uid = referral.enquiry.uid
    return {
        "referrals": (reverse("enquiries:referrals", args=[uid]), uid),
        "own_referrals": (reverse("enquiries:own_referrals", args=[uid]), uid),
        "cell_referral": (reverse("enquiries:cell_referral", args=[referral.uid]), referral.uid),
        "answer_to_validate": (reverse("enquiries:answer_to_validate", args=[referral.uid]), referral.uid),
    }


@pytest.mark.parametrize("part", CAST)
def test_who_reads_the_text_passed_on(world: World, part: str) -> None:
    """Mutations: leave `conflict_free` out of the door; leave the cell out; ask for no second factor."""
    made = sent(world)
    opened(world, made, at=timezone.now())
    client = visitor(world, part)
    for name, (address, uid) in pages(made).items():
        answer = client.get(address)
        reads = name in READS_TEXT.get(part, ())
        assert (WORDS in text(answer)) == reads, (name, answer.status_code)
        if reads:
            assert answer.status_code == 200
        elif answer.status_code not in {302, 403}:  # to the sign-in page; a second factor that lacks; « depuis le … »
            assert answer.status_code == 404
            assert same_as_unknown(client, "get", address, uid)
        assert (answer.status_code == 403) <= (part in FORMER | {"code-only staff"}), name


OFFICERS = (
    "of another cell",
    "excluded",
    "superior",
    "at the same site",
    "the author herself",
    "no longer",
    "no factor",
)


@pytest.mark.parametrize("case", OFFICERS)
def test_an_officer_who_must_not_meet_it_neither_sees_nor_moves_it(world: World, case: str) -> None:
    """Each is an officer of the very cell, but the first. Mutations: `conflict_free`, or the cell, out of the door."""
    made = sent(world)
    opened(world, made, at=timezone.now())
    part = {"excluded": "excluded colleague", "superior": "superior", "the author herself": "author"}.get(
        case, "fellow counsellor" if case != "no factor" else "code-only staff"
    )
    person = world.people[part]
    if case == "of another cell":
        other_cell(world)
    else:
        ended = {"valid_until": cast.some_day(-900)} if case == "no longer" else {}
        where = {"academy": world.academy, "team": cell(world), "valid_from": LONG_AGO}
        Posting.objects.create(person=person, role=Role.CELL_OFFICER, **where, **ended)
    if case == "at the same site":
        WorkTie.objects.create(person=person, kind="works", site=world.site, valid_from=LONG_AGO)
    actor, client = world.actor(part, at=timezone.now()), visitor(world, part)
    address = reverse("enquiries:cell_referral", args=[made.uid])
    inbox = client.get(reverse("enquiries:cell_referrals"))
    assert made.reference not in text(inbox)
    for method in ("get", "post"):
        answer = getattr(client, method)(address)
        assert answer.status_code in ({404} if case != "no factor" else {302, 403}), answer.status_code
        if answer.status_code == 404:
            assert same_as_unknown(client, method, address, made.uid)
    for act in (answering.open_referral, answering.accept_referral):
        with pytest.raises(NotAllowed):
            act(actor=actor, referral=there(world, made))
    with pytest.raises(NotAllowed):
        answering.answer_referral(actor=actor, referral=there(world, made), body=ANSWER)
    with pytest.raises(NotAllowed):
        answering.refuse_referral(actor=actor, referral=there(world, made), reason="not_ours")


def test_the_cell_reads_the_text_and_nothing_else_of_the_enquiry(world: World) -> None:
    """Mutation: show the reference or the name of the enquiry beside the text."""
    made = sent(world)
    enquiry = world.reload(made.enquiry)
    client = visitor(world, "cell officer")
    opened(world, made, at=timezone.now())
    shown = text(client.get(reverse("enquiries:cell_referral", args=[made.uid])))
    shown += text(client.get(reverse("enquiries:cell_referrals")))
    secrets = (
        enquiry.reference,
        str(enquiry.uid),
        enquiry.contact["last_name"],
        enquiry.contact["phone"],
        "Je voudrais parler de mon projet.",
        world.topic.label,
        world.site.name,
        world.people["counsellor"].full_name,
    )
    assert [one for one in secrets if one in shown] == []
    assert WORDS in shown
    for name in ("enquiry", "referrals", "notes"):
        assert client.get(reverse(f"enquiries:{name}", args=[enquiry.uid])).status_code == 404


def test_sealed_until_it_is_opened_and_each_reading_is_told(world: World) -> None:
    """Mutation: show the text before the button, or write no reading."""
    made = sent(world)
    client, address = visitor(world, "cell officer"), reverse("enquiries:cell_referral", args=[made.uid])
    assert WORDS not in text(client.get(address))
    assert not AccessRecord.objects.filter(why=Why.REFERRAL).exists()
    client.post(address, {"geste": "ouvrir"})
    assert WORDS in text(client.get(address))
    told = text(visitor(world, "author").get(reverse("enquiries:readings", args=[made.enquiry.uid])))
    assert world.people["cell officer"].full_name in told
    assert "ce qui lui est transmis" in told


OVER = {"stopped": "a été reprise", "refused": "Votre cellule a refusé", "expired": "Le délai de cette réorientation"}


@pytest.mark.parametrize("how", [*OVER, "withdrawn"])
def test_once_it_is_over_the_cell_reads_nothing_more(world: World, how: str) -> None:
    """Mutation: leave the state, or that of the enquiry, out of the door."""
    made = sent(world)
    opened(world, made, at=timezone.now())
    if how == "stopped":
        referring.take_back(actor=world.actor("author"), referral=here(world, made))
    elif how == "refused":
        answering.refuse_referral(actor=world.actor("cell officer"), referral=there(world, made), reason="not_ours")
    elif how == "expired":
        cast.night(timezone.now() + referring.EXPIRES_AFTER * 2)
    else:
        services.withdraw_enquiry(actor=world.actor("author"), enquiry=world.reload(made.enquiry))
    client, address = visitor(world, "cell officer"), reverse("enquiries:cell_referral", args=[made.uid])
    late = {"geste": "repondre", "body": "Une réponse écrite trop tard.", "idempotency_key": str(uuid4())}
    if how == "withdrawn":
        assert client.get(address).status_code == client.post(address, late).status_code == 404
    else:
        page, refused = client.get(address), client.post(address, late)
        assert (page.status_code, refused.status_code) == (200, 422)
        assert OVER[how] in text(page)
        assert WORDS not in text(page) + text(refused)
        assert "Rien n’est envoyé" in text(refused)
        assert late["body"] in text(refused)
    assert WORDS not in text(client.get(reverse("enquiries:cell_referrals")))


def test_proposed_it_is_nowhere_at_the_cell(world: World) -> None:
    made = sent(world, agreement=Agreement.WRITTEN)
    client = visitor(world, "cell officer")
    assert made.reference not in text(client.get(reverse("enquiries:cell_referrals")))
    assert client.get(reverse("enquiries:cell_referral", args=[made.uid])).status_code == 404


# ── The answer that its head validates ────────────────────────────────────────────────────────────
@pytest.mark.parametrize("part", CAST)
def test_an_answer_that_waits_is_read_by_its_head_alone(world: World, part: str) -> None:
    """Mutations: show the answer while it waits; let a file of it be downloaded; show the head what was passed on."""
    validated_by_head(world)
    made = sent(world)
    answered(world, made, at=timezone.now(), uploads=[PDF])
    file = made.enquiry.attachments.get(answer__referral=made)
    client = visitor(world, part)
    mine = text(client.get(reverse("enquiries:answer_to_validate", args=[made.uid])))
    seen = "".join(text(client.get(address)) for address, _ in pages(made).values())
    assert (ANSWER in seen) == (part == "head of service")
    assert (ANSWER in mine) == (part == "head of service")
    assert WORDS not in mine
    downloads = {
        name: client.get(reverse(f"enquiries:{name}", args=[uid, file.uid])).status_code == 200
        for name, uid in (("follow_file", made.enquiry.uid), ("desk_file", made.enquiry.uid), ("answer_file", made.uid))
    }
    assert downloads == {"follow_file": False, "desk_file": False, "answer_file": part == "head of service"}


@pytest.mark.parametrize("case", ["excluded", "superior"])
def test_a_head_kept_away_by_a_conflict_validates_nothing(world: World, case: str) -> None:
    """Mutation: leave `conflict_free` out of `to_validate_by`."""
    validated_by_head(world)
    made = sent(world)
    answered(world, made, at=timezone.now())
    part = "excluded colleague" if case == "excluded" else "superior"
    Posting.objects.create(
        person=world.people[part], role=Role.HEAD_OF_SERVICE, academy=world.academy, valid_from=LONG_AGO
    )
    client = visitor(world, part)
    assert made.reference not in text(client.get(reverse("enquiries:answers_to_validate")))
    assert client.get(reverse("enquiries:answer_to_validate", args=[made.uid])).status_code == 404
    found = cast.waiting_for_head(world, made)
    for act in (answering.validate_answer, answering.send_back_answer):
        with pytest.raises(NotAllowed):
            act(actor=world.actor(part, at=timezone.now()), referral=found)


def test_once_delivered_its_documents_are_for_the_agent_and_her_counsellor(world: World) -> None:
    made = sent(world)
    answered(world, made, at=timezone.now(), uploads=[PDF])
    file = made.enquiry.attachments.get(answer__referral=made)
    for part, name in (("author", "follow_file"), ("counsellor", "desk_file")):
        client = visitor(world, part)
        assert client.get(reverse(f"enquiries:{name}", args=[made.enquiry.uid, file.uid])).status_code == 200
        page = "own_referrals" if part == "author" else "referrals"
        assert ANSWER in text(client.get(pages(made)[page][0]))


def test_accepting_twice_from_two_officers_says_it_once(world: World) -> None:
    made = sent(world)
    found = accepted(world, made, at=timezone.now())
    answering.accept_referral(actor=world.actor("cell officer"), referral=found)
    assert here(world, made).state == "accepted"
