"""« Modèles de réponse »: those of one’s teams, written, changed and erased by whoever receives for them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from proxirh.enquiries.forms.reply_templates import NewTemplateForm, TemplateForm
from proxirh.enquiries.models import ReplyTemplate
from proxirh.enquiries.services import reply_templates as kept
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.territories.models import Team

ERASE = "effacer"
MOVED = "Un collègue vient de changer ce modèle : relisez-le ci-dessous. Votre texte est gardé, rien n’est enregistré."


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def reply_templates(request: HttpRequest) -> HttpResponse:
    """All of them, and a new one."""
    actor = actor_of(request)
    if not actor.receives:
        raise Http404
    teams = list(Team.objects.filter(pk__in=sorted(actor.teams)).order_by("name", "pk"))
    form = NewTemplateForm(request.POST if request.method == "POST" else None, teams=teams)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            kept.write_template(
                actor=actor, team_id=data["team"].pk, title=data["title"], body=data["body"], key=data["key"]
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Le modèle est gardé. Votre équipe le trouve quand elle répond à une demande.")
            return redirect("enquiries:reply_templates")
    context: dict[str, Any] = {
        "templates": kept.templates_of(actor),
        "has_teams": len(teams) > 1,
        "form": form,
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/desk/reply_templates.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def reply_template(request: HttpRequest, template_uid: UUID) -> HttpResponse:
    """One of them: change it, or erase it."""
    actor = actor_of(request)
    found = _find(request, template_uid)
    if found is None:
        raise Http404
    if request.method == "POST" and request.POST.get("geste") == ERASE:
        kept.erase_template(actor=actor, template=found)
        messages.success(request, f"Le modèle « {found.title} » est effacé.")
        return redirect("enquiries:reply_templates")
    shown = {"title": found.title, "body": found.body, "seen": _version(found)}
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=shown)
    is_stale = False
    if form.is_bound and form.is_valid():
        try:
            if form.cleaned_data["seen"] != _version(found):
                raise StaleState
            kept.change_template(
                actor=actor, template=found, title=form.cleaned_data["title"], body=form.cleaned_data["body"]
            )
        except StaleState:
            found, is_stale = _find(request, template_uid) or found, True
            form.add_error(None, MOVED)
            form.data["seen"] = _version(found)  # type: ignore[index]
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Le modèle est changé.")
            return redirect("enquiries:reply_templates")
    context = {"template": found, "form": form, "is_stale": is_stale, "side_navigation": menu(actor)}
    return render(request, "enquiries/desk/reply_template.html", context, status=422 if form.is_bound else 200)


def _find(request: HttpRequest, uid: UUID) -> ReplyTemplate | None:
    return next((one for one in kept.templates_of(actor_of(request)) if one.uid == uid), None)


def _version(template: ReplyTemplate) -> str:
    return template.changed_at.isoformat()
