"""Opening and ending a visit, the second factor it waits for, and how fresh its last proof is."""

from datetime import datetime, timedelta

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.dateparse import parse_datetime

from proxirh.accounts.models import User

BACKEND = "proxirh.accounts.backends.CodeBackend"
SECOND_FACTOR_KEY = "second_factor_at"
PROVED_KEY = "proved_at"
AWAITED_KEY = "awaited_factor"
AWAITED_LIFE = timedelta(minutes=10)
PROOF_LIFE = timedelta(minutes=10)


def open_session(
    request: HttpRequest,
    user: User,
    *,
    second_factor: bool = False,
    shared_computer: bool = False,
    next_url: str = "",
    proved_at: datetime | None = None,
) -> HttpResponse:
    """Sign `user` in under a fresh session key; the answer leads to `next_url` (a safe one), else home.

    On a shared computer the session ends with the browser. Nothing that was typed is stored. `proved_at` is when the
    visitor last proved who she is: now, unless an identity provider says that it was earlier.
    """
    user.backend = BACKEND
    request.session.pop(AWAITED_KEY, None)
    response = perform_login(request, user, redirect_url=next_url or resolve_url(settings.LOGIN_REDIRECT_URL))
    if request.user.is_authenticated:
        if shared_computer:
            request.session.set_expiry(0)
        now = timezone.now()
        request.session[PROVED_KEY] = min(proved_at or now, now).isoformat()
        if second_factor:
            request.session[SECOND_FACTOR_KEY] = now.isoformat()
    return response


def end_session(request: HttpRequest) -> None:
    """End the visit; its session row is deleted."""
    auth.logout(request)


# ── Between the code and the second factor: nobody is in yet ───────────────────────────────────────
def await_factor(request: HttpRequest, user: User, *, shared_computer: bool, at: datetime | None = None) -> None:
    """Remember, under a fresh session key, whose second factor is awaited; the visit is not open."""
    until = (at or timezone.now()) + AWAITED_LIFE
    request.session.cycle_key()
    request.session[AWAITED_KEY] = [user.pk, user.get_session_auth_hash(), until.isoformat()]
    if shared_computer:
        request.session.set_expiry(0)


def awaited_user(request: HttpRequest, *, at: datetime | None = None) -> User | None:
    """Whose second factor this browser may present; nobody's after ten minutes, nor once her visits were ended."""
    user_id, digest, until = request.session.get(AWAITED_KEY, (0, "", ""))
    expires_at = parse_datetime(until) if until else None
    if expires_at is None or (at or timezone.now()) > expires_at:
        return None
    user = User.objects.filter(pk=user_id, is_active=True).select_related("person").first()
    return user if user and constant_time_compare(user.get_session_auth_hash(), digest) else None


# ── In the visit ───────────────────────────────────────────────────────────────────────────────────
def mark_proved(request: HttpRequest, *, second_factor: bool, at: datetime | None = None) -> None:
    """Note that the visitor has just proved who she is, under a fresh session key."""
    now = (at or timezone.now()).isoformat()
    request.session.cycle_key()
    request.session[PROVED_KEY] = now
    if second_factor:
        request.session[SECOND_FACTOR_KEY] = now


def proved_at(request: HttpRequest) -> datetime | None:
    """When the visitor last proved who she is; None when it is not known."""
    text = request.session.get(PROVED_KEY, "")
    return parse_datetime(text) if text else None


def keep_this_visit(request: HttpRequest, user: User, *, second_factor: bool) -> None:
    """Spare this visit when every other one of the account has been ended, under a fresh key, with what it has proved.

    Without a second factor any more, the visit loses what the factor opened.
    """
    auth.update_session_auth_hash(request, user)
    if second_factor:
        mark_proved(request, second_factor=True)
    else:
        request.session.pop(SECOND_FACTOR_KEY, None)
