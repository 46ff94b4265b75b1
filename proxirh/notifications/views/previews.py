"""How each mail is written, with sample data: for those who answer for the service."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from proxirh.accounts.step_up import factor_missing
from proxirh.notifications.kinds import KINDS, Reader
from proxirh.notifications.permissions import can_preview, may_preview
from proxirh.notifications.samples import SAMPLE
from proxirh.outbox.services import rendered
from proxirh.territories.actor import Actor

GROUPS = ((Reader.AGENT, "Aux agents"), (Reader.STAFF, "Aux professionnels"))


def _previewing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.path)
        if not may_preview(actor):
            raise Http404
        return view(request, *args, **kwargs) if can_preview(actor) else factor_missing(request)

    return guarded


@_previewing
@require_safe
def kinds(request: HttpRequest) -> HttpResponse:
    """Every kind of the registry."""
    groups = [(title, [kind for kind in KINDS.values() if kind.reader == reader]) for reader, title in GROUPS]
    return render(request, "notifications/kinds.html", {"groups": groups})


@_previewing
@require_safe
def kind(request: HttpRequest, code: str) -> HttpResponse:
    """One kind, its subject and its text, as plain text."""
    found = KINDS.get(code)
    if found is None:
        raise Http404
    mails = [rendered(template, SAMPLE) for template in found.files]
    return render(request, "notifications/kind.html", {"kind": found, "mails": mails})
