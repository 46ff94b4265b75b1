"""What each field about people and their ways in holds."""

from datetime import timedelta

from proxirh.accounts.models import Address, HeldForm, Person, SignInCode, address_indexes
from proxirh.kernel.personal_data import Held, Registry, Subject, content, identity, technical
from proxirh.kernel.rotation import Recomputed, WaitedOut

FIELDS: Registry = {
    "User": technical("id", "uid", "is_active", "session_salt", "last_login", "created_at"),
    "Address": {
        **identity("ciphertext"),
        **technical("id", "uid", "data_key", "user", "blind_index", "kind", "confirmed_at"),
    },
    # Issuer and subject are the provider's own words for an account: they name nobody by themselves.
    "Identity": technical("id", "user", "issuer", "subject", "created_at"),
    "Person": {
        **identity("first_name", "last_name", "phone", "staff_address"),
        **technical("id", "uid", "data_key", "user", "staff_index", "created_at"),
    },
    "SignInCode": {
        **identity("address"),
        **technical("id", "uid", "data_key", "address_index", "code_digest", "browser_digest", "purpose"),
        **technical("tries", "created_at", "expires_at", "used_at"),
    },
    "FactorVault": technical("id", "uid", "data_key", "user", "last_step", "enrol_until"),
    "HeldForm": {
        **content("fields"),
        **technical("id", "uid", "data_key", "user", "browser_digest", "path", "had_files", "expires_at"),
    },
}


def held_about(subject: Subject) -> list[Held]:
    """Her name, her addresses, the codes sent to them, and what was kept when a visit ended."""
    people = Person.objects.filter(pk=subject.person_id or 0).select_related("data_key")
    addresses = Address.objects.filter(user_id=subject.user_id or 0).select_related("data_key").order_by("pk")
    codes = SignInCode.objects.filter(address_index__in=subject.addresses).select_related("data_key").order_by("pk")
    kept = HeldForm.objects.filter(user_id=subject.user_id or 0).select_related("data_key").order_by("pk")
    return [
        Held(Person, FIELDS["Person"], list(people), also=("created_at",)),
        Held(Address, FIELDS["Address"], list(addresses), also=("kind", "confirmed_at")),
        Held(SignInCode, FIELDS["SignInCode"], list(codes), also=("created_at", "expires_at")),
        Held(HeldForm, FIELDS["HeldForm"], list(kept), also=("path", "expires_at")),
    ]


# Codes and kept forms are erased at most two hours after they were made.
_SHORT = timedelta(hours=2)
INDEXES = (
    Recomputed(
        "adresses prouvées",
        "blind_index",
        lambda: Address.objects.select_related("data_key"),
        lambda row: row.ciphertext,
        address_indexes,
    ),
    Recomputed(
        "adresses de service",
        "staff_index",
        lambda: Person.objects.select_related("data_key"),
        lambda row: row.staff_address or "",
        address_indexes,
    ),
    WaitedOut("codes de connexion, adresse", "address_index", SignInCode.objects.all, _SHORT),
    WaitedOut("codes de connexion, navigateur", "browser_digest", SignInCode.objects.all, _SHORT),
    WaitedOut("codes de connexion, code", "code_digest", lambda: SignInCode.objects.filter(used_at=None), _SHORT),
    WaitedOut("formulaires retenus", "browser_digest", HeldForm.objects.all, _SHORT),
)

# Tables that libraries bring for sign-in, and what stands in them.
THIRD_PARTY: dict[str, str] = {
    "auth.Permission": "Codes of permissions; empty of people.",
    "auth.Group": "Not used: roles are postings.",
    "auth.Group_permissions": "Not used: roles are postings.",
    "contenttypes.ContentType": "Names of our models.",
    "sessions.Session": "Account number, second factor, its challenge, provider states, sealed token; no typed text.",
    "mfa.Authenticator": (
        "Second factors: secret of an application, seed of recovery codes and name of a passkey, each sealed by a key "
        "of FactorVault; public key of a passkey; dates of adding and of last use."
    ),
    "account.EmailAddress": "Always empty: addresses are ours, encrypted (Address).",
    "account.EmailConfirmation": "Always empty: codes are ours (SignInCode).",
}
