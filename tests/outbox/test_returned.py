"""A mail that a server had taken and that reached nobody: its notice says so, and at most refuses its address."""

import io
import random
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import cast

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from proxirh.kernel.encryption import address_indexes
from proxirh.kernel.errors import StaleState
from proxirh.kernel.models import random_uid
from proxirh.outbox import returned
from proxirh.outbox.management.commands import read_bounces
from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.outbox.returned import return_address, take_back
from proxirh.outbox.sending import LEASE, drain
from proxirh.outbox.services import is_refused, retry_dead
from tests.enquiries.test_hands_races import together
from tests.outbox.conftest import write_mails
from tests.outbox.notices import EXCHANGE, POSTFIX, notice
from tests.world import NOW

LATER = NOW + timedelta(minutes=5)
AGENT = "agent0000@exemple.invalid"
RETURNS = "retours@rh.exemple.invalid"


@pytest.fixture(autouse=True)
def returns(settings) -> None:
    settings.PROXIRH_MAIL_RETURNS = RETURNS


def taken(count: int = 1) -> list[OutgoingEmail]:
    """Mails that the server has taken, the first of them to AGENT."""
    index = address_indexes(AGENT)[0]
    mails = write_mails(count, state=MailState.SENT, sent_at=NOW, attempts=1)
    OutgoingEmail.objects.filter(pk=mails[0].pk).update(recipient_index=index)
    return mails


@pytest.fixture
def mail(db) -> OutgoingEmail:
    """One of them."""
    return taken()[0]


def reload(mail: OutgoingEmail) -> OutgoingEmail:
    return OutgoingEmail.objects.select_related("data_key").get(pk=mail.pk)


def back_to(mail: OutgoingEmail) -> str:
    return cast("str", return_address(mail))


def is_as_it_was(mail: OutgoingEmail) -> bool:
    found = reload(mail)
    return (found.state, found.sent_at, found.dead_at, found.last_error) == (MailState.SENT, NOW, None, "")


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """As the mail server does: one message on the standard input."""

    def run(raw: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        call_command("read_bounces")

    return run


# ── The envelope ──────────────────────────────────────────────────────────────────────────────────
def test_each_mail_leaves_under_its_own_return_address(server, clock, write) -> None:
    """Its reader sees the sender of the service. Mutations: put it in « From »; the same for every mail."""
    senders: list[str] = []
    server.on_sender = lambda sender: senders.append(sender) or "250 OK"
    mails = write(2)
    drain(clock=clock)
    assert senders == [return_address(mail) for mail in mails]
    assert len(set(senders)) == 2
    assert all(len(sender.partition("@")[0]) <= 64 for sender in senders), "RFC 5321"
    for message in server.accepted:
        assert message["From"] == "ProxiRH <ne-pas-repondre@localhost>"
        assert "retours" not in message.as_string()


def test_it_names_the_mail_and_nothing_else(mail: OutgoingEmail) -> None:
    OutgoingEmail.objects.filter(pk=mail.pk).update(about=random_uid())
    found = reload(mail)
    assert AGENT.partition("@")[0] not in back_to(found)
    assert cast("object", found.about).hex not in back_to(found)  # type: ignore[attr-defined]


def test_without_an_address_for_them_mails_leave_as_before(server, clock, write, settings) -> None:
    settings.PROXIRH_MAIL_RETURNS = ""
    senders: list[str] = []
    server.on_sender = lambda sender: senders.append(sender) or "250 OK"
    [mail] = write(1)
    drain(clock=clock)
    assert senders == ["ne-pas-repondre@localhost"]
    assert not take_back(notice(f"{RETURNS.replace('@', '+')}{mail.uid.hex}@localhost"), at=LATER)


# ── What is read ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("form", [POSTFIX, EXCHANGE], ids=["postfix", "exchange"])
def test_a_permanent_failure_gives_the_mail_up_and_refuses_the_address(mail: OutgoingEmail, form: str) -> None:
    assert take_back(notice(back_to(mail), form=form), at=LATER)
    found = reload(mail)
    assert (found.state, found.sent_at, found.dead_at) == (MailState.DEAD, None, LATER)
    assert found.last_error == "AddressRefused 5.1.1", "the code alone: the rest quotes the address"
    assert is_refused(AGENT)


def test_a_late_mail_is_not_a_refused_one(mail: OutgoingEmail) -> None:
    """The server goes on trying. Mutation: do not read the action."""
    for status in ("4.4.1", "4.2.2", "5.1.1"):
        assert not take_back(notice(back_to(mail), status, action="delayed"), at=LATER)
    assert is_as_it_was(mail)
    assert not is_refused(AGENT)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "", "échec"])
