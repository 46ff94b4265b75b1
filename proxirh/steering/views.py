"""Figures and network of an académie, for its coordinators and heads of service, and for the national referent."""

from datetime import date
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from proxirh.accounts.step_up import factor_missing
from proxirh.enquiries import figures as enquiry_figures
from proxirh.enquiries import permissions
from proxirh.enquiries.figures import Period
from proxirh.kernel import disclosure
from proxirh.steering import charts, periods
from proxirh.steering.indicators import INDICATORS
from proxirh.steering.indicators.shape import SUBJECTS
from proxirh.territories import permissions as territories
from proxirh.territories.actor import Actor
from proxirh.territories.figures import ACADEMY, NATIONAL, Scope, network_at, scopes
from proxirh.territories.models import Academy
from proxirh.territories.services.network import serving_on
from proxirh.ui.chrome import Link

PEOPLE_A_PAGE = 30
BY_ACADEMY = "academies"


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Volumes, topics, delays and outcomes of one académie over one period; anyone else meets a 404."""
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_signed_in:
        return redirect_to_login(request.get_full_path())
    if permissions.lacks_factor_for_figures(actor):
        return factor_missing(request)
    offered = [one for one in Academy.objects.order_by("name") if permissions.can_see_figures(actor, one.pk)]
    asked = request.GET.get("academie")
    academy = next((one for one in offered if asked in (None, one.slug)), None)
    if academy is None:
        raise Http404
    today = timezone.localdate()
    choice = periods.chosen(request.GET.get("periode", ""), today)
    inside = academy.pk in actor.runs
    threshold = disclosure.INSIDE_ACADEMY if inside else disclosure.PUBLISHED
    found = enquiry_figures.figures(
        enquiry_figures.places_of(academy),
        choice.period,
        commitment=academy.first_answer_days,
        today=today,
        threshold=threshold,
    )
    return render(
        request,
        "steering/figures.html",
        {
            "academy": academy,
            "academies": offered,
            "choice": choice,
            "choices": periods.choices(today),
            "figures": found,
            "charts": charts.all_charts(found),
            "quick_charts": charts.quick_charts(found),
            "quick_reach": periods.reach(found.quick.covered, choice.period),
            "threshold": threshold,
            "is_running": choice.period.end > today,
            "is_early": found.until <= choice.period.start,
            "first_on": Period.month(choice.period.start).end,
            "last_day": Period.month(found.until).previous().last_day,
            "reaches": {
                name: periods.reach(covered, choice.period)
                for name, covered in (
                    ("total", found.covered),
                    ("first_answer", found.first_answer.covered),
                    ("handling", found.handling.covered),
                )
            },
        },
    )


@require_safe
def network(request: HttpRequest) -> HttpResponse:
    """The counsellors on a day, counted; and named, for whoever runs the service of the académie."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_signed_in:
        return redirect_to_login(request.get_full_path())
    if permissions.lacks_factor_for_figures(actor):
        return factor_missing(request)
    offered = {code: scope for code, scope in scopes().items() if _may_see(actor, scope)}
    scope = offered.get(request.GET.get("perimetre") or next(iter(offered), ""))
    if scope is None:
        raise Http404
    today = timezone.localdate()
    day = _asked_day(request) or today
    found = network_at(scope, day)
    by_academy = scope.width == NATIONAL and request.GET.get("vue") == BY_ACADEMY
    context = {
        "scope": scope,
        "offered": offered.values(),
        "day": day,
        "is_today": day == today,
        "is_past": day < today,
        "network": found,
        "charts": charts.academy_charts(found) if by_academy else charts.network_charts(found),
        "view": BY_ACADEMY if by_academy else "",
        "views": _views(scope, day, by_academy=by_academy),
        **_people(request, actor, scope, day),
    }
    return render(request, "steering/network.html", context)


@require_safe
def indicators(request: HttpRequest) -> HttpResponse:
    """What each figure means and how it is computed, one subject at a time, for whoever reads figures."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_signed_in:
        return redirect_to_login(request.get_full_path())
    if permissions.lacks_factor_for_figures(actor):
        return factor_missing(request)
    if not permissions.reads_figures(actor):
        raise Http404
    asked = request.GET.get("sujet")
    subject = asked if asked in SUBJECTS else next(iter(SUBJECTS))
    context = {
        "subject": SUBJECTS[subject],
        "subjects": [
            Link(name, "?" + urlencode({"sujet": code}), current=code == subject) for code, name in SUBJECTS.items()
        ],
        "indicators": [one for one in INDICATORS.values() if one.section == subject],
    }
    return render(request, "steering/indicators.html", context)


def _may_see(actor: Actor, scope: Scope) -> bool:
    if scope.width == ACADEMY:
        return permissions.can_see_figures(actor, scope.academies[0].pk)
    return permissions.can_see_national_figures(actor)


def _asked_day(request: HttpRequest) -> date | None:
    try:
        return parse_date(request.GET.get("jour", ""))
    except ValueError:
        return None


def _views(scope: Scope, day: date, *, by_academy: bool) -> list[Link]:
    """The two pages of the country, which has too many académies for one."""
    if scope.width != NATIONAL:
        return []
    asked = {"perimetre": scope.code, "jour": day.isoformat()}
    return [
        Link("Profils et régions", f"?{urlencode(asked)}", current=not by_academy),
        Link("Académies", f"?{urlencode(asked | {'vue': BY_ACADEMY})}", current=by_academy),
    ]


def _people(request: HttpRequest, actor: Actor, scope: Scope, day: date) -> dict[str, Any]:
    """One page of the list, and the links to its neighbours; nothing for whoever reads no names there."""
    if scope.width != ACADEMY or not territories.can_run_academy(actor, scope.academies[0]):
        return {"reads_names": False}
    people = serving_on(scope, day)
    asked = request.GET.get("page", "")
    last = max(0, (len(people) - 1) // PEOPLE_A_PAGE)
    page = min(int(asked), last) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 0

    def link(number: int) -> str:
        return "?" + urlencode({"perimetre": scope.code, "jour": day.isoformat(), "page": number}) + "#liste"

    first = page * PEOPLE_A_PAGE
    shown = people[first : first + PEOPLE_A_PAGE]
    return {
        "reads_names": True,
        "people": charts.serving_table(shown) if shown else None,
        "previous": link(page - 1) if page else "",
        "next": link(page + 1) if page < last else "",
        "summary": f"Missions {first + 1} à {first + len(shown)} sur {len(people)}" if last else "",
    }
