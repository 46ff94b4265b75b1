"""« Demander un avis »: what a counsellor asks of cells about an enquiry that stays hers, and what they answered."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import permissions
from proxirh.enquiries.forms.questions import AskCellForm, RecallForm
from proxirh.enquiries.models import Enquiry, ExpertQuestion
from proxirh.enquiries.services import cell_rules, consulting
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_handled, turned_away
from proxirh.enquiries.wishes import names_kept_away
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError

RECALL = "rappeler"


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def questions(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What was asked, and what came back; a new one, for its lead, shown as the cell will read it before it is sent."""
    found = find_handled(request, uid, "category", "site")
    if found is None:
        return turned_away(request, uid)
    actor = actor_of(request)
    if request.method == "POST" and request.POST.get("geste") == RECALL:
        return _recall(request, found)
    may_ask = permissions.can_treat(actor, found)
    today = local_day(timezone.now(), found.department.time_zone)
    cells = cell_rules.destinations(found, day=today, looks_at_ties=False) if may_ask else []
    form = AskCellForm(
        request.POST if request.method == "POST" else None,
        cells=[one.team for one in cells if not one.refusal],
        initial={"due_on": consulting.usual_day(found, at=timezone.now())},
    )
    preview = None
    if form.is_bound and form.is_valid():
        try:
            preview = _read_again_or_send(request, found, form)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            if preview is None:
                messages.success(request, "La question est partie. Un courriel vous préviendra de la réponse.")
                return redirect("enquiries:questions", uid)
    elif form.is_bound and not may_ask:
        form.add_error(None, consulting.NOT_IN_CHARGE)
    context = {
        "enquiry": found,
        "name": found.contact_name,
        "kept_away": names_kept_away(found),
        "form": form if (may_ask and form.cells) or form.is_bound else None,
        "preview": preview,
        "may_ask": may_ask,
        "closed_cells": [one for one in cells if one.refusal],
        "rows": ExpertQuestion.objects.of_enquiry(found),
        "zone": found.department.time_zone,
        "now": timezone.now(),
        "side_navigation": menu(actor),
    }
    is_wrong = form.is_bound and preview is None
    return render(request, "enquiries/desk/questions.html", context, status=422 if is_wrong else 200)


def _read_again_or_send(request: HttpRequest, found: Enquiry, form: AskCellForm) -> dict[str, Any] | None:
    """Send what was re-read, and nothing else: anything that differs from it is shown first."""
    actor, data = actor_of(request), form.cleaned_data
    if not permissions.can_treat(actor, found):
        raise DomainError(consulting.NOT_IN_CHARGE)
    facts = consulting.told_facts(found, data["facts"])
    tag = consulting.print_of(data["to"], facts, data["body"], data["due_on"])
    if data["shown"] != tag:
        consulting.check_question(found, body=data["body"], due_on=data["due_on"], at=timezone.now())
        form.showing(tag)
        return {"facts": facts, "body": data["body"], "team": data["to"], "due_on": data["due_on"]}
    consulting.ask_cell(
        actor=actor,
        enquiry=found,
        to=data["to"],
        facts=data["facts"],
        body=data["body"],
        due_on=data["due_on"],
        key=data["key"],
    )
    return None


def _recall(request: HttpRequest, found: Enquiry) -> HttpResponse:
    form = RecallForm(request.POST)
    known = ExpertQuestion.objects.of_enquiry(found) if form.is_valid() else []
    chosen = next((one for one in known if one.uid == form.cleaned_data["question"]), None)
    if chosen is None:
        raise Http404
    try:
        consulting.recall_question(actor=actor_of(request), question=chosen)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "La question est retirée : la cellule ne la lit plus.")
    return redirect("enquiries:questions", found.uid)
