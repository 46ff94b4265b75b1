"""What an address tells by itself: whether others read it, in which case it opens no account, and whose it is.

And how many mails anyone may cause to it.
"""

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from proxirh.accounts.models import AddressKind
from proxirh.kernel import limits

READ_BY_OTHERS = (
    "D’autres personnes lisent cette boîte aux lettres. Donnez une adresse que vous êtes seule ou seul à lire : "
    "votre adresse personnelle convient très bien."
)

MAILS_PER_HOUR = 5

# Given by the employer: académies, and the ministry.
_PROFESSIONAL = re.compile(r"(.+\.)?(ac-[a-z-]+\.fr|education\.gouv\.fr)")


def is_read_by_others(address: str) -> bool:
    """True for the mailbox of a school or service; the directory that knows them is given by the settings."""
    return import_string(settings.SHARED_MAILBOXES)(address)


def may_mail(address: str, *, at: datetime) -> bool:
    """False once five mails that anybody can cause, codes too, went to one mailbox within the hour; nobody is told.

    What follows a `+` names the same mailbox.
    """
    local, _, domain = address.strip().rpartition("@")
    mailbox = f"{local.partition('+')[0]}@{domain}".lower()
    return limits.attempt("mailbox", mailbox, limit=MAILS_PER_HOUR, per=timedelta(hours=1), at=at)


def kind_of(address: str) -> AddressKind:
    """Professional when its domain is an académie’s or the ministry’s, else personal."""
    domain = address.strip().lower().rpartition("@")[2]
    return AddressKind.PROFESSIONAL if _PROFESSIONAL.fullmatch(domain) else AddressKind.PERSONAL
