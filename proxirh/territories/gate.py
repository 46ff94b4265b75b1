"""The door of every page by which an académie is run."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

from proxirh.accounts.step_up import factor_missing
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy
from proxirh.territories.permissions import can_run_academy

Page = Callable[..., HttpResponse]


def runs_academy(page: Page) -> Page:
    """Give the page the académie that its address names, and the actor who runs it; 404 for everybody else's."""

    @wraps(page)
    def guarded(request: HttpRequest, academy_slug: str, **named: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.get_full_path())
        academy = Academy.objects.filter(slug=academy_slug).first()
        if academy is None or academy.pk not in actor.coordinates | actor.heads:
            raise Http404
        if not can_run_academy(actor, academy):
            return factor_missing(request)
        return page(request, actor, academy, **named)

    return guarded
