"""A half-day at a school or service: proposed or drafted, then announced once its room is safe."""

from django.db import models
from django.db.models import F, Q

from proxirh.accounts.models import Person
from proxirh.kernel.models import random_uid
from proxirh.scheduling.models.openings import Availability
from proxirh.scheduling.models.places import MeetingPlace
from proxirh.scheduling.workflow import PermanenceState
from proxirh.territories.models import Site

# What a room must be before anybody is invited to it: column, and how it is asked.
ROOM_CHECKS = (
    ("private", "La salle est fermée, et personne d’autre ne s’en sert pendant ce temps."),
    ("soundproof", "De l’extérieur, on n’entend pas ce qui s’y dit."),
    ("no_queue", "Personne n’attend devant la porte, à la vue des autres."),
)


class SitePermanence(models.Model):
    """A half-day when a counsellor receives at a site; once announced it owns one opening, booked as any other.

    The head of the site reads its day, its place and its state: never who comes, nor how many.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, related_name="permanences", verbose_name="établissement ou service"
    )
    room = models.CharField("salle", max_length=80)
    day = models.DateField("jour")
    starts_at = models.TimeField("de")
    ends_at = models.TimeField("à")
    minutes = models.PositiveSmallIntegerField("durée d’un rendez-vous, en minutes", default=30)
    state = models.CharField("état", max_length=10, choices=PermanenceState)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="permanences", verbose_name="qui reçoit"
    )
    made_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="proposée ou préparée par"
    )
    opening = models.OneToOneField(
        Availability, on_delete=models.SET_NULL, null=True, related_name="permanence", verbose_name="disponibilités"
    )
    place = models.ForeignKey(
        MeetingPlace, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="lieu de rendez-vous"
    )
    private_at = models.DateTimeField("salle fermée, dit le", null=True)
    private_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="salle fermée, dit par"
    )
    soundproof_at = models.DateTimeField("on n’entend rien, dit le", null=True)
    soundproof_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="on n’entend rien, dit par"
    )
    no_queue_at = models.DateTimeField("pas de file visible, dit le", null=True)
    no_queue_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="pas de file visible, dit par"
    )
    created_at = models.DateTimeField("créée le")
    idempotency_key = models.UUIDField("clé d’unicité", null=True)

    class Meta:
        verbose_name = "permanence en établissement"
        verbose_name_plural = "permanences en établissement"
        ordering = ["day", "starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["made_by", "idempotency_key", "day"],
                name="permanence_once_sent",
                violation_error_message="Cette permanence est déjà enregistrée.",
            ),
            models.CheckConstraint(
                name="permanence_hours",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                name="permanence_minutes",
                condition=Q(minutes__in=(15, 30, 45, 60)),
                violation_error_message="Un rendez-vous y dure de 15 à 60 minutes, par quarts d’heure.",
            ),
            models.CheckConstraint(
                name="permanence_room_is_safe",
                condition=~Q(state="published")
                | Q(
                    person__isnull=False,
                    private_at__isnull=False,
                    soundproof_at__isnull=False,
                    no_queue_at__isnull=False,
                ),
                violation_error_message="La salle n’est pas encore vérifiée.",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "day"], name="permanence_of_site"),
            models.Index(fields=["state", "day"], name="permanence_announced"),
        ]

    def __str__(self) -> str:
        return f"permanence du {self.day:%d/%m/%Y}"

    @property
    def time_zone(self) -> str:
        """That of the wall there; the site comes with its département."""
        return self.site.own_time_zone or self.site.department.time_zone

    @property
    def is_room_safe(self) -> bool:
        """True once the three answers are yes."""
        return all(getattr(self, f"{name}_at") is not None for name, _ in ROOM_CHECKS)
