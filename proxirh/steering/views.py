"""The figures of an académie, for its coordinators and heads of service, and for the national referent."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from proxirh.enquiries import figures as enquiry_figures
from proxirh.kernel import disclosure
from proxirh.steering import charts, periods
from proxirh.territories.models import Academy


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Volumes, topics, delays and outcomes of one académie over one period; anyone else meets a 404."""
    actor = request.actor  # type: ignore[attr-defined]
    academies = Academy.objects.order_by("name")
    if not actor.is_national:
        academies = academies.filter(pk__in=actor.coordinates | actor.heads)
    offered = list(academies.prefetch_related("departments"))
    if not offered:
        raise Http404
    today = timezone.localdate()
    academy = next((one for one in offered if one.slug == request.GET.get("academie")), offered[0])
    choice = periods.chosen(request.GET.get("periode", ""), today)
    inside = academy.pk in actor.coordinates | actor.heads
    threshold = disclosure.INSIDE_ACADEMY if inside else disclosure.PUBLISHED
    found = enquiry_figures.figures(
        [department.code for department in academy.departments.all()],
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
            "charts": charts.all_charts(found, today=today),
            "threshold": threshold,
            "is_running": choice.period.end > today,
        },
    )
