from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from proxirh.kernel.importing import ImportCommand, Report
from proxirh.territories.imports.staff import StaffImport


class Command(ImportCommand):
    help = (
        "Lit les conseillers, coordonnateurs et gestionnaires, une ligne par mission, et dit ce qu’il fait de chacune."
    )
    file_help = "classeur .xlsx, ou fichier CSV en UTF-8 séparé par des points-virgules"
    is_detailed = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--feuille", metavar="NOM", default="", help="feuille du classeur ; sans elle, la première")

    def read(self, file: Path, report: Report, options: dict[str, Any]) -> StaffImport:
        return StaffImport(file, report, sheet=options["feuille"])
