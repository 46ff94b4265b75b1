"""The roster of a line: week by week, one half-day of it, and the week that comes back."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.scheduling.fairness import fairness
from proxirh.scheduling.forms.duty import HalfDayForm, PatternForm
from proxirh.scheduling.free import held_times
from proxirh.scheduling.models import DutyPattern, DutyShift, Half
from proxirh.scheduling.permissions import draws_roster, reads_fairness
from proxirh.scheduling.roster import HalfDay, Roster, rules_of_line
from proxirh.scheduling.services import choosing, duty, rosters
from proxirh.scheduling.services.duty import ON_HER_AGENDA, SEEN, Filled
from proxirh.scheduling.views.access import draws_line, reads_line, with_lines
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Team
from proxirh.territories.services.calendars import calendar_of_line
from proxirh.territories.services.lines import lines_of
from proxirh.ui import french
from proxirh.ui.components import Cell, Table

FORM_ERROR = 422
WEEK = timedelta(days=7)
FURTHEST = timedelta(days=366)
FRIDAY = 4
FILL, REMOVE = "remplir", "retirer"


@require_safe
@with_lines
def all_rosters(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The lines that one answers or draws up, and where to open one more."""
    found = [
        {"line": line, "draws": draws_roster(actor, line), "answers": line.pk in actor.lines}
        for line in lines_of(actor)
    ]
    context = {"lines": found, "academies": list(Academy.objects.filter(pk__in=actor.runs).order_by("name"))}
    return render(request, "scheduling/rosters.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@reads_line
def roster(request: HttpRequest, actor: Actor, line: Team) -> HttpResponse:
    """Three weeks ahead, week by week: who answers, what is missing; filled from the pattern by who draws it up."""
    draws = draws_roster(actor, line)
    if request.method == "POST":
        if not draws or request.POST.get("geste") != FILL:
            raise Http404
        return _fill(request, actor, line)
    now = timezone.now()
    place = calendar_of_line(line)
    today = local_day(now, place[1])
    first, last = _span(request.GET.get("depuis", ""), today)
    found = Roster(line, first, last, at=now, place=place)
    halves = list(found.half_days())
    context = {
        "line": line,
        "draws": draws,
        "weeks": _weeks(halves),
        "holes": sum(one.missing > 0 for one in halves),
        "lonely": any(one.lonely for one in halves),
        "officers": found.officers,
        "rules": found.rules,
        "previous": (first - 3 * WEEK).isoformat(),
        "next": (last + timedelta(days=1)).isoformat(),
        "last": last,
        "printed_on": today,
        "fairness": _fairness_table(found) if reads_fairness(actor, line) and found.officers else None,
    }
    return render(request, "scheduling/roster.html", context)


def _fill(request: HttpRequest, actor: Actor, line: Team) -> HttpResponse:
    try:
        filled = duty.fill_weeks(actor=actor, line=line)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        _say_filled(request, filled)
    return redirect("scheduling:roster", line.uid)


def _say_filled(request: HttpRequest, filled: Filled) -> None:
    made = french.counted(filled.made, "permanence posée,permanences posées") if filled.made else "Rien à ajouter"
    messages.success(request, f"{made[:1].upper()}{made[1:]} pour les six semaines qui viennent.")
    if filled.refused:
        why = ", ".join(f"{reason} ({count})" for reason, count in sorted(filled.refused.items()))
        messages.warning(request, f"Certaines n’ont pas pu l’être\u00a0: {why}. Ouvrez la demi-journée pour compléter.")


@require_http_methods(["GET", "HEAD", "POST"])
@draws_line
def half_day(request: HttpRequest, actor: Actor, line: Team, day: str, half: str) -> HttpResponse:
    """One half-day: who is there, who may come, and why the others cannot."""
    now = timezone.now()
    on = choosing.read_day(day)
    if on is None or half not in Half.values or abs(on - now.date()) > FURTHEST:
        raise Http404
    found = Roster(line, on, on, at=now)
    one = found.half_day(on, half)
    posted = request.POST if request.method == "POST" else None
    if posted is not None and posted.get("geste") == REMOVE:
        return _remove(request, actor, line, one)
    may, cannot, limits = _who_may(found, one)
    form = HalfDayForm(posted, people=may, said=limits, shifts=[kept.shift for kept in one.kept])
    if form.is_bound and form.is_valid():
        told: dict[str, Any] = {
            "actor": actor, "person": form.chosen, "beyond_limits": form.cleaned_data["beyond_limits"]
        }  # fmt: skip
        try:
            if form.replaced is not None:
                duty.replace(shift=form.replaced, **told)
            else:
                duty.assign(line=line, day=on, half=half, **told)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"C’est enregistré pour le {french.long_day(on)}, {one.name}.")
            return redirect("scheduling:roster", line.uid)
    context = {"line": line, "half": one, "form": form, "may": may, "cannot": cannot, "limits": limits}
    return render(request, "scheduling/half_day.html", context, status=FORM_ERROR if form.errors else 200)