def test_no_other_action_is_a_failure(mail: OutgoingEmail, action: str) -> None:
    assert not take_back(notice(back_to(mail), action=action), at=LATER)
    assert is_as_it_was(mail)


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("5.0.0", True),
        ("5.1.1", True),
        ("5.1.10", True),
        ("5.2.1", True),
        ("5.4.4", True),
        ("5.5.0", True),
        ("4.4.1", False),
        ("4.2.2", False),
        ("5.4.7", False),
        ("5.2.2", False),
        ("5.2.3", False),
        ("5.3.4", False),
        ("5.6.0", False),
        ("5.7.1", False),
    ],
)
def test_a_failure_is_of_the_address_or_of_the_mail_alone(mail: OutgoingEmail, status: str, refused: bool) -> None:
    """Tried for days in vain, too long, taken for spam: given up, visibly, and her address is not blamed.

    Mutation: leave `is_of_address` out.
    """
    assert take_back(notice(back_to(mail), status), at=LATER)
    assert reload(mail).state == MailState.DEAD
    assert is_refused(AGENT) is refused


def test_a_mail_that_reached_one_of_two_is_not_lost(mail: OutgoingEmail) -> None:
    """Her server sends it on to two others. Mutation: look at the first recipient alone."""
    first = "Action: failed\nStatus: 5.1.1\n"
    other = "\nFinal-Recipient: rfc822; autre@exemple.invalid\nAction: {}\nStatus: {}\n"
    whole = notice(back_to(mail)).decode()
    assert first in whole
    assert not take_back(whole.replace(first, first + other.format("relayed", "2.1.9")).encode(), at=LATER)
    assert is_as_it_was(mail)
    assert take_back(whole.replace(first, first + other.format("failed", "5.7.1")).encode(), at=LATER)
    assert reload(mail).last_error == "Returned 5.7.1", "one of the two says nothing of an address"


def test_a_later_mail_that_arrives_clears_it(mail: OutgoingEmail) -> None:
    take_back(notice(back_to(mail)), at=LATER)
    assert is_refused(AGENT)
    later = write_mails(1, state=MailState.SENT, sent_at=LATER + LEASE)[0]
    OutgoingEmail.objects.filter(pk=later.pk).update(recipient_index=address_indexes(AGENT)[0])
    assert not is_refused(AGENT)


# ── What nobody signed ────────────────────────────────────────────────────────────────────────────
def test_a_forged_address_does_nothing(mail: OutgoingEmail) -> None:
    """Mutation: read the address without its signature."""
    own, other = back_to(mail), back_to(taken()[0])
    local, domain = RETURNS.split("@")
    signature = own.partition("@")[0][-returned.SIGNED :]
    forged = [
        f"{local}+{mail.uid.hex}{'0' * returned.SIGNED}@{domain}",
        f"{local}+{mail.uid.hex}@{domain}",
        f"{local}+{mail.uid.hex}{other.partition('@')[0][-returned.SIGNED :]}@{domain}",
        f"{local}+{random_uid().hex}{signature}@{domain}",
        own.replace(domain, "ailleurs.invalid"),
        own.replace(local, "autres"),
        RETURNS,
        "",
    ]
    for to in forged:
        assert not take_back(notice(to), at=LATER), to
    assert is_as_it_was(mail)


def test_the_address_is_read_where_the_message_came_and_not_in_what_it_quotes(mail: OutgoingEmail) -> None:
    """Mutation: look for it anywhere in the message."""
    quoted = notice(back_to(mail)).decode().replace(f"Delivered-To: {back_to(mail)}", f"Delivered-To: {RETURNS}")
    assert not take_back(quoted.replace(f"\nTo: {back_to(mail)}", f"\nTo: {RETURNS}").encode(), at=LATER)
    assert is_as_it_was(mail)


def test_a_server_that_lowers_or_raises_letters_is_heard(mail: OutgoingEmail) -> None:
    assert take_back(notice(back_to(mail).upper()), at=LATER)


def test_a_reply_or_an_absence_is_no_notice(mail: OutgoingEmail) -> None:
    """What people and their programs send back to any address. Mutation: take any message for a failure."""
    to = back_to(mail)
    plain = f"To: {to}\nSubject: Absence\nAuto-Submitted: auto-replied\n\nAction: failed\nStatus: 5.1.1\n"
    report = notice(to).decode()
    for text in (
        plain,
        report.replace("multipart/report", "multipart/mixed"),
        report.replace("Content-Type: message/delivery-status", "Content-Type: text/plain"),
        report.replace("Status: 5.1.1", "Status: inconnu"),
        report.replace("Status: 5.1.1\n", ""),
    ):
        assert not take_back(text.encode(), at=LATER)
    assert is_as_it_was(mail)


