"""An enquiry of the académie for its coordination: the row, the contact card for a reason, the content for an hour."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.accounts.step_up import step_up
from proxirh.enquiries import permissions, wishes
from proxirh.enquiries.forms.reading import ExceptionalForm
from proxirh.enquiries.models import CARD_REASONS, Enquiry
from proxirh.enquiries.querysets import Part
from proxirh.enquiries.services.reading import has_card_open, open_card, open_exceptionally
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_coordinated, is_handled, turned_away
from proxirh.enquiries.workflow import State
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.ui import french


def show_row(request: HttpRequest, uid: UUID) -> HttpResponse | None:
    """The page of a row, for whoever coordinates the académie; None for anyone else."""
    row = find_coordinated(request, uid).with_places().first()
    if row is None:
        return None
    can_open = permissions.coordinates(actor_of(request), row)
    context = {**row_context(request, row), "reasons": CARD_REASONS, "can_open": can_open}
    return render(request, "enquiries/desk/row.html", context)


def row_context(request: HttpRequest, row: Enquiry) -> dict[str, Any]:
    """What every page of a row shows."""
    zone = row.department.time_zone
    today = local_day(timezone.now(), zone)
    is_unanswered = row.first_answered_at is None and row.is_open
    return {
        "enquiry": row,
        "zone": zone,
        "team": row.team.neutral_name,
        "lead": row.lead.full_name if row.lead else "",
        "merged_into": _merged_into(request, row),
        "is_unanswered": is_unanswered,
        "is_late": row.is_open
        and ((is_unanswered and row.due_at < timezone.now()) or bool(row.next_step_on and row.next_step_on < today)),
        "side_navigation": menu(actor_of(request)),
    }


def _merged_into(request: HttpRequest, row: Enquiry) -> Enquiry | None:
    if row.state != State.MERGED:
        return None
    return Enquiry.objects.listed_for(actor_of(request), part=Part.ACADEMY).holding(row.uid).first()


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def card(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Name, telephone, wishes and next date: a POST gives the reason, then the page shows them for a quarter of an
    hour."""
    row = find_coordinated(request, uid).with_card().first()
    if row is None:
        return turned_away(request, uid)
    actor = actor_of(request)
    if request.method == "POST":
        try:
            open_card(actor=actor, enquiry=row, why=request.POST.get("why", ""))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect("enquiries:enquiry", uid)
        return redirect("enquiries:card", uid)
    if not has_card_open(actor=actor, enquiry=row):
        return redirect("enquiries:enquiry", uid)
    phone = row.contact.get("phone", "")
    context = {
        **row_context(request, row),
        "name": row.contact_name,
        "phone": french.phone(phone),
        "phone_url": french.dialled(phone),
        "wishes": wishes.sentences(row.wishes, has_phone=bool(phone)),
    }
    return render(request, "enquiries/desk/card.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
@step_up
def exceptional(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What opening means, who will know, and why it is needed; a POST opens the content for an hour."""
    row = find_coordinated(request, uid).with_card().first()
    if row is None:
        return turned_away(request, uid)
    if is_handled(request, uid):
        return redirect("enquiries:enquiry", uid)
    if not permissions.coordinates(actor_of(request), row):  # whoever stands in opens the card, not the content
        raise Http404
    form = ExceptionalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            open_exceptionally(actor=actor_of(request), enquiry=row, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, "La demande vous est ouverte pendant une heure. La personne et un témoin le savent."
            )
            return redirect("enquiries:enquiry", uid)
    context = {**row_context(request, row), "form": form}
    return render(request, "enquiries/desk/exceptional.html", context, status=422 if form.is_bound else 200)
