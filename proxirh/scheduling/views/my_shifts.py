"""One’s own half-days on the telephone: offered, taken, and carried away in a calendar file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.errors import DomainError
from proxirh.scheduling.forms.duty import SwapForm
from proxirh.scheduling.services import swaps
from proxirh.scheduling.shift_calendar import calendar_of_shifts
from proxirh.scheduling.views.access import with_shifts
from proxirh.territories.actor import Actor
from proxirh.territories.services.calendars import calendar_of_line, clocks_of
from proxirh.territories.services.lines import answered_by

FORM_ERROR = 422
GESTURES: dict[str, tuple[Any, str]] = {
    "accepter": (swaps.accept_swap, "L’échange est fait. Votre planning et celui de votre collègue sont à jour."),
    "refuser": (swaps.refuse_swap, "C’est noté. Votre collègue garde sa permanence."),
    "reprendre": (swaps.withdraw_swap, "Vous gardez cette permanence."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@with_shifts
def my_shifts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What one has to come, what one offers, and what colleagues offer."""
    if request.method == "POST":
        return _settle(request, actor)
    now = timezone.now()
    asked = {offer.shift_id: offer for offer in swaps.asked_by(actor, at=now)}
    shifts = list(swaps.own_shifts(actor, at=now))
    offered = list(swaps.offered_to(actor, at=now))
    answered = list(answered_by(actor))
    zones = clocks_of(answered)
    context = {
        "shifts": [
            {"shift": one, "zone": zones[one.line_id], "offer": asked.get(one.pk), "is_to_come": one.starts_at > now}
            for one in shifts
        ],
        "offered": [{"offer": one, "zone": zones[one.shift.line_id]} for one in offered],
        "lines": answered,
        "has_several": len(answered) > 1,
    }
    return render(request, "scheduling/my_shifts.html", context)


def _settle(request: HttpRequest, actor: Actor) -> HttpResponse:
    try:
        (act, said), uid = GESTURES[request.POST.get("geste", "")], UUID(request.POST.get("echange", ""))
    except (KeyError, ValueError):
        raise Http404 from None
    offer = get_object_or_404(swaps.offers(actor), uid=uid)
    try:
        act(actor=actor, offer=offer)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("scheduling:my_shifts")


@require_http_methods(["GET", "HEAD", "POST"])
@with_shifts
def offer_shift(request: HttpRequest, actor: Actor, shift_uid: UUID) -> HttpResponse:
    """Offer one of them to a colleague, or to the whole line."""
    now = timezone.now()
    shift = get_object_or_404(swaps.own_shifts(actor, at=now), uid=shift_uid)
    form = SwapForm(request.POST if request.method == "POST" else None, choices=swaps.choices(shift, at=now))
    if form.is_bound and form.is_valid():
        chosen = form.chosen
        try:
            swaps.ask_swap(
                actor=actor,
                shift=shift,
                to=chosen.person if chosen else None,
                in_return=chosen.shift if chosen else None,
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est proposé. Vous gardez cette permanence tant que personne n’accepte.")
            return redirect("scheduling:my_shifts")
    context = {"shift": shift, "form": form, "zone": calendar_of_line(shift.line)[1]}
    return render(request, "scheduling/offer_shift.html", context, status=FORM_ERROR if form.errors else 200)


@require_safe
@with_shifts
def my_shifts_file(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One’s own half-days to come as a calendar file."""
    now = timezone.now()
    answer = HttpResponse(
        calendar_of_shifts(swaps.own_shifts(actor, at=now), at=now), content_type="text/calendar; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="permanences.ics"'
    return answer
