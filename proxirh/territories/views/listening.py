"""The listening cell and the protocol of an académie, checked and dated by whoever answers for it."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.accounts.step_up import factor_missing
from proxirh.kernel.errors import DomainError
from proxirh.territories.actor import Actor
from proxirh.territories.forms import ListeningForm
from proxirh.territories.models import Academy
from proxirh.territories.permissions import can_set_listening
from proxirh.territories.services import listening

FORM_ERROR = 422


@require_http_methods(["GET", "HEAD", "POST"])
def academy_listening(request: HttpRequest, academy_slug: str) -> HttpResponse:
    """Show and change how the cell is reached, and the protocol, for whoever answers for the académie."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_signed_in:
        return redirect_to_login(request.path)
    academy = Academy.objects.filter(slug=academy_slug).first()
    if academy is None or academy.pk not in actor.coordinates | actor.heads:
        raise Http404
    if not can_set_listening(actor, academy):
        return factor_missing(request)
    today = timezone.localdate()
    told = {"listening_cell": academy.listening_cell, "concern_protocol": academy.concern_protocol}
    form = ListeningForm(request.POST if request.method == "POST" else None, initial=told)
    if form.is_bound and form.is_valid():
        try:
            listening.set_listening(actor=actor, academy=academy, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est enregistré. Les pages d’aide montrent la date d’aujourd’hui.")
            return redirect("territories:listening", academy_slug)
    context = {
        "academy": academy,
        "form": form,
        "is_overdue": listening.is_overdue(academy, today=today),
        "cell": listening.listening_cell(academy, day=today),
    }
    return render(request, "territories/listening.html", context, status=FORM_ERROR if form.errors else 200)
