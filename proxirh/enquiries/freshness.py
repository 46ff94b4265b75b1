"""What someone writes replaces what she read, or nothing: the guard against overwriting the work of another tab."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.workflow import ENQUIRY_WORKFLOW
from proxirh.kernel.errors import StaleState
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.workflow import swap

# Any message, exchange, move or new date changes at least one of these.
WATCHED = ("state", "lead_id", "last_contact_at", "next_step_on", "failed_attempts")


def tag(enquiry: Enquiry) -> str:
    """Short print of what a page showed; a form carries it, so that it tells on which page it was filled in."""
    values = [getattr(enquiry, name) for name in WATCHED]
    shown = [str(value.astimezone(UTC) if isinstance(value, datetime) else value) for value in values]
    return hashlib.blake2s("|".join([*shown, enquiry.next_step or ""]).encode(), digest_size=8).hexdigest()


def require_unchanged(enquiry: Enquiry, seen: str | None) -> None:
    """Raises StaleState when the form was filled in on an older page than the enquiry is now."""
    if seen is not None and seen != tag(enquiry):
        raise StaleState(
            "Cette demande a changé pendant que vous écriviez : relisez-la. Votre texte est gardé, rien n’est parti."
        )


def write(enquiry: Enquiry, **changes: Any) -> None:
    """Write columns, unless someone moved the enquiry since it was read; raises StaleState."""
    swap(enquiry, _watched(enquiry), sealed(enquiry, changes))


def move(enquiry: Enquiry, step: str, **changes: Any) -> None:
    """Make a move of the workflow with the same care; raises DomainError or StaleState."""
    ENQUIRY_WORKFLOW.apply(enquiry, step, expected=_watched(enquiry), **sealed(enquiry, changes))


def _watched(enquiry: Enquiry) -> dict[str, Any]:
    return {name: getattr(enquiry, name) for name in WATCHED}


def sealed(enquiry: Enquiry, changes: dict[str, Any]) -> dict[str, Any]:
    """The same columns as an UPDATE writes them, texts sealed under the key of the enquiry."""
    fields = {name: enquiry._meta.get_field(name) for name in changes}
    return {
        name: field.seal(enquiry, changes[name]) if isinstance(field, EncryptedTextField) else changes[name]
        for name, field in fields.items()
    }
