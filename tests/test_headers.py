"""The headers of every answer, value by value: each address, error pages, redirects, files and probes included."""

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.routes import SENT, WRITING, Visitors, address_of, routes, sign_in
from tests.targets import UNKNOWN, make_targets, relations
from tests.world import World

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EVERYWHERE = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), usb=(), browsing-topics=(), "
        "publickey-credentials-get=(self), publickey-credentials-create=(self)"
    ),
    "Clear-Site-Data": None,
}
CLEARED = '"cache", "cookies", "storage"'
# A file is never a page of ours, whatever it holds; leaving has the browser forget everything.
DOWNLOAD = {"Content-Security-Policy": "sandbox; default-src 'none'", "Referrer-Policy": "no-referrer"}
OTHERWISE: dict[tuple[str, str], dict[str, str]] = {
    ("enquiries:follow_file", "file"): DOWNLOAD,
    ("enquiries:desk_file", "file"): DOWNLOAD,
    ("privacy:download", "file"): DOWNLOAD,
    ("accounts:sign_out", "POST"): {"Clear-Site-Data": CLEARED},
    ("portal:leave", "POST"): {"Clear-Site-Data": CLEARED},
}
PARTS = ("anonymous", "author", "counsellor", "coordinator", WRITING, SENT)


def held(response: HttpResponse, expected: dict[str, Any]) -> dict[str, Any]:
    """What the answer says of each header of the table."""
    return {name: response.headers.get(name) for name in expected}


def expected_of(name: str, method: str, response: HttpResponse) -> dict[str, Any]:
    """The table, with what this answer says otherwise."""
    kind = "file" if "Content-Disposition" in response.headers else method
    return EVERYWHERE | OTHERWISE.get((name, kind), {})


@pytest.mark.django_db
def test_every_address_bears_every_header(world: World) -> None:
    """Mutation: drop any one of them in the settings or in `PageHeadersMiddleware`."""
    targets, visitors = make_targets(world), Visitors(world)
    otherwise = set()
    for route in routes():
        for relation in relations(route):
            address = address_of(route, targets[relation or UNKNOWN])
            for method in ("GET", "POST", "DELETE"):
                for part in PARTS:
                    response = visitors.ask(part, method, address)
                    expected = expected_of(route.name, method, response)
                    if route.name == "portal:leave" and not visitors.cookies[part]:
                        expected = EVERYWHERE  # a page elsewhere may have sent it: nothing is cleared
                    assert held(response, expected) == expected, (route.name, relation, method, part)
                    if expected != EVERYWHERE:
                        otherwise.add((route.name, "file" if "Content-Disposition" in response.headers else method))
    assert otherwise == set(OTHERWISE), "an exception that nothing meets"


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["anonymous", "counsellor"])
def test_addresses_that_do_not_exist_and_refusals_bear_them_too(world: World, part: str) -> None:
    """Mutation: put HostMiddleware outside the one that sets the headers."""
    client = Client(enforce_csrf_checks=True)
    sign_in(client, world, part)
    answers = [
        client.get("/nulle-part/"),
        client.get("/live", HTTP_HOST="elsewhere.invalid"),
        client.get("/", HTTP_HOST="elsewhere.invalid"),
        client.get("/bureau"),
        client.post(reverse("accounts:sign_in"), {"address": "a@exemple.invalid"}),
        client.get("/static/nothing.css"),
    ]
    assert [answer.status_code for answer in answers[:3]] == [404, 200, 400]
    for answer in answers:
        assert held(answer, EVERYWHERE) == EVERYWHERE, (answer.status_code, answer.headers)


@pytest.mark.django_db
def test_a_fault_of_ours_bears_them_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("a fault of ours")

    client = Client(raise_request_exception=False)
    sign_in(client, world, "author")
    monkeypatch.setattr("proxirh.enquiries.views.space.render", fail)
    answer = client.get(reverse("enquiries:space"))
    assert answer.status_code == 500
    assert held(answer, EVERYWHERE) == EVERYWHERE


@pytest.mark.django_db
def test_static_files_bear_them_but_may_be_kept(settings) -> None:
    """Mutation: serve them outside the middlewares that set the headers."""
    settings.WHITENOISE_USE_FINDERS = True
    client = Client()
    names = [path.name for path in Path("proxirh/ui/static/ui").glob("*") if path.is_file()]
    assert names
    for name in names:
        answer = client.get(f"/static/ui/{name}")
        assert b"".join(answer)
        answer.close()
        expected = EVERYWHERE | {"Cache-Control": answer.headers["Cache-Control"]}
        assert answer.status_code == 200
        assert "max-age" in answer.headers["Cache-Control"]
        assert held(answer, expected) == expected, name


@pytest.mark.django_db
def test_over_https_the_browser_is_told_to_stay_there(client: Client, settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31536000
    answer = client.get("/live", secure=True)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
