"""The journal line that tells a demonstration database from a real one, and the refusals that follow (RULES §9)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import DatabaseError, connections

from proxirh.accounts.models import Person, User
from proxirh.enquiries.models import EnquiryFact
from proxirh.kernel.journal import SYSTEM
from proxirh.kernel.models import JournalEntry

SUBJECT = "démonstration"
BEGUN = "démonstration.commencée"
LOADED = "démonstration.chargée"

FILLED_WITHOUT_MARKER = (
    "Cette base contient déjà des données qui ne sont pas celles de la démonstration. "
    "Choisissez un autre dossier : PROXIRH_DATA_DIR=…"
)
MARKED_IN_PRODUCTION = (
    "Cette base est celle de la démonstration : ses personnes et ses demandes sont inventées. "
    "La production exige une base neuve."
)


def begin(*, seed: int, enquiries: int, at: datetime) -> None:
    """Mark the database before anything is invented in it."""
    _write(BEGUN, at, seed=seed, enquiries=enquiries)


def end(*, enquiries: int, at: datetime) -> None:
    """Say that the whole demonstration is there."""
    _write(LOADED, at, enquiries=enquiries)


def _write(verb: str, at: datetime, **details: int) -> None:
    JournalEntry.objects.create(at=at, actor=SYSTEM, verb=verb, subject=SUBJECT, details=details)


def is_marked() -> bool:
    """True for a demonstration database, even one whose loading was interrupted."""
    return JournalEntry.objects.filter(subject=SUBJECT).exists()


def loaded() -> JournalEntry | None:
    """The line of a complete load, with its seed and its number of enquiries."""
    return JournalEntry.objects.filter(subject=SUBJECT, verb=LOADED).first()


def is_filled() -> bool:
    """True once the database holds anyone or anything counted; reference data do not count."""
    return User.objects.exists() or Person.objects.exists() or EnquiryFact.objects.exists()


def refusal(mode: str) -> str | None:
    """Why this database may not be served in `mode`, as a French sentence; None when it may."""
    if mode == "production" and is_marked():
        return MARKED_IN_PRODUCTION
    if mode == "demo" and is_filled() and not is_marked():
        return FILLED_WITHOUT_MARKER
    return None


def check_database(
    app_configs: Any = None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """System check of `migrate` and `check --database default`: the mode and the database belong together."""
    if not databases or "default" not in databases:
        return []
    try:
        tables = set(connections["default"].introspection.table_names())
        if not {"kernel_journalentry", "accounts_person", "enquiries_enquiryfact"} <= tables:
            return []
        reason = refusal(settings.PROXIRH_MODE)
    except DatabaseError:
        return []  # no table yet, or of an older version: migrate says what is wrong
    return [Error(reason, id="proxirh.demo.E001")] if reason else []
