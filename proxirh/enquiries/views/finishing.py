"""Ending several follow-ups: a choice among those whose silence lasts, the exact list, then the act."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import desk
from proxirh.enquiries.forms.finishing import MOST_AT_ONCE, ConfirmForm, FinishForm, name_of
from proxirh.enquiries.models import Outcome
from proxirh.enquiries.services.finishing import Finished, alone, finish_together
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk
from proxirh.ui import french
from proxirh.ui.chrome import page_address

CHANGE, DO = "changer", "terminer"


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def finish(request: HttpRequest) -> HttpResponse:
    """The choice; a POST shows exactly what will end, and the button of that page ends it."""
    actor = actor_of(request)
    if not actor.receives:
        raise Http404
    act = request.POST.get("geste", "")
    if act == DO:
        confirmed = ConfirmForm(request.POST)
        if confirmed.is_valid():
            data = confirmed.cleaned_data
            _tell(request, finish_together(actor=actor, seen=data.pop("chosen"), **data))
            return redirect(f"{page_address('enquiries:desk')}?vue={desk.TO_END}")
    now = timezone.now()
    waiting = desk.to_finish(actor, now=now, most=MOST_AT_ONCE)
    together = [one for one in waiting if not alone(one)]
    form = FinishForm(request.POST or None, enquiries=together)
    if form.is_bound and form.is_valid() and act != CHANGE:
        return render(request, "enquiries/desk/finish_list.html", _listed(actor, form))
    context: dict[str, Any] = {
        "form": form,
        "together": together,
        "by_themselves": [(one, name_of(one), alone(one)) for one in waiting if alone(one)],
        "side_navigation": menu(actor),
    }
    status = 422 if form.errors and act != CHANGE else 200
    return render(request, "enquiries/desk/finish.html", context, status=status)


def _listed(actor: Any, form: FinishForm) -> dict[str, Any]:
    data = form.cleaned_data
    return {
        "form": form,
        "chosen": list(zip(data["chosen"], form.list, strict=True)),
        "outcomes": [(code, Outcome(code).label) for code in data["outcomes"]],
        "closing_word": data["closing_word"],
        "key": uuid.uuid4(),
        "side_navigation": menu(actor),
    }


def _tell(request: HttpRequest, done: Finished) -> None:
    if done.count:
        ended = french.counted(done.count, "suivi est terminé,suivis sont terminés")
        told = "La personne est prévenue" if done.count == 1 else "Chaque personne est prévenue"
        messages.success(request, f"{ended}. {told} et peut rouvrir sa demande pendant 90 jours.")
    for reference, why in done.left.items():
        messages.warning(request, f"La demande {reference} est laissée comme elle est. {why}")
