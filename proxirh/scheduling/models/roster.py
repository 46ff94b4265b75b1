"""How a telephone line is answered: its hours, how many it takes, who comes back each week, and its busy periods."""

from datetime import date, time

from django.db import models
from django.db.models import F, Q

from proxirh.accounts.models import Person
from proxirh.kernel.models import random_uid
from proxirh.scheduling.models.agenda import Half
from proxirh.territories.models import Team

WORKING_WEEK = "01234"


class Season(models.TextChoices):
    """What brings more calls, from a list: nothing is typed."""

    MOBILITY = "mobilite", "mutations"
    PROMOTIONS = "promotions", "promotions"
    SCHOOL_START = "rentree", "rentrée"
    OTHER = "autre", "autre campagne"


class LineRules(models.Model):
    """How one line is answered; one row each, the usual values until it is written.

    `version` counts the writings of its roster: whoever writes it has read it as it stands, limits included.
    """

    line = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="line_rules", verbose_name="ligne")
    morning_from = models.TimeField("le matin, de", default=time(9))
    morning_until = models.TimeField("le matin, à", default=time(12))
    afternoon_from = models.TimeField("l’après-midi, de", default=time(13, 30))
    afternoon_until = models.TimeField("l’après-midi, à", default=time(16, 30))
    morning_days = models.CharField("jours où l’on répond le matin", max_length=7, default=WORKING_WEEK, blank=True)
    afternoon_days = models.CharField(
        "jours où l’on répond l’après-midi", max_length=7, default=WORKING_WEEK, blank=True
    )
    needed = models.PositiveSmallIntegerField("personnes à chaque demi-journée", default=1)
    most_in_a_row = models.PositiveSmallIntegerField("demi-journées de suite, au plus", default=2)
    most_a_week = models.PositiveSmallIntegerField("demi-journées par semaine, au plus", default=4)
    version = models.PositiveIntegerField("version", default=1)

    class Meta:
        verbose_name = "règles d’une ligne"
        verbose_name_plural = "règles des lignes"
        constraints = [
            models.CheckConstraint(
                name="linerules_hours",
                condition=Q(
                    morning_until__gt=F("morning_from"),
                    afternoon_from__gte=F("morning_until"),
                    afternoon_until__gt=F("afternoon_from"),
                ),
                violation_error_message="Les heures se suivent : le matin, puis l’après-midi.",
            ),
            models.CheckConstraint(
                name="linerules_bounds",
                condition=Q(
                    needed__gte=1,
                    needed__lte=20,
                    most_in_a_row__gte=1,
                    most_in_a_row__lte=12,
                    most_a_week__gte=1,
                    most_a_week__lte=12,
                ),
                violation_error_message="De 1 à 20 personnes, et de 1 à 12 demi-journées.",
            ),
        ]

    def __str__(self) -> str:
        return f"règles de la ligne {self.line_id}"

    def hours(self, half: str) -> tuple[time, time]:
        """From when to when on the wall."""
        if half == Half.MORNING:
            return self.morning_from, self.morning_until
        return self.afternoon_from, self.afternoon_until

    def is_open(self, day: date, half: str) -> bool:
        """True when the line is answered on that weekday; holidays and closures are read elsewhere."""
        days = self.morning_days if half == Half.MORNING else self.afternoon_days
        return str(day.weekday()) in days


class DutyPattern(models.Model):
    """Half a day of each week on which somebody answers a line, between two dates; it holds no time by itself."""

    line = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", verbose_name="ligne")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", verbose_name="personne")
    weekday = models.PositiveSmallIntegerField("jour de la semaine")
    half = models.CharField("demi-journée", max_length=2, choices=Half)
    valid_from = models.DateField("premier jour")
    valid_until = models.DateField("dernier jour", null=True, blank=True)

    class Meta:
        verbose_name = "semaine type"
        verbose_name_plural = "semaines types"
        ordering = ["weekday", "half", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "person", "weekday", "half", "valid_from"],
                name="dutypattern_once",
                violation_error_message="Cette demi-journée est déjà dans sa semaine type.",
            ),
            models.CheckConstraint(
                name="dutypattern_weekday",
                condition=Q(weekday__lte=6),
                violation_error_message="Une semaine va du lundi au dimanche.",
            ),
            models.CheckConstraint(
                name="dutypattern_dates",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="Le dernier jour précède le premier.",
            ),
        ]

    def __str__(self) -> str:
        return f"semaine type depuis le {self.valid_from:%d/%m/%Y}"


class Reinforcement(models.Model):
    """Days on which a line takes more people than usual, both included, because of a campaign."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    line = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="reinforcements", verbose_name="ligne")
    season = models.CharField("campagne", max_length=10, choices=Season)
    needed = models.PositiveSmallIntegerField("personnes à chaque demi-journée")
    valid_from = models.DateField("premier jour")
    valid_until = models.DateField("dernier jour")

    class Meta:
        verbose_name = "période de renfort"
        verbose_name_plural = "périodes de renfort"
        ordering = ["valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "season", "valid_from"],
                name="reinforcement_once",
                violation_error_message="Ce renfort commence déjà ce jour-là.",
            ),
            models.CheckConstraint(
                name="reinforcement_dates",
                condition=Q(valid_until__gte=F("valid_from")),
                violation_error_message="Le dernier jour précède le premier.",
            ),
            models.CheckConstraint(
                name="reinforcement_needed",
                condition=Q(needed__gte=1, needed__lte=20),
                violation_error_message="De 1 à 20 personnes.",
            ),
        ]

    def __str__(self) -> str:
        return f"renfort depuis le {self.valid_from:%d/%m/%Y}"
