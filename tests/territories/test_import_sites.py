"""The ministry's directory of schools is read as it is published, and nothing is half done."""

import tracemalloc
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from proxirh.kernel.models import JournalEntry
from proxirh.territories.models import Basin, Circonscription, Site
from tests.territories.conftest import Run, tally
from tests.territories.directory import COLUMNS, make_row, make_rows, make_uai, write

# Some columns as the site writes them when asked for labels.
LABELS = {
    "identifiant_de_l_etablissement": "Identifiant_de_l_etablissement",
    "nom_etablissement": "Nom_etablissement",
    "code_postal": "Code postal",
    "code_departement": "Code_departement",
    "libelle_departement": "Libellé_departement",
    "mail": "Mail",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "annuaire.csv"


def test_a_dry_run_counts_and_writes_nothing(run: Run, path: Path) -> None:
    """Mutation: write without --apply."""
    write(path, [make_row(1), make_row(2)])
    outcome = run("import_sites", path)
    assert (outcome.code, outcome.tally, outcome.errors) == (0, tally(added=2), "")
    assert not Site.objects.exists()
    assert not Circonscription.objects.exists()
    assert not JournalEntry.objects.exists()


def test_a_site_is_kept_with_its_place_its_basin_and_its_mailbox(run: Run, path: Path) -> None:
    write(path, [make_row(1, department="02A", nom_etablissement="Collège  Fesch ", nom_commune="Exempleville")])
    assert run("import_sites", path, "--apply").tally == tally(added=1)
    site = Site.objects.select_related("department__academy", "basin", "circonscription").get()
    assert site.uai == make_uai(1, "02A")
    assert (site.name, site.town, site.department.code) == ("Collège Fesch", "Exempleville", "2A")
    assert site.search_text.startswith(" college fesch ")
    assert site.mailbox == f"ce.{site.uai.lower()}@ac-exemple.invalid"
    assert site.basin is not None
    assert (site.basin.code, site.basin.name) == ("02AB1", "Bassin d'exemple 1")
    assert site.basin.academy == site.department.academy
    assert site.circonscription is not None
    assert (site.circonscription.code, site.circonscription.department.code) == (make_uai(9001, "02A"), "2A")
    assert site.is_open


def test_importing_twice_changes_nothing(run: Run, path: Path) -> None:
    write(path, make_rows(300))
    assert run("import_sites", path, "--apply").tally == tally(added=300)
    before = list(Site.objects.order_by("uai").values())
    lines = JournalEntry.objects.count()
    assert run("import_sites", path, "--apply").tally == tally(unchanged=300)
    assert list(Site.objects.order_by("uai").values()) == before
    assert JournalEntry.objects.count() == lines == 1


def test_a_dry_run_and_the_real_one_count_the_same(run: Run, path: Path) -> None:
    write(path, make_rows(40))
    run("import_sites", path, "--apply")
    rows = [
        *make_rows(50),
        make_row(1, uai="", identifiant_de_l_etablissement="0150001A"),
        make_row(2, department="988"),
    ]
    rows[3]["nom_commune"] = "Nouvelleville"
    write(path, rows)
    expected = tally(added=10, changed=1, unchanged=39, refused=1, ignored=1)
    dry = run("import_sites", path)
    real = run("import_sites", path, "--apply", "--skip-refused")
    assert (dry.code, dry.tally) == (real.code, real.tally) == (1, expected)
    assert dry.refusals == real.refusals == [(52, "identifiant_de_l_etablissement")]
    assert Site.objects.count() == 50


def test_one_refused_row_keeps_everything_out(run: Run, path: Path) -> None:
    """Mutation: write what is right and forget the rest."""
    write(path, [make_row(1), make_row(2, code_departement="096")])
    outcome = run("import_sites", path, "--apply")
    assert (outcome.code, outcome.tally) == (1, tally(added=1, refused=1))
    assert outcome.refusals == [(3, "code_departement")]
    assert not Site.objects.exists()
    assert run("import_sites", path, "--apply", "--skip-refused").code == 1
    assert Site.objects.get().uai == make_uai(1)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("identifiant_de_l_etablissement", ""),
        ("identifiant_de_l_etablissement", "0150001A"),
        ("identifiant_de_l_etablissement", "150001V"),
        ("nom_etablissement", ""),
        ("nom_etablissement", "x" * 201),
        ("code_departement", ""),
        ("code_departement", "096"),
        ("code_departement", "999"),
        ("code_academie", "25"),
        ("code_postal", "15 000"),
        ("mail", "pas d’adresse"),
        ("etat", "PEUT-ÊTRE"),
        ("nom_commune", "x" * 81),
        ("libelle_bassin_formation", "x" * 121),
    ],
)
def test_what_is_wrong_is_told_by_column(run: Run, path: Path, column: str, value: str) -> None:
    write(path, [make_row(1) | {column: value}])
    outcome = run("import_sites", path, "--apply")
    assert (outcome.code, outcome.tally) == (1, tally(refused=1))
    assert outcome.refusals == [(2, column)]


