"""One's own agenda: the weeks to come, openings that come back, and one day of them."""

from datetime import date, datetime, time, timedelta
from itertools import groupby, islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.scheduling import wording
from proxirh.scheduling.forms.openings import EndForm, HoursForm, OpeningForm
from proxirh.scheduling.free import Agenda, Occurrence
from proxirh.scheduling.models import Appointment, Availability
from proxirh.scheduling.permissions import counsels
from proxirh.scheduling.services import choosing, openings
from proxirh.scheduling.services.permanences import permanence_of
from proxirh.scheduling.views.access import with_agenda
from proxirh.scheduling.workflow import AppointmentState
from proxirh.territories.actor import Actor
from proxirh.territories.models import Department
from proxirh.territories.services.serving import departments_served
from proxirh.ui import french

FORM_ERROR = 422
ONE_DAY = timedelta(days=1)
SHOWN = timedelta(days=27)
# Those that come back once a year are still found.
FURTHEST = timedelta(days=400)
ENDED = "C’est enregistré. Les rendez-vous déjà pris restent."
# What a day shows: neither moved nor cancelled.
ON_THE_DAY = (AppointmentState.CONFIRMED, AppointmentState.KEPT, AppointmentState.MISSED)
RESTORE, OFF, END_NOW = "retablir", "retirer", "tout-retirer"


