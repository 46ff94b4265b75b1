"""Doors of appointments, calls and promises: words for whoever meets or answers somebody, rows for the others."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db.models import FETCH_RAISE, Q, QuerySet
from django.utils.module_loading import import_string

from proxirh.scheduling.workflow import AppointmentState
from proxirh.territories.actor import Actor

GUEST = ("name", "phone", "address")
NOBODY = 0
# What a row of a promise never shows.
WORDS = ("caller_name", "caller_reach", "note", "topic", "category", "department")


class AppointmentQuerySet(QuerySet):
    """Appointments, each for its counsellor alone; whoever comes holds a link of her own."""

    def visible_to(self, actor: Actor) -> Self:
        """Those that one holds oneself, with who comes and how to reach her; with a second factor, and as long as what
        they were taken for is in one’s hands.
        """
        if actor.person_id is None or not actor.receives:
            return self.none()
        gone = import_string(settings.APPOINTMENTS_OUT_OF_HANDS)(actor)
        mine = self.filter(~gone, person_id=actor.person_id)
        return mine.exclude(why_cancelled="other").select_related("data_key")

    def listed_for(self, actor: Actor) -> Self:
        """The same without who comes: hours, ways, places and states."""
        return self.visible_to(actor).select_related(None).defer(*GUEST).fetch_mode(FETCH_RAISE)

    def for_system(self, why: str) -> Self:
        """Dates, ids and states, for the service’s own work; `why` is read in the code alone."""
        return self.defer(*GUEST).fetch_mode(FETCH_RAISE)

    def linked(self, series: UUID) -> Self:
        """Every row of one series, for whoever has its signed link; the latest first."""
        rows = self.filter(series=series).order_by("-sequence")
        return rows.select_related("data_key", "place", "person__data_key", "department__academy__agenda_rules", "held")

    def of_series(self, series: Collection[UUID] | QuerySet) -> Self:
        """Behind the door of what they were taken for, which alone knows of them."""
        return self.filter(series__in=series)

    def ended_before(self, moment: datetime) -> Self:
        """Over for so long that nothing of them is kept."""
        return self.filter(ends_at__lt=moment)

    def as_seen(self, row: Any) -> Self:
        """The row itself, as long as it stands as it was read: still confirmed, and nobody has moved it."""
        return self.confirmed().filter(pk=row.pk, sequence=row.sequence)

    def to_tell(self) -> Self:
        """With what its mails say; behind a door, or for the service’s own letters."""
        return self.select_related("data_key", "place", "person__data_key", "department__academy__agenda_rules", "held")

    def confirmed(self) -> Self:
        """Neither moved nor cancelled, and nothing said yet of what became of it."""
        return self.filter(state=AppointmentState.CONFIRMED)

    def to_come(self, at: datetime) -> Self:
        """Confirmed and not over."""
        return self.confirmed().filter(ends_at__gt=at)

    def to_fill_in(self, at: datetime) -> Self:
        """« À renseigner »: over, and nobody said what became of it."""
        return self.confirmed().filter(ends_at__lte=at)

    def between(self, start: datetime, end: datetime) -> Self:
        """Those that touch a span of time, in order."""
        return self.filter(starts_at__lt=end, ends_at__gt=start).order_by("starts_at", "pk")

    def sent_with(self, key: UUID) -> Self:
        """What one form made."""
        return self.filter(idempotency_key=key)

    def to_remind(self, at: datetime, *, within: timedelta) -> Self:
        """Confirmed, wished for, and soon enough for a reminder that has not left."""
        rows = self.confirmed().filter(Q(wants_reminders=True) | Q(wants_texts=True), reminders_sent__lt=2)
        return rows.filter(starts_at__gt=at, starts_at__lte=at + within).order_by("starts_at", "pk")


class PhoneCallQuerySet(QuerySet):
    """The three doors of a call."""

    def visible_to(self, actor: Actor) -> Self:
        """Content: whoever answered, while she answers that line, and whoever holds the promise; until it is erased."""
        if not actor.second_factor or actor.person_id is None:
            return self.none()
        answered = Q(officer_id=actor.person_id, team_id__in=actor.lines)
        held = Q(promise__owner_id=actor.person_id) if actor.lines or actor.teams else Q(pk__in=())
        return self.filter(answered | held, erased_at=None).select_related("data_key")

    def listed_for(self, actor: Actor) -> Self:
        """Her own calls, as rows: hour and state."""
        if not actor.answers_phone:
            return self.none()
        rows = self.filter(officer_id=actor.person_id, team_id__in=actor.lines, erased_at=None)
        return rows.defer(*WORDS).fetch_mode(FETCH_RAISE)

    def for_system(self, _reason: str) -> Self:
        """Jobs and figures: ids, dates, codes."""
        return self.defer("caller_name", "caller_reach", "note")

    def to_erase(self, *, before: datetime) -> Self:
        """Whose words have had their time."""
        return self.filter(erased_at=None, received_at__lt=before)


class PromiseQuerySet(QuerySet):
    """The three doors of a promise."""

    def visible_to(self, actor: Actor) -> Self:
        """With the words of its call: whoever holds it by herself, in a mission."""
        if not actor.second_factor or actor.person_id is None or not (actor.lines or actor.teams):
            return self.none()
        return self.filter(owner_id=actor.person_id, call__erased_at=None).select_related("call__data_key")

    def listed_for(self, actor: Actor) -> Self:
        """Rows: her own, those of her teams, and those of the lines of an académie that she answers for or heads."""
        if not actor.second_factor or actor.person_id is None:
            return self.none()
        run = actor.answers_for | actor.heads
        mine = Q(owner_id=actor.person_id) if actor.lines or actor.teams else Q(pk__in=())
        rows = self.filter(
            mine | Q(team_id__in=actor.lines | actor.teams) | Q(call__team__academy_id__in=run), call__erased_at=None
        )
        return rows.select_related("call__team").defer(*(f"call__{name}" for name in WORDS)).fetch_mode(FETCH_RAISE)

    def for_system(self, _reason: str) -> Self:
        """Jobs: ids and dates."""
        return self.select_related("call__team").defer(*(f"call__{name}" for name in WORDS))

    def held_by(self, actor: Actor) -> Self:
        """Behind a door: those that somebody holds by herself, and those that her teams hold."""
        return self.filter(Q(owner_id=actor.person_id or NOBODY) | Q(team_id__in=actor.lines | actor.teams))

    def waiting(self) -> Self:
        """Not kept yet."""
        return self.filter(kept_at=None)

    def due_before(self, day: date) -> Self:
        """Promised for a day before this one."""
        return self.filter(due_on__lt=day)
