"""A promise to call back, for who holds it; those that are late, for who answers for an académie."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.enquiries.forms.line import HandOverForm
from proxirh.enquiries.services import calling_back, telephoning
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, answering_or_heading, serving
from proxirh.enquiries.views.morning import menu_of_morning
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.scheduling.models import Promise
from proxirh.scheduling.permissions import can_hand_over_promise, can_take_promise, holds_promise
from proxirh.scheduling.services import promising
from proxirh.territories.models import Academy
from proxirh.territories.services.calendars import calendar_of_line
from proxirh.ui import french

TAKE, DONE, GIVE = "prendre", "fait", "confier"
LISTED = 200
holding = serving(lambda actor: actor.lines or actor.teams or actor.answers_for or actor.heads)


@require_http_methods(["GET", "HEAD", "POST"])
@holding
def promise(request: HttpRequest, promise_uid: UUID) -> HttpResponse:
    """Who, how and by when, for its holder; a row for who may take it or give it to another."""
    actor = actor_of(request)
    row = Promise.objects.listed_for(actor).select_related("call__team__department", "call__team__academy")
    found = row.filter(uid=promise_uid).first()
    if found is None or (found.kept_at is not None and not holds_promise(actor, found)):
        raise Http404
    if calling_back.is_kept_from(actor, found):
        raise Http404
    can_give = can_hand_over_promise(actor, found) and found.kept_at is None
    people, teams = promising.holders_of(found.call, at=timezone.now()) if can_give else ([], [])
    is_giving = request.method == "POST" and request.POST.get("geste") == GIVE
    form = HandOverForm(request.POST if is_giving else None, people=people, teams=teams)
    if request.method == "POST" and (not is_giving or form.is_valid()):
        try:
            return _act(request, found, form if is_giving else None)
        except StaleState as refusal:
            messages.warning(request, str(refusal))
            return redirect("enquiries:line" if actor.lines else "portal:home")
        except DomainError as refusal:
            form.add_error(None, str(refusal)) if is_giving else messages.error(request, str(refusal))
    words = Promise.objects.visible_to(actor).select_related("call__topic").filter(pk=found.pk).first()
    reach = (words.call.caller_reach or "") if words else ""
    _, zone = calendar_of_line(found.call.team)
    context = {
        "promise": found,
        "call": words.call if words else None,
        "phone_url": french.dialled(reach) if "@" not in reach else "",
        "enquiry": calling_back.followed_by(found) if words else None,
        "is_late": found.kept_at is None and found.due_on < local_day(timezone.now(), zone),
        "can_take": can_take_promise(actor, found),
        "can_give": can_give,
        "can_end": words is not None and found.kept_at is not None and bool(words.call.state == "called_back"),
        "form": form,
        "on_line": bool(actor.lines),
        "zone": zone,
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/line/promise.html", context, status=422 if form.errors else 200)


def _act(request: HttpRequest, found: Promise, form: HandOverForm | None) -> HttpResponse:
    actor = actor_of(request)
    gesture = request.POST.get("geste", "")
    if form is not None:
        telephoning.hand_over(actor=actor, promise=found, to=form.holder)
        messages.success(request, "C’est confié. Vous ne lisez plus ce qui est noté de cet appel.")
        return redirect("enquiries:line" if actor.lines else "enquiries:late_promises" if actor.runs else "portal:home")
    if gesture == TAKE:
        telephoning.take_promise(actor=actor, promise=found)
        messages.success(request, "Ce rappel est à vous : voici qui rappeler.")
    elif gesture == DONE:
        words = Promise.objects.visible_to(actor).filter(pk=found.pk).first()
        if words is None:
            raise Http404
        promising.keep_promise(actor=actor, promise=words)
        messages.success(request, "Rappel fait. Dites maintenant ce qui en est venu.")
    elif gesture == "terminer":
        words = Promise.objects.visible_to(actor).filter(pk=found.pk).first()
        if words is None:
            raise Http404
        promising.end_call(actor=actor, promise=words)
        messages.success(request, "Appel terminé.")
        return redirect("enquiries:line" if actor.lines else "portal:home")
    return redirect("enquiries:promise", found.uid)


@require_safe
@answering_or_heading
def late_promises(request: HttpRequest) -> HttpResponse:
    """Rows of the lines of one’s académies: the line and the day that has passed; no name, no topic."""
    actor = actor_of(request)
    rows = promising.late_rows(actor, at=timezone.now())
    found = list(rows.select_related("owner__data_key", "team")[:LISTED])
    context = {
        "promises": found,
        "names": bool(actor.answers_for),
        "academies": list(Academy.objects.filter(pk__in=actor.answers_for | actor.heads).order_by("name")),
        "side_navigation": menu_of_morning("late_promises") if actor.answers_for else (),
    }
    return render(request, "enquiries/line/late.html", context)
