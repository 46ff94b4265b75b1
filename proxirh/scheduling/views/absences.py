"""Absences that are foreseen, one's own and those of an académie, with the appointments that they cross."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.scheduling.forms.absences import AbsenceForm, DropForm, PeopleForm
from proxirh.scheduling.models import Appointment
from proxirh.scheduling.views.access import with_agenda
from proxirh.territories.actor import Actor
from proxirh.territories.gate import runs_academy
from proxirh.territories.models import Absence, Academy
from proxirh.territories.services import planning
from proxirh.ui import french

FORM_ERROR = 422
DROP = "retirer"
FORESEEN = "L’absence est prévue. Plus aucun moment n’est proposé ces jours-là."


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def own_absences(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One's own: those to come, one more, and the appointments to move, cancel or keep."""
    now = timezone.now()
    today = timezone.localdate(now)
    rows = planning.own_absences(actor, day=today)
    if request.method == "POST" and request.POST.get("geste") == DROP:
        return _drop(request, actor, rows, redirect("scheduling:own_absences"))
    form = AbsenceForm(request.POST if request.method == "POST" else None, today=today)
    if form.is_bound and form.is_valid() and actor.person_id is not None:
        try:
            days = (form.cleaned_data["first"], form.cleaned_data["last"])
            planning.plan_absence(actor=actor, people=planning.oneself(actor), first=days[0], last=days[1], at=now)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, FORESEEN)
            return redirect("scheduling:own_absences")
    found = list(rows)
    taken = Appointment.objects.visible_to(actor).to_come(now).order_by("starts_at", "pk")
    context = {
        "form": form,
        "absences": [_told(row, today) for row in found],
        "crossed": [one for one in taken[:200] if _is_within(one, found)],
    }
    return render(request, "scheduling/absences.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def academy_absences(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """Of several at once: who, and between which days."""
    today = timezone.localdate()
    rows = planning.absences_of(academy, day=today)
    if request.method == "POST" and request.POST.get("geste") == DROP:
        return _drop(request, actor, rows, redirect("scheduling:academy_absences", academy.slug))
    people = planning.people_of(academy, day=today)
    form = PeopleForm(request.POST if request.method == "POST" else None, people=people, today=today)
    if form.is_bound and form.is_valid():
        found = form.cleaned_data
        try:
            planning.plan_absence(actor=actor, people=form.chosen, first=found["first"], last=found["last"])
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, FORESEEN)
            return redirect("scheduling:academy_absences", academy.slug)
    context = {"academy": academy, "form": form, "absences": [_told(row, today) for row in rows]}
    return render(request, "scheduling/academy_absences.html", context, status=FORM_ERROR if form.errors else 200)


def _drop(request: HttpRequest, actor: Actor, rows: QuerySet[Absence], there: HttpResponse) -> HttpResponse:
    """One that is gone already is not there any more: a second click says nothing wrong."""
    form = DropForm(request.POST)
    row = rows.select_related("person").filter(pk=form.cleaned_data["absence"]).first() if form.is_valid() else None
    if row is not None:
        try:
            planning.drop_absence(actor=actor, absence=row)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Cette absence n’est plus prévue.")
    return there


def _told(row: Absence, today: date) -> dict[str, Any]:
    if row.valid_from == row.valid_until:
        days = f"le {french.long_day(row.valid_from)}"
    else:
        days = f"du {french.long_day(row.valid_from)} au {french.long_day(row.valid_until)}"
    return {"row": row, "days": days, "may_drop": row.valid_from > today}


def _is_within(one: Appointment, absences: list[Absence]) -> bool:
    day = local_day(one.starts_at, one.time_zone)
    return any(row.valid_from <= day <= row.valid_until for row in absences)
