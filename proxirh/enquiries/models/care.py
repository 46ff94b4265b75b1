"""Two things an enquiry may need beside words: the steps of a protection, and a call for help about its author."""

from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.hanging import ConcernQuerySet
from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.kernel.models import random_uid
from proxirh.scheduling.models import PhoneCall
from proxirh.territories.models import Academy

# Attack on someone’s image or integrity; violence, discrimination, harassment.
PROTECTED_TOPICS = frozenset({"2.3", "2.4"})


class Protection(models.TextChoices):
    """Steps after an attack on someone’s image or integrity; each is hers to take, none is taken for her."""

    FUNCTIONAL_PROTECTION = "protection", "Demander la protection fonctionnelle"
    COMPLAINT = "plainte", "Déposer plainte"
    SERVICE_ACCIDENT = "accident", "Déclarer un accident de service"
    SAFETY_REGISTER = "registre", "Écrire au registre santé et sécurité au travail"
    LEGAL_SERVICE = "juridique", "Joindre le service juridique du rectorat"
    OCCUPATIONAL_DOCTOR = "medecin", "Rencontrer le médecin du travail"


class ProtectionStep(models.Model):
    """One step done, on a date."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="protection", verbose_name="demande")
    code = models.CharField("démarche", max_length=12, choices=Protection)
    done_on = models.DateField("faite le")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="notée par")
    noted_at = models.DateTimeField("notée le", default=timezone.now)

    class Meta:
        verbose_name = "démarche de protection"
        verbose_name_plural = "démarches de protection"
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry", "code"],
                name="protectionstep_once",
                violation_error_message="Cette démarche est déjà notée.",
            )
        ]

    def __str__(self) -> str:
        return f"démarche {self.get_code_display()}"


class Rung(models.TextChoices):
    """Who is called, in this order, until someone acknowledges."""

    COORDINATOR = "coordinator", "coordination"
    DEPUTY = "deputy", "suppléance"
    HEAD = "head", "chef de service"


class Concern(models.Model):
    """« Situation préoccupante »: whoever follows an enquiry or answers a call asks for help, until acknowledged."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    enquiry = models.ForeignKey(
        Enquiry, on_delete=models.CASCADE, null=True, related_name="concerns", verbose_name="demande"
    )
    call = models.ForeignKey(PhoneCall, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="appel")
    raised_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="signalée par")
    raised_at = models.DateTimeField("signalée le", default=timezone.now)
    acknowledged_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="reçue par"
    )
    acknowledged_at = models.DateTimeField("reçue le", null=True)

    objects = ConcernQuerySet.as_manager()

    class Meta:
        verbose_name = "situation préoccupante"
        verbose_name_plural = "situations préoccupantes"
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry"],
                condition=Q(acknowledged_at=None),
                name="concern_one_open",
                violation_error_message="Cette situation est déjà signalée.",
            ),
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(acknowledged_at=None),
                name="concern_one_open_a_call",
                violation_error_message="Cette situation est déjà signalée.",
            ),
            models.CheckConstraint(
                name="concern_of_one_thing",
                condition=Q(enquiry__isnull=False, call=None) | Q(enquiry=None, call__isnull=False),
                violation_error_message="Une alerte vient d’une demande, ou d’un appel.",
            ),
            models.CheckConstraint(
                name="concern_acknowledged_by_someone",
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                violation_error_message="Un accusé de réception est celui d’une personne.",
            ),
        ]

    def __str__(self) -> str:
        return "situation préoccupante"

    @property
    def about(self) -> UUID:
        """The enquiry or the call that it came from."""
        return (self.enquiry or self.call).uid  # type: ignore[union-attr]

    @property
    def academy(self) -> Academy:
        """Who is called works there."""
        return self.enquiry.department.academy if self.enquiry else self.call.team.academy  # type: ignore[union-attr]


class ConcernCall(models.Model):
    """One person called about it, on her rung, with when and how many times."""

    concern = models.ForeignKey(Concern, on_delete=models.CASCADE, related_name="calls", verbose_name="situation")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="personne appelée")
    rung = models.CharField("échelon", max_length=12, choices=Rung)
    called_at = models.DateTimeField("appelée le", default=timezone.now)
    times = models.PositiveSmallIntegerField("appels", default=1)

    class Meta:
        verbose_name = "appel d’une situation préoccupante"
        verbose_name_plural = "appels d’une situation préoccupante"
        constraints = [
            models.UniqueConstraint(
                fields=["concern", "person"],
                name="concerncall_once",
                violation_error_message="Cette personne est déjà appelée.",
            )
        ]
        indexes = [models.Index(fields=["person", "called_at"], name="concerncall_person")]

    def __str__(self) -> str:
        return f"appel, {self.get_rung_display()}"
