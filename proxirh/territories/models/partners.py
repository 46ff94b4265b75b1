"""Who helps outside the service: the directory of external partners, each with where it helps and when checked."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel.models import random_uid
from proxirh.territories.models.nomenclature import Topic
from proxirh.territories.models.places import Academy, Department

# The rule of freshness, here and nowhere else: six months without a word are flagged, twelve hide the partner.
FLAGGED_AFTER = timedelta(days=183)
HIDDEN_AFTER = timedelta(days=365)
SECURE = URLValidator(["https"], message="Cette adresse n’est pas complète. Exemple : https://www.exemple.fr")


class PartnerQuerySet(QuerySet["Partner"]):
    """Open, fresh enough, and helping there: what a public page shows and a counsellor may choose."""

    def open_on(self, on: date) -> PartnerQuerySet:
        """Those that are not withdrawn."""
        return self.filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=on))

    def fresh_on(self, on: date) -> PartnerQuerySet:
        """Those that somebody confirmed within twelve months."""
        return self.filter(confirmed_on__gte=on - HIDDEN_AFTER)

    def helping_in(self, department: Department) -> PartnerQuerySet:
        """Those that name the département, or its whole académie, or everywhere."""
        through = Partner.departments.through.objects.filter(partner_id=OuterRef("pk"))
        reaches = Q(academy=None) | Q(academy_id=department.academy_id)
        return self.filter(reaches).filter(~Exists(through) | Exists(through.filter(department_id=department.pk)))

    def usable(self, department: Department, on: date) -> PartnerQuerySet:
        """Whom to contact there on that day: not withdrawn, confirmed within twelve months, helping there."""
        return self.open_on(on).fresh_on(on).helping_in(department)

    def of_directory(self, academy: Academy | None) -> PartnerQuerySet:
        """Those that one directory keeps: an académie's own, or the national one for None."""
        return self.filter(academy=academy)


class Partner(models.Model):
    """An external partner: MGEN, social service, CPAM, Cap emploi… A service and never a person; DASEN is not one."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    academy = models.ForeignKey(
        Academy, on_delete=models.PROTECT, null=True, blank=True, related_name="partners", verbose_name="académie"
    )
    departments = models.ManyToManyField(Department, blank=True, related_name="+", verbose_name="départements")
    topics = models.ManyToManyField(Topic, blank=True, related_name="+", verbose_name="types de demande")
    name = models.CharField("nom", max_length=80)
    purpose = models.CharField("à quoi il sert", max_length=200)
    address = models.EmailField("adresse où une mise en relation est envoyée", blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    website = models.URLField("site", blank=True, validators=[SECURE])
    hours = models.CharField("horaires", max_length=160, blank=True)
    confirmed_on = models.DateField("vérifié le")
    confirmed_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="vérifié par"
    )
    withdrawn_on = models.DateField("retiré le", null=True, blank=True)
    changed_at = models.DateTimeField("écrit le", default=timezone.now)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = "interlocuteur externe"
        verbose_name_plural = "interlocuteurs externes"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["academy", "name"],
                condition=Q(withdrawn_on=None),
                name="partner_once",
                violation_error_message="L’annuaire de l’académie a déjà un interlocuteur de ce nom.",
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(academy=None, withdrawn_on=None),
                name="partner_once_national",
                violation_error_message="L’annuaire national a déjà un interlocuteur de ce nom.",
            ),
            models.CheckConstraint(
                name="partner_reachable",
                condition=~Q(address="") | ~Q(phone="") | ~Q(website=""),
                violation_error_message="Donnez au moins un moyen de le joindre.",
            ),
            models.CheckConstraint(
                name="partner_withdrawn_after",
                condition=Q(withdrawn_on=None) | Q(withdrawn_on__gte=F("confirmed_on")),
                violation_error_message="Un interlocuteur n’est pas vérifié après son retrait.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """True until it is withdrawn."""
        return self.withdrawn_on is None

    def is_flagged(self, on: date) -> bool:
        """True when nobody has confirmed it for six months: shown, and said to be so."""
        return self.confirmed_on < on - FLAGGED_AFTER

    def is_hidden(self, on: date) -> bool:
        """True when nobody has for twelve: no longer shown nor chosen, until somebody confirms it."""
        return self.confirmed_on < on - HIDDEN_AFTER
