"""Fills an empty database with invented people and enquiries: the demonstration, or a set of any size for the bench."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from proxirh.demo import marker
from proxirh.demo.generation.load import SMALL, Load

SEED = 2020


class Command(BaseCommand):
    """`load_demo [--enquiries N] [--seed S] [--force-empty]`; does nothing when the demonstration is there already."""

    help = "Remplit une base vide de personnes et de demandes inventées (démonstration, ou mesures à toute taille)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--enquiries", type=int, default=SMALL, metavar="N", help=f"nombre de demandes (par défaut {SMALL})"
        )
        parser.add_argument("--seed", type=int, default=SEED, help="graine du hasard : la même donne les mêmes données")
        parser.add_argument(
            "--force-empty",
            action="store_true",
            help="hors du mode demo, pour des mesures : accepte une base à condition qu’elle soit vide",
        )

    def handle(self, *, enquiries: int, seed: int, force_empty: bool, **options: Any) -> None:
        done = marker.loaded()
        if done is not None:
            self.stdout.write(f"La démonstration est déjà là : {done['enquiries']} demandes.")
            return
        self._check(enquiries, force_empty=force_empty)
        started = timezone.now()
        with tqdm(total=enquiries, unit="demande", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
            Load(enquiries=enquiries, seed=seed, now=started.replace(second=0, microsecond=0)).run(bar.update)
        seconds = (timezone.now() - started).total_seconds()
        self.stdout.write(f"Démonstration : {enquiries} demandes inventées en {seconds:.1f} s.")

    def _check(self, enquiries: int, *, force_empty: bool) -> None:
        if enquiries < 0:
            raise CommandError("--enquiries attend un nombre positif.")
        if settings.PROXIRH_MODE == "production":
            raise CommandError("La production ne reçoit jamais de données inventées.")
        if settings.PROXIRH_MODE != "demo" and not force_empty:
            raise CommandError(
                "load_demo demande le mode demo : PROXIRH_MODE=demo, ou « make demo ». "
                "Pour des mesures sur une base vide : --force-empty."
            )
        if marker.is_marked():
            raise CommandError("Un chargement a été interrompu ici. Repartez d’un dossier vide : PROXIRH_DATA_DIR=…")
        if marker.is_filled():
            raise CommandError(marker.FILLED_WITHOUT_MARKER)
