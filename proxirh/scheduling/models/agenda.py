"""What holds somebody's time: by the quarter of an hour, so that the database itself refuses the second."""

from django.db import models
from django.db.models import F, Q

from proxirh.accounts.models import Person
from proxirh.scheduling.models.places import MeetingPlace


class Half(models.TextChoices):
    """Half a day, the morning first, in that order when sorted."""

    MORNING = "am", "matin"
    AFTERNOON = "pm", "après-midi"


class Holder(models.TextChoices):
    """What a time is held for."""

    APPOINTMENT = "appointment", "rendez-vous"
    SESSION = "session", "rencontre collective"
    VISIT = "visit", "visite"
    SHIFT = "shift", "permanence téléphonique"


class HeldTime(models.Model):
    """A time of one person that is taken, and where; it goes when what holds it is cancelled."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="held_times", verbose_name="personne")
    kind = models.CharField("pour quoi", max_length=12, choices=Holder)
    place = models.ForeignKey(
        MeetingPlace, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="lieu"
    )
    starts_at = models.DateTimeField("de")
    ends_at = models.DateTimeField("à")

    class Meta:
        verbose_name = "temps retenu"
        verbose_name_plural = "temps retenus"
        constraints = [
            models.CheckConstraint(
                name="heldtime_dates",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="La fin précède le début.",
            )
        ]
        indexes = [models.Index(fields=["person", "starts_at"], name="heldtime_of_person")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class HeldQuarter(models.Model):
    """A quarter of an hour of one person: two holders cannot have the same, on either engine."""

    held = models.ForeignKey(HeldTime, on_delete=models.CASCADE, related_name="quarters", verbose_name="temps retenu")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="personne")
    starts_at = models.DateTimeField("à")

    class Meta:
        verbose_name = "quart d’heure retenu"
        verbose_name_plural = "quarts d’heure retenus"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "starts_at"],
                name="heldquarter_once",
                violation_error_message="Ce moment vient d’être pris.",
            )
        ]

    def __str__(self) -> str:
        return f"quart d’heure {self.pk}"


class AgendaDay(models.Model):
    """How many times the agenda of one person was written for a day: whoever writes it has read it as it stands.

    Days are those of UTC. It guards what no constraint can: the time to travel between two places.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", verbose_name="personne")
    day = models.DateField("jour")
    version = models.PositiveIntegerField("version", default=1)

    class Meta:
        verbose_name = "jour d’agenda"
        verbose_name_plural = "jours d’agenda"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "day"],
                name="agendaday_once",
                violation_error_message="Cet agenda vient de changer.",
            )
        ]

    def __str__(self) -> str:
        return f"agenda du {self.day:%d/%m/%Y}"
