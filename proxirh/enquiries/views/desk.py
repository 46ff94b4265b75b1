"""The desk: the views of the day, one list at a time."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import desk as desks
from proxirh.enquiries import desk_pages, desk_search
from proxirh.enquiries.desk import DayView
from proxirh.enquiries.services.searching import count_search
from proxirh.enquiries.views.desk_access import actor_of, at_desk
from proxirh.kernel.errors import TooManyTries
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
    refusal = _too_fast(actor) if words else ""
    if words and not refusal:
        page = desk_search.search(actor, words)
    else:
        page = desk_pages.read_desk(
            actor, view, before=request.GET.get("avant", ""), after=request.GET.get("apres", "")
        )
    links = tuple(link_to(one, page.counts, is_current=one is page.view and not words) for one in views)
    context = {
        "view": page.view,
        "page": page,
        "words": words,
        "refusal": refusal,
        "links": links,
        "side_navigation": (LinkGroup("Ma journée", links), *beside_lists(actor)),
        "before_url": _url(page.view, avant=page.before) if page.before else "",
        "after_url": _url(page.view, apres=page.after) if page.after else "",
        "can_search": actor.receives or bool(actor.answers_for),
        "can_type": actor.receives,
        "desk_url": page_address("enquiries:desk"),
        "finish_url": page_address("enquiries:finish") if page.view.code == desks.TO_END and not words else "",
    }
    template = "enquiries/desk/list.html"
    status = 429 if refusal else 200
    return render(request, f"{template}#rows" if _is_fragment(request) else template, context, status=status)


def _too_fast(actor: Actor) -> str:
    """Why this search is not made, if it is one too many."""
    try:
        count_search(actor=actor)
    except TooManyTries as refusal:
        return str(refusal)
    return ""


def _is_fragment(request: HttpRequest) -> bool:
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def _url(view: DayView, **query: str) -> str:
    return f"{page_address('enquiries:desk')}?{urlencode({'vue': view.code, **query})}"


def menu(actor: Actor) -> tuple[LinkGroup, ...]:
    """The same views beside the other pages of the desk, without their counters."""
    views = tuple(link_to(view, {}, is_current=False) for view in desks.views_for(actor))
    templates = Link("Modèles de réponse", page_address("enquiries:reply_templates"))
    writing = (LinkGroup("Écrire", (templates,)),) if actor.receives else ()
    day = (LinkGroup("Ma journée", views),) if views else ()
    return (*day, *beside_lists(actor), *writing)


def beside_lists(actor: Actor) -> tuple[LinkGroup, ...]:
    """What one opens when someone calls, counts without a name, or follows beside a colleague."""
    groups = []
    if actor.officers or actor.lines:
        asked = Link("Où en est sa demande ?", page_address("enquiries:call"))
        sheets = Link("Fiches-réponses", page_address("knowledge:sheets"))
        line = (Link("La ligne", page_address("enquiries:line")),) if actor.lines else ()
        groups.append(LinkGroup("Au téléphone", (*line, asked, sheets)))
    if actor.coordinates:
        groups.append(LinkGroup("Retrouver", (Link("Par une adresse", page_address("enquiries:by_address")),)))
    if actor.answers_for:
        groups.append(LinkGroup("Rappels", (Link("À qui écrirait-on ce soir", page_address("enquiries:tonight")),)))
    if actor.receives:
        notes = Link("Vos notes", page_address("enquiries:notes_to_review"))
        beside = Link("Suivies à deux", page_address("enquiries:beside"))
        quick = Link("Échange éclair", page_address("enquiries:note_quick"))
        permanence = Link("Saisir ma permanence", page_address("enquiries:permanence"))
        relieved = Link("Ce qui a changé de mains", page_address("enquiries:relieved"))
        groups.append(LinkGroup("À côté", (beside, notes, quick, permanence, relieved)))
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
