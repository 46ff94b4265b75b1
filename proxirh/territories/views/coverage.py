"""The perimeters of an académie: what is covered on a day, where nobody is, and how it changes from a day on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.errors import DomainError
from proxirh.territories.actor import Actor
from proxirh.territories.forms.coverage import ChangeCoverageForm, CoverForm, EndCoverageForm
from proxirh.territories.gate import runs_academy
from proxirh.territories.models import Academy, Coverage, StaffCategory
from proxirh.territories.services import covering, gaps

FORM_ERROR = 422
MOST_CHANGES = 12


@require_safe
@runs_academy
def academy_coverage(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """Who covers what on a day, today if none is asked; holes and overlaps, and those to come within a year."""
    today = timezone.localdate()
    day = _asked_day(request) or today
    ground = gaps.ground_of(academy)
    own = [one.row for one in ground.perimeters if one.team.academy_id == academy.pk]
    prefetch_related_objects(own, "categories", "topics")
    rows = [_line(row, day) for row in own]
    found = ground.gaps(day)
    context = {
        "academy": academy,
        "day": day,
        "is_today": day == today,
        "found": found,
        "coming": _coming(ground, found),
        "rows": [row for row in rows if row["state"] == "now"],
        "later": [row for row in rows if row["state"] == "later"],
        "former": sum(row["state"] == "former" for row in rows),
    }
    return render(request, "territories/coverage.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def add_coverage(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """Give a team one perimeter more."""
    today = timezone.localdate()
    form = CoverForm(
        request.POST if request.method == "POST" else None, academy=academy, today=today, initial={"valid_from": today}
    )
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data
        dates = {"valid_from": asked["valid_from"], "valid_until": asked["valid_until"]}
        try:
            opened = covering.cover(actor=actor, team=form.chosen_team, zones=form.zones, scope=form.scope, **dates)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _said(len(opened), asked["valid_from"], today))
            return redirect("territories:coverage", academy.slug)
    context = {"academy": academy, "form": form}
    return render(request, "territories/coverage_add.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def change_coverage(request: HttpRequest, actor: Actor, academy: Academy, coverage_id: int) -> HttpResponse:
    """Change what a perimeter names from a day on, or end it."""
    today = timezone.localdate()
    coverage = covering.coverages_of(academy).filter(pk=coverage_id).exclude(valid_until__lt=today).first()
    if coverage is None:
        raise Http404
    begins = max(today, coverage.valid_from)
    posted = request.POST if request.method == "POST" else None
    ends = posted is not None and "last_day" in posted
    changing = ChangeCoverageForm(None if ends else posted, coverage=coverage, initial={"valid_from": begins})
    ending = EndCoverageForm(posted if ends else None)
    form = ending if ends else changing
    if form.is_bound and form.is_valid():
        try:
            if ends:
                covering.end_coverage(actor=actor, coverage=coverage, last_day=form.cleaned_data["last_day"])
            else:
                covering.change_coverage(
                    actor=actor, coverage=coverage, scope=changing.scope, from_day=form.cleaned_data["valid_from"]
                )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est enregistré. Ce qui est déjà reçu garde son équipe.")
            return redirect("territories:coverage", academy.slug)
    context = {
        "academy": academy,
        "form": form,
        "line": _line(coverage, begins),
        "changing": changing,
        "ending": ending,
    }
    return render(request, "territories/coverage_change.html", context, status=FORM_ERROR if form.errors else 200)


def _asked_day(request: HttpRequest) -> date | None:
    try:
        return parse_date(request.GET.get("jour", ""))
    except ValueError:
        return None


def _coming(ground: gaps.Ground, found: gaps.Gaps) -> Sequence[dict[str, Any]]:
    """The holes that a coming day opens, each told once."""
    known = {gap.sentence for gap in found.holes}
    told = []
    for day in ground.days_of_change(after=found.day)[:MOST_CHANGES]:
        if new := [gap for gap in ground.gaps(day).holes if gap.sentence not in known]:
            told.append({"day": day, "holes": new})
        known |= {gap.sentence for gap in new}
    return told


def _line(coverage: Coverage, day: date) -> dict[str, Any]:
    if coverage.valid_until is not None and coverage.valid_until < day:
        state = "former"
    else:
        state = "later" if coverage.valid_from > day else "now"
    families = dict(StaffCategory.FAMILIES)
    return {
        "pk": coverage.pk,
        "team": coverage.team.name,
        "zone": str(coverage.zone),
        "categories": ", ".join(families.get(one.code, one.label) for one in coverage.categories.all()),
        "topics": ", ".join(topic.label for topic in coverage.topics.all()),
        "valid_from": coverage.valid_from,
        "valid_until": coverage.valid_until,
        "state": state,
    }


def _said(count: int, begins: date, today: date) -> str:
    told = "Le périmètre est ouvert" if count == 1 else f"{count} périmètres sont ouverts"
    return f"{told}. Les demandes envoyées {'dès maintenant' if begins <= today else 'à partir de ce jour'} le suivent."
