"""What the generator writes in bulk is what the services would have written, act by act."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q

from proxirh.accounts.models import Person
from proxirh.demo.generation.cast import play_cast
from proxirh.demo.generation.staff import Staff
from proxirh.demo.generation.story import Story
from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, MonthlyCount
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.journal import history
from proxirh.territories.actor import ANONYMOUS, Actor, read_actor
from tests.demo.generated import NOW, generate

BRANCHES = "1234567845"
CHANNELS = ("web", "web", "web", "phone", "relay", "permanence", "letter")
ROW = (
    "state", "channel", "academy_id", "department_id", "site_id", "circonscription_id", "division_id", "category_id",
    "team_id", "lead_id", "created_by_id", "submitted_at", "due_at", "first_answered_at", "last_contact_at",
    "waiting_since", "next_step", "next_step_on", "failed_attempts", "closed_at", "closing_word", "contact", "wishes",
    "wants_call_today", "claim_tries", "disowned_at", "address_index", "notice_version", "nomenclature_version",
    "previous_id", "merged_into_id",
)  # fmt: skip
FACT = (
    "day", "department_code", "category_code", "family", "topic_code", "channel", "sex", "age_band", "outcomes",
    "first_answer_days", "handling_days", "satisfaction",
)  # fmt: skip
MESSAGE = ("is_from_agent", "is_opening", "body", "sent_at")
EXCHANGE = ("person_id", "means", "happened_at", "was_reached", "summary", "next_step", "next_step_on", "recorded_at")
OFFERED = Q(state=HandlingState.OFFERED, is_lead=True)
HANDLING = ("team_id", "person_id", "state", "is_lead", "reason", "accepted_at", "ended_at")


def values(row: object, names: tuple[str, ...]) -> tuple[Any, ...]:
    found = (getattr(row, name) for name in names)
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in found)


def journal_line(line: Any, author: Person) -> tuple[Any, ...]:
    who = "author" if str(author.uid) in line.actor else line.actor
    return (line.at, who, line.verb, line.details)


def shape(enquiry: Enquiry) -> dict[str, Any]:
    """All that an enquiry is, keys, random codes and the author's key excepted."""
    enquiry = Enquiry.objects.select_related("data_key", "fact", "author__data_key").get(pk=enquiry.pk)
    author = enquiry.author
    return {
        "row": dict(zip(ROW, values(enquiry, ROW), strict=True)),
        "author": (author.first_name, author.last_name, author.phone, author.user_id is None),
        "awaits a claim": enquiry.claim_digest is not None,
        "fact": dict(zip(FACT, values(enquiry.fact, FACT), strict=True)),
        "messages": sorted(
            (m.sent_at, m.sender_id == author.pk, *values(m, MESSAGE)) for m in enquiry.messages.order_by("sent_at")
        ),
        "staff senders": Counter(m.sender_id for m in enquiry.messages.filter(is_from_agent=False)),
        "exchanges": sorted(values(e, EXCHANGE) for e in enquiry.exchanges.all()),
        "handlings": sorted((values(h, HANDLING) for h in enquiry.handlings.exclude(OFFERED)), key=str),
        # Whose turn it was depends on what the others had in hand that day.
        "offered": sorted((h.team_id, h.person_id is None) for h in enquiry.handlings.filter(OFFERED)),
        "choices": sorted(enquiry.choices.values_list("person_id", "kind")),
        "consents": sorted(enquiry.consents.values_list("kind", "wording_version", "given_at")),
        "journal": sorted((journal_line(line, author) for line in history(enquiry)), key=str),
    }


def staff_actor(staff: Staff, at: Any) -> Actor:
    return read_actor(
        user_id=staff.person.user_id,
        person_id=staff.person.pk,
        person_uid=staff.person.uid,
        second_factor=True,
        at=at,
    )


def author_actor(person: Person | None, at: Any) -> Actor:
    if person is None:
        return ANONYMOUS
    return read_actor(user_id=person.user_id, person_id=person.pk, person_uid=person.uid, at=at)


