"""The sheet of protection in plain words: what each step is for, who takes it, by when."""

from dataclasses import dataclass

from proxirh.enquiries.models import Protection


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One step: its name, what it is for and how it is done."""

    code: str
    title: str
    what: str
    how: str


_WORDS = {
    Protection.FUNCTIONAL_PROTECTION: (
        "Attaqué dans vos fonctions, vous avez droit à la protection de l’administration : avocat, démarches, soutien.",
        "Écrivez au recteur, directement si votre hiérarchie est en cause : les faits, les dates, votre demande.",
    ),
    Protection.COMPLAINT: (
        "Elle fait enquêter et garde une preuve datée.",
        "Au commissariat, à la gendarmerie, ou par lettre au procureur. Personne n’a à vous en donner l’autorisation.",
    ),
    Protection.SERVICE_ACCIDENT: (
        "Une blessure ou un choc peut être reconnu comme accident de service : soins pris en charge, congé sans perte.",
        "Voyez un médecin vite, demandez un certificat médical initial et déclarez l’accident dans les quinze jours.",
    ),
    Protection.SAFETY_REGISTER: (
        "Le registre garde une trace datée et oblige à une réponse.",
        "Il est dans chaque établissement et service. Vous y écrivez les faits, sans jugement ni nom d’élève.",
    ),
    Protection.LEGAL_SERVICE: (
        "Il dit ce que le droit permet et suit la protection fonctionnelle.",
        "La personne qui suit votre demande peut vous mettre en relation.",
    ),
    Protection.OCCUPATIONAL_DOCTOR: (
        "Il constate les effets sur votre santé et peut demander un aménagement de poste. Il est tenu au secret.",
        "Vous pouvez demander un rendez-vous vous-même, sans passer par votre hiérarchie.",
    ),
}

SHEET = tuple(SheetLine(code.value, code.label, *_WORDS[code]) for code in Protection)
