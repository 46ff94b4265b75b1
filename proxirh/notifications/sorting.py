"""What becomes of the mails that are due, by what their readers chose: read when they leave, never when they are
written, so that sending an enquiry costs nothing more and a refusal stops what already waits.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from proxirh.kernel import encryption
from proxirh.notifications.kinds import KINDS, Kind, Reader
from proxirh.notifications.links import stop_url
from proxirh.notifications.models import Frequency, MailChoice
from proxirh.notifications.quiet import Place, places_of, quiet_until
from proxirh.outbox.models import OutgoingEmail
from proxirh.outbox.services import SEND, Verdict

# A digest that is late gathers what waits for it meanwhile.
DIGEST_LATE = timedelta(minutes=5)


def sort(mails: Sequence[OutgoingEmail], at: datetime) -> Mapping[int, Verdict]:
    """A verdict for each mail whose reader may have chosen; the others are simply sent. One query without a choice."""
    sorted_mails = [(mail, KINDS[mail.kind]) for mail in mails if mail.kind in KINDS and KINDS[mail.kind].is_sorted]
    if not sorted_mails:
        return {}
    indexes = {mail.pk: indexes_of(mail) for mail, _ in sorted_mails}
    by_index = _chosen(index for found in indexes.values() for index in found)
    chosen = {pk: next((by_index[one] for one in found if one in by_index), None) for pk, found in indexes.items()}
    _note_use({choice.pk: choice for choice in chosen.values() if choice}.values(), at=at)
    quiet = {choice.pk: choice for choice in chosen.values() if choice and choice.is_quiet}
    places = places_of(quiet.values(), at=at) if quiet else {}
    return {mail.pk: _verdict(mail, kind, chosen[mail.pk], places, at=at) for mail, kind in sorted_mails}


def indexes_of(mail: OutgoingEmail) -> tuple[bytes, ...]:
    """Where the choice of its reader may be found."""
    if mail.recipient_index is None or encryption.keyring().is_changing:
        try:
            return encryption.address_indexes(str(mail.recipient))
        except encryption.DecryptionError:  # the sender meets it in its turn, and gives this mail up alone
            return ()
    return (bytes(mail.recipient_index),)


def _chosen(indexes: Iterable[bytes]) -> dict[bytes, MailChoice]:
    rows = MailChoice.objects.filter(address_index__in=set(indexes)).select_related("data_key")
    return {bytes(row.address_index): row for row in rows}


def _note_use(choices: Iterable[MailChoice], *, at: datetime) -> None:
    today = timezone.localdate(at)
    if old := [choice.pk for choice in choices if choice.used_on < today]:
        MailChoice.objects.filter(pk__in=old).update(used_on=today)


def _verdict(
    mail: OutgoingEmail, kind: Kind, choice: MailChoice | None, places: Mapping[int, Place], *, at: datetime
) -> Verdict:
    if choice is not None and kind.is_refusable:
        frequency = choice.frequency_of(kind.code)
        if frequency == Frequency.NEVER:
            return Verdict(is_refused=True)
        if frequency == Frequency.DAILY:
            due = choice.next_digest_at
            return Verdict(wait_until=due if due and due > at else at + DIGEST_LATE)
    if choice is not None and choice.is_quiet and kind.reader == Reader.STAFF and not kind.is_urgent:
        until = quiet_until(at, places[choice.pk])
        if until:
            return Verdict(wait_until=until)
    return Verdict(stop_url=stop_url(mail)) if kind.is_refusable else SEND
