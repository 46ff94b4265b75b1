"""Shared summaries: written at the desk, re-read and agreed to in the author’s space, shown on one page to print."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.enquiries import permissions
from proxirh.enquiries.forms.summaries import AgreeForm, ChangeForm, SummaryForm
from proxirh.enquiries.models import Enquiry, SharedSummary
from proxirh.enquiries.services import summarising
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_handled, signed_in, turned_away
from proxirh.enquiries.views.space import find_own
from proxirh.enquiries.workflow import SummaryState
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, StaleState

MOVED = "Ce compte rendu a changé pendant que vous écriviez. Relisez-le : votre texte est gardé, rien n’est parti."
AGREE, CHANGE, DROP = "accepter", "changer", "reprendre"


# ── At the desk ────────────────────────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def summaries(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Propose a summary, change the one that waits or take it back; read those that are agreed."""
    found = find_handled(request, uid)
    if found is None:
        return turned_away(request, uid)
    actor, known = actor_of(request), summarising.summaries_of(found)
    waiting = _waiting(known)
    if request.method == "POST" and request.POST.get("geste") == DROP:
        return _drop(request, found, waiting)
    today = local_day(timezone.now(), found.department.time_zone)
    initial = {"held_on": waiting.held_on, "body": waiting.body, "seen": _version(waiting)} if waiting else {}
    form = SummaryForm(request.POST if request.method == "POST" else None, today=today, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            _write(actor, found, waiting, form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, MOVED if isinstance(refusal, StaleState) else str(refusal))
        else:
            messages.success(request, "Le compte rendu est proposé. La personne est prévenue qu’elle peut le relire.")
            return redirect("enquiries:summaries", uid)
    context = {
        "enquiry": found,
        "name": found.contact_name,
        "form": form if permissions.can_treat(actor, found) or form.is_bound else None,
        "waiting": waiting,
        "agreed": [one for one in known if one.state == SummaryState.AGREED],
        "zone": found.department.time_zone,
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/desk/summaries.html", context, status=422 if form.is_bound else 200)


def _write(actor: Any, found: Enquiry, waiting: SharedSummary | None, data: dict[str, Any]) -> None:
    """Propose or change, whichever the page showed; raises StaleState when it is no longer the same."""
    words = {"held_on": data["held_on"], "body": data["body"]}
    if not data["seen"]:
        summarising.propose_summary(actor=actor, enquiry=found, key=data["key"], **words)
    elif waiting is None or _version(waiting) != data["seen"]:
        raise StaleState
    else:
        summarising.change_summary(actor=actor, summary=waiting, **words)


def _drop(request: HttpRequest, found: Enquiry, waiting: SharedSummary | None) -> HttpResponse:
    try:
        if waiting is not None:
            summarising.drop_summary(actor=actor_of(request), summary=waiting)
            messages.success(request, "Le compte rendu est repris : la personne ne le voit plus.")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("enquiries:summaries", found.uid)


# ── In the author’s space ──────────────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def own_summaries(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Re-read what is proposed, agree or say what to change; open those agreed to, to show them."""
    found = find_own(request, uid)
    known = summarising.summaries_of(found)
    waiting = _waiting(known)
    if not known:
        raise Http404
    answer = request.POST.get("geste") if request.method == "POST" else ""
    form = ChangeForm(request.POST if answer == CHANGE else None, initial={"seen": _version(waiting)})
    if answer == AGREE:
        refusal = _agree(request, waiting)
    else:
        refusal = _ask_change(request, waiting, form) if form.is_bound and form.is_valid() else None
    if answer and refusal is None and not (form.is_bound and form.errors):
        return redirect("enquiries:own_summaries", uid)
    if refusal:
        form = form if form.is_bound else ChangeForm({"seen": _version(waiting)})
        form.errors.clear()
        form.add_error(None, refusal)
    context = {
        "enquiry": found,
        "waiting": waiting,
        "can_answer": waiting is not None and waiting.state == SummaryState.PROPOSED,
        "agree": AgreeForm(initial={"seen": _version(waiting)}, auto_id="agree_%s"),
        "form": form,
        "agreed": [one for one in known if one.state == SummaryState.AGREED],
        "zone": found.department.time_zone,
    }
    return render(request, "enquiries/space/summaries.html", context, status=422 if answer else 200)


def _agree(request: HttpRequest, waiting: SharedSummary | None) -> str | None:
    """Why not, or nothing."""
    if waiting is None or request.POST.get("seen") != _version(waiting):
        return MOVED
    try:
        summarising.agree_to_summary(actor=actor_of(request), summary=waiting)
    except DomainError as refusal:
        return MOVED if isinstance(refusal, StaleState) else str(refusal)
    messages.success(request, "Vous avez accepté ce compte rendu. Vous pouvez le montrer au lieu de tout redire.")
    return None


def _ask_change(request: HttpRequest, waiting: SharedSummary | None, form: ChangeForm) -> str | None:
    if waiting is None or form.cleaned_data["seen"] != _version(waiting):
        return MOVED
    try:
        summarising.ask_for_change(actor=actor_of(request), summary=waiting, remark=form.cleaned_data["remark"])
    except DomainError as refusal:
        return MOVED if isinstance(refusal, StaleState) else str(refusal)
    messages.success(request, "C’est noté. La personne qui suit votre demande va vous proposer un autre texte.")
    return None


@require_safe
@signed_in
def own_summary(request: HttpRequest, uid: UUID, summary_uid: UUID) -> HttpResponse:
    """One that both agreed to, alone on its page: to print, or to show on a telephone."""
    found = find_own(request, uid)
    shown = next((one for one in summarising.summaries_of(found) if one.uid == summary_uid), None)
    if shown is None or shown.state != SummaryState.AGREED:
        raise Http404
    context = {"enquiry": found, "summary": shown, "zone": found.department.time_zone}
    return render(request, "enquiries/space/summary.html", context)


def _waiting(known: list[SharedSummary]) -> SharedSummary | None:
    return next((one for one in known if one.state != SummaryState.AGREED), None)


def _version(summary: SharedSummary | None) -> str:
    """Tells one proposal from the next."""
    return f"{summary.uid}:{summary.written_at.isoformat()}" if summary else ""
