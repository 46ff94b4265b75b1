"""One appointment, for whoever holds its link: read, moved, cancelled, put into a calendar; nobody comes in."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from proxirh.kernel import limits
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, TooManyTries
from proxirh.scheduling import letters
from proxirh.scheduling.attestation import attestation
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.forms.appointments import CancelForm, ConfirmForm
from proxirh.scheduling.invitations import download
from proxirh.scheduling.links import link_of, opens, series_of, token_of
from proxirh.scheduling.models import Appointment, WhyCancelled
from proxirh.scheduling.services import booking, choosing
from proxirh.scheduling.workflow import AppointmentState, AppointmentStep

FORM_ERROR = 422
CHANGED = "Ce rendez-vous a changé depuis la page précédente. Rien d’autre n’est modifié : voici où il en est."
BY_LINK = "lien du rendez-vous"
# After it is over or cancelled, its link still says what became of it.
OPEN_FOR = timedelta(days=30)
CHANGES_PER_HOUR = 12
Page = Callable[..., HttpResponse]


def with_link(page: Page) -> Page:
    """Give the page the last row of the series that the link names; 404 for any other link, or long after."""

    @wraps(page)
    def guarded(request: HttpRequest, link: str) -> HttpResponse:
        series = series_of(link)
        row = Appointment.objects.linked(series).first() if series else None
        if (
            row is None
            or not opens(link, row)
            or max(row.ends_at, row.ended_at or row.ends_at) + OPEN_FOR < timezone.now()
        ):
            raise Http404
        return page(request, row)

    return guarded


def _slow_down(row: Appointment) -> None:
    """Each change writes to two people: raises TooManyTries for a link pressed over and over."""
    if not limits.attempt("appointment", row.series.hex, limit=CHANGES_PER_HOUR, per=timedelta(hours=1)):
        raise TooManyTries("Ce rendez-vous a beaucoup changé en peu de temps. Revenez dans une heure, ou appelez.")


def _told(row: Appointment) -> dict[str, Any]:
    now = timezone.now()
    cancelled = (AppointmentState.CANCELLED_BY_AGENT, AppointmentState.CANCELLED_BY_SERVICE)
    return {
        **letters.told(row),
        "row": row,
        "who": row.person.full_name,
        "token": token_of(row),
        "is_cancelled": row.state in cancelled,
        "is_over": row.ends_at <= now,
        "reminders": letters.reminders_told(row, at=now),
        "may_cancel": booking.may_cancel(row, at=now),
        "may_move": booking.may_move(row, at=now),
    }


def _others(row: Appointment) -> list[choosing.Line]:
    """The next moments by the same way: from its page, one to choose and one to confirm is all that moving asks."""
    now = timezone.now()
    if not booking.may_move(row, at=now):
        return []
    people = {row.person_id: row.person}
    terms = booking.terms_for_agent(row.department, row.length, at=now)
    same = booking.Choice(row.person_id, row.starts_at, row.way, row.place_id)
    return choosing.lines_of(people, terms, same, zone=row.time_zone)


@require_safe
@with_link
def own_appointment(request: HttpRequest, row: Appointment) -> HttpResponse:
    """When, how, where, with whom; what may still be done."""
    return render(request, "scheduling/own/show.html", {**_told(row), "others": _others(row)})


@require_http_methods(["GET", "HEAD", "POST"])
@with_link
def move_own(request: HttpRequest, row: Appointment) -> HttpResponse:
    """Choose another moment with the same person, then confirm it."""
    now = timezone.now()
    if not booking.may_move(row, at=now):
        if request.method == "POST":
            messages.error(request, booking.TOO_LATE_TO_MOVE)
        return redirect("scheduling:own_appointment", token_of(row))
    people = {row.person_id: row.person}
    terms = booking.terms_for_agent(row.department, row.length, at=now)
    named = request.POST if request.method == "POST" else request.GET
    choice = choosing.read_code(named.get("creneau", ""), people)
    form = ConfirmForm(request.POST if request.method == "POST" else None, slot=named.get("creneau", ""), showing=row)
    others: list[choosing.Line] = []
    if choice is not None and form.is_bound and form.is_valid():
        if form.is_stale and not Appointment.objects.sent_with(form.cleaned_data["key"]).exists():
            return _changed(request, row)
        try:
            _slow_down(row)
            hold = import_string(settings.APPOINTMENT_HOLD)
            booking.move(
                by=BY_LINK,
                appointment=row,
                choice=choice,
                terms=terms,
                key=form.cleaned_data["key"],
                first=lambda: hold(row, at=now),
                at=now,
            )
        except SlotTaken as refusal:
            form.add_error(None, str(refusal))
            others = choosing.lines_of(people, terms, choice, zone=row.time_zone)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Votre rendez-vous est déplacé. Un courriel vous le confirme.")
            return redirect("scheduling:own_appointment", token_of(row))
    held = row.held_id if row.is_confirmed else None
    context = {
        **_told(row),
        "choice": choosing.told(choice, row.time_zone) if choice else None,
        "form": form,
        "others": others,
        "zone": row.time_zone,
    }
    if choice is None:
        way, since = request.GET.get("par", row.way), choosing.read_day(request.GET.get("depuis", ""))
        context["shown"] = choosing.shown(
            people, terms, zone=row.time_zone, way=way, since=since, but=held, has_phone=bool(row.phone)
        )
    return render(request, "scheduling/own/move.html", context, status=FORM_ERROR if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_link
def cancel_own(request: HttpRequest, row: Appointment) -> HttpResponse:
    """Say why from a list, and give the time back."""
    if not booking.may_cancel(row, at=timezone.now()):
        if request.method == "POST" and row.is_confirmed:
            messages.error(request, booking.TOO_LATE_TO_CANCEL)
        return redirect("scheduling:own_appointment", token_of(row))
    form = CancelForm(request.POST if request.method == "POST" else None, showing=row)
    if form.is_bound and form.is_valid():
        if form.is_stale:
            return _changed(request, row)
        why = WhyCancelled(form.cleaned_data["why"])
        try:
            _slow_down(row)
            booking.cancel(by=BY_LINK, appointment=row, step=AppointmentStep.CANCEL_BY_AGENT, why=why)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Votre rendez-vous est annulé. La personne qui vous attendait est prévenue.")
        return redirect("scheduling:own_appointment", token_of(row))
    context = {**_told(row), "form": form}
    return render(request, "scheduling/own/cancel.html", context, status=FORM_ERROR if form.errors else 200)


def _changed(request: HttpRequest, row: Appointment) -> HttpResponse:
    """Another tab, or somebody else, was first: what now stands is shown, and is left as it is."""
    messages.warning(request, CHANGED)
    return redirect("scheduling:own_appointment", token_of(row))


@require_POST
@with_link
def stop_reminders(request: HttpRequest, row: Appointment) -> HttpResponse:
    """No reminder any more."""
    try:
        booking.stop_reminders(by=BY_LINK, appointment=row)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Vous ne recevrez plus de rappel. Le rendez-vous est maintenu.")
    return redirect("scheduling:own_appointment", token_of(row))


@require_safe
@with_link
def own_event(request: HttpRequest, row: Appointment) -> HttpResponse:
    """The event, to put into a calendar."""
    if not row.is_confirmed:
        raise Http404
    text = download(row, link=link_of(row), at=timezone.now())
    return _file(text.encode(), "text/calendar; charset=utf-8", "rendez-vous.ics")


@require_safe
@with_link
def own_attestation(request: HttpRequest, row: Appointment) -> HttpResponse:
    """A paper for whoever must say why she leaves: a meeting, a day, hours; neither with whom nor about what."""
    if row.state not in (AppointmentState.CONFIRMED, AppointmentState.KEPT):
        raise Http404
    made = attestation(row, on=local_day(timezone.now(), row.time_zone))
    return _file(made, "application/pdf", "attestation.pdf")


def _file(data: bytes, content_type: str, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(data, content_type=content_type, headers={"Content-Disposition": str(disposition)})
