"""How long the traces of a mail are kept: its text a week, the fact that it was sent two months."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from proxirh.kernel.retention import BATCH, Rule, kept, rows_rule
from proxirh.outbox.models import OutgoingEmail


def ended_before(limit: datetime) -> Q:
    """Sent, given up or set aside before `limit`; a mail still waiting never ends."""
    return Q(sent_at__lt=limit) | Q(dead_at__lt=limit) | Q(skipped_at__lt=limit)


def _with_old_texts(at: datetime) -> QuerySet[OutgoingEmail]:
    return OutgoingEmail.objects.filter(ended_before(at - kept("MAILS")), body__isnull=False)


def _erase_texts(at: datetime) -> Iterator[int]:
    while keys := list(_with_old_texts(at).values_list("pk", flat=True)[:BATCH]):
        yield OutgoingEmail.objects.filter(pk__in=keys).update(body=None, calendar=None)


BODIES = Rule(
    "courriels",
    "textes de courriels partis ou abandonnés",
    (OutgoingEmail,),
    due=lambda at: _with_old_texts(at).count(),
    erase=_erase_texts,
    keep=("MAILS",),
)
DELIVERIES = rows_rule(
    "envois",
    "traces de l’envoi des courriels",
    lambda at: OutgoingEmail.objects.filter(ended_before(at - kept("DELIVERIES"))),
    covers=OutgoingEmail,
    keep=("DELIVERIES",),
)
RULES = (BODIES, DELIVERIES)
