"""What figures read: facts and monthly counts, with no text, no identity and no site."""

from django.db import models


class Outcome(models.TextChoices):
    """What came of an enquiry; several may hold. The first four make the three published families."""

    INDIVIDUAL_INFORMATION = "individual_information", "information individuelle"
    COLLECTIVE_INFORMATION = "collective_information", "information collective"
    INTERNAL_REFERRAL = "internal_referral", "orientation vers un interlocuteur de l’éducation nationale"
    EXTERNAL_REFERRAL = "external_referral", "orientation vers un interlocuteur externe"
    SUPPORT_ENGAGED = "support_engaged", "accompagnement engagé"
    NOT_REACHED = "not_reached", "nous n’avons pas réussi à joindre la personne"
    OTHER_SERVICE = "other_service", "autre service"
    WITHDRAWN = "withdrawn", "retirée par l’agent"


OUTCOME_FAMILIES: dict[str, str] = {
    Outcome.INDIVIDUAL_INFORMATION: "information",
    Outcome.COLLECTIVE_INFORMATION: "information",
    Outcome.INTERNAL_REFERRAL: "internal_referral",
    Outcome.EXTERNAL_REFERRAL: "external_referral",
    Outcome.SUPPORT_ENGAGED: "other",
    Outcome.NOT_REACHED: "other",
    Outcome.OTHER_SERVICE: "other",
    Outcome.WITHDRAWN: "other",
}
MANAGERIAL_BRANCH = "6"
SEXES = [("F", "femme"), ("M", "homme"), ("unknown", "non renseigné")]
AGE_BANDS = [
    ("under_40", "moins de 40 ans"),
    ("40_49", "40 à 49 ans"),
    ("50_and_over", "50 ans et plus"),
    ("unknown", "non renseigné"),
]
MORE_THAN_60_DAYS = 61
UNKNOWN = "unknown"
# What becomes coarser once the detail of an enquiry has gone.
COARSENED = ("day", "topic_code", "sex", "age_band", "channel")


class EnquiryFact(models.Model):
    """The countable side of one enquiry; the enquiry points to it, never the reverse.

    Delays are whole working days, 0 to 60, 61 for more, null while the event has not happened. One that is not counted
    is that of an enquiry merged into another, which is counted for both, or of one that waits for another académie to
    take it. Once taken there, the need of the one that was left `is_passed_on`: it counts there, and here what was done
    for it alone.
    """

    day = models.DateField("jour de la demande")
    department_code = models.CharField("département", max_length=3)
    category_code = models.CharField("catégorie", max_length=30)
    family = models.CharField("famille", max_length=12)
    topic_code = models.CharField("type de demande", max_length=6)
    channel = models.CharField("canal", max_length=12)
    sex = models.CharField("sexe", max_length=8, choices=SEXES, default="unknown")
    age_band = models.CharField("tranche d’âge", max_length=12, choices=AGE_BANDS, default="unknown")
    outcomes = models.JSONField("suites données", default=list)
    first_answer_days = models.PositiveSmallIntegerField("délai de première réponse", null=True)
    handling_days = models.PositiveSmallIntegerField("durée du suivi", null=True)
    satisfaction = models.PositiveSmallIntegerField("satisfaction", null=True)
    # Known to the database too: the release before this one goes on writing here while this one is put in place.
    is_counted = models.BooleanField("compté", default=True, db_default=True)
    is_passed_on = models.BooleanField("besoin compté ailleurs", default=False, db_default=False)

    class Meta:
        verbose_name = "fait statistique"
        verbose_name_plural = "faits statistiques"
        indexes = [models.Index(fields=["department_code", "day"], name="fact_department_day")]

    def __str__(self) -> str:
        return f"fait du {self.day:%d/%m/%Y}"

    @property
    def month(self):
        """First day of the month of asking."""
        return self.day.replace(day=1)

    @property
    def branch(self) -> str:
        """Branch of the topic."""
        return self.topic_code.split(".")[0]

    def coarsen(self) -> None:
        """Leave a month and a branch, without sex, age band nor channel; unsaved, and the monthly counts stay."""
        self.day, self.topic_code = self.month, self.branch
        self.sex = self.age_band = self.channel = UNKNOWN


class MonthlyCount(models.Model):
    """A delta of one indicator, inserted with the act that changes it; the worker folds them, a read sums them.

    `month` is that of the asking, `counted_in` that of the act: figures leave out the acts of the current month.
    """

    month = models.DateField("mois de la demande")
    department_code = models.CharField("département", max_length=3)
    indicator = models.CharField("indicateur", max_length=40)
    key = models.CharField("modalité", max_length=30)
    n = models.IntegerField("variation")
    counted_in = models.DateField("mois de la variation")

    class Meta:
        verbose_name = "compte mensuel"
        verbose_name_plural = "comptes mensuels"
        indexes = [models.Index(fields=["department_code", "month", "indicator", "key"], name="monthlycount_read")]

    def __str__(self) -> str:
        return f"{self.indicator} {self.key} {self.month:%m/%Y}"
