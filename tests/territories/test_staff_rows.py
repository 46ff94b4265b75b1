"""What is wrong with the staff file is told line by line, and one wrong line keeps everything out."""

import pytest

from proxirh.accounts.models import Person
from proxirh.territories.models import Site
from tests.territories.conftest import tally
from tests.territories.staff_file import HEADER, row

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("courriel", ""),
        ("courriel", "camille"),
        ("courriel", "ce.0150001V@ac-exemple.invalid"),
        ("courriel", "accueil@ac-exemple.invalid"),
        ("nom", ""),
        ("prenom", "x" * 101),
        ("telephone", "au bureau"),
        ("role", "chef"),
        ("role", ""),
        ("profil", ""),
        ("profil", "autre"),
        ("quotite", ""),
        ("quotite", "0"),
        ("quotite", "101"),
        ("quotite", "0.5"),
        ("quotite", "²"),
        ("implantation", ""),
        ("implantation", "collège"),
        ("uai", "0150001A"),
        ("uai", "0150002W"),
        ("departement", ""),
        ("departement", "96"),
        ("departement", "988"),
        ("debut", ""),
        ("debut", "01/09/2025"),
        ("debut", "2025-02-30"),
        ("debut", "20250901"),
        ("fin", "2025-08-31"),
        ("equipe", "x" * 121),
        ("uai_liens", "0150001V|0150002W"),
        ("uai_liens", "0150001V|ZZZ"),
    ],
)
def test_what_is_wrong_is_told_by_column(load, site: Site, column: str, value: str) -> None:
    Site.objects.update(mailbox="accueil@ac-exemple.invalid")
    outcome = load(row(**{column: value}), columns=f"{HEADER};equipe;uai_liens")
    assert (outcome.code, outcome.tally) == (1, tally(refused=1))
    assert outcome.refusals == [(2, column)]
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("second", "refusals"),
    [
        ({"quotite": "80"}, [(3, "courriel")]),
        ({"courriel": "CAMILLE@exemple.invalid", "fin": "2026-08-31"}, [(3, "courriel")]),
        ({"departement": "63", "nom": "Autre"}, [(3, "nom")]),
        ({"debut": "2026-01-01"}, [(3, "debut")]),
        ({"debut": "2025-01-01", "fin": "2025-09-01"}, [(3, "debut")]),
        ({"debut": "2025-01-01", "fin": "2025-08-31"}, []),
        ({"debut": "2026-01-01", "departement": "63"}, []),
        ({"debut": "2026-01-01", "role": "gestionnaire"}, []),
    ],
)
def test_rows_are_held_against_each_other(load, second: dict[str, str], refusals: list) -> None:
    outcome = load(row(), row(**second))
    assert outcome.refusals == refusals
    assert outcome.tally == tally(added=1 + (not refusals), refused=len(refusals))


def test_the_same_row_twice_counts_once(load) -> None:
    outcome = load(row(), row())
    assert (outcome.code, outcome.tally) == (0, tally(added=1, ignored=1))


def test_a_mission_may_not_overlap_one_that_the_file_does_not_name(load) -> None:
    load(row())
    outcome = load(row(debut="2026-09-01"))
    assert (outcome.tally, outcome.refusals) == (tally(refused=1), [(2, "debut")])
    assert load(row(fin="2026-08-31"), row(debut="2026-09-01")).tally == tally(added=1, changed=1)


def test_one_refused_row_keeps_everything_out(load) -> None:
    rows = (row(), row(courriel="alix@exemple.invalid", quotite="0"))
    assert load(*rows).code == 1
    assert not Person.objects.exists()
    outcome = load(*rows, options=("--apply", "--skip-refused"))
    assert (outcome.code, outcome.tally) == (1, tally(added=1, refused=1))
    assert Person.objects.count() == 1


def test_quotes_separators_and_empty_lines_are_read(load) -> None:
    line = ";".join('"Exemple ; ""Modèle"""' if name == "nom" else row()[name] for name in HEADER.split(";"))
    outcome = load("", line, ";" * 11, row(courriel="alix@exemple.invalid"))
    assert outcome.tally == tally(added=2)
    people = Person.objects.select_related("data_key").order_by("pk")
    assert people[0].last_name == 'Exemple ; "Modèle"'


@pytest.mark.parametrize("columns", [HEADER.replace("quotite;", ""), f"{HEADER};equipes", f"{HEADER};fin"])
def test_a_wrong_header_is_exit_status_2(load, columns: str) -> None:
    outcome = load(columns=columns)
    assert (outcome.code, outcome.said) == (2, "")
