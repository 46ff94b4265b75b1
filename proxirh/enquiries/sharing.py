"""Whose turn it is: of those who may meet an enquiry, whoever has least in hand for the time she has."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Aggregate, BigAutoField, CharField, Count, Q, QuerySet, Sum, Value

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.written import Given, written_once
from proxirh.territories.actor import DAY, on_day
from proxirh.territories.models import Absence, Posting

WHY = "à qui le tour ?"
SHARE, AWAY, IN_HAND = "share", "away", "in hand"


@dataclass(frozen=True, slots=True)
class Hands:
    """What one person holds and has been offered, and her working share in percent, all her missions together."""

    person_id: int
    in_hand: int
    share: int
    is_absent: bool = False

    @property
    def turn(self) -> tuple[bool, float, int]:
        """The lowest comes first: present, then least loaded once she would have this one too."""
        return self.is_absent, (self.in_hand + 1) / max(1, self.share), self.person_id


def first_in_turn(hands: Iterable[Hands]) -> int | None:
    """Key of whoever comes first; None for nobody. Somebody absent comes only where everybody is."""
    return min((one.turn for one in hands), default=(False, 0.0, None))[2]


def next_in_turn(people: Collection[int], *, day: date) -> int | None:
    """The same for these people as they stand on `day`, in one query; in none for one person alone."""
    if len(people) < 2:
        return next(iter(people), None)
    return first_in_turn(hands_of(people, day=day))


def hands_of(people: Collection[int], *, day: date) -> list[Hands]:
    """What each of them holds, her share and whether she is away."""
    keys = sorted(people)
    told: dict[str, dict[int, int]] = {what: dict.fromkeys(keys, 0) for what in (SHARE, AWAY, IN_HAND)}
    for person_id, what, count in _told(len(keys)).read(keys=keys, day=day):
        told[what][person_id] += count
    return [Hands(key, told[IN_HAND][key], told[SHARE][key], is_absent=told[AWAY][key] > 0) for key in keys]


@written_once
def _told(count: int) -> QuerySet:
    """Of so many people: share in the missions of the day, absences, enquiries led, enquiries that wait for her."""
    keys: Any = Given.each("keys", BigAutoField(), count)
    missions = Posting.objects.filter(on_day(DAY), team__isnull=False, person__pk__in=keys)
    away = Absence.objects.filter(valid_from__lte=DAY, valid_until__gte=DAY, person__pk__in=keys)
    led = Enquiry.objects.for_system(WHY).open().filter(lead__pk__in=keys)
    proposed = Q(handlings__state=HandlingState.OFFERED, handlings__is_lead=True, handlings__person__pk__in=keys)
    offered = Enquiry.objects.for_system(WHY).untaken().filter(proposed)
    return _by_person(missions, "person_id", SHARE, Sum("working_share")).union(
        _by_person(away, "person_id", AWAY, Count("pk")),
        _by_person(led, "lead_id", IN_HAND, Count("pk")),
        _by_person(offered, "handlings__person", IN_HAND, Count("pk")),
        all=True,
    )


def _by_person(rows: QuerySet, person: str, what: str, count: Aggregate) -> QuerySet:
    counted = rows.order_by().values(person).annotate(what=Value(what, CharField()), counted=count)
    return counted.values_list(person, "what", "counted")
