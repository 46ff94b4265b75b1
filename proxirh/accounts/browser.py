"""Cookies of ours, and the random ones: one binds a draft or a held form to its browser, another the awaited code."""

from datetime import timedelta
from typing import Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from proxirh.kernel import encryption, tokens

COOKIE = "navigateur"
MAX_AGE = 15 * 24 * 3600
# Sign-in has a secret of its own: it takes nothing from what was left in the browser, and leaves nothing there.
SIGN_IN_COOKIE = "connexion"
SIGN_IN_MAX_AGE = 3600
CLEARED = '"cache", "cookies", "storage"'


def keep_cookie(
    response: HttpResponse,
    name: str,
    value: str,
    *,
    max_age: timedelta | int | None,
    path: str = "/",
    samesite: Literal["Lax", "Strict"] = "Lax",
) -> None:
    """Set a cookie that no script reads, for `max_age` (seconds or a duration) or until the browser closes."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=path,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite=samesite,
    )


def forget_cookie(response: HttpResponse, name: str) -> None:
    """Take a cookie of ours back."""
    response.delete_cookie(name, samesite="Lax")


def browser_token(request: HttpRequest) -> str:
    """Token of this browser, or "" when it has none yet."""
    return request.COOKIES.get(COOKIE, "")


def give_token(request: HttpRequest) -> str:
    """Token of this browser, drawn now if needed; `keep_token` must then put it on the response."""
    return browser_token(request) or tokens.secret()


def keep_token(response: HttpResponse, token: str, *, for_long: bool = True) -> None:
    """Set the cookie: fifteen days, or until the browser closes on a shared computer."""
    keep_cookie(response, COOKIE, token, max_age=MAX_AGE if for_long else None)


def keep_new_token(request: HttpRequest, response: HttpResponse, token: str) -> None:
    """Set the cookie until the browser closes, unless it holds one already: a text kept half an hour needs no more."""
    if browser_token(request) != token:
        keep_token(response, token, for_long=False)


def forget_token(response: HttpResponse) -> None:
    """Remove the cookie."""
    forget_cookie(response, COOKIE)


def sign_in_token(request: HttpRequest) -> str:
    """Secret of this browser’s sign-in, or "" when it asked for no code."""
    return request.COOKIES.get(SIGN_IN_COOKIE, "")


def keep_sign_in_token(response: HttpResponse, token: str, *, for_long: bool) -> None:
    """Set it for an hour, or until the browser closes on a shared computer."""
    keep_cookie(response, SIGN_IN_COOKIE, token, max_age=SIGN_IN_MAX_AGE if for_long else None)


def forget_sign_in_token(response: HttpResponse) -> None:
    """The code has served."""
    forget_cookie(response, SIGN_IN_COOKIE)


def forget_everything(request: HttpRequest, response: HttpResponse, *, at_once: bool = True) -> None:
    """Take back every cookie of ours; `at_once` has the browser drop its cache, and what this answer sets, too."""
    for name in request.COOKIES:  # one by one too: not every browser obeys the header
        forget_cookie(response, name)
    if at_once:
        response["Clear-Site-Data"] = CLEARED


def digest(token: str) -> bytes:
    """What the database keeps of a token, written now."""
    return digests(token)[0]


def digests(token: str) -> tuple[bytes, ...]:
    """The same under every version of the key, newest first: what a lookup tries."""
    return encryption.blind_indexes("browser", token)
