"""One's own appointments: those to fill in, each one, another moment for it, and one taken outside of any follow-up."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.scheduling import letters
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.forms.appointments import AloneForm, MomentForm, ServiceCancelForm, ToldForm
from proxirh.scheduling.models import Appointment
from proxirh.scheduling.services import booking, choosing
from proxirh.scheduling.services.booking import Choice, Guest
from proxirh.scheduling.services.cancelling import decided
from proxirh.scheduling.views.access import with_agenda
from proxirh.scheduling.workflow import AppointmentState
from proxirh.territories.actor import Actor
from proxirh.territories.services.serving import departments_served

FORM_ERROR = 422
CANCEL = "annuler"
UNTOLD = "Prévenez la personne de vive voix : elle n’a pas donné d’adresse."
TELLABLE = (AppointmentState.CONFIRMED, AppointmentState.KEPT, AppointmentState.MISSED)
MOST_LISTED = 60


@require_safe
@with_agenda
def to_fill_in(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Those that are over, and of which nobody said what became of them, the oldest first."""
    rows = Appointment.objects.visible_to(actor).to_fill_in(timezone.now()).order_by("starts_at", "pk")[:MOST_LISTED]
    return render(request, "scheduling/to_fill_in.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def appointment(request: HttpRequest, actor: Actor, appointment_uid: UUID) -> HttpResponse:
    """Who comes, when, how; what became of it, or its cancelling."""
    row, now = _own(actor, appointment_uid), timezone.now()
    if row.uid != appointment_uid:
        return redirect("scheduling:appointment", row.uid)
    if request.method == "POST" and request.POST.get("geste") == CANCEL:
        return _cancel(request, actor, row)
    form = ToldForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            was_kept = form.cleaned_data["kept"] == "oui"
            booking.tell_outcome(by=actor.label, appointment=row, was_kept=was_kept, at=now)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est noté.")
            return redirect("scheduling:agenda")
    context = {
        **letters.told(row),
        "row": row,
        "is_over": row.ends_at <= now,
        "has_begun": row.starts_at <= now,
        "may_tell": row.state in TELLABLE,
        "form": form,
        "cancelling": ServiceCancelForm(),
    }
    return render(request, "scheduling/appointment.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def move(request: HttpRequest, actor: Actor, appointment_uid: UUID) -> HttpResponse:
    """Another moment of one's own agenda: one that is open, or one agreed on by voice."""
    row, now = _own(actor, appointment_uid), timezone.now()
    if row.uid != appointment_uid or not row.is_confirmed or row.starts_at <= now:
        return redirect("scheduling:appointment", row.uid)
    people = {row.person_id: row.person}
    terms = booking.terms_for_staff(row.department, row.length, at=now)
    named = request.POST if request.method == "POST" else request.GET
    choice = choosing.read_code(named.get("creneau", ""), people)
    form = MomentForm(request.POST if request.method == "POST" else None, initial={"way": row.way})
    if choice is not None:
        del form.fields["day"], form.fields["hour"], form.fields["way"]
    if form.is_bound and form.is_valid():
        wanted = choice or Choice(row.person_id, form.start(row.time_zone), form.cleaned_data["way"])
        try:
            moved = booking.move(
                by=actor.label, appointment=row, choice=wanted, terms=terms, key=form.cleaned_data["key"], at=now
            )
        except SlotTaken as refusal:
            form.add_error(None, f"{refusal} Votre agenda est pris à ce moment, ou le trajet n’y tient pas.")
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Le rendez-vous est déplacé. {_who_tells(row)}")
            return redirect("scheduling:appointment", moved.uid)
    context: dict[str, Any] = {**letters.told(row), "row": row, "form": form}
    if choice is not None:
        context |= {"choice": choosing.told(choice, row.time_zone), "who": row.name, "code": named["creneau"]}
    else:
        since, way = choosing.read_day(request.GET.get("depuis", "")), request.GET.get("par", "")
        context["shown"] = choosing.shown(
            people, terms, zone=row.time_zone, way=way, since=since, but=row.held_id, has_phone=bool(row.phone)
        )
    return render(request, "scheduling/move.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_agenda
def alone(request: HttpRequest, actor: Actor) -> HttpResponse:
    """An appointment with somebody whom the service follows nowhere else: a name to know it by, and a number."""
    now = timezone.now()
    departments = departments_served(actor)
    if not departments:
        raise Http404
    department = departments[0]
    initial = {"day": local_day(now, department.time_zone)}
    form = AloneForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        found = form.cleaned_data
        try:
            made = booking.book(
                by=actor.label,
                guest=Guest(found["name"], found["phone"], wants_reminders=False),
                choice=Choice(actor.person_id or 0, form.start(department.time_zone), found["way"]),
                terms=booking.terms_for_staff(department, booking.usual_length(department), at=now),
                key=found["key"],
                at=now,
            )
        except SlotTaken as refusal:
            form.add_error(None, f"{refusal} Votre agenda est pris à ce moment, ou le trajet n’y tient pas.")
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Le rendez-vous est dans votre agenda.")
            return redirect("scheduling:appointment", made.uid)
    return render(request, "scheduling/alone.html", {"form": form}, status=FORM_ERROR if form.errors else 200)


def _cancel(request: HttpRequest, actor: Actor, row: Appointment) -> HttpResponse:
    try:
        booking.cancel(by=actor.label, appointment=row, **decided(request.POST.get("cause", "")))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Le rendez-vous est annulé. {_who_tells(row)}")
    return redirect("scheduling:agenda")


def _who_tells(row: Appointment) -> str:
    return "La personne est prévenue par courriel." if row.address else UNTOLD


def _own(actor: Actor, uid: UUID) -> Appointment:
    """One that she holds; of one that was moved, where it went, as long as she holds it there too."""
    rows = Appointment.objects.visible_to(actor).to_tell()
    row = get_object_or_404(rows, uid=uid)
    if row.state != AppointmentState.MOVED:
        return row
    latest = rows.filter(series=row.series).order_by("-sequence").first()
    if latest is None or latest.state == AppointmentState.MOVED:
        raise Http404
    return latest
