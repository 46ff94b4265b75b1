"""Days when schools are on holiday, and days when the service itself is closed: only the latter stop the delays."""

from django.db import models
from django.db.models import F, Q

from proxirh.kernel.models import random_uid
from proxirh.territories.models.places import Academy, Department


class SchoolHoliday(models.Model):
    """A school holiday of an académie, or of one département that has its own; the service works during it."""

    academy = models.ForeignKey(
        Academy, on_delete=models.PROTECT, related_name="school_holidays", verbose_name="académie"
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="département"
    )
    name = models.CharField("nom", max_length=80)
    population = models.CharField("pour qui, si ce n’est pour tous", max_length=60, blank=True)
    school_year = models.CharField("année scolaire", max_length=9)
    valid_from = models.DateField("premier jour")
    valid_until = models.DateField("dernier jour")

    class Meta:
        verbose_name = "vacances scolaires"
        verbose_name_plural = "vacances scolaires"
        ordering = ["valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                name="schoolholiday_dates",
                condition=Q(valid_until__gte=F("valid_from")),
                violation_error_message="La fin des vacances précède leur début.",
            ),
            models.UniqueConstraint(
                fields=["academy", "school_year", "name", "population", "valid_from"],
                condition=Q(department=None),
                name="schoolholiday_once",
                violation_error_message="Ces vacances sont déjà au calendrier de l’académie.",
            ),
            models.UniqueConstraint(
                fields=["department", "school_year", "name", "population", "valid_from"],
                condition=Q(department__isnull=False),
                name="schoolholiday_once_there",
                violation_error_message="Ces vacances sont déjà au calendrier du département.",
            ),
        ]
        indexes = [models.Index(fields=["academy", "valid_until"], name="schoolholiday_academy")]

    def __str__(self) -> str:
        return f"{self.name} ({self.population})" if self.population else self.name


class Reason(models.TextChoices):
    """From a list: nothing is typed that could speak of someone."""

    HOLIDAYS = "vacances", "pendant les vacances scolaires"
    BRIDGE = "pont", "pont"
    ALERT = "alerte", "intempéries, alerte ou sécurité"
    PREMISES = "locaux", "locaux fermés"
    OTHER = "autre", "autre raison"


class Closure(models.Model):
    """Days when the service of an académie, or of one département, answers nobody: they are no working days.

    Withdrawn rather than deleted, so that what was promised while it stood is still worked out alike.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    academy = models.ForeignKey(Academy, on_delete=models.PROTECT, related_name="closures", verbose_name="académie")
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closures",
        verbose_name="département",
    )
    reason = models.CharField("raison", max_length=10, choices=Reason)
    valid_from = models.DateField("premier jour")
    valid_until = models.DateField("dernier jour")
    declared_at = models.DateTimeField("déclarée le")
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "fermeture du service"
        verbose_name_plural = "fermetures du service"
        ordering = ["valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                name="closure_dates",
                condition=Q(valid_until__gte=F("valid_from")),
                violation_error_message="La fin de la fermeture précède son début.",
            ),
            models.CheckConstraint(
                name="closure_withdrawn_after",
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("declared_at")),
                violation_error_message="Une fermeture ne se retire pas avant d’être déclarée.",
            ),
            models.UniqueConstraint(
                fields=["academy", "valid_from"],
                condition=Q(department=None, withdrawn_at=None),
                name="closure_once",
                violation_error_message="Une fermeture de l’académie commence déjà ce jour-là.",
            ),
            models.UniqueConstraint(
                fields=["department", "valid_from"],
                condition=Q(department__isnull=False, withdrawn_at=None),
                name="closure_once_there",
                violation_error_message="Une fermeture du département commence déjà ce jour-là.",
            ),
        ]

    def __str__(self) -> str:
        return f"fermeture {self.uid}"
