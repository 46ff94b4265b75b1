"""The second factor that an identity provider asked for itself, as its signed token tells it."""

import time
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from proxirh.accounts.models import Person, User
from proxirh.accounts.services import SECOND_FACTOR_KEY, add_totp
from proxirh.territories.models import Posting, Role
from tests.accounts.conftest import ADDRESS, AFTER, Visitor, code_sent_to
from tests.accounts.devices import totp
from tests.accounts.strict_provider import StrictProvider
from tests.accounts.test_identity_provider import come_in, leave, listening, provider

__all__ = ["listening", "provider"]

pytestmark = pytest.mark.django_db


def posted(visitor: Visitor) -> None:
    """Give a mission to the only account."""
    Posting.objects.create(person=Person.objects.get(), role=Role.ADMINISTRATOR, valid_from=date(2020, 9, 1))


@pytest.mark.parametrize(
    ("accepted", "told", "counts"),
    [
        (("acr:eidas2", "amr:mfa"), {"acr": "eidas2"}, True),
        (("acr:eidas2", "amr:mfa"), {"amr": ["pwd", "mfa"]}, True),
        (("amr:mfa",), {"amr": "mfa"}, True),
        (("acr:https://x.example/2fa",), {"acr": "https://x.example/2fa"}, True),
        (("acr:eidas2", "amr:mfa"), {"acr": "eidas1", "amr": ["pwd"]}, False),
        (("acr:eidas2",), {"amr": ["eidas2"]}, False),
        (("amr:mfa",), {"acr": "mfa"}, False),
        (("acr:eidas2",), {"acr": ["eidas2"]}, False),
        (("amr:mfa",), {"amr": [["mfa"], {"mfa": 1}, None]}, False),
        ((), {"acr": "eidas3", "amr": ["mfa"]}, False),
        ((), {"acr": None, "amr": None}, False),
    ],
)
def test_factor_asked_by_the_provider_counts_when_the_settings_say_so(
    provider: StrictProvider, visitor: Visitor, settings, accepted, told, counts: bool
) -> None:
    """Mutation: count whatever `acr` or `amr` says, or read them in the details, which another could write."""
    come_in(visitor)
    posted(visitor)
    visitor.client.post("/deconnexion/")
    settings.OIDC_SECOND_FACTOR = accepted
    provider.identity_lies = told
    where = come_in(visitor)["Location"]
    assert where == (AFTER if counts else "/securite/ajouter/?next=%2Fapres%2F")
    assert (SECOND_FACTOR_KEY in visitor.client.session) is counts


def test_factor_told_in_the_details_alone_does_not_count(provider: StrictProvider, visitor: Visitor, settings) -> None:
    """Mutation: merge the details into the token."""
    settings.OIDC_SECOND_FACTOR = ("acr:eidas2", "amr:mfa")
    provider.details_lies = {"acr": "eidas2", "amr": ["mfa"]}
    come_in(visitor)
    assert SECOND_FACTOR_KEY not in visitor.client.session


def test_levels_are_asked_for_when_they_count_and_only_then(
    provider: StrictProvider, visitor: Visitor, settings
) -> None:
    """ProConnect refuses what it did not ask for; a provider need not tell what nobody asks."""
    assert not {"acr_values", "claims"} & set(parse_qs(urlsplit(leave(visitor)).query))
    settings.OIDC_SECOND_FACTOR = ("acr:eidas2", "acr:eidas3", "amr:mfa")
    query = parse_qs(urlsplit(leave(visitor)).query)
    assert query["acr_values"] == ["eidas2 eidas3"]
    assert query["claims"] == ['{"id_token":{"amr":{"essential":true}}}']


def test_own_factor_is_asked_when_the_provider_asked_for_none(provider: StrictProvider, visitor: Visitor) -> None:
    """Mutation: let the provider in without it."""
    come_in(visitor)
    posted(visitor)
    at = timezone.now() - timedelta(days=1)
    secret = "JBSWY3DPEHPK3PXP"
    add_totp(actor=User.objects.get(), secret=secret, code=totp(secret, at=at.timestamp()), at=at)
    visitor.client.post("/deconnexion/")
    assert come_in(visitor)["Location"].startswith("/connexion/second-facteur/")
    assert not visitor.is_in
    assert visitor.client.post("/connexion/second-facteur/", {"code": totp(secret)}).status_code == 302
    assert SECOND_FACTOR_KEY in visitor.client.session


def test_factor_of_the_provider_is_remembered_while_the_address_is_proved(
    provider: StrictProvider, visitor: Visitor, new_visitor, settings
) -> None:
    """Mutation: forget it, or take it from a cookie."""
    new_visitor().sign_in()
    settings.OIDC_SECOND_FACTOR = ("acr:eidas2",)
    provider.identity_lies = {"acr": "eidas2"}
    assert come_in(visitor)["Location"] == "/connexion/code/"
    assert visitor.type(code_sent_to(ADDRESS))["Location"] == AFTER
    assert SECOND_FACTOR_KEY in visitor.client.session


@pytest.mark.parametrize(("minutes", "fresh"), [(2, True), (30, False), (None, True), (10**12, False)])
def test_long_open_session_of_the_provider_is_no_fresh_proof(
    provider: StrictProvider, visitor: Visitor, new_visitor, minutes, fresh: bool
) -> None:
    """Mutation: ignore `auth_time`."""
    new_visitor().sign_in()
    come_in(visitor)
    visitor.type(code_sent_to(ADDRESS))
    visitor.client.post("/deconnexion/")
    provider.identity_lies = {"auth_time": int(time.time()) - minutes * 60 if minutes else None}
    assert come_in(visitor)["Location"] == AFTER
    answer = visitor.client.get("/connexion/adresse/")
    assert answer.status_code == (200 if fresh else 302)
