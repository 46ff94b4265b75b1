"""Components print what they are given, and never as markup."""

import pytest
from bs4 import BeautifulSoup

from proxirh.ui.charts import bar_chart, line_chart, stacked_chart
from proxirh.ui.chrome import Chrome, Link, LinkGroup
from proxirh.ui.components import Cell, NextStep, SummaryRow, Table, TimelineItem
from tests.strict_client import faults_of
from tests.ui.conftest import EVIL

COMPONENTS = {
    "alert": '{% alert "info" title=evil %}{{ evil }}{% endalert %}',
    "notice": '{% notice "info" title=evil dismiss=True %}{{ evil }}{% endnotice %}',
    "callout": "{% callout title=evil icon=evil %}{{ evil }}{% endcallout %}",
    "card": "{% card title=evil url=evil detail=evil end=evil %}{{ evil }}{% endcard %}",
    "tile": "{% tile evil evil description=evil detail=evil icon=evil %}",
    "accordion": "{% accordion evil evil %}{{ evil }}{% endaccordion %}",
    "next steps": "{% next_steps title=evil %}<li>{{ evil }}</li>{% endnext_steps %}",
    "next steps from data": '{% include "ui/next.html" with steps=steps %}',
    "empty state": "{% empty_state title=evil %}{{ evil }}{% endempty_state %}",
    "badge": "{% badge evil evil %}",
    "stepper": "{% stepper 1 2 evil next=evil %}",
    "breadcrumb": "{% breadcrumb evil evil evil %}",
    "table": "{% table table %}",
    "summary": "{% summary_list summary %}",
    "timeline": "{% timeline timeline label=evil %}",
    "filter links": "{% filter_links links label=evil %}",
    "side navigation": "{% side_navigation groups label=evil %}",
    "pagination": "{% pagination previous=evil next=evil summary=evil label=evil %}",
    "progress": "{% progress 1 2 evil text=evil %}",
    "reference": "{% reference evil label=evil %}",
    "copy": "{% copy evil evil %}",
    "bar chart": "{% chart bars %}",
    "stacked chart": "{% chart stacked %}",
    "line chart": "{% chart lines %}",
    "confirmation": '{% include "ui/confirm.html" with title=evil text=evil yes=evil no_url=evil action=evil %}',
    "prose": "{{ evil|prose }}",
    "header": '{% include "ui/header.html" %}',
    "footer": '{% include "ui/footer.html" %}',
}
LINK = Link(EVIL, EVIL, icon=EVIL, count=2, count_label=EVIL, hint=EVIL)
CONTEXT = {
    "evil": EVIL,
    "steps": [NextStep(EVIL, EVIL)],
    "table": Table(
        caption=EVIL,
        header=(EVIL, EVIL),
        rows=[(EVIL, Cell(EVIL, url=EVIL)), (EVIL, Cell(EVIL, badge=EVIL))],
        footer=(EVIL,),
    ),
    "summary": [SummaryRow(EVIL, EVIL, EVIL), SummaryRow(EVIL, "", EVIL, empty=EVIL)],
    "timeline": [TimelineItem(EVIL, EVIL, EVIL, EVIL)],
    "links": [LINK],
    "groups": [LinkGroup(EVIL, (LINK,))],
    "bars": bar_chart(title=EVIL, rows=[(EVIL, 3)], unit=EVIL, label_header=EVIL, description=EVIL, note=EVIL),
    "stacked": stacked_chart(title=EVIL, categories=[EVIL], series={EVIL: [3], "b": [4]}, label_header=EVIL),
    "lines": line_chart(title=EVIL, categories=[EVIL, "b"], series={EVIL: [3, 4], "b": [4, 5]}),
    "chrome": Chrome(
        home_url=EVIL, quick_links=(LINK, Link(EVIL, EVIL, post=True)), navigation=(LINK,), footer_links=(LINK,)
    ),
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_never_prints_a_text_as_markup(draw, name):
    """Red as soon as one template says `safe`."""
    html = draw(COMPONENTS[name], **CONTEXT)
    assert "alert(1)" in html
    assert "<script" not in html
    assert not BeautifulSoup(html, "html.parser").find_all("b")
    assert not faults_of(html)


def test_a_status_badge_brings_its_icon_unless_asked_not_to(draw):
    assert "no-icon" not in draw('{% badge "En retard" "error" %}')
    assert "fr-badge--no-icon" in draw('{% badge "En retard" "error" icon=False %}')


def test_a_page_asked_for_by_key_offers_only_the_directions_that_exist(draw):
    page = BeautifulSoup(draw('{% pagination next="?apres=3" %}'), "html.parser")
    previous, following = page.find_all("a")
    assert "href" not in previous.attrs
    assert following["href"] == "?apres=3"
    assert not draw("{% pagination %}").strip()


def test_the_breadcrumb_ends_with_the_page_itself(draw):
    page = BeautifulSoup(draw('{% breadcrumb "Accueil" "/" "Demandes" "/demandes/" "La mienne" %}'), "html.parser")
    links = page.find_all("a")
    assert [link.get("href") for link in links] == ["/", "/demandes/", None]
    assert links[-1]["aria-current"] == "page"


def test_a_line_of_the_review_page_says_what_its_link_changes(draw):
    page = BeautifulSoup(draw("{% summary_list rows %}", rows=[SummaryRow("Vos mots", "", "/mots/")]), "html.parser")
    assert page.a.get_text() == "Modifier\u00a0: Vos mots"
    assert "Non renseigné" in page.get_text()


def test_a_table_names_its_columns_rows_and_caption(draw):
    table = Table(caption="Créneaux", header=("Jour", "Places"), rows=[("lundi", "3")], row_headers=True)
    page = BeautifulSoup(draw("{% table table %}", table=table), "html.parser")
    assert page.caption.get_text() == "Créneaux"
    assert [cell["scope"] for cell in page.find_all("th")] == ["col", "col", "row"]


def test_a_counter_is_read_with_what_it_counts(draw):
    link = Link("Nouvelles", "/", count=1204, count_label="demandes", urgent=True)
    page = BeautifulSoup(draw("{% filter_links links %}", links=[link]), "html.parser")
    assert " ".join(page.a.get_text().split()) == "Nouvelles 1 204 demandes"
    assert page.select(".ui-count--urgent")


def test_an_urgent_counter_at_zero_does_not_alarm(draw):
    assert "--urgent" not in draw("{% filter_links links %}", links=[Link("À rappeler", "/", count=0, urgent=True)])


def test_signing_out_is_a_post_with_its_token(draw):
    chrome = Chrome(quick_links=(Link("Se déconnecter", "/sortie/", post=True),))
    page = BeautifulSoup(draw('{% include "ui/header.html" %}', chrome=chrome), "html.parser")
    forms = page.find_all("form")
    assert forms
    assert all(form["method"] == "post" and form.find("input", {"name": "csrfmiddlewaretoken"}) for form in forms)


def test_typed_text_keeps_its_paragraphs(draw):
    assert (
        draw("{{ text|prose }}", text="Bonjour,\nmerci\n\nÀ bientôt") == "<p>Bonjour,<br>merci</p>\n\n<p>À bientôt</p>"
    )
