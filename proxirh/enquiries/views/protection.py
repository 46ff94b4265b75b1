"""The dated checklist of protection, on the desk and on the author’s page: one list, one form."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import permissions
from proxirh.enquiries.forms.cell import ProtectionForm
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.protection import SHEET
from proxirh.enquiries.services.protecting import note_protection
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_handled, turned_away
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def protection(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The list for whoever follows the enquiry."""
    found = find_handled(request, uid)
    if found is None:
        return turned_away(request, uid)
    if not permissions.may_need_protection(found):
        return redirect("enquiries:enquiry", uid)
    return protection_page(request, found, template="enquiries/desk/protection.html")


def protection_page(request: HttpRequest, enquiry: Enquiry, *, template: str) -> HttpResponse:
    """Show the list with its dates; a POST keeps those that were typed."""
    actor = actor_of(request)
    steps = {step.code: step.done_on for step in enquiry.protection.all()}
    today = local_day(timezone.now(), enquiry.department.time_zone)
    form = ProtectionForm(request.POST if request.method == "POST" else None, today=today, initial=steps)
    if form.is_bound and form.is_valid():
        try:
            note_protection(actor=actor, enquiry=enquiry, done=form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est noté.")
            return redirect(request.path)
    context = {
        "enquiry": enquiry,
        "form": form,
        "lines": [(line, form[line.code]) for line in SHEET],
        "done": len(steps),
        "can_note": permissions.can_note_protection(actor, enquiry),
        "side_navigation": menu(actor),
    }
    return render(request, template, context, status=422 if form.is_bound else 200)
