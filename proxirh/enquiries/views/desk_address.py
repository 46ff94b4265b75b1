"""Finding the enquiries of someone by her exact address: for a coordinator, with a reason that she will read."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from proxirh.enquiries.forms.searching import AddressForm
from proxirh.enquiries.services.searching import BY_ADDRESS, find_by_address
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk
from proxirh.kernel.errors import DomainError, TooManyTries


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def by_address(request: HttpRequest) -> HttpResponse:
    """The form; a POST lists the rows asked with this address, which no address of a page ever holds."""
    actor = actor_of(request)
    if not actor.coordinates:
        raise Http404
    form, found, status = AddressForm(request.POST if request.method == "POST" else None), None, 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                found, status = find_by_address(actor=actor, **form.cleaned_data), 200
            except DomainError as refusal:
                form.add_error(None, str(refusal))
                status = 429 if isinstance(refusal, TooManyTries) else 422
    context = {"form": form, "found": found, "most": BY_ADDRESS, "side_navigation": menu(actor)}
    return render(request, "enquiries/desk/by_address.html", context, status=status)
