"""The same on the pages of a telephone line, of permanences and of visits: what breaks shows nothing (R-13)."""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.kernel import encryption
from proxirh.kernel.models import JournalEntry
from proxirh.scheduling import permissions
from proxirh.scheduling.models import PhoneCall, SitePermanence
from proxirh.scheduling.querysets import PhoneCallQuerySet, PromiseQuerySet
from proxirh.scheduling.services import visits
from proxirh.scheduling.workflow import VisitState
from tests.enquiries.visitors import visitor
from tests.proofs.test_deny_on_error import WORDS, BrokenError, functions, replace_everywhere
from tests.routes import address_of, routes, sign_in
from tests.scheduling.going import fresh, visit
from tests.strict_client import StrictClient
from tests.targets import FOLLOWED, make_targets
from tests.world import World

pytestmark = pytest.mark.django_db
DOORS = [(rows, name) for rows in (PhoneCallQuerySet, PromiseQuerySet) for name in ("visible_to", "listed_for")]
GUARDS = [*functions(permissions), *DOORS, (encryption, "unseal")]
PAGES = [
    *(("HR officer", f"enquiries:{route}") for route in ("line", "phone_call", "grave", "promise", "call")),
    *(("coordinator", f"enquiries:{route}") for route in ("late_promises", "promise", "line_volumes")),
    *(("HR officer", f"scheduling:{route}") for route in ("rosters", "roster", "my_shifts", "offer_shift")),
    *(
        ("head of service", f"scheduling:{route}")
        for route in (
            *("rosters", "roster", "half_day", "pattern", "line_rules", "reinforcements", "line_team", "open_line"),
        )
    ),
    *(
        ("counsellor", f"scheduling:{route}")
        for route in ("agenda", "permanences", "permanence", "sessions", "session", "visits", "visit")
    ),
    *(("coordinator", f"scheduling:{route}") for route in ("permanences", "permanence", "attend")),
    *(("superior", f"scheduling:{route}") for route in ("hosted", "hosted_one", "propose_permanence")),
    *(("author", f"scheduling:{route}") for route in ("my_visits", "my_visit", "my_sessions")),
]


# A room is no secret for whoever keeps the database: no word that others look for there.
ROOM = "Salle Témoin"
# Asked when a visit is given back, below.
BY_A_GESTURE = {"goes_to"}


def counted(guard: Any, calls: set[tuple[Any, str]], told: tuple[Any, str]) -> Any:
    def called(*args: Any, **kwargs: Any) -> Any:
        calls.add(told)
        return guard(*args, **kwargs)

    return called


def broken(*args: Any, **kwargs: Any) -> Any:
    raise BrokenError


def test_a_guard_that_breaks_shows_nothing(world: World, compare_again: Callable[[], None]) -> None:
    """Each guard is asked by one page at least. Mutation: catch Exception in any view, and go on."""
    targets = make_targets(world)[FOLLOWED]
    for call in PhoneCall.objects.select_related("data_key"):
        call.caller_name = call.note = WORDS
        call.save()
    SitePermanence.objects.update(room=ROOM)
    clients: dict[str, StrictClient] = {}
    for part, _ in PAGES:
        if part not in clients:
            clients[part] = StrictClient(raise_request_exception=False)
            sign_in(clients[part], world, part)
    named = {route.name: route for route in routes()}
    places = {(part, name): (clients[part], address_of(named[name], targets)) for part, name in PAGES}
    asked = defaultdict(list)
    calls: set[tuple[Any, str]] = set()
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in GUARDS:
            replace_everywhere(patch, owner, name, counted(getattr(owner, name), calls, (owner, name)))
        for place, (client, address) in places.items():
            calls.clear()
            compare_again()
            assert client.get(address).status_code < 400, place
            for guard in calls:
                asked[guard].append(place)
    assert {name for owner, name in GUARDS if (owner, name) not in asked} == BY_A_GESTURE
    for (owner, name), pages in asked.items():
        with pytest.MonkeyPatch.context() as patch:
            replace_everywhere(patch, owner, name, broken)
            for place in pages:
                client, address = places[place]
                compare_again()
                kept = JournalEntry.objects.count()
                answer = client.get(address)
                assert answer.status_code >= 400, (name, place)
                assert WORDS not in answer.text, (name, place)
                assert ROOM not in answer.text, (name, place)
                assert JournalEntry.objects.count() == kept, (name, place)


def test_a_guard_that_breaks_under_a_good_gesture_stops_it(world: World) -> None:
    """Mutation: give the visit back first, and ask afterwards."""
    row = visit(world, day=timezone.localdate() + timedelta(days=3), at=timezone.now())
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    visits.take_visit(actor=world.actor("counsellor"), visit=row, starts_at=start, ends_at=start + timedelta(hours=1))
    client = visitor(world, "counsellor")
    client.raise_request_exception = False
    address, gesture = reverse("scheduling:visit", args=[row.uid]), {"geste": "rendre"}
    with pytest.MonkeyPatch.context() as patch:
        replace_everywhere(patch, permissions, "goes_to", broken)
        assert client.post(address, gesture).status_code >= 400
    assert fresh(row).state == VisitState.TAKEN
    assert client.post(address, gesture).status_code == 302
    assert fresh(row).state == VisitState.ASKED
