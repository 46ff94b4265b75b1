"""The author’s space: her enquiries, and each one in plain words."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from proxirh.accounts.models import address_index
from proxirh.enquiries import permissions, services, situation, transfer_pages
from proxirh.enquiries.forms.space import OnceForm, WriteForm
from proxirh.enquiries.hanging import next_of_referrals
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.services import meeting, signposting, transferring, unbooking
from proxirh.enquiries.services.meeting import RULES
from proxirh.enquiries.story import read_story
from proxirh.enquiries.views.desk_access import actor_of, signed_in
from proxirh.enquiries.workflow import State
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.tokens import grouped

RELATED = ("department", "team__academy", "lead__data_key")
MOST_LISTED = 100
ONCE_WITHDRAWN = (
    {"text": "L’équipe cesse aussitôt de lire votre demande."},
    {"text": "Elle reste dans votre suivi, et ne peut pas être rouverte."},
    {"text": "Vous pouvez en faire une nouvelle quand vous voulez."},
)


def find_own(request: HttpRequest, uid: UUID, *related: str) -> Enquiry:
    """One’s own enquiry, or the one that it was merged into; the same 404 as for an id that nothing has."""
    rows = Enquiry.objects.visible_to(actor_of(request), side=Side.AUTHOR).but_waiting_elsewhere()
    rows = rows.with_own_matters().annotate(**next_of_referrals())
    rows = rows.select_related("data_key", "fact", "previous", *RELATED, *related)
    if RULES in related:
        rows = rows.with_topic_minutes()
    found = rows.filter(uid=uid).first()
    if found is None:
        raise Http404
    return (rows.holding(uid).first() or found) if found.state == State.MERGED else found


@require_safe
@signed_in
def space(request: HttpRequest) -> HttpResponse:
    """All of one’s enquiries, and those that a colleague typed for one’s address."""
    actor = actor_of(request)
    own = (
        Enquiry.objects.visible_to(actor, side=Side.AUTHOR)
        .but_waiting_elsewhere()
        .found_first()
        .order_by("-submitted_at", "-pk")
    )
    rows = list(own.select_related("data_key", "fact", *RELATED)[:MOST_LISTED])
    typed = Enquiry.objects.for_system("saisies pour une adresse prouvée").typed_for(actor)
    cards = [situation.summary(row, at=timezone.now()) for row in rows]
    return render(
        request,
        "enquiries/space/list.html",
        {
            "open_cards": sorted((card for card in cards if card.is_open), key=lambda card: not card.is_hers),
            "ended_cards": [card for card in cards if not card.is_open],
            "typed": [
                {"uid": row.uid, "on": row.submitted_at, "zone": row.department.time_zone}
                for row in typed.order_by("-submitted_at")[:MOST_LISTED]
            ],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def follow(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Where it stands, who has it, what comes next and by when; a POST sends a message."""
    try:
        found = find_own(request, uid)
    except Http404:
        if (left := _left_for(request, uid)) is None:
            raise
        return redirect("enquiries:follow", left)
    if request.method != "POST":
        return _page(request, found, WriteForm()) if found.uid == uid else redirect("enquiries:follow", found.uid)
    form = WriteForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    was_open = found.is_open
    try:
        services.send_message(
            actor=actor_of(request),
            enquiry=found,
            body=form.cleaned_data["body"],
            uploads=form.cleaned_data["files"],
            key=form.cleaned_data["idempotency_key"],
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, find_own(request, uid), form, status=403 if isinstance(refusal, NotAllowed) else 422)
    reopened = "" if was_open else " Votre demande est de nouveau ouverte."
    messages.success(request, f"Votre message est envoyé.{reopened}")
    return redirect("enquiries:follow", found.uid)


def _left_for(request: HttpRequest, uid: UUID) -> UUID | None:
    """Where the one that waits for another académie is told: on the page of the one that it would follow."""
    rows = Enquiry.objects.visible_to(actor_of(request), side=Side.AUTHOR)
    waiting = rows.filter(uid=uid, fact__is_counted=False, state=State.SUBMITTED)
    return waiting.values_list("previous__uid", flat=True).first()


def _page(request: HttpRequest, found: Any, form: WriteForm, *, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    now = timezone.now()
    email = found.contact.get("email", "")
    is_withdrawn = found.state == State.WITHDRAWN
    moving = transferring.latest_transfer(found) if found.has_transfers else None
    taken = unbooking.upcoming(found, at=now) if found.is_open else None
    told = situation.of(found, at=now)
    if taken is not None or found.meetings.exists():
        starts_at, zone = taken.starts_at if taken else None, found.department.time_zone
        told = situation.as_met(told, named=meeting.NEXT_STEP.values(), starts_at=starts_at, zone=zone)
    context: dict[str, Any] = {
        "enquiry": found,
        "situation": told,
        "story": read_story(found, for_author=True, whole="tout" in request.GET),
        "form": form if permissions.can_write(actor, found, at=now) else None,
        "can_withdraw": permissions.can_withdraw(actor, found),
        "can_reopen": permissions.can_reopen(actor, found, at=now),
        "is_withdrawn": is_withdrawn,
        "is_too_late": situation.is_too_late(found, at=now),
        "call_code": grouped(found.call_code, 3),
        "email": email,
        "needs_protection": permissions.may_need_protection(found) and not is_withdrawn,
        "must_confirm": bool(email) and address_index(email) not in actor.addresses,
        "once": OnceForm(),
        "contacts": signposting.contacts_of(found) if found.has_contacts else [],
        "meeting": taken,
        "moving": moving,
        "moving_told": transfer_pages.to_author(moving, lead="", arrival=None) if moving else None,
        "zone": found.department.time_zone,
    }
    return render(request, "enquiries/space/follow.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def withdraw(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A page that asks once, then the enquiry is withdrawn; no reason is asked. Never another one."""
    found = find_own(request, uid)
    if found.uid != uid:
        return redirect("enquiries:follow", found.uid)
    form = OnceForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        if not permissions.can_withdraw(actor_of(request), found):
            return redirect("enquiries:follow", uid)
        return render(
            request, "enquiries/space/withdraw.html", {"enquiry": found, "form": form, "steps": ONCE_WITHDRAWN}
        )
    try:
        services.withdraw_enquiry(actor=actor_of(request), enquiry=found, key=form.cleaned_data["idempotency_key"])
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("enquiries:follow", uid)
    messages.success(request, "Votre demande est retirée. L’équipe ne la lit plus. Vous n’avez rien d’autre à faire.")
    return redirect("enquiries:follow", uid)


@require_POST
@signed_in
def reopen(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One click, ninety days, no reason asked."""
    found = find_own(request, uid)
    if found.is_open:  # a double click
        return redirect("enquiries:follow", uid)
    try:
        services.reopen_enquiry(actor=actor_of(request), enquiry=found)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Votre demande est de nouveau ouverte. L’équipe est prévenue.")
    return redirect("enquiries:follow", uid)
