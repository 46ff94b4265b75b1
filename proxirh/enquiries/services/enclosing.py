"""Files of an enquiry that go with a referral: proposed one by one by its lead, agreed to one by one by its author."""

from collections.abc import Collection

from proxirh.enquiries.attachments import may_leave
from proxirh.enquiries.models import Enquiry, Referral
from proxirh.kernel.errors import DomainError
from proxirh.ui import french

MOST = 5
TOO_MANY = f"{french.number(MOST)} fichiers au plus accompagnent une mise en relation. Décochez-en."
CHANGED = "Un des fichiers cochés ne peut pas partir, ou n’est plus là. Relisez la page, puis choisissez de nouveau."


def proposed_among(enquiry: Enquiry, chosen: Collection[str]) -> list[str]:
    """Ids of these files of the enquiry, each once. Raises DomainError for one that may not leave, or too many."""
    kept = list(dict.fromkeys(chosen))
    if len(kept) > MOST:
        raise DomainError(TOO_MANY)
    _check_leave(enquiry, kept)
    return kept


def agreed_among(referral: Referral, chosen: Collection[str]) -> list[str]:
    """Those of the proposed files that she agreed to. Raises DomainError for any that nobody proposed to her."""
    if not set(chosen) <= set(referral.enclosed):
        raise DomainError(CHANGED)
    kept = [one for one in referral.enclosed if one in chosen]
    _check_leave(referral.enquiry, kept)
    return kept


def _check_leave(enquiry: Enquiry, kept: Collection[str]) -> None:
    if kept and not set(kept) <= {str(uid) for uid in may_leave(enquiry).values_list("uid", flat=True)}:
        raise DomainError(CHANGED)
