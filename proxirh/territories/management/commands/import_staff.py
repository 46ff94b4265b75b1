from proxirh.kernel.importing import ImportCommand
from proxirh.territories.imports.staff import StaffImport


class Command(ImportCommand):
    help = "Lit les conseillers, coordonnateurs et gestionnaires, une ligne par mission."
    importer = StaffImport
