"""Queueing a mail: one encrypted row in the transaction of the change it announces."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Coalesce
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone

from proxirh.kernel.encryption import address_indexes
from proxirh.kernel.models import DataKey, Heartbeat, random_uid
from proxirh.kernel.written import Given, written_once
from proxirh.outbox.figures import WORKER
from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.outbox.returned import REFUSED
from proxirh.outbox.sending import SEND, Verdict, drain, set_aside

__all__ = [
    "SEND",
    "Letter",
    "Verdict",
    "drain",
    "forget_about",
    "is_refused",
    "queue_email",
    "queue_emails",
    "queue_letters",
    "release_waiting",
    "rendered",
    "retry_dead",
    "set_aside",
    "sign_of_life",
]


@written_once
def _queued_once() -> QuerySet:
    return OutgoingEmail.objects.filter(dedupe_key=Given("key", CharField())).values_list("pk", flat=True)


def _is_used(dedupe_key: str) -> bool:
    return bool(_queued_once().read(key=dedupe_key))


def queue_email(
    *,
    kind: str,
    to: str,
    template: str,
    context: dict[str, Any],
    dedupe_key: str | None = None,
    about: UUID | None = None,
    calendar: str | None = None,
    at: datetime | None = None,
) -> OutgoingEmail | None:
    """Write one mail, rendered from the partials `subject` and `body` of a template; None if its key was used already.

    Must run inside the transaction of the change; the worker sends it later. No content, no topic, ever. `about` is
    the random id of the row it tells of (see `forget_about`); `calendar` an event that goes with it, as text.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Un courriel s’écrit dans la transaction de ce qu’il annonce.")
    if dedupe_key is not None and _is_used(dedupe_key):
        return None
    at = at or timezone.now()
    uid = random_uid()
    subject, body = rendered(template, context)
    try:
        # Two transactions may use the same key at once: the second takes back its own two rows and nothing else.
        with transaction.atomic(savepoint=dedupe_key is not None):
            return OutgoingEmail.objects.create(
                uid=uid,
                data_key=DataKey.objects.issue(),
                kind=kind,
                dedupe_key=dedupe_key,
                about=about,
                recipient=to,
                recipient_index=address_indexes(to)[0],
                subject=subject,
                body=body,
                calendar=calendar,
                message_id=f"<{uid.hex}@{settings.PROXIRH_MAIL_DOMAIN}>",
                due_at=at,
                created_at=at,
            )
    except IntegrityError:
        if dedupe_key is None or not _is_used(dedupe_key):
            raise
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The same mail to several people (`to`: key used once → address); the rest as in `queue_email`.

    `calendars` gives some of these keys an event each, as text.
    """

    kind: str
    to: Mapping[str, str]
    template: str
    context: dict[str, Any]
    about: UUID | None = None
    calendars: Mapping[str, str] = field(default_factory=dict)


def queue_emails(
    *,
    kind: str,
    to: Mapping[str, str],
    template: str,
    context: dict[str, Any],
    about: UUID | None = None,
    at: datetime | None = None,
) -> int:
    """The same mail to several people, as one `Letter`; returns how many."""
    return queue_letters([Letter(kind=kind, to=to, template=template, context=context, about=about)], at=at)


def queue_letters(letters: Iterable[Letter], *, at: datetime | None = None) -> int:
    """Several letters, each to several people, in two statements; returns how many mails.

    Same promises as `queue_email`.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Un courriel s’écrit dans la transaction de ce qu’il annonce.")
    letters, at = [letter for letter in letters if letter.to], at or timezone.now()
    if not letters:
        return 0
    try:
        with transaction.atomic():
            keys = iter(DataKey.objects.issue_many(sum(len(letter.to) for letter in letters)))
            mails = [mail for letter in letters for mail in _mails(letter, keys, at=at)]
            OutgoingEmail.objects.bulk_create(mails)
    except IntegrityError:  # one of the keys was used already: each mail then stands for itself
        return sum(
            queue_email(
                kind=letter.kind,
                to=address,
                template=letter.template,
                context=letter.context,
                dedupe_key=key,
                about=letter.about,
                calendar=letter.calendars.get(key),
                at=at,
            )
            is not None
            for letter in letters
            for key, address in letter.to.items()
        )
    return len(mails)


def _mails(letter: Letter, keys: Iterator[DataKey], *, at: datetime) -> Iterator[OutgoingEmail]:
    subject, body = rendered(letter.template, letter.context)
    for dedupe_key, address in letter.to.items():
        uid = random_uid()
        yield OutgoingEmail(
            uid=uid,
            data_key=next(keys),
            kind=letter.kind,
            dedupe_key=dedupe_key,
            about=letter.about,
            recipient=address,
            recipient_index=address_indexes(address)[0],
            subject=subject,
            body=body,
            calendar=letter.calendars.get(dedupe_key),
            message_id=f"<{uid.hex}@{settings.PROXIRH_MAIL_DOMAIN}>",
            due_at=at,
            created_at=at,
        )


def forget_about(about: UUID) -> int:
    """Delete the mails sent or given up about a row that is being erased, and their keys; returns how many.

    Those still to be sent go on: they were written for someone, hold no content, and are forgotten in their turn.
    """
    ended = OutgoingEmail.objects.filter(about=about).exclude(state=MailState.QUEUED)
    keys = list(ended.values_list("data_key", flat=True))
    ended.filter(data_key__in=keys).delete()
    DataKey.objects.destroy(*keys)
    return len(keys)


def rendered(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and text of a mail, from the partials of a template; plain text, where nothing is escaped."""
    told = Context({"base_url": settings.PROXIRH_BASE_URL, **context}, autoescape=False)
    subject, body = (get_template(f"{template}#{part}").template.render(told) for part in ("subject", "body"))  # type: ignore[attr-defined]
    return " ".join(subject.split()), body.strip() + "\n"


def retry_dead(*, kind: str = "", at: datetime | None = None) -> int:
    """Queue again the mails that were given up and still have their text, of one kind or of all; returns how many."""
    dead = OutgoingEmail.objects.dead().filter(body__isnull=False)
    if kind:
        dead = dead.filter(kind=kind)
    return dead.update(state=MailState.QUEUED, attempts=0, due_at=at or timezone.now(), dead_at=None, last_error="")


def release_waiting(address: str, *, at: datetime) -> int:
    """Make due at once what waits for an address and was never tried: it is sorted again as it leaves."""
    waiting = OutgoingEmail.objects.waiting().filter(recipient_index__in=address_indexes(address))
    return waiting.filter(attempts=0, last_error="", due_at__gt=at).update(due_at=at)


def is_refused(address: str) -> bool:
    """True when the last answer about an address is that the mail server refuses it for good.

    Said while the mail was handed over, or in a notice that came back (`returned`); known as long as its trace is kept.
    """
    if not address:
        return False
    refused = Q(last_error__startswith="SMTPRecipientsRefused 5") | Q(last_error__startswith=REFUSED)
    answered = OutgoingEmail.objects.filter(recipient_index__in=address_indexes(address)).filter(
        Q(state=MailState.SENT) | Q(refused, state=MailState.DEAD)
    )
    last = answered.order_by(Coalesce("sent_at", "dead_at").desc(), "-pk").values_list("state", flat=True).first()
    return last == MailState.DEAD


def sign_of_life(*, at: datetime) -> None:
    """Note that the worker runs, which `/ready` shows."""
    Heartbeat.objects.update_or_create(name=WORKER, defaults={"seen_at": at})
