"""When a mail leaves, what its reader chose decides: now, later, or never; what protects always leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from proxirh.notifications.digests import send_digests
from proxirh.notifications.kinds import KINDS, Reader, refusable
from proxirh.notifications.links import stop_url
from proxirh.notifications.quiet import next_digest, quiet_until
from proxirh.notifications.sorting import sort
from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.outbox.sending import drain
from proxirh.outbox.services import release_waiting
from proxirh.territories.models import Department
from proxirh.territories.services.calendars import calendar_of
from tests.notifications.choosing import AT_ONCE, DAILY, NEVER, address, choice_of, choose, queue
from tests.world import NOW, World

# NOW is a Tuesday, 10:00 in Paris.
EVENING = datetime(2026, 11, 17, 18, 30, tzinfo=UTC)  # 19:30
FRIDAY_EVENING = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
TOMORROW_AT_8 = datetime(2026, 11, 18, 7, 0, tzinfo=UTC)
MONDAY_AT_8 = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def reload(mail: OutgoingEmail) -> OutgoingEmail:
    return OutgoingEmail.objects.select_related("data_key").get(pk=mail.pk)


def empty(clock, *, at: datetime | None = None):
    """The worker empties the outbox, now or at a moment."""
    clock.now = at or clock.now
    return drain(clock=clock, sort=sort)


def test_who_chose_nothing_receives_everything_at_once(world: World, server, clock) -> None:
    OutgoingEmail.objects.all().delete()
    mails = [queue(code, address("counsellor")) for code in KINDS]
    assert empty(clock).sent == len(KINDS)
    assert {reload(mail).state for mail in mails} == {MailState.SENT}


@pytest.mark.parametrize("part", ["author", "counsellor"])
def test_a_refused_kind_never_leaves_and_the_others_do(world: World, server, clock, part: str) -> None:
    """Mutation: look at the person and not at the kind."""
    OutgoingEmail.objects.all().delete()
    choose(world, part, message_for_author=NEVER)
    refused, other = queue("message_for_author", address(part), dedupe_key="une fois"), queue("closed", address(part))
    done = empty(clock)
    assert (done.sent, done.skipped) == (1, 1)
    gone = reload(refused)
    assert (gone.state, gone.skipped_at, gone.body, gone.attempts) == (MailState.SKIPPED, NOW, None, 0)
    assert gone.dedupe_key == "une fois", "a freed key would write it again"
    assert reload(other).state == MailState.SENT
    clock.advance(days=3)
    assert empty(clock).sent == 0


@pytest.mark.parametrize("code", [kind.code for kind in KINDS.values() if not kind.is_refusable])
def test_what_cannot_be_refused_leaves_whatever_a_row_says(world: World, server, clock, code: str) -> None:
    """Mutation: sort every kind by what the row says."""
    OutgoingEmail.objects.all().delete()
    choose(world, "counsellor", message_for_staff=NEVER)
    row = choice_of("counsellor")
    assert row
    row.frequencies = {code: "never"}
    row.save()
    mail = queue(code, address("counsellor"))
    empty(clock)
    assert reload(mail).state == MailState.SENT


def test_a_refusal_stops_what_already_waits(world: World, server, clock) -> None:
    """Mutation: read the choice when the mail is written."""
    mail = queue("message_for_author", address("author"))
    choose(world, "author", message_for_author=NEVER)
    empty(clock)
    assert reload(mail).state == MailState.SKIPPED


def test_choosing_again_sends_at_once_what_waited_for_the_digest(world: World, server, clock) -> None:
    choose(world, "author", message_for_author=DAILY)
    mail = queue("message_for_author", address("author"))
    empty(clock)
    assert reload(mail).due_at == TOMORROW_AT_8
    choose(world, "author", message_for_author=AT_ONCE)
    empty(clock)
    assert reload(mail).state == MailState.SENT


# ── Quiet hours ───────────────────────────────────────────────────────────────────────────────────
STAFF_KINDS = [kind for kind in KINDS.values() if kind.reader == Reader.STAFF]


@pytest.mark.parametrize("kind", STAFF_KINDS, ids=lambda kind: kind.code)
def test_quiet_hours_hold_everything_but_what_is_urgent(world: World, server, clock, kind) -> None:
    """What is urgent leaves at any hour."""
    OutgoingEmail.objects.all().delete()
    choose(world, "counsellor", is_quiet=True)
    mail = queue(kind.code, address("counsellor"), at=EVENING)
    empty(clock, at=EVENING)
    held = reload(mail)
    if kind.is_urgent:
        assert held.state == MailState.SENT
        return
    assert (held.state, held.due_at, held.attempts, held.last_error) == (MailState.QUEUED, TOMORROW_AT_8, 0, "")
    assert empty(clock, at=TOMORROW_AT_8 - timedelta(seconds=1)).sent == 0
    assert empty(clock, at=TOMORROW_AT_8).sent == 1


def test_urgent_kinds_are_those_that_the_page_says() -> None:
    assert {kind.code for kind in STAFF_KINDS if kind.is_urgent} == {
        *("second-factor", "call_today", "concern", "concern_received", "witness"),
    }


def test_a_friday_evening_waits_for_monday(world: World, server, clock) -> None:
    choose(world, "counsellor", is_quiet=True)
    mail = queue("team_alert", address("counsellor"), at=FRIDAY_EVENING)
    empty(clock, at=FRIDAY_EVENING)
    assert reload(mail).due_at == MONDAY_AT_8


def test_what_she_asked_for_herself_is_not_held(world: World, server, clock) -> None:
    choose(world, "counsellor", is_quiet=True)
    mail = queue("message_for_author", address("counsellor"), at=EVENING)
    empty(clock, at=EVENING)
    assert reload(mail).state == MailState.SENT


def test_an_author_has_no_quiet_hours(world: World) -> None:
    choose(world, "author", is_quiet=True, closed=DAILY)
    row = choice_of("author")
    assert row
    assert not row.is_quiet


def test_hours_are_those_of_the_place_where_she_serves(world: World, server, clock) -> None:
    """18:30 in Paris is 21:30 in La Réunion. Mutation: count the hours of Paris for everyone."""
    at = datetime(2026, 11, 17, 17, 30, tzinfo=UTC)
    choose(world, "counsellor", is_quiet=True)
    choose(world, "counsellor elsewhere", is_quiet=True)
    here, there = (queue("team_alert", address(part), at=at) for part in ("counsellor", "counsellor elsewhere"))
    empty(clock, at=at)
    assert reload(here).state == MailState.SENT
    assert reload(there).due_at == datetime(2026, 11, 18, 4, 0, tzinfo=UTC)


def place(code: str):
    department = Department.objects.get(code=code)
    return calendar_of(department), department.time_zone


@pytest.mark.parametrize(
    ("code", "at", "until"),
    [
        ("15", "2026-11-17T07:59:59+01:00", "2026-11-17T08:00:00+01:00"),
        ("15", "2026-11-17T08:00:00+01:00", None),
        ("15", "2026-11-17T18:59:59+01:00", None),
        ("15", "2026-11-17T19:00:00+01:00", "2026-11-18T08:00:00+01:00"),
        ("15", "2026-11-21T12:00:00+01:00", "2026-11-23T08:00:00+01:00"),
        ("15", "2026-11-11T10:00:00+01:00", "2026-11-12T08:00:00+01:00"),
        ("15", "2026-10-23T20:00:00+02:00", "2026-10-26T08:00:00+01:00"),  # the clocks change between the two
        ("67", "2026-12-24T20:00:00+01:00", "2026-12-28T08:00:00+01:00"),  # the 26th too
        ("974", "2026-12-18T20:00:00+04:00", "2026-12-21T08:00:00+04:00"),
    ],
)
def test_quiet_hours_follow_the_calendar(db, code: str, at: str, until: str | None) -> None:
    found = quiet_until(datetime.fromisoformat(at), place(code))
    assert found == (datetime.fromisoformat(until) if until else None)


@pytest.mark.parametrize(
    ("at", "is_quiet", "then"),
    [
        ("2026-11-20T07:00:00+01:00", False, "2026-11-20T08:00:00+01:00"),
        ("2026-11-20T08:00:00+01:00", False, "2026-11-21T08:00:00+01:00"),
        ("2026-11-20T08:00:00+01:00", True, "2026-11-23T08:00:00+01:00"),
        ("2026-10-24T09:00:00+02:00", False, "2026-10-25T08:00:00+01:00"),
    ],
)
def test_a_digest_comes_at_eight(db, at: str, is_quiet: bool, then: str) -> None:
    found = next_digest(datetime.fromisoformat(at), place("15"), is_quiet=is_quiet)
    assert found == datetime.fromisoformat(then)


# ── The foot, and what mail programs read ─────────────────────────────────────────────────────────
def test_a_mail_that_may_be_refused_says_how(world: World, server, clock) -> None:
    """RFC 8058. Mutations: leave a header out; name the person, or the enquiry, in the link."""
    mail = queue("message_for_author", address("author"))
    empty(clock)
    message = next(one for one in server.accepted if one["Message-ID"] == mail.message_id)
    assert "".join(message["List-Unsubscribe"].split()) == f"<{stop_url(mail)}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = message.get_payload(decode=True).decode()
    assert stop_url(mail) in text
    assert str(mail.about) not in stop_url(mail)
    assert "author" not in stop_url(mail)


@pytest.mark.parametrize("code", ["acknowledgement", "code", "concern", "late_for_counsellor", "digest"])
def test_a_mail_that_cannot_be_refused_offers_nothing(world: World, server, clock, code: str) -> None:
    mail = queue(code, address("counsellor"))
    empty(clock)
    message = next(one for one in server.accepted if one["Message-ID"] == mail.message_id)
    assert message["List-Unsubscribe"] is None
    assert "sans vous connecter" not in message.get_payload(decode=True).decode()


def test_sorting_costs_the_same_whatever_waits(world: World, django_assert_num_queries) -> None:
    mails = [queue(kind.code, address("counsellor")) for kind in refusable(Reader.STAFF) for _ in range(5)]
    with django_assert_num_queries(1):
        assert all(verdict.stop_url for verdict in sort(mails, NOW).values())
    with django_assert_num_queries(0):
        assert sort([], NOW) == {}


def test_a_choice_lives_as_long_as_it_serves(world: World, server, clock) -> None:
    choose(world, "author", closed=NEVER)
    queue("closed", address("author"), at=NOW + timedelta(days=200))
    empty(clock, at=NOW + timedelta(days=200))
    row = choice_of("author")
    assert row
    assert row.used_on == (NOW + timedelta(days=200)).date()


def test_releasing_leaves_alone_what_a_server_refused(world: World, write) -> None:
    [tried] = write(1, attempts=1, last_error="SMTPDataError 450")
    OutgoingEmail.objects.filter(pk=tried.pk).update(due_at=NOW + timedelta(hours=1))
    assert release_waiting("agent0000@exemple.invalid", at=NOW) == 0


def test_an_overseas_reader_has_her_digest_at_her_eight(world: World) -> None:
    choose(world, "counsellor elsewhere", message_for_staff=DAILY)
    row = choice_of("counsellor elsewhere")
    assert row
    assert row.next_digest_at == datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
    assert send_digests(at=row.next_digest_at) == 0