# ── Twice, at once, too early, or spoiled ─────────────────────────────────────────────────────────
def test_the_same_notice_twice_changes_nothing_more(mail: OutgoingEmail) -> None:
    raw = notice(back_to(mail))
    assert take_back(raw, at=LATER)
    assert not take_back(raw, at=LATER + LEASE)
    assert reload(mail).dead_at == LATER


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_notices_at_once_give_it_up_once() -> None:
    """Mutation: write the state without comparing."""
    [mail] = taken()
    done: list[bool] = []
    raw = notice(back_to(mail))
    for _ in range(4):
        OutgoingEmail.objects.filter(pk=mail.pk).update(
            state=MailState.SENT, sent_at=NOW, dead_at=None, attempts=1, last_error=""
        )
        done.clear()
        tries = [partial(lambda: done.append(take_back(raw, at=LATER))) for _ in range(3)]
        assert together(*tries) == [None, None, None]
        assert sorted(done) == [False, False, True]


def test_a_notice_that_comes_before_the_mark_of_the_sender_is_to_come_again(mail: OutgoingEmail) -> None:
    """Mutation: leave it aside: the mail would be marked as sent, for ever."""
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        state=MailState.QUEUED, sent_at=None, leased_until=NOW + LEASE, attempts=1
    )
    raw = notice(back_to(mail))
    with pytest.raises(StaleState):
        take_back(raw, at=NOW)
    OutgoingEmail.objects.filter(pk=mail.pk).update(state=MailState.SENT, sent_at=NOW, leased_until=None)
    assert take_back(raw, at=LATER)


def test_an_old_notice_leaves_alone_what_was_queued_again(mail: OutgoingEmail) -> None:
    raw = notice(back_to(mail))
    assert take_back(raw, at=LATER)
    assert retry_dead(at=LATER) == 1
    assert not take_back(raw, at=LATER)
    assert reload(mail).state == MailState.QUEUED


@pytest.mark.parametrize("seed", range(20))
def test_a_spoiled_notice_raises_nothing(mail: OutgoingEmail, seed: int) -> None:
    rng = random.Random(seed)
    for form in (POSTFIX, EXCHANGE):
        raw = bytearray(notice(back_to(mail), form=form))
        for _ in range(40):
            spoiled = raw.copy()
            for _ in range(rng.randrange(1, 30)):
                place = rng.randrange(len(spoiled))
                spoiled[place : place + rng.randrange(4)] = rng.randbytes(rng.randrange(4))
            take_back(bytes(spoiled[: rng.randrange(len(spoiled))]), at=LATER)


def test_parts_within_parts_without_end_raise_nothing(mail: OutgoingEmail) -> None:
    """Mutation: let pass what the parser raises on nests."""
    head = f"To: {back_to(mail)}\n"
    nested = "".join(f'Content-Type: multipart/report; boundary="{n}"\n\n--{n}\n' for n in range(3000))
    assert not take_back((head + nested).encode(), at=LATER)


@pytest.mark.parametrize(
    "raw",
    [b"Content-Type: multipart/report; boundary*=x; boundary*0=y\n\n", b"To: =?utf-8?q?=ff\nSubject: \x00\n\n\xff"],
)
def test_what_the_parser_cannot_read_changes_nothing_aloud_or_not(mail: OutgoingEmail, raw: bytes) -> None:
    """Signed or not. Mutation: expect errors of some kinds alone."""
    for head in (b"", f"To: {back_to(mail)}\n".encode()):
        assert not take_back(head + raw, at=LATER)


def test_nothing_but_the_headers_is_read_of_what_nobody_signed(mail: OutgoingEmail, monkeypatch) -> None:
    """Mutation: read the report before the signature."""
    read = []
    monkeypatch.setattr(returned, "message_from_bytes", read.append)
    assert not take_back(notice("retours+" + "0" * 52 + "@rh.exemple.invalid"), at=LATER)
    assert read == []


# ── The command ───────────────────────────────────────────────────────────────────────────────────
def test_the_command_says_the_same_of_whatever_it_reads(mail: OutgoingEmail, give, capfd) -> None:
    """Mutation: say what it did."""
    unsigned = f"retours+{mail.uid.hex}{'0' * returned.SIGNED}@rh.exemple.invalid"
    for raw in (b"", b"\xff\x00", notice(unsigned), notice(back_to(mail), action="delayed"), notice(back_to(mail))):
        give(raw)
        assert capfd.readouterr() == ("", "")
    assert reload(mail).state == MailState.DEAD


@pytest.mark.parametrize("error", [StaleState, OperationalError])
def test_what_cannot_be_written_now_is_asked_for_again(monkeypatch, give, error: type[Exception]) -> None:
    """Mutation: let it end as a success; the mail server would forget the notice."""

    def fail(raw: bytes) -> bool:
        raise error

    monkeypatch.setattr(read_bounces, "take_back", fail)
    with pytest.raises(CommandError) as caught:
        give(b"")
    assert caught.value.returncode == 75


def test_a_message_without_end_is_read_to_its_end_and_kept_no_longer(mail: OutgoingEmail, give) -> None:
    give(notice(back_to(mail)) + b"x" * (3 * returned.MOST_BYTES))
    assert reload(mail).state == MailState.DEAD
