"""Limits on attempts, counted in a table so that every process and machine shares them."""

import ipaddress
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
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
    keys = encryption.blind_indexes(f"limit:{scope}", subject)
    half = per / 2
    window = _window(at, half)
    return _add_one(keys, window, since=window - per) <= limit


# The ORM adds one to a row, or inserts it, in no fewer than two statements under a lock; the sum would be a third. A
# nested query may not see the row just written: its count comes from the row itself.
ADD_ONE = """
INSERT INTO {table} ({key}, {window}, {count}) VALUES (%s, %s, 1)
ON CONFLICT ({key}, {window}) DO UPDATE SET {count} = {table}.{count} + 1
RETURNING {count} + (
    SELECT COALESCE(SUM(other.{count}), 0) FROM {table} other
    WHERE other.{key} IN ({keys}) AND other.{window} BETWEEN %s AND %s
    AND NOT (other.{key} = %s AND other.{window} = %s)
)
"""


def _add_one(keys: Sequence[bytes], window: datetime, *, since: datetime) -> int:
    """Count one more in this window; how many there are since `since`, under any of the keys."""
    meta: Any = RateCounter._meta
    quote = connection.ops.quote_name
    names = {name: quote(meta.get_field(name).column) for name in ("key", "window", "count")}

    def stored(name: str, value: Any) -> Any:
        return meta.get_field(name).get_db_prep_save(value, connection)

    here = [stored("key", keys[0]), stored("window", window)]
    ends = [stored("window", since), stored("window", window)]
    every = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            ADD_ONE.format(table=quote(meta.db_table), keys=every, **names),
            [*here, *(stored("key", key) for key in keys), *ends, *here],
        )
        return int(cursor.fetchall()[0][0])


def unread(at: datetime) -> QuerySet[RateCounter]:
    """Counters that no limit reads any more: older than two days."""
    return RateCounter.objects.filter(window__lt=at - timedelta(days=2))


def client_address(meta: Mapping[str, str], *, trusted_proxies: int) -> str:
    """Network address of whoever calls, from the headers of a request (`request.META`).

    Each trusted proxy appends the address it saw to X-Forwarded-For: the right-most ones are true, the others are the
    caller's own words. IPv6 callers own a whole /64 and are counted as one.
    """
    hops = [meta.get("REMOTE_ADDR", "")]
    if trusted_proxies and (forwarded := meta.get("HTTP_X_FORWARDED_FOR")):
        hops = [*forwarded.split(","), *hops]
    said = hops[max(len(hops) - 1 - trusted_proxies, 0)].strip()
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return "inconnue"
    if address.version == 6:
        return address.ipv4_mapped.compressed if address.ipv4_mapped else f"{address.exploded[:19]}::/64"
    return address.compressed
