"""Proving again who one is, just before an act that a stolen visit must not do.

    from proxirh.accounts.step_up import step_up

    @step_up
    @require_http_methods(["GET", "POST"])
    def open_exceptionally(request): ...

The second factor counts when it was presented in the last ten minutes; for an account without one, a mailed code does.
Otherwise the visitor proves it, then lands where she was going; the text of a POST is kept and sent with one button.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from proxirh.accounts import browser, services
from proxirh.accounts.middleware import keep_form
from proxirh.kernel.readonly import SAFE_METHODS

View = Callable[..., HttpResponse]


def recently_proved(request: HttpRequest, *, at: datetime | None = None) -> bool:
    """True when this visit proved who it is in the last ten minutes."""
    if not request.user.is_authenticated:
        return False
    proved_at, now = services.proved_at(request), at or timezone.now()
    return proved_at is not None and proved_at <= now <= proved_at + services.PROOF_LIFE


def step_up(view: View) -> View:
    """Serve the view to whoever has proved in the last ten minutes who she is; ask the others first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            is_safe = request.method in SAFE_METHODS
            return redirect_to_login(request.get_full_path() if is_safe else request.path)
        return view(request, *args, **kwargs) if recently_proved(request) else ask_proof(request)

    return guarded


def ask_proof(request: HttpRequest) -> HttpResponse:
    """Lead to the page of the proof, and keep what a POST carried."""
    next_url, held, token = request.get_full_path(), None, browser.give_token(request)
    if request.method not in SAFE_METHODS:
        held = keep_form(request, token=token)
        next_url = reverse("accounts:held_text", args=[held.uid]) if held else request.path
    address = reverse("accounts:step_up", query={"next": next_url})
    by_htmx = getattr(request, "htmx", False)
    response = HttpResponseClientRedirect(address) if by_htmx else HttpResponseRedirect(address)
    if held:
        browser.keep_new_token(request, response, token)
    return response


def factor_missing(request: HttpRequest) -> HttpResponse:
    """Tell whoever holds a mission but came in by a code alone what is missing, and where to add it."""
    return render(request, "accounts/factor_missing.html", status=403)
