"""« Questions »: what counsellors ask of an expert cell nobody named; each reading is written down."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.enquiries.forms.questions import AdviceForm, NotOursForm
from proxirh.enquiries.models import ExpertQuestion
from proxirh.enquiries.services import consulting
from proxirh.enquiries.views.cell_over import QUESTION, over
from proxirh.enquiries.views.desk_access import actor_of, in_cell
from proxirh.enquiries.workflow import QuestionState
from proxirh.kernel.errors import DomainError

MOST_LISTED = 200
WAITING_FIRST = F("ended_at").desc(nulls_first=True)
ANSWER, DECLINE = "repondre", "rendre"


@require_safe
@in_cell
def cell_questions(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, the first due at the top, then the rest."""
    rows = list(ExpertQuestion.objects.listed_for(actor_of(request)).order_by(WAITING_FIRST, "-pk")[:MOST_LISTED])
    waiting = [row for row in rows if row.state == QuestionState.ASKED]
    context = {
        "waiting": sorted(waiting, key=lambda row: row.due_at),
        "others": [row for row in rows if row.state != QuestionState.ASKED],
        "has_cells": len({row.team_id for row in rows}) > 1,
        "now": timezone.now(),
    }
    return render(request, "enquiries/cell/questions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@in_cell
def cell_question(request: HttpRequest, question_uid: UUID) -> HttpResponse:
    """What is asked, and what may be known with it; answer, or give it back with a reason."""
    actor = actor_of(request)
    found = ExpertQuestion.objects.visible_to(actor).filter(uid=question_uid).first()
    if found is None:
        return over(request, QUESTION, ExpertQuestion.objects.listed_for(actor).filter(uid=question_uid).first())
    gesture = request.POST.get("geste", "")
    answer = AdviceForm(request.POST if gesture == ANSWER else None)
    decline = NotOursForm(request.POST if gesture == DECLINE else None)
    if request.method == "POST" and _act(request, found, gesture, answer, decline):
        return redirect("enquiries:cell_questions")
    consulting.record_reading_of_question(actor=actor, question=found)
    waits = found.state == QuestionState.ASKED
    context = {
        "question": found,
        "form": answer if waits or answer.is_bound else None,
        "decline": decline if waits or decline.is_bound else None,
        "zone": found.enquiry.department.time_zone,
        "now": timezone.now(),
    }
    is_wrong = answer.is_bound or decline.is_bound
    return render(request, "enquiries/cell/question.html", context, status=422 if is_wrong else 200)


def _act(request: HttpRequest, found: ExpertQuestion, gesture: str, answer: AdviceForm, decline: NotOursForm) -> bool:
    """Do what is asked; False when it is refused, and the words typed stay on the page."""
    form: Any = {ANSWER: answer, DECLINE: decline}.get(gesture)
    if form is None:
        raise Http404
    if not form.is_valid():
        return False
    actor, data = actor_of(request), form.cleaned_data
    try:
        if gesture == ANSWER:
            body, key = data["body"], data["idempotency_key"]
            consulting.answer_question(actor=actor, question=found, body=body, key=key)
            messages.success(request, "Votre réponse est envoyée : qui vous interroge la lit aussitôt.")
        else:
            consulting.decline_question(actor=actor, question=found, reason=data["reason"])
            messages.success(request, "C’est noté : qui vous interroge lit le motif.")
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
