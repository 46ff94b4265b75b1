"""The journal line that tells a demonstration database from a real one, and the refusals that follow (RULES §9)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Model, QuerySet

SUBJECT = "démonstration"
BEGUN = "démonstration.commencée"
LOADED = "démonstration.chargée"
PEOPLE_AND_FACTS = ("accounts.User", "accounts.Person", "enquiries.EnquiryFact")

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


def end(*, seed: int, enquiries: int, at: datetime) -> None:
    """Say that the whole demonstration is there."""
    _write(LOADED, at, seed=seed, enquiries=enquiries)


def _rows(label: str) -> QuerySet[Model]:
    """Rows of a model, found by name: this module is loaded before the models are."""
    return apps.get_model(label)._default_manager.all()


def _write(verb: str, at: datetime, **details: int) -> None:
    _rows("kernel.JournalEntry").create(at=at, actor=SUBJECT, verb=verb, subject=SUBJECT, details=details)


def is_marked() -> bool:
    """True for a demonstration database, even one whose loading was interrupted."""
    return _rows("kernel.JournalEntry").filter(subject=SUBJECT).exists()


def loaded() -> dict[str, int] | None:
    """What a complete load wrote of itself: its seed and its number of enquiries."""
    line = _rows("kernel.JournalEntry").filter(subject=SUBJECT, verb=LOADED).values_list("details", flat=True)
    return line.first()


def is_filled() -> bool:
    """True once the database holds anyone or anything counted; reference data do not count."""
    return any(_rows(label).exists() for label in PEOPLE_AND_FACTS)


def refusal(mode: str) -> str | None:
    """Why this database may not be served in `mode`, as a French sentence; None when it may, or has no table yet."""
    tables = {apps.get_model(label)._meta.db_table for label in ("kernel.JournalEntry", *PEOPLE_AND_FACTS)}
    if not tables <= set(connection.introspection.table_names()):
        return None
    if mode == "production" and is_marked():
        return MARKED_IN_PRODUCTION
    if mode == "demo" and is_filled() and not is_marked():
        return FILLED_WITHOUT_MARKER
    return None


def require_match() -> None:
    """Raises ImproperlyConfigured when the mode and the database do not belong together; called before serving."""
    if reason := refusal(settings.PROXIRH_MODE):
        raise ImproperlyConfigured(reason)


def check_database(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The same refusal as a system check of `migrate` and of `check --database default`."""
    reason = refusal(settings.PROXIRH_MODE) if databases and "default" in databases else None
    return [Error(reason, id="proxirh.demo.E001")] if reason else []
