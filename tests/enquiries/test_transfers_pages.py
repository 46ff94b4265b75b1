"""The pages of a change of académie: what happens next at each moment, what would go exactly, and one path for her."""

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Enquiry, Transfer
from proxirh.enquiries.workflow import State, TransferState
from tests.enquiries import moving
from tests.enquiries.visitors import now_taken, same_as_unknown, text, visitor
from tests.strict_client import StrictClient
from tests.world import World

pytestmark = pytest.mark.django_db
THERE = "counsellor elsewhere"
NEXT = "Ce qui va se passer ensuite"
NOWHERE = {"place": "", "site": "", "department": "974", "moves_on": "2027-09-01", "body": moving.TEXT}


def address(name: str, enquiry: Enquiry) -> str:
    return reverse(f"enquiries:{name}", args=[enquiry.uid])


def fill(client: StrictClient, where: str, **typed: str) -> dict[str, str]:
    """What the page carries hidden, and what is typed on it."""
    form = client.get(where).context["form"]
    hidden = {one.name: str(one.value()) for one in form.hidden_fields() if one.value() not in (None, "")}
    return {**hidden, **NOWHERE, **typed, "geste": "ecrire"}


def offered(world: World) -> tuple[Enquiry, Enquiry]:
    enquiry = now_taken(world)
    made = moving.agree(world, moving.start(world, enquiry, at=timezone.now()), at=timezone.now())
    return enquiry, moving.load(made.arrival)  # type: ignore[arg-type]


def test_by_herself_from_her_page_to_the_other_team(world: World) -> None:
    """Mutations: agree at the first POST; show the agreement before a text."""
    enquiry, hers = now_taken(world), visitor(world, "author")
    assert address("own_transfer", enquiry) in text(hers.get(address("follow", enquiry)))
    where = address("own_transfer", enquiry)
    assert NEXT in text(hers.get(where))
    assert hers.post(where, fill(hers, where)).status_code == 302
    page = text(hers.get(where))
    for told in (moving.TEXT, "Tout ce qui partirait", "06 00 00 00 00", "author@exemple.invalid", "974", NEXT):
        assert told in page
    assert "1er septembre 2027" in page
    assert not Enquiry.objects.listed_for(world.actor(THERE)).exists()
    seen = hers.get(where).context["agree"].initial["seen"]
    assert hers.post(where, {"geste": "accepter", "seen": seen}).status_code == 302
    page = text(hers.get(where))
    assert "est proposée dans l’académie de La Réunion" in page.replace("de la Réunion", "de La Réunion")
    assert NEXT in page
    assert "continue de vous suivre ici" in page
    assert Enquiry.objects.listed_for(world.actor(THERE)).count() == 1


def test_an_old_text_is_not_agreed_to(world: World) -> None:
    """Mutation: agree to whatever is there now."""
    enquiry, hers = now_taken(world), visitor(world, "author")
    transfer = moving.start(world, enquiry, at=timezone.now())
    where = address("own_transfer", enquiry)
    seen = hers.get(where).context["agree"].initial["seen"]
    Transfer.objects.filter(pk=transfer.pk).update(written_at=timezone.now())
    assert "rien n’est parti" in text(hers.post(where, {"geste": "accepter", "seen": seen}, follow=True))
    transfer.refresh_from_db()
    assert transfer.state == TransferState.PROPOSED


def test_she_may_leave_the_text_to_whoever_follows_her(world: World) -> None:
    enquiry, hers, desk = now_taken(world), visitor(world, "author"), visitor(world, "counsellor")
    where = address("own_transfer", enquiry)
    assert "va vous proposer un texte" in text(hers.post(where, fill(hers, where, body=""), follow=True))
    at_desk = address("transfer", enquiry)
    assert at_desk in text(desk.get(address("enquiry", enquiry)))
    assert "attend de vous un texte" in text(desk.get(at_desk))
    answer = desk.post(at_desk, fill(desk, at_desk, body="Un texte écrit avec elle."), follow=True)
    assert "Elle relit le texte" in text(answer)
    assert "Un texte écrit avec elle." in text(hers.get(where))
    assert "Relisez ce qui partirait" in text(hers.get(address("follow", enquiry)))


