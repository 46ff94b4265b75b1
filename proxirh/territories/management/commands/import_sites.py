from proxirh.kernel.importing import ImportCommand
from proxirh.territories.imports.sites import SitesImport


class Command(ImportCommand):
    help = "Lit l’annuaire de l’éducation (établissements, services, circonscriptions, bassins)."
    importer = SitesImport
