"""The kept access matrix, read by the tests that only need to know which pages each part may open.

`test_access_matrix` proves in the same run that it says what every address answers.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from tests.routes import SENT, VISITORS, WRITING, Route, routes
from tests.targets import relations

MATRIX = Path(__file__).resolve().parent.parent / "docs" / "access-matrix.csv"
FRENCH_PARTS = {
    "author": "auteur",
    "colleague": "collègue de l’auteur",
    "excluded colleague": "conseillère exclue par l’auteur",
    "superior": "supérieur, aussi conseiller",
    "anonymous": "visiteur",
    "code-only staff": "conseiller sans second facteur",
    "counsellor": "conseillère référente",
    "fellow counsellor": "conseiller de l’équipe",
    "counsellor elsewhere": "conseillère d’ailleurs",
    "counsellor in two academies": "conseillère de deux académies",
    "co-handler": "co-suivi",
    "former handler": "ancien référent",
    "coordinator": "coordonnatrice",
    "head of service": "cheffe de service",
    "HR officer": "gestionnaire RH",
    "cell officer": "membre de cellule",
    "steering member": "membre de comité",
    "national referent": "référente nationale",
    "administrator": "administrateur",
    WRITING: "visiteur qui écrit sa demande",
    SENT: "visiteur qui vient d’envoyer",
}


def openings() -> Iterator[tuple[Route, str, tuple[str, ...]]]:
    """Each route on each row it is tried on, with the parts to whom a GET answers 200; an unlisted one fails."""
    with MATRIX.open(encoding="utf-8", newline="") as file:
        lines = {(line["route"], line["relation"]): line for line in csv.DictReader(file) if line["méthode"] == "GET"}
    for route in routes():
        for relation in relations(route):
            line = lines[route.name, relation]
            yield route, relation, tuple(part for part in VISITORS if line[FRENCH_PARTS[part]] == "200")
