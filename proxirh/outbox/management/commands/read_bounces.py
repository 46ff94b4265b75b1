"""`manage.py read_bounces < message`: what the mail server gives back, one notice at a time (docs/exploitation.md)."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from proxirh.kernel.errors import StaleState
from proxirh.outbox.returned import MOST_BYTES, take_back

# sysexits.h: the mail server keeps the message, and gives it again later.
AGAIN = 75


class Command(BaseCommand):
    """Says nothing of what it read: whoever writes to a return address learns nothing from it."""

    help = "Lit sur l’entrée standard un avis de non-remise et note que le courriel n’est pas arrivé. Ne dit rien."

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(MOST_BYTES)
        while sys.stdin.buffer.read(MOST_BYTES):  # a server whose pipe closes early would take it for a failure
            pass
        try:
            take_back(raw)
        except (StaleState, DatabaseError) as error:
            raise CommandError("À redonner plus tard.", returncode=AGAIN) from error
