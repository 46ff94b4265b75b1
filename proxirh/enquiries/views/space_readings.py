"""« Qui a consulté ma demande »: the record of readings, for the author."""

from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.readings import told
from proxirh.enquiries.views.desk_access import actor_of, signed_in
from proxirh.enquiries.views.space import find_own
from proxirh.kernel.retention import kept
from proxirh.ui import french


@require_safe
@signed_in
def readings(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Who opened it, when and why; never what was read."""
    found = find_own(request, uid)
    beside = Q(merged_into=found) | Q(previous=found, fact__is_counted=False)  # or waiting for another académie
    merged = Enquiry.objects.visible_to(actor_of(request), side=Side.AUTHOR).filter(beside).order_by("pk")
    return render(
        request,
        "enquiries/space/readings.html",
        {
            "enquiry": found,
            "readings": told(found),
            "apart": [(one.reference, told(one)) for one in merged.select_related("data_key", "department")],
            "kept": french.days(kept("READINGS").days),
        },
    )
