"""One enquiry at the desk: before taking, in hand, and no longer in hand."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from proxirh.enquiries import permissions, services, wishes
from proxirh.enquiries.forms.desk import GestureForm
from proxirh.enquiries.models import Enquiry, ReplyTemplate
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.same_person import others_followed
from proxirh.enquiries.services.proving import address_is_proved
from proxirh.enquiries.services.reply_templates import offered_for, resolve
from proxirh.enquiries.services.transferring import waiting_transfer
from proxirh.enquiries.story import read_story
from proxirh.enquiries.views import desk_gestures as gestures
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import (
    actor_of,
    at_desk,
    find_handled,
    find_offered,
    is_handled,
    led_on,
    offered_row,
    turned_away,
)
from proxirh.enquiries.views.desk_gestures import Gesture
from proxirh.enquiries.views.desk_opening import show_row
from proxirh.enquiries.views.notes import notes_of, private_notes
from proxirh.enquiries.wishes import names_kept_away
from proxirh.enquiries.workflow import State
from proxirh.kernel.calendar import local_day, working_days_between
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.tokens import grouped
from proxirh.outbox.services import is_refused
from proxirh.territories.services.calendars import calendar_of
from proxirh.ui import french

RELATED = ("category", "site", "team", "author")
TEMPLATE = "enquiries/desk/enquiry.html"
CHOOSE, INSERT = "modeles", "inserer"


@require_safe
@at_desk
def enquiry(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The whole story for whoever has it in hand; « avant de prendre » for a colleague of the team; the row for who
    coordinates the académie."""
    found = find_handled(request, uid, *RELATED)
    if found is not None:
        return show(request, found)
    offered = find_offered(request, uid)
    if offered is None:
        return led_on(request, uid) or show_row(request, uid) or turned_away(request, uid)
    coming = None if offered.lead_id else waiting_transfer(offered)
    context = {**before_context(offered), "coming": coming, "side_navigation": menu(actor_of(request))}
    return render(request, "enquiries/desk/before.html", context)


def before_context(offered: Enquiry) -> dict[str, Any]:
    """What a colleague may know before taking."""
    zone = offered.department.time_zone
    today = local_day(timezone.now(), zone)
    return {
        "enquiry": offered,
        "name": offered.contact_name,
        "wishes": wishes.sentences(offered.wishes, has_phone=bool(offered.contact.get("phone"))),
        "kept_away": names_kept_away(offered),
        "waiting_days": working_days_between(
            local_day(offered.submitted_at, zone), today, calendar_of(offered.department)
        ),
        "is_late": offered.first_answered_at is None and offered.due_at < timezone.now(),
        "is_resumed": offered.state != State.SUBMITTED,
        "zone": zone,
    }


