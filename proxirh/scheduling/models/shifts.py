"""Who answers a line on which half-day, and what colleagues offer each other."""

from django.db import models
from django.db.models import F, Q

from proxirh.accounts.models import Person
from proxirh.kernel.models import random_uid
from proxirh.scheduling.models.agenda import Half, HeldTime
from proxirh.scheduling.workflow import ShiftState, SwapState
from proxirh.territories.models import Team


class DutyShift(models.Model):
    """One half-day of one person on one line; planned, it holds her time.

    What is no more planned stays: the weekly pattern does not bring it back.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    line = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="duty_shifts", verbose_name="ligne")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="duty_shifts", verbose_name="personne")
    day = models.DateField("jour")
    half = models.CharField("demi-journée", max_length=2, choices=Half)
    starts_at = models.DateTimeField("de")
    ends_at = models.DateTimeField("à")
    state = models.CharField("état", max_length=10, choices=ShiftState, default=ShiftState.PLANNED)
    is_usual = models.BooleanField("de la semaine type", default=False)
    held = models.OneToOneField(
        HeldTime, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="temps retenu"
    )
    substitute_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="à la place de"
    )

    class Meta:
        verbose_name = "permanence téléphonique"
        verbose_name_plural = "permanences téléphoniques"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "person", "day", "half"],
                condition=Q(state=ShiftState.PLANNED),
                name="dutyshift_once",
                violation_error_message="Cette personne est déjà de permanence cette demi-journée.",
            ),
            models.CheckConstraint(
                name="dutyshift_hours",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                name="dutyshift_holds_while_planned",
                condition=Q(state=ShiftState.PLANNED) | Q(held=None),
                violation_error_message="Une permanence qui n’est plus prévue ne retient aucun temps.",
            ),
        ]
        indexes = [
            models.Index(fields=["line", "day"], name="dutyshift_of_line"),
            models.Index(fields=["person", "day"], name="dutyshift_of_person"),
        ]

    def __str__(self) -> str:
        return f"permanence téléphonique du {self.day:%d/%m/%Y}"


class ShiftSwap(models.Model):
    """A half-day that somebody offers to a colleague, for one of hers or for none, or to the whole line."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    shift = models.ForeignKey(DutyShift, on_delete=models.CASCADE, related_name="swaps", verbose_name="permanence")
    offered_to = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="proposée à"
    )
    in_return = models.ForeignKey(
        DutyShift, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="contre"
    )
    state = models.CharField("état", max_length=10, choices=SwapState, default=SwapState.ASKED)
    asked_at = models.DateTimeField("proposé le")
    settled_at = models.DateTimeField("réglé le", null=True, blank=True)

    class Meta:
        verbose_name = "échange de permanence"
        verbose_name_plural = "échanges de permanence"
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["shift"],
                condition=Q(state=SwapState.ASKED),
                name="shiftswap_one_at_a_time",
                violation_error_message="Cette permanence est déjà proposée.",
            ),
            models.CheckConstraint(
                name="shiftswap_return_has_its_owner",
                condition=Q(in_return=None) | Q(offered_to__isnull=False),
                violation_error_message="Un retour se demande à une personne nommée.",
            ),
        ]

    def __str__(self) -> str:
        return f"échange {self.pk}"
