"""The text kept when a visit ended or a form grew too old: shown again, sent with one button."""

import uuid

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from proxirh.accounts import browser, services
from proxirh.accounts.middleware import keep_form
from proxirh.accounts.models import HeldForm

# Shorter answers (a code, a choice) are sent again but say nothing to a reader.
SHOWN_FROM = 12


def _held(request: HttpRequest, held_uid: uuid.UUID) -> HeldForm:
    held = services.find_held(held_uid=held_uid, token=browser.browser_token(request))
    if held is None or (held.user_id is not None and request.user.is_authenticated and held.user_id != request.user.pk):
        raise Http404
    return held


@require_safe
def show_text(request: HttpRequest, held_uid: uuid.UUID) -> HttpResponse:
    """Show what was typed to the account that typed it, with the button that sends it."""
    held = _held(request, held_uid)
    if held.user_id is not None and not request.user.is_authenticated:
        return redirect_to_login(request.path)
    fields = [(name, value) for name, values in held.fields.items() for value in values]
    texts = [value for _, value in fields if len(value) >= SHOWN_FROM and (" " in value.strip() or "\n" in value)]
    return render(request, "accounts/held_text.html", {"held": held, "fields": fields, "texts": texts})


@require_POST
def drop_text(request: HttpRequest, held_uid: uuid.UUID) -> HttpResponse:
    """Forget the text at once."""
    services.drop_held(held=_held(request, held_uid))
    return render(request, "accounts/held_dropped.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form left open too long, or by another visit: nothing is done, and what was typed waits behind one button."""
    token = browser.give_token(request)
    held = keep_form(request, token=token) if _comes_from_us(request) else None
    if held is None:
        return render(request, "accounts/form_expired.html", status=403)
    response = redirect(reverse("accounts:held_text", args=[held.uid]))
    browser.keep_new_token(request, response, token)
    return response


def _comes_from_us(request: HttpRequest) -> bool:
    """True when the browser itself says that our page sent the form: another site must not leave its text here."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
