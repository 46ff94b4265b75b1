"""Leaving for good: an account, its addresses, its ways in and, unless she works for the service, its person."""

from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from proxirh.accounts.models import Address, FactorVault, HeldForm, Person, SignInCode, User, address_indexes
from proxirh.kernel import erasures, journal
from proxirh.kernel.models import DataKey

# How the register of erasures names an account.
ACCOUNT = "compte"


def erase_user(*, by: str, user: User, at: datetime | None = None, is_told: bool = False) -> None:
    """Erase an account with every address, identity, factor and pending code of it; its visits end with it.

    What she asked is erased before, by the enquiries. `by` is the label of whoever does it; `is_told` when the register
    of erasures has its line already.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        if not User.objects.filter(pk=user.pk).exists():
            return
        person = Person.objects.filter(user=user).first()
        addresses = list(Address.objects.filter(user=user).select_related("data_key"))
        indexes = [index for address in addresses for index in address_indexes(address.ciphertext)]
        codes = SignInCode.objects.filter(address_index__in=indexes)
        keys = [address.data_key_id for address in addresses]
        for held in (codes, FactorVault.objects.filter(user=user), HeldForm.objects.filter(user=user)):
            keys += held.values_list("data_key", flat=True)
        journal.record(actor=by, verb="compte.effacé", subject=user, at=at)
        uid = user.uid
        codes.delete()
        User.objects.filter(pk=user.pk).delete()
        DataKey.objects.destroy(*keys)
        if person is not None:
            forget_person(person.pk)
        if not is_told:
            erasures.remember(ACCOUNT, uid, at=at)


def forget_person(person_id: int) -> None:
    """Erase someone without account, who works not for the service and whom nothing names any more, with her key."""
    person = Person.objects.filter(pk=person_id, user=None, staff_index=None).first()
    if person is None:
        return
    try:
        with transaction.atomic():
            Person.objects.filter(pk=person.pk).delete()
    except ProtectedError:  # she asked something else, or has worked for the service
        return
    DataKey.objects.destroy(person.data_key_id)
