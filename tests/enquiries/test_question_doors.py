"""Who reads what of a question: the cell it went to and whoever follows the enquiry; nothing else by anybody."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import AccessRecord, Enquiry, ExpertQuestion, Why
from proxirh.enquiries.services import consulting
from proxirh.enquiries.workflow import QuestionState as S
from proxirh.kernel.errors import NotAllowed
from proxirh.territories.models import Posting, Role, WorkTie
from tests.enquiries import acts
from tests.enquiries.consulting import ADVICE, WORDS, answer, ask, here, in_state
from tests.enquiries.referring import cell, mails, other_cell, some_day
from tests.enquiries.test_referral_doors import FORMER, OFFICERS
from tests.enquiries.visitors import now_taken, same_as_unknown, text, visitor
from tests.proofs.cell_posts import asking_a_cell
from tests.world import CAST, LONG_AGO, World

pytestmark = pytest.mark.django_db

# Where each part reads the question; everybody else meets the 404 of an unknown id.
READS = {"cell officer": {"cell_question"}, "counsellor": {"questions"}, "co-handler": {"questions"}}


def asked(world: World, state: str = S.ASKED) -> ExpertQuestion:
    """Of an enquiry of now, since pages read the clock; followed by the lead and a co-handler, left by another."""
    enquiry = now_taken(world, excluded=(world.people["excluded colleague"],))
    for part, its in (("co-handler", "accepted"), ("former handler", "given_back")):
        enquiry.handlings.create(
            team=world.team,
            person=world.people[part],
            state=its,
            is_lead=False,
            accepted_at=timezone.now(),
            ended_at=timezone.now() if its == "given_back" else None,
            reason="absence" if its == "given_back" else "",
        )
    return in_state(world, state, enquiry=enquiry, at=timezone.now())


def pages(question: ExpertQuestion) -> dict[str, tuple[str, UUID]]:
    """Each page about it, with the id in its address."""
    uid = question.enquiry.uid
    return {
        "questions": (reverse("enquiries:questions", args=[uid]), uid),
        "cell_question": (reverse("enquiries:cell_question", args=[question.uid]), question.uid),
    }


@pytest.mark.parametrize("part", CAST)
def test_who_reads_a_question(world: World, part: str) -> None:
    """Mutations: leave `conflict_free` out of the door; leave the cell out; ask for no second factor."""
    made = asked(world)
    client = visitor(world, part)
    for name, (address, uid) in pages(made).items():
        got = client.get(address)
        reads = name in READS.get(part, ())
        assert (WORDS in text(got)) == reads, (name, got.status_code)
        if reads:
            assert got.status_code == 200
        elif got.status_code not in {302, 403}:  # to the sign-in page; a second factor that lacks; « depuis le … »
            assert got.status_code == 404
            assert same_as_unknown(client, "get", address, uid)
        assert (got.status_code == 403) <= (part in FORMER | {"code-only staff"}), name


@pytest.mark.parametrize("case", OFFICERS)
def test_an_officer_who_must_not_meet_it_neither_sees_nor_moves_it(world: World, case: str) -> None:
    """Each is an officer of the very cell, but the first. Mutations: `conflict_free`, or the cell, out of the door."""
    made = asked(world)
    part = {"excluded": "excluded colleague", "superior": "superior", "the author herself": "author"}.get(
        case, "fellow counsellor" if case != "no factor" else "code-only staff"
    )
    person = world.people[part]
    if case == "of another cell":
        other_cell(world)
    else:
        ended = {"valid_until": some_day(-900)} if case == "no longer" else {}
        where = {"academy": world.academy, "team": cell(world), "valid_from": LONG_AGO}
        Posting.objects.create(person=person, role=Role.CELL_OFFICER, **where, **ended)
    if case == "at the same site":
        WorkTie.objects.create(person=person, kind="works", site=world.site, valid_from=LONG_AGO)
    actor, client = world.actor(part, at=timezone.now()), visitor(world, part)
    address = reverse("enquiries:cell_question", args=[made.uid])
    assert made.reference not in text(client.get(reverse("enquiries:cell_questions")))
    for method in ("get", "post"):
        got = getattr(client, method)(address)
        assert got.status_code in ({404} if case != "no factor" else {302, 403}), got.status_code
        if got.status_code == 404:
            assert same_as_unknown(client, method, address, made.uid)
    with pytest.raises(NotAllowed):
        consulting.answer_question(actor=actor, question=made, body=ADVICE)
    with pytest.raises(NotAllowed):
        consulting.decline_question(actor=actor, question=made, reason="not_ours")


def test_a_member_kept_away_is_not_written_to(world: World) -> None:
    """Mutation: tell every member of the cell."""
    where = {"academy": world.academy, "team": cell(world), "valid_from": LONG_AGO, "role": Role.CELL_OFFICER}
    Posting.objects.create(person=world.people["excluded colleague"], **where)
    asked(world)
    assert mails("question_for_cell") == [world.people["cell officer"].staff_address]


def test_the_cell_reads_the_question_and_nothing_else_of_the_enquiry(world: World) -> None:
    """Mutation: show the reference of the enquiry, its site or who asks beside the question."""
    made = asked(world)
    enquiry = world.reload(made.enquiry)
    client = visitor(world, "cell officer")
    shown = text(client.get(reverse("enquiries:cell_question", args=[made.uid])))
    shown += text(client.get(reverse("enquiries:cell_questions")))
    secrets = (
        enquiry.reference,
        str(enquiry.uid),
        enquiry.contact["last_name"],
        enquiry.contact["phone"],
        "Je voudrais parler de mon projet.",
        world.site.name,
        world.people["counsellor"].full_name,
    )
    assert [one for one in secrets if one in shown] == []
    assert WORDS in shown
    assert world.topic.label in shown
    for name in ("enquiry", "questions", "referrals", "notes"):
        assert client.get(reverse(f"enquiries:{name}", args=[enquiry.uid])).status_code == 404


def test_each_reading_is_told_to_the_agent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: show the question before the reading is written."""
    made = asked(world)
    client, address = visitor(world, "cell officer"), reverse("enquiries:cell_question", args=[made.uid])
    client.get(reverse("enquiries:cell_questions"))
    assert not AccessRecord.objects.filter(why=Why.EXPERT).exists()
    client.get(address)
    told = text(visitor(world, "author").get(reverse("enquiries:readings", args=[made.enquiry.uid])))
    assert world.people["cell officer"].full_name in told
    assert "sans votre nom" in told

    def broken(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(consulting, "record_reading_of_question", broken)
    with pytest.raises(RuntimeError):
        client.get(address)


@pytest.mark.parametrize("state", [S.RECALLED, S.DECLINED])
def test_once_it_is_over_the_cell_sees_so_and_reads_nothing_more(world: World, state: str) -> None:
    """And keeps an answer that comes too late. Mutations: leave the state out of the door; send her away without it."""
    made = asked(world, state)
    client, address = visitor(world, "cell officer"), reverse("enquiries:cell_question", args=[made.uid])
    inbox, page = text(client.get(reverse("enquiries:cell_questions"))), text(client.get(address))
    assert made.reference in inbox
    assert {S.RECALLED: "retirée", S.DECLINED: "pas pour cette cellule"}[S(state)] in inbox
    assert {S.RECALLED: "a été retirée", S.DECLINED: "cellule a rendu"}[S(state)] in page
    assert WORDS not in inbox + page
    late = client.post(address, {"geste": "repondre", "body": ADVICE})
    assert late.status_code == 422
    assert ADVICE in text(late)
    assert WORDS not in text(late)
    assert here(world, made).state == state


def test_a_question_written_too_late_stays_on_the_page(world: World) -> None:
    """She ended it in another tab meanwhile. Mutation: show the form to the lead alone."""
    enquiry = now_taken(world)
    address = reverse("enquiries:questions", args=[enquiry.uid])
    client = visitor(world, "counsellor")
    typed = {"to": str(cell(world).uid), "body": "Que faire dans ce cas ?", "due_on": "2090-01-04"}
    assert client.post(address, typed).status_code in (200, 422)
    acts.close(world, world.reload(enquiry), at=timezone.now())
    page = client.post(address, typed)
    assert page.status_code == 422
    assert "Que faire dans ce cas" in text(page)


def test_what_ends_an_enquiry_says_that_its_questions_are_taken_back(world: World) -> None:
    """Mutation: take them back without a line of the journal."""
    made = asked(world)
    acts.close(world, world.reload(made.enquiry), at=timezone.now())
    assert here(world, made).state == S.RECALLED
    own = text(visitor(world, "author").get(reverse("enquiries:follow", args=[made.enquiry.uid])))
    assert "sans votre nom est retirée" in own


def test_the_answer_is_on_the_page_of_the_enquiry_and_never_on_that_of_its_agent(world: World) -> None:
    """Mutation: leave the answers out of the thread; tell them to its author."""
    made = asked(world)
    answer(world, made, at=timezone.now())
    uid = made.enquiry.uid
    desk = visitor(world, "counsellor")
    assert ADVICE in text(desk.get(reverse("enquiries:enquiry", args=[uid])))
    assert ADVICE in text(desk.get(reverse("enquiries:questions", args=[uid])))
    own = text(visitor(world, "author").get(reverse("enquiries:follow", args=[uid])))
    assert "sans votre nom" in own
    assert ADVICE not in own
    assert WORDS not in own


def test_questions_stand_in_the_inbox_by_the_day_they_are_due(world: World) -> None:
    """Mutation: list the latest first."""
    now = timezone.now()
    enquiry = now_taken(world)
    late = ask(world, enquiry=enquiry, at=now)
    ExpertQuestion.objects.filter(pk=late.pk).update(due_at=late.due_at + timedelta(days=9))
    soon = ask(world, enquiry=world.reload(enquiry), at=now)
    page = text(visitor(world, "cell officer").get(reverse("enquiries:cell_questions")))
    assert page.index(soon.reference) < page.index(late.reference)


# ── Re-read before it is sent ──────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("change", [{}, {"body": "Autre chose ?"}, {"facts": ["topic"]}, {"facts": []}])
def test_what_was_not_re_read_is_shown_rather_than_sent(world: World, change: dict[str, Any]) -> None:
    """Mutation: leave the words, or the facts, out of the print of what was shown."""
    post = asking_a_cell(world)
    got = post.send(world, **change)
    enquiry = Enquiry.objects.get(uid=post.address.split("/")[-3])
    assert enquiry.questions.count() == (0 if change else 1)
    if change:
        assert got.status_code == 200
        assert "Rien n’est encore parti" in text(got)
        again = post.send(world, **change, shown=got.context["form"]["shown"].value())
        assert again.status_code == 302
        [made] = enquiry.questions.all()
        shown = got.context["preview"]
        assert (here(world, made).facts, here(world, made).body) == (shown["facts"], shown["body"])


def test_the_model_of_a_question_is_not_a_question(world: World) -> None:
    """Mutation: take the words that were there for words."""
    post = asking_a_cell(world)
    got = post.send(world, body="La situation :\n\nMa question :\n")
    assert got.status_code == 422
    assert "Écrivez la situation" in text(got)
