"""Persons and accounts, gathered then written together, each under its own key."""

import random
from datetime import datetime

from proxirh.accounts.models import Address, AddressKind, Person, User, address_index
from proxirh.demo.generation.chance import random_uid
from proxirh.demo.generation.names import Name
from proxirh.kernel.models import DataKey

BATCH = 500  # rows an INSERT: the longer the statement, the more its building weighs


class People:
    """A pile of persons to write; their keys are set once written."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._users: list[User] = []
        self._addresses: list[Address] = []
        self._persons: list[Person] = []

    def add(
        self,
        name: Name,
        *,
        at: datetime,
        phone: str | None = None,
        staff_address: str | None = None,
        account: str | None = None,
    ) -> Person:
        """One person; `account` is the address that she proved, hence an account to sign in with."""
        person = Person(
            uid=random_uid(self._rng),
            data_key=DataKey.fresh(),
            first_name=name.first,
            last_name=name.last,
            phone=phone,
            created_at=at,
        )
        if staff_address:
            person.staff_address = staff_address
            person.staff_index = address_index(staff_address)
        if account:
            person.user = self._account(account, at, professional=account == staff_address)
        self._persons.append(person)
        return person

    def _account(self, address: str, at: datetime, *, professional: bool) -> User:
        user = User(uid=random_uid(self._rng), created_at=at)
        self._users.append(user)
        self._addresses.append(
            Address(
                uid=random_uid(self._rng),
                data_key=DataKey.fresh(),
                user=user,
                blind_index=address_index(address),
                ciphertext=address,
                kind=AddressKind.PROFESSIONAL if professional else AddressKind.PERSONAL,
                confirmed_at=at,
            )
        )
        return user

    def save(self) -> None:
        """Write the pile and begin another."""
        keys = [row.data_key for row in self._persons] + [row.data_key for row in self._addresses]
        DataKey.objects.bulk_create(keys, batch_size=BATCH)
        User.objects.bulk_create(self._users, batch_size=BATCH)
        Address.objects.bulk_create(self._addresses, batch_size=BATCH)
        Person.objects.bulk_create(self._persons, batch_size=BATCH)
        self._users, self._addresses, self._persons = [], [], []
