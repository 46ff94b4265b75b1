"""What is said, written and sent within an enquiry; all of it under the enquiry's key."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import random_uid


class Message(models.Model):
    """What the author and those in charge write to each other."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="messages", verbose_name="demande")
    sender = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="expéditeur"
    )
    is_from_agent = models.BooleanField("écrit par l’agent")
    is_opening = models.BooleanField("premiers mots", default=False)
    body = EncryptedTextField("texte", owner="enquiry")
    idempotency_key = models.UUIDField("clé d’unicité", null=True, unique=True)
    sent_at = models.DateTimeField("envoyé le", default=timezone.now)

    class Meta:
        verbose_name = "message"
        verbose_name_plural = "messages"
        indexes = [models.Index(fields=["enquiry", "sent_at"], name="message_enquiry_sent")]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Means(models.TextChoices):
    PHONE = "phone", "téléphone"
    VIDEO = "video", "visio"
    IN_PERSON = "in_person", "sur place"
    WRITTEN = "written", "par écrit"


class Exchange(models.Model):
    """One contact or attempt, with what was said in short, and the next step with its date."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="exchanges", verbose_name="demande")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="fait par")
    means = models.CharField("moyen", max_length=10, choices=Means)
    happened_at = models.DateTimeField("le", default=timezone.now)
    was_reached = models.BooleanField("la personne a été jointe", default=True)
    summary = EncryptedTextField("résumé", owner="enquiry")
    next_step = EncryptedTextField("prochaine étape", owner="enquiry", null=True)
    next_step_on = models.DateField("le", null=True)
    idempotency_key = models.UUIDField("clé d’unicité", null=True, unique=True)
    recorded_at = models.DateTimeField("noté le", default=timezone.now)

    class Meta:
        verbose_name = "échange"
        verbose_name_plural = "échanges"
        indexes = [models.Index(fields=["enquiry", "happened_at"], name="exchange_enquiry_at")]

    def __str__(self) -> str:
        return f"échange {self.pk}"


class Scan(models.TextChoices):
    UNSCANNED = "unscanned", "pas encore analysé"
    CLEAN = "clean", "sans danger"
    REFUSED = "refused", "refusé"


class Attachment(models.Model):
    """A file given with a message, or with the answer to a referral; its bytes lie encrypted outside the database,
    under `stored_name`.

    Once refused, they are there no more. `attachments.quarantine` says who may open it.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="attachments", verbose_name="demande")
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, related_name="attachments", verbose_name="message"
    )
    answer = models.ForeignKey(
        "ReferralAnswer",
        on_delete=models.CASCADE,
        null=True,
        related_name="attachments",
        verbose_name="réponse à une mise en relation",
    )
    name = EncryptedTextField("nom du fichier", owner="enquiry")
    media_type = models.CharField("type", max_length=100)
    size = models.PositiveIntegerField("taille en octets")
    stored_name = models.CharField("nom sur le disque", max_length=64, unique=True)
    added_at = models.DateTimeField("ajouté le", default=timezone.now)
    # Known to the database too: the release before this one goes on writing here while this one is put in place.
    scan = models.CharField(
        "analyse", max_length=10, choices=Scan, default=Scan.UNSCANNED, db_default=Scan.UNSCANNED, db_index=True
    )

    class Meta:
        verbose_name = "pièce jointe"
        verbose_name_plural = "pièces jointes"
        constraints = [
            models.CheckConstraint(
                name="attachment_of_one_thing",
                condition=Q(message__isnull=False, answer=None) | Q(message=None, answer__isnull=False),
                violation_error_message="Un fichier est joint à un message ou à une réponse.",
            )
        ]

    def __str__(self) -> str:
        return f"pièce jointe {self.pk}"
