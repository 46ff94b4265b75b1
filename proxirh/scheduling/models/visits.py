"""Asking that the mobile team comes to a school or service, and the visit itself."""

from django.db import models
from django.db.models import F, Q

from proxirh.accounts.models import Person
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import DataKey, random_uid
from proxirh.scheduling.models.agenda import HeldTime
from proxirh.scheduling.models.places import MeetingPlace
from proxirh.scheduling.workflow import VisitState
from proxirh.territories.models import Site


class DeclineReason(models.TextChoices):
    """Why nobody comes, in words that lead elsewhere."""

    NO_TIME = "no_time", "Aucun de ces jours n’est possible : proposez-en d’autres."
    PERMANENCE = "permanence", "Une permanence est déjà prévue près de chez vous : voyez la page de l’établissement."
    BY_PHONE = "by_phone", "Un rendez-vous par téléphone ira plus vite : demandez de l’aide en ligne."
    ELSEWHERE = "elsewhere", "Ce n’est pas à l’équipe mobile de venir : la page de l’établissement dit qui appeler."


class VisitRequest(models.Model):
    """A wish that somebody comes: before it is taken, the team reads the place and the half-days, and no name."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, related_name="visit_requests", verbose_name="établissement ou service"
    )
    asked_by = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="visit_requests", verbose_name="demandée par"
    )
    wished = models.JSONField("demi-journées souhaitées", default=list)
    last_wished = models.DateField("dernier jour souhaité")
    note = EncryptedTextField("précision pratique")
    state = models.CharField("état", max_length=10, choices=VisitState, default=VisitState.ASKED)
    taken_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="visits", verbose_name="qui vient"
    )
    place = models.ForeignKey(
        MeetingPlace, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="lieu de rendez-vous"
    )
    starts_at = models.DateTimeField("de", null=True)
    ends_at = models.DateTimeField("à", null=True)
    held = models.ForeignKey(
        HeldTime, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="temps retenu"
    )
    reason = models.CharField("pourquoi personne ne vient", max_length=12, choices=DeclineReason, blank=True)
    created_at = models.DateTimeField("demandée le")
    ended_at = models.DateTimeField("déclinée ou annulée le", null=True)
    idempotency_key = models.UUIDField("clé d’unicité", null=True)

    class Meta:
        verbose_name = "demande de visite"
        verbose_name_plural = "demandes de visite"
        ordering = ["last_wished", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by", "idempotency_key"],
                name="visit_once_sent",
                violation_error_message="Cette demande de visite est déjà enregistrée.",
            ),
            models.CheckConstraint(
                name="visit_taken_by_someone",
                condition=~Q(state="taken")
                | Q(taken_by__isnull=False, starts_at__isnull=False, ends_at__gt=F("starts_at")),
                violation_error_message="Une visite prévue a une personne et une heure.",
            ),
            models.CheckConstraint(
                name="visit_declined_for_a_reason",
                condition=~Q(state="declined") | ~Q(reason=""),
                violation_error_message="Choisissez pourquoi personne ne vient.",
            ),
        ]
        indexes = [models.Index(fields=["state", "last_wished"], name="visit_waiting")]

    def __str__(self) -> str:
        return f"demande de visite {self.pk}"
