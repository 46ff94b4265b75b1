"""Meetings of several people with one host, and the seat of each."""

from django.db import models
from django.db.models import F, Q

from proxirh.accounts.models import Person
from proxirh.kernel.models import random_uid
from proxirh.scheduling.models.agenda import HeldTime
from proxirh.scheduling.models.places import MeetingPlace
from proxirh.scheduling.workflow import SeatState, SessionState
from proxirh.territories.models import Department


class SessionTitle(models.TextChoices):
    """What a session is called: none tells what those who come wish to speak of."""

    INFORMATION = "information", "réunion d’information"
    WORKSHOP = "workshop", "atelier collectif"
    EXCHANGE = "exchange", "échange entre pairs"
    DISCOVERY = "discovery", "découverte d’un métier ou d’un service"


class CollectiveSession(models.Model):
    """A time that one host gives to several people; its host reads their names, and nobody else does.

    Whoever writes a seat first bumps `version`, which is refused to a session that is cancelled: seats are written one
    after the other, on either engine.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="sessions", verbose_name="département"
    )
    host = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="sessions", verbose_name="qui anime")
    title = models.CharField("titre", max_length=12, choices=SessionTitle)
    place = models.ForeignKey(MeetingPlace, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="lieu")
    video_link = models.URLField("lien de visioconférence", max_length=300, blank=True)
    starts_at = models.DateTimeField("de")
    ends_at = models.DateTimeField("à")
    time_zone = models.CharField("fuseau horaire", max_length=40)
    capacity = models.PositiveSmallIntegerField("places")
    register_until = models.DateTimeField("inscriptions jusqu’au")
    state = models.CharField("état", max_length=10, choices=SessionState, default=SessionState.OPEN)
    version = models.PositiveIntegerField("version", default=1)
    held = models.ForeignKey(
        HeldTime, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="temps retenu"
    )
    created_at = models.DateTimeField("créée le")
    idempotency_key = models.UUIDField("clé d’unicité", null=True)

    class Meta:
        verbose_name = "rencontre collective"
        verbose_name_plural = "rencontres collectives"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["host", "idempotency_key"],
                name="session_once_sent",
                violation_error_message="Cette rencontre est déjà enregistrée.",
            ),
            models.CheckConstraint(
                name="session_dates",
                condition=Q(ends_at__gt=F("starts_at"), register_until__lte=F("starts_at")),
                violation_error_message="On s’inscrit avant le début, et la fin vient après.",
            ),
            models.CheckConstraint(
                name="session_capacity",
                condition=Q(capacity__gte=2, capacity__lte=200),
                violation_error_message="De 2 à 200 places.",
            ),
            models.CheckConstraint(
                name="session_somewhere",
                condition=Q(place__isnull=False, video_link="") | Q(place=None) & ~Q(video_link=""),
                violation_error_message="Choisissez un lieu, ou un lien de visioconférence.",
            ),
        ]
        indexes = [
            models.Index(fields=["department", "starts_at"], name="session_of_department"),
            models.Index(fields=["state", "register_until"], name="session_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_title_display()} du {self.starts_at:%d/%m/%Y}"


class SessionSeat(models.Model):
    """One person in one session: a numbered seat that nobody else can have, or a rank in the waiting list."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    session = models.ForeignKey(
        CollectiveSession, on_delete=models.CASCADE, related_name="seats", verbose_name="rencontre collective"
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="seats", verbose_name="personne")
    state = models.CharField("état", max_length=12, choices=SeatState)
    number = models.PositiveSmallIntegerField("place", null=True)
    rank = models.PositiveIntegerField("rang d’arrivée")
    created_at = models.DateTimeField("inscription du")

    class Meta:
        verbose_name = "inscription"
        verbose_name_plural = "inscriptions"
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"],
                name="seat_once",
                violation_error_message="Cette place vient d’être prise.",
            ),
            models.UniqueConstraint(
                fields=["session", "person"],
                name="seat_of_person",
                violation_error_message="Vous êtes déjà inscrit à cette rencontre.",
            ),
            models.CheckConstraint(
                name="seat_number",
                condition=Q(state__in=("registered", "came", "did_not_come"), number__gte=1)
                | Q(state__in=("waiting", "cancelled"), number=None),
                violation_error_message="Une place a un numéro, et elle seule.",
            ),
        ]

    def __str__(self) -> str:
        return f"inscription {self.pk}"
