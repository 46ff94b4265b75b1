"""The directory of external partners: listed with its freshness, added to, corrected, confirmed in one gesture."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.errors import DomainError, StaleState
from proxirh.territories.actor import Actor
from proxirh.territories.forms.partners import PartnerForm, version
from proxirh.territories.gate import NATIONAL, runs_directory
from proxirh.territories.models import Academy, Partner
from proxirh.territories.services import partners

FORM_ERROR = 422
MOVED = "Un collègue vient d’écrire cet interlocuteur. Relisez-le : votre texte est gardé, rien n’est enregistré."
CONFIRM_MOVED = "Un collègue vient de corriger cet interlocuteur. Relisez-le, puis confirmez-le."
WITHDRAW = "retirer"


@require_safe
def directories(request: HttpRequest) -> HttpResponse:
    """The directories that this person keeps; hers at once when there is one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_signed_in:
        return redirect_to_login(request.get_full_path())
    found = [(one.slug, one.name) for one in Academy.objects.filter(pk__in=actor.runs)] if actor.runs else []
    if actor.is_administrator:
        found.append((NATIONAL, "Annuaire national"))
    if not found:
        raise Http404
    if len(found) == 1:
        return redirect("territories:partners", found[0][0])
    return render(request, "territories/directories.html", {"directories": found})


@require_http_methods(["GET", "HEAD", "POST"])
@runs_directory
def directory(request: HttpRequest, actor: Actor, academy: Academy | None) -> HttpResponse:
    """All of them, those to check first; a POST confirms one."""
    today = timezone.localdate()
    rows = partners.partners_of(academy)
    if request.method == "POST":
        return _confirm(request, actor, academy)
    shown = [_line(one, today) for one in rows.open_on(today)]
    former = rows.exclude(withdrawn_on=None).count()
    context: dict[str, Any] = {
        "academy": academy,
        "slug": _slug(academy),
        "to_check": [line for line in shown if line["is_flagged"]],
        "fresh": [line for line in shown if not line["is_flagged"]],
        "former": former,
    }
    if academy is not None:
        context["national"] = Partner.objects.of_directory(None).open_on(today).fresh_on(today)
    return render(request, "territories/partners.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_directory
def add_partner(request: HttpRequest, actor: Actor, academy: Academy | None) -> HttpResponse:
    """One more."""
    form = PartnerForm(request.POST if request.method == "POST" else None, academy=academy)
    if form.is_bound and form.is_valid():
        try:
            made = partners.add_partner(actor=actor, academy=academy, facts=form.facts, key=form.cleaned_data["key"])
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made.name} est dans l’annuaire, vérifié d’aujourd’hui.")
            return redirect("territories:partners", _slug(academy))
    context = {"academy": academy, "slug": _slug(academy), "form": form}
    return render(request, "territories/partner.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_directory
def change_partner(request: HttpRequest, actor: Actor, academy: Academy | None, partner_uid: UUID) -> HttpResponse:
    """Correct one, or withdraw it."""
    today = timezone.localdate()
    rows = partners.partners_of(academy).open_on(today)
    found = get_object_or_404(rows, uid=partner_uid)
    posted = request.POST if request.method == "POST" else None
    if posted is not None and posted.get("geste") == WITHDRAW:
        partners.withdraw_partner(actor=actor, partner=found)
        messages.success(request, f"{found.name} est retiré de l’annuaire.")
        return redirect("territories:partners", _slug(academy))
    form, is_stale = PartnerForm(posted, academy=academy, partner=found), False
    if form.is_bound and form.is_valid():
        try:
            if form.cleaned_data["seen"] != version(found):
                raise StaleState
            partners.correct_partner(actor=actor, partner=found, facts=form.facts)
        except StaleState:
            is_stale, found = True, get_object_or_404(rows, uid=partner_uid)
            form.add_error(None, MOVED)
            form.data["seen"] = version(found)  # type: ignore[index]
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est enregistré, et vérifié d’aujourd’hui.")
            return redirect("territories:partners", _slug(academy))
    context = {
        "academy": academy,
        "slug": _slug(academy),
        "form": form,
        "line": _line(found, today),
        "partner": found,
        "is_stale": is_stale,
    }
    return render(request, "territories/partner.html", context, status=FORM_ERROR if form.errors else 200)


def _confirm(request: HttpRequest, actor: Actor, academy: Academy | None) -> HttpResponse:
    """« Toujours exact », about the facts that the page showed."""
    named, _, seen = request.POST.get("confirmer", "").partition(" ")
    try:
        uid, read = UUID(named), parse_datetime(seen)
    except ValueError:
        raise Http404 from None
    found = get_object_or_404(partners.partners_of(academy), uid=uid)
    try:
        if read is None:
            raise StaleState
        partners.confirm_partner(actor=actor, partner=found, seen=read)
    except StaleState:
        messages.warning(request, CONFIRM_MOVED)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{found.name} est vérifié d’aujourd’hui.")
    return redirect("territories:partners", _slug(academy))


def _slug(academy: Academy | None) -> str:
    return academy.slug if academy else NATIONAL


def _line(partner: Partner, today: date) -> dict[str, Any]:
    everywhere = "partout" if partner.academy_id is None else "toute l’académie"
    return {
        "partner": partner,
        "version": version(partner),
        "where": ", ".join(one.name for one in partner.departments.all()) or everywhere,
        "topics": ", ".join(topic.label for topic in partner.topics.all()),
        "is_flagged": partner.is_flagged(today),
        "is_hidden": partner.is_hidden(today),
    }
