"""What someone is writing before « Envoyer »."""

from django.db import models
from django.utils import timezone

from proxirh.kernel import encryption
from proxirh.kernel.fields import EncryptedJSONField
from proxirh.kernel.models import DataKey, random_uid


class Draft(models.Model):
    """Answers given so far, encrypted and bound to one browser; deleted when sent, left or expired.

    `uid` gives, with the token of the browser, the idempotency key of the enquiry it becomes; `version` moves with
    every answer, so that two tabs never write over each other.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    browser_digest = models.BinaryField("empreinte du navigateur", max_length=encryption.INDEX_BYTES)
    address_index = models.BinaryField(
        "empreinte de l’adresse de reprise", max_length=encryption.INDEX_BYTES, null=True
    )
    answers = EncryptedJSONField("réponses")
    version = models.PositiveIntegerField("version", default=0)
    is_shared_computer = models.BooleanField("ordinateur partagé", default=False)
    created_at = models.DateTimeField("commencé le", default=timezone.now)
    expires_at = models.DateTimeField("expire le", db_index=True)

    class Meta:
        verbose_name = "brouillon"
        verbose_name_plural = "brouillons"

    def __str__(self) -> str:
        return f"brouillon {self.pk}"
