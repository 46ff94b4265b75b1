"""A mail is written with the change it announces, sealed, once per key."""

import pytest
from django.db import connection, transaction

from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.outbox.sending import drain
from proxirh.outbox.services import Letter, queue_email, queue_emails, queue_letters, rendered, retry_dead
from tests.world import NOW

TEMPLATE = "accounts/mails/code.txt"


def queue(**changes):
    with transaction.atomic():
        values = {"kind": "code", "to": "agent@exemple.invalid", "template": TEMPLATE, "context": {"digits": "123456"}}
        return queue_email(**{**values, **changes})


def test_mail_is_undone_with_its_change(db) -> None:
    with transaction.atomic():
        assert queue() is not None
        transaction.set_rollback(True)
    assert not OutgoingEmail.objects.exists()
    assert not DataKey.objects.exists()


def test_mail_without_a_transaction_is_refused(settings) -> None:
    """Mutation: drop the guard; a mail could then announce what never happened."""
    with pytest.raises(RuntimeError):
        queue_email(kind="code", to="agent@exemple.invalid", template=TEMPLATE, context={"digits": "123456"})


def test_same_key_writes_one_mail(db) -> None:
    assert queue(dedupe_key="accusé:1") is not None
    assert queue(dedupe_key="accusé:1") is None
    assert queue(dedupe_key="accusé:2") is not None
    assert OutgoingEmail.objects.count() == DataKey.objects.count() == 2


def queue_to(*keys: str) -> int:
    to = {key: f"{key}@exemple.invalid" for key in keys}
    return queue_emails(kind="code", to=to, template=TEMPLATE, context={"digits": "123456"})


@pytest.mark.django_db(transaction=True)
def test_used_keys_write_nothing_again_and_undo_nothing_else() -> None:
    """Mutation: let the error of a used key out, or catch it outside the savepoint."""
    with transaction.atomic():
        assert queue_to("a", "b") == 2
    with transaction.atomic():
        JournalEntry.objects.create(at=NOW, actor="test", verb="avant", subject="sujet:1")
        assert queue_to("b", "c", "a", "d") == 2
        JournalEntry.objects.create(at=NOW, actor="test", verb="après", subject="sujet:1")
        assert queue_to("a", "b") == 0
        assert queue_to() == 0
    assert sorted(OutgoingEmail.objects.values_list("dedupe_key", flat=True)) == ["a", "b", "c", "d"]
    assert DataKey.objects.count() == 4
    assert JournalEntry.objects.count() == 2


def letter(kind: str, *keys: str, digits: str = "123456") -> Letter:
    to = {key: f"{key}@exemple.invalid" for key in keys}
    return Letter(kind=kind, to=to, template=TEMPLATE, context={"digits": digits})


@pytest.mark.django_db(transaction=True)
def test_letters_go_together_each_with_its_own_words(django_assert_num_queries) -> None:
    """Whatever their number: keys, mails, and the two ends of a savepoint.

    Mutation: render the first letter for all.
    """
    with transaction.atomic(), django_assert_num_queries(4):
        assert queue_letters([letter("code", "a"), letter("code"), letter("concern", "b", "c", digits="918273")]) == 3
    mails = OutgoingEmail.objects.all()
    texts = {mail.dedupe_key: (mail.kind, "918273" in mail.body, mail.recipient) for mail in mails}
    assert texts == {
        "a": ("code", False, "a@exemple.invalid"),
        "b": ("concern", True, "b@exemple.invalid"),
        "c": ("concern", True, "c@exemple.invalid"),
    }
    with transaction.atomic():
        assert queue_letters([letter("code", "d"), letter("concern", "c", "e")]) == 2
    assert DataKey.objects.count() == OutgoingEmail.objects.count() == 5


def test_address_and_text_are_not_in_the_database(db) -> None:
    """Mutation: make `body` a TextField."""
    queue(context={"digits": "918273"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM outbox_outgoingemail")
        row = b"|".join(
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for value in cursor.fetchone()
        )
    assert b"exemple" not in row
    assert b"918273" not in row


def test_subject_is_one_line(db) -> None:
    assert "\n" not in queue().subject


def test_given_up_mail_can_be_queued_again(server, clock, write) -> None:
    """What a misconfigured server refused is not lost."""
    write(2, kind="acknowledgement")
    write(1, kind="team_alert")
    server.on_recipient = lambda recipient: "550 Relais refuse"
    assert drain(clock=clock).dead == 3
    server.on_recipient = lambda recipient: "250 OK"
    assert retry_dead(kind="acknowledgement", at=NOW) == 2
    assert drain(clock=clock).sent == 2
    assert retry_dead(at=NOW) == 1
    assert drain(clock=clock).sent == 1


def test_a_text_mail_says_names_as_they_are_written() -> None:
    """Mutation: render it as a page: « l&#x27;Hôtel-Dieu &amp; Cie »."""
    _, body = rendered("accounts/mails/code.txt", {"digits": "l'Hôtel-Dieu & Cie"})
    assert "l'Hôtel-Dieu & Cie" in body
