"""How many times one network address may ask; generous, because a whole rectorat may stand behind one."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest

from proxirh.kernel import limits
from proxirh.kernel.errors import TooManyTries

HOUR = timedelta(hours=1)
STARTS_PER_HOUR = 300
PROVED_PER_HOUR = 200
UNPROVED_PER_HOUR = 30
LINKS_PER_HOUR = 30
RETURNS_PER_HOUR = 60


def client_of(request: HttpRequest) -> str:
    """Network address that limits are counted for."""
    return limits.client_address(request.META, trusted_proxies=settings.PROXIRH_TRUSTED_PROXIES)


def _count(request: HttpRequest, scope: str, *, limit: int) -> None:
    if not limits.attempt(scope, client_of(request), limit=limit, per=HOUR):
        raise TooManyTries(
            "Beaucoup de demandes viennent de votre connexion internet en ce moment. Vos réponses sont gardées : "
            "réessayez dans une heure, ou depuis un autre réseau."
        )


def may_start(request: HttpRequest) -> None:
    """Raises TooManyTries when this network address has begun too many drafts."""
    _count(request, "ask-start", limit=STARTS_PER_HOUR)


def may_send(request: HttpRequest, *, is_proved: bool) -> None:
    """Raises TooManyTries when it has sent too many enquiries; fewer without the proof of work of a browser."""
    _count(request, f"ask-send-{is_proved}", limit=PROVED_PER_HOUR if is_proved else UNPROVED_PER_HOUR)


def may_mail_link(request: HttpRequest) -> None:
    """Raises TooManyTries when it has had too many links mailed."""
    _count(request, "ask-link", limit=LINKS_PER_HOUR)


def may_return(request: HttpRequest) -> None:
    """Raises TooManyTries when it has tried too many return codes."""
    _count(request, "return", limit=RETURNS_PER_HOUR)
