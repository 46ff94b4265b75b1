"""Encrypted fields: clear in Python, sealed in the database, opened only where they belong."""

import pytest
from django.db import connection
from django.db.models import FETCH_RAISE

from proxirh.accounts.models import Person
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.fields import Sealed
from proxirh.kernel.models import DataKey

pytestmark = pytest.mark.django_db


def make(name: str = "Émeline 🙂") -> Person:
    return Person.objects.create(data_key=DataKey.objects.issue(), first_name=name, last_name="Exemple")


def raw(person: Person, column: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM accounts_person WHERE id = %s", [person.pk])
        value = cursor.fetchone()[0]
    return None if value is None else bytes(value)


def test_a_text_comes_back_as_it_was_and_is_not_in_the_database() -> None:
    """Mutation: make pre_save return the encoded text."""
    person = make()
    assert "Émeline".encode() not in raw(person, "first_name")
    assert Person.objects.select_related("data_key").get(pk=person.pk).first_name == "Émeline 🙂"


def test_an_absent_text_stays_absent() -> None:
    person = make()
    assert raw(person, "phone") is None
    assert Person.objects.get(pk=person.pk).phone is None


def test_a_saved_text_is_read_again_from_the_instance() -> None:
    person = make()
    person.first_name = "Ada"
    person.save(update_fields=["first_name"])
    assert person.first_name == "Ada"
    assert Person.objects.get(pk=person.pk).first_name == "Ada"


def test_bulk_creation_seals_too() -> None:
    keys = DataKey.objects.bulk_create([DataKey.fresh(), DataKey.fresh()])
    Person.objects.bulk_create(
        Person(data_key=key, first_name=f"Nom{n}", last_name="Exemple") for n, key in enumerate(keys)
    )
    found = Person.objects.select_related("data_key").order_by("pk")
    assert [person.first_name for person in found] == ["Nom0", "Nom1"]
    assert b"Nom0" not in raw(found[0], "first_name")


def test_a_clear_value_never_reaches_the_database_by_an_update() -> None:
    """Mutation: drop the check of get_db_prep_value."""
    person = make()
    with pytest.raises(TypeError):
        Person.objects.filter(pk=person.pk).update(first_name="clair")


def test_values_are_not_opened_by_values_list() -> None:
    person = make()
    assert isinstance(Person.objects.values_list("first_name", flat=True).get(pk=person.pk), Sealed)


def test_the_name_of_one_person_does_not_open_on_another() -> None:
    """Mutation: leave the row's uid out of the associated data."""
    first, second = make("Une"), make("Autre")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_person SET first_name = (SELECT first_name FROM accounts_person WHERE id = %s), "
            "data_key_id = data_key_id WHERE id = %s",
            [first.pk, second.pk],
        )
    with pytest.raises(DecryptionError):
        _ = Person.objects.get(pk=second.pk).first_name


def test_deleting_the_key_makes_the_text_unreadable() -> None:
    person = make()
    fresh = DataKey.objects.issue()
    Person.objects.filter(pk=person.pk).update(data_key=fresh)
    with pytest.raises(DecryptionError):
        _ = Person.objects.get(pk=person.pk).first_name


def test_a_deferred_text_is_not_fetched_behind_the_reader() -> None:
    make()
    person = Person.objects.only("uid").fetch_mode(FETCH_RAISE).get()
    with pytest.raises(Exception, match="first_name"):
        _ = person.first_name
