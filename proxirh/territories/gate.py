"""The door of every page by which an académie is run."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

from proxirh.accounts.step_up import factor_missing
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy
from proxirh.territories.permissions import can_run_academy, can_run_directory, lacks_factor_to_run

Page = Callable[..., HttpResponse]
# Stands for the national directory where an address names an académie.
NATIONAL = "national"


def runs_academy(page: Page) -> Page:
    """Give the page the académie that its address names, and the actor who runs it; 404 for everybody else's."""

    @wraps(page)
    def guarded(request: HttpRequest, academy_slug: str, **named: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.get_full_path())
        academy = Academy.objects.filter(slug=academy_slug).first()
        if academy is None:
            raise Http404
        if lacks_factor_to_run(actor, academy):
            return factor_missing(request)
        if not can_run_academy(actor, academy):
            raise Http404
        return page(request, actor, academy, **named)

    return guarded


def runs_directory(page: Page) -> Page:
    """The same for a directory of partners, which « national » may name too: the page is then given None."""
    of_academy = runs_academy(page)

    @wraps(page)
    def guarded(request: HttpRequest, academy_slug: str, **named: Any) -> HttpResponse:
        if academy_slug != NATIONAL:
            return of_academy(request, academy_slug=academy_slug, **named)
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.get_full_path())
        if actor.is_administrator and not actor.second_factor:
            return factor_missing(request)
        if not can_run_directory(actor, None):
            raise Http404
        return page(request, actor, None, **named)

    return guarded
