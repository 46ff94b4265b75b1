"""How long each kind of data is kept, said once: pages, notice and impact assessment read it here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from proxirh.accounts.retention import CODE_LIFE
from proxirh.enquiries.permissions import REOPENING
from proxirh.enquiries.retention import READINGS_KEPT
from proxirh.enquiries.services.drafting import LIFE as DRAFT_KEPT
from proxirh.outbox.retention import BODY_KEPT, DELIVERY_KEPT

CONTENT_MONTHS = 12
FILES_AFTER_REOPENING = timedelta(days=30)
BACKUPS_KEPT = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Delay:
    """One line of every table of delays: what, and how long, in words."""

    code: str
    what: str
    words: str


DELAYS = (
    Delay("draft", "brouillon", f"{DRAFT_KEPT.days} jours\u00a0; trente minutes sur un ordinateur partagé"),
    Delay("content", "demande, messages, échanges, coordonnées", f"{CONTENT_MONTHS} mois après le dernier contact"),
    Delay(
        "file",
        "fichiers joints",
        f"{FILES_AFTER_REOPENING.days} jours après les {REOPENING.days} jours où la demande peut être rouverte",
    ),
    Delay("code", "codes de connexion", f"{CODE_LIFE.seconds // 3600} heure après leur fin"),
    Delay("body", "texte des courriels envoyés", f"{BODY_KEPT.days} jours"),
    Delay("delivery", "trace de l’envoi d’un courriel", f"{DELIVERY_KEPT.days} jours"),
    Delay("reading", "consultations et accès exceptionnels", f"{READINGS_KEPT.days // 365} an"),
    Delay("backup", "sauvegardes", f"{BACKUPS_KEPT.days} jours"),
)


def content_until(enquiry: Any) -> datetime:
    """When an enquiry goes, if nothing happens in it from now on."""
    return enquiry.last_contact_at + relativedelta(months=CONTENT_MONTHS)


def files_until(enquiry: Any) -> datetime | None:
    """When its files go; None while it is open."""
    return None if enquiry.closed_at is None else enquiry.closed_at + REOPENING + FILES_AFTER_REOPENING
