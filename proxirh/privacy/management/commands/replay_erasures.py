"""`manage.py replay_erasures`: erases again what a restored backup brought back, by the register of erasures."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from proxirh.kernel import erasures
from proxirh.privacy import services


class Command(BaseCommand):
    """Exit status 0: the register is whole; 1: lines are altered or missing, each is said, the others are replayed."""

    help = "Refait, après une restauration, les effacements que dit le registre ; essai à blanc sans --apply."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="efface vraiment")

    def handle(self, *args: Any, apply: bool, **options: Any) -> None:
        try:
            register = erasures.read()
        except erasures.RegisterMissing as error:
            raise CommandError(f"Aucun registre à {settings.PROXIRH_ERASURE_REGISTER}.", returncode=2) from error
        for fault in register.faults:
            self.stderr.write(fault)
        back = [erasure for erasure in register.erasures if services.is_back(erasure)]
        if apply:
            for erasure in back:
                services.replay(erasure)
        else:
            self.stdout.write("Essai à blanc : rien n’est effacé. Ajoutez --apply.")
        self.stdout.write(f"told={len(register.erasures)} back={len(back)} faults={len(register.faults)}")
        if register.faults:
            raise SystemExit(1)
