"""The doors of the pages of an agenda, of the sites that one goes to or heads, and of what is one’s own."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

from proxirh.accounts.step_up import factor_missing
from proxirh.scheduling.permissions import counsels, keeps_agenda, lacks_factor_for_agenda
from proxirh.territories.actor import Actor

Page = Callable[..., HttpResponse]


def with_agenda(page: Page) -> Page:
    """Give the page the actor who keeps an agenda; 404 for everybody else."""

    @wraps(page)
    def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.get_full_path())
        if lacks_factor_for_agenda(actor):
            return factor_missing(request)
        if not keeps_agenda(actor):
            raise Http404
        return page(request, actor, **named)

    return guarded


def with_permanences(page: Page) -> Page:
    """Give the page the actor who goes to sites, or says who does; 404 for everybody else."""

    @wraps(page)
    def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.get_full_path())
        if not actor.second_factor and (actor.counsels or actor.answers_for):
            return factor_missing(request)
        if not (counsels(actor) or actor.answers_for):
            raise Http404
        return page(request, actor, **named)

    return guarded


def as_host(page: Page) -> Page:
    """Give the page the actor who has authority over a site; 404 for everybody else."""

    @wraps(page)
    def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.get_full_path())
        if not actor.hosts:
            raise Http404
        return page(request, actor, **named)

    return guarded


def signed_in(page: Page) -> Page:
    """Give the page whoever came in; a visitor comes in first, then finds it again."""

    @wraps(page)
    def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.get_full_path())
        return page(request, actor, **named)

    return guarded
