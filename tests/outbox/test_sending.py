"""What waits is sent once, what fails is tried again, and one refused address never stops the others."""

import random
from datetime import timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime

import pytest

from config.env import new_keyring
from proxirh.outbox.message import PlainMail
from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.outbox.sending import LEASE, MOST_ATTEMPTS, OUTAGE_WAIT, drain, wait_after
from tests.world import NOW

WORDS = [
    "Rappel",
    ":",
    "être",
    "œuvre",
    "à",
    "été",
    "commencée",
    "l’équipe",
    "RH",
    "24-0012",
    "«",
    "vu",
    "»",
    "é",
    "🌱",
]


def reload(mail: OutgoingEmail) -> OutgoingEmail:
    return OutgoingEmail.objects.select_related("data_key").get(pk=mail.pk)


def test_waiting_mail_reaches_its_recipient(server, clock, write) -> None:
    [mail] = write(1)
    assert drain(clock=clock).sent == 1
    [message] = server.accepted
    assert message["To"] == "agent0000@exemple.invalid"
    assert message["Message-ID"] == mail.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert "ProxiRH" in message["From"]
    sent = reload(mail)
    assert (sent.state, sent.sent_at, sent.attempts, sent.leased_until) == (MailState.SENT, NOW, 1, None)


def test_sent_mail_is_not_sent_again(server, clock, write) -> None:
    """Mutation: do not mark the row."""
    write(3)
    drain(clock=clock)
    clock.advance(days=3)
    assert drain(clock=clock).sent == 0
    assert len(server.accepted) == 3


def test_accents_emoji_and_long_lines_arrive_whole(server, clock, write) -> None:
    body = f"Bonjour Éléonore,\n\nVotre rendez-vous « mobilité » 🌱 : 9 h.\n.\nŒuvre\n{'très ' * 400}loin\n"
    write(1, subject="Rappel : vous êtes attendue à 9 h, œuvre commencée", body=body)
    drain(clock=clock)
    [message] = server.accepted
    assert message["Subject"] == "Rappel : vous êtes attendue à 9 h, œuvre commencée"
    assert message.get_content().replace("\r\n", "\n") == body