@pytest.mark.parametrize(
    ("department", "academy", "code", "slug"),
    [
        ("975", "44", "975", "normandie"),
        ("975", "70", "975", "normandie"),
        ("977", "32", "977", "guadeloupe"),
        ("978", "32", "978", "guadeloupe"),
        ("971", "32", "971", "guadeloupe"),
        ("001", "10", "01", "lyon"),
        ("02B", "27", "2B", "corse"),
        ("720", "27", "2B", "corse"),
        ("78", "25", "78", "versailles"),
        ("078", "", "78", "versailles"),
        ("014", "05", "14", "normandie"),
        ("043", "6", "43", "clermont-ferrand"),
    ],
)
def test_each_territory_finds_its_departement(run, path, department: str, academy: str, code: str, slug: str) -> None:
    write(path, [make_row(1, code_departement=department, code_academie=academy)])
    assert run("import_sites", path, "--apply").tally == tally(added=1)
    site = Site.objects.select_related("department__academy").get()
    assert (site.department.code, site.department.academy.slug) == (code, slug)


@pytest.mark.parametrize(
    ("department", "uai"),
    [("986", ""), ("987", ""), ("988", ""), ("099", ""), ("098", ""), ("", "1320003J"), ("", "9830001A")],
)
def test_the_pacific_and_abroad_are_ignored(run: Run, path: Path, department: str, uai: str) -> None:
    write(path, [make_row(1, code_departement=department, code_academie="40", identifiant_de_l_etablissement=uai)])
    assert (run("import_sites", path).code, run("import_sites", path).tally) == (0, tally(ignored=1))


def test_several_rows_of_one_uai_make_one_site(run: Run, path: Path) -> None:
    """The open row leads, the other fills what it leaves empty, wherever they stand in the file."""
    first = make_row(1, nom_etablissement="Lycée fermé", etat="FERME", multi_uai="1")
    second = make_row(1, nom_etablissement="Lycée ouvert", mail="", multi_uai="1")
    write(path, [first, *(make_row(number) for number in range(2, 700)), second])
    assert run("import_sites", path, "--apply").tally == tally(added=699)
    site = Site.objects.get(uai=make_uai(1))
    assert (site.name, site.is_open, site.mailbox) == ("Lycée ouvert", True, first["mail"])
    assert run("import_sites", path, "--apply").tally == tally(unchanged=699)


def test_rows_of_one_uai_in_two_departements_are_refused(run: Run, path: Path) -> None:
    write(path, [make_row(1), make_row(1, code_departement="063")])
    assert run("import_sites", path).refusals == [(3, "code_departement")]


@pytest.mark.parametrize(
    ("state", "is_open"),
    [("OUVERT", True), ("A FERMER", True), ("À fermer", True), ("", True), ("FERME", False), ("A OUVRIR", False)],
)
def test_a_site_is_open_as_long_as_people_work_there(run: Run, path: Path, state: str, is_open: bool) -> None:
    write(path, [make_row(1, etat=state)])
    run("import_sites", path, "--apply")
    assert Site.objects.get().is_open is is_open


def test_a_site_that_closes_is_changed_and_one_that_is_gone_is_left(run: Run, path: Path) -> None:
    write(path, [make_row(1), make_row(2)])
    run("import_sites", path, "--apply")
    write(path, [make_row(1, etat="FERME")])
    assert run("import_sites", path, "--apply").tally == tally(changed=1)
    assert dict(Site.objects.values_list("uai", "is_open")) == {make_uai(1): False, make_uai(2): True}


def test_a_file_with_labels_reads_the_same(run: Run, path: Path) -> None:
    columns = {LABELS.get(name, name.capitalize()): name for name in COLUMNS}
    row = make_row(1)
    write(path, [{title: row.get(name, "") for title, name in columns.items()}], columns=columns, encoding="utf-8-sig")
    assert run("import_sites", path, "--apply").tally == tally(added=1)
    assert Site.objects.get().postal_code == row["code_postal"]


