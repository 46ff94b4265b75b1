"""A line: opened, its rules, its busy periods, and who answers it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.accounts.models import Person
from proxirh.kernel.errors import DomainError
from proxirh.scheduling.forms.duty import LineRulesForm, OpenLineForm, PersonForm, ReinforcementForm
from proxirh.scheduling.models import Reinforcement
from proxirh.scheduling.roster import rules_of_line
from proxirh.scheduling.services import rosters
from proxirh.scheduling.views.access import draws_line
from proxirh.territories.actor import Actor
from proxirh.territories.gate import runs_academy
from proxirh.territories.models import Academy, Team
from proxirh.territories.services import lines

FORM_ERROR = 422
REMOVE, TRAINED, UNTRAINED = "retirer", "formation", "sans-formation"
SAID = "C’est enregistré."


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def open_line(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """One more line."""
    form = OpenLineForm(request.POST if request.method == "POST" else None, academy=academy)
    if form.is_bound and form.is_valid():
        try:
            made = lines.open_line(actor=actor, academy=academy, **form.facts)
        except DomainError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "La ligne est ouverte. Dites maintenant qui y répond.")
            return redirect("scheduling:line_team", made.uid)
    context = {"academy": academy, "form": form}
    return render(request, "scheduling/open_line.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@draws_line
def line_rules(request: HttpRequest, actor: Actor, line: Team) -> HttpResponse:
    """When it is answered, by how many, and how much each at most."""
    initial = LineRulesForm.initial_of(rules_of_line(line))
    form = LineRulesForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            rosters.set_line_rules(actor=actor, line=line, **form.values)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est enregistré, pour les permanences posées à partir de maintenant.")
            return redirect("scheduling:roster", line.uid)
    context = {"line": line, "form": form}
    return render(request, "scheduling/line_rules.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@draws_line
def reinforcements(request: HttpRequest, actor: Actor, line: Team) -> HttpResponse:
    """Days when a campaign brings more calls, and how many it then takes."""
    rows = Reinforcement.objects.filter(line=line, valid_until__gte=timezone.localdate())
    posted = request.POST if request.method == "POST" else None
    if posted is not None and posted.get("geste") == REMOVE:
        found = Reinforcement.objects.filter(line=line).select_related("line__academy")
        if (period := found.filter(uid=_uid(posted.get("renfort", ""))).first()) is not None:
            rosters.end_reinforcement(actor=actor, reinforcement=period)
        messages.success(request, "Ce renfort est retiré. Les permanences déjà posées restent.")
        return redirect("scheduling:reinforcements", line.uid)
    usual = rules_of_line(line).needed
    form = ReinforcementForm(posted, initial={"needed": 2 * usual})
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        try:
            rosters.reinforce(
                actor=actor,
                line=line,
                season=told["season"],
                needed=told["needed"],
                first=told["valid_from"],
                last=told["valid_until"],
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, SAID)
            return redirect("scheduling:reinforcements", line.uid)
    context = {"line": line, "form": form, "rows": list(rows), "usual": usual}
    return render(request, "scheduling/reinforcements.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@draws_line
def line_team(request: HttpRequest, actor: Actor, line: Team) -> HttpResponse:
    """Who answers, who has followed « écoute active », who may be added."""
    today = timezone.localdate()
    officers = lines.officers(line, day=today)
    posted = request.POST if request.method == "POST" else None
    if posted is not None and posted.get("geste"):
        return _on_one(request, actor, line)
    may = lines.may_join(line, day=today)
    form = PersonForm(posted, people=may)
    if form.is_bound and form.is_valid():
        try:
            lines.join_line(actor=actor, line=line, person=form.chosen)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Cette personne répond maintenant sur la ligne.")
            return redirect("scheduling:line_team", line.uid)
    context = {"line": line, "form": form, "officers": officers, "may": may}
    return render(request, "scheduling/line_team.html", context, status=FORM_ERROR if form.errors else 200)


def _on_one(request: HttpRequest, actor: Actor, line: Team) -> HttpResponse:
    gesture = request.POST["geste"]
    served = lines.serving(line, line.valid_from, timezone.localdate()).values("person_id")
    person = get_object_or_404(
        Person.objects.filter(pk__in=served).select_related("data_key"), uid=_uid(request.POST.get("personne", ""))
    )
    told: dict[str, Any] = {"actor": actor, "line": line, "person": person}
    try:
        if gesture == REMOVE:
            rosters.leave(**told)
        elif gesture in (TRAINED, UNTRAINED):
            lines.note_training(**told, is_trained=gesture == TRAINED)
        else:
            raise Http404
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, SAID)
    return redirect("scheduling:line_team", line.uid)


def _uid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise Http404 from None
