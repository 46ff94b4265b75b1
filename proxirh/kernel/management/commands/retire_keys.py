"""`manage.py retire_keys`: takes former versions of the keys out of the key file, once nothing needs them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from proxirh.kernel import encryption, keyfile, rotation
from proxirh.kernel.errors import DomainError


class Command(BaseCommand):
    """Refuses while a row needs them, or while a backup may; writes with `--apply` only."""

    help = (
        "Retire du fichier de clés les versions précédentes, quand plus aucune ligne ni sauvegarde n’en a besoin ; "
        "essai à blanc sans --apply."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="écrit le fichier de clés")
        parser.add_argument(
            "--now",
            action="store_true",
            help="sans attendre : les sauvegardes faites avant la fin de rotate_keys ne s’ouvriront plus",
        )

    def handle(self, *args: Any, apply: bool, now: bool, **options: Any) -> None:
        path = Path(settings.PROXIRH_KEYS_FILE)
        ring = encryption.keyring()
        if len(ring.encryption) == 1 and not ring.is_changing:
            self.stdout.write("Le fichier de clés n’a qu’une version de chaque clé : rien à retirer.")
            return
        day = rotation.done_on()
        if day is None or not rotation.remaining().is_none:
            raise CommandError("Des lignes ont encore besoin des versions précédentes : manage.py rotate_keys --apply.")
        free = day + rotation.BACKUPS_KEPT
        if timezone.localdate() < free and not now:
            raise CommandError(
                f"Une sauvegarde faite avant le {day:%d/%m/%Y} ne s’ouvre qu’avec les versions précédentes : attendez "
                f"le {free:%d/%m/%Y}, ou dites --now si aucune ne doit plus servir."
            )
        if not apply:
            self.stdout.write(
                f"Essai à blanc : il ne resterait que la version {ring.current} de la clé de chiffrement et la version "
                f"{ring.current_index} de la clé d’empreinte. Ajoutez --apply pour l’écrire."
            )
            return
        try:
            keyfile.retire_former(path)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            "Versions précédentes retirées. Celles des empreintes restent à part, sous « journal » : elles ne servent "
            "plus qu’à vérifier les anciens scellés du journal. Détruisez aussi les copies de l’ancien fichier."
        )
