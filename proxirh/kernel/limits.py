"""Limits on attempts, counted in a table so that every process and machine shares them."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Sum
from django.utils import timezone

from proxirh.kernel import encryption
from proxirh.kernel.models import RateCounter


def _window(at: datetime, length: timedelta) -> datetime:
    seconds = int(length.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, tz=at.tzinfo)


def attempt(scope: str, subject: str, *, limit: int, per: timedelta, at: datetime | None = None) -> bool:
    """Count one attempt of `subject` in `scope`; False once more than `limit` were made within `per`.

    Windows are fixed halves of `per` and the two previous ones weigh in full, so no span of `per` ever holds more.
    """
    at = at or timezone.now()
    key = encryption.blind_index(f"limit:{scope}", subject)
    half = per / 2
    window = _window(at, half)
    RateCounter.objects.bulk_create([RateCounter(key=key, window=window)], ignore_conflicts=True)
    RateCounter.objects.filter(key=key, window=window).update(count=F("count") + 1)
    total = RateCounter.objects.filter(key=key, window__gte=window - per, window__lte=window).aggregate(
        total=Sum("count", output_field=models.IntegerField())
    )["total"]
    return total <= limit


def forget_old(*, at: datetime | None = None) -> int:
    """Delete counters that no limit reads any more (older than two days); returns how many."""
    return RateCounter.objects.filter(window__lt=(at or timezone.now()) - timedelta(days=2)).delete()[0]
