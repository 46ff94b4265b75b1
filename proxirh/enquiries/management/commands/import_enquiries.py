from pathlib import Path
from typing import Any

from proxirh.enquiries.imports.registers import RegisterImport
from proxirh.kernel.importing import ImportCommand, Report


class Command(ImportCommand):
    help = "Reprend un registre passé, une ligne par demande : il n’en reste que des faits à compter, sans personne."

    def read(self, file: Path, report: Report, options: dict[str, Any]) -> RegisterImport:
        return RegisterImport(file, report)
