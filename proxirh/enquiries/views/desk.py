"""The desk: the views of the day, one list at a time."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import desk as desks
from proxirh.enquiries import desk_pages
from proxirh.enquiries.desk import DayView
from proxirh.enquiries.views.desk_access import actor_of, at_desk
from proxirh.kernel.text import clean_text
from proxirh.territories.actor import Actor
from proxirh.ui.chrome import Link, LinkGroup, page_address

URGENT = {desks.NEW, desks.TODAY, desks.ACADEMY_LATE}


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def desk(request: HttpRequest) -> HttpResponse:
    """One view of the day with the counters of the others; a POST looks for a name, which no address ever holds."""
    actor, code = actor_of(request), request.GET.get("vue", "")
    words = clean_text(request.POST.get("q", "")).strip()[:100]
    views = desks.views_for(actor)
    view = desks.BY_CODE.get(code)
    if code and view not in views:
        raise Http404
    if words:
        page = desk_pages.search(actor, words)
    else:
        page = desk_pages.read_desk(
            actor, view, before=request.GET.get("avant", ""), after=request.GET.get("apres", "")
        )
    links = tuple(link_to(one, page.counts, is_current=one is page.view and not words) for one in views)
    context = {
        "view": page.view,
        "page": page,
        "words": words,
        "links": links,
        "side_navigation": (LinkGroup("Ma journée", links), *beside_lists(actor)),
        "before_url": _url(page.view, avant=page.before) if page.before else "",
        "after_url": _url(page.view, apres=page.after) if page.after else "",
        "can_type": actor.receives,
        "desk_url": page_address("enquiries:desk"),
    }
    template = "enquiries/desk/list.html"
    return render(request, f"{template}#rows" if _is_fragment(request) else template, context)


def _is_fragment(request: HttpRequest) -> bool:
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def _url(view: DayView, **query: str) -> str:
    return f"{page_address('enquiries:desk')}?{urlencode({'vue': view.code, **query})}"


def menu(actor: Actor) -> tuple[LinkGroup, ...]:
    """The same views beside the other pages of the desk, without their counters."""
    views = tuple(link_to(view, {}, is_current=False) for view in desks.views_for(actor))
    return (LinkGroup("Ma journée", views), *beside_lists(actor))


def beside_lists(actor: Actor) -> tuple[LinkGroup, ...]:
    """What an HR officer opens when someone calls; what one follows beside a colleague, and one’s notes elsewhere."""
    groups = []
    if actor.officers:
        groups.append(LinkGroup("Au téléphone", (Link("Quelqu’un appelle", page_address("enquiries:call")),)))
    if actor.receives:
        notes = Link("Vos notes", page_address("enquiries:notes_to_review"))
        groups.append(LinkGroup("À côté", (Link("Suivies à deux", page_address("enquiries:beside")), notes)))
    return tuple(groups)


def link_to(view: DayView, counts: Mapping[str, int], *, is_current: bool) -> Link:
    """A view with its counter, if it is counted."""
    count = counts.get(view.code)
    return Link(
        view.label,
        _url(view),
        current=is_current,
        count=count,
        count_label="demande" if count is not None and count < 2 else "demandes",
        urgent=view.code in URGENT,
    )
