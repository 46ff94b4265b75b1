"""An appointment: a time of one counsellor, held for one person, and what became of it."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import DataKey, random_uid
from proxirh.scheduling.models.agenda import HeldTime
from proxirh.scheduling.models.places import MeetingPlace, Way
from proxirh.scheduling.querysets import AppointmentQuerySet
from proxirh.scheduling.workflow import AppointmentState
from proxirh.territories.models import Academy, Department


class WhyCancelled(models.TextChoices):
    """Why an appointment is cancelled: a word of a list, never a text."""

    BUSY = "busy", "Je ne suis plus disponible à ce moment"
    SOLVED = "solved", "Je n’en ai plus besoin"
    OTHER_WAY = "other_way", "Je préfère une autre façon d’échanger"
    UNSAID = "unsaid", "Je préfère ne pas le dire"
    ABSENCE = "absence", "Absence de la conseillère ou du conseiller"
    FOLLOW_UP_ENDED = "ended", "Le suivi est terminé"
    OTHER_PERSON = "other", "Une autre personne vous recevra"


# Not taken again by its link: the follow-up is over, or somebody else is to be met.
FOR_GOOD = (WhyCancelled.FOLLOW_UP_ENDED, WhyCancelled.OTHER_PERSON)
# What whoever comes may say of it, in the order of her page.
SAID_BY_AGENT = (WhyCancelled.BUSY, WhyCancelled.SOLVED, WhyCancelled.OTHER_WAY, WhyCancelled.UNSAID)


class Appointment(models.Model):
    """One time held for one person.

    Moved, it stays as it was and another row of its `series` follows, one `sequence` further: one calendar event, one
    link. It knows nothing of why they meet; `page` is where its counsellor reads on, given by whoever booked.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    series = models.UUIDField("suite", default=random_uid)
    sequence = models.PositiveSmallIntegerField("rang", default=0)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    state = models.CharField("état", max_length=10, choices=AppointmentState, default=AppointmentState.CONFIRMED)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="appointments", verbose_name="conseillère ou conseiller"
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", verbose_name="département")
    held = models.OneToOneField(
        HeldTime, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="temps retenu"
    )
    way = models.CharField("façon", max_length=8, choices=Way)
    place = models.ForeignKey(
        MeetingPlace, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="lieu"
    )
    starts_at = models.DateTimeField("de")
    ends_at = models.DateTimeField("à")
    time_zone = models.CharField("fuseau horaire", max_length=40)
    name = EncryptedTextField("nom", blank=True)
    phone = EncryptedTextField("téléphone", blank=True)
    address = EncryptedTextField("adresse", blank=True)
    room = models.CharField("salle de visioconférence", max_length=200, blank=True)
    page = models.CharField("page du suivi", max_length=120, blank=True)
    wants_reminders = models.BooleanField("rappels", default=True)
    wants_texts = models.BooleanField("rappels par SMS", default=False)
    reminders_sent = models.PositiveSmallIntegerField("rappels partis", default=0)
    why_cancelled = models.CharField("motif", max_length=10, choices=WhyCancelled, blank=True)
    idempotency_key = models.UUIDField("clé d’unicité", unique=True)
    booked_at = models.DateTimeField("pris le", default=timezone.now)
    ended_at = models.DateTimeField("fini le", null=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = "rendez-vous"
        verbose_name_plural = "rendez-vous"
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["person", "starts_at"], name="appointment_of_person"),
            models.Index(
                fields=["starts_at"], name="appointment_confirmed", condition=Q(state=AppointmentState.CONFIRMED)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "sequence"],
                name="appointment_sequence",
                violation_error_message="Ce rendez-vous vient d’être déplacé.",
            ),
            models.UniqueConstraint(
                fields=["series"],
                condition=Q(state=AppointmentState.CONFIRMED),
                name="appointment_one_confirmed",
                violation_error_message="Ce rendez-vous vient d’être déplacé.",
            ),
            models.CheckConstraint(
                name="appointment_dates",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                name="appointment_on_site_somewhere",
                condition=~Q(way=Way.ON_SITE) | Q(place__isnull=False),
                violation_error_message="Un rendez-vous sur place dit où.",
            ),
            models.CheckConstraint(
                name="appointment_over_holds_nothing",
                condition=Q(state__in=[AppointmentState.CONFIRMED, AppointmentState.KEPT, AppointmentState.MISSED])
                | Q(held=None),
                violation_error_message="Un rendez-vous annulé ou déplacé ne retient plus de temps.",
            ),
        ]

    def __str__(self) -> str:
        return f"rendez-vous {self.get_state_display()}"

    @property
    def is_confirmed(self) -> bool:
        """Neither moved, cancelled nor told of."""
        return self.state == AppointmentState.CONFIRMED

    @property
    def is_cancelled_for_good(self) -> bool:
        """Cancelled, and not to be taken again by its link."""
        return self.why_cancelled in FOR_GOOD

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.ends_at - self.starts_at


class TopicLength(models.Model):
    """How long an académie gives to one branch of topics, where it differs from the usual."""

    academy = models.ForeignKey(
        Academy, on_delete=models.CASCADE, related_name="topic_lengths", verbose_name="académie"
    )
    branch = models.CharField("branche", max_length=6)
    minutes = models.PositiveSmallIntegerField("durée, en minutes")

    class Meta:
        verbose_name = "durée par type de demande"
        verbose_name_plural = "durées par type de demande"
        constraints = [
            models.UniqueConstraint(
                fields=["academy", "branch"],
                name="topiclength_once",
                violation_error_message="Cette durée est déjà dite.",
            ),
            models.CheckConstraint(
                name="topiclength_minutes",
                condition=Q(minutes__in=(15, 30, 45, 60, 75, 90)),
                violation_error_message="Un rendez-vous dure de 15 à 90 minutes, par quarts d’heure.",
            ),
        ]

    def __str__(self) -> str:
        return f"durée, branche {self.branch}"


class AgendaFeed(models.Model):
    """The « occupé » calendar of one person: its address says `version`, and no longer opens once that has grown."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+", verbose_name="personne")
    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    version = models.PositiveIntegerField("version", default=1)
    is_on = models.BooleanField("ouvert", default=True)

    class Meta:
        verbose_name = "calendrier « occupé »"
        verbose_name_plural = "calendriers « occupé »"

    def __str__(self) -> str:
        return f"calendrier {self.pk}"
