"""A page of the desk says that it is open, and learns who else has it: a POST, since a GET changes no row."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from proxirh.accounts.services import is_no_activity, keeps_nothing
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.services.presence import attend, who_else
from proxirh.enquiries.views.desk_access import actor_of, at_desk, turned_away


@keeps_nothing
@is_no_activity
@require_POST
@at_desk
def presence(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One sentence, or nothing: for whoever may read the enquiry, and of it nothing."""
    actor = actor_of(request)
    found = Enquiry.objects.visible_to(actor, side=Side.DESK).filter(uid=uid).first()
    if found is None:
        return turned_away(request, uid)
    attend(actor=actor, enquiry=found)
    return HttpResponse(who_else(actor=actor, enquiry=found), content_type="text/plain; charset=utf-8")
