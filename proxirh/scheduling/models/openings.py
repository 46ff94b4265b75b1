"""When a counsellor may be met: openings that come back, and the days that differ."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from proxirh.accounts.models import Person
from proxirh.kernel.models import random_uid
from proxirh.scheduling.models.places import MeetingPlace
from proxirh.scheduling.rhythm import LAST, Frequency, Rhythm
from proxirh.territories.models import Department

NTH = [(1, "premier"), (2, "deuxième"), (3, "troisième"), (4, "quatrième"), (5, "cinquième"), (LAST, "dernier")]


class Availability(models.Model):
    """Hours at which somebody may be met, on days that come back; it holds no time by itself.

    Hours are those of the wall there, whatever the season. Public holidays, closures of the département and absences
    are taken off as it is read.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="availabilities", verbose_name="personne")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", verbose_name="département")
    place = models.ForeignKey(
        MeetingPlace, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="lieu"
    )
    time_zone = models.CharField("fuseau horaire", max_length=40)
    by_phone = models.BooleanField("par téléphone", default=True)
    by_video = models.BooleanField("en visioconférence", default=False)
    frequency = models.CharField("fréquence", max_length=10, choices=Frequency)
    every = models.PositiveSmallIntegerField("toutes les combien de semaines ou de mois", default=1)
    weekdays = models.CharField("jours de la semaine", max_length=7, blank=True)
    nth = models.SmallIntegerField("rang dans le mois", choices=NTH, default=1)
    starts_at = models.TimeField("de")
    ends_at = models.TimeField("à")
    minutes = models.PositiveSmallIntegerField("durée d’un rendez-vous, si elle lui est propre", null=True)
    valid_from = models.DateField("premier jour")
    valid_until = models.DateField("dernier jour", null=True, blank=True)
    idempotency_key = models.UUIDField("clé d’unicité", null=True)

    class Meta:
        verbose_name = "disponibilités"
        verbose_name_plural = "disponibilités"
        ordering = ["valid_from", "starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "idempotency_key"],
                name="availability_once_sent",
                violation_error_message="Ces disponibilités sont déjà enregistrées.",
            ),
            models.CheckConstraint(
                name="availability_hours",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                name="availability_dates",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="Le dernier jour précède le premier.",
            ),
            models.CheckConstraint(
                name="availability_some_way",
                condition=Q(place__isnull=False) | Q(by_phone=True) | Q(by_video=True),
                violation_error_message="Choisissez au moins une façon de vous rencontrer.",
            ),
            models.CheckConstraint(
                name="availability_every",
                condition=Q(every__gte=1, every__lte=12),
                violation_error_message="De toutes les semaines à toutes les douze semaines.",
            ),
            models.CheckConstraint(
                name="availability_minutes",
                condition=Q(minutes=None) | Q(minutes__in=(15, 30, 45, 60, 75, 90)),
                violation_error_message="Un rendez-vous dure de 15 à 90 minutes, par quarts d’heure.",
            ),
        ]

    def __str__(self) -> str:
        return f"disponibilités depuis le {self.valid_from:%d/%m/%Y}"

    @property
    def length(self) -> timedelta | None:
        """How long an appointment lasts in it, when it is not for the académie to say."""
        return None if self.minutes is None else timedelta(minutes=self.minutes)

    @property
    def rhythm(self) -> Rhythm:
        """The days on which it comes back."""
        return Rhythm(
            self.frequency, self.valid_from, self.valid_until, self.every, tuple(map(int, self.weekdays)), self.nth
        )


class AvailabilityChange(models.Model):
    """One day of an opening that differs: other hours, another place, or nobody."""

    availability = models.ForeignKey(
        Availability, on_delete=models.CASCADE, related_name="changes", verbose_name="disponibilités"
    )
    day = models.DateField("jour")
    is_off = models.BooleanField("pas ce jour-là", default=False)
    starts_at = models.TimeField("de", null=True)
    ends_at = models.TimeField("à", null=True)
    place = models.ForeignKey(
        MeetingPlace, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="lieu"
    )

    class Meta:
        verbose_name = "jour changé"
        verbose_name_plural = "jours changés"
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["availability", "day"],
                name="availabilitychange_once",
                violation_error_message="Ce jour est déjà changé.",
            ),
            models.CheckConstraint(
                name="availabilitychange_hours",
                condition=Q(is_off=True) | Q(ends_at__gt=F("starts_at")),
                violation_error_message="La fin précède le début.",
            ),
        ]

    def __str__(self) -> str:
        return f"jour changé : {self.day:%d/%m/%Y}"
