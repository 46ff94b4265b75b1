"""The doors of the pages of an agenda, of the roster of a line, of the sites that one goes to or heads, and of what is
one’s own."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from proxirh.accounts.step_up import factor_missing
from proxirh.scheduling.permissions import (
    answers_line,
    counsels,
    draws_roster,
    has_rosters,
    keeps_agenda,
    lacks_factor_for_agenda,
    lacks_factor_for_lines,
)
from proxirh.territories.actor import Actor
from proxirh.territories.models import Team
from proxirh.territories.services.lines import lines_of

Page = Callable[..., HttpResponse]


def signed_in(page: Page) -> Page:
    """Give the page whoever came in; a visitor comes in first, then finds it again."""

    @wraps(page)
    def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            return redirect_to_login(request.get_full_path())
        return page(request, actor, **named)

    return guarded


def with_agenda(page: Page) -> Page:
    """Give the page the actor who keeps an agenda; 404 for everybody else."""

    @wraps(page)
    def guarded(request: HttpRequest, actor: Actor, **named: Any) -> HttpResponse:
        if lacks_factor_for_agenda(actor):
            return factor_missing(request)
        if not keeps_agenda(actor):
            raise Http404
        return page(request, actor, **named)

    return signed_in(guarded)


def _with_factor(page: Page) -> Page:
    """Give the page whoever came in, once she has shown what her missions on a line ask for."""

    @wraps(page)
    def guarded(request: HttpRequest, actor: Actor, **named: Any) -> HttpResponse:
        if lacks_factor_for_lines(actor):
            return factor_missing(request)
        return page(request, actor, **named)

    return signed_in(guarded)


def with_lines(page: Page) -> Page:
    """Give the page the actor who answers a line, or draws some up; 404 for everybody else."""

    @wraps(page)
    def guarded(request: HttpRequest, actor: Actor, **named: Any) -> HttpResponse:
        if not has_rosters(actor):
            raise Http404
        return page(request, actor, **named)

    return _with_factor(guarded)


def with_shifts(page: Page) -> Page:
    """Give the page the actor who answers a line; 404 for everybody else."""

    @wraps(page)
    def guarded(request: HttpRequest, actor: Actor, **named: Any) -> HttpResponse:
        if not actor.answers_phone:
            raise Http404
        return page(request, actor, **named)

    return _with_factor(guarded)


def reads_line(page: Page) -> Page:
    """Give the page a line that the actor answers or draws up; 404 for every other, as for one that nothing is."""

    @wraps(page)
    def guarded(request: HttpRequest, actor: Actor, line_uid: UUID, **named: Any) -> HttpResponse:
        line = get_object_or_404(lines_of(actor), uid=line_uid)
        if not (answers_line(actor, line.pk) or draws_roster(actor, line)):
            raise Http404
        return page(request, actor, line, **named)

    return with_lines(guarded)


def draws_line(page: Page) -> Page:
    """Give the page a line that the actor draws up; 404 for every other."""

    @wraps(page)
    def guarded(request: HttpRequest, actor: Actor, line: Team, **named: Any) -> HttpResponse:
        if not draws_roster(actor, line):
            raise Http404
        return page(request, actor, line, **named)

    return reads_line(guarded)


def with_permanences(page: Page) -> Page:
    """Give the page the actor who goes to sites, or says who does; 404 for everybody else."""

    @wraps(page)
    def guarded(request: HttpRequest, actor: Actor, **named: Any) -> HttpResponse:
        if not actor.second_factor and (actor.counsels or actor.answers_for):
            return factor_missing(request)
        if not (counsels(actor) or actor.answers_for):
            raise Http404
        return page(request, actor, **named)

    return signed_in(guarded)


def as_host(page: Page) -> Page:
    """Give the page the actor who has authority over a site; 404 for everybody else."""

    @wraps(page)
    def guarded(request: HttpRequest, actor: Actor, **named: Any) -> HttpResponse:
        if not actor.hosts:
            raise Http404
        return page(request, actor, **named)

    return signed_in(guarded)
