"""LibreOffice when the machine has it, and always a plain conversion of our own; the run says which."""

import csv
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import openpyxl

SOFFICE = shutil.which("soffice")
OFFICES = ["imitation", *(["LibreOffice"] if SOFFICE else [])]
READ_AS_TEXT = "--infilter=CSV:59,34,76,1,1/2/2/2"
WRITE_SHEET_2 = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,2"


def told() -> str:
    """What the report of a run says."""
    return "imitation et LibreOffice" if SOFFICE else "imitation de LibreOffice (absent de cette machine)"


def workbook_of(source: Path, office: str) -> Path:
    """The workbook that a program makes of a file of cells separated by semicolons."""
    made = source.with_suffix(".xlsx")
    if office == "LibreOffice":
        _convert(source, READ_AS_TEXT, "--convert-to", "xlsx")
        return made
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    with source.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter=";"):
            sheet.append(row)
    book.save(made)
    return made


def second_sheet_of(source: Path, office: str) -> Path:
    """The file of cells that a program makes of the second sheet of a workbook, as it shows them."""
    if office == "LibreOffice":
        _convert(source, "--convert-to", WRITE_SHEET_2)
        return next(source.parent.glob(f"{source.stem}*.csv"))
    made = source.with_suffix(".csv")
    with made.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(openpyxl.load_workbook(source).worksheets[1].values)
    return made


def _convert(source: Path, *options: str) -> None:
    profile = f"-env:UserInstallation=file://{source.parent}/profil"
    command: Sequence[str | Path] = [SOFFICE or "", profile, "--headless", *options, "--outdir", source.parent, source]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
