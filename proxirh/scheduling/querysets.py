"""Who reads a call and a promise: the words for whoever answered and whoever holds the promise, rows for the others."""

from datetime import date, datetime
from typing import Self

from django.db.models import FETCH_RAISE, Q, QuerySet

from proxirh.territories.actor import Actor

NOBODY = 0
# What a row of a promise never shows.
WORDS = ("caller_name", "caller_reach", "note", "topic", "category", "department")


def on_the_line(actor: Actor) -> bool:
    """Whoever answers the telephone, with a second factor."""
    return actor.second_factor and actor.person_id is not None and bool(actor.lines)


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
        if not on_the_line(actor):
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

    def waiting(self) -> Self:
        """Not kept yet."""
        return self.filter(kept_at=None)

    def due_before(self, day: date) -> Self:
        """Promised for a day before this one."""
        return self.filter(due_on__lt=day)
