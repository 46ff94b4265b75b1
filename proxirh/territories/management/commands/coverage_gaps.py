from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from proxirh.territories.models import Academy
from proxirh.territories.services.gaps import find_gaps


class Command(BaseCommand):
    help = "Dit où personne ne couvre, et où deux équipes couvrent pareillement ; sort avec 1 s’il y a un trou."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--academie", metavar="NOM-COURT", help="une seule ; sans elle, toutes celles qui sont ouvertes"
        )
        parser.add_argument(
            "--le", type=date.fromisoformat, metavar="AAAA-MM-JJ", help="ce jour-là ; sinon aujourd’hui"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        day: date = options["le"] or timezone.localdate()
        asked = options["academie"]
        academies = Academy.objects.filter(slug=asked) if asked else Academy.objects.filter(opened_on__lte=day)
        if asked and not academies:
            raise CommandError(f"Aucune académie ne s’appelle « {asked} ».", returncode=2)
        holes = 0
        for academy in academies:
            gaps = find_gaps(academy, day=day)
            holes += len(gaps.holes)
            for gap in (*gaps.holes, *gaps.overlaps):
                self.stdout.write(f"{academy.name}\u00a0: {gap.sentence}")
            for team in gaps.empty_teams:
                self.stdout.write(f"{academy.name}\u00a0: personne ne sert dans l’équipe «\u00a0{team}\u00a0»")
        if holes:
            raise CommandError(f"{holes} trou{'s' if holes > 1 else ''}.", returncode=1)
        self.stdout.write("Aucun trou.")
