"""Whatever its form, a report says the same figures, the same reservations, and nothing that was held back."""

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from proxirh.steering.report import NONE, PUBLISHED, Breakdown, Report, Value
from proxirh.steering.writers import MEDIA_TYPES, WRITERS, content
from proxirh.ui import french
from tests.steering import reading, reports
from tests.steering.reading import plain

ROOT = Path(__file__).resolve().parent.parent.parent
FORMS = tuple(WRITERS)
AS_TEXT = ("html", "pdf", "pptx")
APART = " (à part)"


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    """Each form."""
    return request.param


def write(form: str, report: Report) -> bytes:
    return WRITERS[form](report, reports.describe)


def told(form: str, row: list) -> tuple[str, str]:
    """Label and number of a row, as a text has them."""
    label, number = row[0], row[1]
    shown = french.number(number) if isinstance(number, int | float) else str(number)
    return str(label).removesuffix(APART), plain(shown)


def test_every_count_of_every_row_is_in_each_form(form: str) -> None:
    """Mutation: leave out the last line of a table, or write its share for its count."""
    report = reports.founding()
    found = [told(form, row) for row in reading.rows(form, write(form, report)) if row[0]]
    wanted = [
        (plain(row.label).removesuffix(APART), plain(french.number(row.count or 0)))
        for table in report
        if isinstance(table, Breakdown)
        for row in table.rows
    ]
    assert [pair for pair in found if pair in set(wanted)] == wanted
    totals = [plain(french.number(table.total or 0)) for table in report if isinstance(table, Breakdown)]
    assert [number for label, number in found if label == "Total"] == totals


@pytest.mark.parametrize(
    ("text", "stored"), [("311", 311), ("174,2", 174.2), ("56 %", 0.560129), ("2", 2), ("4,2", 4.2345)]
)
def test_every_value_is_in_each_form(form: str, text: str, stored: float) -> None:
    document = write(form, reports.founding())
    if form in AS_TEXT:
        assert any(re.search(rf"(?<![\d,]){text}(?![\d,])", leaf) for leaf in reading.leaves(form, document))
    else:
        assert stored in [row[1] for row in reading.rows(form, document) if row[0] == "Valeur"]


def test_what_is_suppressed_is_in_none(form: str) -> None:
    """The numbers still stand in the rows handed over: no writer may pass them on.

    Mutation: in `content`, keep the count of a suppressed row, its share, or the value of a suppressed figure.
    """
    report = reports.held_back()
    document = write(form, report)
    leaves = reading.leaves(form, document)
    # The bytes of a PDF are compressed: it is read as pages.
    kept = [] if form == "pdf" else [part.decode("utf-8", "replace") for _, part in reading.parts(document)]
    for text in [*leaves, *kept]:
        assert not re.search("7919|7 919|79,2", plain(text.replace(report.sha256, "")))
    assert " ".join(leaves).count("données insuffisantes") >= 5
    assert "trop peu de personnes derrière au moins un nombre" in " ".join(leaves)
    assert "comptent ensemble 31." in " ".join(leaves)


def test_the_disclosure_rule_is_on_every_page_sheet_and_slide(form: str) -> None:
    """Mutation: say it on the first one only."""
    for disclosure, said in (
        (NONE, "Secret statistique : aucun, document de travail, ne pas diffuser"),
        (PUBLISHED, "Secret statistique : appliqué, au seuil de 11 personnes"),
    ):
        leaves = reading.leaves(form, write(form, reports.founding(disclosure)))
        assert len(leaves) == 1 or len(leaves) > 4
        assert all(said in leaf for leaf in leaves)


def test_title_scope_period_time_and_hash_are_said(form: str) -> None:
    for report, scope, period in (
        (reports.founding(), "France", "eptembre 2019 à août 2020"),
        (reports.held_back(), "Cantal (département)", "eptembre 2019 à août 2020"),
        (reports.empty(), "cadémie d’Aix-Marseille", "ctobre 2026"),
    ):
        read = " ".join(reading.leaves(form, write(form, report)))
        for said in ("Bilan d’activité", scope, period, "8 octobre 2020 à 9 h 30, heure de Paris", report.sha256):
            assert said in read


