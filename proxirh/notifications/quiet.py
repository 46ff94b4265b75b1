"""Quiet hours and the hour of digests, where the reader works."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from proxirh.kernel import encryption
from proxirh.kernel.calendar import Calendar, add_working_days, is_working_day
from proxirh.notifications.models import MailChoice
from proxirh.territories.actor import on_day
from proxirh.territories.models import Posting
from proxirh.territories.services.calendars import NATIONAL, calendar_of, calendar_of_academy

BEGINS, ENDS = time(19), time(8)
DIGEST_AT = time(8)
type Place = tuple[Calendar, str]


def indexes_of(choice: MailChoice) -> tuple[bytes, ...]:
    """The blind indexes under which its address may stand in other tables."""
    if not encryption.keyring().is_changing:
        return (bytes(choice.address_index),)
    return encryption.address_indexes(choice.address)


def places_of(choices: Iterable[MailChoice], *, at: datetime) -> dict[int, Place]:
    """Calendar and time zone of each reader, by key: those of where she serves, else the national ones."""
    asked = {index: choice.pk for choice in choices for index in indexes_of(choice)}
    found: dict[int, Place] = dict.fromkeys(asked.values(), NATIONAL)
    serving = Posting.objects.filter(
        on_day(timezone.localdate(at)), person__staff_index__in=list(asked), academy__isnull=False
    )
    for row in serving.annotate(index=F("person__staff_index")).select_related("academy", "department").order_by("pk"):
        here, everywhere = row.department, row.academy
        assert everywhere is not None
        found[asked[bytes(row.index)]] = (
            (calendar_of(here), here.time_zone) if here else calendar_of_academy(everywhere)
        )
    return found


def quiet_until(at: datetime, place: Place) -> datetime | None:
    """When the quiet hours that `at` is in end there; None outside them."""
    calendar, zone = place
    local = at.astimezone(ZoneInfo(zone))
    day = local.date()
    works = is_working_day(day, calendar)
    if works and ENDS <= local.time() < BEGINS:
        return None
    if not works or local.time() >= BEGINS:
        day = add_working_days(day, 1, calendar)
    return datetime.combine(day, ENDS, tzinfo=ZoneInfo(zone))


def next_digest(at: datetime, place: Place, *, is_quiet: bool) -> datetime:
    """The first eight o’clock there after `at`; on a working day, for whoever keeps quiet hours."""
    calendar, zone = place
    local = at.astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=local.time() >= DIGEST_AT)
    if is_quiet and not is_working_day(day, calendar):
        day = add_working_days(day, 1, calendar)
    return datetime.combine(day, DIGEST_AT, tzinfo=ZoneInfo(zone))
