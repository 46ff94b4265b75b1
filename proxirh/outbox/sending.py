"""Emptying the outbox: claim a row under a lease, send it, then mark it.

A crash between the last two repeats one mail under the same Message-ID; no order of these steps could lose one.
"""

import smtplib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import mailers
from django.utils import timezone

from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import StaleState
from proxirh.kernel.workflow import swap
from proxirh.outbox.message import message_of
from proxirh.outbox.models import MailState, OutgoingEmail

Clock = Callable[[], datetime]

# Longer than the slowest sending (five answers of the server, 20 s each).
LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
# 1, 2, 4 … 256 minutes, then every 6 hours: a little more than a day.
MOST_ATTEMPTS = 13
OUTAGE_WAIT = timedelta(minutes=1)
MOST_MAILS = 500
MOST_TIME = timedelta(seconds=60)
PERMANENT = 500
CLOSING = 421


@dataclass(slots=True)
class Drained:
    """What one run did."""

    sent: int = 0
    postponed: int = 0
    dead: int = 0
    server_down: bool = False
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a mail that is due: sent, unless it waits or its reader refuses it; `stop_url` refuses its kind.

    Given by an app above, which knows kinds and readers; nothing is known of them here.
    """

    wait_until: datetime | None = None
    is_refused: bool = False
    stop_url: str = ""


SEND = Verdict()
type Sorter = Callable[[Sequence[OutgoingEmail], datetime], Mapping[int, Verdict]]


def send_all(_mails: Sequence[OutgoingEmail], _at: datetime) -> Mapping[int, Verdict]:
    """Every mail is sent."""
    return {}


def drain(
    *,
    clock: Clock = timezone.now,
    most_mails: int = MOST_MAILS,
    most_time: timedelta = MOST_TIME,
    sort: Sorter = send_all,
) -> Drained:
    """Send what is due through one connection, within bounds; what one mail meets never stops the next ones.

    `sort` gives, by primary key, the verdicts on those that are not simply sent.
    """
    done = Drained()
    started = clock()
    mails = list(OutgoingEmail.objects.due(started).select_related("data_key")[:most_mails])
    if not mails:
        return done
    verdicts, mailer = sort(mails, started), mailers.default
    try:
        for mail in mails:
            if clock() - started >= most_time:
                break
            verdict = verdicts.get(mail.pk, SEND)
            if verdict.is_refused or verdict.wait_until:
                with suppress(StaleState):
                    hold(mail, verdict, done, at=clock())
                continue
            try:
                mailer.open()
            except OSError as error:
                done.server_down = True
                done.postponed += wait_for_server(error, at=clock())
                break
            with suppress(StaleState):
                send_one(mail, mailer, done, clock=clock, stop_url=verdict.stop_url)
    finally:
        hang_up(mailer)
    return done


def hold(mail: OutgoingEmail, verdict: Verdict, done: Drained, *, at: datetime) -> None:
    """Put a mail off, without counting an attempt, or set it aside; raises StaleState when another sender holds it."""
    if verdict.is_refused:
        set_aside(mail, at=at)
        done.skipped += 1
        return
    move(mail, due_at=verdict.wait_until)
    done.postponed += 1


def set_aside(mail: OutgoingEmail, *, at: datetime) -> None:
    """Never send this mail, and forget its text at once; its key stays used. Raises StaleState."""
    move(mail, state=MailState.SKIPPED, skipped_at=at, leased_until=None, body=None, calendar=None)


def send_one(mail: OutgoingEmail, mailer: Any, done: Drained, *, clock: Clock, stop_url: str = "") -> None:
    """Claim, send, mark; raises StaleState when another sender holds the row or has finished with it."""
    if mail.attempts >= MOST_ATTEMPTS:
        # Only a sender that dies each time leaves a row here without having given it up.
        bury(mail, "Crash", at=clock())
        done.dead += 1
        return
    move(mail, attempts=mail.attempts + 1, leased_until=clock() + LEASE)
    try:
        deliver(mail, mailer, stop_url=stop_url)
    except (OSError, ValueError, DecryptionError) as error:
        if not session_survives(error):
            hang_up(mailer)
        if is_final(error) or mail.attempts >= MOST_ATTEMPTS:
            bury(mail, described(error), at=clock())
            done.dead += 1
        else:
            move(mail, due_at=clock() + wait_after(mail.attempts), leased_until=None, last_error=described(error))
            done.postponed += 1
        return
    move(mail, state=MailState.SENT, sent_at=clock(), leased_until=None, last_error="")
    done.sent += 1


def deliver(mail: OutgoingEmail, mailer: Any, *, stop_url: str = "") -> None:
    """Hand one mail to the server; returns once it has accepted it."""
    if not mailer.send_messages([message_of(mail, stop_url=stop_url)]):
        raise ValueError("no recipient")


def move(mail: OutgoingEmail, **changes: Any) -> None:
    """Write `changes` if the row is still waiting under the same claim; raises StaleState."""
    swap(mail, {"state": MailState.QUEUED, "attempts": mail.attempts}, changes)


def bury(mail: OutgoingEmail, reason: str, *, at: datetime) -> None:
    """Give up a mail, visibly."""
    move(mail, state=MailState.DEAD, dead_at=at, leased_until=None, last_error=reason)


def wait_for_server(error: OSError, *, at: datetime) -> int:
    """Put off everything that is due without blaming any mail: a stopped server, however long, kills none."""
    return OutgoingEmail.objects.due(at).update(due_at=at + OUTAGE_WAIT, last_error=described(error))


def wait_after(attempts: int) -> timedelta:
    """Delay before the next attempt: doubled each time, six hours at most."""
    return min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)


def codes_of(error: Exception) -> list[int]:
    """Reply codes of the mail server, when it gave any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def described(error: Exception) -> str:
    """Class and code of an error: its text may quote the address or the mail."""
    return " ".join([type(error).__name__, *map(str, codes_of(error))])


def is_final(error: Exception) -> bool:
    """True when this very address or mail is refused for good; a refused sender is our own fault and is retried."""
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError):
        return all(code >= PERMANENT for code in codes_of(error))
    return isinstance(error, ValueError)


def session_survives(error: Exception) -> bool:
    """True when the server refused one mail and goes on listening."""
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException):
        return CLOSING not in codes_of(error)
    return not isinstance(error, OSError)


def hang_up(mailer: Any) -> None:
    """End the connection, already broken or not."""
    with suppress(OSError):
        mailer.close()
