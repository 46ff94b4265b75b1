"""Sign-out: here, then at the identity provider when the visit came from there."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from proxirh.accounts import browser, openid, services
from proxirh.accounts.views.provider import TOKEN_KEY
from proxirh.kernel.errors import DomainError


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the visit and have the browser forget all of it."""
    provider_address = _provider_address(request)
    services.end_session(request)
    if provider_address:
        # Our policy forbids a form to lead to another host: the page itself leads there.
        response = render(request, "accounts/leave_provider.html", {"address": provider_address})
    else:
        response = redirect("accounts:signed_out")
    browser.forget_everything(request, response)
    return response


def _provider_address(request: HttpRequest) -> str:
    sealed = request.session.get(TOKEN_KEY)
    if not sealed or not settings.OIDC_ENABLED:
        return ""
    back_to = request.build_absolute_uri(reverse("accounts:signed_out"))
    try:
        return openid.logout_address(
            id_token=openid.open_token(sealed), state=signing.dumps(openid.draw()), back_to=back_to
        )
    except DomainError:  # the provider does not answer: leaving us must work all the same
        return ""


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say that the visit is over."""
    return render(request, "accounts/signed_out.html")
