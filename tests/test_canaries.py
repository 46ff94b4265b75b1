"""What people type is in no mail, no journal, no log and no clear column: proven with strings found nowhere else."""

import logging
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from proxirh.enquiries import services
from proxirh.enquiries.attachments import read_attachment
from proxirh.enquiries.models import Outcome
from proxirh.kernel.files import CheckedFile
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Topic
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

CANARIES = {
    "words": "CANARIMOTS",
    "first_name": "CANARIPRENOM",
    "last_name": "CANARINOM",
    "phone": "0611223344",
    "email": "canari.adresse@exemple.invalid",
    "excluded_names": "CANARIEXCLUE",
    "superior_name": "CANARISUPERIEURE",
    "message": "CANARIMESSAGE",
    "reply": "CANARIREPONSE",
    "summary": "CANARIRESUME",
    "next_step": "CANARIETAPE",
    "closing_word": "CANARIFIN",
    "file_name": "CANARIFICHIER",
    "file": "CANARIOCTETS",
    "draft": "CANARIBROUILLON",
}


def every_stored_value() -> list[tuple[str, bytes]]:
    """Each cell of each table, as bytes."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    raw = bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
                    found.append((f"{table}.{name}", raw))
    return found


def whole_journey(world: World, topic: Topic) -> None:
    """Draft, ask, take, answer, log, wait, write back, close, reopen, withdraw: a canary in every text."""
    services.start_draft(token="x" * 22, is_shared_computer=False, answers={"words": CANARIES["draft"]}, at=NOW)
    given = {name: CANARIES[name] for name in ("words", "first_name", "last_name", "phone", "email", "excluded_names")}
    enquiry = world.submit("anonymous", at=NOW, topic=topic, superior_name=CANARIES["superior_name"], **given)
    part = "HR officer" if enquiry.team_id == world.officers.pk else "counsellor"
    lead = world.actor(part)
    later = NOW + timedelta(minutes=5)
    services.take_enquiry(actor=lead, enquiry=enquiry, at=later)
    enquiry = world.reload(enquiry)
    upload = CheckedFile(f"{CANARIES['file_name']}.pdf", "application/pdf", b"%PDF-" + CANARIES["file"].encode())
    message = services.send_message(actor=lead, enquiry=enquiry, body=CANARIES["reply"], uploads=[upload], at=later)
    assert CANARIES["file"].encode() in read_attachment(enquiry, message.attachments.get())
    services.log_exchange(
        actor=lead,
        enquiry=enquiry,
        means="phone",
        was_reached=True,
        summary=CANARIES["summary"],
        next_step=CANARIES["next_step"],
        next_step_on=later.date() + timedelta(days=3),
        at=later,
    )
    services.wait_for_date(
        actor=lead,
        enquiry=enquiry,
        next_step=CANARIES["next_step"],
        next_step_on=later.date() + timedelta(days=9),
        at=later,
    )
    services.resume_enquiry(actor=lead, enquiry=enquiry, at=later)
    services.close_enquiry(
        actor=lead,
        enquiry=enquiry,
        outcomes=[Outcome.INDIVIDUAL_INFORMATION],
        closing_word=CANARIES["closing_word"],
        topic=world.topic if topic.code == "7" else None,
        at=later,
    )


def canaries_in(value: bytes) -> list[str]:
    lowered = value.lower()
    return [name for name, canary in CANARIES.items() if canary.lower().encode() in lowered]


@pytest.mark.parametrize("code", ["1.1", "2.1", "2.3", "2.4", "3.1", "3.2", "4.1", "5.1", "6", "7", "8"])
def test_mails_tell_neither_words_nor_topic(world: World, code: str) -> None:
    """Mutation: put the topic's label, the author's name or the words into any mail template."""
    topic = Topic.objects.get(code=code)
    whole_journey(world, topic)
    mails = list(OutgoingEmail.objects.select_related("data_key"))
    assert len(mails) >= 6
    labels = {topic.label.lower(), topic.agent_label.lower(), (topic.branch or topic).label.lower()}
    telling = labels - {"autre"}  # a word of every day, which a neutral mail may well say
    for mail in mails:
        text = f"{mail.subject}\n{mail.body}"
        assert not canaries_in(text.encode()), (mail.kind, canaries_in(text.encode()))
        assert not [word for word in telling if word in text.lower()], mail.kind


def test_nothing_typed_stands_in_clear_in_the_database(world: World) -> None:
    """Mutation: make any encrypted field a TextField, or write a text into the journal's details."""
    whole_journey(world, world.topic)
    leaks = {place: canaries_in(value) for place, value in every_stored_value() if canaries_in(value)}
    assert leaks == {}


def test_the_search_for_canaries_finds_one_that_is_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof above is able to fail. A word of this test alone: a server’s journal keeps what was undone."""
    monkeypatch.setitem(CANARIES, "passing", "TEMOINPASSAGER")
    world.site.name = CANARIES["passing"]
    world.site.save()
    assert any(canaries_in(value) for _, value in every_stored_value())


def test_nothing_typed_stands_in_clear_in_the_files(world: World) -> None:
    """Mutation: write the attachment's bytes without sealing them."""
    whole_journey(world, world.topic)
    files = [path for path in Path(settings.PROXIRH_DATA_DIR, "fichiers").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert not canaries_in(path.read_bytes())
        assert not canaries_in(path.name.encode())


def test_nothing_typed_reaches_the_logs(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Mutation: log the message in send_message."""
    with caplog.at_level(logging.INFO):
        whole_journey(world, world.topic)
    assert not canaries_in(caplog.text.encode())


def test_an_error_of_ours_does_not_repeat_what_was_typed(world: World) -> None:
    enquiry = world.submit(words=CANARIES["words"])
    with pytest.raises(Exception) as refused:
        services.send_message(
            actor=world.actor("counsellor elsewhere"),
            enquiry=enquiry,
            body=CANARIES["message"],
            idempotency_key=uuid.uuid4(),
            at=NOW,
        )
    assert not canaries_in(str(refused.value).encode())
