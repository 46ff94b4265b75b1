"""Messages both ways and exchanges: nothing lost, nothing twice, and the first answer measured as RULES §4 says."""

import resource
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection

from proxirh.enquiries import services
from proxirh.enquiries.attachments import read_attachment
from proxirh.enquiries.models import Enquiry, MonthlyCount
from proxirh.enquiries.workflow import State
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.files import CheckedFile
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries import acts
from tests.enquiries.acts import LATER, PDF
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def kinds() -> list[str]:
    return sorted(OutgoingEmail.objects.values_list("kind", flat=True))


def stored_files() -> set[Path]:
    return {path for path in (Path(settings.PROXIRH_DATA_DIR) / "fichiers").rglob("*") if path.is_file()}


def first_answers() -> dict[str, int]:
    """What the counts say of first answers, zero cells left out."""
    found: dict[str, int] = {}
    for key, n in MonthlyCount.objects.filter(indicator="delays.first_answer").values_list("key", "n"):
        found[key] = found.get(key, 0) + n
    return {key: n for key, n in found.items() if n}


# ── Messages ───────────────────────────────────────────────────────────────────────────────────────
def test_a_message_tells_the_other_side_that_there_is_something_to_read(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    OutgoingEmail.objects.all().delete()
    acts.reply(world, enquiry)
    acts.write(world, world.reload(enquiry))
    assert kinds() == ["message_for_author", "message_for_staff"]


def test_before_taking_the_whole_team_is_told_of_a_message(world: World) -> None:
    enquiry = world.submit()
    OutgoingEmail.objects.all().delete()
    acts.write(world, enquiry)
    assert len(kinds()) > 1
    assert set(kinds()) == {"message_for_staff"}


@pytest.mark.parametrize("part", ["fellow counsellor", "coordinator", "colleague", "anonymous", "co-handler"])
def test_others_cannot_write(world: World, part: str) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    with pytest.raises(NotAllowed):
        services.send_message(actor=world.actor(part), enquiry=enquiry, body="Bonjour", at=LATER)
    assert enquiry.messages.count() == 1


def test_the_same_key_twice_is_one_message_and_one_mail(world: World) -> None:
    """Mutation: drop the look-up of the key."""
    enquiry, key = acts.in_state(world, State.IN_PROGRESS), uuid.uuid4()
    first = acts.reply(world, enquiry, key=key, uploads=[PDF])
    second = acts.reply(world, world.reload(enquiry), key=key, uploads=[PDF])
    assert first == second
    assert kinds().count("message_for_author") == 1
    assert enquiry.attachments.count() == 1


def test_a_key_already_used_elsewhere_is_refused_without_a_word_lost(world: World) -> None:
    key = uuid.uuid4()
    acts.reply(world, acts.in_state(world, State.IN_PROGRESS), key=key)
    other = acts.in_state(world, State.IN_PROGRESS)
    with pytest.raises(DomainError):
        acts.reply(world, other, key=key, uploads=[PDF])
    assert other.messages.count() == 1
    assert other.attachments.count() == 0


def test_the_author_s_words_end_a_wait_for_her(world: World) -> None:
    enquiry = acts.in_state(world, State.WAITING_FOR_AGENT)
    acts.write(world, enquiry)
    found = world.reload(enquiry)
    assert (found.state, found.waiting_since) == (State.IN_PROGRESS, None)


def test_the_author_s_words_do_not_end_a_wait_for_a_date(world: World) -> None:
    enquiry = acts.in_state(world, State.WAITING_FOR_DATE)
    acts.write(world, enquiry)
    assert world.reload(enquiry).state == State.WAITING_FOR_DATE


def test_writing_to_a_closed_enquiry_reopens_it_with_one_mail(world: World) -> None:
    enquiry = acts.in_state(world, State.CLOSED)
    OutgoingEmail.objects.all().delete()
    acts.write(world, enquiry)
    assert world.reload(enquiry).state == State.IN_PROGRESS
    assert kinds() == ["reopened"]


@pytest.mark.parametrize("meanwhile", [acts.close, acts.wait_for_agent, acts.wait_for_date, acts.give_back])
def test_a_move_of_the_lead_never_loses_the_author_s_words(world: World, meanwhile: acts.Act) -> None:
    """Mutation: raise StaleState to the author. She wrote on a row read before the lead moved it."""
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    old = world.reload(enquiry)
    meanwhile(world, enquiry)
    acts.write(world, old, at=LATER + timedelta(minutes=1))
    found = world.reload(enquiry)
    assert [message.body for message in found.messages.order_by("pk")][-1] == "Merci."
    assert found.is_open
    assert found.state != State.WAITING_FOR_AGENT


def test_after_ninety_days_a_closed_enquiry_takes_no_message(world: World) -> None:
    enquiry = acts.in_state(world, State.CLOSED)
    with pytest.raises(NotAllowed, match="une nouvelle"):
        acts.write(world, enquiry, at=NOW + timedelta(days=91))


# ── Files ──────────────────────────────────────────────────────────────────────────────────────────
def test_files_come_back_under_their_name(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.reply(world, enquiry, uploads=[PDF, CheckedFile("b.png", "image/png", b"png")])
    found = world.reload(enquiry)
    assert [(one.name, read_attachment(found, one)) for one in found.attachments.order_by("pk")] == [
        ("arrêté.pdf", PDF.data),
        ("b.png", b"png"),
    ]


@pytest.fixture
def small_disk() -> Iterator[None]:
    """The system itself refuses files of more than six megabytes; the database stays below."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6 * 1024 * 1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("act", [acts.write, acts.reply])
def test_a_full_disk_leaves_nothing_half_written(world: World, small_disk: None, act: acts.Act) -> None:
    """Mutation: keep the first file when the second cannot be written."""
    enquiry = acts.in_state(world, State.WAITING_FOR_AGENT)
    files, mails = stored_files(), OutgoingEmail.objects.count()
    big = CheckedFile("scan.pdf", "application/pdf", bytes(7 * 1024 * 1024))
    with pytest.raises(DomainError, match="n’est pas parti"):
        act(world, enquiry, uploads=[PDF, big])
    found = world.reload(enquiry)
    assert found.state == State.WAITING_FOR_AGENT
    assert found.messages.count() == 1
    assert found.attachments.count() == 0
    assert stored_files() == files
    assert OutgoingEmail.objects.count() == mails


def test_a_failure_of_the_database_removes_the_file_too(world: World) -> None:
    """Mutation: drop `kept_only_if_done`. The row is refused after its file was written."""
    enquiry, files = acts.in_state(world, State.IN_PROGRESS), stored_files()
    broken = CheckedFile("note.pdf", None, b"%PDF")  # type: ignore[arg-type]
    with pytest.raises(IntegrityError):
        acts.reply(world, enquiry, uploads=[PDF, broken])
    assert stored_files() == files
    assert world.reload(enquiry).messages.count() == 1


# ── Exchanges ──────────────────────────────────────────────────────────────────────────────────────
def test_an_exchange_ends_with_a_step_and_a_date(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.log(world, enquiry)
    found = world.reload(enquiry)
    assert (found.next_step, found.next_step_on) == ("Envoyer la fiche", acts.NEXT_WEEK)


def test_failed_attempts_are_counted_and_forgotten_once_the_person_is_reached(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    for _ in range(2):
        acts.miss(world, world.reload(enquiry))
    assert world.reload(enquiry).failed_attempts == 2
    acts.log(world, world.reload(enquiry))
    assert world.reload(enquiry).failed_attempts == 0


def test_reaching_the_person_ends_a_wait_for_her(world: World) -> None:
    enquiry = acts.in_state(world, State.WAITING_FOR_AGENT)
    acts.miss(world, enquiry)
    assert world.reload(enquiry).state == State.WAITING_FOR_AGENT
    acts.log(world, world.reload(enquiry))
    assert world.reload(enquiry).state == State.IN_PROGRESS


def test_the_same_key_twice_is_one_exchange(world: World) -> None:
    enquiry, key = acts.in_state(world, State.IN_PROGRESS), uuid.uuid4()
    assert acts.log(world, enquiry, reached=False, key=key) == acts.log(
        world, world.reload(enquiry), reached=False, key=key
    )
    assert world.reload(enquiry).failed_attempts == 1


@pytest.mark.parametrize("happened_at", [LATER + timedelta(minutes=1), NOW - timedelta(days=1)])
def test_an_exchange_lies_between_the_asking_and_now(world: World, happened_at: datetime) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    with pytest.raises(DomainError, match="entre le jour"):
        acts.log(world, enquiry, happened_at=happened_at)


def test_an_exchange_noted_late_does_not_take_the_last_contact_back(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.write(world, enquiry, at=LATER)
    acts.log(world, world.reload(enquiry), happened_at=NOW + timedelta(minutes=5), at=LATER + timedelta(hours=1))
    assert world.reload(enquiry).last_contact_at == LATER


# ── The first answer ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("act", "is_answer"),
    [(acts.reply, True), (acts.log, True), (acts.miss, False), (acts.write, False), (acts.wait_for_agent, False)],
)
def test_only_a_person_s_word_or_a_reached_exchange_is_an_answer(world: World, act: acts.Act, is_answer: bool) -> None:
    """RULES §4: acknowledgements and failed attempts do not count."""
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    assert enquiry.first_answered_at is None
    act(world, enquiry)
    assert (world.reload(enquiry).first_answered_at is not None) == is_answer
    assert first_answers() == ({"0": 1} if is_answer else {})


@pytest.mark.parametrize(
    ("answered_on", "days"),
    [
        (date(2026, 11, 20), 0),
        (date(2026, 11, 22), 0),
        (date(2026, 11, 23), 1),
        (date(2026, 12, 25), 24),
        (date(2027, 11, 22), 61),
    ],
)
def test_the_delay_counts_working_days_of_the_author_s_departement(world: World, answered_on: date, days: int) -> None:
    """Asked on a Friday; a weekend, Christmas and more than sixty days."""
    enquiry = world.submit(at=FRIDAY)
    acts.take(world, enquiry, at=FRIDAY)
    at = datetime.combine(answered_on, FRIDAY.timetz())
    services.send_message(actor=world.actor("counsellor"), enquiry=world.reload(enquiry), body="Bonjour", at=at)
    assert world.reload(enquiry).fact.first_answer_days == days
    assert first_answers() == {str(days): 1}


def test_the_first_answer_is_measured_once(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.reply(world, enquiry, at=LATER)
    acts.reply(world, world.reload(enquiry), at=LATER + timedelta(days=3))
    assert world.reload(enquiry).first_answered_at == LATER
    assert first_answers() == {"0": 1}


def test_an_earlier_exchange_noted_afterwards_is_the_first_answer(world: World) -> None:
    """Mutation: stop at the first measure. A call on Friday is noted on Tuesday, after Monday’s message."""
    enquiry = world.submit(at=FRIDAY)
    acts.take(world, enquiry, at=FRIDAY)
    monday, tuesday = FRIDAY + timedelta(days=3), FRIDAY + timedelta(days=4)
    acts.reply(world, world.reload(enquiry), at=monday)
    assert first_answers() == {"1": 1}
    services.log_exchange(
        actor=world.actor("counsellor"),
        enquiry=world.reload(enquiry),
        means="phone",
        was_reached=True,
        summary="Premier échange.",
        next_step="Rappeler",
        next_step_on=tuesday.date() + timedelta(days=3),
        happened_at=FRIDAY + timedelta(minutes=30),
        at=tuesday,
    )
    assert world.reload(enquiry).first_answered_at == FRIDAY + timedelta(minutes=30)
    assert first_answers() == {"0": 1}


# ── For good, on the engine ────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_same_form_sent_four_times_at_once_gives_one_message(world: World) -> None:
    enquiry, key = acts.in_state(world, State.WAITING_FOR_AGENT), uuid.uuid4()
    author = world.actor("author")
    ready, got = threading.Barrier(4), []

    def send() -> None:
        try:
            row = Enquiry.objects.visible_to(author).select_related("department").get(pk=enquiry.pk)
            ready.wait(timeout=20)
            got.append(
                services.send_message(actor=author, enquiry=row, body="Voici.", uploads=[PDF], key=key, at=LATER)
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(got) == 4
    assert len(set(got)) == 1
    assert enquiry.messages.filter(idempotency_key=key).count() == 1
    assert enquiry.attachments.count() == 1
