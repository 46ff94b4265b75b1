"""Rows of the staff file, about people who do not exist."""

HEADER = "courriel;nom;prenom;telephone;role;profil;quotite;implantation;uai;departement;debut;fin"
PERSON = {"courriel": "camille@exemple.invalid", "nom": "Exemple", "prenom": "Camille", "telephone": "01 99 00 00 01"}
MISSION = {
    "role": "conseiller",
    "profil": "enseignant",
    "quotite": "60",
    "implantation": "etablissement",
    "uai": "",
    "departement": "15",
    "debut": "2025-09-01",
    "fin": "",
}


def row(**changes: str) -> dict[str, str]:
    """A complete row, changed where the test says."""
    return PERSON | MISSION | changes
