"""« Orientation »: a contact given to the agent, to whom nothing is transmitted, and what became of it."""

from django.db import models
from django.db.models import Q

from proxirh.enquiries.hanging import SignpostingQuerySet
from proxirh.enquiries.models.conversation import Message
from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.enquiries.workflow import SignpostState
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import random_uid


class Signposting(models.Model):
    """One contact, as it was given: the message bears the word, and here is what the page shows and asks about.

    Who it names is sealed under the enquiry’s key: in clear, a health insurer would tell what it is about.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="signpostings", verbose_name="demande")
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+", verbose_name="message")
    name = EncryptedTextField("vers qui", owner="enquiry")
    reach = EncryptedTextField("comment le joindre", owner="enquiry")
    is_internal = models.BooleanField("dans l’éducation nationale", default=False)
    state = models.CharField("état", max_length=12, choices=SignpostState, default=SignpostState.GIVEN)
    ask_on = models.DateField("question à poser le")
    asked_at = models.DateTimeField("question posée le", null=True)
    answered_at = models.DateTimeField("répondu le", null=True)

    objects = SignpostingQuerySet.as_manager()

    class Meta:
        verbose_name = "orientation"
        verbose_name_plural = "orientations"
        constraints = [
            models.CheckConstraint(
                name="signposting_asked_on_a_day",
                condition=Q(state=SignpostState.GIVEN, asked_at=None)
                | (~Q(state=SignpostState.GIVEN) & Q(asked_at__isnull=False)),
                violation_error_message="La question est posée à une date.",
            ),
        ]
        indexes = [
            models.Index(fields=["ask_on"], condition=Q(state=SignpostState.GIVEN), name="signposting_to_ask"),
        ]

    def __str__(self) -> str:
        return f"orientation {self.pk}"
