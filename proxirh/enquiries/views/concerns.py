"""« Situation préoccupante »: raised from an enquiry, acknowledged by whoever was called."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.accounts.step_up import factor_missing
from proxirh.enquiries import permissions
from proxirh.enquiries.models import Concern
from proxirh.enquiries.services.alarming import PATIENCE, acknowledge_concern, raise_concern
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_handled, signed_in, turned_away
from proxirh.kernel.errors import DomainError
from proxirh.territories.models import Academy
from proxirh.territories.services import emergency
from proxirh.territories.services.calendars import calendar_of_line
from proxirh.ui import french

MOST_LISTED = 100


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def worry(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The protocol first, then one button that calls the coordination, its deputy, the head of service."""
    found = find_handled(request, uid, "team__academy")
    if found is None:
        return turned_away(request, uid)
    actor = actor_of(request)
    running = found.concerns.filter(acknowledged_at=None).first()
    if running is not None:
        return redirect("enquiries:concern", running.uid)
    if request.method == "POST":
        try:
            made = raise_concern(actor=actor, enquiry=found)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect("enquiries:enquiry", uid)
        return redirect("enquiries:concern", made.uid)
    context = {
        "enquiry": found,
        "name": found.contact_name,
        "academy": found.team.academy,
        "can_raise": permissions.can_raise_concern(actor, found),
        "numbers": emergency.FOR_EVERYONE,
        "patience": int(PATIENCE.total_seconds() // 60),
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/desk/worry.html", context)


def _shown(request: HttpRequest) -> HttpResponse | None:
    actor = actor_of(request)
    if not actor.is_staff:
        raise Http404
    return None if actor.second_factor else factor_missing(request)


@require_safe
@signed_in
def concerns(request: HttpRequest) -> HttpResponse:
    """Those one raised or was called about, the unanswered first."""
    if refused := _shown(request):
        return refused
    rows = Concern.objects.shown_to(actor_of(request)).with_people()
    found = sorted(rows.order_by("-raised_at")[:MOST_LISTED], key=lambda one: one.acknowledged_at is not None)
    actor = actor_of(request)
    answered_for = Academy.objects.filter(pk__in=actor.runs)
    return render(request, "enquiries/concerns/list.html", {"concerns": found, "answered_for": answered_for})


def _zone_of(found: Concern) -> str:
    """Where it is told when each was called."""
    if found.enquiry is not None:
        return found.enquiry.department.time_zone
    assert found.call is not None
    return calendar_of_line(found.call.team)[1]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def concern(request: HttpRequest, concern_uid: UUID) -> HttpResponse:
    """Who raised it, who was called and when, who answered; a POST acknowledges."""
    if refused := _shown(request):
        return refused
    actor = actor_of(request)
    found = Concern.objects.shown_to(actor).with_people().filter(uid=concern_uid).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            acknowledge_concern(actor=actor, concern=found)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect("enquiries:concern", concern_uid)
    calls = list(found.calls.select_related("person__data_key").order_by("called_at", "pk"))
    context = {
        "concern": found,
        "calls": calls,
        "zone": _zone_of(found),
        "academy": found.academy,
        "is_called": any(call.person_id == actor.person_id for call in calls),
        "is_mine": found.raised_by_id == actor.person_id,
        "next_call_at": max((call.called_at for call in calls), default=timezone.now()) + PATIENCE,
        "raiser_phone": french.phone(found.raised_by.phone or ""),
        "receiver_phone": french.phone(found.acknowledged_by.phone or "") if found.acknowledged_by else "",
        "numbers": emergency.FOR_EVERYONE,
    }
    return render(request, "enquiries/concerns/concern.html", context)
