"""One mail a day: everything that waited, once, whatever happens to the worker."""

import re
import threading
import uuid
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial

import pytest

from proxirh.kernel import workflow
from proxirh.notifications import digests, services
from proxirh.notifications.digests import send_digests
from proxirh.notifications.models import MailChoice
from proxirh.notifications.sorting import sort
from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.outbox.sending import drain
from tests.enquiries.test_hands_races import late, pausing, together
from tests.notifications.choosing import AT_ONCE, DAILY, NEVER, address, choice_of, choose, queue
from tests.world import NOW, World, build_world

AT_8 = datetime(2026, 11, 18, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def digests_written() -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(kind="digest").select_related("data_key").order_by("pk"))


def test_a_day_comes_in_one_mail(world: World, server, clock) -> None:
    """Counts, and where each thing is read; nothing else. Mutation: send each of them too."""
    OutgoingEmail.objects.all().delete()
    choose(world, "counsellor", message_for_staff=DAILY, reopened=DAILY, team_alert=NEVER)
    one, other = uuid.uuid4(), uuid.uuid4()
    to = address("counsellor")
    for kind, about in (("message_for_staff", one), ("message_for_staff", one), ("message_for_staff", other)):
        queue(kind, to, about=about)
    queue("reopened", to, about=one)
    queue("team_alert", to)
    clock.now = AT_8 - timedelta(seconds=1)
    drain(clock=clock, sort=sort)
    assert send_digests(at=clock.now) == 0
    assert server.accepted == []
    assert send_digests(at=AT_8) == 1
    clock.now = AT_8
    assert drain(clock=clock, sort=sort).sent == 1
    [mail] = digests_written()
    assert mail.subject.replace("\u00a0", " ") == "Votre récapitulatif : 4 nouvelles"
    body = mail.body.replace("\u00a0", " ")
    assert body.count("- Un message vous attend") == 2
    assert "- Un message vous attend (2 fois) :" in body
    assert re.findall(r"/bureau/([0-9a-f-]{36})/", body) == [str(one), str(other), str(one)]
    assert "EXEM-PLE0" not in body
    gone = OutgoingEmail.objects.filter(state=MailState.SKIPPED)
    assert gone.count() == 5
    assert not gone.filter(body__isnull=False).exists()


def test_nothing_waits_nothing_is_written(world: World) -> None:
    choose(world, "author", closed=DAILY)
    assert send_digests(at=AT_8) == 0
    assert digests_written() == []
    row = choice_of("author")
    assert row
    assert row.next_digest_at == AT_8 + DAY


def test_running_twice_writes_one(world: World) -> None:
    """Mutation: leave the hour as it was."""
    choose(world, "author", closed=DAILY)
    queue("closed", address("author"))
    assert send_digests(at=AT_8) == 1
    assert send_digests(at=AT_8) == 0
    assert len(digests_written()) == 1


def test_missed_nights_make_one_mail(world: World, server, clock) -> None:
    """Mutation: take only what came since yesterday."""
    OutgoingEmail.objects.all().delete()
    choose(world, "author", closed=DAILY, message_for_author=DAILY)
    for days in range(4):
        queue("closed", address("author"), at=NOW + days * DAY)
        clock.now = NOW + days * DAY
        drain(clock=clock, sort=sort)
    assert server.accepted == []
    assert send_digests(at=AT_8 + 5 * DAY + timedelta(hours=3)) == 1
    [mail] = digests_written()
    assert "4" in mail.subject
    row = choice_of("author")
    assert row
    assert row.next_digest_at == AT_8 + 6 * DAY


def test_a_late_digest_still_has_what_waits(world: World, server, clock) -> None:
    """Past the hour, the sender does not let go what the digest has not taken yet. Mutation: send it."""
    OutgoingEmail.objects.all().delete()
    choose(world, "author", closed=DAILY)
    mail = queue("closed", address("author"))
    clock.now = AT_8 + timedelta(minutes=30)
    assert drain(clock=clock, sort=sort).postponed == 1
    assert send_digests(at=clock.now) == 1
    assert OutgoingEmail.objects.get(pk=mail.pk).state == MailState.SKIPPED


def test_a_digest_gathers_only_what_its_reader_chose(world: World) -> None:
    choose(world, "author", closed=DAILY)
    kept, other = queue("message_for_author", address("author")), queue("closed", "colleague@exemple.invalid")
    queue("closed", address("author"))
    send_digests(at=AT_8)
    assert {OutgoingEmail.objects.get(pk=one.pk).state for one in (kept, other)} == {MailState.QUEUED}


def test_what_a_sender_holds_is_left_to_it(world: World) -> None:
    """Mutation: gather rows under a lease; they would be sent and told."""
    choose(world, "author", closed=DAILY)
    mail = queue("closed", address("author"))
    OutgoingEmail.objects.filter(pk=mail.pk).update(attempts=1, leased_until=AT_8 + timedelta(minutes=5))
    assert send_digests(at=AT_8) == 0
    assert OutgoingEmail.objects.get(pk=mail.pk).state == MailState.QUEUED


def test_a_long_day_is_counted_beyond_the_last_line(world: World) -> None:
    choose(world, "author", closed=DAILY)
    for _ in range(digests.MOST_LINES + 3):
        queue("closed", address("author"))
    send_digests(at=AT_8)
    [mail] = digests_written()
    assert mail.body.count("- Le suivi") == digests.MOST_LINES
    assert "Et 3 autres" in mail.body.replace("\u00a0", " ")
    assert f"{digests.MOST_LINES + 3} nouvelles" in mail.subject.replace("\u00a0", " ")


