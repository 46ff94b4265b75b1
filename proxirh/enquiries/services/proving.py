"""A code mailed to the address someone typed while asking, bound to this browser and to one draft or enquiry."""

import uuid
from datetime import datetime

from django.db.models import BinaryField, CharField, DateTimeField, QuerySet
from django.utils import timezone

from proxirh.accounts import browser
from proxirh.accounts.models import Address, SignInCode, address_indexes
from proxirh.accounts.services import request_code
from proxirh.enquiries.models import Enquiry
from proxirh.kernel import encryption
from proxirh.kernel.errors import DomainError
from proxirh.kernel.written import Given, written_once


def for_enquiry(key: uuid.UUID) -> str:
    """Purpose of the code that confirms the address of an enquiry."""
    return f"demande:{key.hex}"


def for_draft(key: uuid.UUID) -> str:
    """Purpose of the code that opens a draft in another browser."""
    return f"reprise:{key.hex}"


def address_is_proved(enquiry: Enquiry) -> bool:
    """Somebody has proved the address given with an enquiry that came `with_proof`."""
    if enquiry.address_is_proved or not encryption.keyring().is_changing:
        return enquiry.address_is_proved
    given = enquiry.contact.get("email", "") if enquiry.address_index is not None else ""
    return bool(given) and Address.objects.filter(blind_index__in=address_indexes(given)).exists()


def pending_code(*, token: str, purpose: str, at: datetime | None = None) -> SignInCode | None:
    """The code that this browser still has to type for `purpose`."""
    if not token:
        return None
    here = browser.digests(token)
    return _pending(len(here)).first(browser=here, purpose=purpose, now=at or timezone.now())


@written_once
def _pending(versions: int) -> QuerySet:
    here = {
        "browser_digest__in": Given.each("browser", BinaryField(), versions),
        "purpose": Given("purpose", CharField()),
    }
    codes = SignInCode.objects.filter(**here, used_at=None, expires_at__gt=Given("now", DateTimeField()))
    return codes.order_by("-pk")[:1]


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
