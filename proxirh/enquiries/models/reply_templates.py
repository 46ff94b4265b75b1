"""Texts that a team keeps to answer what is often asked: of everyone, about nobody."""

from django.db import models
from django.utils import timezone

from proxirh.kernel.models import random_uid
from proxirh.territories.models import Team


class ReplyTemplate(models.Model):
    """A title and a text, written by whoever receives for a team and inserted in what she then writes herself.

    No personal data: in clear, and of the team rather than of anyone.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="reply_templates", verbose_name="équipe")
    title = models.CharField("titre", max_length=80)
    body = models.TextField("texte")
    idempotency_key = models.UUIDField("clé d’unicité", null=True, unique=True)
    changed_at = models.DateTimeField("écrit le", default=timezone.now)

    class Meta:
        verbose_name = "modèle de réponse"
        verbose_name_plural = "modèles de réponse"
        constraints = [
            models.UniqueConstraint(
                fields=["team", "title"],
                name="replytemplate_once",
                violation_error_message="Un modèle de cette équipe porte déjà ce titre.",
            )
        ]

    def __str__(self) -> str:
        return self.title
