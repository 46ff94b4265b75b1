"""Appointments of an enquiry, at the desk: taken with the person, told of, cancelled."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import permissions
from proxirh.enquiries.forms.meetings import CauseForm, DeskMomentForm, OutcomeForm
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import meeting, unbooking
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_handled, turned_away
from proxirh.enquiries.workflow import TAKEN_STATES
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import Appointment
from proxirh.scheduling.services import choosing
from proxirh.scheduling.services.booking import Choice
from proxirh.scheduling.services.cancelling import decided
from proxirh.scheduling.workflow import AppointmentState

FORM_ERROR = 422
TOLD, CANCEL, MOMENT = "suite", "annuler", "moment"
# Two forms of the page have a key each.
OTHER = "moment-%s"
UNTOLD = "Dites à la personne le jour et l’heure : elle n’a pas donné d’adresse."
USUAL_NEXT = timedelta(days=14)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def meetings(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Those that were taken; what became of the last one; and another, offered or agreed on by voice."""
    found = find_handled(request, uid, meeting.RULES)
    if found is None:
        return turned_away(request, uid)
    gesture = request.POST.get("geste", "") if request.method == "POST" else ""
    if gesture == CANCEL:
        return _cancel(request, found)
    forms: dict[str, Any] = {TOLD: None, MOMENT: None}
    if gesture == TOLD:
        forms[TOLD] = OutcomeForm(request.POST)
        if (done := _tell(request, found, forms[TOLD])) is not None:
            return done
    elif request.method == "POST":
        forms[MOMENT] = DeskMomentForm(request.POST, auto_id=OTHER)
        if (done := _book(request, found, forms[MOMENT])) is not None:
            return done
    return _page(request, found, forms)


def _page(request: HttpRequest, found: Enquiry, forms: dict[str, Any]) -> HttpResponse:
    actor, now, zone = actor_of(request), timezone.now(), found.department.time_zone
    rows = list(unbooking.appointments_of(found)[:20])
    coming = next((row for row in rows if row.is_confirmed and row.ends_at > now), None)
    to_fill = next((row for row in rows if row.is_confirmed and row.ends_at <= now), None)
    # Its page opens for whoever has it in hand, or by an exceptional access, which may be hers too.
    in_hand = not found.opened_until or permissions.is_handling(actor, found)  # type: ignore[attr-defined]
    may_book = found.state in TAKEN_STATES and in_hand
    people = meeting.hosts(found, at=now) if may_book and coming is None else {}
    context: dict[str, Any] = {
        "enquiry": found,
        "name": found.contact_name,
        "zone": zone,
        "coming": coming,
        "cancelling": CauseForm(),
        "is_mine": coming is not None and coming.person_id == actor.person_id,
        "past": [row for row in rows if row != coming],
        "may_book": may_book,
        "moment": forms[MOMENT] or DeskMomentForm(initial={"day": local_day(now, zone)}, auto_id=OTHER),
        "side_navigation": menu(actor),
    }
    if to_fill is not None and permissions.can_treat(actor, found):
        initial = {
            "appointment": to_fill.uid,
            "next_step": "Faire le point ensemble",
            "next_step_on": local_day(now, zone) + USUAL_NEXT,
        }
        context |= {"to_fill": to_fill, "outcome": forms[TOLD] or OutcomeForm(initial=initial)}
    if people:
        terms = meeting.terms_of(found, for_author=True, at=now)
        since, way = choosing.read_day(request.GET.get("depuis", "")), request.GET.get("par", "")
        has_phone = bool(found.contact.get("phone"))
        context["shown"] = choosing.shown(people, terms, zone=zone, way=way, since=since, but=None, has_phone=has_phone)
        context["choice"] = None
        if choice := choosing.read_code(request.GET.get("creneau", ""), people):
            context |= {"choice": choosing.told(choice, zone), "who": people[choice.person_id].full_name}
            context["code"] = request.GET["creneau"]
    is_wrong = any(form is not None and form.errors for form in forms.values())
    return render(request, "enquiries/desk/meetings.html", context, status=FORM_ERROR if is_wrong else 200)


def _book(request: HttpRequest, found: Enquiry, form: DeskMomentForm) -> HttpResponse | None:
    """One that was offered (`creneau`), or a moment of one’s own agenda; None shows the page again, as it was typed."""
    actor, now, zone = actor_of(request), timezone.now(), found.department.time_zone
    people = meeting.hosts(found, at=now)
    choice = choosing.read_code(request.POST.get("creneau", ""), people)
    if choice is not None:
        del form.fields["day"], form.fields["hour"], form.fields["way"]
    if not form.is_valid():
        return None
    choice = choice or Choice(actor.person_id or 0, form.start(zone), form.cleaned_data["way"])
    try:
        made = meeting.book_meeting(
            actor=actor,
            enquiry=found,
            choice=choice,
            phone=found.contact.get("phone", ""),
            key=form.cleaned_data["key"],
            at=now,
        )
    except SlotTaken as refusal:
        form.add_error(None, f"{refusal} Votre agenda est pris à ce moment, ou le trajet n’y tient pas.")
        return None
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return None
    told = "La personne le lit sur sa page, et par courriel." if made.address else UNTOLD
    messages.success(request, f"Le rendez-vous est pris. {told}")
    return redirect("enquiries:meetings", found.uid)


def _tell(request: HttpRequest, found: Enquiry, form: OutcomeForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    row = _of(found, form.cleaned_data["appointment"])
    try:
        meeting.record_outcome(
            actor=actor_of(request), enquiry=found, appointment=row, was_kept=form.was_kept, **form.values()
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(request, "C’est noté, avec l’échange et la prochaine étape.")
    return redirect("enquiries:enquiry", found.uid)


def _cancel(request: HttpRequest, found: Enquiry) -> HttpResponse:
    coming = unbooking.upcoming(found, at=timezone.now())
    if coming is not None:
        try:
            cause = decided(request.POST.get("cause", ""))
            meeting.cancel_meeting(actor=actor_of(request), enquiry=found, appointment=coming, **cause)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Le rendez-vous est annulé. La personne peut en choisir un autre.")
    return redirect("enquiries:meetings", found.uid)


def _of(found: Enquiry, uid: UUID) -> Appointment:
    row = unbooking.appointments_of(found).filter(uid=uid).exclude(state=AppointmentState.MOVED).first()
    if row is None:
        raise Http404
    return row
