"""Échanges éclair: one at a time, a whole permanence at once, the sheet to print before it, and one’s own list."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.enquiries import permissions
from proxirh.enquiries.forms.quick import FAMILIES, ON_PAPER, OUTCOMES, PermanenceForm, QuickForm, WithdrawForm, topics
from proxirh.enquiries.models import Outcome, QuickExchange
from proxirh.enquiries.services import quick
from proxirh.enquiries.services.quick import MOST_LINES, SHOWN, WrongDay
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk
from proxirh.kernel.errors import DomainError, TooManyTries
from proxirh.territories.actor import Actor
from proxirh.territories.models import Department
from proxirh.territories.services.serving import departments_served
from proxirh.ui import french
from proxirh.ui.chrome import page_address

SIZE = 25
COUNTED = "échange éclair compté,échanges éclair comptés"


def receiving(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in whoever receives people today."""

    @wraps(view)
    @at_desk
    def guarded(request: HttpRequest) -> HttpResponse:
        if not permissions.can_note_exchange(actor_of(request)):
            raise Http404
        return view(request)

    return guarded


def _served(actor: Actor) -> list[Department]:
    """Raises Http404 for whoever receives people in no département."""
    places = departments_served(actor)
    if not places:
        raise Http404
    return places


@require_http_methods(["GET", "HEAD", "POST"])
@receiving
def note_quick(request: HttpRequest) -> HttpResponse:
    """One corridor question: three codes and a day."""
    return _filled_in(request, QuickForm, "enquiries/quick/note.html")


@require_http_methods(["GET", "HEAD", "POST"])
@receiving
def permanence(request: HttpRequest) -> HttpResponse:
    """Ten lines of a day, kept together or not at all."""
    return _filled_in(request, PermanenceForm, "enquiries/quick/permanence.html")


def _filled_in(request: HttpRequest, kind: type[QuickForm | PermanenceForm], template: str) -> HttpResponse:
    form = kind(request.POST if request.method == "POST" else None, places=_served(actor_of(request)))
    done = _note(request, form)
    if isinstance(done, HttpResponse):
        return done
    return render(request, template, _with_menu(request, form=form), status=done)


def _note(request: HttpRequest, form: Any) -> HttpResponse | int:
    """Where to go once everything is counted, or the status of the page that shows the form."""
    if not form.is_bound:
        return 200
    if not form.is_valid():
        return 422
    data = form.cleaned_data
    try:
        found = quick.note_exchanges(
            actor=actor_of(request), department=form.where, day=data["day"], lines=form.lines, key=data["key"]
        )
    except DomainError as refusal:
        form.add_error("day" if isinstance(refusal, WrongDay) else None, str(refusal))
        form.draw_key()
        return 429 if isinstance(refusal, TooManyTries) else 422
    told = f"{french.counted(len(found), COUNTED)}, le {french.plain_day(data['day'])}."
    messages.success(request, f"{told} Vous pouvez les retirer jusqu’à ce soir." if len(found) > 1 else told)
    return redirect("enquiries:own_exchanges")


@require_safe
@receiving
def sheet(request: HttpRequest) -> HttpResponse:
    """The paper to take where there is no network: letters to circle, and nowhere to write a name."""
    context = _with_menu(
        request,
        lines=range(1, MOST_LINES + 1),
        topics=topics(),
        families=[(code, ON_PAPER.get(family, label)) for family, (code, label) in FAMILIES.items()],
        outcomes=OUTCOMES.values(),
    )
    return render(request, "enquiries/quick/sheet.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@receiving
def own_exchanges(request: HttpRequest) -> HttpResponse:
    """What one has noted for thirty days, the last first; a POST takes one back."""
    actor, now = actor_of(request), timezone.now()
    if request.method == "POST":
        return _withdraw(request, actor)
    rows = QuickExchange.objects.noted_by(actor).standing(since=now - SHOWN).order_by("-pk")
    before = _read_uid(request.GET.get("apres", ""))
    last = quick.find_own(actor, before, at=now) if before else None
    if last is not None:
        rows = rows.filter(pk__lt=last.pk)
    found = list(rows.select_related("department")[: SIZE + 1])
    shown, labels = found[:SIZE], dict(topics())
    here = page_address("enquiries:own_exchanges")
    context = _with_menu(
        request,
        rows=[
            {
                "exchange": one,
                "topic": labels.get(one.topic_code, one.topic_code),
                "family": FAMILIES[one.family][1],
                "outcome": OUTCOMES[one.outcome][1],
                "is_to_type": one.outcome == Outcome.SUPPORT_ENGAGED,
                "can_take_back": quick.can_take_back(one, at=now),
            }
            for one in shown
        ],
        first_url=here if last is not None else "",
        next_url=f"{here}?apres={shown[-1].uid}" if len(found) > SIZE else "",
    )
    return render(request, "enquiries/quick/own.html", context)


def _withdraw(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = WithdrawForm(request.POST)
    found = quick.find_own(actor, form.cleaned_data["exchange"]) if form.is_valid() else None
    if found is None:
        messages.info(request, "Cet échange éclair n’est plus dans votre liste.")
        return redirect("enquiries:own_exchanges")
    try:
        quick.withdraw_exchange(actor=actor, exchange=found)
        messages.success(request, "L’échange éclair est retiré : il n’est plus compté.")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("enquiries:own_exchanges")


def _read_uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _with_menu(request: HttpRequest, **context: Any) -> dict[str, Any]:
    return {**context, "side_navigation": menu(actor_of(request))}
