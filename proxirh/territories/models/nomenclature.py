"""Versioned nomenclatures: topics and staff categories, national codes with a label for each reader."""

from django.db import models


class Topic(models.Model):
    """A type of enquiry: a branch (`1`…`8`) or one of its sub-topics (`1.1`…)."""

    code = models.CharField("code", max_length=6)
    version = models.PositiveSmallIntegerField("version de la nomenclature", default=1)
    branch = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="subtopics", verbose_name="branche"
    )
    label = models.CharField("libellé", max_length=120)
    agent_label = models.CharField("libellé pour l’agent", max_length=160)
    hint = models.CharField("explication", max_length=250, blank=True)
    is_sensitive = models.BooleanField("sensible", default=False)
    is_violence = models.BooleanField("branche des violences", default=False)
    is_open = models.BooleanField("proposé", default=True)
    position = models.PositiveSmallIntegerField("rang", default=0)

    class Meta:
        verbose_name = "type de demande"
        verbose_name_plural = "types de demande"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"],
                name="topic_code_version",
                violation_error_message="Ce code existe déjà dans cette version.",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def branch_code(self) -> str:
        """Code of the branch, for a branch itself as for a sub-topic."""
        return self.code.split(".")[0]


class StaffCategory(models.Model):
    """What someone's post is: one of the four published families, or a finer corps below it."""

    FAMILIES = [
        ("1d", "enseignants du premier degré"),
        ("2d", "enseignants du second degré et personnels d’éducation"),
        ("biatss", "personnels BIATSS"),
        ("encadrement", "personnels d’encadrement"),
    ]

    code = models.CharField("code", max_length=30, unique=True)
    family = models.CharField("famille", max_length=12, choices=FAMILIES)
    label = models.CharField("libellé", max_length=120)
    hint = models.CharField("explication", max_length=200, blank=True)
    is_open = models.BooleanField("proposée", default=True)
    position = models.PositiveSmallIntegerField("rang", default=0)

    class Meta:
        verbose_name = "catégorie de personnels"
        verbose_name_plural = "catégories de personnels"
        ordering = ["position"]

    def __str__(self) -> str:
        return self.label
