"""A call on a telephone line, and the promise to call back that may follow."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import DataKey, random_uid
from proxirh.knowledge.models import AnswerSheet
from proxirh.scheduling.querysets import PhoneCallQuerySet, PromiseQuerySet
from proxirh.scheduling.workflow import CallState
from proxirh.territories.models import Department, StaffCategory, Team, Topic

LONGEST_NOTE = 280


class PhoneCall(models.Model):
    """One call: who is said loosely or not at all; its words go after thirty days, what is counted stays.

    Once erased it keeps its line, month, half-hour, branch and state, and nothing of anybody, the officer included.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", verbose_name="ligne")
    officer = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="qui a répondu"
    )
    received_at = models.DateTimeField("reçu le", null=True)
    day = models.DateField("jour")
    half_hour = models.PositiveSmallIntegerField("demi-heure")
    state = models.CharField("état", max_length=20, choices=CallState, default=CallState.ANSWERED)
    was_missed = models.BooleanField("manqué", default=False)
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="type de demande"
    )
    category = models.ForeignKey(
        StaffCategory, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="catégorie"
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="département"
    )
    data_key = models.OneToOneField(
        DataKey, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="clé de données"
    )
    caller_name = EncryptedTextField("qui appelle", null=True)
    caller_reach = EncryptedTextField("numéro ou adresse", null=True)
    note = EncryptedTextField("note", null=True)
    sheets = models.ManyToManyField(AnswerSheet, related_name="calls", verbose_name="fiches lues")
    idempotency_key = models.UUIDField("clé d’unicité", unique=True, null=True)
    erased_at = models.DateTimeField("effacé le", null=True)

    objects = PhoneCallQuerySet.as_manager()

    class Meta:
        verbose_name = "appel"
        verbose_name_plural = "appels"
        constraints = [
            models.CheckConstraint(
                name="phonecall_half_hour",
                condition=Q(half_hour__gte=0, half_hour__lte=47),
                violation_error_message="Une journée compte 48 demi-heures.",
            ),
            models.CheckConstraint(
                name="phonecall_erased_whole",
                condition=Q(erased_at=None)
                | Q(
                    officer=None,
                    received_at=None,
                    category=None,
                    department=None,
                    data_key=None,
                    caller_name=None,
                    caller_reach=None,
                    note=None,
                    idempotency_key=None,
                ),
                violation_error_message="Un appel effacé ne garde rien de personne.",
            ),
        ]
        indexes = [
            models.Index(fields=["officer", "received_at"], name="phonecall_own"),
            models.Index(fields=["team", "day"], name="phonecall_counted"),
        ]

    def __str__(self) -> str:
        return f"appel, {self.get_state_display()}"


class Means(models.TextChoices):
    """By which means somebody will be reached."""

    PHONE = "phone", "par téléphone"
    MESSAGE = "message", "par téléphone, message vocal possible"
    EMAIL = "email", "par courriel"


class Promise(models.Model):
    """Somebody will be called back by a day; one person holds it, or one team until one of its members takes it."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    call = models.OneToOneField(PhoneCall, on_delete=models.CASCADE, related_name="promise", verbose_name="appel")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="tenu par")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="équipe")
    means = models.CharField("moyen", max_length=10, choices=Means)
    due_on = models.DateField("promis pour le")
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="promis par")
    made_at = models.DateTimeField("promis le", default=timezone.now)
    kept_at = models.DateTimeField("tenu le", null=True)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        verbose_name = "rappel promis"
        verbose_name_plural = "rappels promis"
        ordering = ["due_on", "made_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="promise_one_holder",
                condition=Q(owner=None, team__isnull=False) | Q(owner__isnull=False, team=None),
                violation_error_message="Un rappel est tenu par une personne, ou par une équipe.",
            ),
            models.CheckConstraint(
                name="promise_dates",
                condition=Q(kept_at=None) | Q(kept_at__gte=F("made_at")),
                violation_error_message="Le rappel aurait été fait avant d’être promis.",
            ),
        ]
        indexes = [models.Index(fields=["owner", "due_on"], name="promise_own")]

    def __str__(self) -> str:
        return f"rappel promis pour le {self.due_on:%d/%m/%Y}"


class PromiseRung(models.TextChoices):
    """Who is written to when the day of a promise has passed."""

    HOLDER = "holder", "qui tient le rappel"
    HEADS = "heads", "coordination et chef de service"


class PromiseStep(models.Model):
    """One step of one late promise, written with its mails: it is told once."""

    promise = models.ForeignKey(Promise, on_delete=models.CASCADE, related_name="steps", verbose_name="rappel promis")
    rung = models.CharField("marche", max_length=10, choices=PromiseRung)
    taken_at = models.DateTimeField("montée le", default=timezone.now)

    class Meta:
        verbose_name = "marche d’un rappel promis"
        verbose_name_plural = "marches d’un rappel promis"
        constraints = [
            models.UniqueConstraint(
                fields=["promise", "rung"],
                name="promisestep_once",
                violation_error_message="Ce rappel est déjà parti.",
            )
        ]

    def __str__(self) -> str:
        return f"rappel promis, {self.get_rung_display()}"
