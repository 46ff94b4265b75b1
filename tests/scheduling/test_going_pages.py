"""Pages of permanences, sessions and visits: who reads what, and what nobody reads."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.models import User
from proxirh.accounts.services import ensure_person
from proxirh.scheduling.models import SessionSeat, SitePermanence, VisitRequest
from proxirh.scheduling.services import permanences, seats
from proxirh.scheduling.services.half_days import HalfDayAtSite
from proxirh.scheduling.views.permanences import room_form
from proxirh.territories.models import Posting, Role
from tests.enquiries.visitors import same_as_unknown, text, visitor
from tests.proofs.going_posts import GOING, asked, offered, opened_session, soon
from tests.scheduling.going import drafted, fresh, published, visit
from tests.strict_client import StrictClient
from tests.world import LONG_AGO, World

pytestmark = pytest.mark.django_db


def page(world: World, part: str, name: str, *args: object) -> str:
    answer = visitor(world, part).get(reverse(f"scheduling:{name}", args=args))
    assert answer.status_code == 200
    return text(answer)


def test_the_head_reads_the_day_the_room_and_the_state_and_never_a_name(world: World) -> None:
    """Mutation: give her pages the row as counsellors read it."""
    row = published(world, **soon())
    for shown in (page(world, "superior", "hosted"), page(world, "superior", "hosted_one", row.uid)):
        assert "Salle B12" in shown
        assert "annoncée" in shown
        for name in ("Counsellor Exemple", "Author", "inscri", "réservé"):
            assert name not in shown, name


def test_a_page_of_before_is_told_and_wipes_nothing(world: World) -> None:
    """Mutations: leave the print out of the form of the room; read it as said when it is missing."""
    row = drafted(world, **soon())
    old = {one.name: one.value() for one in room_form(row).hidden_fields()}
    address = reverse("scheduling:permanence", args=[row.uid])
    permanences.check_room(actor=world.actor("superior"), permanence=row, answers=["private"])
    for hidden in (old, {}):
        client = visitor(world, "counsellor")
        client.post(address, {"geste": "salle", "answers": ["no_queue"], **hidden})
        assert "vient de changer" in text(client.get(address))
        assert (fresh(row).private_by, fresh(row).no_queue_by) == (world.people["superior"], None)


def test_one_reads_what_it_is_now_beside_what_was_typed_on_a_page_of_before(world: World) -> None:
    """Sent again, it stands; once announced, one is led back. Mutation: bind the old print again."""
    post, client = GOING["modifier une permanence"](world), visitor(world, "counsellor")
    row = SitePermanence.objects.get()
    coordinator = world.actor("coordinator")
    permanences.revise_permanence(
        actor=coordinator, permanence=row, day=row.day, half_day=HalfDayAtSite("Salle D4", row.starts_at, row.ends_at)
    )
    answer = post.send(world, client)
    assert answer.status_code == 422
    assert "Salle D4" in text(answer)
    assert "Salle C3" in text(answer)
    assert post.send(world, client, seen=answer.context["form"]["seen"].value()).status_code == 302
    assert fresh(row).room == "Salle C3"
    SitePermanence.objects.update(state="cancelled")
    assert client.get(post.address).status_code == 302
    for part in ("fellow counsellor", "counsellor elsewhere", "superior"):
        assert visitor(world, part).get(post.address).status_code == 404


def test_a_head_s_own_pages_are_hers(world: World) -> None:
    row = offered(world)
    for part in ("author", "counsellor", "coordinator"):
        client = visitor(world, part)
        for name, args in (("hosted", ()), ("propose_permanence", ()), ("hosted_one", (row.uid,))):
            assert client.get(reverse(f"scheduling:{name}", args=args)).status_code == 404


@pytest.mark.parametrize("part", ["fellow counsellor", "counsellor elsewhere", "HR officer", "author"])
def test_what_is_not_yours_does_not_exist(world: World, part: str) -> None:
    """Mutations: find a permanence, a session or a visit by its id alone."""
    client = visitor(world, part)
    mine = drafted(world, **soon())
    meeting = opened_session(world)
    taken = asked(world)
    VisitRequest.objects.filter(pk=taken.pk).update(
        state="taken", taken_by=world.people["counsellor"], starts_at=timezone.now(), ends_at=soon()["at"]
    )
    for name, uid in (
        ("permanence", mine.uid),
        ("session", meeting.uid),
        ("move_session", meeting.uid),
        ("visit", taken.uid),
    ):
        for method in ("GET", "POST"):
            assert same_as_unknown(client, method, reverse(f"scheduling:{name}", args=[uid]), uid), (name, method)
    if part != "author":
        assert same_as_unknown(client, "GET", reverse("scheduling:my_visit", args=[taken.uid]), taken.uid)


def test_a_visit_shows_who_asks_once_it_is_taken(world: World) -> None:
    """Mutation: read the asker on the page where it waits."""
    row = asked(world)
    before = page(world, "counsellor", "visits") + page(world, "counsellor", "visit", row.uid)
    assert "Collège des Exemples" in before
    assert "Author" not in before
    assert "Par la cour" not in before
    post = GOING["prendre une visite"](world)
    assert post.send(world).status_code == 302
    taken = VisitRequest.objects.get(state="taken")
    after = page(world, "counsellor", "visit", taken.uid)
    assert "Author Exemple" in after
    assert "Par la cour" in after
    told = page(world, "author", "my_visit", taken.uid)
    assert "Quelqu’un vient" in told
    assert "Counsellor" not in told


@pytest.mark.parametrize(
    ("what", "told"), [("décliner une visite", "déjà déclinée"), ("prendre une visite", "Quelqu’un d’autre a pris")]
)
def test_a_second_click_or_a_colleague_s_reads_what_has_happened(world: World, what: str, told: str) -> None:
    """Whoever was asked too, and nobody else. Mutation: answer as for a visit that nothing has."""
    post = GOING[what](world)
    assert post.send(world).status_code == 302
    parts = ("counsellor", "fellow counsellor") if "décliner" in what else ("fellow counsellor",)
    for part in parts:
        assert told in text(visitor(world, part).post(post.address, post.data, follow=True))
    assert visitor(world, "counsellor elsewhere").post(post.address, post.data).status_code == 404


def test_whoever_accepts_second_reads_that_it_is_accepted(world: World) -> None:
    """Mutation: answer as for a permanence that nothing has."""
    post = GOING["accepter une permanence"](world)
    assert post.send(world).status_code == 302
    again = text(visitor(world, "counsellor").post(post.address, post.data, follow=True))
    assert "Quelqu’un d’autre" not in again
    late = text(visitor(world, "fellow counsellor").post(post.address, post.data, follow=True))
    assert "Quelqu’un d’autre a accepté cette permanence" in late


def test_the_notice_is_for_everybody_once_announced_and_names_nobody(world: World) -> None:
    """Mutation: print drafts."""
    draft, row = drafted(world, **soon(9)), published(world, **soon())
    anybody = StrictClient()
    assert anybody.get(reverse("scheduling:permanence_notice", args=[draft.uid])).status_code == 404
    answer = anybody.get(reverse("scheduling:permanence_notice", args=[row.uid]))
    assert "Salle B12" in text(answer)
    assert "data:image/svg+xml" in text(answer)
    assert "Counsellor" not in text(answer)
    assert len(answer.content) < 30_000
    site = text(anybody.get(reverse("portal:site_help", args=[world.site.uai])))
    assert "Prochaines permanences" in site
    assert "Salle B12" in site
    near = text(anybody.get(reverse("portal:network"), {"departement": "15"}))
    assert "Salle B12" in near


def test_whoever_registers_reads_of_herself_alone(world: World) -> None:
    """Neither the names of others, nor how many they are; the link once she has a seat."""
    row = opened_session(world)
    for part in ("colleague", "author"):
        seats.register(actor=world.actor(part), session=row)
    seats.register(actor=world.actor("superior"), session=row)
    with_seat, waiting = page(world, "author", "attend", row.uid), page(world, "superior", "attend", row.uid)
    anybody = text(StrictClient().get(reverse("scheduling:attend", args=[row.uid])))
    assert "visio.exemple.invalid" in with_seat
    for shown in (waiting, anybody, page(world, "cell officer", "attend", row.uid)):
        assert "visio.exemple.invalid" not in shown
    for shown in (with_seat, waiting, anybody, page(world, "author", "my_sessions")):
        assert "Colleague" not in shown
    assert "Vous êtes la première personne à attendre" in waiting
    assert "Colleague Exemple" in page(world, "counsellor", "session", row.uid)


def test_a_visitor_comes_in_first_then_says_her_name_once(world: World) -> None:
    """Mutation: register somebody whom the host could not call."""
    row = opened_session(world)
    address = reverse("scheduling:attend", args=[row.uid])
    assert StrictClient().post(address).status_code == 302
    assert not SessionSeat.objects.exists()
    newcomer = User.objects.create()
    person = ensure_person(user=newcomer, first_name="", last_name="")
    client = StrictClient()
    client.force_login(newcomer, backend="proxirh.accounts.backends.CodeBackend")
    assert client.post(address).status_code == 422
    assert not SessionSeat.objects.exists()
    assert client.post(address, {"first_name": "Nour", "last_name": "Exemple"}).status_code == 302
    assert SessionSeat.objects.get().person == person
    assert "Nour Exemple" in page(world, "counsellor", "session", row.uid)


def test_empty_lists_say_what_to_do(world: World) -> None:
    assert "Préparer une permanence" in page(world, "counsellor", "permanences")
    assert "Ouvrir une rencontre" in page(world, "counsellor", "sessions")
    assert "Aucune demande de visite" in page(world, "counsellor", "visits")
    assert "Proposer une salle" in page(world, "superior", "hosted")
    for name in ("my_visits", "my_sessions", "session_academies"):
        assert "Demander" in page(world, "author", name) or "Voir les rencontres" in page(world, "author", name)
    assert not SessionSeat.objects.exists()


def test_lists_cost_the_same_when_rows_grow(world: World) -> None:
    """And twelve queries at the most. Mutation: read the département of each site."""
    client = {part: visitor(world, part) for part in ("counsellor", "coordinator", "superior", "author")}
    pages = [
        *(("counsellor", name) for name in ("agenda", "permanences", "sessions", "visits")),
        *(("coordinator", "permanences"), ("superior", "hosted"), ("author", "my_sessions"), ("author", "my_visits")),
    ]
    public = reverse("scheduling:open_sessions", args=[world.academy.slug])

    def cost() -> list[int]:
        found = []
        addresses = [(part, reverse(f"scheduling:{name}")) for part, name in pages]
        for part, address in (*addresses, ("author", public)):
            with CaptureQueriesContext(connection) as queries:
                assert client[part].get(address).status_code == 200
            found.append(len(queries))
        return found

    def grow(number: int) -> None:
        published(world, **soon(8 + number))
        seats.register(actor=world.actor("author"), session=opened_session(world))
        row = visit(world, part="colleague", **soon(8 + number))
        visit(world, **soon(8 + number))
        VisitRequest.objects.filter(pk=row.pk).update(state="cancelled")
        VisitRequest.objects.filter(asked_by=world.people["author"]).update(state="asked")

    grow(0)
    cost()
    few = cost()
    grow(1)
    grow(2)
    assert cost() == few
    assert max(few) <= 12


def test_whoever_runs_the_academie_finds_a_session_and_cancels_it_without_a_name(world: World) -> None:
    """Also once registration is closed. Mutations: show the gesture to everybody; list open ones alone."""
    row = opened_session(world)
    seats.register(actor=world.actor("author"), session=row)
    type(row).objects.update(register_until=timezone.now())
    academy, address = world.academy.slug, reverse("scheduling:attend", args=[row.uid])
    for part in ("author", "fellow counsellor", "counsellor elsewhere"):
        assert address not in page(world, part, "open_sessions", academy)
        shown = page(world, part, "attend", row.uid)
        assert "est absente" not in shown
        visitor(world, part).post(address, {"geste": "annuler"})
        assert fresh(row).state == "open"
    assert address in page(world, "coordinator", "open_sessions", academy)
    shown = page(world, "coordinator", "attend", row.uid)
    assert "est absente" in shown
    assert "Author" not in shown
    assert visitor(world, "coordinator").post(address, {"geste": "annuler"}).status_code == 302
    assert fresh(row).state == "cancelled"


def test_the_host_changes_how_many_may_come_and_reads_why_not(world: World) -> None:
    row = opened_session(world)
    for part in ("author", "colleague"):
        seats.register(actor=world.actor(part), session=row)
    client, address = visitor(world, "counsellor"), reverse("scheduling:session", args=[row.uid])
    assert client.post(address, {"geste": "places", "capacity": 3}).status_code == 302
    seats.register(actor=world.actor("superior"), session=fresh(row))
    answer = client.post(address, {"geste": "places", "capacity": 2})
    assert answer.status_code == 422
    assert "gardez au moins 3 places" in text(answer)
    assert fresh(row).capacity == 3


def test_who_coordinates_and_keeps_an_agenda_finds_permanences_there(world: World) -> None:
    """Mutation: show the link to counsellors alone."""
    link = reverse("scheduling:permanences")
    officer = world.people["HR officer"]
    assert link not in page(world, "HR officer", "agenda")
    Posting.objects.create(person=officer, role=Role.COORDINATOR, academy=world.academy, valid_from=LONG_AGO)
    assert link in page(world, "HR officer", "agenda")
    assert page(world, "HR officer", "permanences")
