"""Who reads the answer sheets: a fact of the service, never of a person."""

from datetime import date
from typing import Self

from django.db.models import FETCH_RAISE, Q, QuerySet

from proxirh.territories.actor import Actor


class AnswerSheetQuerySet(QuerySet):
    """The door, then what composes behind it."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of her académies and those of everywhere, for whoever has an HR mission and a second factor."""
        if not actor.second_factor or not (actor.academies or actor.heads or actor.answers_for or actor.is_national):
            return self.none()
        hers = actor.academies | actor.heads | actor.answers_for
        return self.filter(Q(academy=None) | Q(academy_id__in=hers), retired_at=None)

    def in_date(self, day: date) -> Self:
        """Neither retired nor past its date."""
        return self.filter(retired_at=None, expires_on__gte=day)

    def of_academy(self, academy_id: int) -> Self:
        """What serves there: its own, and those of everywhere."""
        return self.filter(Q(academy=None) | Q(academy_id=academy_id))

    def for_list(self) -> Self:
        """All that the pages show, in two queries."""
        rows = self.select_related("academy", "author__data_key").prefetch_related("topics")
        return rows.fetch_mode(FETCH_RAISE)
