"""Permanences of those who go to sites, or say who does: prepared, accepted, checked, announced, cancelled."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.errors import DomainError, StaleState
from proxirh.scheduling import wording
from proxirh.scheduling.forms.permanences import AcceptForm, DraftForm, ReviseForm, RoomForm
from proxirh.scheduling.models import ROOM_CHECKS, SitePermanence
from proxirh.scheduling.permissions import appoints_at, counsels, may_check_room
from proxirh.scheduling.services import permanences as service
from proxirh.scheduling.services.half_days import tag
from proxirh.scheduling.services.reach import counsellors_at
from proxirh.scheduling.views.access import with_permanences
from proxirh.scheduling.workflow import PermanenceState
from proxirh.territories.actor import Actor

FORM_ERROR = 422
ACCEPTED = "Quelqu’un d’autre a accepté cette permanence : elle n’attend plus."
ACCEPT, APPOINT, ROOM, PUBLISH, CANCEL = "accepter", "designer", "salle", "annoncer", "annuler"


@require_safe
@with_permanences
def permanences(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Those to accept, one’s own, and those of the académie one answers for."""
    now = timezone.now()
    rows = [one for one in service.hers_or_to_take(actor, at=now) if not service.is_over(one, at=now)]
    told = [told_of(one) for one in rows if one.state != PermanenceState.CANCELLED]
    context = {
        "to_accept": [one for one in told if one["row"].state == PermanenceState.PROPOSED],
        "mine": [one for one in told if one["row"].person_id == actor.person_id],
        "others": [one for one in told if one["row"].person_id not in (None, actor.person_id)],
        "may_draft": counsels(actor),
    }
    return render(request, "scheduling/permanences/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_permanences
def draft(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Prepare one of one’s own."""
    if not counsels(actor):
        raise Http404
    form = DraftForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = service.draft_permanence(
                actor=actor,
                site=form.site,
                day=form.cleaned_data["day"],
                half_day=form.half_day,
                key=form.cleaned_data["key"],
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "La permanence est préparée. Vérifiez la salle, puis annoncez-la.")
            return redirect("scheduling:permanence", made.uid)
    return render(
        request, "scheduling/permanences/draft.html", {"form": form}, status=FORM_ERROR if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@with_permanences
def permanence(request: HttpRequest, actor: Actor, permanence_uid: UUID) -> HttpResponse:
    """One of them, and what may be done about it now."""
    now = timezone.now()
    row = service.hers_or_to_take(actor, at=now).filter(uid=permanence_uid).first()
    if row is None:
        if request.POST.get("geste") == ACCEPT and service.is_accepted(actor, permanence_uid, at=now):
            messages.info(request, ACCEPTED)
            return redirect("scheduling:permanences")
        raise Http404
    is_open = row.state != PermanenceState.CANCELLED and not service.is_over(row, at=now)
    is_proposed = is_open and row.state == PermanenceState.PROPOSED
    serving = list(counsellors_at(row.site, day=timezone.localdate(now))) if is_proposed else []
    appoints = is_proposed and appoints_at(actor, row.site)
    gesture = request.POST.get("geste", "")
    form = AcceptForm(request.POST if gesture == APPOINT else None, people=serving) if appoints else None
    status = 200
    if request.method == "POST":
        if gesture == APPOINT and form is not None:
            if form.is_valid():
                return _done(request, actor, row, gesture, person=form.chosen)
            status = FORM_ERROR
        else:
            return _done(request, actor, row, gesture)
    is_hers = counsels(actor) and row.person_id == actor.person_id
    context = told_of(row) | {
        "is_hers": is_hers,
        "is_open": is_open,
        "may_accept": is_proposed and counsels(actor) and actor.person_id in {one.pk for one in serving},
        "may_revise": is_open and row.state == PermanenceState.DRAFT and service.may_revise(actor, row),
        "may_cancel": is_open and service.may_cancel(actor, row),
        "room_form": room_form(row) if is_open and may_check_room(actor, row) and not _is_public(row) else None,
        "form": form,
    }
    return render(request, "scheduling/permanences/one.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@with_permanences
def revise(request: HttpRequest, actor: Actor, permanence_uid: UUID) -> HttpResponse:
    """Another room, day or hour, as long as it is not announced; 404 for whoever may not."""
    row = get_object_or_404(service.hers_or_to_take(actor, at=timezone.now()), uid=permanence_uid)
    if not service.may_revise(actor, row):
        raise Http404
    if row.state != PermanenceState.DRAFT:
        messages.error(request, service.SETTLED)
        return redirect("scheduling:permanence", row.uid)
    form = ReviseForm(request.POST if request.method == "POST" else None, initial=ReviseForm.initial_of(row))
    if form.is_bound and form.is_valid():
        found = form.cleaned_data
        try:
            service.revise_permanence(
                actor=actor, permanence=row, day=found["day"], half_day=form.half_day, seen=found["seen"]
            )
        except StaleState as refusal:  # what it is now is shown beside what was typed: sent again, that stands
            row.refresh_from_db()
            form.data = {**request.POST.dict(), "seen": tag(row)}
            form.add_error(None, str(refusal))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est enregistré. Relisez ce qui est dit de la salle avant d’annoncer la date.")
            return redirect("scheduling:permanence", row.uid)
    context = told_of(row) | {"form": form}
    return render(request, "scheduling/permanences/revise.html", context, status=FORM_ERROR if form.errors else 200)


def _done(request: HttpRequest, actor: Actor, row: SitePermanence, gesture: str, **named: Any) -> HttpResponse:
    try:
        if gesture in (ACCEPT, APPOINT):
            service.accept_permanence(actor=actor, permanence=row, **named)
            told = "C’est noté. La salle se vérifie avant d’annoncer la date."
        elif gesture == ROOM:
            service.check_room(actor=actor, permanence=row, **answered(request))
            told = (
                "C’est noté." if row.is_room_safe else "C’est noté. La date s’annonce une fois les trois cases cochées."
            )
        elif gesture == PUBLISH:
            service.publish_permanence(actor=actor, permanence=row)
            told = "La permanence est annoncée : on peut y prendre rendez-vous. Imprimez l’affiche."
        elif gesture == CANCEL:
            service.cancel_permanence(actor=actor, permanence=row)
            told = "La permanence est annulée : plus personne ne peut y prendre rendez-vous."
        else:
            told = ""
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        if told:
            messages.success(request, told)
    if gesture == CANCEL:
        return redirect("scheduling:permanences")
    return redirect("scheduling:permanence", row.uid)


def answered(request: HttpRequest) -> dict[str, Any]:
    """The checks that are ticked, and on which page; what is no check is left out."""
    ticked = request.POST.getlist("answers")
    return {"answers": [name for name, _ in ROOM_CHECKS if name in ticked], "seen": request.POST.get("seen", "")}


def room_form(row: SitePermanence) -> RoomForm:
    """Its room as answered so far."""
    return RoomForm(initial=RoomForm.initial_of(row))


def told_of(row: SitePermanence) -> dict[str, Any]:
    """A permanence in words, without anybody’s name."""
    kinds = {PermanenceState.PUBLISHED: "success", PermanenceState.CANCELLED: "error"}
    return {
        "row": row,
        "hours_told": wording.hours(row.starts_at, row.ends_at),
        "state_told": row.get_state_display(),
        "state_kind": kinds.get(PermanenceState(row.state), "info"),
        "checks": [
            {"label": label, "said_at": getattr(row, f"{name}_at"), "zone": row.time_zone}
            for name, label in ROOM_CHECKS
        ],
        "has_answers": any(getattr(row, f"{name}_at") for name, _ in ROOM_CHECKS),
        "is_public": _is_public(row),
    }


def _is_public(row: SitePermanence) -> bool:
    return row.state == PermanenceState.PUBLISHED
