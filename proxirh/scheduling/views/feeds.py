"""The « occupé » calendar: its address for its person, its file for whatever program reads it."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.scheduling.forms.appointments import FeedForm
from proxirh.scheduling.invitations import busy_feed
from proxirh.scheduling.links import feed_token
from proxirh.scheduling.services import feeds
from proxirh.scheduling.views.access import with_agenda
from proxirh.territories.actor import Actor

CLOSE = "fermer"
NEW = "Voici la nouvelle adresse. L’ancienne, s’il y en avait une, ne s’ouvre plus."


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def feed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Open it, take another address, or close it."""
    row = feeds.own_feed(actor)
    form = FeedForm(request.POST if request.method == "POST" else None, initial={"version": row.version if row else 0})
    if form.is_bound:
        if request.POST.get("geste") == CLOSE:
            feeds.close_feed(actor=actor)
            messages.success(request, "Ce calendrier ne s’ouvre plus.")
        elif form.is_valid() and feeds.open_feed(actor=actor, seen=form.cleaned_data["version"]):
            messages.success(request, NEW)
        return redirect("scheduling:feed")
    address = ""
    if row is not None and row.is_on:
        named = feed_token(row.uid, row.version)
        address = settings.PROXIRH_BASE_URL + reverse("scheduling:busy", args=[named])
    return render(request, "scheduling/feed.html", {"address": address, "form": form})


@require_safe
def busy(request: HttpRequest, feed: str) -> HttpResponse:
    """When its person is busy, and nothing else."""
    rows = feeds.read_feed(feed, at=timezone.now())
    if rows is None:
        raise Http404
    return HttpResponse(busy_feed(rows, at=timezone.now()), content_type="text/calendar; charset=utf-8")
