"""« Votre sécurité »: the second factors one has, how to add and remove them, and the codes for a bad day."""

import base64
import uuid

from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from proxirh.accounts import passkeys, services
from proxirh.accounts.adapter import FactorAdapter
from proxirh.accounts.forms import PasskeyForm, RecoveryForm, TotpForm
from proxirh.accounts.models import User
from proxirh.accounts.step_up import step_up
from proxirh.accounts.views.pending import safe_next
from proxirh.accounts.views.sign_in import FORM_ERROR
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.tokens import grouped
from proxirh.ui.pictures import within_page

SECRET_SALT = "totp"  # noqa: S105
SECRET_LIFE = 30 * 60
TOO_OLD = (
    "Cette page était ouverte depuis trop longtemps\u00a0: en voici une autre, avec un nouveau carré à photographier."
)


@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """What opens this account, and when each last served."""
    factors = services.factors_of(request.user)
    context = {
        "factors": factors,
        "recovery": next((factor for factor in factors if factor.is_recovery), None),
        "has_factor": any(not factor.is_recovery for factor in factors),
        "needs_factor": services.needs_factor(request.user),
        "addresses": services.addresses_of(request.user),
        "may_enrol": _refusal(request) == "",
    }
    return render(request, "accounts/security.html", context)


def _refusal(request: HttpRequest) -> str:
    """Why this account may not add a factor, or ""."""
    try:
        services.check_may_enrol(request.user, at=timezone.now())
    except NotAllowed as refusal:
        return str(refusal)
    return ""


def _refused(request: HttpRequest) -> HttpResponse | None:
    sentence = _refusal(request)
    return render(request, "accounts/factor_refused.html", {"sentence": sentence}, status=403) if sentence else None


@login_required
@require_safe
def choose_factor(request: HttpRequest) -> HttpResponse:
    """Passkey or application of codes: what each asks for."""
    next_url = safe_next(request)
    context = {"next_url": next_url, "factors": services.factors_of(request.user)}
    return _refused(request) or render(request, "accounts/choose_factor.html", context)


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def add_totp(request: HttpRequest) -> HttpResponse:
    """Show a fresh secret, as an image and in letters; keep it once the application has given a code."""
    if refused := _refused(request):
        return refused
    form = TotpForm(request.POST if request.method == "POST" else None)
    secret = _shown_secret(request.user, request.POST.get("secret", ""))
    if request.method == "POST" and secret and form.is_valid():
        try:
            services.add_totp(actor=request.user, secret=secret, code=form.cleaned_data["code"])
        except DomainError as error:
            form.add_error("code", str(error))
        else:
            return _added(request, "Votre application de codes est ajoutée.")
    elif request.method == "POST" and not secret:
        messages.error(request, TOO_OLD)
        return redirect(request.get_full_path())
    secret = secret or generate_totp_secret()
    adapter = FactorAdapter()
    image = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    context = {
        "form": form,
        "signed_secret": _signed(request.user, secret),
        "image": within_page(image),
        "letters": grouped(secret, 4).replace("-", " "),
    }
    return render(request, "accounts/add_totp.html", context, status=FORM_ERROR if form.errors else 200)


def _signed(user: User, secret: str) -> str:
    """The secret as the page carries it until the code comes: nothing is stored before."""
    return signing.dumps([str(user.uid), secret], salt=SECRET_SALT)


def _shown_secret(user: User, signed: str) -> str:
    """The secret that the page showed to this very account, or ""."""
    try:
        owner, secret = signing.loads(signed, salt=SECRET_SALT, max_age=SECRET_LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return secret if owner == str(user.uid) else ""


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Name a passkey, have the device make it, keep it."""
    if refused := _refused(request):
        return refused
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            credential = passkeys.complete_registration(request, form.cleaned_data["credential"])
            services.add_passkey(actor=request.user, name=form.cleaned_data["name"], credential=credential)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _added(request, "Votre clé d’accès est ajoutée.")
    return render(request, "accounts/add_passkey.html", {"form": form}, status=FORM_ERROR if form.errors else 200)


@step_up
@require_POST
def new_passkey_challenge(request: HttpRequest) -> HttpResponse:
    """A fresh challenge for the device that makes a passkey."""
    if _refusal(request):
        return JsonResponse({}, status=403)
    return JsonResponse(passkeys.begin_registration(request, request.user))


def _added(request: HttpRequest, sentence: str) -> HttpResponse:
    """The factor has just been shown: this visit has it, the others end; then the codes for a bad day."""
    services.keep_this_visit(request, request.user, second_factor=True)
    messages.success(request, sentence)
    if any(factor.is_recovery for factor in services.factors_of(request.user)):
        return redirect(safe_next(request) or "accounts:security")
    next_url = safe_next(request)
    return redirect(reverse("accounts:recovery_codes", query={"next": next_url} if next_url else None))


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten codes, shown in the answer to the button and nowhere else."""
    if not services.has_factor(request.user):
        return redirect("accounts:choose_factor")
    form = RecoveryForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"key": uuid.uuid4(), "next_url": safe_next(request)}
    if request.method == "POST" and form.is_valid():
        codes = services.renew_recovery_codes(actor=request.user, key=str(form.cleaned_data["key"]))
        services.keep_this_visit(request, request.user, second_factor=True)
        shown = [grouped(code, 4).replace("-", " ") for code in codes]
        text = "Codes de secours ProxiRH\nChacun sert une seule fois.\n\n" + "\n".join(shown) + "\n"
        context |= {
            "codes": shown,
            "text": text,
            "file": "data:text/plain;charset=utf-8;base64," + base64.b64encode(text.encode()).decode(),
        }
    else:
        factors = services.factors_of(request.user)
        context["recovery"] = next((factor for factor in factors if factor.is_recovery), None)
    return render(request, "accounts/recovery_codes.html", context)


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def remove_factor(request: HttpRequest, factor_uid: uuid.UUID) -> HttpResponse:
    """Ask, then forget one factor."""
    factor = services.find_factor(user=request.user, factor_uid=factor_uid)
    if factor is None:
        raise Http404
    if request.method != "POST":
        return render(request, "accounts/remove_factor.html", {"factor": factor})
    try:
        services.remove_factor(actor=request.user, factor_uid=factor_uid)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("accounts:security")
    services.keep_this_visit(request, request.user, second_factor=services.has_factor(request.user))
    messages.success(request, f"{factor.label}\u00a0: c’est retiré.")
    return redirect("accounts:security")
