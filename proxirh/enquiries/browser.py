"""The signed cookie that names, in one browser, the draft being written and then the enquiry it became."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.http import HttpRequest, HttpResponse

from proxirh.accounts import browser
from proxirh.enquiries.services.drafting import LIFE, SHORT_LIFE

COOKIE = "demande"
SALT = "enquiries.asked"


@dataclass(frozen=True, slots=True)
class Asked:
    """Name of the draft, and whether this browser must forget it soon."""

    key: uuid.UUID
    is_short: bool

    @property
    def life(self) -> timedelta:
        """How long the cookie may be believed."""
        return SHORT_LIFE if self.is_short else LIFE


def asked_here(request: HttpRequest) -> Asked | None:
    """What this browser asked, unless the cookie is absent, forged or too old."""
    try:
        key, is_short = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIFE)
        asked = Asked(uuid.UUID(key), bool(is_short))
        signing.loads(request.COOKIES[COOKIE], salt=SALT, max_age=asked.life)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return asked


def remember(response: HttpResponse, asked: Asked) -> None:
    """Set the cookie: fifteen days, or until the browser closes where nothing must be kept."""
    value = signing.dumps([asked.key.hex, int(asked.is_short)], salt=SALT)
    browser.keep_cookie(response, COOKIE, value, max_age=None if asked.is_short else LIFE)


def forget(response: HttpResponse) -> None:
    """Remove the cookie."""
    browser.forget_cookie(response, COOKIE)
