"""The signed link of an appointment: it opens this one, whatever it is moved to, and nothing else.

It names the series, by a random id under a signature that depends on the address it is mailed to; whoever has the mail
may move or cancel, without coming in.
"""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from proxirh.scheduling.models import Appointment

SALT = "proxirh.scheduling.appointment"
FEED_SALT = "proxirh.scheduling.feed"


def token_of(row: Appointment) -> str:
    """The same at each mail, as long as it goes to the same address."""
    return _signer(row).sign(row.series.hex)


def series_of(token: str) -> UUID | None:
    """The series that a link names, whoever made it: `opens` says whether it is one of ours."""
    try:
        return UUID(hex=token.partition(":")[0])
    except ValueError:
        return None


def opens(token: str, row: Appointment) -> bool:
    """Whether a link opens an appointment: signed here, and for the address that it has now.

    What was mailed to an address that has been corrected since opens nothing, nor does what was signed without any.
    """
    try:
        return _signer(row).unsign(token) == row.series.hex
    except signing.BadSignature:
        return False


def _signer(row: Appointment) -> signing.Signer:
    return signing.Signer(salt=f"{SALT}:{row.address}")


def link_of(row: Appointment) -> str:
    """The whole address."""
    return settings.PROXIRH_BASE_URL + reverse("scheduling:own_appointment", args=[token_of(row)])


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