def test_an_error_keeps_what_was_typed(world: World) -> None:
    """Mutation: leave the refusal of the service out of the form."""
    enquiry, hers = now_taken(world), visitor(world, "author")
    where = address("own_transfer", enquiry)
    answer = hers.post(where, fill(hers, where, department="", body="Mes mots à garder."))
    assert answer.status_code == 422
    assert "Mes mots à garder." in text(answer)
    assert "Choisissez le département" in text(answer)
    site = moving.new_site()
    found = hers.post(where, fill(hers, where, department="", place="Volcan"))
    assert found.status_code == 302
    assert Transfer.objects.get(enquiry=enquiry).site == site


def test_before_taking_it_is_said_where_it_comes_from_and_nothing_of_what(world: World) -> None:
    """Mutation: show the text before it is taken."""
    enquiry, arrival = offered(world)
    there = visitor(world, THERE)
    page = text(there.get(address("enquiry", arrival)))
    assert "Vient d’une autre académie" in page
    assert moving.TEXT not in page
    for hidden in (enquiry.reference, world.people["counsellor"].full_name, "Cantal"):
        assert hidden not in page
    desk = text(there.get(reverse("enquiries:desk")))
    assert arrival.reference in desk or "Nouvelles" in desk
    assert there.post(address("take", arrival)).status_code == 302
    taken = text(there.get(address("enquiry", arrival)))
    assert moving.TEXT in taken
    for hidden in (enquiry.reference, world.people["counsellor"].full_name):
        assert hidden not in taken


def test_once_taken_she_reads_one_path(world: World) -> None:
    """Mutation: leave her on the page of the one that has ended."""
    enquiry, arrival = offered(world)
    hers = visitor(world, "author")
    waiting = text(hers.get(reverse("enquiries:space")))
    assert arrival.reference not in waiting
    assert hers.get(address("follow", arrival)).headers["Location"] == address("follow", enquiry)
    assert hers.get(address("erase", arrival)).status_code == 404
    moving.take_there(world, arrival, at=timezone.now())
    path = text(hers.get(address("own_transfer", enquiry)))
    assert enquiry.reference in path
    assert arrival.reference in path
    old = text(hers.get(address("follow", enquiry)))
    assert "Votre suivi continue" in old
    assert "Rouvrir" not in old
    new = text(hers.get(address("follow", arrival)))
    assert enquiry.reference in new
    assert world.people[THERE].full_name in new
    here = text(visitor(world, "counsellor").get(address("enquiry", enquiry)))
    assert arrival.reference not in here
    assert world.people[THERE].full_name not in here


def test_declined_it_is_told_to_both_with_the_reason(world: World) -> None:
    enquiry, arrival = offered(world)
    there = visitor(world, THERE)
    where = address("decline_transfer", arrival)
    assert NEXT in text(there.get(where))
    assert there.post(where, {}).status_code == 422
    assert there.post(where, {"reason": "deja_suivie"}).status_code == 302
    for part, name in (("author", "own_transfer"), ("counsellor", "transfer")):
        page = text(visitor(world, part).get(address(name, enquiry)))
        assert "déjà pour ce besoin" in page
    assert there.get(where).status_code == 404


@pytest.mark.parametrize("part", ["counsellor", "coordinator", "superior", "author", "counsellor in two academies"])
def test_what_waits_there_does_not_exist_for_others(world: World, part: str) -> None:
    """Also whom she keeps away, in the very team that it waits for. Mutation: find the arrival by its id alone."""
    enquiry = now_taken(world, excluded=(world.people["counsellor in two academies"],))
    made = moving.agree(world, moving.start(world, enquiry, at=timezone.now()), at=timezone.now())
    arrival = moving.load(made.arrival)  # type: ignore[arg-type]
    client = visitor(world, part)
    for name in ("enquiry", "decline_transfer", "transfer"):
        assert same_as_unknown(client, "GET", address(name, arrival), arrival.uid)


@pytest.mark.parametrize("part", ["fellow counsellor", "coordinator", THERE, "superior", "head of service"])
def test_the_pages_of_a_change_are_hers_and_of_those_who_follow_her(world: World, part: str) -> None:
    """Mutation: find the enquiry by its id alone."""
    enquiry = now_taken(world)
    moving.start(world, enquiry, at=timezone.now())
    client = visitor(world, part)
    assert same_as_unknown(client, "GET", address("transfer", enquiry), enquiry.uid)
    assert same_as_unknown(client, "GET", address("own_transfer", enquiry), enquiry.uid)


def test_an_enquiry_of_the_place_has_no_such_refusal(world: World) -> None:
    waiting = world.submit(at=timezone.now())
    assert visitor(world, "fellow counsellor").get(address("decline_transfer", waiting)).status_code == 404
    assert world.reload(waiting).state == State.SUBMITTED
