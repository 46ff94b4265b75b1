"""Pages of sign-in, sign-out, identity provider and kept text."""

from proxirh.accounts.views.held import csrf_failure, drop_text, show_text
from proxirh.accounts.views.leaving import sign_out, signed_out
from proxirh.accounts.views.provider import ask_provider, return_from_provider
from proxirh.accounts.views.sign_in import add_address, ask_again, ask_code, type_code

__all__ = [
    "add_address",
    "ask_again",
    "ask_code",
    "ask_provider",
    "csrf_failure",
    "drop_text",
    "return_from_provider",
    "show_text",
    "sign_out",
    "signed_out",
    "type_code",
]
