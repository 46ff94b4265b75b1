"""The shared summary: proposed by the lead, agreed or changed by its author, then neither changes it."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, SharedSummary
from proxirh.enquiries.services import summarising
from proxirh.enquiries.workflow import SUMMARY_WORKFLOW, SummaryState, SummaryStep
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries import acts
from tests.enquiries.visitors import now_taken, same_as_unknown, text, visitor
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db

WORDS, OTHER, REMARK = "CANARICOMPTERENDU", "CANARIAUTRE", "CANARIREMARQUE"


def propose(world: World, body: str = WORDS, *, enquiry: Enquiry | None = None, **more: Any) -> SharedSummary:
    more = {"held_on": NOW.date(), "at": NOW} | more
    return summarising.propose_summary(
        actor=world.actor("counsellor"), enquiry=enquiry or world.enquiry, body=body, **more
    )


def reread(summary: SharedSummary) -> SharedSummary:
    return next(one for one in summarising.summaries_of(summary.enquiry) if one.pk == summary.pk)


# ── Who, and when ──────────────────────────────────────────────────────────────────────────────────
def test_the_author_agrees_to_the_words_she_read(world: World) -> None:
    """Mutation: leave `written_at` out of what must not have moved."""
    summary = propose(world)
    read = reread(summary)
    summarising.change_summary(
        actor=world.actor("counsellor"), summary=summary, held_on=NOW.date(), body=OTHER, at=NOW + timedelta(minutes=1)
    )
    with pytest.raises(StaleState):
        summarising.agree_to_summary(actor=world.actor("author"), summary=read, at=NOW)
    now = reread(summary)
    assert (now.state, now.body) == (SummaryState.PROPOSED, OTHER)
    summarising.agree_to_summary(actor=world.actor("author"), summary=now, at=NOW)
    assert reread(summary).agreed_at == NOW


def test_a_change_is_asked_for_and_proposed_again(world: World) -> None:
    summary = propose(world)
    summarising.ask_for_change(actor=world.actor("author"), summary=summary, remark=REMARK, at=NOW)
    assert reread(summary).remark == REMARK
    with pytest.raises(DomainError):
        summarising.agree_to_summary(actor=world.actor("author"), summary=reread(summary), at=NOW)
    summarising.change_summary(
        actor=world.actor("counsellor"), summary=reread(summary), held_on=NOW.date(), body=OTHER, at=NOW
    )
    now = reread(summary)
    assert (now.state, now.body, now.remark) == (SummaryState.PROPOSED, OTHER, "")


def test_once_agreed_neither_changes_it(world: World) -> None:
    """Mutation: let a proposal be made again from every state; delete whatever the state."""
    summary = propose(world)
    summarising.agree_to_summary(actor=world.actor("author"), summary=summary, at=NOW)
    lead = world.actor("counsellor")
    for act in (
        lambda: summarising.change_summary(actor=lead, summary=summary, held_on=NOW.date(), body=OTHER, at=NOW),
        lambda: summarising.ask_for_change(actor=world.actor("author"), summary=summary, remark=REMARK, at=NOW),
        lambda: summarising.drop_summary(actor=lead, summary=summary, at=NOW),
    ):
        with pytest.raises(DomainError):
            act()
    now = reread(summary)
    assert (now.state, now.body) == (SummaryState.AGREED, WORDS)


@pytest.mark.parametrize("before", SummaryState.values)
@pytest.mark.parametrize("step", SummaryStep.values)
def test_every_pair_of_states(before: str, step: str) -> None:
    allowed = {
        (SummaryState.PROPOSED, SummaryStep.ASK_CHANGE),
        (SummaryState.PROPOSED, SummaryStep.AGREE),
        (SummaryState.PROPOSED, SummaryStep.PROPOSE_AGAIN),
        (SummaryState.TO_CHANGE, SummaryStep.PROPOSE_AGAIN),
    }
    assert SUMMARY_WORKFLOW.allows(step, before) == ((before, step) in allowed)


def test_one_waits_at_a_time_and_a_double_click_proposes_once(world: World) -> None:
    """Mutation: drop the key, or the constraint."""
    key = services.asking.uuid.uuid4()
    assert propose(world, key=key).pk == propose(world, key=key).pk
    with pytest.raises(DomainError):
        propose(world, OTHER)
    summarising.agree_to_summary(actor=world.actor("author"), summary=reread(propose(world, key=key)), at=NOW)
    propose(world, OTHER)
    assert SharedSummary.objects.count() == 2


@pytest.mark.parametrize("part", [part for part in CAST if part not in {"anonymous", "counsellor"}])
def test_only_the_lead_proposes(world: World, part: str) -> None:
    """Mutation: ask whether someone follows it, rather than whether she leads it."""
    with pytest.raises(NotAllowed):
        summarising.propose_summary(
            actor=world.actor(part), enquiry=world.enquiry, held_on=NOW.date(), body=WORDS, at=NOW
        )


@pytest.mark.parametrize("part", [part for part in CAST if part != "author"])
def test_only_the_author_answers(world: World, part: str) -> None:
    """Mutation: drop `_check_author`."""
    summary = propose(world)
    with pytest.raises(NotAllowed):
        summarising.agree_to_summary(actor=world.actor(part), summary=summary, at=NOW)
    with pytest.raises(NotAllowed):
        summarising.ask_for_change(actor=world.actor(part), summary=summary, remark=REMARK, at=NOW)


def test_nobody_answers_once_it_is_withdrawn(world: World) -> None:
    """Mutation: ask only who wrote it."""
    summary = propose(world)
    acts.withdraw(world, world.reload(), at=NOW)
    summary.enquiry = world.reload()
    with pytest.raises(NotAllowed):
        summarising.agree_to_summary(actor=world.actor("author"), summary=summary, at=NOW)


def test_an_interview_is_not_to_come(world: World) -> None:
    with pytest.raises(DomainError):
        propose(world, held_on=NOW.date() + timedelta(days=1))


def test_a_former_lead_proposes_nothing_any_more(world: World) -> None:
    """Mutation: drop `_touch`."""
    summary = propose(world)
    acts.give_back(world, world.reload(), at=NOW)
    more = {"actor": world.actor("counsellor"), "held_on": NOW.date(), "body": OTHER, "at": NOW}
    with pytest.raises(StaleState):  # from a page read before
        summarising.change_summary(summary=reread(summary), **more)
    summary.enquiry = world.reload()
    with pytest.raises(NotAllowed):
        summarising.change_summary(summary=reread(summary), **more)


# ── What is told ───────────────────────────────────────────────────────────────────────────────────
def test_mails_and_journal_say_that_it_is_there_and_nothing_of_it(world: World) -> None:
    """Mutation: put the text in the details of the journal."""
    OutgoingEmail.objects.all().delete()
    summary = propose(world)
    summarising.ask_for_change(actor=world.actor("author"), summary=summary, remark=REMARK, at=NOW)
    mails = list(OutgoingEmail.objects.select_related("data_key").order_by("pk"))
    assert [mail.kind for mail in mails] == ["message_for_author", "message_for_staff"]
    told = "".join(f"{mail.subject}{mail.body}" for mail in mails)
    told += "".join(f"{line.verb}{line.details}" for line in JournalEntry.objects.all())
    assert WORDS not in told
    assert REMARK not in told


# ── Pages ──────────────────────────────────────────────────────────────────────────────────────────
def test_a_summary_goes_from_the_desk_to_the_page_to_show(world: World) -> None:
    enquiry = now_taken(world)
    lead, author = visitor(world, "counsellor"), visitor(world, "author")
    desk, own = (reverse(f"enquiries:{name}", args=[enquiry.uid]) for name in ("summaries", "own_summaries"))
    follow = reverse("enquiries:follow", args=[enquiry.uid])
    today = timezone.localdate().isoformat()
    assert author.get(own).status_code == 404
    assert "compte rendu" not in text(author.get(follow))
    assert lead.post(desk, {"held_on": today, "body": WORDS}).status_code == 302
    assert "attend votre relecture" in text(author.get(follow))
    page = author.get(own)
    assert WORDS in text(page)
    seen = page.context["agree"].initial["seen"]
    changed = author.post(own, {"geste": "changer", "remark": REMARK, "seen": seen})
    assert changed.status_code == 302
    asked = lead.get(desk)
    assert REMARK in text(asked)
    version = asked.context["form"].initial["seen"]
    assert lead.post(desk, {"held_on": today, "body": OTHER, "seen": version}).status_code == 302
    stale = author.post(own, {"geste": "accepter", "seen": seen})
    assert stale.status_code == 422
    assert "a changé pendant que vous" in text(stale)
    fresh = author.get(own).context["agree"].initial["seen"]
    assert author.post(own, {"geste": "accepter", "seen": fresh}).status_code == 302
    summary = SharedSummary.objects.get(enquiry=enquiry)
    shown = author.get(reverse("enquiries:own_summary", args=[enquiry.uid, summary.uid]))
    assert OTHER in text(shown)
    assert WORDS not in text(shown)
    assert OTHER in text(lead.get(desk))


def test_a_refused_answer_keeps_what_was_typed(world: World) -> None:
    """Mutation: build the form anew."""
    enquiry = now_taken(world)
    propose(world, enquiry=enquiry, at=timezone.now())
    own, desk = (reverse(f"enquiries:{name}", args=[enquiry.uid]) for name in ("own_summaries", "summaries"))
    late = visitor(world, "author").post(own, {"geste": "changer", "remark": REMARK, "seen": "autre"})
    assert late.status_code == 422
    assert REMARK in text(late)
    assert visitor(world, "author").post(own, {"geste": "changer", "seen": "autre"}).status_code == 422
    other_tab = visitor(world, "counsellor").post(
        desk, {"held_on": timezone.localdate().isoformat(), "body": OTHER, "seen": "autre"}
    )
    assert other_tab.status_code == 422
    assert OTHER in text(other_tab)
    assert SharedSummary.objects.get(enquiry=enquiry).state == SummaryState.PROPOSED


def test_the_lead_takes_it_back_before_it_is_agreed(world: World) -> None:
    enquiry = now_taken(world)
    propose(world, enquiry=enquiry, at=timezone.now())
    desk = reverse("enquiries:summaries", args=[enquiry.uid])
    assert visitor(world, "counsellor").post(desk, {"geste": "reprendre"}).status_code == 302
    assert not SharedSummary.objects.filter(enquiry=enquiry).exists()


def test_one_that_waits_is_not_shown_alone_and_a_foreign_one_does_not_exist(world: World) -> None:
    """Mutations: show it whatever its state; fetch it by its own id."""
    enquiry, other = now_taken(world), now_taken(world)
    summary = propose(world, enquiry=enquiry, at=timezone.now())
    author = visitor(world, "author")
    alone = reverse("enquiries:own_summary", args=[enquiry.uid, summary.uid])
    assert author.get(alone).status_code == 404
    summarising.agree_to_summary(actor=world.actor("author"), summary=summary, at=timezone.now())
    assert author.get(alone).status_code == 200
    assert author.get(reverse("enquiries:own_summary", args=[other.uid, summary.uid])).status_code == 404
    assert same_as_unknown(visitor(world, "superior"), "GET", alone, enquiry.uid)


def test_it_goes_with_the_enquiry(world: World) -> None:
    propose(world)
    services.erase_enquiry(actor=world.actor("author"), enquiry=world.reload(), at=NOW)
    assert not SharedSummary.objects.exists()


def test_her_page_says_when_one_waits_for_her_and_only_then(world: World) -> None:
    """Mutation: leave the state out of `has_summary_to_read`."""
    page, waits = reverse("enquiries:follow", args=[world.enquiry.uid]), "attend votre relecture"
    author = visitor(world, "author")
    assert "compte rendu" not in text(author.get(page))
    summary = propose(world)
    assert waits in text(author.get(page))
    summarising.agree_to_summary(actor=world.actor("author"), summary=reread(summary), at=NOW)
    shown = text(author.get(page))
    assert waits not in shown
    assert "Vos comptes rendus d’entretien" in shown
