"""Someone who holds a mission, at her browser: what the tests of second factors do again and again."""

import re
import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from allauth.mfa.models import Authenticator
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.utils import timezone

from proxirh.accounts import services
from proxirh.accounts.models import FactorVault, Person, User
from proxirh.accounts.services import PROVED_KEY, SECOND_FACTOR_KEY
from tests.accounts.conftest import Visitor
from tests.accounts.devices import Passkey, totp
from tests.strict_client import StrictClient
from tests.world import World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DESK, FACTOR, CHOICE = "/bureau/", "/connexion/second-facteur/", "/securite/ajouter/"


@dataclass
class Staff(Visitor):
    """Visits at `localhost`, the only name without TLS that passkeys accept."""

    world: World = field(kw_only=True)
    part: str = "counsellor"

    @property
    def person(self) -> Person:
        return self.world.people[self.part]

    @property
    def user(self) -> User:
        return User.objects.get(pk=self.person.user_id)

    @property
    def is_proved(self) -> bool:
        return SECOND_FACTOR_KEY in self.client.session

    def add_totp(self) -> None:
        """Her application of codes, added long enough ago for any code of today to serve."""
        at = timezone.now() - timedelta(days=1)
        services.add_totp(actor=self.user, secret=SECRET, code=totp(SECRET, at=at.timestamp()), at=at)

    def add_codes(self) -> list[str]:
        """Her recovery codes."""
        return services.renew_recovery_codes(actor=self.user, key=str(uuid.uuid4()))

    def add_passkey(self) -> tuple[Passkey, HttpResponse]:
        """Make a passkey through the pages."""
        passkey = Passkey()
        options = self.client.post("/securite/cle/defi/").json()
        posted = {"name": "Téléphone", "credential": passkey.create(options)}
        return passkey, self.client.post("/securite/cle/", posted)

    def present(self, code: str = "", path: str = FACTOR) -> HttpResponse:
        """Type a code of the application, that of this very moment unless told otherwise."""
        return self.client.post(path, {"code": code or totp(SECRET)})

    def come_in(self, next_url: str = DESK) -> HttpResponse:
        """By the mailed code, then by the application."""
        assert self.sign_in(next_url)["Location"].startswith(FACTOR)
        return self.client.post(f"{FACTOR}?next={next_url}", {"code": totp(SECRET)})

    def grow_old(self, minutes: int = 11) -> None:
        """Let the last proof of this visit grow old."""
        session = self.client.session
        session[PROVED_KEY] = (timezone.now() - timedelta(minutes=minutes)).isoformat()
        session.save()


def at_browser(world: World, part: str = "counsellor") -> Staff:
    """A member of the cast, at a browser of hers."""
    return Staff(
        StrictClient(headers={"host": "localhost"}), f"{part.replace(' ', '.')}@exemple.invalid", world=world, part=part
    )


def forget_last_step() -> None:
    """As if a day had passed since the last code."""
    FactorVault.objects.update(last_step=int(time.time()) // 30 - 2880)


def letters_of(page: HttpResponse) -> str:
    """The secret that the page writes out."""
    return re.sub(r"\s", "", BeautifulSoup(page.content, "html.parser").select_one("main [translate=no]").text)


def hidden(page: HttpResponse, name: str) -> str:
    """Value of a hidden field."""
    return BeautifulSoup(page.content, "html.parser").select_one(f"main input[name={name}]")["value"]


def kinds(user: User) -> list[str]:
    return sorted(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
