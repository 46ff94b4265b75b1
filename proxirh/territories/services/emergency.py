"""Numbers to call at once: one table, reviewed at a date that the pages show."""

from dataclasses import dataclass
from datetime import date

REVIEWED_ON = date(2026, 11, 20)
ROUND_THE_CLOCK = "24\u00a0h sur 24, 7 jours sur 7"


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """A number, whom it reaches, for what and when."""

    number: str
    name: str
    purpose: str
    hours: str = f"{ROUND_THE_CLOCK}, appel gratuit"
    scheme: str = "tel"

    @property
    def url(self) -> str:
        """What a telephone dials, or writes to."""
        return f"{self.scheme}:" + "".join(self.number.split())

    @property
    def checked_on(self) -> date:
        """When the whole table was last reviewed."""
        return REVIEWED_ON

    @property
    def is_day_and_night(self) -> bool:
        """True for most of them, so that a short list tells only the hours of the others."""
        return self.hours.startswith(ROUND_THE_CLOCK)


SAMU = EmergencyNumber("15", "Samu", "Votre santé ou votre vie est en danger.")
EUROPE = EmergencyNumber("112", "Urgences, partout en Europe", "Tous les secours, même sans crédit sur le téléphone.")
DEAF = EmergencyNumber(
    "114",
    "Urgences par SMS",
    "Vous ne pouvez pas parler, ou vous entendez mal : écrivez un SMS.",
    f"{ROUND_THE_CLOCK}, SMS gratuit",
    "sms",
)
POLICE = EmergencyNumber("17", "Police ou gendarmerie", "Quelqu’un vous menace ou vous agresse.")
SUICIDE = EmergencyNumber(
    "3114", "Prévention du suicide", "Vous avez des idées noires, ou vous êtes inquiet pour quelqu’un."
)
LISTENING = EmergencyNumber(
    "0 805 500 005",
    "Espaces d’accueil et d’écoute",
    "Une ou un psychologue vous écoute, sans demander votre nom. Pour tous les personnels de l’éducation nationale.",
)
VIOLENCE_AGAINST_WOMEN = EmergencyNumber("3919", "Violences Femmes Info", "Violences, à la maison ou au travail.")
CYBERBULLYING = EmergencyNumber(
    "3018",
    "Violences numériques",
    "Harcèlement ou menaces en ligne, images diffusées.",
    "Tous les jours de 9 h à 23 h, appel gratuit",
)
VICTIMS = EmergencyNumber(
    "116 006",
    "Aide aux victimes",
    "Être écouté, connaître vos droits après une agression.",
    "Tous les jours de 9 h à 20 h, appel gratuit",
)

FOR_EVERYONE = (SAMU, EUROPE, DEAF, SUICIDE, LISTENING)
AFTER_VIOLENCE = (POLICE, SAMU, DEAF, VIOLENCE_AGAINST_WOMEN, CYBERBULLYING, VICTIMS, SUICIDE, LISTENING)
