"""Writes an invented past register, for a trial of `import_enquiries` or for its measure."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from proxirh.demo.generation.register import FEWEST, lines, register

SEED = 2020
FIRST_YEAR = (date(2019, 9, 1), date(2020, 8, 31))


class Command(BaseCommand):
    """`write_register --rows N [--seed S] [--from DAY] [--to DAY] --output FILE`; both days are included."""

    help = "Écrit un registre passé, inventé, dans les proportions publiées en octobre 2020 ; la base ne change pas."

    def add_arguments(self, parser: ArgumentParser) -> None:
        first, last = FIRST_YEAR
        parser.add_argument("--rows", type=int, required=True, metavar="N", help=f"nombre de lignes, {FEWEST} au moins")
        parser.add_argument("--seed", type=int, default=SEED, help="graine du hasard : la même donne le même fichier")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, default=first, metavar="AAAA-MM-JJ")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, default=last, metavar="AAAA-MM-JJ")
        parser.add_argument("--output", type=Path, required=True, metavar="FICHIER", help="fichier à écrire")

    def handle(self, *, rows: int, seed: int, first: date, last: date, output: Path, **options: Any) -> None:
        today = timezone.localdate()
        if rows < FEWEST:
            raise CommandError(f"--rows attend {FEWEST} lignes au moins : en dessous, une ligne pèse plus d’un point.")
        if not first <= last <= today:
            raise CommandError("--from ne vient pas après --to, ni --to après aujourd’hui.")
        with output.open("w", encoding="utf-8") as file:
            file.writelines(lines(register(rows=rows, seed=seed, first=first, last=last, today=today)))
        self.stdout.write(f"{output} : {rows} lignes inventées.")
