"""What the head of a site reads and does: propose a room, answer for it, print the notice; never who comes.

Neither names nor counts reach these pages: their rows are read without them.
"""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.errors import DomainError
from proxirh.scheduling import wording
from proxirh.scheduling.forms.permanences import ProposeForm
from proxirh.scheduling.models import SitePermanence
from proxirh.scheduling.services import permanences as service
from proxirh.scheduling.services.reach import hosted_sites
from proxirh.scheduling.views.access import as_host
from proxirh.scheduling.views.permanences import CANCEL, FORM_ERROR, ROOM, answered, room_form, told_of
from proxirh.scheduling.workflow import PermanenceState
from proxirh.territories.actor import Actor
from proxirh.ui.pictures import square_to_photograph, within_page


@require_safe
@as_host
def hosted(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Days, places and states."""
    now = timezone.now()
    rows = [told_of(one) for one in service.hosted(actor) if not service.is_over(one, at=now)]
    return render(request, "scheduling/hosting/list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@as_host
def propose(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Offer a room on some half-days."""
    sites = list(hosted_sites(actor).order_by("name")[:200])
    form = ProposeForm(request.POST if request.method == "POST" else None, sites=sites)
    if form.is_bound and form.is_valid():
        try:
            service.propose_permanence(
                actor=actor, site=form.where, days=form.days, half_day=form.half_day, key=form.cleaned_data["key"]
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est proposé. Le service choisit qui vient, puis vous écrit.")
            return redirect("scheduling:hosted")
    return render(request, "scheduling/hosting/propose.html", {"form": form}, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@as_host
def hosted_one(request: HttpRequest, actor: Actor, permanence_uid: UUID) -> HttpResponse:
    """One of them: its room, its notice, and taking the offer back."""
    row = get_object_or_404(service.hosted(actor), uid=permanence_uid)
    if request.method == "POST":
        return _done(request, actor, row)
    is_open = row.state != PermanenceState.CANCELLED and not service.is_over(row, at=timezone.now())
    is_answered_for = is_open and row.state != PermanenceState.PUBLISHED
    context = told_of(row) | {
        "room_form": room_form(row) if is_answered_for else None,
        "may_cancel": is_open and service.may_cancel(actor, row),
    }
    return render(request, "scheduling/hosting/one.html", context)


def _done(request: HttpRequest, actor: Actor, row: SitePermanence) -> HttpResponse:
    gesture, told = request.POST.get("geste", ""), ""
    try:
        if gesture == ROOM:
            service.check_room(actor=actor, permanence=row, **answered(request))
            told = "C’est noté. Merci : la date ne s’annonce qu’une fois les trois cases cochées."
        elif gesture == CANCEL:
            service.cancel_permanence(actor=actor, permanence=row)
            told = "Votre proposition est retirée."
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        if told:
            messages.success(request, told)
    return redirect("scheduling:hosted_one", row.uid)


@require_safe
def notice(request: HttpRequest, permanence_uid: UUID) -> HttpResponse:
    """To print and pin up: the day, the place, how to book; nothing of anybody. 404 for whatever is not announced."""
    now = timezone.now()
    row = get_object_or_404(service.announced(timezone.localdate(now)), uid=permanence_uid)
    address = settings.PROXIRH_BASE_URL + reverse("enquiries:ask")
    context = {
        "row": row,
        "hours_told": wording.hours(row.starts_at, row.ends_at),
        "address": address,
        "square": within_page(square_to_photograph(address)),
    }
    return render(request, "scheduling/hosting/notice.html", context)
