"""The desk: the views of the day, one list at a time."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from proxirh.enquiries import desk as desks
from proxirh.enquiries import desk_pages
from proxirh.enquiries.desk import DayView
from proxirh.enquiries.views.desk_access import actor_of, at_desk
from proxirh.territories.actor import Actor
from proxirh.ui.chrome import Link, LinkGroup

URGENT = {desks.NEW, desks.TODAY, desks.ACADEMY_LATE}


@require_safe
@at_desk
def desk(request: HttpRequest) -> HttpResponse:
    """One view of the day with the counters of the others; `q` looks for a name or a reference."""
    actor = actor_of(request)
    views = desks.views_for(actor)
    counts = desks.counts(actor)
    words = request.GET.get("q", "").strip()[:100]
    view = _chosen(views, counts, request.GET.get("vue", ""))
    if words:
        page = desk_pages.search(actor, words)
    else:
        page = desk_pages.page_of(actor, view, before=request.GET.get("avant", ""), after=request.GET.get("apres", ""))
    links = tuple(link_to(one, counts, is_current=one is view and not words) for one in views)
    context = {
        "view": view,
        "page": page,
        "words": words,
        "links": links,
        "side_navigation": (LinkGroup("Ma journée", links),),
        "before_url": _url(view, avant=page.before) if page.before else "",
        "after_url": _url(view, apres=page.after) if page.after else "",
        "can_type": actor.receives,
    }
    template = "enquiries/desk/list.html"
    return render(request, f"{template}#rows" if _is_fragment(request) else template, context)


def _is_fragment(request: HttpRequest) -> bool:
    return bool(request.htmx) and not request.htmx.boosted  # type: ignore[attr-defined]


def _chosen(views: tuple[DayView, ...], counts: dict[str, int], code: str) -> DayView:
    """The view asked for; without one, the first of today and of the new ones that holds something."""
    if code:
        found = next((view for view in views if view.code == code), None)
        if found is None:
            raise Http404
        return found
    waiting = (view for view in views if view.code in {desks.NEW, desks.TODAY} and counts.get(view.code))
    return next(waiting, views[0])


def _url(view: DayView, **query: str) -> str:
    return reverse("enquiries:desk", query={"vue": view.code, **query})


def menu(actor: Actor) -> tuple[LinkGroup, ...]:
    """The same views beside the other pages of the desk, without their counters."""
    return (LinkGroup("Ma journée", tuple(link_to(view, {}, is_current=False) for view in desks.views_for(actor))),)


def link_to(view: DayView, counts: dict[str, int], *, is_current: bool) -> Link:
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
