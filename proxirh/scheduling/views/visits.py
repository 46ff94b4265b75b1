"""Visits of the mobile team: as those who go read them, and as whoever asked does."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.errors import DomainError
from proxirh.scheduling.forms.visits import DeclineForm, TakeForm, VisitForm
from proxirh.scheduling.models import VisitRequest
from proxirh.scheduling.permissions import counsels
from proxirh.scheduling.services import visits as service
from proxirh.scheduling.views.access import signed_in, with_agenda
from proxirh.scheduling.workflow import VisitState
from proxirh.territories.actor import Actor
from proxirh.ui import french

FORM_ERROR = 422
TAKE, DECLINE, GIVE_BACK = "prendre", "decliner", "rendre"
# What a second click meets, or one that came after a colleague’s.
ANSWERED = {
    VisitState.TAKEN: "Quelqu’un d’autre a pris cette visite : elle n’attend plus.",
    VisitState.DECLINED: "Cette visite est déjà déclinée. La personne lit la réponse.",
    VisitState.CANCELLED: "Cette visite n’est plus demandée.",
}
MOST_SHOWN = 60


@require_safe
@with_agenda
def visits(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Those that wait, without any name, then those that one took."""
    if not counsels(actor):
        raise Http404
    now = timezone.now()
    context = {
        "waiting": [told_of(one) for one in service.to_take(actor, at=now)[:MOST_SHOWN]],
        "mine": [told_of(one) for one in service.taken_by(actor).filter(ends_at__gt=now)[:MOST_SHOWN]],
    }
    return render(request, "scheduling/visits/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def visit(request: HttpRequest, actor: Actor, visit_uid: UUID) -> HttpResponse:
    """One that waits (taken or declined here), or one’s own (who asked, and what is useful on the way)."""
    now = timezone.now()
    mine = service.taken_by(actor).filter(uid=visit_uid).first()
    answers = mine is None and request.POST.get("geste") in (TAKE, DECLINE)
    if answers and (found := service.answered(actor, visit_uid, at=now)) is not None:
        messages.info(request, ANSWERED[VisitState(found.state)])
        return redirect("scheduling:visits")
    row = mine or get_object_or_404(service.to_take(actor, at=now), uid=visit_uid)
    gesture = request.POST.get("geste", "")
    if mine is not None:
        if gesture == GIVE_BACK:
            return _given_back(request, actor, mine)
        if request.method == "POST":  # taken already: the second click leads to it
            return redirect("scheduling:visit", mine.uid)
        context = told_of(mine) | {
            "asker": mine.asked_by.full_name,
            "note": mine.note,
            "is_to_come": mine.starts_at and mine.starts_at > now,
        }
        return render(request, "scheduling/visits/taken.html", context)
    first_day = service.wishes_of(row)[0][0]
    take = TakeForm(request.POST if gesture == TAKE else None, initial={"day": first_day})
    decline = DeclineForm(request.POST if gesture == DECLINE else None)
    if (take.is_bound and take.is_valid() and _taken(request, actor, row, take)) or (
        decline.is_bound and decline.is_valid() and _declined(request, actor, row, decline)
    ):
        return redirect("scheduling:visits")
    has_errors = bool(take.errors or decline.errors)
    shown = decline if decline.errors else take
    context = told_of(row) | {"take": take, "decline": decline, "form": shown}
    return render(request, "scheduling/visits/to_take.html", context, status=FORM_ERROR if has_errors else 200)


def _taken(request: HttpRequest, actor: Actor, row: VisitRequest, form: TakeForm) -> bool:
    starts_at, ends_at = form.between(zone_of(row))
    try:
        service.take_visit(actor=actor, visit=row, starts_at=starts_at, ends_at=ends_at)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "La visite est dans votre agenda. La personne reçoit un courriel.")
    return True


def _declined(request: HttpRequest, actor: Actor, row: VisitRequest, form: DeclineForm) -> bool:
    try:
        service.decline_visit(actor=actor, visit=row, reason=form.cleaned_data["reason"])
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "C’est noté. La personne lit votre réponse.")
    return True


def _given_back(request: HttpRequest, actor: Actor, row: VisitRequest) -> HttpResponse:
    try:
        service.give_back_visit(actor=actor, visit=row)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "La visite attend de nouveau quelqu’un. La personne reçoit un courriel.")
    return redirect("scheduling:visits")


@require_safe
@signed_in
def my_visits(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What one asked, and what became of it."""
    rows = [told_of(one) for one in service.asked_by(actor).defer("note")[:MOST_SHOWN]]
    return render(request, "scheduling/visits/mine.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def ask_visit(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ask that somebody comes."""
    posted = request.POST if request.method == "POST" else None
    form = VisitForm(posted, initial={"uai": request.GET.get("etablissement", "")[:8]})
    if form.is_bound and form.is_valid():
        found = form.cleaned_data
        try:
            service.ask_visit(actor=actor, site=form.site, wished=form.wished, note=found["note"], key=found["key"])
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Votre demande est partie. Un courriel vous dira qu’une réponse est à lire ici.")
            return redirect("scheduling:my_visits")
    return render(request, "scheduling/visits/ask.html", {"form": form}, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def my_visit(request: HttpRequest, actor: Actor, visit_uid: UUID) -> HttpResponse:
    """One of one’s own, and taking it back."""
    row = get_object_or_404(service.asked_by(actor), uid=visit_uid)
    if request.method == "POST":
        try:
            service.withdraw_visit(actor=actor, visit=row)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Votre demande de visite est retirée.")
        return redirect("scheduling:my_visits")
    is_open = row.state in (VisitState.ASKED, VisitState.TAKEN)
    is_to_come = row.starts_at is None or row.starts_at > timezone.now()
    context = told_of(row) | {"note": row.note, "may_withdraw": is_open and is_to_come}
    return render(request, "scheduling/visits/my_one.html", context)


def zone_of(row: VisitRequest) -> str:
    """The clock of the site."""
    return row.site.own_time_zone or row.site.department.time_zone


def told_of(row: VisitRequest) -> dict[str, Any]:
    """A request in words, without anybody’s name nor what was written."""
    kinds = {VisitState.TAKEN: "success", VisitState.DECLINED: "warning", VisitState.CANCELLED: ""}
    return {
        "row": row,
        "wishes_told": " ; ".join(f"{french.long_day(day)}, {half.label}" for day, half in service.wishes_of(row)),
        "zone": zone_of(row),
        "state_told": row.get_state_display(),
        "state_kind": kinds.get(VisitState(row.state), "info"),
        "reason_told": row.get_reason_display() if row.reason else "",
        "is_taken": row.state == VisitState.TAKEN,
    }
