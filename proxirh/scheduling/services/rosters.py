"""How a line is answered: its rules, who comes back each week, its busy periods, and who leaves it."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.scheduling import duty_mails
from proxirh.scheduling.models import DutyPattern, DutyShift, Half, LineRules, Reinforcement, Season
from proxirh.scheduling.roster import Roster, planned, rules_of_line
from proxirh.scheduling.services.duty import MOST_AHEAD, check_drawn_by, claim, give_back, insisting
from proxirh.scheduling.slots import check_quarters
from proxirh.scheduling.workflow import ShiftStep
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Team
from proxirh.territories.services import lines
from proxirh.territories.services.calendars import calendar_of_line

HOURS = ("morning_from", "morning_until", "afternoon_from", "afternoon_until")
IN_ORDER = "Les heures se suivent\u00a0: le matin finit avant que l’après-midi commence."
NOT_ON_THE_LINE = "Cette personne ne répond pas sur cette ligne."
PAST = "Ce jour est passé. Choisissez aujourd’hui ou plus tard."
BACKWARDS = "Le dernier jour précède le premier."


def set_line_rules(*, actor: Actor, line: Team, at: datetime | None = None, **values: Any) -> LineRules:
    """How many answer, from when to when, and how much each at most: for the half-days made from now on."""
    at = at or timezone.now()
    check_drawn_by(actor, line)
    told: list[time] = [values[name] for name in HOURS]
    check_quarters(*told)
    if not (told[0] < told[1] <= told[2] < told[3]):
        raise DomainError(IN_ORDER)
    if not values["morning_days"] and not values["afternoon_days"]:
        raise DomainError("Choisissez au moins une demi-journée où l’on répond.")
    before = rules_of_line(line)
    if before.pk and all(getattr(before, name) == value for name, value in values.items()):
        return before
    try:
        with transaction.atomic():
            rules, _ = LineRules.objects.update_or_create(line=line, defaults=values)
            said = {name: value for name, value in values.items() if name not in HOURS}
            journal.record(actor=actor.label, verb="ligne.réglée", subject=rules, at=at, **said)
    except IntegrityError:
        raise StaleState from None
    return rules


def set_pattern(
    *,
    actor: Actor,
    line: Team,
    person: Person,
    halves: Collection[tuple[int, str]],
    first: date,
    last: date | None = None,
    at: datetime | None = None,
) -> None:
    """Say on which half-days of the week somebody answers from a day on; none: she has no more usual ones.

    What the former pattern had made from that day on goes with it, but for what was changed by hand. She is told by one
    mail. Twice is the same as once.
    """
    at = at or timezone.now()
    check_drawn_by(actor, line)
    today = local_day(at, calendar_of_line(line)[1])
    if first < today:
        raise DomainError(PAST)
    if last is not None and last < first:
        raise DomainError(BACKWARDS)
    if max(first, last or first) - today > MOST_AHEAD:
        raise DomainError("Un an à l’avance, au plus.")
    if not any(one.person.pk == person.pk for one in lines.officers(line, day=max(first, today))):
        raise NotAllowed(NOT_ON_THE_LINE)
    wanted = {(weekday, half) for weekday, half in halves if 0 <= weekday <= 6 and half in Half.values}

    def act() -> None:
        roster = Roster(line, first, first, at=at)
        rows = DutyPattern.objects.filter(Q(valid_until=None) | Q(valid_until__gte=first), line=line, person=person)
        if _says(list(rows), wanted, first, last):
            return
        claim(roster)
        rows.filter(valid_from__gte=first).delete()
        rows.filter(valid_from__lt=first).update(valid_until=first - timedelta(days=1))
        DutyPattern.objects.bulk_create(
            DutyPattern(line=line, person=person, weekday=weekday, half=half, valid_from=first, valid_until=last)
            for weekday, half in sorted(wanted)
        )
        _forget(line, person, since=first, wanted=wanted, last=last, at=at)
        journal.record(
            actor=actor.label, verb="semaine-type.écrite", subject=line, at=at,
            person=str(person.uid), since=first.isoformat(), halves=len(wanted),
        )  # fmt: skip
        duty_mails.tell_week_changed(roster.rules, person, but=actor, at=at)

    insisting(act)


def patterns_of(line: Team, *, day: date) -> list[DutyPattern]:
    """The weekly pattern in force or to come, with whose it is."""
    rows = DutyPattern.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), line=line)
    return list(rows.select_related("person__data_key"))


def reinforce(
    *,
    actor: Actor,
    line: Team,
    season: str,
    needed: int,
    first: date,
    last: date,
    at: datetime | None = None,
) -> Reinforcement:
    """Say that a line takes more people between two days, because of a campaign; twice is the same as once."""
    at = at or timezone.now()
    check_drawn_by(actor, line)
    today = local_day(at, calendar_of_line(line)[1])
    if last < first:
        raise DomainError(BACKWARDS)
    if last < today:
        raise DomainError(PAST)
    if last - today > 2 * MOST_AHEAD:
        raise DomainError("Deux ans à l’avance, au plus.")
    if season not in Season.values:
        raise DomainError("Choisissez une campagne dans la liste.")
    if needed <= rules_of_line(line).needed:
        raise DomainError("Un renfort demande plus de monde que d’habitude. Choisissez un nombre plus grand.")
    written = {"needed": needed, "valid_until": last}
    try:
        with transaction.atomic():
            made = Reinforcement.objects.create(line=line, season=season, valid_from=first, **written)
            journal.record(actor=actor.label, verb="renfort.ajouté", subject=made, at=at)
    except IntegrityError:
        made = Reinforcement.objects.get(line=line, season=season, valid_from=first)
        if any(getattr(made, name) != value for name, value in written.items()):
            raise DomainError("Ce renfort commence déjà ce jour-là. Retirez-le d’abord.") from None
    return made


@transaction.atomic
def end_reinforcement(*, actor: Actor, reinforcement: Reinforcement, at: datetime | None = None) -> None:
    """Take a period of reinforcement away; the half-days already made stand. Twice is the same as once."""
    at = at or timezone.now()
    check_drawn_by(actor, reinforcement.line)
    if Reinforcement.objects.filter(pk=reinforcement.pk).delete()[0]:
        journal.record(actor=actor.label, verb="renfort.retiré", subject=reinforcement, at=at)


def leave(*, actor: Actor, line: Team, person: Person, at: datetime | None = None) -> None:
    """Have somebody answer a line no more: her weekly pattern ends, and her half-days to come are free again.

    She is told by one mail when that changes something for her.
    """
    at = at or timezone.now()
    check_drawn_by(actor, line)

    def act() -> None:
        today = local_day(at, calendar_of_line(line)[1])
        if not lines.serving(line, today, today).filter(on_day(today), person=person).exists():
            return
        roster = Roster(line, today, today, at=at)
        claim(roster)
        lines.leave_line(actor=actor, line=line, person=person, at=at)
        rows = DutyPattern.objects.filter(Q(valid_until=None) | Q(valid_until__gte=today), line=line, person=person)
        has_changed = rows.exists()
        rows.filter(valid_from__gte=today).delete()
        rows.update(valid_until=today - timedelta(days=1))
        for shift in planned(line).filter(person=person, starts_at__gt=at):
            has_changed = True
            give_back(shift, ShiftStep.REMOVE)
            journal.record(actor=actor.label, verb="permanence.retirée", subject=shift, at=at)
            if shift.is_usual:  # back on the line, the weekly pattern gives it to her again
                shift.delete()
        if has_changed:
            answers = lines.answers_one(person, day=today)
            duty_mails.tell_week_changed(roster.rules, person, but=actor, has_page=answers, at=at)

    insisting(act)


def _says(rows: Collection[DutyPattern], wanted: set[tuple[int, str]], first: date, last: date | None) -> bool:
    """True when the pattern says that already, from that day on."""
    if any(row.valid_until != last or row.valid_from > first for row in rows):
        return False
    return {(row.weekday, row.half) for row in rows} == wanted and len(rows) == len(wanted)


def _forget(
    line: Team, person: Person, *, since: date, wanted: set[tuple[int, str]], last: date | None, at: datetime
) -> None:
    """Delete what the former pattern had made and the new one does not say; it is then as if it had never been."""
    rows = planned(line).filter(person=person, is_usual=True, day__gte=since, starts_at__gt=at)
    for shift in rows.order_by("starts_at"):
        if (shift.day.weekday(), shift.half) in wanted and (last is None or shift.day <= last):
            continue
        give_back(shift, ShiftStep.REMOVE)
        DutyShift.objects.filter(pk=shift.pk).delete()
