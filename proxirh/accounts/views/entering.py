"""From a first proof to an open visit: the second factor is asked of whoever has one, and offered to whoever must."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from proxirh.accounts import services
from proxirh.accounts.models import User


def enter(
    request: HttpRequest,
    user: User,
    *,
    second_factor: bool = False,
    shared_computer: bool = False,
    next_url: str = "",
    proved_at: datetime | None = None,
) -> HttpResponse:
    """Open the visit of whoever has just proved an address or an identity, or ask first for her second factor."""
    query = {"next": next_url} if next_url else None
    if not second_factor and services.has_factor(user):
        services.await_factor(request, user, shared_computer=shared_computer)
        return redirect(reverse("accounts:second_factor", query=query))
    response = services.open_session(
        request,
        user,
        second_factor=second_factor,
        shared_computer=shared_computer,
        next_url=next_url,
        proved_at=proved_at,
    )
    if not second_factor and request.user.is_authenticated and services.needs_factor(user):
        return redirect(reverse("accounts:choose_factor", query=query))
    return response
