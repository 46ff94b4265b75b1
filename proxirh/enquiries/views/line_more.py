"""What else a line needs: a grave situation, how many call, where an enquiry stands."""

from datetime import date
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.enquiries import situation
from proxirh.enquiries.forms.line import LeaveForm
from proxirh.enquiries.forms.reading import CallForm
from proxirh.enquiries.models import Concern, Enquiry
from proxirh.enquiries.services.alarming import PATIENCE, raise_concern_about_call
from proxirh.enquiries.services.reading import find_by_call_code
from proxirh.enquiries.services.telephoning import leave_promise
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, answering_or_heading, on_line, serving
from proxirh.enquiries.views.morning import menu_of_morning
from proxirh.kernel.errors import DomainError, TooManyTries
from proxirh.scheduling.figures import volumes
from proxirh.scheduling.permissions import can_write_call, reads_volumes
from proxirh.scheduling.services import calling
from proxirh.territories.models import Academy
from proxirh.territories.services import emergency
from proxirh.territories.services.lines import answered_by
from proxirh.ui import french

SALT, SHOWN = "enquiries.call-code", 900  # seconds during which a promise may follow what was just told
LEAVE = "rappel"
# No line kept any count before.
FIRST_YEAR = 2020
LENGTHS = {"mois": 1, "trimestre": 3, "annee": 12}
answering_phone = serving(lambda actor: actor.officers or actor.lines)


# ── « Où en est ma demande ? » ────────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@answering_phone
def call(request: HttpRequest) -> HttpResponse:
    """Where an enquiry stands, for the officer who is told its reference and its call code; no address holds them."""
    if request.method == "POST" and request.POST.get("geste") == LEAVE:
        return _leave(request)
    actor = actor_of(request)
    form, told, leave = CallForm(request.POST if request.method == "POST" else None), None, None
    if form.is_valid():
        try:
            found = find_by_call_code(actor=actor, **form.cleaned_data)
            told = situation.of(found, at=timezone.now())
            form = CallForm()
            if actor.lines and found.is_open:
                about = signing.dumps([str(found.uid), actor.label], salt=SALT)
                leave = LeaveForm(initial={"about": about})
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            if isinstance(refusal, TooManyTries):
                return _told(request, form, status=429)
    return _told(request, form, told=told, leave=leave, status=422 if form.is_bound else 200)


def _leave(request: HttpRequest) -> HttpResponse:
    """The promise, to whoever was told where her enquiry stands a moment ago."""
    actor = actor_of(request)
    leave = LeaveForm(request.POST)
    found = _just_told(request)
    lines = list(answered_by(actor))
    if found is None or not lines:
        messages.error(request, "Demandez de nouveau la référence et le code d’appel, puis promettez le rappel.")
        return redirect("enquiries:call")
    if leave.is_valid():
        data = leave.cleaned_data
        try:
            made = leave_promise(
                actor=actor,
                enquiry=found,
                line=lines[0],
                means=data["means"],
                working_days=data["working_days"],
                key=data["key"],
            )
        except DomainError as refusal:
            leave.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                f"Dites-lui : « On vous rappelle au plus tard le {french.long_day(made.due_on)}. » C’est transmis.",
            )
            return redirect("enquiries:call")
    told = situation.of(found, at=timezone.now())
    return _told(request, CallForm(), told=told, leave=leave, status=422)


def _just_told(request: HttpRequest) -> Enquiry | None:
    actor = actor_of(request)
    try:
        uid, label = signing.loads(request.POST.get("about", ""), salt=SALT, max_age=SHOWN)
    except (signing.BadSignature, ValueError):
        return None
    if label != actor.label:
        return None
    rows: Any = Enquiry.objects.for_system("rappel promis").to_tell(actor)
    return rows.filter(uid=uid).first()


def _told(
    request: HttpRequest, form: CallForm, *, told: Any = None, leave: LeaveForm | None = None, status: int
) -> HttpResponse:
    context = {"form": form, "told": told, "leave": leave, "side_navigation": menu(actor_of(request))}
    return render(request, "enquiries/desk/call.html", context, status=status)


# ── A grave situation ─────────────────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@on_line
def grave(request: HttpRequest, call_uid: UUID) -> HttpResponse:
    """The sheet first, on the screen and on paper; then one button that calls until someone acknowledges."""
    actor = actor_of(request)
    found = calling.find_call(actor, call_uid)
    if found is None or not can_write_call(actor, found):
        raise Http404
    running = Concern.objects.about_call(found).first()
    if running is not None:
        return redirect("enquiries:concern", running.uid)
    if request.method == "POST":
        made = raise_concern_about_call(actor=actor, call=found)
        return redirect("enquiries:concern", made.uid)
    context = {
        "call": found,
        "academy": found.team.academy,
        "numbers": emergency.FOR_EVERYONE,
        "patience": int(PATIENCE.total_seconds() // 60),
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/line/grave.html", context)


# ── How many call ─────────────────────────────────────────────────────────────────────────────────
@require_safe
@answering_or_heading
def line_volumes(request: HttpRequest, academy_slug: str) -> HttpResponse:
    """Whole months of the lines of an académie; never an officer’s."""
    actor = actor_of(request)
    academy = get_object_or_404(Academy, slug=academy_slug)
    if not reads_volumes(actor, academy.pk):
        raise Http404
    length = request.GET.get("duree", "mois")
    months = LENGTHS.get(length, 1)
    last = timezone.localdate().replace(day=1)
    first = _month(request.GET.get("mois", ""), last) - relativedelta(months=months - 1)
    context = {
        "academy": academy,
        "volumes": volumes(academy.pk, first=first, months=months),
        "last": first + relativedelta(months=months - 1),
        "a_year_before": first - relativedelta(years=1),
        "lengths": [
            {"code": code, "label": label, "is_current": LENGTHS[code] == months}
            for code, label in (("mois", "un mois"), ("trimestre", "trois mois"), ("annee", "un an"))
        ],
        "month": f"{first + relativedelta(months=months - 1):%Y-%m}",
        "earlier": f"{first - relativedelta(months=1):%Y-%m}",
        "side_navigation": menu_of_morning("late_promises") if actor.answers_for else (),
    }
    return render(request, "enquiries/line/volumes.html", context)


def _month(text: str, last: date) -> date:
    """The first of the month said, never one to come; this one when nothing readable is said."""
    try:
        said = date.fromisoformat(f"{text}-01")
    except ValueError:
        return last
    return min(last, said) if said.year >= FIRST_YEAR else last
