"""Opening and ending a visit."""

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone

from proxirh.accounts.models import User

BACKEND = "proxirh.accounts.backends.CodeBackend"
SECOND_FACTOR_KEY = "second_factor_at"


def open_session(
    request: HttpRequest,
    user: User,
    *,
    second_factor: bool = False,
    shared_computer: bool = False,
    next_url: str = "",
) -> HttpResponse:
    """Sign `user` in under a fresh session key; the answer leads to `next_url` (a safe one), else home.

    On a shared computer the session ends with the browser. Nothing that was typed is stored.
    """
    user.backend = BACKEND
    response = perform_login(request, user, redirect_url=next_url or resolve_url(settings.LOGIN_REDIRECT_URL))
    if request.user.is_authenticated:
        if shared_computer:
            request.session.set_expiry(0)
        if second_factor:
            request.session[SECOND_FACTOR_KEY] = timezone.now().isoformat()
    return response


def end_session(request: HttpRequest) -> None:
    """End the visit; its session row is deleted."""
    auth.logout(request)
