"""The figures of an académie, for its coordinators and heads of service, and for the national referent."""

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from proxirh.accounts.step_up import factor_missing
from proxirh.enquiries import figures as enquiry_figures
from proxirh.enquiries import permissions
from proxirh.enquiries.figures import Period
from proxirh.kernel import disclosure
from proxirh.steering import charts, periods
from proxirh.territories.models import Academy


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Volumes, topics, delays and outcomes of one académie over one period; anyone else meets a 404."""
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_signed_in:
        return redirect_to_login(request.get_full_path())
    if permissions.lacks_factor_for_figures(actor):
        return factor_missing(request)
    every = Academy.objects.order_by("name").prefetch_related("departments")
    offered = [one for one in every if permissions.can_see_figures(actor, one.pk)]
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
