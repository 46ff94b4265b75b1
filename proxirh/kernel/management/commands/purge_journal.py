"""`manage.py purge_journal`: what the retention removes from the journal, whole sealed days at a time."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from proxirh.kernel import sealing
from proxirh.kernel.models import JournalEntry

KEPT = timedelta(days=365)


class Command(BaseCommand):
    """Says how many lines would go; removes them with `--apply` only. Seals are kept."""

    help = "Retire du journal les jours scellés, jusqu’à une date ; essai à blanc sans --apply."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until", required=True, type=date.fromisoformat, metavar="AAAA-MM-JJ", help="dernier jour à retirer"
        )
        parser.add_argument("--apply", action="store_true", help="retire vraiment")

    def handle(self, *args: Any, until: date, apply: bool, **options: Any) -> None:
        if until > timezone.now().date() - KEPT:
            raise CommandError("Le journal se garde un an : choisissez un jour plus ancien.")
        if apply:
            count = sealing.remove_days(until=until)
            self.stdout.write(f"Lignes retirées : {count}. Les scellés restent.")
            return
        count = JournalEntry.objects.filter(**sealing.removable(until=until)).count()
        self.stdout.write(f"Essai à blanc. Lignes à retirer : {count}. Ajoutez --apply pour les retirer.")
