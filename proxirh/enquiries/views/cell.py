"""The listening cell’s own pages: what was passed on to it, the latest promise first; each reading is written down."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.enquiries.forms.cell import AnswerForm
from proxirh.enquiries.models import Transmission
from proxirh.enquiries.services import transmitting
from proxirh.enquiries.views.desk_access import actor_of, in_cell
from proxirh.kernel.errors import DomainError

MOST_LISTED = 200
OPEN, ANSWER, END = "ouvrir", "repondre", "terminer"


@require_safe
@in_cell
def cell(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, the most pressing first, then what has one."""
    now = timezone.now()
    rows = list(Transmission.objects.listed_for(actor_of(request)).order_by("-sent_at")[:MOST_LISTED])
    waiting = [row for row in rows if row.answered_at is None and not (row.ended_at or row.withdrawn_at)]
    context = {
        "waiting": sorted(waiting, key=lambda row: row.due_at),
        "others": [row for row in rows if row not in waiting],
        "now": now,
    }
    return render(request, "enquiries/cell/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@in_cell
def transmission(request: HttpRequest, transmission_uid: UUID) -> HttpResponse:
    """Before it is opened, one button; then the words, and the answer to write."""
    actor = actor_of(request)
    found = Transmission.objects.visible_to(actor).filter(uid=transmission_uid).first()
    if found is None:
        raise Http404
    gesture = request.POST.get("geste", "")
    form = AnswerForm(request.POST if gesture == ANSWER else None)
    if request.method == "POST" and (gesture != ANSWER or form.is_valid()) and _act(request, found, gesture, form):
        return redirect("enquiries:transmission", transmission_uid)
    if found.seen_at is None:
        return render(request, "enquiries/cell/sealed.html", {"transmission": found})
    transmitting.record_cell_reading(actor=actor, transmission=found)
    context = {
        "transmission": found,
        "identity": (found.identity or {}).items(),
        "thread": transmitting.thread_of(found),
        "form": None if found.ended_at and not form.is_bound else form,
        "is_late": found.answered_at is None and found.due_at < timezone.now(),
    }
    return render(request, "enquiries/cell/transmission.html", context, status=422 if form.is_bound else 200)


def _act(request: HttpRequest, found: Transmission, gesture: str, form: AnswerForm) -> bool:
    """Do what is asked; False when it is refused, and the words typed stay on the page."""
    actor = actor_of(request)
    try:
        if gesture == OPEN:
            transmitting.open_transmission(actor=actor, transmission=found)
        elif gesture == END:
            transmitting.end_transmission(actor=actor, transmission=found)
        elif gesture == ANSWER:
            body, key = form.cleaned_data["body"], form.cleaned_data["idempotency_key"]
            transmitting.answer_transmission(actor=actor, transmission=found, body=body, key=key)
            messages.success(request, "Votre réponse est envoyée.")
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
