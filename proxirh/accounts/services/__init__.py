"""Every write about accounts: codes, people, identities, sessions, held forms."""

from proxirh.accounts.services.codes import confirm_code, find_code, request_code
from proxirh.accounts.services.people import account_for, ensure_person
from proxirh.accounts.services.sessions import end_session, open_session

__all__ = [
    "account_for",
    "confirm_code",
    "end_session",
    "ensure_person",
    "find_code",
    "open_session",
    "request_code",
]
