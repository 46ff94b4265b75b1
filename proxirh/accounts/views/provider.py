"""Sign-in at an identity provider: out with a state and a nonce, back with a code."""

import time

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from proxirh.accounts import browser, openid, services
from proxirh.accounts.models import SignInCode
from proxirh.accounts.views.entering import enter
from proxirh.accounts.views.pending import Pending, safe_next
from proxirh.accounts.views.sign_in import IDENTITY_KEY, client_of, wait_for_code
from proxirh.kernel import tokens
from proxirh.kernel.errors import DomainError
from proxirh.kernel.readonly import writes_on_get

STATES_KEY = "openid_states"
TOKEN_KEY = "openid_token"  # noqa: S105
# Several tabs may leave for the provider at once; the oldest is forgotten first.
MAX_STATES = 5
STATE_LIFE = 15 * 60


def _callback_address(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("accounts:oidc_callback"))


@require_safe
@writes_on_get
def ask_provider(request: HttpRequest) -> HttpResponse:
    """Leave for the provider; state and nonce wait in the session, which is why this GET writes."""
    if not settings.OIDC_ENABLED:
        raise Http404
    if request.user.is_authenticated:
        return redirect("accounts:sign_in")
    state, nonce = openid.draw(), openid.draw()
    try:
        address = openid.authorization_address(redirect_uri=_callback_address(request), state=state, nonce=nonce)
    except DomainError as error:
        return _back_to_sign_in(request, str(error))
    states = dict(list(request.session.get(STATES_KEY, {}).items())[1 - MAX_STATES :])
    request.session[STATES_KEY] = states | {state: [nonce, safe_next(request), int(time.time())]}
    return redirect(address)


@require_safe
@writes_on_get
def return_from_provider(request: HttpRequest) -> HttpResponse:
    """Take what the provider sent back, once; then the visit opens, or a code is asked for."""
    if not settings.OIDC_ENABLED:
        raise Http404
    nonce, next_url = _spend_state(request)
    code = request.GET.get("code", "")
    if request.user.is_authenticated or not nonce or not code or request.GET.get("error"):
        return _back_to_sign_in(request, openid.FAILED)
    token = browser.sign_in_token(request) or tokens.secret()
    try:
        openid.check_answer(request.GET)
        claims, id_token = openid.Provider().exchange(code=code, nonce=nonce, redirect_uri=_callback_address(request))
        entered = services.enter_with_identity(claims=claims, token=token, client=client_of(request))
    except DomainError as error:
        return _back_to_sign_in(request, str(error))
    # Kept for sign-out, which the provider must hear of.
    request.session[TOKEN_KEY] = openid.seal_token(id_token)
    if isinstance(entered, SignInCode):
        request.session[IDENTITY_KEY] = [claims.issuer, claims.subject, claims.second_factor]
        return wait_for_code(Pending(str(entered.uid), services.BINDING, next_url), token)
    if entered.last_login is None:
        # The claimed address proves nothing: what was written with it waits for a code.
        next_url = reverse("accounts:add_address", query={"next": next_url} if next_url else None)
    return enter(
        request,
        entered,
        second_factor=claims.second_factor,
        next_url=next_url,
        # Without an address nothing else can prove it again: coming in by the provider then counts whenever it was.
        proved_at=claims.proved_at if services.has_address(entered) else None,
    )


def _spend_state(request: HttpRequest) -> tuple[str, str]:
    """Nonce and destination that left with this state, forgotten at once; empty when this browser did not send it."""
    given = request.GET.get("state", "")
    states = request.session.get(STATES_KEY, {})
    for state, (nonce, next_url, left_at) in states.items():
        if constant_time_compare(state, given):
            request.session[STATES_KEY] = {kept: value for kept, value in states.items() if kept != state}
            # Saved now: the exchange is slow, and the same answer may come twice.
            request.session.save()
            return (nonce, next_url) if time.time() - left_at < STATE_LIFE else ("", "")
    return "", ""


def _back_to_sign_in(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return redirect("accounts:sign_in")
