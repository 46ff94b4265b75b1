"""« À qui écrirait-on ce soir »: what the ladder would write tonight, for those who answer for an académie."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from proxirh.enquiries.ladder_pages import read_tonight
from proxirh.enquiries.nightly import read_others
from proxirh.enquiries.views.desk_access import actor_of, answering_or_heading


@require_safe
@answering_or_heading
def tonight(request: HttpRequest) -> HttpResponse:
    """Each silence by its reference, who would be told, since when; the other mails of the night counted.

    Neither a topic nor the name of an author.
    """
    actor, now = actor_of(request), timezone.now()
    before, after = request.GET.get("avant", ""), request.GET.get("apres", "")
    page = read_tonight(actor, before=before, after=after, at=now)
    context = {
        "page": page,
        "others": read_others(actor, at=now),
        "before_url": f"?avant={page.before}" if page.before else "",
        "after_url": f"?apres={page.after}" if page.after else "",
    }
    return render(request, "enquiries/ladder/tonight.html", context)
