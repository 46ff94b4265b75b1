"""Someone who asks, screen after screen, as a browser without JavaScript does."""

import html
import re
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.browser import COOKIE
from proxirh.enquiries.models import Draft, Enquiry
from proxirh.enquiries.services import notice_in_force
from proxirh.outbox.models import OutgoingEmail
from tests.strict_client import StrictClient
from tests.world import World

SCREENS = (
    "ask_place",
    "ask_category",
    "ask_topic",
    "ask_subtopic",
    "ask_words",
    "ask_contact",
    "ask_wishes",
    "ask_discretion",
)
EMAIL = "alma.exemple@exemple.invalid"


class Asker:
    """A browser of its own, and what it answers when nothing else is said."""

    def __init__(self, world: World, client: StrictClient | None = None) -> None:
        self.world = world
        self.client = client or StrictClient()
        self.answers: dict[str, dict[str, Any]] = {
            "ask_place": {"site": world.site.uai},
            "ask_department": {"department": world.department.code},
            "ask_category": {"category": world.category.code},
            "ask_topic": {"topic": "3"},
            "ask_subtopic": {"topic": "3.3"},
            "ask_words": {"words": "Je suis fatiguée depuis la rentrée."},
            "ask_contact": {
                "first_name": "Alma",
                "last_name": "Exemple",
                "email": EMAIL,
                "phone": "06 00 00 00 00",
            },
            "ask_wishes": {"means": ["phone", "written"], "times": ["outside_class"], "not_at_work": "on"},
            "ask_discretion": {"keep_away": "personne"},
        }

    def get(self, name: str, **kwargs: Any) -> HttpResponse:
        """One screen."""
        return self.client.get(reverse(f"enquiries:{name}", kwargs=kwargs or None))

    def post(self, name: str, **answers: Any) -> HttpResponse:
        """Answers to one screen; without any, the usual ones."""
        return self.client.post(reverse(f"enquiries:{name}"), answers or self.answers.get(name, {}))

    def start(self, **answers: Any) -> HttpResponse:
        """« Commencer »."""
        return self.client.post(reverse("enquiries:ask"), answers)

    def until(self, name: str, **start: Any) -> "Asker":
        """Begin, and answer every screen before `name`."""
        self.start(**start)
        for screen in SCREENS:
            if screen == name:
                break
            response = self.post(screen)
            assert response.status_code == 302, response.content.decode()
        return self

    def send(self) -> HttpResponse:
        """« Envoyer », then whatever page it leads to."""
        return self.client.post(reverse("enquiries:ask_review"), shown_notice(), follow=True)

    @property
    def draft(self) -> Draft:
        """The only draft there is."""
        return Draft.objects.select_related("data_key").get()

    @property
    def kept(self) -> dict[str, Any]:
        """What the draft holds."""
        return self.draft.answers


def shown_notice() -> dict[str, int]:
    """What the page read again says with « Envoyer »: which notice it named."""
    return {"notice": notice_in_force().number}


def enquiries() -> list[Enquiry]:
    """Every enquiry but the one that the cast begins with, opened."""
    found = Enquiry.objects.for_system("preuve").values_list("pk", flat=True).order_by("pk")
    return list(Enquiry._base_manager.select_related("data_key", "fact", "department", "team").filter(pk__in=found[1:]))


def expire(draft: Draft) -> None:
    """Its life is over."""
    Draft.objects.filter(pk=draft.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def mailed(kind: str) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(kind=kind).select_related("data_key").order_by("pk"))


def last_digits() -> str:
    """The six digits of the last code that was mailed."""
    found = re.search(r"^(\d{6})$", mailed("code")[-1].body or "", re.MULTILINE)
    assert found
    return found.group(1)


def text_of(response: HttpResponse) -> str:
    """What a page says, tags and superfluous spaces apart."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\u00a0", " ").split())


__all__ = ["COOKIE", "EMAIL", "SCREENS", "Asker", "enquiries", "expire", "last_digits", "mailed", "text_of"]
