"""Collective sessions as everybody reads them, and registering: each reads of herself alone."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.accounts.models import User
from proxirh.accounts.services import ensure_person, person_of
from proxirh.kernel.errors import DomainError
from proxirh.scheduling.forms.sessions import NameForm
from proxirh.scheduling.models import CollectiveSession, SessionSeat
from proxirh.scheduling.permissions import may_cancel_session
from proxirh.scheduling.services import seats as service
from proxirh.scheduling.services.sessions import ahead_of, cancel_session, open_in, own_seats, to_come_in
from proxirh.scheduling.views.access import signed_in
from proxirh.scheduling.workflow import SeatState, SessionState
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy
from proxirh.territories.permissions import can_run_academy

FORM_ERROR = 422
LEAVE, CANCEL = "desinscrire", "annuler"


@require_safe
def academies(request: HttpRequest) -> HttpResponse:
    """Where sessions are open to registration."""
    now = timezone.now()
    rows = Academy.objects.filter(
        departments__sessions__state=SessionState.OPEN, departments__sessions__register_until__gt=now
    )
    return render(request, "scheduling/sessions/academies.html", {"academies": rows.distinct().order_by("name")})


@require_safe
def open_sessions(request: HttpRequest, academy_slug: str) -> HttpResponse:
    """Those of an académie, and for whoever runs it those whose registration is closed; never who is registered."""
    academy = get_object_or_404(Academy, slug=academy_slug)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now, runs = timezone.now(), can_run_academy(actor, academy)
    rows = list((to_come_in if runs else open_in)(academy, at=now)[:40])
    told = [
        {"row": one, "is_full": one.taken >= one.capacity, "is_closed": one.register_until <= now}  # type: ignore[attr-defined]
        for one in rows
    ]
    context = {"academy": academy, "rows": told, "runs": runs}
    return render(request, "scheduling/sessions/open_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def attend(request: HttpRequest, session_uid: UUID) -> HttpResponse:
    """One session: when, where, and registering, or leaving."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    seat = own_seats(actor).filter(session__uid=session_uid).first() if actor.is_signed_in else None
    row = seat.session if seat else get_object_or_404(_public(now), uid=session_uid)
    if request.method == "POST" and not actor.is_signed_in:
        return redirect_to_login(request.get_full_path())
    person = person_of(actor.user_id) if actor.user_id is not None else None
    is_unnamed = actor.is_signed_in and not (person and person.full_name)
    form = NameForm(request.POST if request.method == "POST" else None) if is_unnamed else None
    if request.method == "POST":
        if request.POST.get("geste") == LEAVE:
            return _leave(request, actor, seat, session_uid)
        if request.POST.get("geste") == CANCEL:
            return _cancel(request, actor, row)
        if form is None or form.is_valid():
            if form is not None and actor.user_id is not None:
                ensure_person(user=User(pk=actor.user_id), **form.cleaned_data)
            return _register(request, actor, row)
    context = _told(seat, row, now=now) | {
        "form": form,
        "is_host": actor.is_signed_in and row.host_id == actor.person_id,
        "may_cancel": row.state == SessionState.OPEN and row.starts_at > now and may_cancel_session(actor, row),
    }
    return render(
        request, "scheduling/sessions/attend.html", context, status=FORM_ERROR if form and form.errors else 200
    )


@require_safe
@signed_in
def my_sessions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Where one is registered or waits."""
    now = timezone.now()
    rows = [one for one in own_seats(actor)[:60] if one.state != SeatState.CANCELLED]
    context = {
        "coming": [_told(one, one.session, now=now) for one in reversed(rows) if one.session.ends_at > now],
        "past": [_told(one, one.session, now=now) for one in rows if one.session.ends_at <= now],
    }
    return render(request, "scheduling/sessions/mine.html", context)


def _public(now: Any) -> Any:
    rows = CollectiveSession.objects.filter(state=SessionState.OPEN, ends_at__gt=now)
    return rows.select_related("place", "department__academy")


def _register(request: HttpRequest, actor: Actor, row: CollectiveSession) -> HttpResponse:
    try:
        seat = service.register(actor=actor, session=row)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        if seat.state == SeatState.WAITING:
            messages.success(request, "Toutes les places sont prises : vous êtes en liste d’attente.")
        else:
            messages.success(request, "Votre place est retenue. Seule la personne qui anime lit votre nom.")
    return redirect("scheduling:attend", row.uid)


def _cancel(request: HttpRequest, actor: Actor, row: CollectiveSession) -> HttpResponse:
    """By whoever coordinates or heads the service there; nobody else is shown the gesture."""
    try:
        cancel_session(actor=actor, session=row)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("scheduling:attend", row.uid)
    messages.success(request, "La rencontre est annulée. Les personnes attendues et qui l’anime le lisent.")
    return redirect("scheduling:open_sessions", row.department.academy.slug)


def _leave(request: HttpRequest, actor: Actor, seat: SessionSeat | None, uid: UUID) -> HttpResponse:
    if seat is not None:
        try:
            service.leave(actor=actor, seat=seat)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Votre inscription est annulée.")
    return redirect("scheduling:attend", uid)


def _told(seat: SessionSeat | None, row: CollectiveSession, *, now: Any) -> dict[str, Any]:
    """A session as one person reads it: her own state, and the link once she has a seat."""
    state = SeatState(seat.state) if seat and seat.state != SeatState.CANCELLED else None
    is_to_come = row.starts_at > now and row.state == SessionState.OPEN
    return {
        "row": row,
        "seat": seat if state else None,
        "is_waiting": state == SeatState.WAITING,
        "ahead": ahead_of(seat) if seat and state == SeatState.WAITING else 0,
        "is_cancelled": row.state == SessionState.CANCELLED,
        "shows_link": bool(row.video_link) and state == SeatState.REGISTERED and row.ends_at > now,
        "may_register": state is None and is_to_come and row.register_until > now,
        "may_leave": state in (SeatState.REGISTERED, SeatState.WAITING) and is_to_come,
    }
