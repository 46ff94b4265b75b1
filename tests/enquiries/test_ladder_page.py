"""« À qui écrirait-on ce soir »: exactly what the night sends, by reference, to those who answer for the académie."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.schedule import SCHEDULES
from proxirh.enquiries import ladder_pages, nightly
from proxirh.enquiries.expiry import NOTICE
from proxirh.enquiries.models import Enquiry, LadderStep, Referral
from proxirh.enquiries.services import climbing, expiring, recalling, signposting
from proxirh.enquiries.services.consulting import follow_questions
from proxirh.enquiries.services.signposting import Contact
from proxirh.kernel.retention import kept
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Deputy, Role, Topic, WorkTie
from tests.enquiries import acts, consulting
from tests.enquiries.referring import a_partner, days, refer
from tests.enquiries.visitors import text, visitor
from tests.routes import blanked
from tests.world import CAST, LONG_AGO, NOW, World

pytestmark = pytest.mark.django_db
TONIGHT = reverse("enquiries:tonight")
READERS = {"coordinator", "head of service"}
# In the afternoon, one day before each rung; the run of the night that follows.
EVENINGS = [datetime(2026, 11, day, 14, tzinfo=UTC) for day in (19, 23, 24, 29)]


def a_service(world: World) -> None:
    """Silences of every kind, and what is none."""
    for number in range(3):
        world.submit(at=NOW - timedelta(days=number))
        taken = world.taken(at=NOW - timedelta(days=number))
        Enquiry.objects.filter(pk=world.taken().pk).update(
            first_answered_at=NOW, next_step_on=date(2026, 11, 17) + timedelta(days=number)
        )
        if number == 1:
            acts.wait_for_agent(world, taken)
        if number == 2:
            acts.withdraw(world, taken)


@pytest.mark.parametrize("evening", EVENINGS, ids=str)
@pytest.mark.parametrize("part", sorted(READERS))
def test_what_the_page_announces_is_what_the_night_sends(world: World, part: str, evening: datetime) -> None:
    """Mutations: count one day less on the page; leave the untaken ones out of it; other rungs in the run."""
    a_service(world)
    climbing.climb_ladder(at=evening)  # what the nights before have told
    before = set(LadderStep.objects.values_list("pk", flat=True))
    announced = {
        (one.row.reference, one.watch, one.since, rung)
        for one in ladder_pages.silences_tonight(world.actor(part), at=evening)
        for rung in one.rungs
    }
    climbing.climb_ladder(at=evening + timedelta(hours=12))
    sent = LadderStep.objects.exclude(pk__in=before).exclude(watch="author")
    assert announced == set(sent.values_list("enquiry__reference", "watch", "deadline", "rung"))


def test_the_page_prints_them(world: World) -> None:
    untaken, taken = world.submit(), world.taken()
    page = ladder_pages.read_tonight(world.actor("coordinator"), at=EVENINGS[0])
    lines = {line.reference: line for line in page.lines}
    assert lines[untaken.reference].told == ["L’équipe Conseil RH de proximité, Cantal"]
    assert lines[taken.reference].told == [world.people["counsellor"].full_name]
    assert lines[taken.reference].uid == taken.uid
    [head] = [
        line
        for line in ladder_pages.read_tonight(world.actor("head of service"), at=EVENINGS[0]).lines
        if line.reference == taken.reference
    ]
    assert (head.told, head.uid) == (["Qui la suit"], None)


def due_now(world: World, count: int = 1, **changes) -> list[Enquiry]:
    """Asked and due long ago."""
    long_ago = timezone.now() - timedelta(days=40)
    made = [world.taken(**changes) for _ in range(count)]
    Enquiry.objects.filter(pk__in=[one.pk for one in made]).update(submitted_at=long_ago, due_at=long_ago)
    return made


@pytest.mark.parametrize("part", [part for part in CAST if part != "anonymous"])
def test_only_those_who_answer_for_the_academie_read_it(world: World, part: str) -> None:
    """Mutation: let in whoever works at the desk."""
    [late] = due_now(world)
    answer = visitor(world, part).get(TONIGHT)
    assert (answer.status_code == 200) == (part in READERS)
    assert (late.reference in answer.content.decode()) == (part in READERS)


def test_who_stands_in_reads_it_and_nobody_of_another_academie(world: World) -> None:
    """Mutation: every académie for whoever answers for one."""
    [late] = due_now(world)
    deputy = world.people["co-handler"]
    Deputy.objects.create(person=world.people["coordinator"], deputy=deputy, academy=world.academy, valid_from=LONG_AGO)
    assert late.reference in text(visitor(world, "co-handler").get(TONIGHT))
    far = world.people["counsellor elsewhere"]
    far.postings.create(role=Role.COORDINATOR, academy=world.elsewhere, valid_from=LONG_AGO)
    assert late.reference not in text(visitor(world, "counsellor elsewhere").get(TONIGHT))


@pytest.mark.parametrize("part", sorted(READERS))
def test_a_conflict_of_interest_keeps_a_row_away(world: World, part: str) -> None:
    """Mutation: leave `conflict_free` out of the part of the ladder."""
    WorkTie.objects.create(person=world.people[part], kind="works", site=world.site, valid_from=LONG_AGO)
    [kept], [other] = due_now(world), due_now(world, site=world.other_site)
    said = text(visitor(world, part).get(TONIGHT))
    assert kept.reference not in said
    assert other.reference in said


def test_it_tells_no_topic_nor_name_of_an_author(world: World) -> None:
    """Byte for byte the same for each topic; an author who is awaited is never there, whatever she came about.

    Mutations: read the topic for the page; list the kind words.
    """
    [late] = due_now(world)
    awaited = world.taken()
    acts.wait_for_agent(world, awaited)
    months_ago = timezone.now() - timedelta(days=60)
    Enquiry.objects.filter(pk=awaited.pk).update(waiting_since=months_ago, submitted_at=months_ago)
    seen = set()
    for code in Topic.objects.filter(is_open=True).values_list("code", flat=True):
        for enquiry in (late, awaited):
            type(enquiry.fact).objects.filter(pk=enquiry.fact_id).update(topic_code=code)
        seen.add(blanked(visitor(world, "coordinator").get(TONIGHT)))
    assert len(seen) == 1
    page = seen.pop().decode()
    assert awaited.reference not in page
    assert world.people["author"].full_name not in page


def test_its_pages_have_as_many_queries_however_long_the_list(world: World) -> None:
    """Mutation: read the lead of each line, or the steps of each."""
    client = visitor(world, "coordinator")
    due_now(world, 2)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(TONIGHT).status_code == 200
        return len(found)

    queries()  # the first visit reads what the others keep
    few = queries()
    due_now(world, 28)
    assert queries() == few


def test_thirty_silences_are_on_two_pages(world: World) -> None:
    made = {one.reference for one in due_now(world, 30)}
    client = visitor(world, "coordinator")
    first = client.get(TONIGHT)
    following = client.get(TONIGHT + first.context["after_url"])
    shown = [[line.reference for line in answer.context["page"].lines] for answer in (first, following)]
    assert len(shown[0]) == 25
    assert made <= {*shown[0], *shown[1]}
    back = client.get(TONIGHT + following.context["before_url"])
    assert [line.reference for line in back.context["page"].lines] == shown[0]
    for wrong in ("x", "é", "a" * 500):
        assert client.get(TONIGHT, {"apres": wrong}).status_code == 200


def test_an_empty_evening_says_so(world: World) -> None:
    Enquiry.objects.filter(pk=world.enquiry.pk).update(first_answered_at=NOW, next_step_on=date(2090, 1, 2))
    assert "Aucun rappel cette nuit" in text(visitor(world, "coordinator").get(TONIGHT))


@pytest.mark.parametrize("part", sorted(READERS))
def test_one_comes_to_it_from_the_academie(world: World, part: str) -> None:
    home = visitor(world, part).get(reverse("territories:academy", args=[world.academy.slug]))
    assert TONIGHT in home.content.decode()


# ── The other mails of the night ─────────────────────────────────────────────────────────────────
KINDS = {
    "questions": ["contact_question"],
    "reminders": ["referral_for_cell", "referral_for_partner", "referral_to_validate"],
    "advice": ["question_for_cell"],
    "erasures": ["expiring"],
}


def a_night_of_everything(world: World) -> datetime:
    """The evening before contact questions, a reminder, an end and an announced erasure; and what is due later."""
    evening = days(9)
    for at in (NOW, NOW, days(1)):
        signposting.give_contact(
            actor=world.actor("counsellor"), enquiry=world.taken(), contact=Contact("Aide", "Ici"), body="Mot", at=at
        )
    refer(world, enquiry=world.taken())
    refer(world, enquiry=world.taken(), at=days(1))
    lapsing = refer(world, enquiry=world.taken(), to=a_partner())
    soon = {"remind_at": evening + timedelta(hours=6), "expires_at": evening + timedelta(hours=12)}
    Referral.objects.filter(pk=lapsing.pk).update(**soon)
    for due_on in (days(9).date(), days(15).date()):
        consulting.ask(world, enquiry=world.taken(), due_on=due_on)
    silent = [world.taken(), world.taken()]
    last = evening - kept("CONTENT") + NOTICE
    for enquiry, moment in zip(silent, (last + timedelta(hours=12), last + timedelta(days=3)), strict=True):
        Enquiry.objects.filter(pk=enquiry.pk).update(last_contact_at=moment)
    return evening


def the_night(at: datetime) -> Counter[str]:
    """Every job of the night at a moment; how many enquiries each kind of mail was about."""
    before = set(OutgoingEmail.objects.values_list("pk", flat=True))
    signposting.ask_due(at=at)
    recalling.follow_referrals(at=at)
    follow_questions(at=at)
    list(expiring.announce_all(at))
    mails = OutgoingEmail.objects.exclude(pk__in=before).values_list("kind", "about").distinct()
    return Counter(kind for kind, _ in mails)


def test_the_other_mails_announced_are_those_that_are_sent(world: World) -> None:
    """Mutations: count the contacts of today alone; remind of what has lapsed; look at erasures one day earlier."""
    evening = a_night_of_everything(world)
    told = nightly.read_others(world.actor("coordinator"), at=evening)
    assert told == nightly.Others(questions=2, reminders=1, lapsed=1, advice=1, erasures=1)
    sent = the_night(evening + timedelta(days=1))
    for name, kinds in KINDS.items():
        assert getattr(told, name) == sum(sent[kind] for kind in kinds), (name, sent)
    assert told.lapsed == sent["referral_for_staff"]
    assert nightly.read_others(world.actor("coordinator"), at=evening).count == 0


def test_no_question_is_announced_for_a_day_on_which_nobody_works(world: World) -> None:
    """Mutation: announce by its date alone."""
    given = signposting.give_contact(
        actor=world.actor("counsellor"), enquiry=world.taken(), contact=Contact("Aide", "Ici"), body="Mot", at=NOW
    )
    type(given).objects.filter(pk=given.pk).update(ask_on=date(2026, 11, 21))  # a Saturday
    read = lambda day: nightly.read_others(world.actor("coordinator"), at=datetime(2026, 11, day, 14, tzinfo=UTC))  # noqa: E731
    assert [read(day).questions for day in (19, 20, 21, 22)] == [0, 0, 0, 1]


@pytest.mark.parametrize("part", sorted(READERS))
def test_what_a_conflict_keeps_away_is_in_no_other_count(world: World, part: str) -> None:
    """Mutation: count through `for_system`."""
    evening = a_night_of_everything(world)
    assert nightly.read_others(world.actor(part), at=evening).count > 0
    WorkTie.objects.create(person=world.people[part], kind="works", site=world.site, valid_from=LONG_AGO)
    assert nightly.read_others(world.actor(part), at=evening).count == 0


def test_the_page_counts_them_without_a_reference(world: World) -> None:
    """Mutation: list their references."""
    Enquiry.objects.filter(pk=world.enquiry.pk).update(first_answered_at=NOW, next_step_on=date(2090, 1, 2))
    now = timezone.now()
    enquiry = world.taken(at=now - timedelta(hours=1))
    given = signposting.give_contact(
        actor=world.actor("counsellor"), enquiry=enquiry, contact=Contact("Aide", "Ici"), body="Mot", at=now
    )
    type(given).objects.filter(pk=given.pk).update(ask_on=timezone.localdate() - timedelta(days=9))
    Enquiry.objects.filter(pk=enquiry.pk).update(next_step_on=date(2090, 1, 2))
    expected = nightly.read_others(world.actor("coordinator"), at=now).questions
    page = visitor(world, "coordinator").get(TONIGHT)
    assert page.context["others"].questions == expected
    assert ("1 question" in text(page)) == (expected == 1)  # none on the eve of a closed day
    assert enquiry.reference not in text(page)


def test_every_job_of_the_clock_that_writes_is_announced_or_said_not_to_be() -> None:
    """A new one is decided. Mutation: leave one out of both tables."""
    silent = {
        *("drain-outbox", "forget-expired-codes", "forget-old-mails", "seal-journal", "forget-finished-tasks"),
        *("fold-monthly-counts", "erase-expired-drafts", "forget-presences", "scan-files", "sweep-files"),
        *("fill-rosters", "follow-meetings"),
    }
    assert nightly.ANNOUNCED | set(nightly.LEFT_OUT) == set(SCHEDULES) - silent
    assert not nightly.ANNOUNCED & set(nightly.LEFT_OUT)
