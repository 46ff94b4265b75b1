"""What the engine of retention did, in counts."""

from django.db import models


class Outcome(models.TextChoices):
    """How one rule ended."""

    DONE = "done", "fait"
    LEFT = "left", "à continuer"
    REFUSED = "refused", "refusé : trop à la fois"
    FAILED = "failed", "échec"


class RetentionRun(models.Model):
    """One rule, one time: how many were due, how many went; nothing of what they were."""

    at = models.DateTimeField("le", db_index=True)
    rule = models.CharField("règle", max_length=30)
    due = models.PositiveIntegerField("échus")
    done = models.PositiveIntegerField("traités", default=0)
    is_applied = models.BooleanField("appliqué")
    outcome = models.CharField("résultat", max_length=8, choices=Outcome)

    class Meta:
        verbose_name = "passage de la conservation"
        verbose_name_plural = "passages de la conservation"

    def __str__(self) -> str:
        return f"{self.rule}, {self.get_outcome_display()}"
