"""The map, the public page of each académie, and the posters: what anybody may read, without any person's name."""

from datetime import date, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from proxirh.enquiries.figures import public_first_answer
from proxirh.kernel.calendar import local_day
from proxirh.portal.map import by_region, drawing
from proxirh.portal.poster import Poster, poster
from proxirh.scheduling.services.permanences import announced
from proxirh.territories.models import Academy, Department
from proxirh.territories.services import emergency
from proxirh.territories.services.helping import is_open, who_helps_at
from proxirh.territories.services.sites import site_of
from proxirh.territories.services.zones import who_helps_in
from proxirh.ui import french

MOST_SHOWN = 10


@require_safe
def service_map(request: HttpRequest) -> HttpResponse:
    """Every académie, drawn and listed."""
    departments = list(Department.objects.select_related("academy"))
    context = {
        "drawing": drawing({one.academy_id: one.academy for one in departments}.values()),
        "regions": by_region(departments),
        "today": timezone.localdate(),
    }
    return render(request, "portal/map.html", context)


@require_safe
def academy(request: HttpRequest, academy_slug: str) -> HttpResponse:
    """What the service does in an académie, at which numbers, within which delay; nothing individual."""
    found, departments = _academy(academy_slug)
    today = timezone.localdate()
    month = _last_whole_month(departments)
    codes = [one.code for one in departments]
    context = {
        "academy": found,
        "help": who_helps_in(found, departments, day=today),
        "month": month,
        "measured": public_first_answer(codes, month, commitment=found.first_answer_days),
        "permanences": list(announced(today).filter(site__department__academy=found)[:MOST_SHOWN]),
        "numbers": emergency.FOR_EVERYONE,
        "ask_address": settings.PROXIRH_BASE_URL + reverse("enquiries:ask"),
        "today": today,
    }
    return render(request, "portal/academy.html", context)


@require_safe
def academy_poster(request: HttpRequest, academy_slug: str) -> HttpResponse:
    """The poster of an académie, as a tagged PDF. 404 where the service does not answer yet."""
    found, _ = _academy(academy_slug)
    today = timezone.localdate()
    if not is_open(found, today):
        raise Http404
    told = Poster(
        place=f"Académie {french.of(found.name)}",
        about="Pour toute personne qui travaille à l’éducation nationale ici, quel que soit son métier.",
        numbers=[("Service RH de proximité", found.contact_phone)] if found.contact_phone else [],
        address=_public("portal:academy", found.slug),
    )
    return _pdf(poster(told, on=today), f"affiche-{found.slug}.pdf")


@require_safe
def site_poster(request: HttpRequest, uai: str) -> HttpResponse:
    """The poster of a site, for its staff room, as a tagged PDF. 404 where nobody answers yet."""
    today = timezone.localdate()
    site = site_of(uai)
    if site is None or not is_open(site.department.academy, today):
        raise Http404
    teams = who_helps_at(site, day=today).teams
    numbers = [(one.helper.name, one.helper.number) for one in teams if one.helper.number]
    told = Poster(
        place=str(site),
        about="Pour toute personne qui travaille ici, quel que soit son métier.",
        numbers=list(dict.fromkeys(numbers)),
        address=_public("portal:site_help", site.uai),
    )
    return _pdf(poster(told, on=today), f"affiche-{site.uai}.pdf")


def _academy(slug: str) -> tuple[Academy, list[Department]]:
    """With its départements by code, in one query when it has any."""
    departments = list(Department.objects.filter(academy__slug=slug).select_related("academy").order_by("code"))
    return (departments[0].academy if departments else get_object_or_404(Academy, slug=slug)), departments


def _last_whole_month(departments: list[Department]) -> date:
    """First day of the month before this one, where the académie is."""
    today = local_day(timezone.now(), departments[0].time_zone) if departments else timezone.localdate()
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def _public(name: str, argument: str) -> str:
    return settings.PROXIRH_BASE_URL + reverse(name, args=[argument])


def _pdf(data: bytes, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(data, content_type="application/pdf", headers={"Content-Disposition": str(disposition)})
