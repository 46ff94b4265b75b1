"""An import of staff tells line by line what it does, the same whether it writes or not."""

import pytest

from tests.territories.conftest import Outcome
from tests.territories.staff_file import HEADER, row

pytestmark = pytest.mark.django_db


def told(outcome: Outcome) -> list[str]:
    """The lines about rows, which come before the conclusion and the totals."""
    lines = outcome.said.replace("\u00a0", " ").splitlines()
    assert lines[-1].startswith("added=")
    assert all(line.startswith("ligne ") for line in lines[:-2])
    return lines[:-2]


def test_each_line_has_its_fate_in_the_order_of_the_file(load) -> None:
    """Mutation: tell the refusals first, or leave out what is unchanged."""
    load(row(), row(departement="63", fin="2026-08-31"))
    rows = (
        row(departement="63", fin="2027-08-31", quotite="80"),
        row(courriel="alix@exemple.invalid"),
        row(courriel="sam@exemple.invalid", quotite="0"),
        row(),
        row(),
    )
    expected = [
        "ligne 2 : changée : quotite 60 → 80, fin 2026-08-31 → 2027-08-31",
        "ligne 3 : ajoutée : conseiller, Cantal (15), 60 %, depuis le 2025-09-01",
        "ligne 4 : refusée : quotite : « 0 » n’est pas un nombre entier de 1 à 100",
        "ligne 5 : inchangée",
        "ligne 6 : ignorée : la ligne 5 dit déjà la même chose",
    ]
    assert told(load(*rows, options=())) == expected
    outcome = load(*rows, options=("--apply", "--skip-refused"))
    assert told(outcome) == expected
    assert outcome.tally == "added=1 changed=1 unchanged=1 refused=1 ignored=1"
    assert outcome.refusals == [(4, "quotite")]


def test_every_column_of_a_mission_is_told_from_what_to_what(load, site, other_site) -> None:
    columns = f"{HEADER};equipe"
    load(row(uai="0150001V"), columns=columns)
    changed = row(uai="0150002W", profil="contractuel", implantation="dsden", fin="2027-08-31", equipe="Pôle nord")
    (line,) = told(load(changed, columns=columns, options=()))
    assert line == (
        "ligne 2 : changée : profil enseignant → contractuel, implantation etablissement → dsden, "
        "uai 0150001V → 0150002W, fin vide → 2027-08-31, equipe Conseil RH de proximité, Cantal → Pôle nord"
    )


def test_a_report_names_the_columns_of_identity_and_repeats_nothing_of_a_person(load, site) -> None:
    """Mutation: tell a name from what to what; the terminal then keeps what the database locks."""
    columns = f"{HEADER};uai_liens"
    load(row(nom="Canarinville", telephone="01 99 00 00 77"), columns=columns)
    outcome = load(row(nom="Autre", telephone="01 99 00 00 88", uai_liens="0150001V"), columns=columns, options=())
    assert told(outcome) == ["ligne 2 : changée : nom changé, telephone changé, uai_liens changé"]
    assert "Canarinville" not in outcome.said + outcome.errors


def test_an_import_of_sites_tells_its_totals_alone(run, tmp_path) -> None:
    path = tmp_path / "annuaire.csv"
    path.write_text(
        "identifiant_de_l_etablissement;nom_etablissement;code_departement\n0150001V;Collège;015\n", "utf-8"
    )
    assert len(run("import_sites", path).said.splitlines()) == 2
