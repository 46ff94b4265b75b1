"""Answer sheets: what may be said on the telephone, by whom it was checked, and until when it holds."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel.models import random_uid
from proxirh.knowledge.querysets import AnswerSheetQuerySet
from proxirh.territories.models import Academy, Topic


class AnswerSheet(models.Model):
    """A short answer about a few topics, of one académie or of the whole country, that nobody reads past its date."""

    LONGEST = 1200

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    academy = models.ForeignKey(
        Academy, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="académie"
    )
    topics = models.ManyToManyField(Topic, related_name="+", verbose_name="types de demande")
    title = models.CharField("titre", max_length=120)
    answer = models.TextField("réponse", max_length=LONGEST)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="écrite par")
    reviewed_on = models.DateField("relue le")
    expires_on = models.DateField("valable jusqu’au")
    version = models.PositiveIntegerField("version", default=1)
    retired_at = models.DateTimeField("retirée le", null=True)
    created_at = models.DateTimeField("écrite le", default=timezone.now)
    idempotency_key = models.UUIDField("clé d’unicité", unique=True)

    objects = AnswerSheetQuerySet.as_manager()

    class Meta:
        verbose_name = "fiche-réponse"
        verbose_name_plural = "fiches-réponses"
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                name="answersheet_dates",
                condition=Q(expires_on__gte=F("reviewed_on")),
                violation_error_message="La fiche finirait avant d’avoir été relue.",
            )
        ]

    def __str__(self) -> str:
        return self.title
