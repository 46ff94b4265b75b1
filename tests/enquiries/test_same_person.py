"""One person under two rows: the account that asked, and the staff person that an import wrote."""

import pytest

from proxirh.accounts.models import Person, User, address_index
from proxirh.accounts.services import account_for
from proxirh.enquiries import services
from proxirh.enquiries.conflicts import free_members
from proxirh.enquiries.models import Enquiry, NoteReview
from proxirh.enquiries.services.disclosing import ask_for_notes
from proxirh.kernel.models import DataKey
from proxirh.territories.actor import Actor, read_actor
from tests.enquiries import acts
from tests.enquiries.note_asking import HERS, decide, write
from tests.enquiries.test_submit_once import KEY
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

SERVICE = "alice.exemple@ac-exemple.invalid"
SPOUSE = "conjoint@exemple.invalid"


def actor_of(user: User) -> Actor:
    person = Person.objects.get(user=user)
    staff_index = bytes(person.staff_index) if person.staff_index else None
    return read_actor(user_id=user.pk, person_id=person.pk, person_uid=person.uid, staff_index=staff_index, at=NOW)


def asked(world: World, alice: User) -> Enquiry:
    """Alice asks, signed in, and gives an address that is not hers to be reached at."""
    return services.submit_enquiry(
        actor=actor_of(alice), answers=world.answers(email=SPOUSE), idempotency_key=KEY, at=NOW
    )


def imported() -> Person:
    return Person.objects.create(
        data_key=DataKey.objects.issue(), staff_address=SERVICE, staff_index=address_index(SERVICE)
    )


def sees(user: User, enquiry: Enquiry) -> bool:
    return Enquiry.objects.visible_to(actor_of(user)).filter(pk=enquiry.pk).exists()


def test_what_she_asked_follows_her_to_her_staff_person_and_opens_to_nobody_else(world: World) -> None:
    """Mutation: set her former person’s account to None without `give_writings`; her spouse reads it, she does not."""
    alice = account_for(address="alice@exemple.invalid")
    enquiry, former = asked(world, alice), Person.objects.get(user=alice)
    staff = imported()
    assert account_for(address=SERVICE, user=alice) == alice
    assert sees(alice, enquiry)
    assert not sees(account_for(address=SPOUSE), enquiry)
    opening = Enquiry.objects.visible_to(actor_of(alice)).get(pk=enquiry.pk).messages.get()
    assert opening.sender == staff
    assert not Person.objects.filter(pk=former.pk).exists()
    assert not DataKey.objects.filter(pk=former.data_key_id).exists()


def test_the_notes_that_she_asked_for_still_come_to_her(world: World) -> None:
    """Mutation: leave requests for notes out of `give_writings`; hers is erased with her former person."""
    alice = account_for(address="alice@exemple.invalid")
    enquiry = asked(world, alice)
    acts.take(world, enquiry)
    note = write(world, "counsellor", HERS, world.reload(enquiry))
    made = ask_for_notes(actor=actor_of(alice), at=NOW)
    imported()
    account_for(address=SERVICE, user=alice)
    decide(world, "counsellor", note)
    assert [one.request for one in NoteReview.objects.answered_to(actor_of(alice))] == [made]


def test_an_address_that_she_gives_unproved_never_opens_what_she_asked_signed_in(world: World) -> None:
    """Mutation: store the address index whoever asks; once her account is gone, that address reads all of it."""
    alice = account_for(address="alice@exemple.invalid")
    enquiry = asked(world, alice)
    Person.objects.filter(user=alice).update(user=None)
    assert not sees(account_for(address=SPOUSE), enquiry)


def test_whoever_that_address_names_is_kept_away(world: World) -> None:
    """She asks from a private account and gives her service address. Mutation: exclude only whom she names."""
    alice, colleague = account_for(address="alice@exemple.invalid"), world.people["counsellor"]
    colleague.staff_index = address_index(SPOUSE)
    colleague.save(update_fields=["staff_index"])
    enquiry = asked(world, alice)
    assert not Enquiry.objects.listed_for(world.actor("counsellor")).filter(pk=enquiry.pk).exists()
    assert colleague.pk not in free_members(world.reload(enquiry), at=NOW)
    assert Enquiry.objects.listed_for(world.actor("fellow counsellor")).filter(pk=enquiry.pk).exists()


def test_an_address_that_she_has_proved_still_opens_it(world: World) -> None:
    alice = account_for(address="alice@exemple.invalid")
    account_for(address=SPOUSE, user=alice)
    assert bytes(world.reload(asked(world, alice)).address_index or b"") == address_index(SPOUSE)
