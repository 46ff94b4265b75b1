"""Home of each role, help at once, quick exit, public pages and health probes."""

from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.accounts.browser import browser_token, forget_everything
from proxirh.accounts.services import end_session
from proxirh.enquiries.services import leave_quickly
from proxirh.kernel.readonly import writes_on_get
from proxirh.portal import health
from proxirh.portal import urgent_help as table
from proxirh.portal.navigation import home_of
from proxirh.scheduling.services.permanences import announced, announced_for
from proxirh.territories.models import Academy, Department
from proxirh.territories.services import emergency
from proxirh.territories.services.helping import who_helps, who_helps_at
from proxirh.territories.services.sites import find_sites, site_of
from proxirh.territories.services.zones import find_places

MOST_SHOWN = 20


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The service explained to a visitor; everyone else is led to where her day begins."""
    actor = request.actor  # type: ignore[attr-defined]
    name = home_of(actor)
    if name != "portal:home":
        return HttpResponseRedirect(reverse(name))
    return render(request, "portal/role_home.html" if actor.is_staff else "portal/home.html")


@require_safe
def urgent_help(request: HttpRequest) -> HttpResponse:
    """Whom to call now."""
    return render(
        request,
        "portal/urgent_help.html",
        {
            "situations": table.SITUATIONS,
            "reviewed_on": table.REVIEWED_ON,
            "academies": Academy.objects.exclude(listening_cell="").only("name", "listening_cell"),
        },
    )


@require_safe
def network(request: HttpRequest) -> HttpResponse:
    """« Le réseau qui vous accompagne »: who helps in a département, without any person’s name; and finding a site."""
    today = timezone.localdate()
    departments = list(Department.objects.select_related("academy").order_by("code"))
    asked = request.GET.get("departement", "")
    chosen = next((one for one in departments if one.code == asked), None)
    words = request.GET.get("etablissement", "")
    sites, has_more = find_sites(words) if words else ([], False)
    named_academies, named_departments = find_places(words, departments)
    context = {
        "words": words,
        "named_academies": named_academies,
        "named_departments": named_departments,
        "sites": sites,
        "has_more_sites": has_more,
        "departments": departments,
        "chosen": chosen,
        "is_unknown": bool(asked) and chosen is None,
        "help": who_helps(chosen, day=today) if chosen else None,
        "permanences": list(announced(today).filter(site__department=chosen)[:MOST_SHOWN]) if chosen else [],
        "numbers": emergency.FOR_EVERYONE,
        "reviewed_on": emergency.REVIEWED_ON,
    }
    return render(request, "portal/network.html", context)


@require_safe
def site_help(request: HttpRequest, uai: str) -> HttpResponse:
    """Who helps those who work in a site, to print for its staff room; nothing individual. 404 for an unknown one."""
    today = timezone.localdate()
    site = site_of(uai)
    if site is None:
        raise Http404
    context = {
        "place": site,
        "today": today,
        "help": who_helps_at(site, day=today),
        "permanences": announced_for(site, day=today),
        "numbers": emergency.FOR_EVERYONE,
        "ask_address": settings.PROXIRH_BASE_URL + reverse("enquiries:ask"),
    }
    return render(request, "portal/site_help.html", context)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Leave at once: end the visit, erase what must leave no trace, and answer with a page that says nothing.

    A stale token must not keep anyone here, hence no CSRF check: a request from elsewhere carries none of our cookies
    (SameSite), and then nothing is ended nor cleared. An address typed or fetched ahead ends nothing: it leads home.
    """
    if request.method != "POST":
        return redirect("portal:home")
    response = HttpResponse(render_to_string("portal/left.html"))
    if request.COOKIES:
        with suppress(DatabaseError):
            end_session(request)
        with suppress(DatabaseError):
            leave_quickly(token=browser_token(request))
        forget_everything(request, response)
    return response


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What is accessible, what is not checked yet, whom to tell."""
    return render(request, "portal/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Where the notice on personal data used to be: an address already printed goes on leading to it."""
    return redirect("privacy:notice", permanent=True)


@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    """Who publishes the service, and under which licence."""
    return render(request, "portal/legal.html")


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Answer « ok » for as long as the process answers at all; it looks at nothing else."""
    return HttpResponse("ok", content_type="text/plain")


@writes_on_get
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Whether a load balancer may send people here."""
    found = health.probe.read()
    return JsonResponse(found.as_json(), status=200 if found.is_ready else 503)
