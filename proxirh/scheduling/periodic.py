"""What the clock does with agendas: reminders, six weeks of telephone always written, and their holes told weekly."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.tasks import task
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.kernel.jobs import discreet
from proxirh.scheduling import duty_mails
from proxirh.scheduling.models import DutyPattern
from proxirh.scheduling.roster import Roster
from proxirh.scheduling.services.duty import SEEN, fill
from proxirh.scheduling.services.reminding import remind
from proxirh.territories.actor import on_day
from proxirh.territories.models import Academy, Role
from proxirh.territories.services.calendars import calendar_of_line
from proxirh.territories.services.lines import lines
from proxirh.territories.services.serving import in_charge

logger = logging.getLogger(__name__)


@task
@discreet
def remind_of_appointments() -> int:
    """Send the reminders whose time has come; returns how many."""
    return remind(at=timezone.now())


@task
@discreet
def fill_rosters() -> int:
    """Make the half-days of the coming weeks of every line that has a weekly pattern; returns how many."""
    return fill_all(at=timezone.now())


def fill_all(*, at: datetime) -> int:
    """The same, at a moment; a line that is being written at once is left to the next run, and stops no other."""
    made = 0
    with_patterns = DutyPattern.objects.filter(Q(valid_until=None) | Q(valid_until__gte=timezone.localdate(at)))
    for line in lines().filter(on_day(timezone.localdate(at)), pk__in=with_patterns.values("line_id")):
        try:
            made += fill(line, by=None, at=at).made
        except DomainError:
            logger.warning("roster: a line was left to the next run")
    return made


@task
@discreet
def tell_of_roster_holes() -> int:
    """Tell heads of service of the half-days that lack somebody; returns how many mails."""
    return tell_of_holes(at=timezone.now())


def tell_of_holes(*, at: datetime) -> int:
    """Three weeks ahead, once a week and a line, counts only; the coordination where no head serves."""
    mails = 0
    for line in lines().filter(on_day(timezone.localdate(at))):
        today = local_day(at, calendar_of_line(line)[1])
        holes = Roster(line, today, today + SEEN, at=at).holes()
        if not holes:
            continue
        monday = today - timedelta(days=today.weekday())
        with transaction.atomic():
            mails += duty_mails.tell_holes(line, drawers(line.academy, at=at), len(holes), monday=monday, at=at)
    return mails


def drawers(academy: Academy, *, at: datetime) -> list[Person]:
    """Heads of the service and who stands in for them; the coordination where there is none (PRODUCT §2)."""
    day = timezone.localdate(at)
    for role in (Role.HEAD_OF_SERVICE, Role.COORDINATOR):
        people = Person.objects.filter(pk__in=in_charge(academy.pk, role, day=day), user__is_active=True)
        if found := list(people.select_related("data_key").order_by("pk")):
            return found
    return []
