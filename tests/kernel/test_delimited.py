"""A file of cells is read line by line, and what is wrong with one line is told about that line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxirh.kernel.delimited import MAX_LINE_BYTES, DelimitedFile
from proxirh.kernel.tabular import UnreadableFileError, column_name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fichier.csv"


def read(path: Path, content: str | bytes, **options) -> tuple[list, list]:
    """Rows as (line, cells) and refusals, of a file whose columns a and b are wanted."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    refusals: list = []
    file = DelimitedFile(path, **{"required": ("a", "b")} | options)
    rows = list(file.rows(refuse=lambda *fault: refusals.append(fault), advance=lambda size: None))
    return [(row.line, row.cells) for row in rows], refusals


def refusal(path: Path, content: str | bytes, **options) -> str:
    """Why the file as a whole is not read."""
    with pytest.raises(UnreadableFileError) as caught:
        read(path, content, **options)
    return str(caught.value)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_cells_come_by_column_with_their_line(path: Path, end: str, mark: str) -> None:
    rows, refusals = read(path, mark + end.join(["a;autre;b", "1;x;2", "3;y;4"]))
    assert rows == [(2, {"a": "1", "b": "2"}), (3, {"a": "3", "b": "4"})]
    assert refusals == []


@pytest.mark.parametrize(
    ("title", "name"),
    [("Code postal", "code_postal"), ("Libellé_Département", "libelle_departement"), (" MAIL ", "mail")],
)
def test_columns_are_known_whatever_their_spelling(title: str, name: str) -> None:
    assert column_name(title) == name


def test_a_cell_between_quotes_may_hold_separators_quotes_and_line_ends(path: Path) -> None:
    rows, refusals = read(path, 'a;b\n"un ; deux";"dit ""oui"""\n"sur\ndeux lignes";3\n4;5\n')
    assert rows == [
        (2, {"a": "un ; deux", "b": 'dit "oui"'}),
        (3, {"a": "sur deux lignes", "b": "3"}),
        (5, {"a": "4", "b": "5"}),
    ]
    assert refusals == []


def test_a_stray_quote_spoils_its_own_line_only(path: Path) -> None:
    """Mutation: give the whole file to the csv module, which swallows the lines up to the next quote."""
    rows, refusals = read(path, 'a;b\n"ouvert;1\n2;3\n4;"cinq"\n6;7\n')
    assert [line for line, _ in rows] == [3, 4, 5]
    assert [line for line, *_ in refusals] == [2]


def test_empty_lines_are_left_out_and_counted_in_the_numbers(path: Path) -> None:
    rows, refusals = read(path, "a;b\n\n;\n  ;  \n1;2\n")
    assert [line for line, _ in rows] == [5]
    assert refusals == []


def test_a_row_of_another_width_is_refused(path: Path) -> None:
    rows, refusals = read(path, "a;b\n1\n1;2;3\n1;2;;\n")
    assert [line for line, _ in rows] == [4], "empty cells too many say nothing"
    assert refusals == [(2, "colonnes", "2 attendues, 1 lues"), (3, "colonnes", "2 attendues, 3 lues")]


def test_text_is_cleaned(path: Path) -> None:
    rows, _ = read(path, "a;b\n\u202e1\x00\u00a0\t2 ;\u200f😀\n")
    assert rows == [(2, {"a": "1 2", "b": "😀"})]


def test_a_line_of_several_megabytes_is_refused_and_the_next_ones_read(path: Path) -> None:
    rows, refusals = read(path, f"a;b\n{'x' * (5 * MAX_LINE_BYTES)};1\n2;3\n")
    assert rows == [(3, {"a": "2", "b": "3"})]
    assert refusals == [(2, "ligne", "elle est trop longue")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "en-tête"),
        ("\n1;2\n", "en-tête"),
        ("a;c\n1;2\n", "la colonne b"),
        ("a,b\n1,2\n", "point-virgule"),
        ("a;b;A\n1;2;3\n", "deux fois la colonne a"),
        ("a;b\n1;caf\xe9\n".encode("latin-1"), "La ligne 2 n’est pas en UTF-8"),
        ("a;b\n".encode("utf-16"), "La ligne 1 n’est pas en UTF-8"),
    ],
)
def test_an_unreadable_file_is_one_sentence(path: Path, content: str | bytes, said: str) -> None:
    assert said in refusal(path, content)


def test_a_closed_list_of_columns_refuses_a_misspelt_one(path: Path) -> None:
    content = "a;b;equipes\n1;2;3\n"
    assert "equipes" in refusal(path, content, optional=("equipe",), is_closed=True)
    assert read(path, content, optional=("equipe",))[0] == [(2, {"a": "1", "b": "2"})]


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(UnreadableFileError, match="n’est pas un fichier"):
            DelimitedFile(path, required=("a",))


@given(st.text(alphabet='ab1;"\n\r é\x00', max_size=60))
def test_whatever_the_text_every_line_is_read_refused_or_empty(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.mktemp("cells") / "fichier.csv"
    rows, refusals = read(path, f"a;b\n{text}\n")
    lines = [line for line, _ in rows] + [fault[0] for fault in refusals]
    assert len(lines) == len(set(lines))
    assert all(set(cells) == {"a", "b"} for _, cells in rows)
