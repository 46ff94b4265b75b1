"""Tags and filters of the design system; builtin, so no template loads them.

How to build a page
-------------------
Extend one of three templates, give a title and put one `<h1>` first in `content`:

    {% extends "ui/agent_page.html" %}            agent: help and quick exit always there
    {% extends "ui/desk_page.html" %}             professional: side navigation, keyboard, htmx
    {% extends "ui/page.html" %}                  everything else
    {% block title %}Votre demande{% endblock %}
    {% block breadcrumb %}{% breadcrumb "Accueil" home "Vos demandes" list_url "Demande 24-0012" %}{% endblock %}
    {% block content %}<h1>Votre demande</h1>…{% endblock %}

Components with a body close with `end<name>`; the body is template markup, the arguments are plain text and escaped:

    {% alert "success" title="C’est envoyé" %}<p>Vous recevrez un courriel.</p>{% endalert %}
    {% notice "warning" title="Service fermé le 14 juillet." dismiss=True %}Réponse le 15.{% endnotice %}
    {% callout title="À savoir" icon="fr-icon-information-line" %}<p>…</p>{% endcallout %}
    {% card title="Prendre rendez-vous" url=url detail="3 créneaux" %}<p>…</p>{% endcard %}
    {% accordion "Qui lit ma demande ?" "qui-lit" %}<p>…</p>{% endaccordion %}
    {% next_steps %}<li>Une conseillère vous lit <strong>avant jeudi</strong>.</li>{% endnext_steps %}
    {% empty_state title="Aucune demande" %}<p>Dès qu’une demande arrive, elle est ici.</p>{% endempty_state %}

Components without a body:

    {% badge "En retard" "error" %}               info success warning error new, or a DSFR colour
    {% tile "Poser une question" url description="…" %}
    {% stepper 2 5 "De quoi souhaitez-vous parler ?" next="Vos mots" %}   the title is the page's h1
    {% breadcrumb "Accueil" url "Ici" %}          label, url, label, url, …, label of this page
    {% table table %}                             components.Table
    {% summary_list rows %}                       components.SummaryRow
    {% timeline items %}                          components.TimelineItem
    {% filter_links links label="Filtrer" %}      chrome.Link, with counters
    {% side_navigation groups %}                  chrome.LinkGroup
    {% pagination previous=url next=url summary="25 demandes" %}          keyset, no page numbers
    {% progress 3 5 "Étapes faites" %}
    {% reference "24-0012-K" label="Référence" %} shown apart, easy to copy
    {% copy "texte" "Copier le code" %}           appears when the browser can copy
    {% chart chart %}                             charts.bar_chart, stacked_chart, line_chart
    {% error_summary form %}                      only when the fields are printed one by one

Filters take an optional IANA zone: `day` `plain_day` `short_day` `month` `hour` `moment` `short_moment`;
numbers: `number` `number:1` `percent` `percent:1` `counted:"demande,demandes"`; `of` says
« de Lyon », « d’Aix-Marseille »; `prose` prints
typed text in paragraphs, `iso` fills a `datetime` attribute.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm
from django.template.loader import render_to_string
from django.utils.html import escape, format_html, format_html_join, linebreaks
from django.utils.safestring import SafeString, mark_safe

from proxirh.kernel.disclosure import INSIDE_ACADEMY
from proxirh.ui import french
from proxirh.ui.charts import Chart
from proxirh.ui.chrome import Link, LinkGroup
from proxirh.ui.components import Cell, SummaryRow, Table, TimelineItem
from proxirh.ui.context_processors import Site, current_site

register = template.Library()

STATUSES = frozenset({"info", "success", "warning", "error", "new"})


# ── Components with a body ─────────────────────────────────────────────────────────────────────────
@register.simple_block_tag(end_name="endalert")
def alert(
    content: SafeString, kind: str = "info", title: str = "", heading: str = "h2", small: bool = False, role: str = ""
) -> str:
    """A message in the flow of the page; give `role="alert"` or `"status"` only when it appears by itself."""
    return render_to_string(
        "ui/alert.html",
        {"content": content, "kind": kind, "title": title, "heading": heading, "small": small, "role": role},
    )


@register.simple_block_tag(end_name="endnotice")
def notice(content: SafeString, kind: str = "info", title: str = "", dismiss: bool = False) -> str:
    """A band across the page; `dismiss` adds a close button where JavaScript runs."""
    return render_to_string("ui/notice.html", {"content": content, "kind": kind, "title": title, "dismiss": dismiss})


@register.simple_block_tag(end_name="endcallout")
def callout(content: SafeString, title: str = "", icon: str = "", heading: str = "h2", colour: str = "") -> str:
    """Something to know before going on."""
    return render_to_string(
        "ui/callout.html", {"content": content, "title": title, "icon": icon, "heading": heading, "colour": colour}
    )


@register.simple_block_tag(end_name="endcard")
def card(content: SafeString, title: str, url: str = "", detail: str = "", end: str = "", heading: str = "h3") -> str:
    """A card, wholly clickable when it has an address."""
    return render_to_string(
        "ui/card.html",
        {"content": content, "title": title, "url": url, "detail": detail, "end": end, "heading": heading},
    )


@register.simple_block_tag(end_name="endaccordion")
def accordion(content: SafeString, title: str, id: str, heading: str = "h3", opened: bool = False) -> str:
    """Something to unfold; open at once where no JavaScript runs."""
    return render_to_string(
        "ui/accordion.html", {"content": content, "title": title, "id": id, "heading": heading, "opened": opened}
    )


@register.simple_block_tag(end_name="endnext_steps")
def next_steps(content: SafeString, title: str = "Ce qui va se passer ensuite", heading: str = "h2") -> str:
    """What will happen and when, as list items; `ui/next.html` may also be included with `steps`."""
    return render_to_string("ui/next.html", {"content": content, "title": title, "heading": heading})


@register.simple_block_tag(end_name="endempty_state")
def empty_state(content: SafeString, title: str, heading: str = "h2", icon: str = "fr-icon-check-line") -> str:
    """A list with nothing in it says why, and what to do."""
    return render_to_string("ui/empty.html", {"content": content, "title": title, "heading": heading, "icon": icon})


# ── Components without a body ──────────────────────────────────────────────────────────────────────
@register.inclusion_tag("ui/badge.html")
def badge(label: str, kind: str = "", icon: bool = True) -> dict[str, object]:
    """A short state; the four statuses and `new` bring their icon, so that colour is never alone."""
    return {"label": label, "kind": kind, "no_icon": kind in STATUSES and not icon}


@register.inclusion_tag("ui/tile.html")
def tile(
    title: str, url: str, description: str = "", detail: str = "", icon: str = "", heading: str = "h3"
) -> dict[str, object]:
    """One way to go on, wholly clickable."""
    return {
        "title": title,
        "url": url,
        "description": description,
        "detail": detail,
        "icon": icon,
        "heading": heading,
    }


@register.inclusion_tag("ui/stepper.html")
def stepper(current: int, total: int, title: str, next: str = "", heading: str = "h1") -> dict[str, object]:
    """Where one stands in a journey of at most eight pages."""
    return {"current": current, "total": total, "title": title, "next": next, "heading": heading}


@register.inclusion_tag("ui/breadcrumb.html")
def breadcrumb(*parts: str) -> dict[str, object]:
    """Labels and addresses in turn, ending with the label of the page itself."""
    *path, here = parts
    return {"crumbs": list(zip(path[::2], path[1::2], strict=True)), "here": here}


@register.inclusion_tag("ui/table.html")
def table(table: Table) -> dict[str, object]:
    """A table that scrolls inside itself when the screen is narrow."""
    return {"table": table}


@register.simple_tag
def table_rows(table: Table, rows: Sequence[Sequence[str | Cell]]) -> SafeString:
    """Rows of a table, written here, each by one format: for so many cells, a template takes ten times as long."""
    return format_html_join("", "{}", ((_row(table, row),) for row in rows))


def _row(table: Table, row: Sequence[str | Cell]) -> SafeString:
    tags = tuple(_cell_tag(table, row, at, cell) for at, cell in enumerate(row))
    return format_html(_row_format(tags), *(_told(cell) if isinstance(cell, Cell) else cell for cell in row))


def _cell_tag(table: Table, row: Sequence[str | Cell], at: int, cell: str | Cell) -> str:
    if at == 0 and (table.row_headers or row is table.footer):
        return 'th scope="row"'
    if not table.is_numeric and (at in table.numeric or (isinstance(cell, Cell) and cell.numeric)):
        return 'td class="ui-number"'
    return "td"


@lru_cache(maxsize=64)
def _row_format(tags: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<{tag}>{{}}</{tag[:2]}>' for tag in tags)}</tr>"


def _told(cell: Cell) -> SafeString:
    if cell.bar:
        return format_html('{}<svg aria-hidden="true"><rect width="{}"/></svg>', cell.text, cell.bar)
    return render_to_string("ui/cell.html", {"cell": cell})


@register.inclusion_tag("ui/summary_list.html")
def summary_list(rows: Sequence[SummaryRow]) -> dict[str, object]:
    """What was answered, each line with its « Modifier »."""
    return {"rows": rows}


@register.inclusion_tag("ui/timeline.html")
def timeline(items: Sequence[TimelineItem], label: str = "Étapes") -> dict[str, object]:
    """What happened and what comes, in order."""
    return {"items": items, "label": label}


@register.inclusion_tag("ui/filter_links.html")
def filter_links(links: Sequence[Link], label: str = "Filtrer") -> dict[str, object]:
    """The views of one list, as links with their counters."""
    return {"links": links, "label": label}


@register.inclusion_tag("ui/side_navigation.html")
def side_navigation(groups: Sequence[LinkGroup], label: str = "Navigation du bureau") -> dict[str, object]:
    """The desk's menu."""
    return {"groups": groups, "label": label}


