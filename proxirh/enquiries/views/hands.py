"""Who follows an enquiry: its lead invites beside or hands over, a co-handler leaves, the coordination re-assigns."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.enquiries import permissions
from proxirh.enquiries.colleagues import colleagues_for
from proxirh.enquiries.forms.hands import HandOverForm, InviteForm, LeaveForm, PassForm
from proxirh.enquiries.models import Enquiry, Handling, WorkingNote
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.services import passing
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_coordinated, find_handled, turned_away
from proxirh.enquiries.views.desk_opening import row_context
from proxirh.enquiries.views.notes import private_notes
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.errors import DomainError

MOST_LISTED = 100
INVITE, END, HAND_OVER, LEAVE = "inviter", "finir", "confier", "quitter"


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def hands(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The lead and those beside her; forms for the lead, or the way out for who is beside."""
    found = find_handled(request, uid, "lead__data_key")
    if found is None:
        return turned_away(request, uid)
    actor = actor_of(request)
    act = request.POST.get("geste", "") if request.method == "POST" else ""
    beside = list(
        found.handlings.filter(state__in=(HandlingState.OFFERED, HandlingState.ACCEPTED), is_lead=False)
        .select_related("person__data_key")
        .order_by("offered_at", "pk")
    )
    leads = permissions.can_hand_over(actor, found)
    is_beside = found.is_open and any(one.person_id == actor.person_id for one in beside)
    notes = private_notes(request, found) if leads or is_beside else []
    forms = _forms(request, found, act, notes=notes, leads=leads, is_beside=is_beside)
    if act == END and leads:
        return _end(request, found, beside)
    form = forms.get(act)
    if form is not None and form.is_valid():
        done = _perform(request, found, act, form)
        if done is not None:
            return done
    context = {
        "enquiry": found,
        "name": found.contact_name,
        "lead": found.lead,
        "beside": beside,
        "leads": leads,
        "is_beside": is_beside,
        "forms": forms,
        "form": form,
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/desk/hands.html", context, status=_status(request, form))


def _status(request: HttpRequest, form: Any) -> int:
    if request.method != "POST":
        return 200
    return 403 if form is None else 422


def _forms(
    request: HttpRequest, found: Enquiry, act: str, *, notes: list[WorkingNote], leads: bool, is_beside: bool
) -> dict[str, Any]:
    def data(name: str) -> Any:
        return request.POST if act == name else None

    if leads:
        but = actor_of(request).person_id
        colleagues = colleagues_for(found, but=but, at=timezone.now(), near_first=True)
        return {
            INVITE: InviteForm(data(INVITE), colleagues=colleagues, prefix=INVITE),
            HAND_OVER: HandOverForm(data(HAND_OVER), colleagues=colleagues, notes=notes, prefix=HAND_OVER),
        }
    return {LEAVE: LeaveForm(data(LEAVE), notes=notes, prefix=LEAVE)} if is_beside else {}


def _perform(request: HttpRequest, found: Enquiry, act: str, form: Any) -> HttpResponse | None:
    """What a valid form asks, then where to go; None with a sentence on the form when it is refused."""
    actor, data = actor_of(request), form.cleaned_data
    gestures: dict[str, tuple[Callable[[], None], str]] = {
        INVITE: (
            lambda: passing.invite_colleague(actor=actor, enquiry=found, to=data["to"]),
            "La demande est proposée à votre collègue. L’auteur verra son nom quand il aura accepté.",
        ),
        HAND_OVER: (
            lambda: passing.hand_over_enquiry(
                actor=actor, enquiry=found, to=data["to"], reason=data["reason"], notes=data["notes"], key=data["key"]
            ),
            "La demande est proposée à votre collègue. Lui et l’auteur sont prévenus.",
        ),
        LEAVE: (
            lambda: passing.leave_enquiry(actor=actor, enquiry=found, notes=data["notes"]),
            "Vous ne suivez plus cette demande.",
        ),
    }
    gesture, done = gestures[act]
    try:
        gesture()
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(request, done)
    return redirect("enquiries:hands", found.uid) if act == INVITE else redirect("enquiries:desk")


def _end(request: HttpRequest, found: Enquiry, beside: list[Handling]) -> HttpResponse:
    asked = request.POST.get("personne", "")
    one = next((one for one in beside if one.person and str(one.person.uid) == asked), None)
    if one and one.person:
        name = one.person.full_name
        try:
            passing.end_invitation(actor=actor_of(request), enquiry=found, person=one.person)
            done = f"{name} ne suit plus cette demande." if one.accepted_at else f"La proposition à {name} est retirée."
            messages.success(request, done)
        except DomainError as refusal:
            messages.error(request, str(refusal))
    return redirect("enquiries:hands", found.uid)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def reassign(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Propose an enquiry of the académie to somebody of the service, without reading it."""
    row = find_coordinated(request, uid).with_places().first()
    if row is None:
        return turned_away(request, uid)
    actor = actor_of(request)
    if not permissions.can_reassign(actor, row):
        return redirect("enquiries:enquiry", uid)
    colleagues = [
        one for one in colleagues_for(row, but=actor.person_id, at=timezone.now()) if one.person.pk != row.lead_id
    ]
    form = PassForm(request.POST if request.method == "POST" else None, colleagues=colleagues)
    if form.is_valid():
        data = form.cleaned_data
        try:
            passing.reassign_enquiry(actor=actor, enquiry=row, to=data["to"], reason=data["reason"], key=data["key"])
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "La demande est proposée à votre collègue. Tout le monde est prévenu.")
            return redirect("enquiries:enquiry", uid)
    context = {**row_context(request, row), "form": form}
    return render(request, "enquiries/desk/reassign.html", context, status=422 if form.is_bound else 200)


@require_safe
@at_desk
def beside(request: HttpRequest) -> HttpResponse:
    """What one follows beside a colleague, and what one is asked to."""
    actor = actor_of(request)
    if not actor.receives:
        raise Http404
    followed = Enquiry.objects.visible_to(actor, side=Side.DESK).followed_beside(actor)[:MOST_LISTED]
    context = {
        "proposed": Enquiry.objects.listed_for(actor).proposed_beside(actor)[:MOST_LISTED],
        "followed": followed,
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/desk/beside.html", context)
