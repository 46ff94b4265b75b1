"""The notice on personal data: the one in force, and each one that was."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from proxirh.enquiries.services import Notice, notice_in_force, published_notices
from proxirh.privacy.delays import by_code, table


@require_safe
def notice(request: HttpRequest) -> HttpResponse:
    """The one in force: five sentences, then the rest."""
    return _page(request, notice_in_force())


@require_safe
def notice_version(request: HttpRequest, number: int) -> HttpResponse:
    """One that is or was in force; an old one says since when it is so no more."""
    found = next((one for one in published_notices() if one.number == number), None)
    if found is None:
        raise Http404
    return _page(request, found)


def _page(request: HttpRequest, shown: Notice) -> HttpResponse:
    published = published_notices()
    following = next((one for one in published if one.number > shown.number), None)
    context = {
        "notice": shown,
        "template": f"privacy/notice/{shown.number}.html",
        "replaced_on": following and following.since,
        "last_day": following and following.since - timedelta(days=1),
        "others": [one for one in reversed(published) if one != shown],
        "lines": table(),
        "delays": by_code(),
        "dpo": settings.PROXIRH_DPO_MAIL,
    }
    return render(request, "privacy/notice.html", context)
