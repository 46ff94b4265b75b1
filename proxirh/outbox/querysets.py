"""Named filters of the outbox."""

from datetime import datetime
from typing import Self

from django.db.models import Q, QuerySet


class OutgoingEmailQuerySet(QuerySet):
    """Nothing here opens a mail: addresses and texts stay sealed until they are read."""

    def waiting(self) -> Self:
        """Written, and neither sent nor given up."""
        return self.filter(state="queued")

    def unheld(self, at: datetime) -> Self:
        """Waiting, and in the hands of no sender."""
        return self.waiting().filter(Q(leased_until=None) | Q(leased_until__lte=at))

    def due(self, at: datetime) -> Self:
        """To be sent now, oldest first: their time has come and no sender holds them."""
        return self.unheld(at).filter(due_at__lte=at).order_by("due_at", "pk")

    def sent(self) -> Self:
        """Accepted by the mail server, newest first."""
        return self.filter(state="sent").order_by("-sent_at", "-pk")

    def dead(self) -> Self:
        """Given up: refused for good, or tried for more than a day."""
        return self.filter(state="dead")
