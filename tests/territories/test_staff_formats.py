"""The staff file byte by byte: what spreadsheets do to a CSV, and the same network as a workbook."""

from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from proxirh.accounts.models import Person
from proxirh.territories.models import Posting, Team
from tests import offices
from tests.territories.conftest import Outcome, tally
from tests.territories.staff_file import HEADER, row

pytestmark = pytest.mark.django_db

NAMES = HEADER.split(";")


def line(**changes: str) -> str:
    """One row of a CSV."""
    return ";".join(row(**changes)[name] for name in NAMES)


@pytest.fixture
def load_bytes(run, tmp_path: Path):
    """Import a file given by its bytes."""

    def command(content: bytes, *options: str) -> Outcome:
        path = tmp_path / "octets.csv"
        path.write_bytes(content)
        return run("import_staff", path, *options)

    return command


@pytest.fixture
def load_workbook(run, tmp_path: Path):
    """Import the rows as a workbook where a person typed dates, numbers and percentages."""

    def command(*rows: dict[str, str], options: tuple[str, ...] = ("--apply",), typed: bool = True) -> Outcome:
        book = Workbook()
        notes, sheet = book.active, book.create_sheet("Réseau")
        assert notes is not None
        notes.append(["Ce fichier est tenu par la DRH."])
        sheet.append(NAMES)
        for cells in rows:
            sheet.append([_typed(name, cells[name]) if typed else cells[name] for name in NAMES])
            sheet.cell(sheet.max_row, NAMES.index("quotite") + 1).number_format = "0%" if typed else "@"
        path = tmp_path / "personnels.xlsx"
        book.save(path)
        return run("import_staff", path, "--feuille", "Réseau", *options)

    return command


def _typed(name: str, text: str) -> object:
    """What a spreadsheet keeps of what was typed."""
    if not text:
        return None
    if name in {"debut", "fin"}:
        return date.fromisoformat(text)
    if name == "quotite":
        return int(text) / 100
    return int(text) if name == "departement" else text


NETWORK = (
    row(uai="0150001V", fin="2027-08-31"),
    row(departement="03", quotite="29", profil="contractuel"),
    row(courriel="alix@exemple.invalid", nom="D’Exemple", prenom="Éloïse", role="coordonnateur", profil=""),
    row(courriel="sam@exemple.invalid", role="gestionnaire", debut="2024-02-29"),
)


def held() -> list[tuple]:
    """Everything that an import leaves, without keys."""
    found = Posting.objects.select_related("person__data_key", "site", "department", "team").order_by("pk")
    people = [(one.person.full_name, one.person.phone, one.person.staff_address) for one in found]
    missions = [
        (one.role, one.profile, one.working_share, one.location, one.valid_from, one.valid_until) for one in found
    ]
    return [*people, *missions, *((one.site and one.site.uai, str(one.department), str(one.team)) for one in found)]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_both_line_ends_are_read(load_bytes, mark: bytes, end: bytes) -> None:
    content = mark + end.join(one.encode() for one in (HEADER, line(nom="Éxemple"))) + end
    assert load_bytes(content, "--apply").tally == tally(added=1)
    assert Person.objects.select_related("data_key").get().last_name == "Éxemple"


def test_latin_1_is_refused_whole_and_the_line_is_told(load_bytes) -> None:
    """Mutation: decode with errors="replace"; a name is then kept wrong for ever."""
    content = "\r\n".join([HEADER, line(), line(courriel="alix@exemple.invalid", nom="Hélène")]).encode("latin-1")
    outcome = load_bytes(content, "--apply")
    assert (outcome.code, outcome.said) == (2, "")
    assert "La ligne 3 n’est pas en UTF-8" in outcome.errors
    assert not Person.objects.exists()


def test_a_semicolon_between_quotes_is_text_and_empty_lines_are_counted(load_bytes) -> None:
    quoted = line(nom='"Exemple; dite ""Modèle"""')
    lines = [HEADER, "", quoted, ";" * 11, "  ", line(courriel="alix@exemple.invalid", quotite="0")]
    outcome = load_bytes("\n".join(lines).encode(), "--apply", "--skip-refused")
    assert (outcome.tally, outcome.refusals) == (tally(added=1, refused=1), [(6, "quotite")])
    assert Person.objects.select_related("data_key").get().last_name == 'Exemple; dite "Modèle"'


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("departement", "20", "n’est pas un département connu"),
        ("departement", "Cantal", "n’est pas un département connu"),
        ("uai", "0150001W", "la lettre de contrôle de 0150001W n’est pas la bonne"),
        ("telephone", "199000001", "a perdu son zéro"),
    ],
)
def test_what_a_spreadsheet_or_a_hand_gets_wrong_is_told(load_bytes, column: str, value: str, said: str) -> None:
    outcome = load_bytes("\n".join([HEADER, line(**{column: value})]).encode())
    assert (outcome.code, outcome.refusals) == (1, [(2, column)])
    assert said in outcome.errors


@pytest.mark.parametrize("written", ["2A", "2a", "02A", "620"])
def test_corsica_is_known_by_each_of_its_codes(load_bytes, written: str) -> None:
    assert load_bytes("\n".join([HEADER, line(departement=written)]).encode(), "--apply").tally == tally(added=1)
    assert Posting.objects.select_related("department").get().department.code == "2A"


@pytest.mark.parametrize("typed", [True, False])
def test_a_workbook_and_a_csv_of_the_same_network_make_the_same_rows(load, load_workbook, site, typed: bool) -> None:
    """Mutation: read a share of 29 % as 28.999999999999996, or a département 03 as 3."""
    assert load_workbook(*NETWORK, typed=typed).tally == tally(added=4)
    from_workbook = held()
    assert load(*NETWORK, options=()).tally == tally(unchanged=4)
    Posting.objects.all().delete()
    Person.objects.all().delete()
    Team.objects.all().delete()
    assert load(*NETWORK).tally == tally(added=4)
    assert held() == from_workbook
    assert load_workbook(*NETWORK, options=(), typed=typed).tally == tally(unchanged=4)


def test_refusals_of_a_workbook_bear_the_lines_of_its_sheet(load_workbook) -> None:
    outcome = load_workbook(row(), row(courriel="alix@exemple.invalid", nom="=A2"), row(quotite="0", departement="63"))
    assert outcome.code == 1
    assert outcome.refusals == [(3, "nom"), (4, "quotite")]
    assert not Person.objects.exists()


def test_a_sheet_that_is_not_there_is_exit_status_2(run, load_workbook, tmp_path: Path) -> None:
    load_workbook(row(), options=())
    outcome = run("import_staff", tmp_path / "personnels.xlsx", "--feuille", "Absente")
    assert (outcome.code, outcome.said) == (2, "")
    assert "Réseau" in outcome.errors
    assert run("import_staff", tmp_path / "personnels.xlsx").code == 2, "the first sheet holds no header"


@pytest.mark.parametrize("office", offices.OFFICES)
def test_the_csv_that_another_program_makes_of_the_workbook_says_the_same(
    run, load_workbook, site, tmp_path, office: str
) -> None:
    load_workbook(*NETWORK, typed=False)
    made = offices.second_sheet_of(tmp_path / "personnels.xlsx", office)
    assert run("import_staff", made).tally == tally(unchanged=4)
