"""What leaves the service as a report, and what the journal keeps of it."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from proxirh.enquiries.figures import Period
from proxirh.kernel.errors import NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.steering import permissions
from proxirh.steering.report import Report
from proxirh.steering.reporting import Controls, build_report
from proxirh.territories.actor import Actor
from proxirh.territories.figures import Scope


@transaction.atomic
def export_report(
    *,
    actor: Actor,
    scope: Scope,
    period: Period,
    controls: Controls | None,
    at: datetime | None = None,
    today: date | None = None,
) -> Report:
    """A report for a file, told in the journal; without `controls`, only whoever runs the command line gets one."""
    if controls is None and not permissions.can_export_uncontrolled(actor):
        raise NotAllowed("Un bilan sans secret statistique ne se fait qu’en ligne de commande.")
    report = build_report(
        scope, period, at=at or timezone.localtime(), today=today or timezone.localdate(), controls=controls
    )
    JournalEntry.objects.create(
        actor=actor.label,
        verb="bilan.exporté",
        subject="steering.report",
        details={
            "scope": scope.code,
            "from": period.start.isoformat(),
            "to": period.end.isoformat(),
            "disclosure": report.disclosure,
            "sha256": report.sha256,
        },
    )
    return report
