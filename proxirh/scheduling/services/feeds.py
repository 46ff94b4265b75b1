"""The « occupé » calendar of one person: opened, given another address, closed."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.errors import NotAllowed
from proxirh.scheduling.links import feed_of
from proxirh.scheduling.models import AgendaFeed, HeldTime
from proxirh.scheduling.permissions import keeps_agenda
from proxirh.scheduling.services.openings import NOT_YOURS
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Posting

BACK, AHEAD = timedelta(days=30), timedelta(days=370)


def own_feed(actor: Actor) -> AgendaFeed | None:
    """One’s own, open or not."""
    return AgendaFeed.objects.filter(person_id=actor.person_id or 0).first()


@transaction.atomic
def open_feed(*, actor: Actor, seen: int = 0, at: datetime | None = None) -> bool:
    """Open it, or give it another address: the former one opens nothing any more. Returns whether that was done.

    `seen` is the version that the page showed, 0 for none: sent twice, the address changes once.
    """
    if not keeps_agenda(actor) or actor.person_id is None:
        raise NotAllowed(NOT_YOURS)
    feed, is_new = AgendaFeed.objects.get_or_create(person_id=actor.person_id)
    if not is_new:
        rows = AgendaFeed.objects.filter(pk=feed.pk, version=seen)
        if rows.update(version=F("version") + 1, is_on=True) != 1:
            return False
    journal.record(actor=actor.label, verb="calendrier.ouvert", subject=feed, at=at or timezone.now())
    return True


@transaction.atomic
def close_feed(*, actor: Actor, at: datetime | None = None) -> None:
    """No address opens it any more. Twice is the same as once."""
    if not keeps_agenda(actor):
        raise NotAllowed(NOT_YOURS)
    feed = own_feed(actor)
    if feed is not None and feed.is_on:
        AgendaFeed.objects.filter(pk=feed.pk).update(version=F("version") + 1, is_on=False)
        journal.record(actor=actor.label, verb="calendrier.fermé", subject=feed, at=at or timezone.now())


def read_feed(token: str, *, at: datetime) -> QuerySet[HeldTime] | None:
    """What an address reads: times that are held; None for one that nobody signed, or that opens nothing any more.

    It ends with the mission of its person.
    """
    named = feed_of(token)
    if named is None:
        return None
    uid, version = named
    feed = AgendaFeed.objects.filter(uid=uid, version=version, is_on=True).first()
    is_active = Q(person__user=None) | Q(person__user__is_active=True)
    serves = (
        feed and Posting.objects.filter(is_active, on_day(timezone.localdate(at)), person_id=feed.person_id).exists()
    )
    if feed is None or not serves:
        return None
    rows = HeldTime.objects.filter(person_id=feed.person_id, ends_at__gt=at - BACK, starts_at__lt=at + AHEAD)
    return rows.order_by("starts_at", "pk")
