"""The call promised on sending is told again until the person is reached, and what awaits her comes first."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from proxirh.enquiries import promises, situation
from proxirh.enquiries.models import Enquiry
from proxirh.ui.french import long_day
from tests.enquiries.asker import mailed
from tests.enquiries.visitors import do, now_taken, text, visitor
from tests.world import World

pytestmark = pytest.mark.django_db

MONDAY = datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/Paris"))


def told(world: World, enquiry: Enquiry, *, at: datetime) -> list[str]:
    rows = Enquiry.objects.visible_to(world.actor("author")).select_related("department", "team__academy")
    found = rows.select_related("lead__data_key").get(pk=enquiry.pk)
    steps = situation.of(found, at=at).steps
    return [f"{step.text} {step.when}".replace("\u00a0", " ").strip() for step in steps]


@pytest.mark.parametrize(
    ("sent_at", "read_at", "said"),
    [
        (MONDAY, MONDAY, "L’équipe vous rappelle. Aujourd’hui aux heures de bureau, sinon le mardi 2 mars 2027"),
        (MONDAY, MONDAY + timedelta(days=1), "L’équipe vous rappelle. Le mardi 2 mars 2027"),
        (MONDAY.replace(hour=18), MONDAY.replace(hour=19), "L’équipe vous rappelle. Le mardi 2 mars 2027"),
        (MONDAY, MONDAY + timedelta(days=2), "L’équipe vous rappelle dès que possible : le jour promis est passé"),
    ],
)
def test_the_promised_call_is_told_until_then(world: World, sent_at: datetime, read_at: datetime, said: str) -> None:
    """Mutation: reckon the promise from the moment one reads it."""
    enquiry = world.submit(at=sent_at, wants_call_today=True)
    assert told(world, enquiry, at=read_at)[0].startswith(said)


def test_once_reached_the_call_is_no_longer_told(world: World) -> None:
    """Mutation: keep to what was asked on sending."""
    enquiry = now_taken(world, wants_call_today=True)
    name = world.people["counsellor"].full_name
    assert told(world, enquiry, at=timezone.now())[0].startswith(f"{name} vous rappelle.")
    do(world, "echange", enquiry)
    assert "rappelle." not in " ".join(told(world, world.reload(enquiry), at=timezone.now()))


def test_the_acknowledgement_repeats_the_call_and_no_more(world: World) -> None:
    """Mutation: leave the call out of the mail."""
    world.submit(at=MONDAY, email="alma@exemple.invalid")
    assert "Appel demandé" not in mailed("acknowledgement")[-1].body
    world.submit(at=MONDAY, email="alma@exemple.invalid", wants_call_today=True)
    day = long_day(promises.call_back_today(world.department, at=MONDAY).next_working_day)
    assert f"Appel demandé\u00a0: aujourd’hui aux heures de bureau, sinon {day}" in mailed("acknowledgement")[-1].body


def test_what_awaits_her_comes_first_and_is_told_with_one_colon(world: World) -> None:
    """Mutation: sort by the day of sending alone; write « Ensuite » before « À vous »."""
    waiting = now_taken(world)
    do(world, "attendre_agent", waiting)
    world.submit(at=timezone.now())
    page = text(visitor(world, "author").get("/suivi/"))
    assert page.index("Nous attendons votre réponse") < page.index("Votre demande est reçue")
    assert "Ensuite : À vous" not in page
    assert "<p>À vous : " in page
