"""The steps that a silence has climbed: who was written to about it, once for each date that was missed."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.utils import timezone

from proxirh.enquiries.models.enquiry import Enquiry


class Watch(models.TextChoices):
    """What a silence is about."""

    FIRST_ANSWER = "first_answer", "première réponse"
    NEXT_STEP = "next_step", "prochaine étape"
    AUTHOR = "author", "réponse de la personne"


class LadderRung(models.TextChoices):
    """Who is written to, from the bottom of the ladder; its author stands beside it."""

    COUNSELLOR = "counsellor", "référent ou équipe"
    COORDINATOR = "coordinator", "coordination"
    HEAD = "head", "chef de service"
    AUTHOR = "author", "mot à la personne"


# What makes a step another one.
STEP = ("enquiry_id", "watch", "deadline", "rung")


class LadderStepQuerySet(models.QuerySet["LadderStep"]):
    def taken_on(self, enquiries: Any) -> Iterator[tuple[Any, ...]]:
        """The steps of these enquiries, which came through a door: enquiry, what was watched, its day, rung."""
        return self.filter(enquiry__in=enquiries.order_by().values("pk")).values_list(*STEP).iterator()


class LadderStep(models.Model):
    """One step of one silence, written with its mails: another date to watch is another silence."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="steps", verbose_name="demande")
    watch = models.CharField("ce qui est attendu", max_length=12, choices=Watch)
    deadline = models.DateField("attendu pour le, ou depuis le")
    rung = models.CharField("marche", max_length=12, choices=LadderRung)
    taken_at = models.DateTimeField("montée le", default=timezone.now)

    objects = LadderStepQuerySet.as_manager()

    class Meta:
        verbose_name = "marche de l’échelle"
        verbose_name_plural = "marches de l’échelle"
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry", "watch", "deadline", "rung"],
                name="ladderstep_once",
                violation_error_message="Ce rappel est déjà parti.",
            )
        ]

    def __str__(self) -> str:
        return f"rappel, {self.get_rung_display()}"
