"""The author’s rights over one enquiry: correct what it says of her, erase it for good."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from proxirh.accounts.step_up import step_up
from proxirh.enquiries import services
from proxirh.enquiries.forms.rights import CorrectForm, EraseForm
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.views.desk_access import actor_of
from proxirh.enquiries.views.space import find_own
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState

NO_CHANGE = "Rien n’a changé : ce que nous gardons est ce que vous venez de lire."
ERASED = "Votre demande est effacée. Son équipe ne la lit plus. Vous n’avez rien d’autre à faire."


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Name, address, telephone, wishes and place, as the enquiry holds them; a POST corrects them."""
    found, actor = find_own(request, uid), actor_of(request)
    if not found.is_open:
        return render(request, "enquiries/space/correct.html", {"enquiry": found})
    addresses = services.addresses_to_choose(actor, found)
    form = CorrectForm(request.POST if request.method == "POST" else None, enquiry=found, addresses=addresses)
    if request.method != "POST":
        return _correcting(request, found, form)
    if not form.is_valid():
        return _correcting(request, found, form, status=422)
    try:
        changed = services.correct_enquiry(
            actor=actor, enquiry=found, correction=form.correction, seen=form.cleaned_data["seen"]
        )
    except StaleState as refusal:
        fresh = find_own(request, uid)
        form.add_error(None, str(refusal))
        form.show_again_on(fresh)
        return _correcting(request, fresh, form, status=422)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _correcting(request, found, form, status=403 if isinstance(refusal, NotAllowed) else 422)
    told = " La personne qui vous suit est prévenue de votre nouveau téléphone." if "phone" in changed else ""
    messages.success(request, f"C’est corrigé.{told}" if changed else NO_CHANGE)
    return redirect("enquiries:follow", uid)


def _correcting(request: HttpRequest, found: Enquiry, form: CorrectForm, *, status: int = 200) -> HttpResponse:
    return render(request, "enquiries/space/correct.html", {"enquiry": found, "form": form}, status=status)


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A page that says what disappears, what remains and what comes next; a POST erases, once and for good."""
    actor = actor_of(request)
    try:
        found = find_own(request, uid)
    except Http404:
        if services.erased_by(actor, uid):  # a second click, or back
            messages.success(request, ERASED)
            return redirect("enquiries:space")
        raise
    form = EraseForm(request.POST if request.method == "POST" else None)
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            services.erase_enquiry(actor=actor, enquiry=found, seen=form.cleaned_data["seen"])
        except DomainError as error:
            refusal, found = error, find_own(request, uid)
        else:
            messages.success(request, ERASED)
            return redirect("enquiries:space")
    going = services.what_goes(found)
    context = {"enquiry": found, "going": going, "form": EraseForm(initial={"seen": going.tag}), "refusal": refusal}
    status = 403 if isinstance(refusal, NotAllowed) else 422 if request.method == "POST" else 200
    return render(request, "enquiries/space/erase.html", context, status=status)
