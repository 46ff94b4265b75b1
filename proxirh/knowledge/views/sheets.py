"""« Fiches-réponses »: read by whoever has a mission, written by whoever runs an académie."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.accounts.step_up import factor_missing
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.knowledge.forms.sheets import NewSheetForm, SheetForm
from proxirh.knowledge.models import AnswerSheet
from proxirh.knowledge.permissions import can_write_sheet, reads_sheets, writes_sheets
from proxirh.knowledge.services import sheets as kept
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy

FORM_ERROR = 422
RETIRE = "retirer"
MOST = 200
Page = Callable[..., HttpResponse]


def with_mission(page: Page) -> Page:
    """Give the page the actor who has an HR mission; 404 for everybody else."""

    @wraps(page)
    def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.get_full_path())
        if not (actor.academies or actor.heads or actor.answers_for or actor.is_national):
            raise Http404
        if not reads_sheets(actor):
            return factor_missing(request)
        return page(request, actor, **named)

    return guarded


@require_safe
@with_mission
def sheets(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Those in date, then those to read again."""
    today = timezone.localdate()
    found = list(AnswerSheet.objects.visible_to(actor).for_list()[:MOST])
    context = {
        "current": [one for one in found if one.expires_on >= today],
        "past": [one for one in found if one.expires_on < today],
        "can_write": writes_sheets(actor),
    }
    return render(request, "knowledge/sheets.html", context)


@require_safe
@with_mission
def sheet(request: HttpRequest, actor: Actor, sheet_uid: UUID) -> HttpResponse:
    """One sheet, as it is read aloud."""
    found = _find(actor, sheet_uid)
    context = {
        "sheet": found,
        "is_past": found.expires_on < timezone.localdate(),
        "can_write": can_write_sheet(actor, found.academy_id),
    }
    return render(request, "knowledge/sheet.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_mission
def write_sheet(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new one."""
    if not writes_sheets(actor):
        raise Http404
    academies = list(Academy.objects.filter(pk__in=actor.runs).order_by("name"))
    data = request.POST if request.method == "POST" else None
    form = NewSheetForm(data, academies=academies, is_national=actor.is_national)
    if form.is_bound and form.is_valid():
        try:
            made = kept.write_sheet(actor=actor, academy=form.academy, said=form.said, key=form.cleaned_data["key"])
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "La fiche est prête. Elle est proposée aux appels de ce type.")
            return redirect("knowledge:sheet", made.uid)
    return render(request, "knowledge/write.html", {"form": form}, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_mission
def correct_sheet(request: HttpRequest, actor: Actor, sheet_uid: UUID) -> HttpResponse:
    """Correct one, or take it away."""
    found = _find(actor, sheet_uid)
    if not can_write_sheet(actor, found.academy_id):
        raise Http404
    if request.method == "POST" and request.POST.get("geste") == RETIRE:
        kept.retire_sheet(actor=actor, sheet=found)
        messages.success(request, "La fiche est retirée. Plus personne ne la lit.")
        return redirect("knowledge:sheets")
    shown = {
        "title": found.title,
        "answer": found.answer,
        "topics": [topic.code for topic in found.topics.all()],
        "expires_on": found.expires_on,
        "version": found.version,
    }
    form = SheetForm(request.POST if request.method == "POST" else None, initial=shown)
    if form.is_bound and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            kept.correct_sheet(actor=actor, sheet=found, said=form.said, version=version)
        except StaleState:
            form.add_error(None, "Quelqu’un vient de corriger cette fiche. Ouvrez-la de nouveau avant de la changer.")
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "La fiche est corrigée. Elle porte la date d’aujourd’hui.")
            return redirect("knowledge:sheet", found.uid)
    context = {"form": form, "sheet": found}
    return render(request, "knowledge/write.html", context, status=FORM_ERROR if form.errors else 200)


def _find(actor: Actor, uid: UUID) -> AnswerSheet:
    found = AnswerSheet.objects.visible_to(actor).for_list().filter(uid=uid).first()
    if found is None:
        raise Http404
    return found
