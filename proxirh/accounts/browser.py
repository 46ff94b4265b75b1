"""The random cookie that binds a code, a draft or a held form to the browser that asked for it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from proxirh.kernel import encryption, tokens

COOKIE = "navigateur"
MAX_AGE = 15 * 24 * 3600


def browser_token(request: HttpRequest) -> str:
    """Token of this browser, or "" when it has none yet."""
    return request.COOKIES.get(COOKIE, "")


def give_token(request: HttpRequest) -> str:
    """Token of this browser, drawn now if needed; `keep_token` must then put it on the response."""
    return browser_token(request) or tokens.secret()


def keep_token(response: HttpResponse, token: str, *, for_long: bool = True) -> None:
    """Set the cookie: fifteen days, or until the browser closes on a shared computer."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=MAX_AGE if for_long else None,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def keep_new_token(request: HttpRequest, response: HttpResponse, token: str) -> None:
    """Set the cookie until the browser closes, unless it holds one already: a text kept half an hour needs no more."""
    if browser_token(request) != token:
        keep_token(response, token, for_long=False)


def forget_token(response: HttpResponse) -> None:
    """Remove the cookie."""
    response.delete_cookie(COOKIE, samesite="Lax")


def digest(token: str) -> bytes:
    """What the database keeps of a token."""
    return encryption.blind_index("browser", token)
