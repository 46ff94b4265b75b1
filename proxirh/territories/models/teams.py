"""Teams of every kind, and the dated perimeter of each."""

from django.db import models
from django.db.models import F, Q

from proxirh.kernel.models import random_uid
from proxirh.territories.models.nomenclature import StaffCategory, Topic
from proxirh.territories.models.places import Academy, Basin, Circonscription, Department, Site


class TeamKind(models.TextChoices):
    COUNSELLING = "counselling", "conseil RH de proximité"
    CELL = "cell", "cellule spécialisée"
    LINE = "line", "ligne téléphonique"
    HR_OFFICERS = "hr_officers", "gestionnaires RH"
    COMMITTEE = "committee", "comité"
    MAE = "mae", "mission académique de l’encadrement"
    TRAINING = "training", "équipe de formation"


def neutral_name(kind: str, name: str) -> str:
    """What a mail or a row may call a team: the name of one that answers management questions would tell the topic."""
    return "Service RH de proximité" if kind == TeamKind.HR_OFFICERS else name


class Team(models.Model):
    """Those who receive: an enquiry always belongs to a team, whoever leaves."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    kind = models.CharField("nature", max_length=12, choices=TeamKind)
    name = models.CharField("nom", max_length=120)
    academy = models.ForeignKey(Academy, on_delete=models.PROTECT, related_name="teams", verbose_name="académie")
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="teams", verbose_name="département"
    )
    is_listening = models.BooleanField("cellule d’écoute de l’académie", default=False, db_default=False)
    email = models.EmailField("adresse de l’équipe", blank=True)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    valid_from = models.DateField("depuis le")
    valid_until = models.DateField("jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "équipe"
        verbose_name_plural = "équipes"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["academy", "kind", "name"],
                name="team_academy_kind_name",
                violation_error_message="Cette académie a déjà une équipe de ce nom.",
            ),
            models.UniqueConstraint(
                fields=["academy"],
                condition=Q(is_listening=True, valid_until=None),
                name="team_one_listening_cell",
                violation_error_message="Cette académie a déjà sa cellule d’écoute.",
            ),
            models.CheckConstraint(
                name="team_listening_is_a_cell",
                condition=Q(is_listening=False) | Q(kind=TeamKind.CELL),
                violation_error_message="La cellule d’écoute est une cellule spécialisée.",
            ),
            models.CheckConstraint(
                name="team_dates",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="La fin de l’équipe précède son début.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def neutral_name(self) -> str:
        """The name that tells no topic, for mails and paper."""
        return neutral_name(self.kind, self.name)

    @property
    def call_number(self) -> str:
        """The number that reaches them: their own, or that of the service in the académie; "" when there is none."""
        return self.phone or self.academy.contact_phone


class Coverage(models.Model):
    """A perimeter: one zone × categories × topics, between two dates; no category or topic named means all of them."""

    ZONES = ("site", "circonscription", "basin", "department", "academy")  # the narrowest first

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="coverages", verbose_name="équipe")
    academy = models.ForeignKey(
        Academy, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="académie"
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="département"
    )
    basin = models.ForeignKey(
        Basin, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="bassin"
    )
    circonscription = models.ForeignKey(
        Circonscription,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="circonscription",
    )
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="établissement"
    )
    categories = models.ManyToManyField(StaffCategory, blank=True, related_name="+", verbose_name="catégories")
    topics = models.ManyToManyField(Topic, blank=True, related_name="+", verbose_name="types de demande")
    valid_from = models.DateField("depuis le")
    valid_until = models.DateField("jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "périmètre"
        verbose_name_plural = "périmètres"
        constraints = [
            models.CheckConstraint(
                name="coverage_one_zone",
                condition=(
                    Q(academy__isnull=False, department=None, basin=None, circonscription=None, site=None)
                    | Q(academy=None, department__isnull=False, basin=None, circonscription=None, site=None)
                    | Q(academy=None, department=None, basin__isnull=False, circonscription=None, site=None)
                    | Q(academy=None, department=None, basin=None, circonscription__isnull=False, site=None)
                    | Q(academy=None, department=None, basin=None, circonscription=None, site__isnull=False)
                ),
                violation_error_message="Un périmètre désigne une zone et une seule.",
            ),
            models.CheckConstraint(
                name="coverage_dates",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="La fin du périmètre précède son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"périmètre {self.pk}"

    @property
    def zone_name(self) -> str:
        """Which of the five it names."""
        return next(name for name in self.ZONES if getattr(self, f"{name}_id") is not None)

    @property
    def zone(self) -> models.Model:
        """The place itself."""
        found: models.Model = getattr(self, self.zone_name)
        return found

    @property
    def precision(self) -> int:
        """Rank of its zone, the narrowest first: 0 for a site, 4 for a whole académie."""
        return self.ZONES.index(self.zone_name)
