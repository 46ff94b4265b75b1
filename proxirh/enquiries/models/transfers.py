"""The way of one need to another académie: the text that is to go, who agreed to it, and what became of it there."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.enquiries.workflow import RUNNING_TRANSFERS, TransferState
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import random_uid
from proxirh.territories.models import Department, Site


class TransferRefusal(models.TextChoices):
    """Why the other académie does not take it; told to the author and to whoever follows her."""

    PLACE = "lieu", "Ce lieu de travail n’est pas dans notre académie"
    SERVICE = "service", "Ce besoin relève d’un autre service de l’académie"
    DOUBLE = "deja_suivie", "Nous la suivons déjà pour ce besoin"
    EARLY = "trop_tot", "C’est trop tôt : à proposer de nouveau quand l’arrivée sera certaine"


class Transfer(models.Model):
    """One change of académie of the author of an enquiry, under the key of the enquiry that she leaves.

    Nothing is read elsewhere before she has agreed to `body`, word for word. `arrival` is the enquiry that waits for
    the other team, then is followed there: it has its own key, and neither side reads the other.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="transfers", verbose_name="demande")
    arrival = models.ForeignKey(
        Enquiry,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="origins",
        verbose_name="demande dans l’autre académie",
    )
    state = models.CharField("état", max_length=12, choices=TransferState, default=TransferState.ASKED)
    written_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", verbose_name="dernier texte écrit par"
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", verbose_name="nouveau département"
    )
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="nouveau lieu"
    )
    moves_on = models.DateField("date du changement", null=True, blank=True)
    body = EncryptedTextField("texte à transmettre", owner="enquiry", blank=True)
    reason = models.CharField("motif de refus", max_length=12, choices=TransferRefusal, blank=True)
    idempotency_key = models.UUIDField("clé d’unicité", null=True, unique=True)
    asked_at = models.DateTimeField("commencée le", default=timezone.now)
    written_at = models.DateTimeField("texte écrit le", default=timezone.now)
    agreed_at = models.DateTimeField("accord donné le", null=True)
    ended_at = models.DateTimeField("finie le", null=True)

    class Meta:
        verbose_name = "changement d’académie"
        verbose_name_plural = "changements d’académie"
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry"],
                condition=Q(state__in=sorted(RUNNING_TRANSFERS)),
                name="transfer_one_at_a_time",
                violation_error_message="Un changement d’académie est déjà en cours pour cette demande.",
            ),
            models.UniqueConstraint(
                fields=["arrival"],
                name="transfer_one_origin",
                violation_error_message="Une demande arrive d’un seul endroit.",
            ),
            models.CheckConstraint(
                name="transfer_sent_once_agreed",
                condition=~Q(state__in=[TransferState.OFFERED, TransferState.ACCEPTED, TransferState.DECLINED])
                | Q(agreed_at__isnull=False),
                violation_error_message="Rien n’est transmis sans l’accord de la personne.",
            ),
            models.CheckConstraint(
                name="transfer_ends_on_a_day",
                condition=Q(state__in=sorted(RUNNING_TRANSFERS), ended_at=None)
                | (~Q(state__in=sorted(RUNNING_TRANSFERS)) & Q(ended_at__isnull=False)),
                violation_error_message="Un changement d’académie fini l’est à une date.",
            ),
        ]

    def __str__(self) -> str:
        return "changement d’académie"
