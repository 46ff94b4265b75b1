"""Every write about accounts: codes, people, identities, sessions, held forms."""

from proxirh.accounts.services.codes import ADDING, add_address, confirm_code, find_code, request_code
from proxirh.accounts.services.held import drop_all_held, drop_held, find_held, hold_form
from proxirh.accounts.services.identities import BINDING, Claims, bind_identity, enter_with_identity
from proxirh.accounts.services.mailboxes import READ_BY_OTHERS, is_read_by_others, may_mail
from proxirh.accounts.services.people import account_for, ensure_person
from proxirh.accounts.services.sessions import SECOND_FACTOR_KEY, end_session, open_session

__all__ = [
    "ADDING",
    "BINDING",
    "READ_BY_OTHERS",
    "SECOND_FACTOR_KEY",
    "Claims",
    "account_for",
    "add_address",
    "bind_identity",
    "confirm_code",
    "drop_all_held",
    "drop_held",
    "end_session",
    "ensure_person",
    "enter_with_identity",
    "find_code",
    "find_held",
    "hold_form",
    "is_read_by_others",
    "may_mail",
    "open_session",
    "request_code",
]