@register.inclusion_tag("ui/pagination.html")
def pagination(previous: str = "", next: str = "", summary: str = "", label: str = "Pagination") -> dict[str, object]:
    """One page back, one page on: lists are read by key, so there are no page numbers."""
    return {"previous": previous, "next": next, "summary": summary, "label": label}


@register.inclusion_tag("ui/progress.html")
def progress(value: int, total: int, label: str, text: str = "") -> dict[str, object]:
    """A bar with its value in words; `text` replaces « 3 sur 5 »."""
    return {
        "value": value,
        "total": total,
        "label": label,
        "text": text or f"{french.number(value)} sur {french.number(total)}",
    }


@register.inclusion_tag("ui/reference.html")
def reference(value: str, label: str = "Référence", copy: bool = True) -> dict[str, object]:
    """A code to note down, big enough to dictate."""
    return {"value": value, "label": label, "copy": copy}


@register.inclusion_tag("ui/copy.html")
def copy(text: str, label: str = "Copier") -> dict[str, object]:
    """A button that copies, hidden where the browser cannot."""
    return {"text": text, "label": label}


@register.inclusion_tag("ui/chart.html")
def chart(chart: Chart, heading: str = "h2") -> dict[str, object]:
    """A drawing with its table beside it."""
    return {"chart": chart, "heading": heading}


