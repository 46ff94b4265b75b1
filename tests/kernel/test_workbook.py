"""A workbook gives the rows that its CSV would give; what would harm or mislead is refused."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from proxirh.kernel import workbook
from proxirh.kernel.tabular import UnreadableFileError
from proxirh.kernel.workbook import open_table
from tests import offices


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "classeur.xlsx"


def write(path: Path, *rows: list, formats: dict[str, str] | None = None, title: str = "Feuille") -> Path:
    """A workbook of one sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for place, shown in (formats or {}).items():
        sheet[place].number_format = shown
    book.save(path)
    return path


def read(path: Path, **options) -> tuple[list, list]:
    """Rows as (line, cells) and refusals, of a file whose columns a and b are wanted."""
    refusals: list = []
    file = open_table(path, **{"required": ("a", "b")} | options)
    rows = list(file.rows(refuse=lambda *fault: refusals.append(fault), advance=lambda size: None))
    return [(row.line, row.cells) for row in rows], refusals


def refusal(path: Path, **options) -> str:
    """Why the file as a whole is not read."""
    with pytest.raises(UnreadableFileError) as caught:
        read(path, **options)
    return str(caught.value)


def repack(path: Path, part: str, content: bytes) -> Path:
    """The same archive with one part written otherwise."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in (parts | {part: content}).items():
            archive.writestr(name, held)
    return path


def sheet_of(rows: str, before: str = "") -> bytes:
    """The XML of a sheet, by hand."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'{before}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


HEADER = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'
SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        (date(2025, 9, 1), "dd/mm/yyyy", "2025-09-01"),
        (datetime.fromisoformat("2025-09-01T08:30"), "dd/mm/yyyy hh:mm", "2025-09-01 08:30:00"),
        ("2025-09-01", "@", "2025-09-01"),
        (60, "General", "60"),
        (60.0, "0.00", "60"),
        (0.6, "0%", "60"),
        (0.575, "0.0 %", "57.5"),
        (0.29, "0%", "29"),
        (57.5, "General", "57.5"),
        ("0150001V", "@", "0150001V"),
        ("03", "@", "03"),
        (" deux \n lignes ; dont une ", "General", "deux lignes ; dont une"),
        ("\u202e1\u200f", "@", "1"),
        (True, "General", "VRAI"),
    ],
)
def test_a_cell_reads_as_it_shows(path: Path, value: object, shown: str, text: str) -> None:
    """Mutation: give `str(value)`; a day gets an hour, 60 a decimal, and 60 % becomes 0.6."""
    write(path, ["A", "B"], ["x", value], formats={"B2": shown})
    assert read(path) == ([(2, {"a": "x", "b": text})], [])


def test_empty_lines_are_left_out_and_counted_in_the_numbers(path: Path) -> None:
    write(path, ["a", "b"], [], [None, "  "], ["1", "2"], ["3"])
    assert read(path) == ([(4, {"a": "1", "b": "2"}), (5, {"a": "3", "b": ""})], [])


@pytest.mark.parametrize("formula", ["=1+1", '=HYPERLINK("https://exemple.invalid")', "=A1"])
def test_a_formula_is_refused_on_its_line_and_the_others_are_read(path: Path, formula: str) -> None:
    """Mutation: open the workbook with data_only."""
    write(path, ["a", "b"], ["1", formula], ["2", "3"])
    rows, refusals = read(path)
    assert [line for line, _ in rows] == [3]
    assert [fault[:2] for fault in refusals] == [(2, "b")]
    assert "formule" in refusals[0][2]


def test_a_cell_in_error_is_refused(path: Path) -> None:
    write(path, ["a", "b"], ["1", "#N/A"])
    assert read(path)[1] == [(2, "b", "la case est en erreur (#N/A)")]


def test_a_cell_beyond_the_header_is_refused(path: Path) -> None:
    write(path, ["a", "b"], ["1", "2", "3"], ["4", "5"])
    rows, refusals = read(path)
    assert [line for line, _ in rows] == [3]
    assert refusals == [(2, "colonnes", "2 attendues, 3 lues")]


def test_the_first_sheet_is_read_or_the_one_asked_for(path: Path) -> None:
    """Mutation: read the active sheet, which is the one last looked at."""
    book = Workbook()
    first, other = book.active, book.create_sheet("Été 2026")
    for sheet, word in ((first, "premier"), (other, "second")):
        assert sheet is not None
        sheet.append(["a", "b"])
        sheet.append([word, "1"])
    book.active = 1
    book.save(path)
    assert read(path)[0][0][1]["a"] == "premier"
    assert read(path, sheet="Été 2026")[0][0][1]["a"] == "second"
    assert "il a : Sheet, Été 2026" in refusal(path, sheet="Hiver").replace("\u00a0", " ")


