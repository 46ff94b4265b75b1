"""Académies, départements, basins, circonscriptions, sites and their divisions."""

from django.db import models
from django.db.models import Q

from proxirh.territories.models.search import SearchTextField


class Academy(models.Model):
    """One of the 30 académies; it answers here once it is open."""

    code = models.CharField("code", max_length=2, unique=True)
    slug = models.SlugField("nom court", unique=True)
    name = models.CharField("nom", max_length=60)
    region = models.CharField("région académique", max_length=60)
    school_zone = models.CharField("zone de vacances", max_length=20)
    opened_on = models.DateField("ouverte ici depuis le", null=True, blank=True)
    first_answer_days = models.PositiveSmallIntegerField("jours ouvrés pour la première réponse", default=2)
    contact_email = models.EmailField("adresse générique du service", blank=True)
    contact_phone = models.CharField("téléphone du service", max_length=20, blank=True)
    listening_cell = models.CharField("cellule d’écoute : comment la joindre", max_length=200, blank=True)
    listening_checked_on = models.DateField("cellule d’écoute : vérifiée le", null=True, blank=True)
    notice_reviewed = models.PositiveSmallIntegerField("notice relue\u00a0: version", default=0, db_default=0)
    concern_protocol = models.TextField("protocole d’une situation préoccupante", blank=True, db_default="")

    class Meta:
        verbose_name = "académie"
        verbose_name_plural = "académies"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="academy_answer_days",
                condition=Q(first_answer_days__gte=1, first_answer_days__lte=15),
                violation_error_message="Le délai de première réponse va de 1 à 15 jours ouvrés.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A département: the unit of time zone, of public holidays and of the national sample."""

    code = models.CharField("code", max_length=3, unique=True)
    name = models.CharField("nom", max_length=60)
    academy = models.ForeignKey(Academy, on_delete=models.PROTECT, related_name="departments", verbose_name="académie")
    time_zone = models.CharField("fuseau horaire", max_length=40)
    holiday_calendar = models.CharField("calendrier des jours fériés", max_length=30)
    in_national_sample = models.BooleanField("compte parmi les 101", default=True)
    # What `Closure` says, where every delay reads it: beside the calendar, without a query more.
    closed = models.TextField("fermetures, telles que les délais les lisent", blank=True, default="", db_default="")

    class Meta:
        verbose_name = "département"
        verbose_name_plural = "départements"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Basin(models.Model):
    """A training basin of an académie."""

    code = models.CharField("code", max_length=20, unique=True)
    name = models.CharField("nom", max_length=120)
    academy = models.ForeignKey(Academy, on_delete=models.PROTECT, related_name="basins", verbose_name="académie")

    class Meta:
        verbose_name = "bassin"
        verbose_name_plural = "bassins"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Circonscription(models.Model):
    """An inspection district of the first degree, known by the UAI of its office."""

    code = models.CharField("code", max_length=20, unique=True)
    name = models.CharField("nom", max_length=160)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="circonscriptions", verbose_name="département"
    )

    class Meta:
        verbose_name = "circonscription"
        verbose_name_plural = "circonscriptions"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A school or service, known by its UAI; its mailbox is read by others, hence refused as a personal address."""

    uai = models.CharField("UAI", max_length=8, unique=True)
    name = models.CharField("nom", max_length=200)
    kind = models.CharField("type", max_length=60, blank=True)
    town = models.CharField("commune", max_length=80, blank=True)
    postal_code = models.CharField("code postal", max_length=5, blank=True)
    search_text = SearchTextField(
        "texte de recherche", max_length=420, sources=("name", "kind", "town", "postal_code", "uai")
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="sites", verbose_name="département"
    )
    basin = models.ForeignKey(
        Basin, on_delete=models.SET_NULL, null=True, blank=True, related_name="sites", verbose_name="bassin"
    )
    circonscription = models.ForeignKey(
        Circonscription,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="sites",
        verbose_name="circonscription",
    )
    mailbox = models.CharField("boîte aux lettres", max_length=120, blank=True, db_index=True)
    own_time_zone = models.CharField("fuseau horaire, si ce n’est celui du département", max_length=40, blank=True)
    is_open = models.BooleanField("en activité", default=True)

    class Meta:
        verbose_name = "établissement ou service"
        verbose_name_plural = "établissements et services"
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name}, {self.town}" if self.town else self.name


class Division(models.Model):
    """A division of a rectorat or DSDEN: there, sharing the building is not sharing the work."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="divisions", verbose_name="service")
    name = models.CharField("nom", max_length=120)

    class Meta:
        verbose_name = "division"
        verbose_name_plural = "divisions"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name="division_site_name",
                violation_error_message="Cette division existe déjà dans ce service.",
            )
        ]

    def __str__(self) -> str:
        return self.name
