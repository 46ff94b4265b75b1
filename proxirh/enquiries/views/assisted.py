"""Typing an enquiry for someone, then the slip to print and the code to say."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.accounts import browser
from proxirh.enquiries import permissions, services
from proxirh.enquiries.forms.assisted import AssistedForm
from proxirh.enquiries.models import Channel, Enquiry
from proxirh.enquiries.services import assisting, quick, telephoning
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, answering_anyone, is_handled, offered_row
from proxirh.enquiries.views.informed import shown_notice
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.kernel.tokens import grouped
from proxirh.territories.services import emergency

COOKIE = "bordereau"
SALT = "enquiries.slip"
SHOWN = 600  # seconds during which the code may be read again on this screen
KEPT = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "site",
    "department",
    "category",
    "topic",
    "words",
    "means",
    "times",
    "may_leave_voicemail",
    "not_at_work",
    "wants_call_today",
    "excluded_names",
)
CALL_MOVED = (
    "La demande est enregistrée. L’appel, lui, a changé dans une autre fenêtre et garde ce qui y est noté : ouvrez-le "
    "depuis la ligne pour le terminer."
)
TEMPLATE = "enquiries/assisted/type.html"


@require_http_methods(["GET", "HEAD", "POST"])
@answering_anyone
def assist(request: HttpRequest) -> HttpResponse:
    """One page, filled in while the person speaks."""
    if not permissions.can_create_for_someone(actor_of(request)):
        raise Http404
    academies = actor_of(request).academies
    if request.method != "POST":
        is_search = bool(request.htmx)  # type: ignore[attr-defined]
        begun = {"place": request.GET.get("place", "")} if is_search else _begun(request)
        form = AssistedForm(initial=begun, academies=academies)
        return _page(request, form) if not is_search else render(request, f"{TEMPLATE}#places", {"form": form})
    form = AssistedForm(request.POST, academies=academies)
    if not form.is_valid():
        return _page(request, form, status=422)
    data = form.cleaned_data
    kept: dict[str, Any] = {name: data.get(name, "") for name in KEPT}
    if data["violence_agreement"]:
        kept["violence_agreed_at"] = timezone.now().isoformat()
    key = data["idempotency_key"]
    try:
        made = assisting.type_enquiry(
            actor=actor_of(request),
            kept=kept,
            channel=data["channel"],
            asked_on=data["asked_on"],
            key=key,
            notice=shown_notice(request),
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, status=422)
    if data["from_exchange"]:
        quick.become_enquiry(actor=actor_of(request), uid=data["from_exchange"])
    if data["from_call"]:
        _end_call(request, data["from_call"], made)
    response = redirect("enquiries:slip", key)
    return _keep_code(response, made, getattr(made, "claim_code", ""))


def _end_call(request: HttpRequest, uid: UUID, made: Enquiry) -> None:
    """The call forgets its words; whatever another window did of it meanwhile, what was typed is saved."""
    try:
        telephoning.become_enquiry(actor=actor_of(request), uid=uid, enquiry=made)
    except DomainError:
        messages.warning(request, CALL_MOVED)


def _begun(request: HttpRequest) -> dict[str, Any] | None:
    """What a line of one’s permanence, or a call, already tells: nothing of it is typed again."""
    try:
        if "appel" in request.GET:
            return telephoning.begun_by_call(actor_of(request), UUID(request.GET["appel"]))
        found = quick.find_own(actor_of(request), UUID(request.GET.get("echange", "")))
    except ValueError:
        return None
    if found is None:
        return None
    return {
        "channel": Channel.PERMANENCE,
        "asked_on": found.day,
        "department": found.department.code,
        "category": found.family,
        "from_exchange": found.uid,
    }


def _page(request: HttpRequest, form: AssistedForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "notice": services.notice_in_force(), "side_navigation": menu(actor_of(request))}
    return render(request, TEMPLATE, context, status=status)


def _slip_url(enquiry: Enquiry) -> str:
    return reverse("enquiries:slip", args=[enquiry.idempotency_key])


def _keep_code(response: HttpResponse, enquiry: Enquiry, code: str) -> HttpResponse:
    """The code to say, readable on this screen for ten minutes and written nowhere else."""
    if code:
        value = signing.dumps([enquiry.idempotency_key.hex, code], salt=SALT)
        browser.keep_cookie(response, COOKIE, value, max_age=SHOWN, path=_slip_url(enquiry), samesite="Strict")
    return response


def _kept_code(request: HttpRequest, enquiry: Enquiry) -> str:
    try:
        key, code = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SHOWN)
    except (signing.BadSignature, ValueError):
        return ""
    return code if key == enquiry.idempotency_key.hex else ""


@require_http_methods(["GET", "HEAD", "POST"])
@answering_anyone
def slip(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The acknowledgement to print or read aloud, for an hour, to whoever typed it; a POST draws another code."""
    actor = actor_of(request)
    rows = Enquiry.objects.visible_to(actor, sent_with=uid).filter(idempotency_key=uid, created_by_id=actor.person_id)
    made = rows.select_related("data_key", "fact", "department", "team__academy").first()
    if made is None or actor.person_id is None:
        raise Http404
    if request.method == "POST":
        try:
            code = services.renew_claim_code(actor=actor, enquiry=made)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            code = ""
        return _keep_code(redirect("enquiries:slip", uid), made, code)
    context = {
        "enquiry": made,
        "call_code": grouped(made.call_code, 3),
        "claim_code": _kept_code(request, made),
        "awaits_claim": permissions.awaits_claim(made),
        "answer_on": local_day(made.due_at, made.department.time_zone),
        "has_email": bool(made.contact.get("email")),
        "has_phone": bool(made.contact.get("phone")),
        "base_url": settings.PROXIRH_BASE_URL,
        "numbers": emergency.FOR_EVERYONE,
        "can_take": offered_row(request, made.uid) is not None,
        "side_navigation": menu(actor),
        "can_open": is_handled(request, made.uid),
    }
    return render(request, "enquiries/assisted/slip.html", context)
