"""The suite's own tools: what the strict client refuses, and the closed network."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from proxirh.territories.models import Academy
from tests.conftest import LATER, OutsideNetworkError
from tests.strict_client import StrictClient, faults_of

PAGE = '<!doctype html><html lang="fr"><title>Accueil</title><h1>Accueil</h1>{}</html>'


def spoiled(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE.format('<p style="color: red">'))


urlpatterns = [path("spoiled/", spoiled)]


@pytest.mark.parametrize(
    "piece",
    [
        '<script src="/static/ui.js"></script>',
        '<script type="application/json">{"braces": "{{ fine }}"}</script>',
        '<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="x"></form>',
        '<form action="/recherche/"><input name="q"></form>',
        "<svg><title>Courbe</title></svg>",
    ],
)
def test_clean_page_is_accepted(piece: str) -> None:
    assert faults_of(PAGE.format(piece)) == []


@pytest.mark.parametrize(
    ("piece", "fault"),
    [
        ("<script>go()</script>", "<script> without src"),
        ("<style>p {}</style>", "<style> in the page"),
        ('<p style="color: red">', "style attribute on <p>"),
        ('<a href="#" onclick="go()">', "onclick handler on <a>"),
        ('<a href="#" hx-on:click="go()">', "hx-on:click handler on <a>"),
        ('<a href=" JavaScript:go()">', "javascript: address on <a>"),
        ("<p>{{ enquiry.reference }}</p>", "template leftover '{{ enquiry.reference }}'"),
        ('<p title="{% url %}">', "template leftover '{% url %}'"),
        ('<form method="POST"><input name="q"></form>', "POST form without CSRF token"),
        ('<p id="a"></p><p id="a"></p>', "id 'a' twice"),
        ("<h1>Encore</h1>", "page with 2 <h1>"),
    ],
)
def test_spoiled_page_is_refused(piece: str, fault: str) -> None:
    assert faults_of(PAGE.format(piece)) == [fault]


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("<html><title>A</title><h1>A</h1></html>", "<html> without lang"),
        ('<html lang="fr"><title> </title><h1>A</h1></html>', "page without title"),
        ('<html lang="fr"><title>A</title></html>', "page with 0 <h1>"),
    ],
)
def test_page_without_landmarks_is_refused(page: str, fault: str) -> None:
    assert faults_of(page) == [fault]


def test_fragment_needs_no_landmarks() -> None:
    assert faults_of('<section id="fil"><p>Bonjour</p></section>') == []


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_strict_client_reads_what_it_fetches(client: StrictClient) -> None:
    assert Client().get("/spoiled/").status_code == 200
    with pytest.raises(AssertionError, match="GET /spoiled/: style attribute on <p>"):
        client.get("/spoiled/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_tests_that_commit_leave_the_reference_data_behind_them(turn: str) -> None:
    """The second turn is red when the tables stay empty after the first."""
    assert Academy.objects.count() == 30


def test_suite_never_leaves_this_machine() -> None:
    with pytest.raises(OutsideNetworkError), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))


def test_suite_has_a_data_folder_of_its_own() -> None:
    assert "proxirh-tests-" in str(settings.PROXIRH_DATA_DIR)
    assert settings.PROXIRH_KEYS_FILE.is_relative_to(settings.PROXIRH_DATA_DIR)


def test_a_comparison_that_lives_later_moves_no_other_thread() -> None:
    """Mutation: one `ahead` for every thread. A server thread would then read each visit as ended."""
    before = timezone.now()
    with ThreadPoolExecutor(1) as other, LATER.lived():
        assert timezone.now() > before + timedelta(days=399)
        assert other.submit(timezone.now).result() < before + timedelta(minutes=1)
