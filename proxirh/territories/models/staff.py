"""Who serves where and when: postings, absences, deputies, training, and the ties that make a conflict of interest."""

from django.db import models
from django.db.models import F, Q

from proxirh.accounts.models import Person
from proxirh.territories.models.places import Academy, Circonscription, Department, Division, Site
from proxirh.territories.models.teams import Team


class Role(models.TextChoices):
    """Stable role codes; an académie may show another title."""

    COUNSELLOR = "conseiller", "conseillère ou conseiller RH de proximité"
    COORDINATOR = "coordonnateur", "coordonnatrice ou coordonnateur"
    HR_OFFICER = "gestionnaire", "gestionnaire RH"
    HEAD_OF_SERVICE = "chef_de_service", "cheffe ou chef de service"
    CELL_OFFICER = "cellule", "membre d’une cellule spécialisée"
    STEERING_MEMBER = "comite", "membre d’un comité"
    MAE_OFFICER = "mae", "mission académique de l’encadrement"
    TRAINER = "formation", "équipe de formation"
    NATIONAL_REFERENT = "referent_national", "référente ou référent national"
    ADMINISTRATOR = "administrateur", "administratrice ou administrateur technique"


class Profile(models.TextChoices):
    ADMINISTRATIVE = "administratif", "administratif"
    CONTRACT = "contractuel", "contractuel, dont psychologue"
    TEACHER = "enseignant", "enseignant ou éducation"
    MANAGEMENT = "encadrement", "encadrement"


class Location(models.TextChoices):
    SITE = "etablissement", "établissement ou circonscription"
    DSDEN = "dsden", "DSDEN"
    RECTORAT = "rectorat", "rectorat"
    OTHER = "autre", "autre (CIO, université, GRETA)"


class Posting(models.Model):
    """One mission of one person: role, working share and place, between two dates."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="postings", verbose_name="personne")
    role = models.CharField("rôle", max_length=20, choices=Role)
    academy = models.ForeignKey(
        Academy, on_delete=models.PROTECT, null=True, blank=True, related_name="postings", verbose_name="académie"
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="postings", verbose_name="département"
    )
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="postings", verbose_name="équipe"
    )
    profile = models.CharField("profil", max_length=14, choices=Profile, blank=True)
    working_share = models.PositiveSmallIntegerField("quotité", default=100)
    location = models.CharField("implantation", max_length=14, choices=Location, blank=True)
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="postings", verbose_name="lieu d’accueil"
    )
    valid_from = models.DateField("début")
    valid_until = models.DateField("fin", null=True, blank=True)

    class Meta:
        verbose_name = "mission"
        verbose_name_plural = "missions"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "department", "valid_from"],
                name="posting_person_role_department_start",
                violation_error_message="Cette personne a déjà cette mission à cette date.",
            ),
            models.UniqueConstraint(
                fields=["person", "role", "academy", "valid_from"],
                condition=Q(department=None),
                name="posting_person_role_academy_start",
                violation_error_message="Cette personne a déjà cette mission à cette date.",
            ),
            models.CheckConstraint(
                name="posting_working_share",
                condition=Q(working_share__gte=1, working_share__lte=100),
                violation_error_message="La quotité va de 1 à 100 %.",
            ),
            models.CheckConstraint(
                name="posting_dates",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="La fin de la mission précède son début.",
            ),
        ]
        indexes = [models.Index(fields=["role", "department"], name="posting_role_department")]

    def __str__(self) -> str:
        return f"{self.get_role_display()} depuis le {self.valid_from:%d/%m/%Y}"


class Absence(models.Model):
    """Days when a person does not serve; the reason is never asked."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences", verbose_name="personne")
    valid_from = models.DateField("premier jour")
    valid_until = models.DateField("dernier jour")

    class Meta:
        verbose_name = "absence"
        verbose_name_plural = "absences"
        constraints = [
            models.CheckConstraint(
                name="absence_dates",
                condition=Q(valid_until__gte=F("valid_from")),
                violation_error_message="La fin de l’absence précède son début.",
            )
        ]

    def __str__(self) -> str:
        return f"absence du {self.valid_from:%d/%m/%Y}"


class Deputy(models.Model):
    """Who acts for a coordinator or head of service, and when."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="deputies", verbose_name="titulaire")
    deputy = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="deputises", verbose_name="suppléant")
    academy = models.ForeignKey(Academy, on_delete=models.CASCADE, related_name="deputies", verbose_name="académie")
    valid_from = models.DateField("depuis le")
    valid_until = models.DateField("jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "suppléance"
        verbose_name_plural = "suppléances"
        constraints = [
            models.CheckConstraint(
                name="deputy_is_someone_else",
                condition=~Q(person=F("deputy")),
                violation_error_message="Personne n’est son propre suppléant.",
            ),
            models.CheckConstraint(
                name="deputy_dates",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="La fin de la suppléance précède son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"suppléance depuis le {self.valid_from:%d/%m/%Y}"


class Training(models.Model):
    """Where a person stands in one training (national course, active listening)."""

    STATES = [("enrolled", "inscrit"), ("attended", "suivi"), ("certified", "certifié"), ("left", "abandonné")]

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="trainings", verbose_name="personne")
    course = models.CharField("formation", max_length=60)
    state = models.CharField("état", max_length=10, choices=STATES)
    since = models.DateField("depuis le")

    class Meta:
        verbose_name = "état de formation"
        verbose_name_plural = "états de formation"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course"],
                name="training_person_course",
                violation_error_message="Cette formation est déjà notée pour cette personne.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.course} : {self.get_state_display()}"


class WorkTie(models.Model):
    """A post held, or an authority exercised, outside the HR mission: what makes a conflict of interest."""

    KINDS = [("works", "y travaille"), ("has_authority", "y a autorité")]

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="work_ties", verbose_name="personne")
    kind = models.CharField("nature", max_length=14, choices=KINDS)
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, null=True, blank=True, related_name="work_ties", verbose_name="établissement"
    )
    circonscription = models.ForeignKey(
        Circonscription,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="work_ties",
        verbose_name="circonscription",
    )
    division = models.ForeignKey(
        Division, on_delete=models.CASCADE, null=True, blank=True, related_name="work_ties", verbose_name="division"
    )
    valid_from = models.DateField("depuis le")
    valid_until = models.DateField("jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "lien de travail"
        verbose_name_plural = "liens de travail"
        constraints = [
            models.CheckConstraint(
                name="worktie_one_place",
                condition=(
                    Q(site__isnull=False, circonscription=None, division=None)
                    | Q(site=None, circonscription__isnull=False, division=None)
                    | Q(site=None, circonscription=None, division__isnull=False)
                ),
                violation_error_message="Un lien de travail désigne un lieu et un seul.",
            ),
            models.CheckConstraint(
                name="worktie_dates",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="La fin du lien de travail précède son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"lien de travail {self.pk}"
