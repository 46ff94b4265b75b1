"""The one mail of a day: how many of each kind, where each thing is read, and nothing else."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from proxirh.kernel.errors import StaleState
from proxirh.kernel.workflow import swap
from proxirh.notifications.kinds import DIGEST, KINDS
from proxirh.notifications.models import Frequency, MailChoice
from proxirh.notifications.quiet import indexes_of, next_digest, places_of
from proxirh.outbox.models import OutgoingEmail
from proxirh.outbox.services import queue_email, set_aside

# A digest has that many lines; the pages have everything.
MOST_LINES = 40


def send_digests(*, at: datetime | None = None) -> int:
    """Gather what waits for each reader whose hour has come; returns how many mails were written.

    Missed nights are caught up by one mail, which holds them all.
    """
    at = at or timezone.now()
    written = 0
    for choice in MailChoice.objects.filter(next_digest_at__lte=at).select_related("data_key").order_by("pk"):
        with suppress(StaleState):  # another worker did, or its reader has just chosen otherwise
            written += send_digest(choice, at=at)
    return written


@transaction.atomic
def send_digest(choice: MailChoice, *, at: datetime) -> bool:
    """One digest, once an hour of it; False when nothing waited. Raises StaleState when another wrote it."""
    hour = choice.next_digest_at
    place = places_of([choice], at=at)[choice.pk]
    swap(
        choice,
        {"next_digest_at": hour, "changed_at": choice.changed_at},
        {"next_digest_at": next_digest(at, place, is_quiet=choice.is_quiet)},
    )
    daily = [code for code, chosen in choice.frequencies.items() if chosen == Frequency.DAILY]
    waiting = OutgoingEmail.objects.unheld(at).filter(recipient_index__in=indexes_of(choice), kind__in=daily)
    gathered = []
    for mail in waiting.order_by("created_at", "pk"):
        with suppress(StaleState):  # it was leaving when its reader chose so
            set_aside(mail, at=at)
            gathered.append(mail)
    if not gathered:
        return False
    lines = lines_of(gathered)
    context = {"count": len(gathered), "lines": lines[:MOST_LINES], "more": len(lines[MOST_LINES:])}
    choices_url = settings.PROXIRH_BASE_URL + reverse("notifications:mine")
    queue_email(
        kind=DIGEST,
        to=str(choice.address),
        template=KINDS[DIGEST].files[0],
        context={**context, "choices_url": choices_url},
        dedupe_key=f"digest:{choice.uid}:{hour:%Y%m%d%H%M}",
        at=at,
    )
    return True


def lines_of(mails: Sequence[OutgoingEmail]) -> list[dict[str, object]]:
    """How many of each kind about each thing, and where it is read."""
    counts = Counter((KINDS[mail.kind].name, _url(mail)) for mail in mails)
    return [{"count": count, "name": name, "url": url} for (name, url), count in counts.items()]


def _url(mail: OutgoingEmail) -> str:
    kind = KINDS[mail.kind]
    if kind.by_thing and mail.about is None:
        return settings.PROXIRH_BASE_URL
    return settings.PROXIRH_BASE_URL + reverse(kind.page, args=[mail.about] if kind.by_thing else [])
