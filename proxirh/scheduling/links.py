"""The signed link of an appointment: it opens this one, whatever it is moved to, and nothing else.

It names the series, by a random id under a signature; whoever has the mail may move or cancel, without coming in.
"""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "proxirh.scheduling.appointment"
FEED_SALT = "proxirh.scheduling.feed"


def token_of(series: UUID) -> str:
    """The same at each mail."""
    return signing.Signer(salt=SALT).sign(series.hex)


def series_of(token: str) -> UUID | None:
    """The series that a link names; None for whatever nobody signed."""
    try:
        return UUID(hex=signing.Signer(salt=SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def link_of(series: UUID) -> str:
    """The whole address."""
    return settings.PROXIRH_BASE_URL + reverse("scheduling:own_appointment", args=[token_of(series)])


def feed_token(uid: UUID, version: int) -> str:
    """Where a calendar is read; another version, another address."""
    return signing.Signer(salt=FEED_SALT).sign(f"{uid.hex}.{version}")


def feed_of(token: str) -> tuple[UUID, int] | None:
    """Which calendar an address reads, and its version."""
    try:
        named, version = signing.Signer(salt=FEED_SALT).unsign(token).split(".")
        return UUID(hex=named), int(version)
    except (signing.BadSignature, ValueError):
        return None
