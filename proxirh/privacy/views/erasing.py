"""Erasing one’s account and all that one asked, and the public page that says it is done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.accounts import browser
from proxirh.accounts import services as accounts
from proxirh.accounts.step_up import step_up
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.privacy import services
from proxirh.privacy.delays import by_code
from proxirh.privacy.forms import EraseEverythingForm
from proxirh.privacy.kept import all_that_goes
from proxirh.privacy.views.mine import actor_of

HALF_WAY = "Quelque chose vient de changer dans une de vos demandes. Ce qui est déjà effacé le reste : recommencez."


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def erase_everything(request: HttpRequest) -> HttpResponse:
    """Say what goes and what remains; a POST with the box ticked erases everything, then ends the visit."""
    actor = actor_of(request)
    form, status = EraseEverythingForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                services.erase_account(actor=actor, token=browser.browser_token(request))
            except DomainError as refusal:
                form.add_error(None, HALF_WAY if isinstance(refusal, StaleState) else str(refusal))
                status = 403 if isinstance(refusal, NotAllowed) else 422
            else:
                accounts.end_session(request)
                response = redirect("privacy:erased")
                browser.forget_everything(request, response)
                return response
    context = {
        "form": form,
        "going": all_that_goes(actor),
        "refused": services.ON_A_MISSION if services.is_kept_by_a_mission(actor) else "",
        "delays": by_code(),
    }
    return render(request, "privacy/erase_everything.html", context, status=status)


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    """Public: everything went. Whoever is signed in still has an account, and is led to what is kept."""
    if actor_of(request).is_signed_in:
        return redirect("privacy:mine")
    return render(request, "privacy/erased.html", {"delays": by_code()})
