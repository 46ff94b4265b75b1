"""How long the traces of a mail are kept: its text a week, the fact that it was sent two months."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from proxirh.kernel.models import DataKey
from proxirh.outbox.models import OutgoingEmail

BODY_KEPT = timedelta(days=7)
DELIVERY_KEPT = timedelta(days=62)
BATCH = 500


def ended_before(limit: datetime) -> Q:
    """Sent or given up before `limit`; a mail still waiting never ends."""
    return Q(sent_at__lt=limit) | Q(dead_at__lt=limit)


def forget_bodies(*, at: datetime) -> int:
    """Erase the texts of mails that ended more than a week ago; returns how many."""
    return OutgoingEmail.objects.filter(ended_before(at - BODY_KEPT), body__isnull=False).update(body=None)


def forget_deliveries(*, at: datetime) -> int:
    """Delete the rows of mails that ended more than two months ago, with their keys; returns how many."""
    ended = OutgoingEmail.objects.filter(ended_before(at - DELIVERY_KEPT))
    deleted = 0
    while keys := list(ended.values_list("data_key_id", flat=True)[:BATCH]):
        with transaction.atomic():
            deleted += OutgoingEmail.objects.filter(data_key__in=keys).delete()[0]
            DataKey.objects.filter(pk__in=keys).delete()
    return deleted
