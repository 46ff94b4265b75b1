"""Asking in several goes: have the link mailed, come back by it, or erase everything."""

import uuid

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from proxirh.accounts import browser
from proxirh.accounts import services as accounts
from proxirh.accounts.services.codes import consume_code
from proxirh.enquiries import services
from proxirh.enquiries.browser import forget
from proxirh.enquiries.forms.ask_contact import AddressForm, ResumeForm
from proxirh.enquiries.services import proving
from proxirh.enquiries.services.drafting import LIFE
from proxirh.enquiries.views import ask_steps as steps
from proxirh.enquiries.views.ask_limits import client_of, may_mail_link
from proxirh.enquiries.views.ask_steps import Here, bind, on_screen
from proxirh.kernel import tokens
from proxirh.kernel.errors import DomainError
from proxirh.ui import french


@on_screen(steps.PLACE)
def ask_later(request: HttpRequest, here: Here) -> HttpResponse:
    """Mail the link that resumes the draft as long as it is kept; refused where nothing may be kept."""
    if not here.may_wait:
        return redirect(steps.where_next(here.kept))
    form = AddressForm(request.POST if request.method == "POST" else None, initial={"email": here.kept.get("email")})
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            may_mail_link(request)
            services.address_draft(draft=here.draft, address=form.cleaned_data["email"])
            context = {"until": here.draft.expires_at, "here": here, "next_url": steps.where_next(here.kept)}
            return bind(render(request, "enquiries/ask/later_sent.html", context), here)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = 429
        except DatabaseError:
            form.add_error(None, steps.UNAVAILABLE)
            status = 503
    context = {"form": form, "back_url": steps.where_next(here.kept), "kept": french.days(LIFE.days)}
    return render(request, "enquiries/ask/later.html", context, status=status)


@on_screen(steps.PLACE)
def ask_erase(request: HttpRequest, here: Here) -> HttpResponse:
    """Erase the draft, its key and its cookies, after one question; on a shared computer the visit ends with them."""
    if request.method != "POST":
        return render(request, "enquiries/ask/erase.html", {"back_url": steps.where_next(here.kept)})
    services.delete_draft(draft=here.draft)
    response = redirect("enquiries:ask")
    forget(response)
    browser.forget_token(response)
    if here.is_visit_short or here.draft.is_shared_computer:
        accounts.end_session(request)
        browser.forget_everything(request, response, at_once=False)
    messages.success(request, "Vos réponses sont effacées. Il n’en reste rien.")
    return response


# ── Coming back by the mailed link ────────────────────────────────────────────────────────────────
def _here(request: HttpRequest, uid: uuid.UUID) -> Here | None:
    token = browser.browser_token(request)
    draft = services.find_draft(uid=uid, token=token)
    return Here(draft, token, steps.is_visit_short(request)) if draft else None


@require_http_methods(["GET", "HEAD", "POST"])
def ask_resume(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """In the browser that wrote the draft, one button; in any other, the address first, and nothing is told."""
    here = _here(request, uid)
    if here and request.method == "POST":
        return bind(HttpResponseRedirect(steps.where_next(here.kept)), here)
    if here:
        return render(request, "enquiries/ask/resume.html", {"here": here})
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "enquiries/ask/resume.html", {"form": form}, status=422 if form.errors else 200)
    token = browser.give_token(request)
    try:
        proving.ask_once(
            address=form.cleaned_data["email"], token=token, purpose=proving.for_draft(uid), client=client_of(request)
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return render(request, "enquiries/ask/resume.html", {"form": form}, status=429)
    response = redirect("enquiries:ask_resume_code", uid=uid)
    browser.keep_new_token(request, response, token)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def ask_resume_code(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The code proves the address; only then is the draft looked for."""
    token = browser.browser_token(request)
    form = ResumeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(
            request, "enquiries/ask/resume_code.html", {"form": form, "uid": uid}, status=422 if form.errors else 200
        )
    purpose = proving.for_draft(uid)
    try:
        pending = proving.code_to_type(token=token, purpose=purpose)
        proved = consume_code(code_uid=pending.uid, digits=form.cleaned_data["code"], token=token, purpose=purpose)
    except DomainError as refusal:
        form.add_error("code", str(refusal))
        return render(request, "enquiries/ask/resume_code.html", {"form": form, "uid": uid}, status=422)
    # A token of its own: the one that this browser holds may have been left here by somebody else.
    token = tokens.secret()
    draft = services.resume_draft(draft_uid=uid, address=proved.address, token=token)
    if draft is None:
        messages.info(
            request,
            "Aucun brouillon ne vous attend à cette adresse : il a été envoyé, effacé, ou son temps est passé.",
        )
        return redirect("enquiries:ask")
    if form.cleaned_data["is_shared_computer"] or steps.is_visit_short(request):
        services.share_draft(draft=draft)
    return bind(HttpResponseRedirect(steps.where_next(draft.answers)), Here(draft, token))
