"""Texts are kept a week, traces two months, and the state of the outbox is told in counts."""

from datetime import timedelta

from django.core.management import call_command

from proxirh.kernel.models import DataKey, Heartbeat
from proxirh.notifications.periodic import drain_outbox
from proxirh.outbox import figures, periodic, retention
from proxirh.outbox.models import MailState, OutgoingEmail
from tests.world import NOW

DAY = timedelta(days=1)


def test_text_is_erased_a_week_after_sending(write) -> None:
    [mail] = write(1, state=MailState.SENT, sent_at=NOW)
    assert retention.BODIES.apply(at=NOW + 7 * DAY) == 0
    assert retention.BODIES.apply(at=NOW + 7 * DAY + timedelta(seconds=1)) == 1
    kept = OutgoingEmail.objects.select_related("data_key").get(pk=mail.pk)
    assert kept.body is None
    assert kept.recipient == mail.recipient


def test_text_of_a_given_up_mail_is_erased_a_week_after(write) -> None:
    write(1, state=MailState.DEAD, dead_at=NOW)
    assert retention.BODIES.apply(at=NOW + 8 * DAY) == 1


def test_waiting_mail_is_never_erased(write) -> None:
    """Mutation: count the week from the writing; an outage of the server would then lose mails."""
    write(1)
    assert retention.BODIES.apply(at=NOW + 400 * DAY) == 0
    assert retention.DELIVERIES.apply(at=NOW + 400 * DAY) == 0


def test_row_and_key_are_deleted_two_months_after(write) -> None:
    write(1200, state=MailState.SENT, sent_at=NOW)
    write(1, state=MailState.SENT, sent_at=NOW + DAY)
    assert retention.DELIVERIES.apply(at=NOW + 62 * DAY) == 0
    assert retention.DELIVERIES.apply(at=NOW + 62 * DAY + timedelta(seconds=1)) == 1200
    assert OutgoingEmail.objects.count() == DataKey.objects.count() == 1


def test_forgetting_twice_changes_nothing(write) -> None:
    write(3, state=MailState.SENT, sent_at=NOW - 400 * DAY)
    assert periodic.forget_old_mails.call() == {"courriels": 3, "envois": 3}
    assert periodic.forget_old_mails.call() == {"courriels": 0, "envois": 0}


def test_each_run_of_the_worker_is_a_sign_of_life(server, db) -> None:
    assert figures.worker_seen_at() is None
    assert drain_outbox.call()["sent"] == 0
    first = figures.worker_seen_at()
    drain_outbox.call()
    assert first is not None
    assert figures.worker_seen_at() >= first
    assert Heartbeat.objects.count() == 1


def test_state_of_the_outbox_is_counted(write) -> None:
    write(2, at=NOW - DAY)
    write(1, at=NOW + DAY)
    write(1, at=NOW, last_error="SMTPRecipientsRefused 451", attempts=1)
    write(4, state=MailState.SENT, sent_at=NOW - DAY)
    write(3, state=MailState.DEAD, dead_at=NOW, last_error="SMTPRecipientsRefused 550")
    write(1, state=MailState.DEAD, dead_at=NOW, last_error="SMTPDataError 554", kind="code")
    status = figures.outbox_status(at=NOW)
    assert (status.waiting, status.due, status.retried, status.sent) == (4, 3, 1, 4)
    assert (status.oldest_waiting_at, status.last_sent_at) == (NOW - DAY, NOW - DAY)
    assert [(row.kind, row.error, row.count) for row in status.dead] == [
        ("message_for_author", "SMTPRecipientsRefused 550", 3),
        ("code", "SMTPDataError 554", 1),
    ]


def test_command_tells_the_state_without_opening_a_mail(write, capsys) -> None:
    write(1, recipient="canari@exemple.invalid", body="canari")
    write(1, state=MailState.DEAD, dead_at=NOW, last_error="SMTPRecipientsRefused 550", recipient="canari@e.invalid")
    call_command("outbox_status")
    said = capsys.readouterr().out
    assert "En attente\u00a0: 1" in said
    assert "Abandonnés\u00a0: 1" in said
    assert (
        "message_for_author\u00a0: 1, SMTPRecipientsRefused 550, mardi 17\u00a0novembre 2026 à\u00a010\u00a0h" in said
    )
    assert "Expéditeur vu\u00a0: jamais" in said
    assert "canari" not in said


def test_command_queues_the_given_up_mails_again(write, capsys) -> None:
    write(2, state=MailState.DEAD, dead_at=NOW)
    call_command("outbox_status", "--retry")
    said = capsys.readouterr().out
    assert "Remis en attente\u00a0: 2" in said
    assert "Abandonnés\u00a0: 0" in said


def test_empty_outbox_is_told_too(db, capsys) -> None:
    call_command("outbox_status")
    assert "En attente\u00a0: 0" in capsys.readouterr().out