def test_a_column_that_the_file_lacks_leaves_what_is_known(run: Run, path: Path) -> None:
    write(path, [make_row(1)])
    run("import_sites", path, "--apply")
    before = Site.objects.values().get()
    few = ["identifiant_de_l_etablissement", "nom_etablissement", "code_departement"]
    write(path, [make_row(1)], columns=few)
    assert run("import_sites", path, "--apply").tally == tally(unchanged=1)
    write(path, [make_row(1, nom_etablissement="Nom neuf")], columns=few)
    assert run("import_sites", path, "--apply").tally == tally(changed=1)
    after = Site.objects.values().get()
    assert {name for name in before if before[name] != after[name]} == {"name", "search_text"}


def test_a_renamed_basin_is_renamed_and_an_empty_name_leaves_it(run: Run, path: Path) -> None:
    for name in ("Bassin ancien", "Bassin nouveau", ""):
        write(path, [make_row(1, libelle_bassin_formation=name)])
        run("import_sites", path, "--apply")
    assert Basin.objects.get().name == "Bassin nouveau"


def test_the_office_of_a_circonscription_belongs_to_it(run: Run, path: Path) -> None:
    school = make_row(1)
    office = make_row(9001, nom_circonscription="", code_circonscription="", type_etablissement="Service Administratif")
    write(path, [office, school])
    run("import_sites", path, "--apply")
    district = Circonscription.objects.get()
    assert set(Site.objects.values_list("uai", "circonscription")) == {
        (office["identifiant_de_l_etablissement"], district.pk),
        (school["identifiant_de_l_etablissement"], district.pk),
    }
    assert run("import_sites", path).tally == tally(unchanged=2)


@pytest.mark.parametrize(
    "content",
    [b"", b"nom;prenom\n1;2\n", b"identifiant_de_l_etablissement;nom_etablissement\n", b"a;b\n\xff\xfe;1\n"],
)
def test_an_unreadable_header_is_exit_status_2(run: Run, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    outcome = run("import_sites", path, "--apply")
    assert (outcome.code, outcome.said) == (2, "")
    assert len(outcome.errors.splitlines()) == 1


def test_another_encoding_further_on_is_exit_status_2_and_nothing_is_written(run: Run, path: Path) -> None:
    write(path, make_rows(600))
    with path.open("ab") as file:
        file.write(
            ";".join(make_row(999, nom_etablissement="Collège").get(name, "") for name in COLUMNS).encode("latin-1")
        )
    outcome = run("import_sites", path, "--apply")
    assert outcome.code == 2
    assert "ligne 602 n’est pas en UTF-8" in outcome.errors
    assert not Site.objects.exists()


def test_malformed_lines_are_refused_one_by_one(run: Run, path: Path) -> None:
    write(path, [make_row(1)])
    with path.open("a", encoding="utf-8") as file:
        file.write('trop;court\n\n"ouvert;\n')
        file.write(";".join(make_row(2).get(name, "") for name in COLUMNS) + "\n")
    outcome = run("import_sites", path, "--apply", "--skip-refused")
    assert outcome.refusals == [(3, "colonnes"), (5, "ligne")]
    assert outcome.tally == tally(added=2, refused=2)


def test_a_database_that_fails_half_way_keeps_nothing(run: Run, path: Path) -> None:
    """Mutation: commit each chunk."""
    write(path, make_rows(1200))
    written = 0

    def disk_full(execute, sql, params, many, context):
        nonlocal written
        if sql.startswith('INSERT INTO "territories_site"'):
            written += 1
            if written > 1:
                raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(disk_full):
        outcome = run("import_sites", path, "--apply")
    assert outcome.code == 3
    assert "rien n’a été enregistré" in outcome.errors
    assert written == 2
    assert not Site.objects.exists()
    assert not Basin.objects.exists()


def test_a_long_file_costs_few_queries_and_little_memory(run: Run, path: Path) -> None:
    """A small part of the real thing, 3,000 lines: the cost of a line is bounded. Mutation: keep every row read."""
    costs = []
    for count in (1000, 3000):
        write(path, make_rows(count))
        tracemalloc.start()
        with CaptureQueriesContext(connection) as queries:
            outcome = run("import_sites", path)
        costs.append((len(queries), tracemalloc.get_traced_memory()[1]))
        tracemalloc.stop()
        assert outcome.tally == tally(added=count)
    (few, small), (many, large) = costs
    assert many - few <= 2000 // 500
    assert large - small < 2000 * 400
