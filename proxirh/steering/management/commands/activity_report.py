import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from proxirh.enquiries.figures import Period
from proxirh.kernel.errors import DomainError
from proxirh.kernel.journal import SYSTEM
from proxirh.steering.indicators import describe
from proxirh.steering.report import NONE, PUBLISHED, Report
from proxirh.steering.reporting import Controls, published
from proxirh.steering.services import export_report
from proxirh.steering.writers import WRITERS
from proxirh.steering.writers.content import Describe
from proxirh.territories.actor import Actor
from proxirh.territories.figures import read_scope

OWNER_ALONE = 0o600


def as_json(report: Report) -> bytes:
    """The document of RULES §9."""
    return (json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n").encode()


def with_words(write: Callable[[Report, Describe], bytes]) -> Callable[[Report], bytes]:
    """A form that tells each indicator in the words of the registry."""
    return lambda report: write(report, describe)


CONTROLS: dict[str, Controls | None] = {PUBLISHED: published, NONE: None}
FORMATS: dict[str, Callable[[Report], bytes]] = {"json": as_json} | {
    name: with_words(write) for name, write in WRITERS.items()
}
TEXTS = {"json", "html"}


class Command(BaseCommand):
    """Exit status 0: written; 2: the command line is wrong."""

    help = (
        "Écrit le bilan d’activité d’un périmètre sur des mois entiers, sous secret statistique sauf demande contraire."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--scope",
            default="national",
            metavar="PÉRIMÈTRE",
            help="national, region:<nom court>, academie:<nom court> ou departement:<code>",
        )
        parser.add_argument("--from", dest="start", required=True, metavar="AAAA-MM-JJ", help="1er d’un mois, compris")
        parser.add_argument("--to", dest="end", required=True, metavar="AAAA-MM-JJ", help="1er d’un mois, non compris")
        parser.add_argument("--format", choices=sorted(FORMATS), default="json")
        parser.add_argument(
            "--disclosure",
            choices=sorted(CONTROLS),
            default=PUBLISHED,
            help="k11 : 11 personnes au moins derrière chaque ligne ; none : aucun secret, et le document le dit",
        )
        parser.add_argument("--output", type=Path, metavar="FICHIER", help="sinon sur la sortie")

    def handle(self, *args: Any, scope: str, start: str, end: str, output: Path | None, **options: Any) -> None:
        try:
            if output is None and options["format"] not in TEXTS:
                raise DomainError("Ce format ne s’affiche pas : dites dans quel fichier l’écrire, par --output.")
            report = export_report(
                actor=Actor(label=SYSTEM, is_administrator=True),
                scope=read_scope(scope),
                period=read_period(start, end),
                controls=CONTROLS[options["disclosure"]],
            )
        except DomainError as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from error
        found = FORMATS[options["format"]](report)
        if output is None:
            self.stdout.write(found.decode(), ending="")
            return
        try:
            output.touch(mode=OWNER_ALONE)
            output.chmod(OWNER_ALONE)
            output.write_bytes(found)
        except OSError as error:
            self.stderr.write(f"{output} ne s’écrit pas\u00a0: {error.strerror}.")
            raise SystemExit(2) from error


def read_period(start: str, end: str) -> Period:
    """Whole months, from the first of one to the first of another, left out; raises DomainError."""
    try:
        return Period(date.fromisoformat(start), date.fromisoformat(end))
    except ValueError as error:
        raise DomainError(
            "Un bilan compte des mois entiers\u00a0: --from et --to sont chacun le 1er d’un mois, AAAA-MM-01, "
            "et le premier vient avant le second."
        ) from error
