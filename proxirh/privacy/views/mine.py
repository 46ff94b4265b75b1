"""What is kept of oneself, and all of it in one file."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.accounts.step_up import step_up
from proxirh.privacy import archive
from proxirh.privacy.asked_notes import asked_by
from proxirh.privacy.delays import by_code
from proxirh.privacy.kept import told_to
from proxirh.territories.actor import Actor


def actor_of(request: HttpRequest) -> Actor:
    """Who acts."""
    return request.actor  # type: ignore[attr-defined]


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What is kept, why, until when, who read it; and the four things one may do."""
    actor = actor_of(request)
    context = {"kept": told_to(actor), "delays": by_code(), "asked_notes": asked_by(actor)}
    return render(request, "privacy/mine.html", context)


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def download(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """A page that says what is in the file, and its button."""
    if request.method != "POST":
        return render(request, "privacy/download.html")
    made = archive.export_data(actor=actor_of(request))
    return StreamingHttpResponse(
        archive.zipped(made),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="mes-donnees-{timezone.localdate(made.made_at)}.zip"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        },
    )
