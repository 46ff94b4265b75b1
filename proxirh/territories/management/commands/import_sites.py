from pathlib import Path
from typing import Any

from proxirh.kernel.importing import ImportCommand, Report
from proxirh.territories.imports.sites import SitesImport


class Command(ImportCommand):
    help = "Lit l’annuaire de l’éducation (établissements, services, circonscriptions, bassins)."

    def read(self, file: Path, report: Report, options: dict[str, Any]) -> SitesImport:
        return SitesImport(file, report)
