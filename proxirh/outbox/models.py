"""Outgoing mail: the row of the transaction is the queue."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from proxirh.kernel import encryption
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import DataKey, random_uid
from proxirh.outbox.querysets import OutgoingEmailQuerySet


class MailState(models.TextChoices):
    QUEUED = "queued", "en attente"
    SENT = "sent", "envoyé"
    DEAD = "dead", "abandonné"
    SKIPPED = "skipped", "non envoyé"


class OutgoingEmail(models.Model):
    """One mail to one address: written with the change it announces, sent afterwards under a lease.

    `attempts` grows at each claim, so that it also tells one claim from the next: whoever holds an old number can no
    longer mark the row. `last_error` holds the class and the code of a failure, never its text.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    kind = models.CharField("genre", max_length=60)
    dedupe_key = models.CharField("clé d’unicité", max_length=120, null=True, unique=True)  # noqa: DJ001
    # Random id of what it tells of: once that is erased, no mail sent about it is left.
    about = models.UUIDField("à propos de", null=True, db_index=True)
    recipient = EncryptedTextField("destinataire")
    # By it alone someone finds what was sent to her; the rows written before it have none, and live two months.
    recipient_index = models.BinaryField(
        "empreinte du destinataire", max_length=encryption.INDEX_BYTES, null=True, db_index=True
    )
    subject = models.CharField("objet", max_length=150)
    body = EncryptedTextField("texte", null=True)
    # An event of a calendar (RFC 5545), which goes with the text: put there, moved or taken away.
    calendar = EncryptedTextField("événement de calendrier", null=True)
    message_id = models.CharField("identifiant de message", max_length=120, unique=True)
    state = models.CharField("état", max_length=10, choices=MailState, default=MailState.QUEUED)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    due_at = models.DateTimeField("à envoyer après", default=timezone.now)
    leased_until = models.DateTimeField("réservé jusqu’à", null=True)
    last_error = models.CharField("dernière erreur", max_length=120, blank=True)
    created_at = models.DateTimeField("créé le", default=timezone.now)
    sent_at = models.DateTimeField("envoyé le", null=True)
    dead_at = models.DateTimeField("abandonné le", null=True)
    # Its reader wants none of this kind, or had it in a mail that gathers several.
    skipped_at = models.DateTimeField("mis de côté le", null=True)

    objects = OutgoingEmailQuerySet.as_manager()

    class Meta:
        verbose_name = "courriel sortant"
        verbose_name_plural = "courriels sortants"
        indexes = [
            models.Index(fields=["due_at"], name="outbox_due", condition=Q(state="queued")),
            models.Index(fields=["-sent_at"], name="outbox_sent", condition=Q(state="sent")),
        ]
        constraints = [
            models.CheckConstraint(
                name="outgoingemail_sent_has_date",
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                violation_error_message="Un courriel envoyé, et lui seul, porte la date d’envoi.",
            ),
            models.CheckConstraint(
                name="outgoingemail_dead_has_date",
                condition=Q(state="dead", dead_at__isnull=False) | (~Q(state="dead") & Q(dead_at=None)),
                violation_error_message="Un courriel abandonné, et lui seul, porte la date d’abandon.",
            ),
            models.CheckConstraint(
                name="outgoingemail_skipped_has_date",
                condition=Q(state="skipped", skipped_at__isnull=False) | (~Q(state="skipped") & Q(skipped_at=None)),
                violation_error_message="Un courriel mis de côté, et lui seul, porte la date où il l’a été.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.get_state_display()})"
