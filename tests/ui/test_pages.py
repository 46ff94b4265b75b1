"""The pages that everything else extends, the pages of refusal, and the live sheet."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.views import defaults

import proxirh
from proxirh.ui import samples, views
from proxirh.ui.chrome import Chrome, Link
from tests.strict_client import faults_of

VIEWS = [views.kitchen_sink, views.sample_agent_page, views.sample_desk_page]
HELD = Chrome(help_url="/aide/", quick_exit_url="/sortie/", quick_exit_to="https://exemple.fr/")


def soup(response: HttpResponse | str) -> BeautifulSoup:
    return BeautifulSoup(response if isinstance(response, str) else response.content.decode(), "html.parser")


@pytest.mark.parametrize("view", VIEWS)
def test_the_live_sheet_breaks_no_rule_of_our_pages(request_, view):
    """Inline styles, scripts and handlers, repeated ids, missing tokens: any of them turns this red."""
    response = view(request_)
    assert response.status_code == 200
    assert not faults_of(response.content.decode())


@pytest.mark.parametrize("view", VIEWS)
def test_the_live_sheet_exists_only_in_the_demonstration(request_, settings, view):
    settings.PROXIRH_DEMO = False
    with pytest.raises(Http404):
        view(request_)


def test_the_live_sheet_shows_every_component(request_):
    """A component added to the library without being shown turns this red."""
    html = views.kitchen_sink(request_).content.decode() + views.sample_desk_page(request_).content.decode()
    for mark in (
        *("fr-alert--info", "fr-alert--success", "fr-alert--warning", "fr-alert--error", "fr-notice", "fr-callout"),
        *("ui-next", "ui-reference", "fr-badge", "ui-progress", "fr-stepper", "fr-tile", "fr-card", "ui-filters"),
        *("ui-empty", "ui-pagination", "ui-table", "ui-summary", "ui-timeline", "fr-accordion", "ui-bars", "ui-lines"),
        *("ui-error-summary", "data-ui-copy", "ui-btn--danger", "ui-side", "data-ui-list", "fr-upload", "ui-code"),
    ):
        assert mark in html, mark


def test_a_sample_form_sent_wrong_comes_back_with_422_and_an_announced_title():
    response = views.sample_agent_page(RequestFactory().post("/", {"name": "Alix"}))
    assert response.status_code == 422
    assert soup(response).title.get_text() == "Erreur\u00a0: Vos coordonnées — ProxiRH"
    assert soup(response).find(id="id_name")["value"] == "Alix"


def test_a_page_is_french_and_offers_its_skip_links_first(draw):
    page = soup(draw('{% extends "ui/page.html" %}{% block title %}Accueil{% endblock %}'))
    assert page.html["lang"] == "fr"
    assert page.title.get_text() == "Accueil — ProxiRH"
    links = [link["href"] for link in page.select(".fr-skiplinks a")]
    assert links == ["#contenu", "#pied"]
    assert all(page.find(id=link.removeprefix("#")) for link in links)
    assert len(page.find_all("main")) == 1


def test_an_agent_always_finds_help_and_the_way_out(draw):
    page = soup(draw('{% extends "ui/agent_page.html" %}', chrome=HELD))
    band = page.select_one(".ui-safety")
    assert band.a["href"] == "/aide/"
    form = band.form
    assert (form["method"], form["action"]) == ("post", "/sortie/")
    assert form.find("input", {"name": "csrfmiddlewaretoken"})
    assert form["data-ui-quick-exit"] == "https://exemple.fr/"


def test_a_desk_page_configures_htmx_for_our_policy(draw):
    page = soup(draw('{% extends "ui/desk_page.html" %}', chrome=samples.DESK_CHROME))
    config = page.find("meta", {"name": "htmx-config"})["content"]
    for part in (
        '"includeIndicatorStyles":false',
        '"allowEval":false',
        '"selfRequestsOnly":true',
        '"code":"422","swap":true',
    ):
        assert part in config
    assert page.find(id="raccourcis")


@pytest.mark.parametrize("base", ["ui/page.html", "ui/agent_page.html"])
def test_agents_do_not_load_the_desk_s_scripts(draw, base):
    assert "htmx" not in draw(f'{{% extends "{base}" %}}', chrome=HELD)


def test_the_mark_of_the_state_is_shown_only_under_its_theme(draw, settings):
    page = '{% extends "ui/page.html" %}'
    assert "fr-logo" in draw(page)
    assert "Marianne" in draw(page)
    settings.PROXIRH_THEME = "neutre"
    neutral = draw(page)
    assert "fr-logo" not in neutral
    assert "Marianne" not in neutral
    assert ".gouv.fr" not in neutral


def test_counters_of_the_desk_are_in_its_side_navigation(draw):
    page = soup(draw('{% extends "ui/desk_page.html" %}', chrome=samples.DESK_CHROME))
    current = page.select_one(".ui-side [aria-current=page]")
    assert " ".join(current.get_text().split()) == "Nouvelles 12 éléments"


def test_a_page_may_replace_the_side_navigation_of_the_chrome(draw):
    groups = (samples.LinkGroup("Autre", (Link("Ailleurs", "/ailleurs/"),)),)
    html = draw('{% extends "ui/desk_page.html" %}', chrome=samples.DESK_CHROME, side_navigation=groups)
    assert "Ailleurs" in html
    assert "Ma journée" not in html


def test_a_page_that_is_not_found_is_the_same_whatever_was_asked():
    pages = {
        defaults.page_not_found(RequestFactory().get(path), Http404(f"nothing at {path}")).content
        for path in ("/demandes/1/", "/demandes/2/", "/<script>")
    }
    assert len(pages) == 1


def refusals() -> dict[str, str]:
    request = RequestFactory().get("/")
    return {
        "400": defaults.bad_request(request, BadRequest("x")).content.decode(),
        "403": defaults.permission_denied(request, PermissionDenied("x")).content.decode(),
        "404": defaults.page_not_found(request, Http404("x")).content.decode(),
        "500": defaults.server_error(request).content.decode(),
    }


@pytest.mark.parametrize("code", ["400", "403", "404", "500"])
def test_a_refusal_keeps_the_rules_of_our_pages_and_offers_a_way_on(code):
    html = refusals()[code]
    assert not faults_of(html)
    page = soup(html)
    assert page.select_one("main a.fr-btn")["href"] == "/"
    assert {"tel:15", "tel:112", "tel:3114"} <= {link["href"] for link in page.find_all("a")}


def test_the_page_of_a_breakdown_needs_no_context():
    assert "ProxiRH" in render_to_string("500.html")


def test_every_icon_named_in_a_template_is_in_the_stylesheet():
    known = set(samples.icons())
    named = {
        (path.name, icon)
        for path in Path(proxirh.__file__).parent.rglob("*.html")
        for icon in re.findall(r"\bfr-icon-([a-z0-9-]+)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert {(page, icon) for page, icon in named if icon not in known} == set()