def test_quiet_week_ends_have_no_digest(world: World) -> None:
    friday = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    choose(world, "counsellor", message_for_staff=DAILY, is_quiet=True, at=friday)
    row = choice_of("counsellor")
    assert row
    assert row.next_digest_at == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_workers_write_one_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hour is swapped, each mail too, and the key serves once: any one of the three still makes one digest."""
    world = build_world()
    choose(world, "author", closed=DAILY)
    mails = [queue("closed", address("author")) for _ in range(3)]
    monkeypatch.setattr(digests, "places_of", pausing(digests.places_of))
    run = partial(send_digests, at=AT_8)
    assert together(run, late(run), run) == [None, None, None]
    [mail] = digests_written()
    assert mail.body.count("- ") >= 3
    assert "3" in mail.subject
    assert {OutgoingEmail.objects.get(pk=one.pk).state for one in mails} == {MailState.SKIPPED}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_mail_is_sent_or_gathered_never_both(server, clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reader chooses « une fois par jour » between the verdict and the sending, at the hour of the digest: a day
    later, what is leaving would seem left behind."""
    world = build_world()
    OutgoingEmail.objects.all().delete()
    queued = [queue("closed", address("author")) for _ in range(4)]

    def slowly(mails, at):
        verdicts = sort(mails, at)
        choose(world, "author", closed=DAILY)
        return verdicts

    clock.now = AT_8
    raised = together(partial(drain, clock=clock, sort=pausing(slowly)), late(late(partial(send_digests, at=AT_8))))
    assert raised == [None, None]
    told = {mail.pk for mail in queued if OutgoingEmail.objects.get(pk=mail.pk).state == MailState.SKIPPED}
    ids = [message["Message-ID"] for message in server.accepted]
    assert not [mail for mail in queued if mail.pk in told and mail.message_id in ids]
    assert len(told) + len([one for one in ids if one in {mail.message_id for mail in queued}]) == len(queued)
    if told:
        [mail] = digests_written()
        assert f"{len(told)} nouvelle" in mail.subject.replace("\u00a0", " ")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_late_worker_gathers_nothing_of_what_came_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """It read the hour before another wrote the digest, whose key serves once: what it set aside would be told nowhere.

    Mutation: leave the hour out of what the swap compares.
    """
    world = build_world()
    choose(world, "author", closed=DAILY)
    queue("closed", address("author"))
    has_read, is_written, came = threading.Event(), threading.Event(), []
    write = digests.send_digest

    def lately(choice: MailChoice, *, at: datetime) -> bool:
        has_read.set()
        assert is_written.wait(10)
        return write(choice, at=at)

    def first() -> None:
        assert has_read.wait(10)
        assert write(MailChoice.objects.select_related("data_key").get(), at=AT_8)
        came.append(queue("closed", address("author")))
        is_written.set()

    monkeypatch.setattr(digests, "send_digest", lately)
    assert together(partial(send_digests, at=AT_8), first) == [None, None]
    assert OutgoingEmail.objects.get(pk=came[0].pk).state == MailState.QUEUED
    assert len(digests_written()) == 1
    assert send_digests(at=AT_8 + DAY) == 1
    assert OutgoingEmail.objects.get(pk=came[0].pk).state == MailState.SKIPPED


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_mail_that_is_leaving_is_not_gathered(server, clock) -> None:
    """Its reader chooses, and the digest comes, while the mail server is taking it. Mutation: gather rows under a
    lease."""
    world = build_world()
    OutgoingEmail.objects.all().delete()
    mail = queue("closed", address("author"))
    is_leaving, has_gathered, gathered = threading.Event(), threading.Event(), []

    def take_slowly(message: EmailMessage) -> str:
        is_leaving.set()
        has_gathered.wait(4)
        return "250 OK"

    def gather() -> None:
        assert is_leaving.wait(10)
        choose(world, "author", closed=DAILY)
        gathered.append(send_digests(at=AT_8))
        has_gathered.set()

    server.on_message = take_slowly
    clock.now = AT_8
    assert together(partial(drain, clock=clock, sort=sort), gather) == [None, None]
    assert gathered == [0]
    assert [message["Message-ID"] for message in server.accepted] == [mail.message_id]
    assert OutgoingEmail.objects.get(pk=mail.pk).state == MailState.SENT


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_refusals_at_once_are_both_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two links pressed together, for an address that had chosen nothing, then for one that had."""
    build_world()
    monkeypatch.setattr(services, "address_indexes", pausing(services.address_indexes))
    monkeypatch.setattr(services, "swap", pausing(workflow.swap, before=True))
    for first, second in (("closed", "taken"), ("merged", "kind_word")):
        mails = [queue(kind, address("author")) for kind in (first, second)]
        acts = [partial(services.choose_by_link, mail=mail, frequency=NEVER, at=NOW) for mail in mails]
        assert together(*acts) == [None, None]
    row = MailChoice.objects.get()
    assert set(row.frequencies) == {"closed", "taken", "merged", "kind_word"}


def test_choosing_everything_at_once_leaves_no_row(world: World) -> None:
    choose(world, "author", closed=NEVER)
    choose(world, "author", closed=AT_ONCE)
    assert not MailChoice.objects.exists()
