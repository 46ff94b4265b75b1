"""Pages of sign-in, second factor, sign-out, identity provider and kept text."""

from proxirh.accounts.views.held import csrf_failure, drop_text, show_text
from proxirh.accounts.views.leaving import sign_out, signed_out
from proxirh.accounts.views.provider import ask_provider, return_from_provider
from proxirh.accounts.views.second_factor import passkey_challenge, second_factor, step_up
from proxirh.accounts.views.security import (
    add_passkey,
    add_totp,
    choose_factor,
    new_passkey_challenge,
    recovery_codes,
    remove_factor,
    security,
)
from proxirh.accounts.views.sign_in import add_address, ask_again, ask_code, type_code

__all__ = [
    "add_address",
    "add_passkey",
    "add_totp",
    "ask_again",
    "ask_code",
    "ask_provider",
    "choose_factor",
    "csrf_failure",
    "drop_text",
    "new_passkey_challenge",
    "passkey_challenge",
    "recovery_codes",
    "remove_factor",
    "return_from_provider",
    "second_factor",
    "security",
    "show_text",
    "sign_out",
    "signed_out",
    "step_up",
    "type_code",
]
