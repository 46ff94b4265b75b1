"""What the agent and whoever follows her enquiry agree was said at an interview, so that she need not tell it again."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.enquiries.workflow import SummaryState
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import random_uid


class SharedSummary(models.Model):
    """One page about one interview, under the enquiry’s key: proposed by its lead, agreed by its author or changed.

    Once agreed by both, it does not change any more.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="summaries", verbose_name="demande")
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="écrit par")
    state = models.CharField("état", max_length=12, choices=SummaryState, default=SummaryState.PROPOSED)
    held_on = models.DateField("date de l’entretien")
    body = EncryptedTextField("texte", owner="enquiry")
    remark = EncryptedTextField("ce que la personne voudrait changer", owner="enquiry", blank=True)
    idempotency_key = models.UUIDField("clé d’unicité", null=True, unique=True)
    written_at = models.DateTimeField("écrit le", default=timezone.now)
    agreed_at = models.DateTimeField("accepté le", null=True)

    class Meta:
        verbose_name = "compte rendu partagé"
        verbose_name_plural = "comptes rendus partagés"
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry"],
                condition=~Q(state=SummaryState.AGREED),
                name="sharedsummary_one_at_a_time",
                violation_error_message="Un compte rendu attend déjà d’être relu pour cette demande.",
            ),
            models.CheckConstraint(
                name="sharedsummary_agreed_on_a_day",
                condition=Q(state=SummaryState.AGREED, agreed_at__isnull=False)
                | (~Q(state=SummaryState.AGREED) & Q(agreed_at=None)),
                violation_error_message="Un compte rendu accepté l’est à une date.",
            ),
        ]
        indexes = [models.Index(fields=["enquiry", "written_at"], name="sharedsummary_enquiry")]

    def __str__(self) -> str:
        return "compte rendu partagé"
