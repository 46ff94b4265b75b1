"""« Qui a consulté ma demande »: the record of readings, for the author."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from proxirh.enquiries.readings import told
from proxirh.enquiries.views.desk_access import signed_in
from proxirh.enquiries.views.space import find_own
from proxirh.kernel.retention import kept
from proxirh.ui import french


@require_safe
@signed_in
def readings(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Who opened it, when and why; never what was read."""
    found = find_own(request, uid)
    return render(
        request,
        "enquiries/space/readings.html",
        {"enquiry": found, "readings": told(found), "kept": french.days(kept("READINGS").days)},
    )
