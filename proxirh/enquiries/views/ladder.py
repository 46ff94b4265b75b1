"""« À qui écrirait-on ce soir »: what the ladder would write tonight, for those who answer for an académie."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from proxirh.accounts.step_up import factor_missing
from proxirh.enquiries.ladder_pages import read_tonight
from proxirh.enquiries.views.desk_access import actor_of, signed_in


@require_safe
@signed_in
def tonight(request: HttpRequest) -> HttpResponse:
    """Each silence by its reference, who would be told, since when; neither a topic nor the name of its author."""
    actor = actor_of(request)
    if not (actor.answers_for or actor.heads):
        raise Http404
    if not actor.second_factor:
        return factor_missing(request)
    page = read_tonight(actor, before=request.GET.get("avant", ""), after=request.GET.get("apres", ""))
    context = {
        "page": page,
        "before_url": f"?avant={page.before}" if page.before else "",
        "after_url": f"?apres={page.after}" if page.after else "",
    }
    return render(request, "enquiries/ladder/tonight.html", context)
