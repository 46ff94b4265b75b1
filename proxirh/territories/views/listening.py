"""The listening cell and the protocol of an académie, checked and dated by whoever answers for it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.kernel.errors import DomainError
from proxirh.territories.actor import Actor
from proxirh.territories.forms.people import ListeningForm
from proxirh.territories.gate import runs_academy
from proxirh.territories.models import Academy
from proxirh.territories.services import listening

FORM_ERROR = 422


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def academy_listening(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """Show and change how the cell is reached, and the protocol, for whoever answers for the académie."""
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
            return redirect("territories:listening", academy.slug)
    context = {
        "academy": academy,
        "form": form,
        "is_overdue": listening.is_overdue(academy, today=today),
        "cell": listening.listening_cell(academy, day=today),
    }
    return render(request, "territories/listening.html", context, status=FORM_ERROR if form.errors else 200)
