"""One’s working notes: what they are, asking for them, and reading what was handed over."""

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.accounts.step_up import step_up
from proxirh.enquiries.services.disclosing import answer_by, ask_for_notes
from proxirh.kernel.errors import DomainError
from proxirh.privacy.asked_notes import answers_to, asked_by
from proxirh.privacy.views.mine import actor_of


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest) -> HttpResponse:
    """Where her request stands, what was handed over, and the button that asks; reading writes nothing."""
    actor, refused = actor_of(request), ""
    if request.method == "POST":
        try:
            ask_for_notes(actor=actor, key=_key(request))
        except DomainError as refusal:
            refused = str(refusal)
        else:
            return redirect("privacy:notes")
    answers, has_more = answers_to(actor)
    context = {
        "asked": asked_by(actor),
        "due_if_asked": answer_by(timezone.localdate()),
        "answers": answers,
        "has_more": has_more,
        "refused": refused,
        "officer_is_told": bool(settings.PROXIRH_DPO_MAIL),
        "key": uuid.uuid4(),
    }
    return render(request, "privacy/notes.html", context, status=422 if refused else 200)


def _key(request: HttpRequest) -> uuid.UUID | None:
    """Of the form: pressed twice, it asks once."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None
