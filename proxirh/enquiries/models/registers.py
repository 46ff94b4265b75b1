"""Registers kept before the service had this tool: each row became a fact, and a keyed print of its reference stays."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from proxirh.enquiries.models.facts import EnquiryFact
from proxirh.kernel.encryption import INDEX_BYTES, own_index
from proxirh.kernel.models import DataKey
from proxirh.territories.models import Department

# However old its rows, a register that has just been imported may be corrected for that long.
CORRECTED = timedelta(days=30)


class Register(models.Model):
    """The past register of one département; its own key makes the prints of its references."""

    department = models.OneToOneField(
        Department, on_delete=models.PROTECT, related_name="+", verbose_name="département"
    )
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, related_name="+", verbose_name="clé de données")

    class Meta:
        verbose_name = "registre repris"
        verbose_name_plural = "registres repris"

    def __str__(self) -> str:
        return f"registre repris, {self.department}"

    def print_of(self, reference: str) -> bytes:
        """Print of a reference, by which its row is found again; made with the key of this register alone."""
        return own_index(self.data_key.clear, "register", reference)


class RegisterLineQuerySet(models.QuerySet["RegisterLine"]):
    def to_coarsen(self, *, at: datetime, keep: timedelta) -> Self:
        """Those without anything new for `keep`, and imported long enough ago to have been corrected."""
        limit = timezone.localdate(at) - keep
        return self.filter(last_day__lt=limit, imported_at__lte=at - CORRECTED)


class RegisterLine(models.Model):
    """One row of a register, by the print of its reference; `last_day` is empty once its fact is coarse.

    Nothing else of the row is kept: no site, no birth year, no reference.
    """

    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="lines", verbose_name="registre")
    digest = models.BinaryField("empreinte de la référence", max_length=INDEX_BYTES)
    fact = models.OneToOneField(EnquiryFact, on_delete=models.CASCADE, related_name="+", verbose_name="fait")
    last_day = models.DateField("dernière date de la ligne", null=True)
    imported_at = models.DateTimeField("reprise le", default=timezone.now)

    objects = RegisterLineQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de registre"
        verbose_name_plural = "lignes de registre"
        indexes = [models.Index(fields=["last_day"], name="registerline_last_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["register", "digest"],
                name="registerline_reference",
                violation_error_message="Cette référence est déjà dans le registre de ce département.",
            )
        ]

    def __str__(self) -> str:
        return f"ligne {self.pk}"
