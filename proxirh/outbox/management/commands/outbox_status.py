"""`manage.py outbox_status`: what waits, what was sent, what was given up and why."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from proxirh.outbox import figures
from proxirh.outbox.services import retry_dead
from proxirh.ui import french


class Command(BaseCommand):
    """Says in counts how the mails go, without opening any; `--retry` queues the dead letters again."""

    help = "État des courriels : en attente, envoyés, abandonnés. --retry remet les abandonnés en attente."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--retry", action="store_true", help="remet en attente les courriels abandonnés")
        parser.add_argument("--kind", default="", help="avec --retry, un seul genre de courriel")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["retry"]:
            again = retry_dead(kind=options["kind"])
            self.stdout.write(f"Remis en attente : {french.number(again)}")
        status = figures.outbox_status()
        self.stdout.write(f"En attente : {french.number(status.waiting)}")
        if status.oldest_waiting_at:
            self.stdout.write(f"  à envoyer maintenant : {french.number(status.due)}")
            self.stdout.write(f"  après un premier échec : {french.number(status.retried)}")
            self.stdout.write(f"  le plus ancien : {french.moment(status.oldest_waiting_at)}")
        self.stdout.write(f"Envoyés : {french.number(status.sent)}")
        if status.last_sent_at:
            self.stdout.write(f"  le dernier : {french.moment(status.last_sent_at)}")
        self.stdout.write(f"Abandonnés : {french.number(sum(letters.count for letters in status.dead))}")
        for letters in status.dead:
            self.stdout.write(
                f"  {letters.kind} : {french.number(letters.count)}, {letters.error}, {french.moment(letters.last_at)}"
            )
        seen_at = figures.worker_seen_at()
        self.stdout.write(f"Expéditeur vu : {french.moment(seen_at) if seen_at else 'jamais'}")
