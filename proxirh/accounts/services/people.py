"""Accounts, the addresses they proved, and the people behind them."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from proxirh.accounts.models import Address, Person, User, address_index, address_indexes
from proxirh.accounts.services.mailboxes import READ_BY_OTHERS, is_read_by_others, kind_of
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import DataKey

CLOSED = "Cet accès est fermé. Si c’est une erreur, écrivez à la coordination de votre académie."
FROM_A_FILE = (
    "Votre nom et votre téléphone viennent du fichier des missions de votre académie. Demandez à votre coordination "
    "de les corriger."
)
CORRECTED_ELSEWHERE = (
    "Votre nom ou votre téléphone a été corrigé dans une autre page. Relisez ce que vous avez écrit : "
    "l’enregistrer remplace cette correction."
)
TWO_ACCOUNTS = (
    "Cette adresse ouvre déjà un autre accès que le vôtre. Déconnectez-vous, puis entrez avec un code envoyé à cette "
    "adresse : vous y retrouverez ce qui s’y rattache."
)


def account_for(*, address: str, user: User | None = None, at: datetime | None = None) -> User:
    """The account of an address that was just proved by a code: the one it opens, else `user`, else a new one.

    Someone whom an import already knows by this address gets that same person, hence her postings. Raises NotAllowed
    when the account is closed, DomainError when others read the address or when it opens another account than `user`.
    """
    if is_read_by_others(address):
        raise DomainError(READ_BY_OTHERS)
    at = at or timezone.now()
    try:
        return _account_for(address, user, at)
    except IntegrityError:  # another browser proved the same new address in the same instant
        return _account_for(address, user, at)


@transaction.atomic
def _account_for(address: str, visitor: User | None, at: datetime) -> User:
    indexes = address_indexes(address)
    known = Address.objects.filter(blind_index__in=indexes).select_related("user").first()
    staff = Person.objects.filter(staff_index__in=indexes).select_related("user").first()
    owner = known.user if known else staff.user if staff else None
    if owner and visitor and owner.pk != visitor.pk:
        raise DomainError(TWO_ACCOUNTS)
    user = owner or visitor or User.objects.create(created_at=at)
    if not user.is_active:
        raise NotAllowed(CLOSED)
    if known is None:
        Address.objects.create(
            data_key=DataKey.objects.issue(),
            user=user,
            blind_index=address_index(address),
            ciphertext=address,
            kind=kind_of(address),
            confirmed_at=at,
        )
        journal.record(actor=f"compte:{user.pk}", verb="adresse prouvée", subject=user, at=at)
    link_person(user, staff, at)
    return user


def link_person(user: User, staff: Person | None, at: datetime) -> None:
    """Give the account its person: the one an import knows by its proved address, else its own, else a nameless one."""
    own = Person.objects.filter(user=user).first()
    if staff and staff.user_id is None and (own is None or own.staff_index is None):
        if own:
            Person.objects.filter(pk=own.pk).update(user=None)
            import_string(settings.WRITINGS_TO_STAFF)(former_id=own.pk, staff_id=staff.pk)
        Person.objects.filter(pk=staff.pk).update(user=user)
        journal.record(actor=f"compte:{user.pk}", verb="personne rattachée", subject=staff, at=at)
    elif own is None:
        Person.objects.create(data_key=DataKey.objects.issue(), user=user, created_at=at)


def addresses_of(user: User) -> list[Address]:
    """The addresses that an account has proved, oldest first."""
    return list(Address.objects.filter(user=user).select_related("data_key").order_by("confirmed_at", "pk"))


def has_address(user: User) -> bool:
    """True when a code can be mailed to this account."""
    return Address.objects.filter(user=user).exists()


def person_of(user_id: int) -> Person | None:
    """The person of an account, with the key that opens her name."""
    return Person.objects.filter(user_id=user_id).select_related("data_key").first()


@transaction.atomic
def correct_person(
    *,
    by: str,
    user_id: int,
    first_name: str,
    last_name: str,
    phone: str,
    seen: str | None = None,
    at: datetime | None = None,
) -> tuple[str, ...]:
    """Write what someone corrects of her own name and telephone; returns the names of the fields that changed.

    The journal keeps these names, never what they held. `seen` is the tag of what her page showed. Raises NotAllowed
    for whom an import knows: her record comes from a file, and a colleague calls her back at its number when she has
    lost her second factor. Raises StaleState when another page corrected it meanwhile.
    """
    person = person_of(user_id)
    if person is None or person.staff_index is not None:
        raise NotAllowed(FROM_A_FILE)
    if seen is not None and seen != tag_of_person(person):
        raise StaleState(CORRECTED_ELSEWHERE)
    said = {"first_name": first_name, "last_name": last_name, "phone": phone or None}
    changed = tuple(name for name, value in said.items() if getattr(person, name) != value)
    if not changed:
        return ()
    for name in changed:
        setattr(person, name, said[name])
    person.save(update_fields=changed)
    journal.record(actor=by, verb="personne.corrigée", subject=person, at=at or timezone.now(), fields=list(changed))
    return changed


def tag_of_person(person: Person) -> str:
    """Short print of a name and telephone, which a form carries to tell on which page it was filled in."""
    said = "\n".join([person.first_name, person.last_name, person.phone or ""])
    return hashlib.blake2s(said.encode(), digest_size=8).hexdigest()


@transaction.atomic
def ensure_person(*, user: User, first_name: str, last_name: str) -> Person:
    """The person of an account, named now if she was not; a name already given is never replaced."""
    person = Person.objects.filter(user=user).select_related("data_key").first()
    if person is None:
        return Person.objects.create(
            data_key=DataKey.objects.issue(), user=user, first_name=first_name, last_name=last_name
        )
    if not person.full_name:
        person.first_name, person.last_name = first_name, last_name
        person.save(update_fields=["first_name", "last_name"])
    return person
