"""Where no appointment may be taken for weeks, as it was last read, and on how many days the same was told."""

from typing import Any, NamedTuple

from django.db import models

from proxirh.territories.models import Academy


class Cause(models.TextChoices):
    """Why nothing may be taken."""

    NO_HOURS = "no_hours", "aucune heure ouverte"
    AWAY = "away", "absences ou fermetures"
    FULL = "full", "tout est pris"


REMEDIES = {
    Cause.NO_HOURS: "Demandez à l’équipe d’ouvrir des heures dans « Mon agenda ».",
    Cause.AWAY: "Demandez à qui est présent d’ouvrir des heures ces semaines-là.",
    Cause.FULL: "Demandez à l’équipe d’ouvrir des heures de plus.",
}


class Lack(NamedTuple):
    """One team that can be met nowhere in one département, and why; `branches` when it is so of some topics alone."""

    team: str
    department: str
    cause: str
    branches: tuple[str, ...] = ()

    @property
    def remedy(self) -> str:
        """The one thing to do."""
        return REMEDIES[Cause(self.cause)]

    @property
    def why(self) -> str:
        """The cause in words."""
        return Cause(self.cause).label


class SlotAlarm(models.Model):
    """What was last read of one académie: names of teams and départements, causes, never a person."""

    academy = models.OneToOneField(
        Academy, on_delete=models.CASCADE, related_name="slot_alarm", verbose_name="académie"
    )
    found = models.JSONField("constats", default=list)
    read_at = models.DateTimeField("lu le")
    told_on = models.DateField("dit le", null=True)
    days_told = models.PositiveSmallIntegerField("jours où le même constat a été dit", default=0)

    class Meta:
        verbose_name = "alerte de créneaux"
        verbose_name_plural = "alertes de créneaux"

    def __str__(self) -> str:
        return f"alerte de créneaux, {self.academy_id}"

    @property
    def lacks(self) -> list[Lack]:
        """What was found, by team."""
        return [Lack(team, place, cause, tuple(branches)) for team, place, cause, branches in self.found]

    @staticmethod
    def written(lacks: list[Lack]) -> list[list[Any]]:
        """The same as it is stored: what two days are compared by."""
        return [[one.team, one.department, one.cause, list(one.branches)] for one in lacks]
