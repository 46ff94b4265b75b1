"""The telephone line of whoever answers it: what waits, and the screen of one call."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.enquiries.forms.line import CallForm, initial_of
from proxirh.enquiries.services.calling_back import without_kept_from
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, on_line
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.knowledge.models import AnswerSheet
from proxirh.scheduling.models import PhoneCall, Promise
from proxirh.scheduling.permissions import can_write_call
from proxirh.scheduling.services import calling, promising
from proxirh.scheduling.workflow import CALL_WORKFLOW, CallState, CallStep
from proxirh.territories.actor import Actor
from proxirh.territories.services.calendars import calendar_of_line, clocks_of
from proxirh.territories.services.lines import answered_by
from proxirh.ui import french

FORM_ERROR = 422
PICK_UP, MISS = "decrocher", "manque"
KEEP, SHEETS, CLOSE, PROMISE, ENQUIRY, GRAVE = "garder", "fiches", "repondu", "rappel", "demande", "grave"
TEMPLATE = "enquiries/line/call.html"
LISTED = 50
TO_SAY = (CallState.ANSWERED, CallState.CALLED_BACK)
RECENTLY = timedelta(hours=12)


@require_http_methods(["GET", "HEAD", "POST"])
@on_line
def line(request: HttpRequest) -> HttpResponse:
    """Pick up or note a missed call in one key; then what was promised, the late first, and calls without an end."""
    actor = actor_of(request)
    lines = list(answered_by(actor))
    if request.method == "POST":
        return _receive(request, actor, lines)
    now = timezone.now()
    clocks = clocks_of(lines)
    days = {key: local_day(now, zone) for key, zone in clocks.items()}
    today = min(days.values())
    held = without_kept_from(Promise.objects.listed_for(actor).held_by(actor).waiting(), actor)[:LISTED]
    rows = [(one, one.due_on < days.get(one.call.team_id, today)) for one in held]
    to_say = Q(state__in=TO_SAY) | Q(state=CallState.MISSED, received_at__gt=now - RECENTLY)
    calls = PhoneCall.objects.listed_for(actor).filter(to_say).order_by("-received_at")[:LISTED]
    context = {
        "lines": [{"row": one, "key": uuid.uuid4()} for one in lines],
        "mine": [{"row": one, "is_late": is_late} for one, is_late in rows if one.owner_id is not None],
        "team": [{"row": one, "is_late": is_late} for one, is_late in rows if one.owner_id is None],
        "calls": calls,
        "zone": clocks[lines[0].pk],
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/line/line.html", context)


def _receive(request: HttpRequest, actor: Actor, lines: list[Any]) -> HttpResponse:
    chosen = next((one for one in lines if str(one.uid) == request.POST.get("ligne")), None)
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        key = None
    if chosen is None or key is None:
        messages.error(request, "Ouvrez de nouveau cette page, puis décrochez.")
        return redirect("enquiries:line")
    is_missed = request.POST.get("geste") == MISS
    try:
        made = (calling.miss if is_missed else calling.pick_up)(actor=actor, team=chosen, key=key)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("enquiries:line")
    if is_missed:
        messages.success(request, "Appel manqué noté.")
        return redirect("enquiries:line")
    return redirect("enquiries:phone_call", made.uid)


@require_http_methods(["GET", "HEAD", "POST"])
@on_line
def phone_call(request: HttpRequest, call_uid: UUID) -> HttpResponse:
    """One page while the person speaks: each sending saves it all, whatever the next gesture."""
    actor = actor_of(request)
    call = calling.find_call(actor, call_uid)
    if call is None:
        raise Http404
    if not can_write_call(actor, call):
        return redirect("enquiries:promise", call.promise.uid)
    if request.method != "POST":
        sheets = _sheets(call, call.topic)
        return _page(request, _form(None, actor, call, sheets=sheets, initial=initial_of(call)), sheets)
    form = _form(request.POST, actor, call, sheets=_readable(actor))
    gesture = request.POST.get("geste", "")
    if form.is_valid():
        try:
            calling.write_down(actor=actor, call=call, heard=form.heard, drops_note=gesture in {KEEP, SHEETS})
            return _go_on(request, actor, form, gesture)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    if gesture in {KEEP, SHEETS}:  # nobody is there to read why
        return _fragment(request, form)
    return _page(request, form, _narrow(form), status=FORM_ERROR)


def _go_on(request: HttpRequest, actor: Actor, form: CallForm, gesture: str) -> HttpResponse:
    call = form.call
    if gesture == SHEETS:
        return _fragment(request, form)
    if gesture == CLOSE:
        calling.close_call(actor=actor, call=call)
        messages.success(request, "Appel terminé.")
    elif gesture == PROMISE:
        to = form.holder
        if to is None:
            raise DomainError("Choisissez qui rappelle.")
        data = form.cleaned_data
        made = promising.promise_call(
            actor=actor, call=call, to=to, means=data["means"], working_days=int(data["working_days"] or 0)
        )
        messages.success(request, f"Rappel promis pour le {french.long_day(made.due_on)}.")
    elif gesture == ENQUIRY:
        return redirect(f"{reverse('enquiries:assist')}?{urlencode({'appel': call.uid})}")
    elif gesture == GRAVE:
        return redirect("enquiries:grave", call.uid)
    else:
        messages.success(request, "C’est enregistré.")
        return redirect("enquiries:phone_call", call.uid)
    return redirect("enquiries:line")


def _form(data: Any, actor: Actor, call: PhoneCall, *, sheets: list[AnswerSheet], initial: Any = None) -> CallForm:
    form = CallForm(data, call=call, sheets=sheets, me=actor.person_id, initial=initial)
    people, teams = promising.holders_of(call, at=timezone.now())
    form.offer(people, teams, me=actor.person_id)
    return form


def _sheets(call: PhoneCall, topic: Any) -> list[AnswerSheet]:
    if topic is None:
        return []
    _, zone = calendar_of_line(call.team)
    return calling.likely_sheets(call.team, topic, day=local_day(timezone.now(), zone))


def _readable(actor: Actor) -> list[AnswerSheet]:
    """Any that she may read: the three shown have changed with the topic since the page was sent."""
    return list(AnswerSheet.objects.visible_to(actor)[:500])


def _narrow(form: CallForm) -> list[AnswerSheet]:
    """Offer the likely ones of the topic chosen, and no other."""
    shown = _sheets(form.call, form.heard.topic if form.is_valid() else form.call.topic)
    form.show(shown)
    return shown


def _fragment(request: HttpRequest, form: CallForm) -> HttpResponse:
    """The likely sheets of the topic just chosen, in place of the others."""
    shown = _narrow(form)
    topic = form.heard.topic if form.is_valid() else form.call.topic
    return render(request, f"{TEMPLATE}#sheets", {"form": form, "sheets": shown, "topic": topic})


def _page(request: HttpRequest, form: CallForm, sheets: list[AnswerSheet], *, status: int = 200) -> HttpResponse:
    call = form.call
    topic = form.heard.topic if form.is_bound and form.is_valid() else call.topic
    context = {
        "form": form,
        "call": call,
        "topic": topic,
        "sheets": sheets,
        "is_sensitive": topic is not None and (topic.is_sensitive or topic.is_violence),
        "zone": calendar_of_line(call.team)[1],
        "can_close": CALL_WORKFLOW.allows(CallStep.CLOSE, call.state),
        "can_promise": CALL_WORKFLOW.allows(CallStep.PROMISE, call.state),
        "can_become": CALL_WORKFLOW.allows(CallStep.BECOME_ENQUIRY, call.state),
        "side_navigation": menu(actor_of(request)),
    }
    return render(request, TEMPLATE, context, status=status)
