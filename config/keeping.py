"""How long each kind of data is kept, in days: the national ceiling by default, which a service may only shorten."""

from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Kept:
    """One delay: at most `most` days, at least `least`, below which the service could not keep its promises."""

    name: str
    least: int
    most: int
    meaning: str

    @property
    def default(self) -> str:
        """The default, and what is accepted."""
        return f"`{self.most}` ; de {self.least} à {self.most}"

    def read(self, raw: str) -> int:
        """Days in the text of a variable, the default when it is empty; raises ImproperlyConfigured."""
        days = raw or str(self.most)
        if not days.isascii() or not days.isdecimal() or not self.least <= int(days) <= self.most:
            raise ImproperlyConfigured(
                f"{self.name} vaut {raw!r} ; attendu un nombre de jours de {self.least} à {self.most} : "
                "une durée de conservation se raccourcit, elle ne s’allonge pas."
            )
        return int(days)


# The ninety days of reopening and the thirty of notice must have passed before an enquiry goes.
DELAYS = (
    Kept("PROXIRH_KEEP_CONTENT", 120, 365, "Une demande et l’identité de son auteur, après le dernier contact."),
    Kept("PROXIRH_KEEP_FILES", 0, 30, "Les fichiers joints, après les 90 jours où la demande peut être rouverte."),
    Kept("PROXIRH_KEEP_NOTES", 30, 183, "Les notes de travail, après la fin du suivi."),
    Kept("PROXIRH_KEEP_READINGS", 30, 365, "Qui a consulté quoi, et les accès exceptionnels."),
    Kept("PROXIRH_KEEP_UNNAMED", 30, 365, "Ce qui est transmis sans nom, après son dernier mot."),
    Kept("PROXIRH_KEEP_CALLS", 15, 30, "Qui a appelé, son numéro et la note de l’appel ; ensuite, l’appel est compté."),
    Kept("PROXIRH_KEEP_DRAFTS", 1, 15, "Un brouillon, après la dernière réponse ; un ordinateur partagé : 30 minutes."),
    Kept("PROXIRH_KEEP_MAILS", 1, 7, "Le texte d’un courriel, après son envoi."),
    Kept("PROXIRH_KEEP_DELIVERIES", 7, 62, "La trace de l’envoi d’un courriel."),
)
