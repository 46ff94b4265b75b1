"""Ends a visit after thirty idle minutes, and keeps what was being sent."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django_htmx.http import HttpResponseClientRedirect

from proxirh.accounts import browser, proof_of_work, services
from proxirh.accounts.models import HeldForm
from proxirh.kernel import limits
from proxirh.kernel.readonly import SAFE_METHODS

COOKIE = "activite"
# For everyone signed in: this app cannot know who is staff, and asking for help needs no account.
IDLE_SECONDS = int(timedelta(minutes=30).total_seconds())
REFRESH_SECONDS = 60
TURNED_AWAY = {401, 403, 404}
OURS = {"csrfmiddlewaretoken", proof_of_work.FIELD}
ENDED = "Votre visite s’est arrêtée après 30 minutes sans activité. Reconnectez-vous pour continuer."


@dataclass(frozen=True, slots=True)
class Mark:
    """The last sign of life of one account in one session."""

    user_id: int
    session: str
    at: float


def sign(mark: Mark) -> str:
    """Value of the cookie."""
    return signing.dumps([mark.user_id, mark.session, int(mark.at)], salt=COOKIE)


def session_digest(session_key: str) -> str:
    """Names a session without giving it."""
    return salted_hmac(COOKIE, session_key, algorithm="sha256").hexdigest()[:16]


def _read_mark(request: HttpRequest) -> Mark | None:
    try:
        return Mark(*signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE))
    except (signing.BadSignature, TypeError):
        return None


def _opened_at(request: HttpRequest) -> float:
    """Last change of the session, when no mark of it came along."""
    rows = Session.objects.filter(session_key=request.session.session_key)
    expiry = rows.values_list("expire_date", flat=True).first()
    return expiry.timestamp() - settings.SESSION_COOKIE_AGE if expiry else 0


class IdleTimeMiddleware:
    """A visit left alone for half an hour is over; reading never writes, so the time stands in a signed cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve an ended visit as a stranger's; where that is refused, lead to sign-in and keep what was typed."""
        now, mark = time.time(), _read_mark(request)
        user_id = int(request.session.get(SESSION_KEY, 0))
        if user_id and (mark is None or mark.session != session_digest(request.session.session_key or "")):
            mark = Mark(user_id, "", _opened_at(request))
        # A mark without a session is a visit that ended some other way: a long night, a restart.
        is_over = mark is not None and (not user_id or now - mark.at > IDLE_SECONDS)
        if mark is not None and is_over:
            request.ended_visit_of = mark.user_id  # type: ignore[attr-defined]
            if user_id:
                _end(request)
        # Read before the view: Django deletes here the session of an account whose sessions were all ended.
        was_in = bool(user_id) and request.user.is_authenticated
        response = self.get_response(request)
        if is_over and _is_turned_away(request, response):
            response = _lead_to_sign_in(request)
        if request.session.get(SESSION_KEY):
            _push_on(request, response, mark, now)
        elif was_in:
            browser.forget_cookie(response, COOKIE)
        return response


def _end(request: HttpRequest) -> None:
    """Forget the visit; on a safe request its row stays, useless, until the next cleaning."""
    if request.method in SAFE_METHODS:
        request.session = SessionStore()
    else:
        request.session.flush()
    request.user = AnonymousUser()


def _is_turned_away(request: HttpRequest, response: HttpResponse) -> bool:
    """True when a stranger is refused here; a form that failed the CSRF check has its own answer."""
    if request.method not in SAFE_METHODS and not getattr(request, "csrf_processing_done", False):
        return False
    to_sign_in = urlsplit(response.headers.get("Location", "")).path == reverse("accounts:sign_in")
    return to_sign_in or response.status_code in TURNED_AWAY


def _lead_to_sign_in(request: HttpRequest) -> HttpResponse:
    next_url, held, token = request.get_full_path(), None, browser.give_token(request)
    if request.method not in SAFE_METHODS:
        held = keep_form(request, token=token)
        next_url = reverse("accounts:held_text", args=[held.uid]) if held else ""
    messages.info(request, ENDED)
    address = reverse("accounts:sign_in", query={"next": next_url} if next_url else None)
    by_htmx = request.htmx  # type: ignore[attr-defined]
    response = HttpResponseClientRedirect(address) if by_htmx else HttpResponseRedirect(address)
    if held:
        browser.keep_new_token(request, response, token)
    return response


def _push_on(request: HttpRequest, response: HttpResponse, mark: Mark | None, now: float) -> None:
    """Give the visit its time again, writing the cookie at most once a minute; not for what no hand has asked."""
    if request.resolver_match is not None and getattr(request.resolver_match.func, "is_no_activity", False):
        return
    session = session_digest(request.session.session_key or "")
    if mark is None or mark.session != session or now - mark.at > REFRESH_SECONDS:
        mark = Mark(int(request.session[SESSION_KEY]), session, now)
        browser.keep_cookie(response, COOKIE, sign(mark), max_age=None)


def keep_form(request: HttpRequest, *, token: str) -> HeldForm | None:
    """Keep what this POST carries for the account whose visit it was; pages of sign-in start again by themselves."""
    match = request.resolver_match
    if match is None or match.app_name == "accounts" or getattr(match.func, "keeps_nothing", False):
        return None
    return services.hold_form(
        user_id=getattr(request, "ended_visit_of", None) or request.user.pk,
        token=token,
        path=request.get_full_path(),
        fields={name: values for name, values in request.POST.lists() if name not in OURS},
        had_files=bool(request.FILES),
        client=limits.client_address(request.META, trusted_proxies=settings.PROXIRH_TRUSTED_PROXIES),
    )
