"""Absences that are foreseen: one's own, or those of several colleagues at once; why is never asked."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Absence, Academy, Posting
from proxirh.territories.permissions import can_run_academy
from proxirh.territories.services.attendance import LONGEST_ABSENCE, claim_days
from proxirh.territories.services.routing import RECEIVING

FURTHEST = timedelta(days=731)
NOT_YOURS = "Vous ne pouvez prévoir que vos absences, ou celles de votre académie."
BEGUN = "Cette absence a commencé : elle a pu être annoncée. Elle finit à la date prévue."


def own_absences(actor: Actor, *, day: date) -> QuerySet[Absence]:
    """One's own, of that day and to come."""
    rows = Absence.objects.filter(person_id=actor.person_id or 0, valid_until__gte=day)
    return rows.order_by("valid_from", "pk")


def oneself(actor: Actor) -> list[Person]:
    """Whoever acts."""
    return list(Person.objects.filter(pk=actor.person_id or 0))


def people_of(academy: Academy, *, day: date) -> list[Person]:
    """Who receives people there today."""
    serving = Posting.objects.filter(RECEIVING, on_day(day), team__academy=academy).values("person_id")
    people = Person.objects.filter(pk__in=serving).select_related("data_key")
    return sorted(people, key=lambda one: (one.last_name, one.first_name, one.pk))


def absences_of(academy: Academy, *, day: date) -> QuerySet[Absence]:
    """Of those who receive people there, of that day and to come."""
    serving = Posting.objects.filter(RECEIVING, on_day(day), team__academy=academy).values("person_id")
    rows = Absence.objects.filter(person_id__in=serving, valid_until__gte=day)
    return rows.select_related("person__data_key").order_by("valid_from", "pk")


@transaction.atomic
def plan_absence(
    *, actor: Actor, people: Collection[Person], first: date, last: date, at: datetime | None = None
) -> list[Absence]:
    """Say that these people do not serve between two days, both included; what is said already is not said twice.

    Raises NotAllowed for somebody whom she does not answer for, DomainError for days that make no sense.
    """
    at = at or timezone.now()
    today = timezone.localdate(at)
    _check(actor, people, today=today)
    if first < today:
        raise DomainError("Ce premier jour est passé. Choisissez aujourd’hui ou un jour à venir.")
    if last < first:
        raise DomainError("Le dernier jour précède le premier.")
    if first > today + FURTHEST or last > first + LONGEST_ABSENCE:
        raise DomainError("Deux ans à l’avance, et un an de suite, au plus.")
    made = []
    for person in sorted(people, key=lambda one: one.pk):
        Person.objects.select_for_update(no_key=True).only("pk").get(pk=person.pk)  # another tab waits
        if Absence.objects.filter(person=person, valid_from__lte=first, valid_until__gte=last).exists():
            continue
        row = Absence.objects.create(person=person, valid_from=first, valid_until=last)
        claim_days(person.pk, first, last)
        days = {"first": first.isoformat(), "last": last.isoformat()}
        journal.record(actor=actor.label, verb="absence.prévue", subject=row, at=at, person=str(person.uid), **days)
        made.append(row)
    return made


@transaction.atomic
def drop_absence(*, actor: Actor, absence: Absence, at: datetime | None = None) -> None:
    """One that has not begun is no longer foreseen. Twice is the same as once."""
    at = at or timezone.now()
    today = timezone.localdate(at)
    _check(actor, [absence.person], today=today)
    if absence.valid_from <= today:
        raise DomainError(BEGUN)
    journal.record(actor=actor.label, verb="absence.retirée", subject=absence, at=at, person=str(absence.person.uid))
    absence.delete()


def _check(actor: Actor, people: Collection[Person], *, today: date) -> None:
    others = {one.pk for one in people} - {actor.person_id}
    if actor.person_id is None or not actor.second_factor:
        raise NotAllowed(NOT_YOURS)
    serving = Posting.objects.filter(RECEIVING, on_day(today), person_id__in=others).select_related("team__academy")
    mine = {one.person_id for one in serving if one.team and can_run_academy(actor, one.team.academy)}
    if others - mine:
        raise NotAllowed(NOT_YOURS)
