"""`manage.py retention`: what time takes of the data, counted, and erased with `--apply`."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand

from proxirh.kernel.progress import Advance, progress
from proxirh.kernel.retention import Rule
from proxirh.privacy import engine
from proxirh.privacy.engine import ALWAYS_ALLOWED, SHARE, Line, Report
from proxirh.privacy.models import Outcome
from proxirh.ui import french


def percentage(text: str) -> int:
    """A whole number from 1 to 100."""
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise ArgumentTypeError("attendu un nombre de 1 à 100")
    return int(text)


@contextmanager
def watched(rule: Rule, due: int) -> Iterator[Advance]:
    """A bar for one rule."""
    with progress(rule.name, total=due) as advance:
        yield advance


class Command(BaseCommand):
    """Exit status 0: every rule could act; 1: one was refused or failed, each is said on standard error.

    The last line counts, the same in a dry run.
    """

    help = (
        "Prévient, termine et efface ce dont la durée de conservation est passée ; essai à blanc sans --apply. "
        "Peut être interrompue et relancée."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="prévient et efface vraiment")
        parser.add_argument(
            "--allow-share",
            type=percentage,
            default=SHARE,
            metavar="N",
            help=f"part la plus grande à traiter d’un coup, en pour cent ({SHARE} sans cette option)",
        )
        parser.add_argument(
            "--last", action="store_true", help="relit le compte rendu du dernier passage, sans rien faire"
        )

    def handle(self, *args: Any, apply: bool, allow_share: int, last: bool, **options: Any) -> None:
        if last:
            self._tell_last()
            return
        report = engine.run(apply=apply, share=allow_share, watch=watched)
        for line in report.lines:
            self.stdout.write(self._said(line, report))
        for line in report.having(Outcome.REFUSED):
            self.stderr.write(self._refusal(line, allow_share))
        for line in report.having(Outcome.FAILED):
            self.stderr.write(f"{line.rule.what} : {line.why}")
        if not apply:
            self.stdout.write("Essai à blanc : personne n’est prévenu, rien n’est effacé. Ajoutez --apply.")
        refused, failed = len(report.having(Outcome.REFUSED)), len(report.having(Outcome.FAILED))
        due = sum(line.due for line in report.lines)
        self.stdout.write(f"due={due} done={report.done} refused={refused} failed={failed}")
        if refused or failed:
            raise SystemExit(1)

    def _said(self, line: Line, report: Report) -> str:
        due = french.number(line.due)
        if line.outcome == Outcome.REFUSED:
            return f"{line.rule.what} : {due}, refusés"
        return (
            f"{line.rule.what} : {french.number(line.done)} sur {due}"
            if report.is_applied
            else f"{line.rule.what} : {due}"
        )

    def _refusal(self, line: Line, share: int) -> str:
        return (
            f"{line.rule.what} : {french.number(line.due)} à la fois sur {french.number(line.of or 0)}, plus de "
            f"{share} % (et plus de {ALWAYS_ALLOWED}). Rien n’est fait. Vérifiez l’heure de la machine et les durées "
            "de conservation ; si c’est bien ce qui est voulu, relancez avec --allow-share et une part plus grande."
        )

    def _tell_last(self) -> None:
        lines = engine.last_run()
        if not lines:
            self.stdout.write("Aucun passage n’a encore eu lieu.")
            return
        self.stdout.write(f"Dernier passage : {french.moment(lines[0].at)}.")
        for line in lines:
            self.stdout.write(
                f"{line.rule} : {french.number(line.done)} sur {french.number(line.due)}, {line.get_outcome_display()}"
            )
