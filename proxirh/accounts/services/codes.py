"""The mailed code: the same page, mail and work for every well-formed address, known or not (RULES §3)."""

import secrets
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from proxirh.accounts import browser
from proxirh.accounts.models import Address, SignInCode, User, address_index, address_indexes
from proxirh.accounts.services.mailboxes import may_mail
from proxirh.accounts.services.people import account_for
from proxirh.kernel import encryption, limits, tokens
from proxirh.kernel.errors import DomainError, TooManyTries
from proxirh.kernel.models import DataKey
from proxirh.outbox.services import queue_email

DIGITS = 6
LIFE = timedelta(minutes=10)
MAX_TRIES = 3
ADDING, CONFIRMING = "adresse", "confirmation"
# A whole school, or a rectorat, may stand behind one client address.
REQUESTS_PER_HOUR = 300
UNPROVED_REQUESTS_PER_HOUR = 30
HOUR = timedelta(hours=1)

GONE = "Ce code n’est plus valable. Demandez-en un nouveau : il arrivera à la même adresse."
WRONG = "Ce code n’est pas le bon. Vérifiez les six chiffres du dernier courriel reçu."


PURPOSE = "code"


def _said(code_uid: uuid.UUID, digits: str) -> str:
    return f"{code_uid}:{digits}"


def request_code(
    *,
    address: str,
    token: str,
    purpose: str = "connexion",
    client: str = "",
    proved: bool = False,
    digits: str | None = None,
    at: datetime | None = None,
) -> SignInCode:
    """A pending code bound to the browser that holds `token`, mailed to `address`.

    Past five mails an hour to one mailbox nothing is sent and nothing tells so. `client` is the network address of the
    visitor (`limits.client_address`); `proved` says that its browser did the proof of work. Raises TooManyTries.
    """
    at = at or timezone.now()
    address = address.strip()
    ceiling = REQUESTS_PER_HOUR if proved else UNPROVED_REQUESTS_PER_HOUR
    if client and not limits.attempt(f"code-client-{proved}", client, limit=ceiling, per=HOUR, at=at):
        raise TooManyTries(
            "Trop de codes ont été demandés depuis votre connexion internet. Réessayez dans une heure, "
            "ou depuis un autre réseau."
        )
    with transaction.atomic():
        is_mailed = may_mail(address, at=at)
        pending = SignInCode.objects.filter(
            browser_digest__in=browser.digests(token), purpose=purpose, used_at=None, expires_at__gt=at
        )
        same = pending.filter(address_index__in=address_indexes(address))
        if not is_mailed and (kept := same.order_by("-pk").first()):
            return kept
        pending.update(expires_at=at)
        code = SignInCode(
            data_key=DataKey.objects.issue(),
            address_index=address_index(address),
            browser_digest=browser.digest(token),
            address=address,
            purpose=purpose,
            created_at=at,
            expires_at=at + LIFE,
        )
        digits = digits or tokens.digits(DIGITS)
        # Past the limit nothing may open it: guesses per address stay bounded by the mails it received.
        spoken = encryption.blind_index(PURPOSE, _said(code.uid, digits))
        code.code_digest = spoken if is_mailed else spoken[:1] + secrets.token_bytes(len(spoken) - 1)
        code.save(force_insert=True)
        if is_mailed:
            queue_email(kind="code", to=address, template="accounts/mails/code.txt", context={"digits": digits}, at=at)
    return code


def find_code(*, code_uid: uuid.UUID, token: str) -> SignInCode | None:
    """A code that this browser asked for, pending or not; None elsewhere."""
    if not token:
        return None
    here = SignInCode.objects.filter(uid=code_uid, browser_digest__in=browser.digests(token))
    return here.select_related("data_key").first()


def consume_code(
    *, code_uid: uuid.UUID, digits: str, token: str, purpose: str = "connexion", at: datetime | None = None
) -> SignInCode:
    """Spend one try, then the code, whose row tells the address that it proves; must not run inside a transaction.

    Raises DomainError, with the same words for a code that is expired, used, replaced, tried three times, or asked by
    another browser.
    """
    at = at or timezone.now()
    row = SignInCode.objects.filter(
        uid=code_uid, browser_digest__in=browser.digests(token), purpose=purpose, expires_at__gt=at, used_at=None
    )
    # Durable: a caller's rollback would give the try back.
    with transaction.atomic(durable=True):
        spent = row.filter(tries__lt=MAX_TRIES).update(tries=F("tries") + 1)
    if not spent:
        raise DomainError(GONE)
    code = row.select_related("data_key").first()
    if code is None:
        raise DomainError(GONE)
    if not encryption.is_index_of(bytes(code.code_digest), PURPOSE, _said(code.uid, digits)):
        raise DomainError(GONE if code.tries >= MAX_TRIES else WRONG)
    if not row.update(used_at=at):
        raise DomainError(GONE)
    return code


def confirm_code(
    *, code_uid: uuid.UUID, digits: str, token: str, purpose: str = "connexion", at: datetime | None = None
) -> User:
    """The account of the address that the code proves, made now if new; of simultaneous calls exactly one succeeds.

    Raises what `consume_code` raises, and NotAllowed when the account is closed.
    """
    code = consume_code(code_uid=code_uid, digits=digits, token=token, purpose=purpose, at=at)
    return account_for(address=code.address, at=at)


def add_address(*, actor: User, code_uid: uuid.UUID, digits: str, token: str, at: datetime | None = None) -> User:
    """Give the signed-in account one more address, proved by a code asked for with the purpose ADDING."""
    code = consume_code(code_uid=code_uid, digits=digits, token=token, purpose=ADDING, at=at)
    return account_for(address=code.address, user=actor, at=at)


def confirm_presence(*, actor: User, code_uid: uuid.UUID, digits: str, token: str, at: datetime | None = None) -> None:
    """Check that whoever holds this visit still reads one of its own mailboxes (purpose CONFIRMING)."""
    code = consume_code(code_uid=code_uid, digits=digits, token=token, purpose=CONFIRMING, at=at)
    if not Address.objects.filter(user=actor, blind_index__in=address_indexes(code.address)).exists():
        raise DomainError(GONE)
