"""The people of the demonstration, whose pages a newcomer may borrow (RULES §9)."""

from dataclasses import dataclass

from proxirh.accounts.models import Address, User, address_index, address_indexes
from proxirh.territories.actor import Actor

DOMAIN = "demo.invalid"


@dataclass(frozen=True, slots=True)
class Persona:
    """Someone to be for a while: what she comes for, and the page where she begins."""

    code: str
    title: str
    description: str
    landing: str

    @property
    def address(self) -> str:
        """The address that the generator gives to this persona, and by which it is found again."""
        return f"{self.code}@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Circle:
    """Personas who come for the same thing."""

    title: str
    personas: tuple[Persona, ...]


CIRCLES = (
    Circle(
        "Demander",
        (
            Persona(
                "agent",
                "Agente",
                "Professeure en collège en Meurthe-et-Moselle. Elle demande de l’aide et suit ses demandes.",
                "enquiries:space",
            ),
            Persona(
                "agente-outre-mer",
                "Agente outre-mer",
                "Elle travaille à La Réunion\u00a0: ses heures et ses jours fériés sont ceux de son île.",
                "enquiries:space",
            ),
            Persona(
                "superieur",
                "Supérieur",
                "Chef d’un établissement. Il ne lit rien de ce que son équipe demande\u00a0: vérifiez-le.",
                "enquiries:space",
            ),
        ),
    ),
    Circle(
        "Répondre",
        (
            Persona(
                "conseillere",
                "Conseillère RH de proximité",
                "Elle reçoit les demandes de Meurthe-et-Moselle, répond, oriente et termine le suivi.",
                "enquiries:desk",
            ),
            Persona(
                "conseiller-ailleurs",
                "Conseiller d’une autre académie",
                "Il sert en Gironde\u00a0: rien de ce que suit la conseillère ne lui est visible.",
                "enquiries:desk",
            ),
            Persona(
                "conseiller-deux-academies",
                "Conseiller de deux académies",
                "Il partage son temps entre la Meurthe-et-Moselle et la Marne.",
                "enquiries:desk",
            ),
            Persona(
                "gestionnaire",
                "Gestionnaire RH",
                "Elle répond par écrit aux questions de gestion\u00a0: paie, congés, temps partiel, arrêtés.",
                "enquiries:desk",
            ),
            Persona(
                "cellule",
                "Membre d’une cellule spécialisée",
                "Il reçoit ce qui est transmis à la cellule d’écoute, avec ou sans nom\u00a0: il l’ouvre et répond.",
                "enquiries:cell",
            ),
        ),
    ),
    Circle(
        "Veiller et mesurer",
        (
            Persona(
                "coordinatrice",
                "Coordinatrice",
                "Elle veille à ce que personne ne soit oublié, et lit les chiffres de l’académie, jamais les demandes.",
                "enquiries:desk",
            ),
            Persona(
                "chef-de-service",
                "Chef de service",
                "Il lit les chiffres de son académie.",
                "steering:figures",
            ),
            Persona(
                "referente-nationale",
                "Référente nationale",
                "Elle lit les chiffres de toutes les académies, à partir de onze personnes par ligne.",
                "steering:figures",
            ),
            Persona(
                "administrateur",
                "Administrateur technique",
                "Il tient les comptes et les réglages. Aucun contenu ne lui est ouvert.",
                "portal:home",
            ),
        ),
    ),
)
PERSONAS = {persona.code: persona for circle in CIRCLES for persona in circle.personas}
ADDRESSES = {persona.address: persona for persona in PERSONAS.values()}


def account_of(persona: Persona) -> User | None:
    """The account that the generator made for a persona; None while the demonstration is not loaded."""
    proved = Address.objects.filter(blind_index__in=address_indexes(persona.address), user__is_active=True)
    address = proved.select_related("user").first()
    return address.user if address else None


def persona_of(actor: Actor) -> str:
    """Code of the persona that the reader has borrowed, or nothing."""
    return next((code for code, one in PERSONAS.items() if address_index(one.address) in actor.addresses), "")
