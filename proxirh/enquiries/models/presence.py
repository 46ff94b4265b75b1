"""Who has the page of an enquiry open now: so that two people do not answer at once."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.models.enquiry import Enquiry


class PresenceQuerySet(models.QuerySet["Presence"]):
    def mark(self, *, enquiry_id: int, person_id: int, at: datetime) -> None:
        """Someone is there now: one line for one person on one page, whichever of her windows says so."""
        self.bulk_create(
            [self.model(enquiry_id=enquiry_id, person_id=person_id, seen_at=at)],
            update_conflicts=True,
            update_fields=["seen_at"],
            unique_fields=["enquiry", "person"],
        )

    def gone(self, *, before: datetime) -> Self:
        """Left, or shut, before `before`."""
        return self.filter(seen_at__lte=before)


class Presence(models.Model):
    """The last sign of one person on the page of one enquiry; worth nothing a minute later."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="presences", verbose_name="demande")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", verbose_name="personne")
    seen_at = models.DateTimeField("vue le", default=timezone.now)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name = "présence sur une page"
        verbose_name_plural = "présences sur une page"
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry", "person"],
                name="presence_once",
                violation_error_message="Cette personne est déjà sur cette page.",
            )
        ]
        indexes = [models.Index(fields=["seen_at"], name="presence_seen")]

    def __str__(self) -> str:
        return "présence sur une page"
