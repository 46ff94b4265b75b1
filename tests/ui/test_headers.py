"""No answer is kept by a cache nor framed, unless its view decided so."""

from django.http import HttpResponse
from django.test import RequestFactory

from proxirh.ui.middleware import PageHeadersMiddleware


def answer(response: HttpResponse) -> HttpResponse:
    return PageHeadersMiddleware(lambda request: response)(RequestFactory().get("/"))


def test_a_page_is_never_stored_nor_framed_nor_read_from_elsewhere():
    headers = answer(HttpResponse("ok")).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_page_may_use_neither_camera_nor_microphone_nor_place():
    policy = answer(HttpResponse("ok")).headers["Permissions-Policy"]
    assert all(f"{name}=()" in policy for name in ("camera", "microphone", "geolocation"))


def test_a_view_that_decides_is_obeyed():
    headers = answer(
        HttpResponse("ok", headers={"Cache-Control": "max-age=60", "X-Frame-Options": "SAMEORIGIN"})
    ).headers
    assert headers["Cache-Control"] == "max-age=60"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
