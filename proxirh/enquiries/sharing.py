"""Whose turn it is: of those who may meet an enquiry, whoever has least in hand for the time she has."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, IntegerField, QuerySet, Sum, Value

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.written import written_once
from proxirh.territories.actor import DAY, on_day
from proxirh.territories.models import Absence, Posting

WHY = "à qui le tour ?"
ABSENT = 0


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
    """The same for these people as they stand on `day`, in two queries; in none for one person alone."""
    if len(people) < 2:
        return next(iter(people), None)
    return first_in_turn(hands_of(people, day=day))


def hands_of(people: Collection[int], *, day: date) -> list[Hands]:
    """What each of them holds, her share and whether she is away."""
    keys = tuple(sorted(people))
    shares: dict[int, int] = dict.fromkeys(keys, 0)
    absent: set[int] = set()
    for person_id, share in _working(keys).read(day=day):
        if share == ABSENT:
            absent.add(person_id)
        else:
            shares[person_id] += share
    in_hand = dict.fromkeys(keys, 0)
    for person_id, count in _held(keys).read():
        in_hand[person_id] += count
    return [Hands(key, in_hand[key], shares[key], is_absent=key in absent) for key in keys]


@written_once
def _working(keys: tuple[int, ...]) -> QuerySet:
    """Each one’s share in the missions of the day, and a share of nothing for whoever is absent."""
    missions = Posting.objects.filter(on_day(DAY), team__isnull=False, person_id__in=keys).order_by()
    away = Absence.objects.filter(valid_from__lte=DAY, valid_until__gte=DAY, person_id__in=keys)
    shares = missions.values_list("person_id").annotate(share=Sum("working_share"))
    return shares.union(away.values_list("person_id", Value(ABSENT, IntegerField())), all=True)


@written_once
def _held(keys: tuple[int, ...]) -> QuerySet:
    """How many open enquiries each leads, and how many wait for her answer."""
    led = Enquiry.objects.for_system(WHY).open().filter(lead_id__in=keys).order_by()
    proposed = {"handlings__state": HandlingState.OFFERED, "handlings__is_lead": True, "handlings__person__in": keys}
    offered = Enquiry.objects.for_system(WHY).untaken().filter(**proposed).order_by()
    counted = offered.values_list("handlings__person").annotate(n=Count("pk"))
    return led.values_list("lead").annotate(n=Count("pk")).union(counted, all=True)
