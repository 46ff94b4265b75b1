"""The author chooses how and when she is met, one question a page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.accounts.models import Person
from proxirh.enquiries import permissions
from proxirh.enquiries.forms.meetings import GuestForm
from proxirh.enquiries.forms.space import OnceForm
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import conversing, meeting, unbooking
from proxirh.enquiries.views.desk_access import actor_of, signed_in
from proxirh.enquiries.views.space import find_own
from proxirh.kernel.errors import DomainError
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import Way
from proxirh.scheduling.services import choosing, telling
from proxirh.scheduling.services.booking import Terms

FORM_ERROR = 422
CALL_BACK = "rappel"
CALL_ME = "Aucun moment proposé ne me convient. Pouvez-vous me rappeler pour en trouver un ?"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def own_meeting(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The appointment to come, or how, then when, then a last look before it is confirmed."""
    found, now = find_own(request, uid, meeting.RULES), timezone.now()
    if found.uid != uid or not found.is_open:
        return redirect("enquiries:follow", found.uid)
    if request.method == "POST" and request.POST.get("geste") == CALL_BACK:
        return _call_back(request, found)
    if (taken := unbooking.upcoming(found, at=now)) is not None:
        if request.method == "POST":  # sent twice, or from a tab that is older than it
            return redirect("enquiries:own_meeting", uid)
        context = {"enquiry": found, **telling.told_with_link(taken)}
        return render(request, "enquiries/space/meeting.html", context)
    with_others = "equipe" in request.GET or "equipe" in request.POST
    who = meeting.hosts_of(found, at=now)
    people, others = (who.others, {}) if with_others else (who.first, who.others)
    terms = meeting.terms_of(found, for_author=True, at=now)
    named = request.POST if request.method == "POST" else request.GET
    choice = choosing.read_code(named.get("creneau", ""), people)
    context = {
        "enquiry": found,
        "zone": found.department.time_zone,
        "base": "?equipe&" if with_others else "?",
        "with_others": with_others,
        "call_number": found.team.call_number,
    }
    if choice is None:
        context |= _offered(request, found, people, others, terms)
        return render(request, "enquiries/space/book.html", context)
    form = GuestForm(
        request.POST if request.method == "POST" else None,
        is_call=choice.way == Way.PHONE,
        has_texts=telling.has_texts(),
        has_address=bool(found.contact.get("email")),
        initial={"phone": found.contact.get("phone", ""), "creneau": named.get("creneau", "")},
    )
    if form.is_bound and form.is_valid():
        try:
            meeting.book_meeting(actor=actor_of(request), enquiry=found, choice=choice, at=now, **form.guest)
        except SlotTaken as refusal:
            form.add_error(None, str(refusal))
            context["others"] = choosing.lines_of(people, terms, choice, zone=found.department.time_zone)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Votre rendez-vous est confirmé.")
            return redirect("enquiries:own_meeting", uid)
    context |= {
        "form": form,
        "choice": choosing.told(choice, found.department.time_zone),
        "who": people[choice.person_id].full_name,
        "is_new_reader": found.lead_id is None or with_others,
    }
    return render(request, "enquiries/space/book.html", context, status=FORM_ERROR if form.errors else 200)


def _offered(
    request: HttpRequest, found: Enquiry, people: dict[int, Person], others: dict[int, Person], terms: Terms
) -> dict[str, Any]:
    """What may be taken; with nothing, the ways out."""
    zone, since = found.department.time_zone, choosing.read_day(request.GET.get("depuis", ""))
    way = request.GET.get("par", "")
    shown = choosing.shown(people, terms, zone=zone, way=way, since=since, but=None, others=others)
    if not shown.is_empty:
        return {"shown": shown}
    can_write = permissions.can_write(actor_of(request), found)
    return {"shown": shown, "has_others": shown.has_others, "once": OnceForm() if can_write else None}


def _call_back(request: HttpRequest, found: Enquiry) -> HttpResponse:
    """The third way out: be called back, which whoever follows the enquiry reads at once."""
    form = OnceForm(request.POST)
    if not form.is_valid():
        return redirect("enquiries:own_meeting", found.uid)
    try:
        key = form.cleaned_data["idempotency_key"]
        conversing.send_message(actor=actor_of(request), enquiry=found, body=CALL_ME, key=key)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "C’est demandé. La personne qui suit votre demande, ou son équipe, vous rappellera.")
    return redirect("enquiries:follow", found.uid)
