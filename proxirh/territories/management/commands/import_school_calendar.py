from proxirh.kernel.importing import ImportCommand
from proxirh.territories.imports.school_calendar import SchoolCalendarImport


class Command(ImportCommand):
    help = "Lit le calendrier scolaire du ministère (vacances de chaque académie)."
    importer = SchoolCalendarImport
