"""How long each kind of data is kept, said once, from what the engine reads: pages, notice and impact assessment."""

from dataclasses import dataclass

from proxirh.accounts.retention import CODE_LIFE
from proxirh.enquiries.permissions import REOPENING
from proxirh.kernel.retention import kept
from proxirh.kernel.rotation import BACKUPS_KEPT
from proxirh.ui import french


@dataclass(frozen=True, slots=True)
class Delay:
    """One line of every table of delays: what, and how long, in words."""

    code: str
    what: str
    words: str


def table() -> tuple[Delay, ...]:
    """Every delay, as the settings say."""
    content = f"{_words('CONTENT')} après le dernier contact"
    return (
        Delay("draft", "brouillon", f"{_words('DRAFTS')}\u00a0; trente minutes sur un ordinateur partagé"),
        Delay("content", "demande, messages, échanges, coordonnées", content),
        Delay(
            "file",
            "fichiers joints",
            f"{kept('FILES').days} jours après les {REOPENING.days} jours où la demande peut être rouverte",
        ),
        Delay("note", "notes de travail", f"{_words('NOTES')} après la fin du suivi"),
        Delay("unnamed", "transmission sans nom", f"{_words('UNNAMED')} après son dernier mot"),
        Delay(
            "account", "accès, nom, adresses", f"{_words('CONTENT')} après votre dernière visite, sans demande gardée"
        ),
        Delay("code", "codes de connexion", f"{CODE_LIFE.seconds // 3600} heure après leur fin"),
        Delay("body", "texte des courriels envoyés", _words("MAILS")),
        Delay("delivery", "trace de l’envoi d’un courriel", _words("DELIVERIES")),
        Delay("reading", "consultations et accès exceptionnels", _words("READINGS")),
        Delay("backup", "sauvegardes", f"{BACKUPS_KEPT.days} jours"),
    )


def by_code() -> dict[str, str]:
    """The words of each, as a page names it."""
    return {one.code: one.words for one in table()}


def _words(name: str) -> str:
    return french.days(kept(name).days)
