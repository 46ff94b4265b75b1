"""Places of an académie and the rules of its agendas, kept by whoever runs it."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.errors import DomainError
from proxirh.scheduling.forms.places import NewPlaceForm, PlaceForm, RulesForm, initial_of
from proxirh.scheduling.models import MeetingPlace
from proxirh.scheduling.services import places
from proxirh.scheduling.services.rules import branches_of_topics, lengths_of, rules_of, set_lengths
from proxirh.territories.actor import Actor
from proxirh.territories.gate import runs_academy
from proxirh.territories.models import Academy

FORM_ERROR = 422
CLOSE, REOPEN = "fermer", "rouvrir"


@require_safe
@runs_academy
def academy_places(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """Where people are met here, and how long, early and late appointments are taken."""
    found, of_branch = places.places_of(academy), lengths_of(academy)
    context = {
        "academy": academy,
        "used": [one for one in found if one.is_open],
        "closed": [one for one in found if not one.is_open],
        "rules": rules_of(academy),
        "lengths": [(one.label, of_branch[one.code]) for one in branches_of_topics() if one.code in of_branch],
    }
    return render(request, "scheduling/places.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def add_place(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """One more."""
    form = NewPlaceForm(request.POST if request.method == "POST" else None, academy=academy)
    if form.is_bound and form.is_valid():
        try:
            made = places.add_place(
                actor=actor, department=form.where, facts=form.facts, site=form.site, key=form.cleaned_data["key"]
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Le lieu « {made.name} » est dans la liste.")
            return redirect("scheduling:places", academy.slug)
    context = {"academy": academy, "form": form}
    return render(request, "scheduling/place.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def change_place(request: HttpRequest, actor: Actor, academy: Academy, place_uid: UUID) -> HttpResponse:
    """Correct one, stop offering it, or offer it again."""
    rows = MeetingPlace.objects.filter(department__academy=academy).select_related("department__academy")
    place = get_object_or_404(rows, uid=place_uid)
    posted = request.POST if request.method == "POST" else None
    if posted is not None and posted.get("geste") in (CLOSE, REOPEN):
        is_open = posted["geste"] == REOPEN
        places.use_place(actor=actor, place=place, is_open=is_open)
        told = "est de nouveau proposé" if is_open else "n’est plus proposé"
        messages.success(request, f"Le lieu « {place.name} » {told}.")
        return redirect("scheduling:places", academy.slug)
    form = PlaceForm(posted, initial=initial_of(place))
    if form.is_bound and form.is_valid():
        try:
            places.correct_place(actor=actor, place=place, facts=form.facts)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est enregistré.")
            return redirect("scheduling:places", academy.slug)
    context = {"academy": academy, "form": form, "place": place}
    return render(request, "scheduling/place.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@runs_academy
def academy_rules(request: HttpRequest, actor: Actor, academy: Academy) -> HttpResponse:
    """How long, also for each branch of topics, how early, how late, and where one meets on a screen."""
    initial = RulesForm.initial_of(rules_of(academy), lengths_of(academy))
    posted = request.POST if request.method == "POST" else None
    form = RulesForm(posted, branches=branches_of_topics(), initial=initial)
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                places.set_rules(actor=actor, academy=academy, **form.rules)
                set_lengths(actor=actor, academy=academy, lengths=form.lengths)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est enregistré, pour les rendez-vous pris à partir de maintenant.")
            return redirect("scheduling:places", academy.slug)
    context = {"academy": academy, "form": form}
    return render(request, "scheduling/rules.html", context, status=FORM_ERROR if form.errors else 200)
