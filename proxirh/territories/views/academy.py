"""Running an académie: what is ready and what is missing before it opens, how it is reached, who stands in."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.errors import DomainError
from proxirh.territories.actor import Actor
from proxirh.territories.forms.academy import DeputyForm, OpenForm, ReachForm
from proxirh.territories.gate import runs_academy
from proxirh.territories.models import Academy
from proxirh.territories.services import opening

FORM_ERROR = 422
SAID = "C’est enregistré."


def notice_number() -> int:
    """The version of the notice in force, which an app above writes."""
    return int(import_string(settings.NOTICE_IN_FORCE)().number)


@require_safe
def academies(request: HttpRequest) -> HttpResponse:
    """The académies that this person runs; hers at once when there is one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_signed_in:
        return redirect_to_login(request.get_full_path())
    found = list(Academy.objects.filter(pk__in=actor.coordinates | actor.heads))
    if not found:
        raise Http404
    if len(found) == 1:
        return redirect("territories:academy", found[0].slug)
    return render(request, "territories/academies.html", {"academies": found})


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def academy_home(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """The list before opening, each line with its page; once open, the same list watches over it."""
    today = timezone.localdate()
    notice = notice_number()
    form = OpenForm(request.POST if request.method == "POST" else None, initial={"opened_on": today})
    if form.is_bound and form.is_valid():
        try:
            opening.open_academy(actor=actor, academy=academy, on=form.cleaned_data["opened_on"], notice=notice)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "L’académie est ouverte à partir de ce jour.")
            return redirect("territories:academy", academy.slug)
    checks = opening.check_all(academy, day=today, notice=notice)
    context = {
        "academy": academy,
        "checks": checks,
        "done": sum(check.is_done for check in checks),
        "form": form,
        "today": today,
    }
    return render(request, "territories/academy.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def academy_reach(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """The address, the telephone, the delay, and the notice."""
    notice = notice_number()
    told: dict[str, Any] = {
        name: getattr(academy, name) for name in ("contact_email", "contact_phone", "first_answer_days")
    }
    told["is_notice_read"] = academy.notice_reviewed >= notice
    form = ReachForm(request.POST if request.method == "POST" else None, initial=told)
    if form.is_bound and form.is_valid():
        asked = dict(form.cleaned_data)
        read = notice if asked.pop("is_notice_read") else None
        try:
            opening.set_reach(actor=actor, academy=academy, notice=read, **asked)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, SAID)
            return redirect("territories:academy", academy.slug)
    context = {"academy": academy, "form": form, "notice": notice}
    return render(request, "territories/reach.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def academy_deputies(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """Who stands in for whom; name one, end one."""
    today = timezone.localdate()
    posted = request.POST if request.method == "POST" else None
    if posted is not None and (key := posted.get("fin", "")):
        found = opening.deputies_of(academy, day=today).filter(pk=key).first() if key.isdecimal() else None
        if found is None:
            raise Http404
        opening.end_deputy(actor=actor, deputy=found)
        messages.success(request, "Cette suppléance est finie.")
        return redirect("territories:deputies", academy.slug)
    form = DeputyForm(
        posted,
        running=opening.who_runs(academy, day=today),
        serving=opening.who_may_stand_in(academy, day=today),
        initial={"valid_from": today},
    )
    if form.is_bound and form.is_valid():
        dates = {name: form.cleaned_data[name] for name in ("valid_from", "valid_until")}
        people = {name: form.chosen(name) for name in ("person", "deputy")}
        try:
            opening.name_deputy(actor=actor, academy=academy, **people, **dates)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, SAID)
            return redirect("territories:deputies", academy.slug)
    context = {"academy": academy, "form": form, "deputies": opening.deputies_of(academy, day=today), "today": today}
    return render(request, "territories/deputies.html", context, status=FORM_ERROR if form.errors else 200)
