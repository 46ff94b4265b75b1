"""`manage.py verify_journal`: whether anyone changed, added or removed a line of the journal once it was sealed."""

from typing import Any

from django.core.management.base import BaseCommand

from proxirh.kernel import sealing
from proxirh.kernel.models import JournalEntry
from proxirh.kernel.progress import progress
from proxirh.kernel.sealing import Verdict

MOST_SHOWN = 50


class Command(BaseCommand):
    """Exit status 0: intact; 1: something was touched, or nobody seals any more, and what is said."""

    help = "Vérifie les scellés du journal : intact, altéré, retiré par la conservation, pas encore scellé."

    def handle(self, *args: Any, **options: Any) -> None:
        with progress("Lecture du journal", total=JournalEntry.objects.count(), unit=" lignes") as advance:
            report = sealing.verify(advance=advance)
        for fault in report.faults[:MOST_SHOWN]:
            self.stdout.write(f"ALTÉRÉ : {fault}")
        if len(report.faults) > MOST_SHOWN:
            self.stdout.write(f"… et {len(report.faults) - MOST_SHOWN} autres.")
        seals = report.seals
        self.stdout.write(
            f"Scellés intacts : {seals[Verdict.INTACT]}, altérés : {seals[Verdict.ALTERED]}, "
            f"retirés par la conservation : {seals[Verdict.PURGED]}. Lignes pas encore scellées : {report.unsealed}."
        )
        if report.late:
            self.stdout.write(
                f"{report.late} lignes attendent leur scellé depuis plus d’une heure : le travailleur est-il arrêté ?"
            )
        if report.newest:
            self.stdout.write(f"Dernier scellé, à noter ailleurs : {report.newest}")
        if not report.is_intact:
            raise SystemExit(1)