@pytest.mark.parametrize("seed", range(100))
def test_any_french_subject_arrives_as_it_was_written(seed: int) -> None:
    """Mutation: let Python fold the subject; spaces between accented words are then lost on 3.12."""
    words = random.Random(seed).choices(WORDS, k=seed // 4)
    subject = " ".join(["Bonjour", *words])
    mail = PlainMail(subject=subject, body="Bonjour.\n", to=["agent@exemple.invalid"])
    sent = mail.message(policy=policy.SMTP).as_bytes()
    assert message_from_bytes(sent, policy=policy.default)["Subject"] == subject
    assert all(len(line) <= 78 for line in sent.split(b"\r\n"))
    assert b"?==?" not in sent


def test_temporary_refusal_is_tried_again_after_a_while(server, clock, write) -> None:
    [mail] = write(1)
    server.on_recipient = lambda recipient: "451 Revenez plus tard"
    assert drain(clock=clock).postponed == 1
    late = reload(mail)
    assert (late.state, late.last_error) == (MailState.QUEUED, "SMTPRecipientsRefused 451")
    server.on_recipient = lambda recipient: "250 OK"
    assert drain(clock=clock).sent == 0, "not before its time"
    clock.advance(minutes=1)
    assert drain(clock=clock).sent == 1
    assert reload(mail).last_error == ""


def test_refused_address_is_given_up_at_once_and_the_others_are_served(server, clock, write) -> None:
    mails = write(5)
    server.on_recipient = lambda recipient: "550 Inconnu" if recipient == mails[2].recipient else "250 OK"
    done = drain(clock=clock)
    assert (done.sent, done.dead) == (4, 1)
    dead = reload(mails[2])
    assert (dead.state, dead.dead_at, dead.attempts) == (MailState.DEAD, NOW, 1)
    assert server.connections == 1, "one connection for the whole run"


def test_failure_is_kept_without_the_words_of_the_server(server, clock, write) -> None:
    """The text of an answer may quote the address or the mail."""
    [mail] = write(1)
    server.on_recipient = lambda recipient: f"550 <{recipient}> n’existe pas ici".encode("ascii", "replace").decode()
    drain(clock=clock)
    assert reload(mail).last_error == "SMTPRecipientsRefused 550"


def test_refused_text_is_given_up(server, clock, write) -> None:
    [mail] = write(1)
    server.on_message = lambda message: "554 Refus"
    assert drain(clock=clock).dead == 1
    assert reload(mail).last_error == "SMTPDataError 554"


def test_refused_sender_is_our_fault_and_is_retried(server, clock, write) -> None:
    [mail] = write(1)
    server.on_sender = lambda sender: "553 Expediteur refuse"
    assert drain(clock=clock).postponed == 1
    assert reload(mail).state == MailState.QUEUED


@pytest.mark.parametrize(
    "address", ["éléonore@exemple.invalid", "a@b.invalid, c@d.invalid", "a\nb@exemple.invalid", ""]
)
def test_impossible_address_is_given_up_and_the_next_one_is_served(server, clock, write, address: str) -> None:
    [wrong] = write(1, recipient=address)
    write(1)
    done = drain(clock=clock)
    assert (done.sent, done.dead) == (1, 1)
    assert reload(wrong).last_error == "ValueError"


def test_mail_refused_for_more_than_a_day_is_given_up(server, clock, write) -> None:
    [mail] = write(1)
    server.on_recipient = lambda recipient: "451 Revenez plus tard"
    while reload(mail).state == MailState.QUEUED:
        drain(clock=clock)
        clock.now = max(clock.now, reload(mail).due_at)
    dead = reload(mail)
    assert (dead.state, dead.attempts) == (MailState.DEAD, MOST_ATTEMPTS)
    assert timedelta(hours=24) < dead.dead_at - NOW < timedelta(hours=28)


def test_delays_grow_from_a_minute_to_six_hours() -> None:
    delays = [wait_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    assert delays[0] == timedelta(minutes=1)
    assert delays[-1] == timedelta(hours=6)
    assert delays == sorted(delays)


def test_stopped_server_blames_no_mail_and_everything_leaves_when_it_is_back(server, clock, write) -> None:
    """Mutation: count the outage as an attempt of each mail; three days of outage would then lose them all."""
    mails = write(20)
    server.stop()
    for _ in range(3 * 24):
        clock.advance(hours=1)
        assert drain(clock=clock).server_down
    assert {reload(mail).attempts for mail in mails} == {0}
    server.start()
    assert drain(clock=clock).sent == 0
    clock.advance(seconds=OUTAGE_WAIT.total_seconds())
    assert drain(clock=clock).sent == 20
    assert len(server.accepted) == 20


def test_broken_connection_is_opened_again_for_the_next_mail(server, clock, write) -> None:
    mails = write(3)
    server.on_recipient = lambda recipient: "421 Je ferme" if recipient == mails[0].recipient else "250 OK"
    done = drain(clock=clock)
    assert (done.sent, done.postponed) == (2, 1)
    assert server.connections == 2


def test_five_hundred_mails_leave_through_one_connection(server, clock, write) -> None:
    write(500)
    assert drain(clock=clock).sent == 500
    assert len(set(server.recipients())) == 500
    assert server.connections == 1


def test_oldest_mails_leave_first_and_a_run_is_bounded(server, clock, write) -> None:
    recent = write(2, at=NOW, recipient="recent@exemple.invalid")
    write(2, at=NOW - timedelta(hours=1), recipient="ancien@exemple.invalid")
    assert drain(clock=clock, most_mails=3).sent == 3
    assert server.recipients() == ["ancien@exemple.invalid"] * 2 + ["recent@exemple.invalid"]
    assert reload(recent[1]).state == MailState.QUEUED


def test_run_stops_when_its_time_is_over(server, clock, write) -> None:
    write(10)
    server.on_message = lambda message: clock.advance(seconds=20) or "250 OK"
    assert drain(clock=clock, most_time=timedelta(seconds=60)).sent == 3


def test_mail_written_for_later_waits(server, clock, write) -> None:
    write(1, at=NOW + timedelta(hours=2))
    assert drain(clock=clock).sent == 0
    clock.advance(hours=2)
    assert drain(clock=clock).sent == 1


def test_mail_held_by_another_sender_is_left_to_it(server, clock, write) -> None:
    """Mutation: forget the lease in `due`."""
    [mail] = write(1, attempts=1, leased_until=NOW + LEASE)
    assert drain(clock=clock).sent == 0
    clock.advance(seconds=LEASE.total_seconds())
    assert drain(clock=clock).sent == 1, "a sender that died is replaced"
    assert reload(mail).attempts == 2


def test_mail_claimed_between_reading_and_writing_is_left_to_the_other(server, clock, write) -> None:
    """Mutation: claim without comparing; the second mail would be sent by both."""
    first, second = write(2)

    calls = []

    def watching_clock():
        calls.append(1)
        if len(calls) == 3:  # the run has read its list and holds the first mail
            OutgoingEmail.objects.filter(pk=second.pk).update(attempts=1, leased_until=NOW + LEASE)
        return clock()

    assert drain(clock=watching_clock).sent == 1
    assert server.recipients() == [first.recipient]


def test_mail_that_kills_its_sender_each_time_is_given_up(server, clock, write) -> None:
    [mail] = write(1, attempts=MOST_ATTEMPTS, leased_until=NOW - LEASE)
    assert drain(clock=clock).dead == 1
    assert reload(mail).last_error == "Crash"
    assert not server.accepted


def test_mail_whose_key_is_missing_waits_for_it(server, clock, write, settings, tmp_path) -> None:
    """A wrong key file is mended by a human: the mails must still be there."""
    [mail] = write(1)
    right = settings.PROXIRH_KEYS_FILE
    settings.PROXIRH_KEYS_FILE = tmp_path / "autre.json"
    settings.PROXIRH_KEYS_FILE.write_text(new_keyring(), encoding="utf-8")
    assert drain(clock=clock).postponed == 1
    settings.PROXIRH_KEYS_FILE = right
    clock.advance(minutes=1)
    assert drain(clock=clock).sent == 1
    assert reload(mail).state == MailState.SENT


def test_nothing_to_send_opens_no_connection(server, clock, db) -> None:
    assert drain(clock=clock).sent == 0
    assert server.connections == 0
