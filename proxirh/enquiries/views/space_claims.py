"""What a colleague typed for someone: recognised with the spoken code, or « ce n’est pas moi »."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import services
from proxirh.enquiries.forms.space import ClaimForm, CodeForm
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import claiming
from proxirh.enquiries.views.desk_access import actor_of, signed_in
from proxirh.kernel.errors import DomainError, TooManyTries
from proxirh.ui.forms import Form


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def find_again(request: HttpRequest) -> HttpResponse:
    """The reference and the code said by word of mouth, or printed on the slip, give the enquiry to its author."""
    form = ClaimForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask(request, form, status=422 if form.is_bound else 200)
    return _claim(request, form, form.cleaned_data["reference"])


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def recognise(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The code alone, for an enquiry typed for an address that is proved."""
    typed = _typed_for(request, uid)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask(request, form, typed=typed, status=422 if form.is_bound else 200)
    return _claim(request, form, typed.reference, typed=typed)


def _typed_for(request: HttpRequest, uid: UUID) -> Enquiry:
    rows = Enquiry.objects.for_system("saisie pour une adresse prouvée").typed_for(actor_of(request))
    found = rows.filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def _ask(request: HttpRequest, form: Form, *, typed: Enquiry | None = None, status: int = 200) -> HttpResponse:
    return render(request, "enquiries/space/claim.html", {"form": form, "typed": typed}, status=status)


def _claim(request: HttpRequest, form: Form, reference: str, *, typed: Enquiry | None = None) -> HttpResponse:
    try:
        found = services.claim_enquiry(actor=actor_of(request), reference=reference, code=form.cleaned_data["code"])
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _ask(request, form, typed=typed, status=429 if isinstance(refusal, TooManyTries) else 422)
    messages.success(request, "Cette demande est la vôtre : vous pouvez la suivre et écrire ici.")
    return redirect("enquiries:follow", found.uid)


@require_http_methods(["GET", "HEAD", "POST"])
def disown(request: HttpRequest, token: str) -> HttpResponse:
    """One button behind the mailed link: mail scanners follow links, so that only the POST acts."""
    found = claiming.find_disowned(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        services.disown_enquiry(actor=actor_of(request), enquiry=found)
    return render(request, "enquiries/space/disown.html", {"is_done": found.disowned_at is not None})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def not_mine(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The same for someone signed in with the address that was typed."""
    found = _typed_for(request, uid)
    if request.method != "POST":
        return render(request, "enquiries/space/disown.html", {"is_done": False})
    services.disown_enquiry(actor=actor_of(request), enquiry=found)
    messages.success(request, "C’est noté. Votre adresse n’est plus liée à la demande : plus aucun courriel n’y part.")
    return redirect("enquiries:space")
