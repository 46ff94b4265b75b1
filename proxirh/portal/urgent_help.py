"""The numbers of « Besoin d’aide tout de suite », by what is happening: first the number to call."""

from dataclasses import dataclass

from proxirh.territories.services import emergency
from proxirh.territories.services.emergency import EmergencyNumber

REVIEWED_ON = emergency.REVIEWED_ON


@dataclass(frozen=True, slots=True)
class Situation:
    """What is happening, in the reader's words, and whom to call, most urgent first."""

    title: str
    numbers: tuple[EmergencyNumber, ...]


SITUATIONS = (
    Situation("Vous ou quelqu’un êtes en danger", (emergency.SAMU, emergency.EUROPE, emergency.DEAF)),
    Situation("Vous n’en pouvez plus", (emergency.SUICIDE, emergency.LISTENING)),
    Situation(
        "On vous menace, on vous frappe, on vous harcèle",
        (emergency.POLICE, emergency.VIOLENCE_AGAINST_WOMEN, emergency.CYBERBULLYING, emergency.VICTIMS),
    ),
)
