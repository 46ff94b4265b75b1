"""« Demander un avis »: what a counsellor asks of an expert cell, nobody named, and what it answers."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.hanging import QuestionQuerySet
from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.enquiries.workflow import QuestionState
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import random_uid
from proxirh.territories.models import Team


class NotOurs(models.TextChoices):
    """Why a cell gives a question back; told to whoever asked."""

    NOT_OURS = "not_ours", "ce n’est pas de notre ressort"
    OTHER_CELL = "other_cell", "une autre cellule saura répondre"
    INCOMPLETE = "incomplete", "il manque des éléments pour répondre"
    TOO_SOON = "too_soon", "nous ne pouvons pas répondre dans ce délai"


class ExpertQuestion(models.Model):
    """One question to one cell: `facts` and `body`, as they were re-read before sending, are all that it reads."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    reference = models.CharField("numéro", max_length=12, unique=True)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="questions", verbose_name="demande")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", verbose_name="cellule spécialisée")
    state = models.CharField("état", max_length=12, choices=QuestionState, default=QuestionState.ASKED)
    facts = EncryptedTextField("repères joints", owner="enquiry", blank=True)
    body = EncryptedTextField("question", owner="enquiry")
    answer = EncryptedTextField("réponse", owner="enquiry", null=True)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="posée par")
    answered_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="répondue par"
    )
    reason = models.CharField("motif", max_length=12, choices=NotOurs, blank=True)
    idempotency_key = models.UUIDField("clé d’unicité", null=True, unique=True)
    asked_at = models.DateTimeField("posée le", default=timezone.now)
    due_at = models.DateTimeField("réponse attendue le")
    reminded_at = models.DateTimeField("relancée le", null=True)
    ended_at = models.DateTimeField("répondue, rendue ou retirée le", null=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = "question à une cellule"
        verbose_name_plural = "questions aux cellules"
        constraints = [
            models.CheckConstraint(
                name="question_answered_in_words",
                condition=Q(state=QuestionState.ANSWERED, answer__isnull=False, answered_by__isnull=False)
                | (~Q(state=QuestionState.ANSWERED) & Q(answer=None, answered_by=None)),
                violation_error_message="Une question répondue a une réponse.",
            ),
            models.CheckConstraint(
                name="question_given_back_for_a_reason",
                condition=(Q(state=QuestionState.DECLINED) & ~Q(reason=""))
                | (~Q(state=QuestionState.DECLINED) & Q(reason="")),
                violation_error_message="Une question rendue a un motif.",
            ),
            models.CheckConstraint(
                name="question_ends_on_a_day",
                condition=Q(state=QuestionState.ASKED, ended_at=None)
                | (~Q(state=QuestionState.ASKED) & Q(ended_at__isnull=False)),
                violation_error_message="Une question finie l’est à une date.",
            ),
            models.CheckConstraint(
                name="question_dates",
                condition=Q(due_at__gt=F("asked_at")),
                violation_error_message="La réponse est attendue après la question.",
            ),
        ]
        indexes = [
            models.Index(fields=["enquiry", "state"], name="question_of_enquiry"),
            models.Index(fields=["team", "state"], name="question_of_cell"),
            models.Index(fields=["due_at"], name="question_waiting", condition=Q(state="asked", reminded_at=None)),
        ]

    def __str__(self) -> str:
        return f"question {self.reference}"
