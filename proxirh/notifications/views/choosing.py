"""« Mes courriels » for whoever is signed in, and the page behind the foot of a mail for whoever is not."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from proxirh.kernel import limits
from proxirh.notifications import services
from proxirh.notifications.forms import ChoicesForm, StopForm
from proxirh.notifications.kinds import KINDS, Reader, always_sent
from proxirh.notifications.links import mail_of
from proxirh.notifications.models import Frequency
from proxirh.territories.actor import Actor

FORM_ERROR, TOO_MANY = 422, 429
ONE_CLICK = "List-Unsubscribe"
BY_LINK, AN_HOUR = 20, timedelta(hours=1)


def actor_of(request: HttpRequest) -> Actor:
    """Who acts."""
    return request.actor  # type: ignore[attr-defined]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """One list, one button."""
    actor = actor_of(request)
    addresses = services.own_addresses(actor)
    choice = services.choice_of(addresses)
    kinds = services.offered_to(actor)
    form = ChoicesForm(request.POST if request.method == "POST" else None, kinds=kinds, choice=choice)
    if form.is_bound and form.is_valid() and addresses:
        is_quiet = form.cleaned_data.get("is_quiet", False)
        services.choose(actor=actor, frequencies=form.frequencies(), is_quiet=is_quiet)
        messages.success(request, "C’est noté : vos prochains courriels suivront ce que vous venez de choisir.")
        return redirect("notifications:mine")
    readers = (Reader.AGENT, Reader.STAFF) if actor.is_staff else (Reader.AGENT,)
    context = {"form": form, "addresses": addresses, "always": always_sent(*readers), "is_staff": actor.is_staff}
    return render(request, "notifications/mine.html", context, status=FORM_ERROR if form.errors else 200)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """A page with its button: programs that fetch links ahead change nothing; a mail program posts in one click.

    The latter holds no page of ours, hence no CSRF check: the signed link, which only the mail bears, is the proof.
    """
    mail = mail_of(token)
    if mail is None:
        return render(request, "notifications/stale.html", status=404)
    kind = KINDS[mail.kind]
    if request.method != "POST":
        return render(request, "notifications/stop.html", {"kind": kind, "form": StopForm()})
    if not limits.attempt("stop", token, limit=BY_LINK, per=AN_HOUR):
        return render(request, "notifications/stop.html", {"kind": kind, "is_refused": True}, status=TOO_MANY)
    one_click = ONE_CLICK in request.POST
    form = StopForm({"frequency": Frequency.NEVER.value} if one_click else request.POST)
    if not form.is_valid():
        return render(request, "notifications/stop.html", {"kind": kind, "form": form}, status=FORM_ERROR)
    frequency = Frequency(form.cleaned_data["frequency"])
    services.choose_by_link(mail=mail, frequency=frequency)
    return render(request, "notifications/stopped.html", {"kind": kind, "frequency": frequency})
