"""Who comes in at the desk, and how one enquiry is found there: through the doors, or not at all."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet, UUIDField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from proxirh.accounts.step_up import factor_missing
from proxirh.enquiries import permissions
from proxirh.enquiries.hanging import awaits_advice, next_of_referrals
from proxirh.enquiries.models import Enquiry, Level, Why
from proxirh.enquiries.querysets import EnquiryQuerySet, Part, Side
from proxirh.enquiries.services.meeting import RULES
from proxirh.enquiries.services.reading import record_reading
from proxirh.kernel.written import Given, written_once
from proxirh.territories.actor import Actor

View = Callable[..., HttpResponse]
UID = Given("uid", UUIDField())


def actor_of(request: HttpRequest) -> Actor:
    """Who acts."""
    return request.actor  # type: ignore[attr-defined]


def signed_in(view: View) -> View:
    """Send whoever is not signed in to the sign-in page, whatever the address names."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not actor_of(request).is_signed_in:
            return redirect_to_login(request.get_full_path() if request.method in {"GET", "HEAD"} else _page(request))
        return view(request, *args, **kwargs)

    return guarded


def _page(request: HttpRequest) -> str:
    """Where to come back after a refused POST: its address also answers to GET."""
    return request.path


def serving(serves: Callable[[Actor], object]) -> Callable[[View], View]:
    """Let in those whose missions say so; tell them when only a second factor is missing."""

    def let_in(view: View) -> View:
        @wraps(view)
        @signed_in
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            actor = actor_of(request)
            if not serves(actor):
                raise Http404
            if not actor.second_factor:
                return factor_missing(request)
            return view(request, *args, **kwargs)

        return guarded

    return let_in


# Who receives enquiries or coordinates them; who answers the telephone; who answers anyone; who coordinates or stands
# in; who heads a service; either; cells.
at_desk = serving(lambda actor: actor.teams or actor.answers_for)
on_line = serving(lambda actor: actor.lines)
answering_anyone = serving(lambda actor: actor.teams or actor.answers_for or actor.lines)
answering_for = serving(lambda actor: actor.answers_for)
heading = serving(lambda actor: actor.heads)
answering_or_heading = serving(lambda actor: actor.answers_for or actor.heads)
running = serving(lambda actor: actor.runs)
in_cell = serving(lambda actor: actor.cells)


@written_once
def _handled(actor: Actor, *related: str) -> QuerySet:
    rows = Enquiry.objects.visible_to(actor, side=Side.DESK).with_taken_at().with_proof().with_dead_mail().with_notes()
    rows = rows.annotate(**next_of_referrals(), **awaits_advice()).with_contacts_given()
    rows = rows.with_topic("label", "is_sensitive", "is_violence")
    if RULES in related:
        rows = rows.with_topic_minutes()
    return rows.with_opening(actor).select_related("data_key", "fact", "department", *related).filter(uid=UID)


def find_handled(request: HttpRequest, uid: UUID, *related: str) -> Enquiry | None:
    """The enquiry with its content, for whoever has it in hand or has opened it; the reading is written down first."""
    actor = actor_of(request)
    found = _handled(actor, *related).first(uid=uid)
    if found is not None:
        record_reading(actor=actor, enquiry=found, level=Level.CONTENT, why=_why(actor, found))
    return found


def _why(actor: Actor, enquiry: Any) -> Why:
    if permissions.is_lead(actor, enquiry):
        return Why.IN_CHARGE
    return Why.EXCEPTIONAL if enquiry.opened_until else Why.INVITED


def is_handled(request: HttpRequest, uid: UUID) -> bool:
    """True when this person may open it; nothing is shown."""
    return Enquiry.objects.visible_to(actor_of(request), side=Side.DESK).filter(uid=uid).exists()


def offered_row(request: HttpRequest, uid: UUID) -> Enquiry | None:
    """What a colleague of the team may take or decline; for a gesture, which shows nothing of it."""
    actor = actor_of(request)
    return Enquiry.objects.listed_for(actor).offered_to(actor).filter(uid=uid).first()


def find_offered(request: HttpRequest, uid: UUID) -> Enquiry | None:
    """The same with its name, site and wishes, to show before taking; the reading is written down first."""
    found = offered_row(request, uid)
    if found is not None:
        record_reading(actor=actor_of(request), enquiry=found, level=Level.NAME, why=Why.BEFORE_TAKING)
    return found


def find_coordinated(request: HttpRequest, uid: UUID) -> EnquiryQuerySet:
    """The row of an enquiry of the académie, for its coordination: no topic, no word, no name of its author."""
    return Enquiry.objects.listed_for(actor_of(request), part=Part.ACADEMY).filter(uid=uid)


def led_on(request: HttpRequest, uid: UUID) -> HttpResponse | None:
    """To the one that this one was merged into, for whoever has that one in hand."""
    hers = Enquiry.objects.visible_to(actor_of(request), side=Side.DESK).holding(uid)
    found = hers.values_list("uid", "reference").first()
    if found is None:
        return None
    unsent = " Ce que vous veniez d’y faire n’est pas enregistré : recommencez ici." if request.method == "POST" else ""
    messages.info(request, f"Cette demande a été réunie à la demande {found[1]}, que voici.{unsent}")
    return redirect("enquiries:enquiry", found[0])


def turned_away(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Whoever was in charge learns since when he no longer is, or is led to the one it was merged into; anyone else
    meets the same 404 as for no enquiry."""
    if (there := led_on(request, uid)) is not None:
        return there
    actor = actor_of(request)
    left: Any = Enquiry.objects.for_system("fin d’une prise en charge").left_by(actor).filter(uid=uid)
    found = left.values_list("left_at", "department__time_zone").first() if actor.receives else None
    if found is None:
        raise Http404
    return render(request, "enquiries/desk/former.html", {"left_at": found[0], "zone": found[1]}, status=403)
