"""A code mailed to the address someone typed while asking, bound to this browser and to one draft or enquiry."""

import uuid
from datetime import datetime

from django.utils import timezone

from proxirh.accounts import browser
from proxirh.accounts.models import SignInCode
from proxirh.accounts.services import request_code
from proxirh.kernel.errors import DomainError


def for_enquiry(key: uuid.UUID) -> str:
    """Purpose of the code that confirms the address of an enquiry."""
    return f"demande:{key.hex}"


def for_draft(key: uuid.UUID) -> str:
    """Purpose of the code that opens a draft in another browser."""
    return f"reprise:{key.hex}"


def pending_code(*, token: str, purpose: str, at: datetime | None = None) -> SignInCode | None:
    """The code that this browser still has to type for `purpose`."""
    if not token:
        return None
    return (
        SignInCode.objects.filter(
            browser_digest=browser.digest(token), purpose=purpose, used_at=None, expires_at__gt=at or timezone.now()
        )
        .order_by("-pk")
        .first()
    )


def code_to_type(*, token: str, purpose: str, at: datetime | None = None) -> SignInCode:
    """The same; raises DomainError when there is none left."""
    code = pending_code(token=token, purpose=purpose, at=at)
    if code is None:
        raise DomainError("Ce code n’est plus valable. Demandez-en un autre : il arrivera à la même adresse.")
    return code


def ask_once(
    *, address: str, token: str, purpose: str, client: str = "", proved: bool = False, at: datetime | None = None
) -> SignInCode:
    """The pending code, or a new one: a page sent twice mails one code. Raises TooManyTries."""
    return pending_code(token=token, purpose=purpose, at=at) or request_code(
        address=address, token=token, purpose=purpose, client=client, proved=proved, at=at
    )
