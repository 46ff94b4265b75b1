"""Helping a colleague who has lost her second factor: found by her exact address, called back, then reset."""

import uuid
from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from proxirh.accounts.step_up import factor_missing, step_up
from proxirh.kernel.errors import DomainError
from proxirh.territories.actor import Actor
from proxirh.territories.forms.people import ColleagueForm, ResetForm
from proxirh.territories.permissions import rescues_colleagues
from proxirh.territories.services import missions

FORM_ERROR = 422
NOBODY = (
    "Nous ne trouvons personne à cette adresse dans votre académie. Vérifiez-la, ou demandez à une administratrice ou "
    "un administrateur."
)


def _rescuer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in coordinators and administrators who have just proved who they are; the others meet a 404."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.path)
        if not (actor.coordinates or actor.is_administrator):
            raise Http404
        return step_up(view)(request, *args, **kwargs) if rescues_colleagues(actor) else factor_missing(request)

    return guarded


@_rescuer
@require_http_methods(["GET", "HEAD", "POST"])
def find_colleague(request: HttpRequest) -> HttpResponse:
    """Ask for the exact address of whoever called: a list of colleagues would tell more than is needed."""
    form = ColleagueForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        found = missions.colleague_by_address(
            actor=request.actor,  # type: ignore[attr-defined]
            address=form.cleaned_data["address"],
        )
        if found:
            return redirect("territories:reset_factor", person_uid=found.uid)
        form.add_error("address", NOBODY)
    return render(request, "territories/find_colleague.html", {"form": form}, status=FORM_ERROR if form.errors else 200)


@_rescuer
@require_http_methods(["GET", "HEAD", "POST"])
def reset_factor(request: HttpRequest, person_uid: uuid.UUID) -> HttpResponse:
    """Show the number to call back, then forget the factors."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    person = missions.colleague(actor=actor, person_uid=person_uid)
    if person is None:
        raise Http404
    form = ResetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            missions.reset_second_factor(actor=actor, person=person, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "C’est effacé. Cette personne a 24 heures pour ajouter un second facteur.")
            return redirect("territories:find_colleague")
    context = {"form": form, "person": person}
    return render(request, "territories/reset_factor.html", context, status=FORM_ERROR if form.errors else 200)
