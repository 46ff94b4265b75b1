"""What someone wants of the mails that she may refuse."""

from django.db import models
from django.utils import timezone

from proxirh.kernel import encryption
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import DataKey, random_uid


class Frequency(models.TextChoices):
    AT_ONCE = "at_once", "tout de suite"
    DAILY = "daily", "une fois par jour"
    NEVER = "never", "jamais"


class MailChoice(models.Model):
    """What one address receives otherwise than by default; an address without a row receives everything at once.

    By the address and not by the account: who asked without ever coming in may refuse a kind of mail too. `frequencies`
    names only the kinds that differ. `changed_at` tells one writing from the next: whoever read an older one writes
    again.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    address = EncryptedTextField("adresse")
    address_index = models.BinaryField("empreinte de l’adresse", max_length=encryption.INDEX_BYTES, unique=True)
    frequencies = models.JSONField("fréquences", default=dict)
    is_quiet = models.BooleanField("rien le soir ni le week-end", default=False)
    next_digest_at = models.DateTimeField("prochain récapitulatif", null=True, db_index=True)
    changed_at = models.DateTimeField("changé le", default=timezone.now)
    # The last day it decided of a mail: a refusal lives as long as there is something to refuse.
    used_on = models.DateField("a servi le", db_index=True)

    class Meta:
        verbose_name = "choix de courriels"
        verbose_name_plural = "choix de courriels"

    def __str__(self) -> str:
        return f"choix de courriels {self.pk}"

    def frequency_of(self, code: str) -> Frequency:
        """How often mails of this kind are wanted."""
        return Frequency(self.frequencies.get(code, Frequency.AT_ONCE))
