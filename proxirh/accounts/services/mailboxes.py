"""Addresses that other people read: they open no account, since whoever reads them could come in."""

from django.conf import settings
from django.utils.module_loading import import_string

READ_BY_OTHERS = (
    "D’autres personnes lisent cette boîte aux lettres. Donnez une adresse que vous êtes seule ou seul à lire : "
    "votre adresse personnelle convient très bien."
)


def is_read_by_others(address: str) -> bool:
    """True for the mailbox of a school or service; the directory that knows them is given by the settings."""
    return import_string(settings.SHARED_MAILBOXES)(address)
