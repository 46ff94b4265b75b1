"""What a counsellor elsewhere sees does not change by one byte when a foreign enquiry exists (SECURITY, figure 2)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from proxirh.enquiries import services
from proxirh.enquiries.desk import BY_CODE
from proxirh.enquiries.models import Outcome
from proxirh.enquiries.services.alarming import raise_concern
from proxirh.enquiries.services.noting import write_note
from proxirh.kernel.files import CheckedFile
from proxirh.territories.models import Topic
from tests.proofs.telling import AT_LENGTH, Tell
from tests.routes import Visitors, address_of, blanked, routes
from tests.targets import UNKNOWN, make_targets
from tests.world import NOW, World

# Parts that answer for nothing where the enquiry is asked, or whom its author keeps away from it.
ELSEWHERE = ("counsellor elsewhere", "anonymous", *(("colleague", "steering member", "administrator") * AT_LENGTH))
# Searches by word, and addresses that say what to show.
SEARCHES = ("enquiries:desk", "enquiries:find_again", "enquiries:call", "territories:find_colleague")
QUESTIONS = {
    "enquiries:desk": tuple(f"?vue={code}" for code in BY_CODE),
    "steering:figures": ("?periode=annee", "?academie=clermont-ferrand"),
    "demo:mailbox": ("?pour=author@exemple.invalid",),
}

# A new secret, drawn at each display of the page that offers it; the moment at which a calendar was read.
DRAWN = re.compile(rb'DTSTAMP:[0-9TZ]+|src="data:image[^"]*"|<strong class="ui-break"[^<]*|name="secret" value="[^"]*"')


def everything_seen(visitors: Visitors, rows: dict[str, Any], part: str, words: tuple[str, ...]) -> dict[str, bytes]:
    """Status, headers and bytes of each page, and of each search for these words."""
    found: dict[str, bytes] = {}
    for route in routes():
        address = address_of(route, rows)
        asked = [("GET", f"{address}{question}", None) for question in ("", *QUESTIONS.get(route.name, ()))]
        if route.name in SEARCHES:
            names = ("q", "reference", "code", "address", "email")
            asked += [("POST", address, dict.fromkeys(names, word)) for word in words]
        for method, place, data in asked:
            answer = visitors.ask(part, method, place, data)
            headers = sorted((name, value) for name, value in answer.headers.items() if name != "Content-Length")
            told = f"{answer.status_code} {headers}\n".encode()
            found[f"{method} {place} {data or ''}"] = told + DRAWN.sub(b"", blanked(answer))
    return found


def a_whole_life(world: World) -> None:
    """A foreign enquiry with everything that may hang from it."""
    enquiry = world.submit("author", words="Une demande d’une autre académie.", wants_call_today=True)
    lead, later = world.actor("counsellor"), NOW + timedelta(minutes=5)
    services.take_enquiry(actor=lead, enquiry=enquiry, at=later)
    enquiry = world.reload(enquiry)
    upload = CheckedFile("arrêté.pdf", "application/pdf", b"%PDF-1.7\n%%EOF")
    services.send_message(actor=lead, enquiry=enquiry, body="Voici.", uploads=[upload], at=later)
    write_note(actor=lead, enquiry=enquiry, body="À rappeler.", at=later)
    raise_concern(actor=lead, enquiry=enquiry, at=later)
    services.close_enquiry(
        actor=lead, enquiry=enquiry, outcomes=[Outcome.INDIVIDUAL_INFORMATION], closing_word="Bonne route.", at=later
    )
    world.submit("author", topic=Topic.objects.get(code="2.3"), at=later)


@pytest.mark.django_db
def test_pages_of_people_elsewhere_stay_the_same_bytes(world: World, tell: Tell) -> None:
    """Mutation: count every open enquiry on the desk; let a search read the whole table."""
    other = world.people["author"]
    words = (world.enquiry.reference, other.last_name, "author@exemple.invalid", world.site.name)
    visitors, rows = Visitors(world), make_targets(world)[UNKNOWN]
    pages = differing = 0
    different = {}
    for part in ELSEWHERE:
        before = everything_seen(visitors, rows, part, words)
        with transaction.atomic():
            a_whole_life(world)
            after = everything_seen(visitors, rows, part, words)
            transaction.set_rollback(True)
        assert before.keys() == after.keys()
        pages += len(before)
        for place, seen in before.items():
            if seen != after[place]:
                differing += sum(a != b for a, b in zip(seen, after[place], strict=False)) or 1
                at = next(n for n, (a, b) in enumerate(zip(seen, after[place], strict=False)) if a != b)
                different[part, place] = (seen[max(at - 80, 0) : at + 80], after[place][max(at - 80, 0) : at + 80])
    tell(
        2,
        counted=f"{pages} pages et recherches de {len(ELSEWHERE)} personnes, avec et sans une demande étrangère",
        target="0 octet différent",
        result=f"{differing} octet différent",
    )
    assert different == {}