def test_each_indicator_is_defined_with_its_population_period_and_n(form: str) -> None:
    """In the notes of the slides, beside the figures elsewhere."""
    document = write(form, reports.founding())
    texts = [part.decode() for name, part in reading.parts(document) if "notesSlide" in name and name.endswith(".xml")]
    read = plain(" ".join([*reading.leaves(form, document), *texts]))
    for one in reports.founding():
        said = reports.describe(one.id)
        assert said.name in read
        n = plain(french.number((one.total if isinstance(one, Breakdown) else one.n) or 0))
        assert re.search(rf"(?<!\d){n}(?!\d)", read)
    assert read.count("Ce qui est compté, une fois par demande.") >= len(reports.MEASURED)
    assert read.count("Période : septembre 2019 à août 2020.") >= len(reports.MEASURED)


def test_only_months_are_headed_as_a_period() -> None:
    """Mutation: take many rows without a share for months."""
    document = content.read(reports.founding(), reports.describe)
    heads = {item.id: item.label_header for section in document.sections for item in section.items if item.is_table}
    assert heads.pop("enquiries.by_month") == "Période"
    assert set(heads.values()) == {"Catégorie"}


def test_shares_are_rounded_to_be_read_and_never_made_to_sum_to_100(form: str) -> None:
    """As on the founding slides, whose topics sum to 101 %. Mutation: take the rest from the largest."""
    document = write(form, reports.founding())
    topics = next(one for one in reports.MEASURED if one.id == "enquiries.by_topic")
    assert isinstance(topics, Breakdown)
    shares = [row.share for row in topics.rows if row.share is not None]
    assert sum(round(share * 100) for share in shares) == 101
    read = " ".join(reading.leaves(form, document))
    assert "Les pourcentages sont arrondis, leur somme peut différer de 100." in read
    if form in AS_TEXT:
        assert all(plain(french.percent(share, 1)) in read for share in shares)


def test_a_row_apart_is_named_so_and_has_no_share(form: str) -> None:
    read = " ".join(reading.leaves(form, write(form, reports.founding())))
    assert "Appui managérial (à part) 6 103 —" in read or re.search("Appui managérial 6 ?103 Demandes à part", read)
    assert "à part) (à part" not in read


def test_zeros_are_told_and_a_mean_of_nothing_says_so(form: str) -> None:
    read = " ".join(reading.leaves(form, write(form, reports.empty())))
    assert "Projet professionnel 0" in read
    assert "aucune donnée" in read
    assert "données insuffisantes" not in read


def test_the_same_report_gives_the_same_bytes_at_another_time_in_another_process() -> None:
    """Mutation: leave an archive as its library made it."""
    script = (
        "import django, hashlib; django.setup()\n"
        "from proxirh.steering.writers import WRITERS\n"
        "from tests.steering import reports\n"
        "for form, write in WRITERS.items():\n"
        "    print(form, hashlib.sha256(write(reports.founding(), reports.describe)).hexdigest())\n"
    )
    command = ["env", "DJANGO_SETTINGS_MODULE=tests.settings", "PYTHONHASHSEED=7", sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    here = [f"{form} {hashlib.sha256(write(form, reports.founding())).hexdigest()}" for form in FORMS]
    assert done.stdout.splitlines() == here


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "<b>&amp;", "a\x00\x0bb\u202e", "x" * 300])
def test_a_name_is_text_and_nothing_else(form: str, name: str) -> None:
    """The workbooks behind the charts of a deck included. Mutation: let a workbook guess what a cell holds."""
    report = replace(reports.founding(), scope=replace(reports.founding().scope, name=name))
    row = replace(reports.MEASURED[1].rows[0], label=name)  # type: ignore[union-attr]
    table = replace(reports.MEASURED[1], rows=(row,))
    report = replace(report, measured=(table,))
    document = write(form, report)
    found = [str(cell) for cells in reading.rows(form, document) for cell in cells]
    if form != "pdf":
        assert plain(re.sub(r"[\x00-\x1f\u202e]+", " ", name)).replace("a b ", "a b") in found
    for part_name, part in reading.parts(document):
        if part_name.endswith(".xml"):
            assert b"<f>" not in part
            assert b"table:formula" not in part


def test_an_unknown_indicator_is_an_error_not_a_hole() -> None:
    report = replace(reports.founding(), measured=(Value("nothing.known", "x", 1, 12),))
    with pytest.raises(KeyError):
        write("html", report)


def test_each_form_has_its_media_type() -> None:
    assert list(MEDIA_TYPES) == list(FORMS) == ["html", "pdf", "xlsx", "ods", "pptx"]
