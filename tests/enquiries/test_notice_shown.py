"""Every enquiry bears the notice that its author was shown, and is not sent under one she was not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Channel, Enquiry
from proxirh.enquiries.services import informing
from proxirh.enquiries.services.assisting import type_enquiry
from proxirh.enquiries.services.informing import CHANGED, Notice, notice_in_force, published_notices
from proxirh.kernel.errors import StaleState
from tests.enquiries.asker import Asker, enquiries, text_of
from tests.enquiries.test_assisted import ADDRESS, answers
from tests.enquiries.visitors import text, visitor
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
FIRST, SECOND = Notice(1, date(2026, 11, 1)), Notice(2, date(2026, 11, 20))
LATER = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two versions, the second one from 20 November on."""
    monkeypatch.setattr(informing, "NOTICES", (FIRST, SECOND))


def number_of(enquiry: Enquiry) -> int:
    return Enquiry._base_manager.get(pk=enquiry.pk).notice_version


def test_a_version_begins_at_midnight_in_paris(two: None) -> None:
    """Mutation: compare with the date of UTC."""
    midnight = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
    assert notice_in_force(midnight - timedelta(seconds=1)) == FIRST
    assert notice_in_force(midnight) == SECOND
    assert published_notices(NOW) == (FIRST,)
    assert published_notices(LATER) == (FIRST, SECOND)
    assert notice_in_force(datetime(2020, 1, 1, tzinfo=UTC)) == FIRST, "never none"


def test_an_enquiry_bears_the_version_of_the_moment_it_is_sent(world: World, two: None) -> None:
    """Mutation: leave `notice_version` out of the row that is built."""
    assert number_of(world.submit(at=NOW)) == 1
    assert number_of(world.submit(at=LATER)) == 2


def test_one_typed_for_someone_bears_the_version_of_its_typing(world: World, two: None) -> None:
    """Mutation: read the version in force when the person asked."""
    kept = {
        "department": world.department.code,
        "site": world.site.uai,
        "category": world.category.code,
        "topic": world.topic.code,
        "first_name": "Alma",
        "last_name": "Exemple",
        "phone": "06 00 00 00 01",
    }
    made = type_enquiry(
        actor=world.actor("counsellor"),
        kept=kept,
        channel=Channel.LETTER,
        asked_on=NOW.date(),
        key=world.enquiry.uid,
        notice=2,
        at=LATER,
    )
    assert number_of(made) == 2


def test_nothing_is_sent_under_a_notice_that_is_not_the_one_shown(world: World, two: None) -> None:
    """Mutation: store the version in force without comparing it with the one shown."""
    before = len(enquiries())
    for shown in (1, 3, 0):
        with pytest.raises(StaleState) as refusal:
            services.submit_enquiry(
                actor=world.actor("author"),
                answers=replace(world.answers(), notice=shown),
                idempotency_key=world.enquiry.uid,
                at=LATER,
            )
        assert str(refusal.value) == CHANGED
    assert len(enquiries()) == before


def test_the_page_read_again_names_the_notice_it_sends(world: World) -> None:
    """Mutation: leave the hidden number out of the page, or out of what is read from it."""
    asker = Asker(world).until("ask_review")
    page, number = asker.get("ask_review"), notice_in_force().number
    assert f'name="notice" value="{number}"' in page.content.decode()
    assert reverse("privacy:notice_version", args=[number]) in page.content.decode()
    asker.send()
    assert number_of(enquiries()[0]) == number


@pytest.mark.parametrize("posted", [{}, {"notice": "1"}, {"notice": "-1"}, {"notice": "\u00b2"}, {"notice": "9" * 40}])
def test_a_notice_that_came_meanwhile_is_shown_and_nothing_leaves(
    world: World, posted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    today = timezone.localdate()
    monkeypatch.setattr(informing, "NOTICES", (FIRST, Notice(2, today)))
    asker = Asker(world).until("ask_review")
    refused = asker.client.post(reverse("enquiries:ask_review"), posted)
    assert refused.status_code == 422
    assert "a changé pendant que vous écriviez" in text_of(refused)
    assert 'name="notice" value="2"' in refused.content.decode(), "the page is there again, with the new one"
    assert enquiries() == []
    asker.send()
    assert number_of(enquiries()[0]) == 2


def test_the_assisted_page_says_what_to_tell_and_names_its_notice_too(world: World) -> None:
    """Mutation: type under whatever notice is in force."""
    client, number = visitor(world, "counsellor"), notice_in_force().number
    page = client.get(ADDRESS)
    assert f'name="notice" value="{number}"' in page.content.decode()
    assert "jamais votre hiérarchie" in text(page)
    refused = client.post(ADDRESS, answers(world, notice=number - 1))
    assert refused.status_code == 422
    assert "a changé pendant que vous écriviez" in text(refused)
    assert f'name="notice" value="{number}"' in refused.content.decode()
    assert enquiries() == []
    slip = client.post(ADDRESS, answers(world, notice=number), follow=True)
    assert number_of(enquiries()[0]) == number
    assert reverse("privacy:notice_version", args=[number]) in slip.content.decode()
    assert "faire effacer sans vous connecter" in text(slip)
