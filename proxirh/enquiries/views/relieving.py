"""What a colleague who is away, or who leaves, had in hand: the exact list, then the act, then what became of it."""

import uuid
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.accounts.models import Person
from proxirh.enquiries.forms.relieving import (
    MOST_AT_ONCE,
    MOST_CARRIED,
    MOST_MEETINGS,
    AwayForm,
    CoverForm,
    EntrustForm,
    MeetingsForm,
    SeenAgain,
)
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.relief import held_by
from proxirh.enquiries.relief_meetings import meetings_away
from proxirh.enquiries.services.relieving import AWAY, LEAVING, Relieved, cover_absence, entrust_all
from proxirh.enquiries.services.standing_in import Settled, settle_meetings
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, answering_for, at_desk
from proxirh.enquiries.views.morning import menu_of_morning
from proxirh.kernel.errors import DomainError
from proxirh.territories.actor import Actor
from proxirh.territories.services.attendance import (
    LONGEST_ABSENCE,
    Server,
    departure_of,
    departures,
    read_servers,
    record_absence,
)
from proxirh.ui import french

DO, CHANGE = "confier", "changer"
SHOWN_FOR, MOST_LISTED = timedelta(days=90), 100


# ── An absence that nobody had foreseen ──────────────────────────────────────────────────────────
@require_safe
@answering_for
def absence(request: HttpRequest) -> HttpResponse:
    """Who, and until when; nothing is written before the exact list is read."""
    actor, today = actor_of(request), timezone.localdate()
    servers = read_servers(actor.answers_for, day=today)
    people = [one.person for key, one in servers.items() if key != actor.person_id]
    form = AwayForm(request.GET if "personne" in request.GET else None, people=people, today=today)
    if form.is_bound and form.is_valid():
        until = form.cleaned_data["jusqu"].isoformat()
        there = reverse("enquiries:absence_of", args=[form.cleaned_data["personne"]])
        return redirect(f"{there}?{urlencode({'jusqu': until})}")
    status = 422 if form.is_bound else 200
    context = {"form": form, "side_navigation": menu_of_morning("absence")}
    return render(request, "enquiries/relief/absence.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@answering_for
def absence_of(request: HttpRequest, person_uid: UUID) -> HttpResponse:
    """What she has in hand that cannot wait, to be proposed at once; afterwards, what is left and why."""
    actor, now, today = actor_of(request), timezone.now(), timezone.localdate()
    there = read_servers(actor.answers_for, day=today)
    server = next((one for key, one in there.items() if one.person.uid == person_uid and key != actor.person_id), None)
    if server is None:
        raise Http404
    if request.method == "POST":
        return _cover(request, actor, there, server)
    recorded = server.absence_on(today)
    until = max(_asked(request, today), recorded.valid_until if recorded else today)
    held = [one for one in held_by(actor, server.person.pk) if one.cannot_wait(until)]
    meetings = meetings_away(actor, server.person.pk, until=until, there=there, at=now)
    context = {
        "name": server.person.full_name,
        "until": until,
        "is_recorded": recorded is not None and recorded.valid_until >= until,
        "rows": held[:MOST_LISTED],
        "meetings": meetings,
        "meetings_form": MeetingsForm(rows=meetings.rows),
        "meetings_left": meetings.rows[MOST_MEETINGS : MOST_MEETINGS + MOST_CARRIED],
        "key": uuid.uuid4(),
        "side_navigation": menu_of_morning(),
    }
    return render(request, "enquiries/relief/absence_of.html", context)


def _cover(request: HttpRequest, actor: Actor, there: dict[int, Server], server: Server) -> HttpResponse:
    """The absence, then each appointment, then each enquiry; what cannot be done is told, and the rest stands."""
    person = server.person
    people = [one.person for key, one in there.items() if key not in {person.pk, actor.person_id}]
    form = CoverForm(request.POST, today=timezone.localdate(), people=people)
    if not form.is_valid():
        messages.error(request, "Cette page ne se lit plus. Relisez la liste, puis confirmez de nouveau.")
        return redirect("enquiries:absence")
    data = form.cleaned_data
    until, key = data["jusqu"], data["key"]
    asked: dict[str, Any] = {"actor": actor, "person": person, "until": until}
    try:
        record_absence(**asked)
        messages.success(request, f"L’absence est notée : {person.full_name}, jusqu’au {french.plain_day(until)}.")
        _tell_settled(request, settle_meetings(**asked, fates=form.fates, others=data["others"], key=key))
        _tell(request, cover_absence(**asked, seen=data["chosen"], key=key))
    except DomainError as refusal:  # what came before it stands, and is told
        messages.error(request, str(refusal))
    return redirect("enquiries:absence_of", person.uid)


def _tell_settled(request: HttpRequest, done: Settled) -> None:
    if done.entrusted:
        told = french.counted(len(done.entrusted), "rendez-vous est confié,rendez-vous sont confiés")
        messages.success(request, f"{told}, à la même heure : {_names(done.entrusted)}. Chaque agent est prévenu.")
    if done.asked:
        told = french.counted(len(done.asked), "rendez-vous est annulé,rendez-vous sont annulés")
        messages.success(request, f"{told} : {_names(done.asked)}. Chaque agent reçoit de quoi en choisir un autre.")
    for why, references in done.left.items():
        messages.warning(request, f"Rendez-vous gardé comme il est : {_names(references)}. {why}")


def _asked(request: HttpRequest, today: date) -> date:
    """The last day that the address names; today when it does not read."""
    try:
        asked = date.fromisoformat(request.GET.get("jusqu", ""))
    except ValueError:
        return today
    return asked if today <= asked <= today + LONGEST_ABSENCE else today


def _tell(request: HttpRequest, done: Relieved) -> None:
    if done.moved:
        told = french.counted(len(done.moved), "demande est proposée,demandes sont proposées")
        messages.success(request, f"{told} à quelqu’un de présent : {_names(done.moved)}. Chaque agent est prévenu.")
    for why, references in done.left.items():
        messages.warning(request, f"Laissée comme elle est : {_names(references)}. {why}")


def _names(references: Collection[str]) -> str:
    return ", ".join(references)


# ── Somebody leaves ──────────────────────────────────────────────────────────────────────────────
@require_safe
@answering_for
def leavers(request: HttpRequest) -> HttpResponse:
    """Who leaves, and when."""
    found = departures(actor_of(request), day=timezone.localdate())
    context = {"departures": found, "side_navigation": menu_of_morning("leavers")}
    return render(request, "enquiries/relief/leavers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@answering_for
def leaver(request: HttpRequest, person_uid: UUID) -> HttpResponse:
    """Everything she has in hand, by row: a choice, the exact list again, then the act."""
    actor, today = actor_of(request), timezone.localdate()
    found = departure_of(actor, person_uid, day=today)
    if found is None:
        raise Http404
    held = held_by(actor, found.person.pk)
    people = _others(actor, found.person)
    act = request.POST.get("geste", "")
    form = EntrustForm(request.POST or None, rows=held[:MOST_AT_ONCE], people=people)
    if form.is_bound and act == DO:
        return _entrust(request, form, found.person)
    context: dict[str, Any] = {"name": found.person.full_name, "last_day": found.last_day, "form": form}
    context["side_navigation"] = menu_of_morning()
    if form.is_bound and act != CHANGE and form.is_valid():
        chosen = [form.rows[one] for one in form.cleaned_data["chosen"]]
        return render(request, "enquiries/relief/leaver_list.html", {**context, "chosen": chosen})
    context |= {"rows": held[:MOST_AT_ONCE], "more": max(0, len(held) - MOST_AT_ONCE)}
    status = 422 if form.is_bound and form.errors and act != CHANGE else 200
    return render(request, "enquiries/relief/leaver.html", context, status=status)


def _others(actor: Actor, leaving: Person) -> list[Person]:
    """Everyone else who receives there today: a name left out would tell who is kept away."""
    servers = read_servers(actor.answers_for, day=timezone.localdate())
    return [one.person for key, one in servers.items() if key not in {actor.person_id, leaving.pk}]


def _entrust(request: HttpRequest, form: EntrustForm, person: Person) -> HttpResponse:
    """What the page of the exact list carries; rows that have moved meanwhile are told, not refused as a whole."""
    seen = SeenAgain(request.POST, people=form.people)
    if not seen.is_valid():
        messages.error(request, "Cette page ne se lit plus. Relisez la liste, puis confirmez de nouveau.")
    else:
        data = seen.cleaned_data
        try:
            done = entrust_all(
                actor=actor_of(request),
                person=person,
                seen=data["chosen"],
                to=data["person"],
                note=data["note"],
                key=data["key"],
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            _tell(request, done)
    return redirect("enquiries:leaver", person.uid)


# ── Back at work ─────────────────────────────────────────────────────────────────────────────────
@require_safe
@at_desk
def relieved(request: HttpRequest) -> HttpResponse:
    """What was proposed to colleagues while one was away, by reference alone."""
    actor = actor_of(request)
    if not actor.receives:
        raise Http404
    now = timezone.now()
    rows: Any = Enquiry.objects.for_system("ce qui a changé de mains").moved_from(
        actor, AWAY, LEAVING, since=now - SHOWN_FOR
    )
    context = {
        "rows": rows.values_list("reference", "left_at", "department__time_zone")[:MOST_LISTED],
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/relief/relieved.html", context)
