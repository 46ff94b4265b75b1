"""`manage.py climb_ladder`: who would be written to about a missed date, counted, and written to with `--apply`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from proxirh.enquiries.models import LadderRung
from proxirh.enquiries.services.climbing import climb_ladder
from proxirh.ui import french


class Command(BaseCommand):
    """Exit status 0: every enquiry could be read; 1: one or more could not, the others were dealt with.

    The last line counts, the same in a dry run.
    """

    help = (
        "Rappelle les réponses et les étapes dont la date est passée, chaque marche une fois ; essai à blanc sans "
        "--apply. Peut être interrompue et relancée."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="écrit vraiment")

    def handle(self, *args: Any, apply: bool, **options: Any) -> None:
        done = climb_ladder(at=timezone.now(), apply=apply)
        for rung in LadderRung:
            self.stdout.write(f"{rung.label} : {french.number(done.by_rung.get(rung, 0))}")
        if not apply:
            self.stdout.write("Essai à blanc : personne ne reçoit rien. Ajoutez --apply.")
        if done.nobody:
            self.stderr.write(f"Personne à qui écrire : {french.number(done.nobody)}. Le prochain passage réessaie.")
        if done.failed:
            self.stderr.write(f"Non lues : {french.number(done.failed)}. Une clé manque peut-être.")
        self.stdout.write(
            f"due={done.due} taken={done.taken} mails={done.mails} moved={done.moved} nobody={done.nobody} "
            f"failed={done.failed}"
        )
        if done.failed:
            raise SystemExit(1)
