"""Who read what of an enquiry, and why: never what was read. Its author reads it too."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import random_uid
from proxirh.kernel.readonly import recording

QUARTER = timedelta(minutes=15)


class Level(models.TextChoices):
    """How much was shown (PRODUCT §6)."""

    SITUATION = "situation", "où elle en est"
    FOUND = "found", "trouvée par l’adresse"
    NAME = "name", "le nom et le lieu"
    CARD = "card", "le nom et les coordonnées"
    CONTENT = "content", "tout ce qu’elle contient"
    PASSED_ON = "passed_on", "ce qui a été transmis"
    FILE = "file", "un fichier transmis"
    ANSWER = "answer", "ce qui a été répondu"


class Why(models.TextChoices):
    """By what right, or for what reason; the first three of a list are chosen by whoever asks for the card."""

    AGENT_CALLS = "agent_calls", "l’agent appelle"
    LEAD_AWAY = "lead_away", "absence du conseiller"
    MOVE_APPOINTMENT = "move_appointment", "rendez-vous à déplacer"
    BEFORE_TAKING = "before_taking", "avant de prendre la demande"
    IN_CHARGE = "in_charge", "en charge de la demande"
    INVITED = "invited", "suit la demande avec le référent"
    CALL_CODE = "call_code", "code d’appel donné au téléphone"
    EXCEPTIONAL = "exceptional", "accès exceptionnel"
    CELL = "cell", "cellule d’écoute"
    REFERRAL = "referral", "mise en relation"
    VALIDATION = "validation", "réponse à valider"
    EXPERT = "expert", "question à une cellule"


CARD_REASONS = (Why.AGENT_CALLS, Why.LEAD_AWAY, Why.MOVE_APPOINTMENT)


def quarter_of(at: datetime) -> datetime:
    """Beginning of its quarter of an hour."""
    return at - timedelta(seconds=at.timestamp() % QUARTER.total_seconds())


def note_once(rows: models.QuerySet, line: models.Model, *unique: str) -> None:
    """Write one line, unless the same stands there already for its quarter of an hour.

    The one write that a page may cause while it is read.
    """
    with recording(rows.model._meta.db_table):
        rows.bulk_create(
            [line],
            update_conflicts=True,
            update_fields=["quarter"],  # what it was already: an old line never changes
            unique_fields=unique,
        )


class AccessRecordQuerySet(models.QuerySet["AccessRecord"]):
    def note(self, **columns: Any) -> None:
        """Write one line; the same person, level and reason in the same quarter of an hour stay one line."""
        note_once(self, self.model(**columns), "enquiry", "reader", "level", "why", "quarter")

    def older_than(self, moment: datetime) -> Self:
        """Read before `moment`."""
        return self.filter(at__lt=moment)


class BreakGlassQuerySet(models.QuerySet["BreakGlass"]):
    def older_than(self, moment: datetime) -> Self:
        """Ended before `moment`."""
        return self.filter(until__lt=moment)


class AccessRecord(models.Model):
    """One reading: who, how much, why, when."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="readings", verbose_name="demande")
    reader = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="lue par")
    level = models.CharField("étendue", max_length=10, choices=Level)
    why = models.CharField("motif", max_length=20, choices=Why)
    at = models.DateTimeField("le", default=timezone.now)
    quarter = models.DateTimeField("quart d’heure")

    objects = AccessRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "consultation"
        verbose_name_plural = "consultations"
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry", "reader", "level", "why", "quarter"],
                name="accessrecord_once_a_quarter",
                violation_error_message="Cette consultation est déjà notée.",
            )
        ]
        indexes = [models.Index(fields=["at"], name="accessrecord_at")]

    def __str__(self) -> str:
        return f"consultation, {self.get_level_display()}"


class BreakGlass(models.Model):
    """Content opened for an hour to a coordinator who has it not in hand; its author and a witness are told."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="openings", verbose_name="demande")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="personne")
    witness = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="témoin"
    )
    reason = EncryptedTextField("motif", owner="enquiry")
    opened_at = models.DateTimeField("ouvert le", default=timezone.now)
    until = models.DateTimeField("jusqu’au")

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        verbose_name = "accès exceptionnel"
        verbose_name_plural = "accès exceptionnels"
        constraints = [
            models.CheckConstraint(
                name="breakglass_dates",
                condition=Q(until__gt=F("opened_at")),
                violation_error_message="La fin de l’accès précède son début.",
            )
        ]
        indexes = [models.Index(fields=["person", "until"], name="breakglass_running")]

    def __str__(self) -> str:
        return "accès exceptionnel"
