"""Working notes on an enquiry: shared with whoever follows it, or its author’s alone; never shown to the agent here."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.hanging import WorkingNoteQuerySet
from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import random_uid


class WorkingNote(models.Model):
    """A few words of a professional about an enquiry, under the enquiry’s key.

    Private until its author shares it. Set aside when she leaves the enquiry without having settled it: nobody but her
    reads it, and it goes thirty days later.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="working_notes", verbose_name="demande")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="écrite par")
    body = EncryptedTextField("texte", owner="enquiry")
    idempotency_key = models.UUIDField("clé d’unicité", null=True, unique=True)
    written_at = models.DateTimeField("écrite le", default=timezone.now)
    shared_at = models.DateTimeField("partagée le", null=True)
    set_aside_at = models.DateTimeField("mise de côté le", null=True)

    objects = WorkingNoteQuerySet.as_manager()

    class Meta:
        verbose_name = "note de travail"
        verbose_name_plural = "notes de travail"
        constraints = [
            models.CheckConstraint(
                name="workingnote_shared_or_set_aside",
                condition=Q(shared_at=None) | Q(set_aside_at=None),
                violation_error_message="Une note partagée n’est pas mise de côté.",
            )
        ]
        indexes = [
            models.Index(fields=["enquiry", "written_at"], name="workingnote_enquiry"),
            models.Index(
                fields=["author", "set_aside_at"], name="workingnote_aside", condition=Q(set_aside_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return "note de travail"
