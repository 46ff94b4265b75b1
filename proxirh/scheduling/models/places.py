"""Where people are met, by which ways, and how an académie runs its agenda."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from proxirh.kernel.models import random_uid
from proxirh.territories.models import Academy, Department, Site

# Where the address of a video meeting takes the random name of its room.
ROOM = "{salle}"


class Way(models.TextChoices):
    """How an appointment is held."""

    PHONE = "phone", "téléphone"
    VIDEO = "video", "visioconférence"
    ON_SITE = "on_site", "sur place"


class MeetingPlace(models.Model):
    """A room, an office or a school where counsellors meet people; closed rather than deleted."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="meeting_places", verbose_name="département"
    )
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="établissement ou service"
    )
    name = models.CharField("nom", max_length=120)
    address = models.CharField("adresse", max_length=200, blank=True)
    way_in = models.CharField("comment trouver le lieu", max_length=200, blank=True)
    travel_minutes = models.PositiveSmallIntegerField("trajet depuis un autre lieu, en minutes", default=30)
    time_zone = models.CharField("fuseau horaire", max_length=40)
    is_open = models.BooleanField("utilisé", default=True)
    idempotency_key = models.UUIDField("clé d’unicité", null=True)

    class Meta:
        verbose_name = "lieu de rendez-vous"
        verbose_name_plural = "lieux de rendez-vous"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["department", "name"],
                name="meetingplace_once",
                violation_error_message="Un lieu de ce nom existe déjà dans ce département.",
            ),
            models.UniqueConstraint(
                fields=["department", "idempotency_key"],
                name="meetingplace_once_sent",
                violation_error_message="Ce lieu est déjà enregistré.",
            ),
            models.CheckConstraint(
                name="meetingplace_travel",
                condition=Q(travel_minutes__lte=180),
                violation_error_message="Un trajet dure trois heures au plus.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def road(self) -> timedelta:
        """How long it takes to come from another place."""
        return timedelta(minutes=self.travel_minutes)


class AgendaRules(models.Model):
    """What an académie promises about its appointments; one row each, the usual values without one."""

    academy = models.OneToOneField(
        Academy, on_delete=models.CASCADE, related_name="agenda_rules", verbose_name="académie"
    )
    minutes = models.PositiveSmallIntegerField("durée d’un rendez-vous, en minutes", default=45)
    notice_hours = models.PositiveSmallIntegerField("réserver au moins, en heures avant", default=24)
    horizon_days = models.PositiveSmallIntegerField("réserver au plus, en jours à l’avance", default=60)
    cancel_hours = models.PositiveSmallIntegerField("annuler au moins, en heures avant", default=4)
    move_hours = models.PositiveSmallIntegerField("déplacer au moins, en heures avant", default=48)

    video_pattern = models.CharField("adresse des visioconférences", max_length=150, blank=True)

    class Meta:
        verbose_name = "règles de l’agenda"
        verbose_name_plural = "règles de l’agenda"
        constraints = [
            models.CheckConstraint(
                name="agendarules_minutes",
                condition=Q(minutes__in=(15, 30, 45, 60, 75, 90)),
                violation_error_message="Un rendez-vous dure de 15 à 90 minutes, par quarts d’heure.",
            ),
            models.CheckConstraint(
                name="agendarules_bounds",
                condition=Q(
                    notice_hours__lte=240,
                    horizon_days__gte=7,
                    horizon_days__lte=370,
                    cancel_hours__lte=240,
                    move_hours__lte=240,
                ),
                violation_error_message="Les délais vont jusqu’à dix jours, et l’agenda s’ouvre de 7 à 370 jours.",
            ),
            models.CheckConstraint(
                name="agendarules_some_time",
                condition=Q(notice_hours__lt=F("horizon_days") * 24),
                violation_error_message="On ne pourrait jamais réserver : ouvrez l’agenda plus loin que ce délai.",
            ),
        ]

    def __str__(self) -> str:
        return f"règles de l’agenda, {self.academy}"

    @property
    def length(self) -> timedelta:
        """How long an appointment lasts."""
        return timedelta(minutes=self.minutes)

    @property
    def has_video(self) -> bool:
        """True where people can be met on a screen."""
        return bool(self.video_pattern)

    def room(self, code: str) -> str:
        """The address of one meeting on a screen."""
        return self.video_pattern.replace(ROOM, code)
