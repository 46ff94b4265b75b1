"""The floor: what Django alone costs, behind the same server and the same middleware."""

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.template.loader import render_to_string

from proxirh.enquiries.models import EnquiryFact

ROWS = 25


def floor(request: HttpRequest) -> HttpResponse:
    """A bare signed-in page: the session, its account, one indexed query, 25 rows with a date in a template."""
    if not request.user.is_authenticated:
        return HttpResponseForbidden()
    rows = EnquiryFact.objects.filter(department_code="54").order_by("-day")[:ROWS]
    return HttpResponse(render_to_string("bench/floor.html", {"rows": rows}))
