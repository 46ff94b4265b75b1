"""A question of the corridor, counted without anybody’s name, place or words: three codes, a day, a département."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.models.facts import Outcome
from proxirh.kernel.models import random_uid
from proxirh.territories.actor import Actor
from proxirh.territories.models import Department, StaffCategory

QUICK_OUTCOMES = (
    Outcome.INDIVIDUAL_INFORMATION,
    Outcome.COLLECTIVE_INFORMATION,
    Outcome.INTERNAL_REFERRAL,
    Outcome.EXTERNAL_REFERRAL,
    Outcome.OTHER_SERVICE,
    Outcome.SUPPORT_ENGAGED,
)


class QuickExchangeQuerySet(models.QuerySet["QuickExchange"]):
    def noted_by(self, actor: Actor) -> Self:
        """Those of one person, by herself, whatever became of them."""
        return self.filter(person_id=actor.person_id or 0)

    def standing(self, *, since: datetime) -> Self:
        """Counted, and noted since then."""
        return self.filter(withdrawn_at=None, recorded_at__gt=since)

    def noted_before(self, limit: datetime) -> Self:
        """Noted so long ago that nobody takes them back any more."""
        return self.filter(recorded_at__lte=limit)


class QuickExchange(models.Model):
    """One line of whoever answered, for her alone and for thirty days; the monthly counts keep what it adds."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", verbose_name="noté par")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", verbose_name="département")
    day = models.DateField("jour de l’échange")
    topic_code = models.CharField("branche", max_length=6)
    family = models.CharField("famille", max_length=12, choices=StaffCategory.FAMILIES)
    outcome = models.CharField("suite donnée", max_length=24, choices=Outcome)
    idempotency_key = models.UUIDField("clé d’unicité", unique=True)
    recorded_at = models.DateTimeField("noté le", default=timezone.now)
    withdrawn_at = models.DateTimeField("retiré le", null=True)

    objects = QuickExchangeQuerySet.as_manager()

    class Meta:
        verbose_name = "échange éclair"
        verbose_name_plural = "échanges éclair"
        indexes = [models.Index(fields=["person", "recorded_at"], name="quickexchange_own")]
        constraints = [
            models.CheckConstraint(
                name="quickexchange_outcome",
                condition=models.Q(outcome__in=QUICK_OUTCOMES),
                violation_error_message="Cette suite ne se donne pas à un échange éclair.",
            )
        ]

    def __str__(self) -> str:
        return f"échange éclair du {self.day:%d/%m/%Y}"

    @property
    def month(self) -> date:
        """First day of the month in which it took place."""
        return self.day.replace(day=1)

    @property
    def department_code(self) -> str:
        """Where it is counted."""
        return self.department.code
