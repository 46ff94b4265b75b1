"""What someone asks of the working notes about her, and what their authors answer (RGPD, articles 12.3 and 15)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.hanging import NoteReviewQuerySet, NotesRequestQuerySet
from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.enquiries.models.notes import WorkingNote
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import random_uid
from proxirh.territories.models import Role


class NotesRequest(models.Model):
    """One person asks for every working note about her, as they are when she asks; one at a time."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", verbose_name="demandées par")
    idempotency_key = models.UUIDField("clé d’unicité", null=True, unique=True)
    asked_at = models.DateTimeField("demandées le", default=timezone.now)
    due_on = models.DateField("à remettre le")
    delivered_at = models.DateTimeField("remises le", null=True)

    objects = NotesRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande de notes"
        verbose_name_plural = "demandes de notes"
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(delivered_at=None),
                name="notesrequest_one_open",
                violation_error_message="Vos notes sont déjà demandées.",
            )
        ]
        indexes = [
            models.Index(fields=["due_on"], name="notesrequest_open", condition=Q(delivered_at=None)),
            models.Index(fields=["delivered_at"], name="notesrequest_done", condition=Q(delivered_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"demande de notes {self.pk}"


class Decision(models.TextChoices):
    """What became of one note asked for."""

    PENDING = "", "à relire"
    GIVEN = "remise", "remise après relecture"
    WITHHELD = "retenue", "non remise"
    AS_IT_IS = "telle quelle", "remise sans relecture"


class NoteReview(models.Model):
    """One note of a request: re-read by its author alone, then given with the words it had, or withheld with a reason.

    The words given are a copy: what becomes of the note afterwards changes nothing to what was handed over.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    request = models.ForeignKey(
        NotesRequest, on_delete=models.CASCADE, related_name="reviews", verbose_name="demande de notes"
    )
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="note_reviews", verbose_name="demande")
    note = models.ForeignKey(
        WorkingNote, on_delete=models.SET_NULL, null=True, related_name="reviews", verbose_name="note de travail"
    )
    written_at = models.DateTimeField("note écrite le")
    author_role = models.CharField("écrite par", max_length=20, choices=Role.choices, blank=True, default="")
    decision = models.CharField("décision", max_length=20, choices=Decision.choices, blank=True, default="")
    text = EncryptedTextField("texte remis", owner="enquiry", null=True)
    reason = EncryptedTextField("pourquoi elle n’est pas remise", owner="enquiry", null=True)
    reviewed_at = models.DateTimeField("relue le", null=True)

    objects = NoteReviewQuerySet.as_manager()

    class Meta:
        verbose_name = "relecture d’une note"
        verbose_name_plural = "relectures de notes"
        constraints = [
            models.UniqueConstraint(
                fields=["request", "note"],
                name="notereview_once",
                violation_error_message="Cette note est déjà à relire.",
            ),
            models.CheckConstraint(
                name="notereview_decided",
                condition=(
                    Q(decision="", text=None, reason=None, reviewed_at=None)
                    | Q(decision__in=("remise", "telle quelle"), text__isnull=False, reason=None)
                    | Q(decision="retenue", text=None, reason__isnull=False)
                ),
                violation_error_message="Une note est remise avec ses mots, ou retenue avec une raison.",
            ),
        ]
        indexes = [models.Index(fields=["note"], name="notereview_pending", condition=Q(decision=""))]

    def __str__(self) -> str:
        return f"relecture de note {self.pk}"
