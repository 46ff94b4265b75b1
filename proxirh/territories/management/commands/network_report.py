import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from proxirh.kernel.delimited import written
from proxirh.kernel.errors import DomainError
from proxirh.kernel.journal import SYSTEM
from proxirh.territories.actor import Actor
from proxirh.territories.figures import read_scope
from proxirh.territories.services.network import export_network, network_document, network_table

OWNER_ALONE = 0o600


class Command(BaseCommand):
    """Exit status 0: written; 2: the command line is wrong."""

    help = "Écrit le réseau des conseillers tel qu’il était un jour donné : ventilations, puis une ligne par mission."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--scope",
            default="national",
            metavar="PÉRIMÈTRE",
            help="national, region:<nom court>, academie:<nom court> ou departement:<code>",
        )
        parser.add_argument(
            "--on", type=date.fromisoformat, metavar="AAAA-MM-JJ", help="ce jour-là ; sinon aujourd’hui"
        )
        parser.add_argument("--format", choices=["csv", "json"], default="csv")
        parser.add_argument("--output", type=Path, metavar="FICHIER", help="sinon sur la sortie")

    def handle(self, *args: Any, scope: str, on: date | None, output: Path | None, **options: Any) -> None:
        try:
            network, people = export_network(
                actor=Actor(label=SYSTEM, is_administrator=True),
                scope=read_scope(scope),
                day=on or timezone.localdate(),
            )
        except DomainError as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from error
        if options["format"] == "csv":
            text = written(network_table(network, people))
        else:
            found = network_document(network, people)
            text = json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1) + "\n"
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            output.touch(mode=OWNER_ALONE)
            output.chmod(OWNER_ALONE)
            output.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            self.stderr.write(f"{output} ne s’écrit pas : {error.strerror}.")
            raise SystemExit(2) from error
