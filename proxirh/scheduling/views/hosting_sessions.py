"""Collective sessions of their host: opened, moved, cancelled, and who came."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.errors import DomainError
from proxirh.scheduling.forms.sessions import CapacityForm, SessionForm, WhenForm
from proxirh.scheduling.models import CollectiveSession, SessionTitle
from proxirh.scheduling.services import sessions as service
from proxirh.scheduling.views.access import with_agenda
from proxirh.scheduling.workflow import SEATED, SeatState, SessionState
from proxirh.territories.actor import Actor
from proxirh.territories.services.serving import departments_served

FORM_ERROR = 422
CANCEL, ATTENDANCE, CAPACITY = "annuler", "presences", "places"


@require_safe
@with_agenda
def sessions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Those to come, then those whose attendance is to be said."""
    now = timezone.now()
    rows = list(service.hosted_by(actor).filter(state=SessionState.OPEN).order_by("starts_at"))
    context = {
        "coming": [one for one in rows if one.ends_at > now],
        "past": [one for one in reversed(rows) if one.ends_at <= now][:20],
    }
    return render(request, "scheduling/sessions/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def open_session(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One more."""
    departments = departments_served(actor)
    if not departments:
        raise Http404
    form = SessionForm(request.POST if request.method == "POST" else None, departments=departments)
    if form.is_bound and form.is_valid():
        try:
            made = service.open_session(
                actor=actor,
                department=form.where,
                title=SessionTitle(form.cleaned_data["title"]),
                when=form.when,
                capacity=form.cleaned_data["capacity"],
                key=form.cleaned_data["key"],
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "La rencontre est ouverte aux inscriptions, et ce temps est dans votre agenda.")
            return redirect("scheduling:session", made.uid)
    return render(request, "scheduling/sessions/open.html", {"form": form}, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def session(request: HttpRequest, actor: Actor, session_uid: UUID) -> HttpResponse:
    """Who comes, who waits, and once it has begun who came; read by its host alone."""
    row = _own(actor, session_uid)
    places = CapacityForm(
        request.POST if request.POST.get("geste") == CAPACITY else None, initial={"capacity": row.capacity}
    )
    if request.method == "POST" and not places.is_bound:
        return _done(request, actor, row)
    if places.is_valid() and _resized(request, actor, row, places):
        return redirect("scheduling:session", row.uid)
    seats = service.names_of(actor, row)
    now = timezone.now()
    context = {
        "row": row,
        "seated": [one for one in seats if one.state in SEATED],
        "waiting": [one for one in seats if one.state == SeatState.WAITING],
        "has_begun": row.starts_at <= now,
        "is_open": row.state == SessionState.OPEN,
        "is_closed": row.register_until <= now,
        "form": places,
    }
    return render(request, "scheduling/sessions/one.html", context, status=FORM_ERROR if places.errors else 200)


def _resized(request: HttpRequest, actor: Actor, row: CollectiveSession, form: CapacityForm) -> bool:
    try:
        service.resize_session(actor=actor, session=row, capacity=form.cleaned_data["capacity"])
    except DomainError as refusal:
        form.add_error("capacity", str(refusal))
        return False
    messages.success(request, "C’est enregistré. Qui attendait et a maintenant une place reçoit un courriel.")
    return True


def _done(request: HttpRequest, actor: Actor, row: CollectiveSession) -> HttpResponse:
    gesture, told = request.POST.get("geste", ""), ""
    try:
        if gesture == CANCEL:
            service.cancel_session(actor=actor, session=row)
            told = "La rencontre est annulée. Chaque personne inscrite reçoit un courriel."
        elif gesture == ATTENDANCE:
            service.note_attendance(actor=actor, session=row, came=_uids(request))
            told = "C’est noté."
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        if told:
            messages.success(request, told)
    return redirect("scheduling:session", row.uid)


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def move_session(request: HttpRequest, actor: Actor, session_uid: UUID) -> HttpResponse:
    """Another time, or elsewhere."""
    row = _own(actor, session_uid)
    if row.state != SessionState.OPEN:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = WhenForm(posted, departments=[row.department], place=row.place, initial=WhenForm.initial_of(row))
    if form.is_bound and form.is_valid():
        try:
            service.move_session(actor=actor, session=row, when=form.when)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est enregistré. Chaque personne inscrite reçoit un courriel.")
            return redirect("scheduling:session", row.uid)
    context = {"row": row, "form": form}
    return render(request, "scheduling/sessions/move.html", context, status=FORM_ERROR if form.errors else 200)


def _own(actor: Actor, uid: UUID) -> CollectiveSession:
    return get_object_or_404(service.hosted_by(actor), uid=uid)


def _uids(request: HttpRequest) -> frozenset[UUID]:
    found = set()
    for typed in request.POST.getlist("venus"):
        try:
            found.add(UUID(typed))
        except ValueError:
            continue
    return frozenset(found)
