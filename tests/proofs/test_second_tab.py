"""A tab left open while the world moved: whatever it still sends does nothing, shows nothing and never breaks."""

import re
from datetime import timedelta

import pytest
from django.urls import resolve
from django.utils import timezone

from proxirh.accounts.models import User
from proxirh.enquiries.models import Enquiry, PersonChoice, WorkingNote
from proxirh.territories.models import Posting
from tests.enquiries import acts
from tests.enquiries.visitors import visitor
from tests.proofs.booking_posts import ANYBODY
from tests.proofs.gestures import EVERY
from tests.proofs.posting import Post
from tests.proofs.rows import nothing_written, undone
from tests.proofs.test_bad_input import REFUSED, says_it_in_french
from tests.routes import address_of, routes
from tests.strict_client import StrictClient
from tests.targets import FOLLOWED, make_targets
from tests.world import World

pytestmark = pytest.mark.django_db
DESK = ("counsellor", "fellow counsellor", "coordinator", "HR officer", "cell officer")
ADDRESSED = re.compile(r"/(?:bureau|suivi)/([0-9a-f-]{36})/")
# A typed form is kept aside, encrypted, for whoever signs in again: it does nothing by itself.
HELD = ("HeldForm ", "DataKey ")
# Routes of one enquiry whose POST is a choice of what to see, or is sent by a proof of its own.
ELSEWHERE = {"enquiries:follow_file", "enquiries:desk_file", "enquiries:readings", "enquiries:enquiry"}
ELSEWHERE |= {"enquiries:presence"}  # tests/enquiries/test_presence.py


def enquiry_of(post: Post) -> Enquiry | None:
    """The one that its address names."""
    found = ADDRESSED.search(post.address)
    return Enquiry._base_manager.select_related("data_key", "department").get(uid=found[1]) if found else None


def given_to_another(world: World, post: Post, client: StrictClient) -> None:
    enquiry = enquiry_of(post)
    assert enquiry is not None
    WorkingNote.objects.filter(enquiry=enquiry).update(shared_at=timezone.now())  # else she must settle them first
    if enquiry.lead_id is not None:
        acts.give_back(world, world.reload(enquiry), at=timezone.now())
    acts.take(world, world.reload(enquiry), part="fellow counsellor", at=timezone.now())


def kept_away(world: World, post: Post, client: StrictClient) -> None:
    PersonChoice.objects.create(
        enquiry=enquiry_of(post), person=world.people[post.part], kind="excluded", since=timezone.now()
    )


def mission_over(world: World, post: Post, client: StrictClient) -> None:
    over = timezone.localdate() - timedelta(days=1)
    Posting.objects.filter(person=world.people[post.part]).update(valid_until=over)


def visit_over(world: World, post: Post, client: StrictClient) -> None:
    client.session.flush()


def account_closed(world: World, post: Post, client: StrictClient) -> None:
    User.objects.filter(person=world.people[post.part]).update(is_active=False)


def of_desk(post: Post) -> bool:
    return post.part in DESK


def of_one_enquiry(post: Post) -> bool:
    return post.part in DESK and ADDRESSED.search(post.address) is not None


def of_its_lead(post: Post) -> bool:
    return post.part == "counsellor" and ADDRESSED.search(post.address) is not None


def of_a_visit(post: Post) -> bool:
    """The signed link of an appointment opens without any."""
    return post.part != ANYBODY


MOVES = {
    "another has taken it": (given_to_another, of_its_lead),
    "its author keeps her away": (kept_away, of_one_enquiry),
    "her mission is over": (mission_over, of_desk),
    "her visit is over": (visit_over, of_a_visit),
    "her account is closed": (account_closed, of_a_visit),
}


@pytest.mark.parametrize("moved", MOVES)
def test_what_a_tab_left_open_sends_does_nothing(world: World, moved: str) -> None:
    """Mutations: find the enquiry by its id alone; read the missions of yesterday; keep an account that is closed."""
    move, concerns = MOVES[moved]
    sent = 0
    for name, make in EVERY.items():
        with undone():
            post = make(world)
            if not concerns(post):
                continue
            client = visitor(world, post.part)
            client.get(post.address)
            move(world, post, client)
            with nothing_written((moved, name), but=HELD):
                answer = post.send(world, client)
            sent += 1
            assert answer.status_code in REFUSED, (moved, name, answer.status_code)
            assert says_it_in_french(answer), (moved, name)
    assert sent >= 10


def test_every_gesture_on_an_enquiry_is_sent(world: World) -> None:
    """Mutation: add a gesture to the desk."""
    of_one = make_targets(world)[FOLLOWED]
    acting = {
        route.name
        for route in routes()
        if route.path.startswith(("bureau/<uuid:uid>", "suivi/<uuid:uid>"))
        and "POST" in StrictClient().options(address_of(route, of_one)).headers.get("Allow", "POST")
    }
    sent = set()
    for make in EVERY.values():
        with undone():
            sent.add(resolve(make(world).address.partition("?")[0]).view_name)
    assert acting - ELSEWHERE <= sent, acting - ELSEWHERE - sent
