"""Draws templates with the design system alone: no other app's links, no database."""

import copy
from collections.abc import Callable

import pytest
from django.http import HttpRequest
from django.template import engines
from django.test import RequestFactory

ALONE = [
    "django.template.context_processors.request",
    "django.contrib.messages.context_processors.messages",
    "proxirh.ui.context_processors.site",
]
EVIL = "<script>alert(1)</script><b>\"'&"


@pytest.fixture(autouse=True)
def design_system_alone(settings) -> None:
    """Only what `ui` itself promises."""
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["context_processors"] = ALONE
    settings.TEMPLATES = templates
    settings.ROOT_URLCONF = "tests.ui.urls"
    settings.PROXIRH_DEMO = True
    settings.PROXIRH_THEME = "etat"


@pytest.fixture
def request_() -> HttpRequest:
    """A visit to the root."""
    return RequestFactory().get("/")


@pytest.fixture
def draw(request_) -> Callable[..., str]:
    """Render a template text with a context."""

    def render(text: str, /, **context: object) -> str:
        return engines["django"].from_string(text).render(context, request_)

    return render
