"""What the cast does when the author changes académie, one function an act."""

from datetime import date, datetime, timedelta
from typing import Any

from proxirh.accounts.models import Person
from proxirh.enquiries.models import Enquiry, Transfer
from proxirh.enquiries.services import transferring
from proxirh.enquiries.services.transferring import Place
from proxirh.territories.models import Department, Posting, Role, Site
from tests.enquiries import acts
from tests.world import LONG_AGO, NOW, World, make_person

THERE = "counsellor elsewhere"
SOON = NOW + timedelta(minutes=30)
TEXT = "Je cherche un poste de CPE, et je voudrais faire le point sur la suite."


def place(**changes: Any) -> Place:
    """La Réunion, where the service is open."""
    return Place(**{"department": Department.objects.select_related("academy").get(code="974"), **changes})


def new_site() -> Site:
    return Site.objects.create(
        uai="9740001V", name="Lycée du Volcan", town="Saint-Exemple", department=place().department
    )


def load(enquiry: Enquiry) -> Enquiry:
    return Enquiry._base_manager.select_related("data_key", "fact", "department", "author").get(pk=enquiry.pk)


def again(transfer: Transfer) -> Transfer:
    """As the page reads it."""
    found = transferring.latest_transfer(load(transfer.enquiry))
    assert found is not None
    return found


def start(world: World, enquiry: Enquiry, *, part: str = "counsellor", body: str = TEXT, **more: Any) -> Transfer:
    said = {"place": place(), "at": SOON, **more}
    return transferring.start_transfer(actor=world.actor(part), enquiry=load(enquiry), body=body, **said)


def agree(world: World, transfer: Transfer, *, part: str = "author", at: datetime = SOON) -> Transfer:
    transferring.agree_to_transfer(actor=world.actor(part), transfer=again(transfer), at=at)
    return again(transfer)


def offer(world: World, enquiry: Enquiry | None = None, **more: Any) -> tuple[Transfer, Enquiry]:
    """Agreed to, hence waiting in the other académie."""
    made = agree(world, start(world, enquiry or world.enquiry, **more))
    assert made.arrival is not None
    return made, load(made.arrival)


def row_for(world: World, arrival: Enquiry, part: str) -> Enquiry | None:
    """What the desk of a colleague there holds of it."""
    rows = Enquiry.objects.listed_for(world.actor(part))
    return rows.offered_to(world.actor(part)).filter(pk=arrival.pk).first()


def withdraw(world: World, transfer: Transfer, *, part: str = "author", at: datetime = SOON) -> None:
    transferring.withdraw_transfer(actor=world.actor(part), transfer=again(transfer), at=at)


def decline(world: World, arrival: Enquiry, *, part: str = "counsellor elsewhere", reason: str = "service") -> None:
    row = row_for(world, arrival, part) or load(arrival)
    transferring.decline_transfer(actor=world.actor(part), arrival=row, reason=reason, at=SOON)


def serve_there(world: World, name: str, role: Role = Role.COUNSELLOR, since: date = LONG_AGO) -> Person:
    """One more of the service of the other académie, under her name in the cast."""
    person = world.people[name] = make_person(name)
    where = place().department
    of_team = {"team": world.team_elsewhere, "department": where} if role == Role.COUNSELLOR else {}
    Posting.objects.create(person=person, role=role, academy=where.academy, valid_from=since, **of_team)
    return person


def take_there(world: World, arrival: Enquiry, *, part: str = THERE, at: datetime = SOON) -> None:
    row = row_for(world, arrival, part)
    assert row is not None
    acts.take(world, row, part=part, at=at)


def accepted(world: World, enquiry: Enquiry | None = None) -> tuple[Transfer, Enquiry]:
    """Taken in the other académie."""
    transfer, arrival = offer(world, enquiry)
    take_there(world, arrival)
    return again(transfer), load(arrival)
