from pathlib import Path
from typing import Any

from proxirh.kernel.importing import ImportCommand, Report
from proxirh.territories.imports.school_calendar import SchoolCalendarImport


class Command(ImportCommand):
    help = "Lit le calendrier scolaire du ministère (vacances de chaque académie)."

    def read(self, file: Path, report: Report, options: dict[str, Any]) -> SchoolCalendarImport:
        return SchoolCalendarImport(file, report)