def show(
    request: HttpRequest,
    found: Enquiry,
    *,
    gesture: Gesture | None = None,
    form: Any = None,
    since: datetime | None = None,
    templates: Sequence[ReplyTemplate] = (),
    status: int = 200,
) -> HttpResponse:
    """The page of an enquiry in hand, with one gesture open; `since` tells what happened after a moment.

    `templates` are those to choose from, once they were asked for.
    """
    actor = actor_of(request)
    offered = gestures.possible(actor, found)
    if gesture is None and offered:
        gesture = offered[0]
        form = _form(request, gesture, found)
    zone = found.department.time_zone
    today = local_day(timezone.now(), zone)
    contact = found.contact
    leaves_others = found.opened_until or (gesture is not None and gesture.is_long)  # type: ignore[attr-defined]
    others = [] if leaves_others else others_followed(actor, found)
    htmx = request.htmx  # type: ignore[attr-defined]
    is_fragment = bool(htmx) and not htmx.boosted and not htmx.history_restore_request
    story = read_story(found, for_author=False, whole="tout" in request.GET, notes=notes_of(request, found))
    context = {
        "is_fragment": is_fragment,
        "changes": [event for event in story.events if since is not None and event.at > since],
        "referral_next": _referrals(found),
        "enquiry": found,
        "name": found.contact_name,
        "contact": contact,
        "phone": french.phone(contact.get("phone", "")),
        "phone_url": french.dialled(contact.get("phone", "")),
        "wishes": wishes.sentences(found.wishes, has_phone=bool(contact.get("phone"))),
        "kept_away": names_kept_away(found),
        "call_code": grouped(found.call_code, 3),
        "former": Enquiry.objects.visible_to(actor, side=Side.DESK).filter(pk=found.previous_id).first()
        if found.previous_id
        else None,
        "others": others,
        "may_merge": permissions.can_merge(actor, found) and any(one.may_be_merged for one in others),
        "awaits_claim": permissions.awaits_claim(found),
        "is_proved": address_is_proved(found),
        "is_unreachable": found.has_dead_mail and not found.disowned_at and is_refused(contact.get("email") or ""),
        "is_lead": permissions.is_lead(actor, found),
        "opened_until": None if permissions.is_lead(actor, found) else found.opened_until,  # type: ignore[attr-defined]
        "needs_protection": permissions.may_need_protection(found),
        "is_late": found.is_open
        and (
            (found.first_answered_at is None and found.due_at < timezone.now())
            or (found.next_step_on is not None and found.next_step_on < today)
        ),
        "is_today": found.next_step_on == today,
        "is_waiting": found.state in {State.WAITING_FOR_AGENT, State.WAITING_FOR_DATE},
        "story": story,
        "enquiry_url": reverse("enquiries:enquiry", args=[found.uid]),
        "takes_templates": gesture is not None and gesture.takes_templates,
        "templates": templates,
        "gestures": offered,
        "gesture": gesture,
        "form": form,
        "zone": zone,
        "side_navigation": menu(actor),
    }
    return render(request, f"{TEMPLATE}#work" if is_fragment else TEMPLATE, context, status=status)


def _referrals(found: Any) -> str:
    """What comes next of its referrals, the most pressing first."""
    if found.is_answered:
        return "réponse arrivée"
    return "sans nouvelles" if found.is_elsewhere else "accord attendu" if found.is_proposed else ""


def _form(request: HttpRequest, gesture: Gesture, found: Enquiry, *args: Any) -> GestureForm:
    return gestures.build(gesture, found, *args, notes=private_notes(request, found))


