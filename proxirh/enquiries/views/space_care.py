"""The author’s side of what is passed on to the listening cell, and of the steps that protect her."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import permissions
from proxirh.enquiries.forms.cell import NamedForm
from proxirh.enquiries.models import Transmission
from proxirh.enquiries.services import transmitting
from proxirh.enquiries.views.desk_access import actor_of, signed_in
from proxirh.enquiries.views.protection import protection_page
from proxirh.enquiries.views.space import find_own
from proxirh.kernel.errors import DomainError


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def pass_on(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Pass on with one’s name, read the copy and the answers, take the agreement back."""
    found, actor = find_own(request, uid), actor_of(request)
    copies = list(Transmission.objects.of_enquiry(found))
    for one in copies:
        one.enquiry = found
    if request.method == "POST" and "retirer" in request.POST:
        for one in copies:
            if str(one.uid) == request.POST["retirer"]:
                transmitting.withdraw_agreement(actor=actor, transmission=one)
                messages.success(request, "Votre accord est retiré. La cellule ne lit plus ce que vous aviez transmis.")
        return redirect("enquiries:pass_on", uid)
    can_transmit = transmitting.can_transmit(actor, found)
    form = NamedForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            transmitting.transmit_named(actor=actor, enquiry=found, body=form.cleaned_data["body"])
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est transmis à la cellule d’écoute, à elle seule.")
            return redirect("enquiries:pass_on", uid)
    context = {
        "enquiry": found,
        "zone": found.department.time_zone,
        "form": form if can_transmit or form.is_bound else None,
        "identity": transmitting.identity_of(found).items(),
        "copies": [(one, transmitting.thread_of(one)) for one in copies],
        "listening_cell": found.team.academy.listening_cell,
    }
    return render(request, "enquiries/space/pass_on.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def steps(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What protects her after an attack, step by step, with the date of what is done."""
    found = find_own(request, uid)
    if not permissions.may_need_protection(found):
        return redirect("enquiries:follow", uid)
    return protection_page(request, found, template="enquiries/space/steps.html")