@require_safe
@with_agenda
def agenda(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Four weeks, day by day, then the openings they come from."""
    now = timezone.now()
    zone = _departments(actor)[0].time_zone
    today = local_day(now, zone)
    found = Agenda([actor.person_id or 0], today, today + SHOWN)
    days = [
        {"day": day, "lines": [_line(found, one) for one in sorted(ones, key=lambda one: one.starts_at)]}
        for day, ones in groupby(found.occurrences(), key=lambda one: one.day)
    ]
    rows = openings.openings_of(actor, at=now)
    todays, following = _appointments(actor, found, zone)
    context = {
        "days": days,
        "today": today,
        "zone": zone,
        "todays": todays,
        "following": following,
        "to_fill_in": Appointment.objects.listed_for(actor).to_fill_in(now).count(),
        "until": today + SHOWN,
        "openings": [_told(row, today) for row in rows],
        "is_counsellor": counsels(actor),
        "has_permanences": counsels(actor) or bool(actor.answers_for),
    }
    return render(request, "scheduling/agenda.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def open_hours(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Say when one may be met."""
    departments = _departments(actor)
    today = local_day(timezone.now(), departments[0].time_zone)
    form = OpeningForm(request.POST if request.method == "POST" else None, departments=departments, today=today)
    if form.is_bound and form.is_valid():
        try:
            made = openings.open_hours(
                actor=actor,
                department=form.where,
                rhythm=form.rhythm,
                hours=form.hours,
                by_phone=form.by_phone,
                by_video=form.by_video,
                key=form.cleaned_data["key"],
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est enregistré. Ces heures sont dans votre agenda.")
            if (other := openings.overlapping(made)) is not None:
                messages.warning(request, _overlap(other))
            return redirect("scheduling:agenda")
    return render(request, "scheduling/open.html", {"form": form}, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def opening(request: HttpRequest, actor: Actor, availability_uid: UUID) -> HttpResponse:
    """One opening: its next days, each of which may be changed alone, and its end."""
    row, now = _own(actor, availability_uid), timezone.now()
    if (of := permanence_of(row)) is not None:
        return redirect("scheduling:permanence", of.uid)
    today = local_day(now, row.time_zone)
    if request.method == "POST" and request.POST.get("geste") == END_NOW:
        return _end_now(request, actor, row)
    form = EndForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            openings.end_hours(actor=actor, availability=row, last=form.cleaned_data["last"])
        except DomainError as refusal:
            form.add_error("last", str(refusal))
        else:
            messages.success(request, ENDED)
            return redirect("scheduling:agenda")
    context = _told(row, today) | {"form": form, "days": _days_of(row, today)}
    return render(request, "scheduling/opening.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def opening_day(request: HttpRequest, actor: Actor, availability_uid: UUID, day: str) -> HttpResponse:
    """One day of an opening: other hours, another place, nobody, or as usual again."""
    row = _own(actor, availability_uid)
    on = choosing.read_day(day)
    if on is None or not row.rhythm.days(on, on):
        raise Http404
    if (of := permanence_of(row)) is not None:
        return redirect("scheduling:permanence", of.uid)
    if request.method == "POST" and (gesture := request.POST.get("geste")) in (RESTORE, OFF):
        return _simple(request, actor, row, on, gesture)
    one = next(one for one in Agenda([row.person_id], on, on).occurrences() if one.availability.pk == row.pk)
    shown = {"starts_at": one.starts_at, "ends_at": one.ends_at, "place": str(one.place.uid) if one.place else ""}
    posted = request.POST if request.method == "POST" else None
    form = HoursForm(posted, departments=[row.department], place=row.place, initial=shown)
    if form.is_bound and form.is_valid():
        try:
            openings.change_day(actor=actor, availability=row, day=on, hours=form.hours)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Le {french.long_day(on)} est changé, et lui seul.")
            return redirect("scheduling:opening", row.uid)
    context = _told(row, on) | {"form": form, "day": on, "one": one}
    return render(request, "scheduling/day.html", context, status=FORM_ERROR if form.errors else 200)


def _end_now(request: HttpRequest, actor: Actor, row: Availability) -> HttpResponse:
    try:
        openings.end_hours(actor=actor, availability=row, last=None)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, ENDED)
    return redirect("scheduling:agenda")


def _simple(request: HttpRequest, actor: Actor, row: Availability, day: date, gesture: str) -> HttpResponse:
    try:
        if gesture == RESTORE:
            openings.restore_day(actor=actor, availability=row, day=day)
            told = f"Le {french.long_day(day)} a ses heures habituelles."
        else:
            openings.change_day(actor=actor, availability=row, day=day, hours=None)
            told = f"Le {french.long_day(day)}, ces heures ne sont plus ouvertes."
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, told)
    return redirect("scheduling:opening", row.uid)


def _appointments(actor: Actor, found: Agenda, zone: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Those of today, whatever became of them, then those to come day by day, on her own clock."""
    first, last = (datetime.combine(day, time.min, ZoneInfo(zone)) for day in (found.first, found.last + ONE_DAY))
    rows = Appointment.objects.visible_to(actor).filter(state__in=ON_THE_DAY).select_related("data_key", "place")
    told = [_taken(row, found, zone) for row in rows.between(first, last)]
    by_day = {day: list(ones) for day, ones in groupby(told, key=lambda one: one["day"])}
    todays = by_day.pop(found.first, [])
    return todays, [{"day": day, "lines": ones} for day, ones in by_day.items() if day > found.first]


def _taken(row: Appointment, found: Agenda, zone: str) -> dict[str, Any]:
    day = local_day(row.starts_at, zone)
    theirs = french.hour(row.starts_at, row.time_zone)
    return {
        "row": row,
        "day": day,
        "theirs": theirs if theirs != french.hour(row.starts_at, zone) else "",
        "to_fill_in": row.is_confirmed and row.ends_at <= timezone.now(),
        "is_away": found.is_away(row.person_id, day),
    }


def _departments(actor: Actor) -> list[Department]:
    """Those where she receives people; Http404 for whoever receives in none."""
    found = departments_served(actor)
    if not found:
        raise Http404
    return found


def _own(actor: Actor, uid: UUID) -> Availability:
    return get_object_or_404(openings.own(actor), uid=uid)


def _told(row: Availability, today: date) -> dict[str, Any]:
    """An opening in words."""
    return {
        "row": row,
        "days_told": wording.days(row),
        "hours_told": wording.hours(row.starts_at, row.ends_at),
        "where_told": wording.where(row, row.place),
        "reach_told": wording.reach(row, today),
    }


def _line(found: Agenda, one: Occurrence) -> dict[str, Any]:
    return {
        "row": one.availability,
        "day": one.day,
        "hours": wording.hours(one.starts_at, one.ends_at),
        "where": wording.where(one.availability, one.place),
        "is_off": one.is_off,
        "is_changed": one.change is not None and not one.is_off,
        "why_closed": found.why_closed(one),
    }


def _days_of(row: Availability, today: date) -> list[dict[str, Any]]:
    first = max(today, row.valid_from)
    found = Agenda([row.person_id], first, first + FURTHEST)
    coming = (one for one in found.occurrences() if one.availability.pk == row.pk)
    return [_line(found, one) for one in islice(coming, 12)]


def _overlap(other: Occurrence) -> str:
    told = wording.hours(other.starts_at, other.ends_at)
    return (
        f"Le {french.long_day(other.day)}, ces heures en croisent d’autres que vous avez ouvertes ({told}). "
        "Personne ne pourra prendre deux fois le même moment."
    )