def _remove(request: HttpRequest, actor: Actor, line: Team, one: HalfDay) -> HttpResponse:
    try:
        uid = UUID(request.POST.get("permanence", ""))
    except ValueError:
        raise Http404 from None
    rows = DutyShift.objects.filter(line=line, day=one.day, half=one.half)
    shift = get_object_or_404(rows.select_related("line__academy", "line__department"), uid=uid)
    try:
        duty.remove(actor=actor, shift=shift)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Cette personne n’est plus de permanence cette demi-journée. Elle est prévenue.")
    return redirect("scheduling:half_day", line.uid, one.day.isoformat(), one.half)


def _who_may(found: Roster, one: HalfDay) -> tuple[list[Any], list[dict[str, Any]], dict[int, str]]:
    """People who may come, those who cannot and why, and the limits that some would pass."""
    there = {kept.shift.person_id for kept in one.kept}
    others = [officer.person for officer in found.officers if officer.person.pk not in there]
    busy = held_times([person.pk for person in others], one.starts_at, one.ends_at, roads={})
    may, cannot, limits = [], [], {}
    for person in others:
        why = found.why_not(person.pk, one.day, one.half) or (busy.get(person.pk) and ON_HER_AGENDA)
        if why:
            cannot.append({"person": person, "why": why})
            continue
        may.append(person)
        if limit := found.beyond(person.pk, one.day, one.half):
            limits[person.pk] = f" (cela ferait {limit})"
    return may, cannot, limits


@require_http_methods(["GET", "HEAD", "POST"])
@draws_line
def pattern(request: HttpRequest, actor: Actor, line: Team) -> HttpResponse:
    """The week that comes back: who answers on which half-days, from a day on."""
    now = timezone.now()
    today = local_day(now, calendar_of_line(line)[1])
    rows = rosters.patterns_of(line, day=today)
    people = [one.person for one in Roster(line, today, today + WEEK, at=now).officers]
    asked = next((one for one in people if str(one.uid) == request.GET.get("personne")), None)
    form = PatternForm(
        request.POST if request.method == "POST" else None,
        people=people,
        rules=rules_of_line(line),
        today=today,
        initial=PatternForm.initial_of(asked, rows) if asked else {},
    )
    if form.is_bound and form.is_valid():
        found = form.cleaned_data
        try:
            rosters.set_pattern(
                actor=actor,
                line=line,
                person=form.chosen,
                halves=form.chosen_halves,
                first=found["valid_from"],
                last=found["valid_until"],
            )
            filled = duty.fill_weeks(actor=actor, line=line, already_told=form.chosen)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            _say_filled(request, filled)
            return redirect("scheduling:pattern", line.uid)
    context = {"line": line, "form": form, "days": _usual(rows, today), "people": people, "has_rows": bool(rows)}
    return render(request, "scheduling/pattern.html", context, status=FORM_ERROR if form.errors else 200)


def _usual(rows: list[DutyPattern], today: date) -> list[dict[str, Any]]:
    """Each weekday of somebody, with who comes in the morning and in the afternoon."""
    found = []
    for weekday in sorted({row.weekday for row in rows}):
        mine = [row for row in rows if row.weekday == weekday]
        found.append(
            {
                "name": french.DAYS[weekday].capitalize(),
                "halves": [
                    [{"row": row, "reach": _reach(row, today)} for row in mine if row.half == half]
                    for half in Half.values
                ],
            }
        )
    return found


def _reach(row: DutyPattern, today: date) -> str:
    begins = f"à partir du {french.plain_day(row.valid_from)}" if row.valid_from > today else ""
    ends = f"jusqu’au {french.plain_day(row.valid_until)}" if row.valid_until else ""
    return ", ".join(filter(None, (begins, ends)))


def _span(since: str, today: date) -> tuple[date, date]:
    """Whole weeks that hold the three to come, or three weeks from a Monday within a year."""
    now_on = today + timedelta(days=7 - today.weekday() if today.weekday() > FRIDAY else 0)
    monday = now_on - timedelta(days=now_on.weekday())
    asked = choosing.read_day(since)
    if asked is None or abs(asked - today) > FURTHEST:
        seen = today + SEEN
        return monday, seen + timedelta(days=6 - seen.weekday())
    first = asked - timedelta(days=asked.weekday())
    return first, first + 3 * WEEK - timedelta(days=1)


def _weeks(halves: list[HalfDay]) -> list[dict[str, Any]]:
    """Weeks, their days, and the two halves of each; a half-day when nobody is expected is None."""
    weeks = []
    for monday, days in groupby(halves, key=lambda one: one.day - timedelta(days=one.day.weekday())):
        lines = []
        for day, ones in groupby(days, key=lambda one: one.day):
            by_half = {one.half: one for one in ones}
            lines.append(
                {
                    "name": f"{french.DAYS[day.weekday()].capitalize()} {french.short_day(day)}",
                    "season": next((one.season for one in by_half.values() if not one.why_closed), ""),
                    "halves": [by_half.get(half) for half in Half.values],
                }
            )
        weeks.append({"monday": monday, "days": lines})
    return weeks


def _fairness_table(found: Roster) -> Table:
    rows = [
        [one.name, Cell(str(one.coming), numeric=True), Cell(str(one.before), numeric=True)] for one in fairness(found)
    ]
    return Table(
        caption="Demi-journées de chacun, par ordre alphabétique",
        header=["Personne", "Sur ce planning", "Les douze semaines d’avant"],
        rows=rows,
        row_headers=True,
        numeric=frozenset({1, 2}),
    )
