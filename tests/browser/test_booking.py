"""Journey 4 in a real browser, on a telephone’s screen and by the keyboard alone: an appointment from its choice to
its end."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from proxirh.outbox.services import drain
from proxirh.scheduling.models import AgendaRules, Appointment, HeldTime, WhyCancelled
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services.openings import Hours, open_hours
from proxirh.scheduling.workflow import AppointmentState
from proxirh.ui import french
from tests.enquiries.keyboard import come_in, follow, tab_to_field
from tests.enquiries.visitors import now_taken
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
PHONE = {"viewport": {"width": 360, "height": 800}}
MOST_CLICKS = 2


@pytest.fixture
def cast(settings, live_server) -> World:
    """The cast, where mails are read on a page; its counsellor is met by telephone or on a screen."""
    settings.PROXIRH_DEMO, settings.PROXIRH_BASE_URL = True, live_server.url
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    world = build_world()
    AgendaRules.objects.create(academy=world.academy, video_pattern="https://visio.exemple.invalid/{salle}")
    open_hours(
        actor=world.actor("counsellor"),
        department=world.department,
        rhythm=Rhythm(Frequency.DAILY, timezone.localdate() + timedelta(days=1)),
        hours=Hours(time(9), time(12)),
        by_phone=True,
        by_video=True,
    )
    return world


def clicks(page: Page, *labels: str) -> int:
    """Press each of these, one page after the other; how many it took."""
    for label in labels:
        follow(page, label)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"], label
    return len(labels)


def told(row: Appointment) -> str:
    return f"{french.hour(row.starts_at, row.time_zone)} – {french.hour(row.ends_at, row.time_zone)}"


def test_an_appointment_is_taken_moved_and_cancelled_by_the_keyboard_alone(
    new_page: Callable[..., Page], live_server, cast: World
) -> None:
    """The agent takes it from her enquiry; whoever holds the mail’s link moves it, then cancels it, in two clicks each;
    the counsellor reads each change.

    Mutations: offer no moment on its page; choose no reason first; a button that the Tab key leaves out.
    """
    agent, anybody, counsellor = (new_page(**PHONE) for _ in range(3))
    enquiry = now_taken(cast)
    who, agenda = enquiry.contact_name, live_server.url + reverse("scheduling:agenda")
    come_in(agent, live_server.url, cast, "author")
    come_in(counsellor, live_server.url, cast)

    # How, when, then one last look.
    agent.goto(live_server.url + reverse("enquiries:follow", args=[enquiry.uid]))
    clicks(agent, "Prendre rendez-vous", "Par téléphone")
    last = agent.locator(".ui-slots").last.locator("a").first.inner_text()
    clicks(agent, last)
    expect(agent.locator("h1")).to_have_text("Confirmer ce rendez-vous ?")
    tab_to_field(agent, "phone")
    agent.keyboard.press("Control+A")
    agent.keyboard.type("06 39 98 00 00")
    clicks(agent, "Confirmer")
    expect(agent.locator(".ui-messages")).to_contain_text("Votre rendez-vous est confirmé")
    first = Appointment.objects.get()
    counsellor.goto(agenda)
    expect(counsellor.locator(".ui-day li")).to_contain_text([told(first)])
    clicks(counsellor, who)
    expect(counsellor.locator("main")).to_contain_text("06\u00a039\u00a098\u00a000\u00a000")

    # The mail, and its link, for somebody who has not come in.
    drain()
    anybody.goto(live_server.url + reverse("demo:mailbox"))
    clicks(anybody, f"{live_server.url}/rendez-vous/")
    expect(anybody.locator("h1")).to_have_text("Votre rendez-vous")
    link = anybody.url
    other = anybody.locator(".ui-slots a").first.inner_text()
    assert clicks(anybody, other, "Confirmer") <= MOST_CLICKS
    expect(anybody.locator(".ui-messages")).to_contain_text("Votre rendez-vous est déplacé")
    moved = Appointment.objects.get(state=AppointmentState.CONFIRMED)
    assert (moved.series, moved.starts_at != first.starts_at) == (first.series, True)
    counsellor.goto(agenda)
    expect(counsellor.locator(".ui-day li")).to_have_count(1)
    expect(counsellor.locator(".ui-day li")).to_contain_text([told(moved)])

    # The same link still opens it.
    anybody.goto(link)
    assert clicks(anybody, "Annuler", "Annuler le rendez-vous") <= MOST_CLICKS
    expect(anybody.locator("h1")).to_have_text("Ce rendez-vous est annulé")
    moved.refresh_from_db()
    assert (moved.state, moved.why_cancelled) == (AppointmentState.CANCELLED_BY_AGENT, WhyCancelled.UNSAID)
    assert not HeldTime.objects.exists()
    counsellor.goto(agenda)
    expect(counsellor.locator(".ui-day")).to_have_count(0)
    drain()
    anybody.goto(live_server.url + reverse("demo:mailbox"))
    expect(anybody.locator(".demo-letter__subject")).to_contain_text(["Votre agenda a changé", "est annulé"])