def gesture_view(gesture: Gesture) -> Callable[..., HttpResponse]:
    """The view of one gesture: its form open on a GET, done on a POST."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @at_desk
    def view(request: HttpRequest, uid: UUID) -> HttpResponse:
        found = find_handled(request, uid, *RELATED)
        if found is None:
            return turned_away(request, uid)
        if request.method != "POST":
            return _open(request, found, gesture)
        if not permissions.is_lead(actor_of(request), found):
            return show(request, found, status=403)
        if gesture.takes_templates and request.POST.get("geste") in {CHOOSE, INSERT}:
            offered = offered_for(actor_of(request), found)
            return show(
                request,
                found,
                gesture=gesture,
                form=_with_template(request, gesture, found, offered),
                templates=offered,
            )
        form = _form(request, gesture, found, request.POST, request.FILES)
        if not form.is_valid():
            return show(request, found, gesture=gesture, form=form, status=422)
        try:
            gestures.perform(gesture, actor_of(request), found, form)
        except DomainError as refusal:
            return _refused(request, uid, gesture, form, refusal)
        messages.success(request, gesture.done)
        return _leave(request) if gesture.leaves else redirect("enquiries:enquiry", uid)

    return view


def _with_template(
    request: HttpRequest, gesture: Gesture, found: Enquiry, offered: Sequence[ReplyTemplate]
) -> GestureForm:
    """The form as it was typed, with the text of the chosen template after the words; nothing is sent nor checked."""
    form = _form(request, gesture, found)
    form.initial.update((name, value) for name, value in request.POST.items() if name in form.fields)
    chosen = next((one for one in offered if str(one.uid) == request.POST.get("modele", "")), None)
    if request.POST["geste"] == CHOOSE:
        if not offered:
            messages.info(request, "Votre équipe n’a pas encore de modèle : écrivez-en un dans « Modèles de réponse ».")
    elif chosen is None:
        messages.warning(request, "Choisissez un modèle à insérer. Votre texte est gardé.")
    else:
        words = (form.initial.get("body", "").rstrip(), resolve(chosen, found))
        form.initial["body"] = "\n\n".join(filter(None, words))
        messages.info(request, "Le modèle est inséré. Relisez-le, changez-le : rien n’est encore envoyé.")
    if request.FILES:
        messages.warning(request, "Joignez de nouveau vos fichiers avant d’envoyer : la page ne les garde pas.")
    return form


def _leave(request: HttpRequest) -> HttpResponse:
    """Back to the list, the whole page even from a fragment."""
    address = reverse("enquiries:desk")
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)  # type: ignore[attr-defined]


def _open(request: HttpRequest, found: Enquiry, gesture: Gesture) -> HttpResponse:
    if gesture not in gestures.possible(actor_of(request), found):
        return redirect("enquiries:enquiry", found.uid)
    return show(request, found, gesture=gesture, form=_form(request, gesture, found))


def _refused(request: HttpRequest, uid: UUID, gesture: Gesture, form: Any, refusal: DomainError) -> HttpResponse:
    """The page as it is now, what was typed still there, and the sentence that says why."""
    found = find_handled(request, uid, *RELATED)
    if found is None:
        return turned_away(request, uid)
    since = form.shown_since() if isinstance(refusal, StaleState) else None
    form.add_error(None, str(refusal))
    form.show_again_on(found)
    status = 403 if isinstance(refusal, NotAllowed) else 422
    return show(request, found, gesture=gesture, form=form, since=since, status=status)


@require_POST
@at_desk
def take(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the enquiry in one gesture; if someone was quicker, say so kindly."""
    offered = offered_row(request, uid)
    if offered is None:
        return _not_offered(request, uid)
    if offered.lead_id is not None:
        return _join(request, offered)
    try:
        services.take_enquiry(actor=actor_of(request), enquiry=offered)
    except StaleState:
        return _too_late(request)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("enquiries:enquiry", uid)
    messages.success(request, "La demande est entre vos mains. La personne est prévenue que quelqu’un s’en occupe.")
    return redirect("enquiries:enquiry", uid)


def _join(request: HttpRequest, offered: Enquiry) -> HttpResponse:
    """Accept to follow it beside its lead."""
    try:
        services.join_enquiry(actor=actor_of(request), enquiry=offered)
    except StaleState:
        return _too_late(request)
    messages.success(request, "Vous suivez cette demande à deux. La personne voit votre nom.")
    return redirect("enquiries:enquiry", offered.uid)


def _not_offered(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A second click opens the page; a colleague who was slower is told; anyone else meets the usual 404."""
    if is_handled(request, uid):
        return redirect("enquiries:enquiry", uid)
    actor = actor_of(request)
    if Enquiry.objects.for_system("déjà prise ?").taken_before(actor).filter(uid=uid).exists():
        return _too_late(request)
    raise Http404


def _too_late(request: HttpRequest) -> HttpResponse:
    messages.info(request, "Quelqu’un de votre équipe vient de prendre cette demande. Elle est entre de bonnes mains.")
    return redirect("enquiries:desk")


@require_POST
@at_desk
def decline(request: HttpRequest, uid: UUID) -> HttpResponse:
    """« Je connais cette personne »: the enquiry leaves this person’s lists, and nobody is told."""
    offered = offered_row(request, uid)
    if offered is None:
        raise Http404
    services.decline_enquiry(actor=actor_of(request), enquiry=offered)
    messages.success(request, "Cette demande ne vous sera plus proposée. Personne n’en saura la raison.")
    return redirect("enquiries:desk")


@require_POST
@at_desk
def renew_code(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Another code to say to the author, shown once in the page that follows."""
    found = find_handled(request, uid, *RELATED)
    if found is None:
        return turned_away(request, uid)
    if not permissions.can_renew_code(actor_of(request), found):
        return show(request, found, status=403)
    try:
        code = services.renew_claim_code(actor=actor_of(request), enquiry=found)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.warning(request, f"Code à dire à la personne, de vive voix : {code}. Il ne sera plus affiché.")
    return redirect("enquiries:enquiry", uid)