@register.inclusion_tag("ui/forms/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, object]:
    """Every error with a link to its field; `{{ form }}` already begins with it."""
    return {"form": form}


@register.simple_tag
def site_identity() -> Site:
    """The site for a page rendered without context, such as the one shown when everything failed."""
    return current_site()


# ── Filters ────────────────────────────────────────────────────────────────────────────────────────
def _date_filter(name: str, function) -> None:
    def apply(value, zone: str = "") -> str:
        return function(value, zone or None) if value else ""

    register.filter(name, apply)


_date_filter("day", french.long_day)
_date_filter("plain_day", french.plain_day)
_date_filter("short_day", french.short_day)
_date_filter("month", french.month)
_date_filter("moment", french.moment)
_date_filter("short_moment", french.short_moment)


@register.filter
def hour(value: datetime | time | None, zone: str = "") -> str:
    """« 14 h 30 »; midnight is an hour like another."""
    return "" if value is None or value == "" else french.hour(value, zone or None)


@register.filter
def number(value: int | float | Decimal | None, decimals: int | None = None) -> str:
    """« 1 234,5 »; nothing for nothing."""
    return "" if value is None or value == "" else french.number(value, decimals)


@register.filter
def percent(share: float | Decimal | None, decimals: int = 0) -> str:
    """« 38 % » for 0.38; nothing for nothing."""
    return "" if share is None or share == "" else french.percent(share, decimals)


@register.filter
def counted(amount: int, forms: str) -> str:
    """« 2 demandes »."""
    return french.counted(amount, forms)


@register.filter
def few(amount: int, forms: str) -> str:
    """« 7 demandes », « moins de cinq demandes »: a small number would point to somebody."""
    return french.counted(amount, forms) if amount >= INSIDE_ACADEMY else f"moins de cinq {forms.split(',')[1]}"


@register.filter
def of(name: str) -> str:
    """« de Lyon », « d’Aix-Marseille »."""
    return french.of(name)


@register.filter
def iso(value: date | datetime | None) -> str:
    """Value of a `datetime` attribute."""
    return value.isoformat() if value else ""


@register.filter
def prose(text: str | None) -> SafeString:
    """Typed text in paragraphs, escaped."""
    return mark_safe(linebreaks(text, autoescape=True) if text else "")  # noqa: S308  (linebreaks has escaped the text)


@register.filter
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """Attributes of a control, as Django’s own template prints them, in a tenth of its time: a page has fifty."""
    told = [
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for name, value in attrs.items()
        if value is not False
    ]
    return mark_safe("".join(told))  # noqa: S308  (names are ours, values are escaped)
