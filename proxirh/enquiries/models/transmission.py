"""What someone passes on to the listening cell of her académie: without her name, or with her agreement from an
enquiry."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.hanging import TransmissionQuerySet
from proxirh.enquiries.models.access import note_once
from proxirh.enquiries.models.enquiry import Consent, Enquiry
from proxirh.kernel import encryption
from proxirh.kernel.fields import EncryptedJSONField, EncryptedTextField
from proxirh.kernel.models import DataKey, random_uid
from proxirh.territories.models import Team


class Transmission(models.Model):
    """Words under a key of their own, for the cell alone.

    Passed on without a name, it bears no author, no address, no département: whoever holds the code shown once comes
    back to it (`locator` finds it, `code_digest` proves the rest). From an enquiry, it bears exactly what its author
    agreed to, until she withdraws.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, related_name="+", verbose_name="clé de données")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", verbose_name="cellule d’écoute")
    enquiry = models.ForeignKey(
        Enquiry, on_delete=models.CASCADE, null=True, related_name="transmissions", verbose_name="demande"
    )
    consent = models.OneToOneField(Consent, on_delete=models.CASCADE, null=True, verbose_name="accord")
    identity = EncryptedJSONField("nom et coordonnées transmis", null=True)
    body = EncryptedTextField("texte transmis")
    locator = models.CharField("repère", max_length=8, unique=True, null=True)  # noqa: DJ001 (none for a named one)
    code_digest = models.BinaryField("empreinte du code de retour", max_length=encryption.INDEX_BYTES, null=True)
    sent_at = models.DateTimeField("transmise le", default=timezone.now)
    due_at = models.DateTimeField("réponse attendue le")
    seen_at = models.DateTimeField("ouverte le", null=True)
    seen_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="ouverte par"
    )
    answered_at = models.DateTimeField("première réponse le", null=True)
    ended_at = models.DateTimeField("terminée le", null=True)
    withdrawn_at = models.DateTimeField("accord retiré le", null=True)

    objects = TransmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "transmission"
        verbose_name_plural = "transmissions"
        constraints = [
            models.CheckConstraint(
                name="transmission_named_or_not",
                condition=(
                    Q(enquiry=None, consent=None, identity=None, locator__isnull=False, code_digest__isnull=False)
                    | Q(enquiry__isnull=False, consent__isnull=False, locator=None, code_digest=None)
                ),
                violation_error_message="Une transmission est sans nom, ou vient d’une demande avec un accord.",
            ),
            models.UniqueConstraint(
                fields=["enquiry"],
                condition=Q(ended_at=None, withdrawn_at=None),
                name="transmission_one_under_way",
                violation_error_message="Cette demande est déjà transmise.",
            ),
            models.CheckConstraint(
                name="transmission_due_after",
                condition=Q(due_at__gte=F("sent_at")),
                violation_error_message="La réponse attendue précède la transmission.",
            ),
        ]
        indexes = [models.Index(fields=["team", "due_at"], name="transmission_waiting", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"transmission {self.pk}"

    @property
    def is_named(self) -> bool:
        """True when it comes from an enquiry, with the agreement of its author."""
        return self.enquiry_id is not None


class TransmissionMessage(models.Model):
    """What the cell and the person write to each other afterwards."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    transmission = models.ForeignKey(
        Transmission, on_delete=models.CASCADE, related_name="messages", verbose_name="transmission"
    )
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="membre de la cellule"
    )
    is_from_cell = models.BooleanField("écrit par la cellule")
    body = EncryptedTextField("texte", owner="transmission")
    idempotency_key = models.UUIDField("clé d’unicité", null=True, unique=True)
    sent_at = models.DateTimeField("envoyé le", default=timezone.now)

    class Meta:
        verbose_name = "message d’une transmission"
        verbose_name_plural = "messages d’une transmission"
        indexes = [models.Index(fields=["transmission", "sent_at"], name="transmessage_order")]

    def __str__(self) -> str:
        return f"message de transmission {self.pk}"


class TransmissionReadingQuerySet(models.QuerySet["TransmissionReading"]):
    def note(self, **columns: Any) -> None:
        """Write one line; the same person in the same quarter of an hour stays one line."""
        note_once(self, self.model(**columns), "transmission", "reader", "quarter")

    def older_than(self, moment: datetime) -> Self:
        """Read before `moment`."""
        return self.filter(at__lt=moment)


class TransmissionReading(models.Model):
    """One reading of what was passed on without a name: who, when. From an enquiry, it is an `AccessRecord`."""

    transmission = models.ForeignKey(
        Transmission, on_delete=models.CASCADE, related_name="readings", verbose_name="transmission"
    )
    reader = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="lue par")
    at = models.DateTimeField("le", default=timezone.now)
    quarter = models.DateTimeField("quart d’heure")

    objects = TransmissionReadingQuerySet.as_manager()

    class Meta:
        verbose_name = "lecture d’une transmission"
        verbose_name_plural = "lectures d’une transmission"
        constraints = [
            models.UniqueConstraint(
                fields=["transmission", "reader", "quarter"],
                name="transmissionreading_once_a_quarter",
                violation_error_message="Cette lecture est déjà notée.",
            )
        ]

    def __str__(self) -> str:
        return f"lecture de transmission {self.pk}"