def test_the_content_of_a_file_tells_what_it_is_not_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "personnels.csv", ["a", "b"], ["1", "2"])
    assert read(path)[0] == [(2, {"a": "1", "b": "2"})]
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    assert read(path)[0] == [(2, {"a": "1", "b": "2"})]
    assert "n’est pas un classeur" in refusal(path, sheet="Feuille")
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"x" * 600)
    assert ".xlsx, sans mot de passe" in refusal(path)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["a"], ["1"]], "une colonne"),
        ([["a", "c"]], "la colonne b"),
        ([["a", "b", "A"]], "deux fois la colonne a"),
        ([[], ["a", "b"]], "en-tête"),
        ([], "en-tête"),
        ([["a", '="b"'], ["1", "2"]], "formule"),
    ],
)
def test_a_wrong_header_is_one_sentence(path: Path, rows: list, said: str) -> None:
    assert said in refusal(write(path, *rows))


def test_a_closed_list_of_columns_refuses_a_misspelt_one(path: Path) -> None:
    write(path, ["a", "b", "equipes"])
    assert "equipes" in refusal(path, optional=("equipe",), is_closed=True)


def test_an_archive_that_unpacks_too_big_is_refused_before_it_is_unpacked(path: Path) -> None:
    """Mutation: leave the sum of the parts out of the check."""
    write(path, ["a", "b"])
    repack(path, "xl/media/bombe.bin", b"\0" * (workbook.MOST_UNPACKED_BYTES + 1))
    assert path.stat().st_size < 100_000
    assert "trop gros" in refusal(path)


def test_caps_on_bytes_parts_rows_and_columns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, ["a", "b"], ["1", "2"], ["3", "4"])
    for name, cap, said in (
        ("MOST_BYTES", 10, "dépasse"),
        ("MOST_PARTS", 3, "trop gros"),
        ("MOST_ROWS", 2, "plus de 2 lignes"),
        ("MOST_COLUMNS", 1, "au-delà de 1 colonnes"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(workbook, name, cap)
            assert said in refusal(path), name
    assert len(read(path)[0]) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (sheet_of(f'{HEADER}<row r="999999999999"><c t="str"><v>x</v></c></row>'), "numéro impossible"),
        (sheet_of(f'{HEADER}<row r="2"><c r="ZZ2" t="str"><v>x</v></c></row>'), "au-delà de 100 colonnes"),
        (sheet_of(f'{HEADER}<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>'), "abîmé"),
        (sheet_of(f'{HEADER}<row r="2"><c t="s"><v>99</v></c></row>'), "abîmé"),
        (sheet_of(f'{HEADER}<row r="2"><c><v>1e999</v></c></row>'), "abîmé"),
        (sheet_of(HEADER)[:-20], "abîmé"),
        (sheet_of("&un;", '<!DOCTYPE x [<!ENTITY un "ha">]>'), "abîmé"),
        (sheet_of("&un;", '<!DOCTYPE x [<!ENTITY un SYSTEM "file:///etc/hostname">]>'), "abîmé"),
    ],
)
def test_a_forged_sheet_is_one_sentence(path: Path, content: bytes, said: str) -> None:
    """Mutation: believe the numbers of lines; the reader then makes a thousand billion empty rows."""
    assert said in refusal(repack(write(path, ["a", "b"]), SHEET, content))


def test_a_false_dimension_is_not_believed(path: Path) -> None:
    """Mutation: keep the dimension that the sheet says it has; the second row is then cut."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = '<row r="2"><c r="A2" t="str"><v>1</v></c><c r="B2" t="str"><v>2</v></c></row>'
    content = f'<worksheet xmlns="{space}"><dimension ref="A1:A1"/><sheetData>{HEADER}{row}</sheetData></worksheet>'
    repack(write(path, ["a", "b"]), SHEET, content.encode())
    assert read(path) == ([(2, {"a": "1", "b": "2"})], [])


def test_another_archive_is_not_a_workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    assert "pas un classeur .xlsx" in refusal(path)


PARTS = ("", SHEET, "xl/workbook.xml", "xl/styles.xml")
damage = st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), min_size=1, max_size=8)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PARTS), damage)
def test_a_damaged_workbook_is_read_or_refused_never_worse(path: Path, part: str, bytes_: list) -> None:
    """Mutation: take LookupError out of what a damaged workbook raises."""
    write(path, ["a", "b"], ["1", 2], [date(2025, 9, 1), "é"], formats={"B2": "0%"})
    with zipfile.ZipFile(path) as archive:
        content = bytearray(archive.read(part) if part else path.read_bytes())
    for place, byte in bytes_:
        content[place % len(content)] = byte
    if part:
        repack(path, part, bytes(content))
    else:
        path.write_bytes(content)
    try:
        read(path)
    except UnreadableFileError:
        pass


@pytest.mark.parametrize("office", offices.OFFICES)
def test_another_producer_s_workbook_and_csv_give_the_same_rows(tmp_path: Path, office: str) -> None:
    source = tmp_path / "source.csv"
    source.write_text(
        'a;b\n2025-09-01;60\n0150001V;"un ; deux"\n;\n03;\'2026-08-31\n', encoding="utf-8", newline="\r\n"
    )
    assert read(offices.workbook_of(source, office)) == read(source)
