"""Presenting the second factor: to come in, and again before an act that a stolen visit must not do."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from proxirh.accounts import browser, openid, passkeys, services
from proxirh.accounts.forms import AssertionForm, FactorCodeForm, MailboxForm
from proxirh.accounts.models import User
from proxirh.accounts.views.pending import Pending, safe_next
from proxirh.accounts.views.sign_in import FORM_ERROR, TOO_MANY, client_of, wait_for_code
from proxirh.kernel import tokens
from proxirh.kernel.errors import DomainError, TooManyTries


@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """After the mailed code, before the visit is opened: the factor that this account has."""
    next_url = safe_next(request)
    if request.user.is_authenticated:
        return redirect(next_url or resolve_url(settings.LOGIN_REDIRECT_URL))
    user = services.awaited_user(request)
    if user is None:
        return redirect(reverse("accounts:sign_in", query={"next": next_url} if next_url else None))
    if request.method == "POST" and (answer := _prove(request, user)) is not None:
        return answer
    if request.method == "POST":
        return services.open_session(request, user, second_factor=True, next_url=next_url)
    return _page(request, user)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_up(request: HttpRequest) -> HttpResponse:
    """In the visit, before a guarded act: the second factor again, or a mailed code for whoever has none."""
    if not services.has_factor(request.user):
        return _by_mail(request)
    if request.method != "POST":
        return _page(request, request.user)
    answer = _prove(request, request.user)
    if answer is None:
        services.mark_proved(request, second_factor=True)
        answer = redirect(safe_next(request) or reverse("accounts:security"))
    return answer


def _prove(request: HttpRequest, user: User) -> HttpResponse | None:
    """None when the posted factor is right; else the page that says what is not."""
    assertion, code = AssertionForm(request.POST), FactorCodeForm(request.POST)
    form = assertion if "assertion" in request.POST else code
    if not form.is_valid():
        return _page(request, user, form, FORM_ERROR)
    try:
        if form is assertion:
            factor = passkeys.complete_proof(request, user, form.cleaned_data["assertion"])
            services.prove_by_passkey(user=user, factor=factor)
        else:
            services.prove_by_code(user=user, code=form.cleaned_data["code"])
    except DomainError as error:
        form.add_error(None if form is assertion else "code", str(error))
        return _page(request, user, form, TOO_MANY if isinstance(error, TooManyTries) else FORM_ERROR)
    return None


def _page(
    request: HttpRequest, user: User, form: AssertionForm | FactorCodeForm | None = None, status: int = 200
) -> HttpResponse:
    kinds = {factor.kind for factor in services.factors_of(user)}
    is_code = isinstance(form, FactorCodeForm)
    context = {
        "form": form if is_code else FactorCodeForm(),
        "passkey_form": AssertionForm() if is_code or form is None else form,
        "kinds": kinds,
        "is_step_up": request.user.is_authenticated,
    }
    return render(request, "accounts/second_factor.html", context, status=status)


@require_POST
def passkey_challenge(request: HttpRequest) -> HttpResponse:
    """A fresh challenge for the passkeys of whoever is asked for a second factor; nothing for anyone else."""
    user = request.user if request.user.is_authenticated else services.awaited_user(request)
    if user is None or not any(factor.kind == "webauthn" for factor in services.factors_of(user)):
        return JsonResponse({}, status=404)
    return JsonResponse(passkeys.begin_proof(request, user))


def _by_mail(request: HttpRequest) -> HttpResponse:
    """A fresh code to one of the addresses of the account."""
    addresses = services.addresses_of(request.user)
    form = MailboxForm(request.POST if request.method == "POST" else None, addresses=addresses)
    status = FORM_ERROR if request.method == "POST" and not form.is_valid() else 200
    if request.method == "POST" and addresses and form.is_valid():
        token = browser.sign_in_token(request) or tokens.secret()
        try:
            code = services.request_code(
                address=form.chosen.ciphertext, token=token, purpose=services.CONFIRMING, client=client_of(request)
            )
        except TooManyTries as error:
            form.add_error(None, str(error))
            status = TOO_MANY
        else:
            shared = request.session.get_expire_at_browser_close()
            return wait_for_code(Pending(str(code.uid), services.CONFIRMING, safe_next(request), shared), token)
    context = {
        "form": form,
        "addresses": addresses,
        "provider": openid.provider_name(),
        "next_url": safe_next(request) or resolve_url(settings.LOGIN_REDIRECT_URL),
    }
    return render(request, "accounts/prove_by_mail.html", context, status=status)
