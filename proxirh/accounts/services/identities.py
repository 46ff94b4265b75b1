"""Accounts at an identity provider: matched by issuer and subject alone, bound to an address by a code (RULES §1)."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.accounts.models import Address, Identity, Person, SignInCode, User, address_indexes
from proxirh.accounts.services.codes import consume_code, request_code
from proxirh.accounts.services.mailboxes import is_read_by_others
from proxirh.accounts.services.people import CLOSED, account_for, ensure_person
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed

BINDING = "rattachement"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider signed about someone; the address is only a claim.

    `second_factor` when it says, in the words that the settings accept, that it asked for one.
    """

    issuer: str
    subject: str
    address: str = ""
    first_name: str = ""
    last_name: str = ""
    second_factor: bool = False
    proved_at: datetime | None = None


def enter_with_identity(
    *, claims: Claims, token: str, client: str = "", at: datetime | None = None
) -> User | SignInCode:
    """The account of an identity; at its first sign-in a new one, unless someone here has the claimed address.

    In that case the answer is a code mailed to that address, which `bind_identity` takes: a claim alone never opens
    what belongs to an address. Raises NotAllowed when the account is closed, TooManyTries.
    """
    at = at or timezone.now()
    known = Identity.objects.filter(issuer=claims.issuer, subject=claims.subject).select_related("user").first()
    if known:
        if not known.user.is_active:
            raise NotAllowed(CLOSED)
        return known.user
    if claims.address and _is_known(claims.address):
        return request_code(address=claims.address, token=token, purpose=BINDING, client=client, proved=True, at=at)
    try:
        with transaction.atomic():
            user = User.objects.create(created_at=at)
            _bind(user, claims.issuer, claims.subject, at)
            ensure_person(user=user, first_name=claims.first_name, last_name=claims.last_name)
    except IntegrityError:  # the same identity came in twice in the same instant
        user = Identity.objects.select_related("user").get(issuer=claims.issuer, subject=claims.subject).user
    return user


def _is_known(address: str) -> bool:
    if is_read_by_others(address):
        return False
    indexes = address_indexes(address)
    proved = Address.objects.filter(blind_index__in=indexes)
    return proved.exists() or Person.objects.filter(staff_index__in=indexes).exists()


def _bind(user: User, issuer: str, subject: str, at: datetime) -> None:
    Identity.objects.create(user=user, issuer=issuer, subject=subject, created_at=at)
    journal.record(actor=f"compte:{user.pk}", verb="identité rattachée", subject=user, at=at)


def bind_identity(
    *, issuer: str, subject: str, code_uid: uuid.UUID, digits: str, token: str, at: datetime | None = None
) -> User:
    """The account whose address the code proves, opened from now on by this identity too. Raises DomainError."""
    at = at or timezone.now()
    code = consume_code(code_uid=code_uid, digits=digits, token=token, purpose=BINDING, at=at)
    user = account_for(address=code.address, at=at)
    try:
        with transaction.atomic():
            _bind(user, issuer, subject, at)
    except IntegrityError as error:
        if Identity.objects.filter(issuer=issuer, subject=subject, user=user).exists():
            return user
        raise DomainError("Cette identité ouvre déjà un autre accès. Déconnectez-vous, puis recommencez.") from error
    return user
