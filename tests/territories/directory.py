"""Invented files shaped like the ministry's directory of schools, as long as one wishes."""

import csv
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from proxirh.territories.models.uai import check_letter

REFERENCE = Path(__file__).resolve().parent.parent.parent / "proxirh" / "territories" / "data"
COLUMNS = (
    "identifiant_de_l_etablissement nom_etablissement type_etablissement statut_public_prive adresse_1 adresse_2 "
    "adresse_3 code_postal code_commune nom_commune code_departement code_academie code_region ecole_maternelle "
    "ecole_elementaire voie_generale voie_technologique voie_professionnelle telephone fax web mail restauration "
    "hebergement ulis apprentissage segpa section_arts section_cinema section_theatre section_sport "
    "section_internationale section_europeenne lycee_agricole lycee_militaire lycee_des_metiers post_bac "
    "appartenance_education_prioritaire greta siren_siret nombre_d_eleves fiche_onisep position type_contrat_prive "
    "libelle_departement libelle_academie libelle_region coordx_origine coordy_origine epsg_origine "
    "nom_circonscription latitude longitude precision_localisation date_ouverture date_maj_ligne etat "
    "ministere_tutelle multi_uai rpi_concentre rpi_disperse code_nature libelle_nature code_type_contrat_prive pial "
    "etablissement_mere type_rattachement_etablissement_mere code_circonscription code_zone_animation_pedagogique "
    "libelle_zone_animation_pedagogique code_bassin_formation libelle_bassin_formation"
).split()
KINDS = ("Ecole", "Collège", "Lycée", "Service Administratif", "Information et orientation")
NAMES = ("des Exemples", "de la Maquette", "du Gabarit", "des Modèles", "de l'Échantillon", "Victor-Prototype")
TOWNS = ("Exempleville", "Saint-Modèle", "Maquette-sur-Essai", "La Ferté-Gabarit", "L'Île-Fictive")
with (REFERENCE / "departments.csv").open(encoding="utf-8", newline="") as _file:
    # Three characters of each département, as the directory writes them → code of its académie.
    ACADEMIES = {row["code"].zfill(3): row["academy_code"] for row in csv.DictReader(_file)}
PREFIXES = {"02A": "620", "02B": "720"}


def make_uai(number: int, department: str = "015") -> str:
    """A right UAI of a département, by its three characters."""
    digits = f"{PREFIXES.get(department, department)}{number:04d}"
    return digits + check_letter(digits)


def make_row(number: int = 1, *, department: str = "015", **changes: str) -> dict[str, str]:
    """The cells of one site, where the import reads; the others are filled for the length."""
    uai = make_uai(number, department)
    chance = random.Random(number)
    kind = KINDS[number % len(KINDS)]
    row = {
        "identifiant_de_l_etablissement": uai,
        "nom_etablissement": f"{kind} {chance.choice(NAMES)} {number}",
        "type_etablissement": kind,
        "statut_public_prive": "Public",
        "adresse_1": f"{number} rue de l'Essai",
        "code_postal": f"{department.replace('A', '0').replace('B', '0')[-2:]}{number % 1000:03d}",
        "nom_commune": chance.choice(TOWNS),
        "code_departement": department,
        "code_academie": ACADEMIES.get(department, ""),
        "mail": f"ce.{uai.lower()}@ac-exemple.invalid",
        "nom_circonscription": f"Circonscription d'exemple {number % 20}",
        "code_circonscription": make_uai(9000 + number % 20, department),
        "code_bassin_formation": f"{department}B{number % 4}",
        "libelle_bassin_formation": f"Bassin d'exemple {number % 4}",
        "etat": "OUVERT",
        "latitude": "45.9512",
        "siren_siret": "19000000000000",
    }
    return row | changes


def make_rows(count: int) -> Iterator[dict[str, str]]:
    """Distinct sites, spread over the départements."""
    departments = sorted(ACADEMIES)
    for index in range(count):
        yield make_row(1 + index // len(departments), department=departments[index % len(departments)])


def write(
    path: Path, rows: Iterable[dict[str, str]], *, columns: Iterable[str] = COLUMNS, encoding: str = "utf-8"
) -> Path:
    """A file of these rows with these columns."""
    names = list(columns)
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(";".join(names) + "\r\n")
        for row in rows:
            file.write(";".join(row.get(name, "") for name in names) + "\r\n")
    return path
