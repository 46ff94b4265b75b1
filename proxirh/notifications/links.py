"""The link at the foot of a mail that refuses its kind without coming in.

It names the mail, by a random id under a signature: nothing of whoever reads it, nor of what it tells. It serves as
long as the trace of the mail is kept; the next mail bears another.
"""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from proxirh.notifications.kinds import KINDS
from proxirh.outbox.models import OutgoingEmail

SALT = "proxirh.notifications.stop"


def token_of(mail: OutgoingEmail) -> str:
    """The same at each attempt."""
    return signing.Signer(salt=SALT).sign(mail.uid.hex)


def stop_url(mail: OutgoingEmail) -> str:
    """The whole address."""
    return settings.PROXIRH_BASE_URL + reverse("notifications:stop", args=[token_of(mail)])


def mail_of(token: str) -> OutgoingEmail | None:
    """The mail that a link stands in, as long as its kind may be refused; None for whatever nobody signed."""
    try:
        uid = UUID(hex=signing.Signer(salt=SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    mail = OutgoingEmail.objects.filter(uid=uid).select_related("data_key").first()
    known = KINDS.get(mail.kind) if mail else None
    return mail if known and known.is_refusable else None
