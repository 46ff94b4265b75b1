"""Asking, how to reach the author: who she is, what suits her, who must not see."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from proxirh.accounts.models import Address, Person
from proxirh.enquiries import promises
from proxirh.enquiries.forms import ask_contact as forms
from proxirh.enquiries.views import ask_steps as steps
from proxirh.enquiries.views.ask_steps import Here, keep, on_screen, show
from proxirh.territories.models import Department
from proxirh.territories.services.sites import is_shared_mailbox


def _known(request: HttpRequest) -> tuple[Person | None, list[str]]:
    """Name and proved addresses of a signed-in agent; nothing that was merely declared."""
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_signed_in:
        return None, []
    person = Person.objects.filter(pk=actor.person_id).select_related("data_key").first()
    addresses = Address.objects.filter(user_id=actor.user_id).select_related("data_key").order_by("kind", "pk")
    proved = [address.ciphertext for address in addresses]
    return (person if person and person.full_name else None), [a for a in proved if not is_shared_mailbox(a)]


def known_by(request: HttpRequest) -> str:
    """Whom this visit is of, so that nobody asks in the name of whoever left it open; "" without a visit."""
    person, addresses = _known(request)
    said = [*([person.full_name] if person else []), *addresses[:1]]
    signed_in = request.actor.is_signed_in  # type: ignore[attr-defined]
    return ", ".join(said) or ("sans nom ni adresse" if signed_in else "")


@on_screen(steps.CONTACT)
def ask_contact(request: HttpRequest, here: Here) -> HttpResponse:
    """Name, address, telephone; what a session proves is not asked again."""
    person, addresses = _known(request)
    known: Mapping[str, Any] = {"phone": person.phone or ""} if person else {}
    form = forms.ContactForm(
        request.POST if request.method == "POST" else None,
        initial={**known, **here.said(steps.CONTACT)},
        known_name=person is not None,
        addresses=addresses,
    )
    context = {"person": person}
    if request.method != "POST":
        return show(request, here, steps.CONTACT, form, **context)
    answers: dict[str, Any] = {}
    if form.is_valid():
        answers = {name: form.cleaned_data.get(name, "") for name in ("first_name", "last_name", "email", "phone")}
        if person:
            answers |= {"first_name": person.first_name, "last_name": person.last_name}
        answers |= _still_possible(here.kept, answers)
    return keep(request, here, steps.CONTACT, form, answers=answers, **context)


def _still_possible(kept: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Wishes that a changed address or telephone no longer allows are dropped, and asked again if none is left."""
    if "means" not in kept:
        return {}
    gone = {means for means, way in (("phone", "phone"), ("written", "email")) if not answers[way]}
    means = [name for name in kept["means"] if name not in gone]
    return {"means": means, "wants_call_today": bool(kept.get("wants_call_today") and answers["phone"])}


@on_screen(steps.WISHES)
def ask_wishes(request: HttpRequest, here: Here) -> HttpResponse:
    """Means, times, voice message, not at work, today: said honestly for the day and hour where the author is."""
    has_phone = bool(here.kept.get("phone"))
    form = forms.WishesForm(
        request.POST if request.method == "POST" else None,
        initial=here.said(steps.WISHES),
        has_phone=has_phone,
        has_email=bool(here.kept.get("email")),
    )
    department = Department.objects.get(code=here.kept["department"])
    context = {
        "has_phone": has_phone,
        "call": promises.call_back_today(department),
        "contact_url": steps.CONTACT.url,
    }
    if request.method != "POST":
        return show(request, here, steps.WISHES, form, **context)
    return keep(request, here, steps.WISHES, form, **context)


@on_screen(steps.DISCRETION)
def ask_discretion(request: HttpRequest, here: Here) -> HttpResponse:
    """Nobody by default; names are matched with the staff when the enquiry is read again, then at sending."""
    form = forms.DiscretionForm(request.POST if request.method == "POST" else None, initial=here.said(steps.DISCRETION))
    if request.method != "POST":
        return show(request, here, steps.DISCRETION, form)
    return keep(request, here, steps.DISCRETION, form)
