"""« Ma matinée »: the five lines of whoever answers for an académie, and the load of each colleague."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from proxirh.enquiries import desk as desks
from proxirh.enquiries.morning import Morning, read_load, read_morning
from proxirh.enquiries.views.desk_access import actor_of, answering_for, answering_or_heading
from proxirh.territories.actor import Actor
from proxirh.ui.chrome import Link, LinkGroup, page_address


def menu_of_morning(current: str = "") -> tuple[LinkGroup, ...]:
    """Beside the pages of a coordination: what its morning leads to."""
    pages = (
        ("Les cinq lignes", "morning"),
        ("Absence imprévue", "absence"),
        ("Départs", "leavers"),
        ("Charge par personne", "load"),
        ("À qui écrirait-on ce soir", "tonight"),
        ("Rappels promis, appels reçus", "late_promises"),
    )
    links = (Link(label, page_address(f"enquiries:{name}"), current=name == current) for label, name in pages)
    sheets = Link("Fiches-réponses", page_address("knowledge:sheets"))
    return (LinkGroup("Ma matinée", (*links, sheets)),)


@require_safe
@answering_or_heading
def morning(request: HttpRequest) -> HttpResponse:
    """Five lines and one button each; for the head of a service, counts by team and nobody’s name."""
    actor = actor_of(request)
    found = read_morning(actor)
    if not actor.answers_for:
        context = {"morning": found, "coverage_url": _coverage_url(actor, found)}
        return render(request, "enquiries/morning/head.html", context)
    desk = page_address("enquiries:desk")
    context = {
        "morning": found,
        "late_url": f"{desk}?vue={desks.ACADEMY_LATE}",
        "untaken_url": f"{desk}?vue={desks.ACADEMY_WAITING}",
        "side_navigation": menu_of_morning("morning"),
        "coverage_url": _coverage_url(actor, found),
    }
    return render(request, "enquiries/morning/morning.html", context)


def _coverage_url(actor: Actor, found: Morning) -> str:
    """Where holes are listed and filled: of the only académie that has some, or the choice; not for who stands in."""
    if not actor.runs:
        return ""
    if len(found.to_mend) == 1 and actor.answers_for <= actor.runs:
        return reverse("territories:coverage", args=found.to_mend)
    return page_address("territories:academies")


@require_safe
@answering_for
def load(request: HttpRequest) -> HttpResponse:
    """By name and in no other order; no file, and nothing that measures anybody’s work."""
    context = {"rows": read_load(actor_of(request)), "side_navigation": menu_of_morning("load")}
    return render(request, "enquiries/morning/load.html", context)
