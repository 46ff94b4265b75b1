"""Sign-in by a mailed code: an address, then six digits."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from proxirh.accounts import browser, openid, proof_of_work, services
from proxirh.accounts.forms import AddressForm, CodeForm, SignInForm
from proxirh.accounts.models import SignInCode
from proxirh.accounts.step_up import step_up
from proxirh.accounts.views.entering import enter
from proxirh.accounts.views.pending import Pending, forget_pending, keep_pending, read_pending, safe_next
from proxirh.kernel import limits, tokens
from proxirh.kernel.errors import DomainError, TooManyTries

SIGN_IN = "connexion"
IDENTITY_KEY = "openid_identity"
# Codes asked for from within a visit.
INSIDE = {services.ADDING, services.CONFIRMING}
# Where another address may be given instead.
ASKING = {services.ADDING: "accounts:add_address", services.CONFIRMING: "accounts:step_up"}
FORM_ERROR, TOO_MANY = 422, 429


def client_of(request: HttpRequest) -> str:
    """Network address of the visitor, the one that limits count."""
    return limits.client_address(request.META, trusted_proxies=settings.PROXIRH_TRUSTED_PROXIES)


def wait_for_code(pending: Pending, token: str) -> HttpResponse:
    """Lead to the page where the code is typed."""
    response = redirect("accounts:code")
    browser.keep_sign_in_token(response, token, for_long=not pending.shared)
    keep_pending(response, pending)
    return response


def _ask_page(request: HttpRequest, template: str, form: AddressForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "challenge": proof_of_work.new_challenge(),
        "next_url": safe_next(request),
        "provider": openid.provider_name(),
    }
    return render(request, template, context, status=status)


def _ask(request: HttpRequest, template: str, form: AddressForm, purpose: str) -> HttpResponse:
    if not form.is_valid():
        return _ask_page(request, template, form, FORM_ERROR)
    token = browser.sign_in_token(request) or tokens.secret()
    try:
        code = services.request_code(
            address=form.cleaned_data["address"],
            token=token,
            purpose=purpose,
            client=client_of(request),
            proved=proof_of_work.is_proved(request.POST),
        )
    except TooManyTries as error:
        form.add_error(None, str(error))
        return _ask_page(request, template, form, TOO_MANY)
    shared = form.cleaned_data.get("shared") or request.session.get_expire_at_browser_close()
    return wait_for_code(Pending(str(code.uid), purpose, safe_next(request), shared), token)


@require_http_methods(["GET", "HEAD", "POST"])
def ask_code(request: HttpRequest) -> HttpResponse:
    """Ask for the address; the answer is the same whoever it belongs to."""
    if request.user.is_authenticated:
        return redirect(safe_next(request) or resolve_url(settings.LOGIN_REDIRECT_URL))
    if request.method != "POST":
        return _ask_page(request, "accounts/ask_code.html", SignInForm())
    return _ask(request, "accounts/ask_code.html", SignInForm(request.POST), SIGN_IN)


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def add_address(request: HttpRequest) -> HttpResponse:
    """Ask for one more address of the signed-in account."""
    if request.method != "POST":
        return _ask_page(request, "accounts/add_address.html", AddressForm())
    return _ask(request, "accounts/add_address.html", AddressForm(request.POST), services.ADDING)


def _awaited(request: HttpRequest) -> tuple[Pending, SignInCode] | None:
    """The code this browser waits for, when it may still serve here."""
    pending = read_pending(request)
    if pending is None or (pending.purpose in INSIDE) != request.user.is_authenticated:
        return None
    if pending.purpose == services.BINDING and IDENTITY_KEY not in request.session:
        return None
    code = services.find_code(code_uid=pending.code_uid, token=browser.sign_in_token(request))
    return (pending, code) if code else None


@require_http_methods(["GET", "HEAD", "POST"])
def type_code(request: HttpRequest) -> HttpResponse:
    """Take the six digits and open the visit."""
    awaited = _awaited(request)
    if awaited is None:
        return redirect("accounts:sign_in")
    pending, code = awaited
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _enter(request, pending, form.cleaned_data["code"])
        except DomainError as error:
            form.add_error("code", str(error))
    asking = ASKING.get(pending.purpose, "accounts:sign_in")
    context = {
        "form": form,
        "address": code.address,
        "binding": pending.purpose == services.BINDING,
        "provider": openid.provider_name(),
        "change_url": reverse(asking, query={"next": pending.next_url} if pending.next_url else None),
    }
    return render(request, "accounts/type_code.html", context, status=FORM_ERROR if form.errors else 200)


def _enter(request: HttpRequest, pending: Pending, digits: str) -> HttpResponse:
    proof: dict[str, Any] = {"code_uid": pending.code_uid, "digits": digits, "token": browser.sign_in_token(request)}
    if pending.purpose == services.ADDING:
        services.add_address(actor=request.user, **proof)
        messages.success(request, "Cette adresse est confirmée. Vous pouvez maintenant entrer par elle aussi.")
        response: HttpResponse = redirect(pending.next_url or resolve_url(settings.LOGIN_REDIRECT_URL))
    elif pending.purpose == services.CONFIRMING:
        services.confirm_presence(actor=request.user, **proof)
        services.mark_proved(request, second_factor=False)
        response = redirect(pending.next_url or resolve_url(settings.LOGIN_REDIRECT_URL))
    else:
        second_factor = False
        if pending.purpose == services.BINDING:
            issuer, subject, second_factor = request.session[IDENTITY_KEY]
            user = services.bind_identity(issuer=issuer, subject=subject, **proof)
            del request.session[IDENTITY_KEY]
        else:
            user = services.confirm_code(**proof)
        response = enter(
            request, user, second_factor=second_factor, shared_computer=pending.shared, next_url=pending.next_url
        )
    forget_pending(response)
    browser.forget_sign_in_token(response)
    return response


@require_POST
def ask_again(request: HttpRequest) -> HttpResponse:
    """Send another code to the same address; the former one no longer serves."""
    awaited = _awaited(request)
    if awaited is None:
        return redirect("accounts:sign_in")
    pending, code = awaited
    token = browser.sign_in_token(request)
    try:
        fresh = services.request_code(
            address=code.address, token=token, purpose=pending.purpose, client=client_of(request), proved=False
        )
    except TooManyTries as error:
        messages.error(request, str(error))
        return redirect("accounts:code")
    messages.success(
        request,
        "Un nouveau code est parti, sauf si cinq sont déjà partis depuis une heure. Seul le dernier reçu fonctionne.",
    )
    return wait_for_code(Pending(str(fresh.uid), pending.purpose, pending.next_url, pending.shared), token)
