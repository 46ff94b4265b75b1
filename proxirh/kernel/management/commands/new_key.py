"""`manage.py new_key`: one more version of the keys, which writes from now on; the former ones still read."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from proxirh.kernel import encryption, keyfile
from proxirh.kernel.errors import DomainError


class Command(BaseCommand):
    """Says what would be made; writes the key file with `--apply` only, whole or not at all."""

    help = (
        "Ajoute une version aux clés de chiffrement et d’empreinte, dans le fichier de clés ; essai à blanc sans "
        "--apply. Les versions précédentes continuent de lire ; rotate_keys passe ensuite toutes les lignes à la "
        "nouvelle."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="écrit le fichier de clés")

    def handle(self, *args: Any, apply: bool, **options: Any) -> None:
        path = Path(settings.PROXIRH_KEYS_FILE)
        ring = encryption.keyring()
        if not encryption.is_version(max(ring.current, *ring.proving) + 1):
            raise CommandError("Toutes les versions possibles ont servi : aucune autre clé ne peut être faite.")
        if not apply:
            self.stdout.write(
                f"Essai à blanc : {path} recevrait la version {ring.current + 1} de la clé de chiffrement et "
                f"la version {max(ring.proving) + 1} de la clé d’empreinte. Ajoutez --apply pour l’écrire."
            )
            return
        try:
            ring = keyfile.add_version(path)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Le fichier {path} porte la version {ring.current} de la clé de chiffrement et la version "
            f"{ring.current_index} de la clé d’empreinte.\n"
            "Gardez-en tout de suite une copie, à part de la base et de ses sauvegardes : ce qui s’écrit maintenant ne "
            "s’ouvre qu’avec elle.\n"
            "Ensuite : manage.py rotate_keys"
        )
