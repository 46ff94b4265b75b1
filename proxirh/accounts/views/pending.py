"""The code being waited for, in a signed cookie: the session holds nothing of someone who is not in yet."""

import uuid
from dataclasses import asdict, dataclass

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from proxirh.accounts import browser

COOKIE = "code"
MAX_AGE = 3600
MAX_NEXT = 600


@dataclass(frozen=True, slots=True)
class Pending:
    """Which code, what for, and where the visit goes on."""

    code: str
    purpose: str
    next_url: str = ""
    shared: bool = False

    @property
    def code_uid(self) -> uuid.UUID:
        """Random id of the code."""
        return uuid.UUID(self.code)


def read_pending(request: HttpRequest) -> Pending | None:
    """What this browser waits for."""
    try:
        return Pending(**signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=MAX_AGE))
    except (signing.BadSignature, TypeError):
        return None


def keep_pending(response: HttpResponse, pending: Pending) -> None:
    """Remember it for an hour, an expired code being renewable, or until the browser closes on a shared computer."""
    value = signing.dumps(asdict(pending), salt=COOKIE)
    browser.keep_cookie(response, COOKIE, value, max_age=None if pending.shared else MAX_AGE)


def forget_pending(response: HttpResponse) -> None:
    """The code has served."""
    browser.forget_cookie(response, COOKIE)


def safe_next(request: HttpRequest) -> str:
    """The `next` of the address when it is a page of ours, else ""."""
    wanted = request.GET.get("next", "")
    is_ours = (
        wanted.startswith("/")
        and len(wanted) <= MAX_NEXT
        and wanted.isprintable()
        and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    )
    return wanted if is_ours else ""
