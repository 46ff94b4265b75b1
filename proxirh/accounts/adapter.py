"""What allauth is left to say and know: it opens the visit, and keeps second factors whose secrets we seal."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter

from proxirh.accounts.models import FactorVault, Person, User
from proxirh.kernel import encryption
from proxirh.ui.pictures import square_to_photograph

NAME = "ProxiRH"

_vault: ContextVar[FactorVault | None] = ContextVar("vault", default=None)


class AccountAdapter(DefaultAccountAdapter):
    """Keeps allauth silent: our pages say what happens, in French, and ask for the second factor themselves."""

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No message: landing on the page asked for says it."""

    def get_login_stages(self) -> list[str]:
        """None: whoever has a second factor is asked for it before the visit is opened (`services.sessions`)."""
        return []


@contextmanager
def opened(vault: FactorVault) -> Iterator[None]:
    """Let secrets be sealed and opened with the key of one account."""
    token = _vault.set(vault)
    try:
        yield
    finally:
        _vault.reset(token)


def _key_and_place() -> tuple[bytes, bytes]:
    vault = _vault.get()
    if vault is None:
        raise RuntimeError("Le secret d’un second facteur ne se lit qu’avec le coffre de son compte.")
    return vault.data_key.clear, encryption.place(vault._meta.db_table, vault.uid, "secret")


def _name_of(user: User) -> str:
    person = Person.objects.filter(user=user).select_related("data_key").first()
    return (person.full_name if person else "") or "Votre accès"


class FactorAdapter(DefaultMFAAdapter):
    """Seals what allauth would keep in clear, under the key of the account's vault, and names nobody to strangers."""

    def encrypt(self, text: str) -> str:
        """Sealed form of a secret, for the table of allauth."""
        key, place = _key_and_place()
        return encryption.seal(key, text.encode(), place).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """Inverse of `encrypt`; raises DecryptionError for a secret of another account."""
        key, place = _key_and_place()
        return encryption.unseal(key, bytes.fromhex(encrypted_text), place).decode()

    def get_totp_label(self, user: User) -> str:
        """What the application of codes shows under the name of the service."""
        return _name_of(user)

    def get_totp_issuer(self) -> str:
        """The name of the service."""
        return NAME

    def build_totp_svg(self, url: str) -> str:
        """The square to photograph, on white whatever the theme."""
        return square_to_photograph(url)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site that a passkey serves, and no other."""
        return super().get_public_key_credential_rp_entity() | {"name": NAME}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """A random id, and the name that the device shows to its owner."""
        name = _name_of(user)
        return {"id": user.uid.bytes, "name": name, "display_name": name}