def replay(story: Story) -> Enquiry:
    """The same story, told through the real services."""
    asker = staff_actor(story.typed_by, story.typed_at) if story.typed_by else author_actor(story.account, NOW)
    enquiry = services.submit_enquiry(
        actor=asker,
        answers=story.answers,
        idempotency_key=uuid.uuid4(),
        channel=story.channel,
        on_behalf=story.typed_by is not None,
        asked_at=story.asked_at,
        at=story.typed_at,
    )
    claim_code = enquiry.claim_code
    if (story.sex, story.age_band) != ("unknown", "unknown"):
        services.measure_enquiry(enquiry=enquiry, sex=story.sex, age_band=story.age_band, at=story.typed_at)
    author = story.account
    for act in story.acts:
        enquiry = Enquiry.objects.select_related("data_key", "fact", "department").get(pk=enquiry.pk)
        details = dict(act.details)
        if act.name == "claim":
            author = details["account"]
            services.claim_enquiry(
                actor=author_actor(author, act.at), reference=enquiry.reference, code=claim_code, at=act.at
            )
            continue
        actor = staff_actor(act.by, act.at) if act.by else author_actor(author, act.at)
        if act.name in ("message", "reply"):
            papers = details.pop("papers", ())
            details["uploads"] = [paper.checked() for paper in papers]
        SERVICES[act.name](actor=actor, enquiry=enquiry, at=act.at, **details)
    return enquiry


SERVICES = {
    "take": services.take_enquiry,
    "decline": services.decline_enquiry,
    "give_back": services.give_back_enquiry,
    "message": services.send_message,
    "reply": services.send_message,
    "exchange": services.log_exchange,
    "step": services.set_next_step,
    "wait_for_agent": services.wait_for_agent,
    "wait_for_date": services.wait_for_date,
    "resume": services.resume_enquiry,
    "close": services.close_enquiry,
    "withdraw": services.withdraw_enquiry,
    "disown": services.disown_enquiry,
}


def counted() -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for row in MonthlyCount.objects.all():
        found[row.month, row.department_code, row.indicator, row.key, row.counted_in] += row.n
    return Counter({key: n for key, n in found.items() if n})


def compare(stories: list[Story], written: list[Enquiry]) -> None:
    for story, enquiry in zip(stories, written, strict=True):
        assert shape(replay(story)) == shape(enquiry), [act.name for act in story.acts]


@pytest.mark.django_db
def test_drawn_enquiries_are_what_the_services_write() -> None:
    """Mutation: forget in the ledger that closing erases the next step, or that a reply ends a wait."""
    generated = generate()
    stories = []
    for number in range(100):
        place = generated.places[("54", "57", "974", "2A", "75")[number % 5]]
        branch, channel = BRANCHES[number % len(BRANCHES)], CHANNELS[number % len(CHANNELS)]
        asked_at = place.clock.at((NOW - timedelta(days=number + 1)).date(), 10 * 60 + number % 300)
        stories.append(generated.lives.draw(place, branch, channel, asked_at))
    acts = {act.name for story in stories for act in story.acts}
    assert acts >= {"take", "message", "reply", "exchange", "resume", "close", "withdraw", "claim", "wait_for_agent"}
    written = [generated.ledger.play(story) for story in stories]
    generated.ledger.flush()
    compare(stories, written)
    assert counted() == generated.ledger.counts


@pytest.mark.django_db
def test_cases_of_the_personas_are_what_the_services_write() -> None:
    """Co-handlers and accepted people, which no page gives yet, are left out. Mutation: let a case skip its taking."""
    generated = generate()
    cases = play_cast(generated.ledger, generated.lives, generated.places)
    told = [(story, enquiry) for story, enquiry in cases if not story.accepted and not story.co_handlers]
    assert len(told) > 80
    compare([story for story, _ in told], [enquiry for _, enquiry in told])
