"""The calendar of an académie: public holidays, school holidays, and the days when the service is closed."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from proxirh.enquiries.forms.calendar import ClosureForm
from proxirh.enquiries.services.postponing import count_promised, move_promised
from proxirh.kernel.calendar import named_holidays
from proxirh.kernel.errors import DomainError
from proxirh.scheduling.services.standing_in import count_during
from proxirh.territories.actor import Actor
from proxirh.territories.gate import runs_academy
from proxirh.territories.models import Academy, Closure, Department, SchoolHoliday
from proxirh.territories.services import closures
from proxirh.ui import french

FORM_ERROR = 422
SEPTEMBER = 9
YEARS = {str(year): year for year in range(2020, 2100)}


@require_safe
@runs_academy
def calendar(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """A school year: what is closed, when schools are on holiday, and the public holidays of each département."""
    today = timezone.localdate()
    year = _asked_year(request) or _school_year(today)
    first, last = date(year, SEPTEMBER, 1), date(year + 1, SEPTEMBER, 1) - timedelta(days=1)
    departments = list(academy.departments.all())
    of_year = {"valid_from__lte": last, "valid_until__gte": first}
    closed = list(closures.closures_of(academy).filter(**of_year))
    coming = [one for one in closed if one.valid_until >= today]
    counts = count_promised(coming, departments)
    away = academy.school_holidays.filter(**of_year).select_related("department")
    context = {
        "academy": academy,
        "year": year,
        "before": year - 1,
        "after": year + 1,
        "closed": [{"closure": one, "when": _days(one), "promised": counts.get(one.pk)} for one in closed],
        "away": [
            {"holiday": one, "when": _days(one), "can_close": one.valid_until >= today and not _is_shut(one, closed)}
            for one in away
        ],
        "calendars": _public_holidays(departments, first, last),
    }
    return render(request, "enquiries/calendar/year.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def add_closure(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """Close the service for some days to come."""
    form = ClosureForm(request.POST if request.method == "POST" else None, academy=academy)
    if form.is_bound and form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("reason", "valid_from", "valid_until")}
        try:
            made = closures.declare_closure(actor=actor, academy=academy, department=form.chosen_department, **asked)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _closed(request, made)
    context = {"academy": academy, "form": form}
    return render(request, "enquiries/calendar/add.html", context, status=FORM_ERROR if form.errors else 200)


@require_POST
@runs_academy
def close_for_holiday(request: HttpRequest, actor: Actor, academy: Academy, holiday_id: int) -> HttpResponse:
    """Close the service as long as a school holiday lasts."""
    holiday = get_object_or_404(SchoolHoliday.objects.select_related("academy", "department"), pk=holiday_id)
    if holiday.academy_id != academy.pk:
        raise Http404
    try:
        made = closures.close_for_holiday(actor=actor, holiday=holiday)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("enquiries:calendar", academy.slug)
    return _closed(request, made)


@require_safe
@runs_academy
def closure(request: HttpRequest, actor: Actor, academy: Academy, closure_uid: UUID) -> HttpResponse:
    """One closure, and the first answers already promised during it."""
    found = _find(academy, closure_uid)
    departments = list(academy.departments.all())
    counts = count_promised([found], departments)
    context = {
        "academy": academy,
        "closure": found,
        "when": _days(found),
        "promised": counts[found.pk],
        "appointments": count_during(found, departments, at=timezone.now()),
        "has_begun": found.valid_from <= timezone.localdate(),
    }
    return render(request, "enquiries/calendar/closure.html", context)


@require_POST
@runs_academy
def move_deadlines(request: HttpRequest, actor: Actor, academy: Academy, closure_uid: UUID) -> HttpResponse:
    """Move the first answers promised during a closure."""
    try:
        moved = move_promised(actor=actor, closure=_find(academy, closure_uid))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        told = french.counted(moved, "date est déplacée,dates sont déplacées")
        messages.success(request, f"{told}. Chaque personne lit la nouvelle sur sa page.")
    return redirect("enquiries:closure", academy.slug, closure_uid)


@require_POST
@runs_academy
def withdraw_closure(request: HttpRequest, actor: Actor, academy: Academy, closure_uid: UUID) -> HttpResponse:
    """Take back a closure to come."""
    try:
        closures.withdraw_closure(actor=actor, closure=_find(academy, closure_uid))
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("enquiries:closure", academy.slug, closure_uid)
    messages.success(request, "La fermeture est retirée. Les dates promises entre-temps ne changent pas.")
    return redirect("enquiries:calendar", academy.slug)


def _closed(request: HttpRequest, made: Closure) -> HttpResponse:
    messages.success(request, "C’est enregistré. Ces jours ne comptent plus dans les délais des demandes à venir.")
    return redirect("enquiries:closure", made.academy.slug, made.uid)


def _find(academy: Academy, uid: UUID) -> Closure:
    return get_object_or_404(closures.closures_of(academy).select_related("academy", "department"), uid=uid)


def _asked_year(request: HttpRequest) -> int | None:
    return YEARS.get(request.GET.get("annee", ""))


def _school_year(day: date) -> int:
    return day.year if day.month >= SEPTEMBER else day.year - 1


def _days(one: Closure | SchoolHoliday) -> str:
    if one.valid_from == one.valid_until:
        return f"le {french.long_day(one.valid_from)}"
    return f"du {french.long_day(one.valid_from)} au {french.long_day(one.valid_until)}"


def _is_shut(holiday: SchoolHoliday, closed: Collection[Closure]) -> bool:
    """True when a closure touches it where it holds: another one there would be refused."""
    return any(
        one.valid_from <= holiday.valid_until
        and one.valid_until >= holiday.valid_from
        and one.department_id in {None, holiday.department_id}
        for one in closed
    )


def _public_holidays(departments: Collection[Department], first: date, last: date) -> list[dict[str, Any]]:
    """Each calendar of the académie, with the départements that follow it and its days of the year."""
    places: dict[str, list[str]] = {}
    for one in departments:
        places.setdefault(one.holiday_calendar, []).append(one.name)
    return [
        {
            "places": ", ".join(names),
            "days": [
                {"on": french.long_day(day), "name": label.replace("'", "’")}
                for year in (first.year, last.year)
                for day, label in named_holidays(name, year).items()
                if first <= day <= last
            ],
        }
        for name, names in places.items()
    ]
