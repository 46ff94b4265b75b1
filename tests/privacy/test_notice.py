"""The notice on personal data: five sentences first, every version readable, each wording fixed once it has begun."""

import hashlib
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import informing
from proxirh.enquiries.services.informing import NOTICES, Notice
from proxirh.privacy.delays import table
from tests.enquiries.visitors import text, visitor
from tests.strict_client import StrictClient
from tests.world import World

pytestmark = pytest.mark.django_db
TEXTS = Path(apps.get_app_config("privacy").path) / "templates" / "privacy" / "notice"
# What each version says, whatever the delays it reads. Another text is another version: docs/rgpd/notice.md.
WORDINGS = {1: "4fdf7525ca3c4a1d", 2: "c4d83bf17ed687d5", 3: "1872f7c8a8f5cf83"}


def page(address: str) -> str:
    response = StrictClient().get(address)
    assert response.status_code == 200
    return text(response)


def version(number: int) -> str:
    return reverse("privacy:notice_version", args=[number])


def test_every_version_has_its_text_and_every_text_its_version() -> None:
    assert sorted(int(one.stem) for one in TEXTS.glob("*.html")) == [one.number for one in NOTICES]
    assert [one.number for one in NOTICES] == list(range(1, len(NOTICES) + 1))
    assert [one.since for one in NOTICES] == sorted({one.since for one in NOTICES})


def test_the_wording_of_a_version_never_changes() -> None:
    """Mutation: change a word of 1.html. People accepted to be told that, and may read it again."""
    found = {one.number: wording(one.number) for one in NOTICES}
    assert found == WORDINGS


def wording(number: int) -> str:
    """Print of the words alone: markup and addresses may change."""
    words = re.sub(r"<[^>]+>", " ", re.sub(r'\{% url "[^"]+" %\}', "", (TEXTS / f"{number}.html").read_text()))
    return hashlib.sha256(" ".join(words.split()).encode()).hexdigest()[:16]


def test_a_visitor_reads_five_sentences_then_the_rest(world: World) -> None:
    """Mutation: leave one delay out of the notice."""
    said = StrictClient().get(reverse("privacy:notice"))
    body = said.content.decode()
    first = body.index("<ol>")
    assert body.index("<h1>") < first < body.index("fr-accordion")
    assert body[first : body.index("</ol>")].count("<li>") == 5
    for one in table():
        assert one.words.replace("\u00a0", " ") in text(said), one.code
    for right in (
        "Voir et emporter",
        "Corriger",
        "Effacer",
        "Vous opposer",
        "CNIL",
        "délégué",
        "mission d’intérêt public",
    ):
        assert right in text(said)
    assert "votre supérieur hiérarchique n’y a jamais accès" in text(said)


def test_who_has_no_account_is_told_how_to_ask(world: World) -> None:
    said = page(reverse("privacy:notice"))
    for expected in ("le code pour suivre en ligne", "référence et votre code d’appel", "un mois au plus"):
        assert expected in said
    assert reverse("enquiries:find_again") in said


def test_an_old_version_says_since_when_it_is_no_more(world: World) -> None:
    """Mutation: serve the text in force under every number."""
    said = page(version(1))
    assert "Cette version n’est plus en vigueur depuis le 26 novembre 2026" in said
    assert "en vigueur du 22 novembre 2026 au 25 novembre 2026" in said
    assert "Cette version est à l’essai" in said, "its own words"
    current = page(version(NOTICES[-1].number))
    assert "n’est plus en vigueur" not in current
    assert "en vigueur depuis le 27 novembre 2026" in current
    assert "Notice n° 1, du 22 novembre 2026" in current


@pytest.mark.parametrize("number", [0, len(NOTICES) + 1, 99, 10**12])
def test_a_version_that_never_was_is_no_page(number: int) -> None:
    assert StrictClient().get(f"/donnees-personnelles/{number}/").status_code == 404


def test_one_prepared_for_a_later_day_is_no_page_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: publish whatever is in the list."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(informing, "NOTICES", (Notice(1, date(2026, 11, 1)), Notice(2, tomorrow)))
    assert StrictClient().get(version(2)).status_code == 404
    assert "Notice n° 1" in page(reverse("privacy:notice"))


def test_the_former_address_leads_to_it() -> None:
    answer = StrictClient().get("/confidentialite/")
    assert (answer.status_code, answer.url) == (301, reverse("privacy:notice"))


def test_each_enquiry_leads_to_the_version_shown_when_it_was_sent(world: World) -> None:
    """Mutation: lead to the version in force."""
    other = world.submit()
    Enquiry._base_manager.filter(pk=other.pk).update(notice_version=2)
    Enquiry._base_manager.filter(pk=world.enquiry.pk).update(notice_version=1)
    body = visitor(world, "author").get(reverse("privacy:mine")).content.decode()
    for number, enquiry in ((1, world.enquiry), (2, other)):
        part = body[body.index(enquiry.reference) :]
        assert re.search(r"/donnees-personnelles/(\d)/", part)[1] == str(number)  # type: ignore[index]


def test_it_costs_nothing_to_read(world: World) -> None:
    client = StrictClient()
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("privacy:notice"))
    assert len(queries) == 0
