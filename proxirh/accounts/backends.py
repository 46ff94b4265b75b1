"""Finds the account of a session; a disabled account has none."""

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from proxirh.accounts.models import User


class CodeBackend(BaseBackend):
    """Accounts proved by a code or by an identity provider; no password is ever checked here."""

    def authenticate(self, request: HttpRequest | None, **credentials: object) -> None:
        """Nothing can be presented here: the code step signs in by itself."""

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).select_related("person").first()
