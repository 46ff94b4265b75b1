"""« Mises en relation »: what someone agreed to have passed on to an expert cell or a partner, and what came back."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.hanging import ReferralQuerySet
from proxirh.enquiries.models.access import note_once
from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.enquiries.workflow import WITH_FILES, ReferralState
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import random_uid
from proxirh.territories.models import Partner, Team, TeamKind


class CellRules(models.Model):
    """When, about what and how much an expert cell receives; no row, or nothing set: always, about everything."""

    team = models.OneToOneField(
        Team,
        on_delete=models.CASCADE,
        related_name="cell_rules",
        limit_choices_to={"kind": TeamKind.CELL},
        verbose_name="cellule spécialisée",
    )
    opens_on = models.DateField("reçoit à partir du", null=True, blank=True)
    closes_on = models.DateField("reçoit jusqu’au", null=True, blank=True)
    topics = models.JSONField("types de demande reçus", default=list, blank=True)
    most_open = models.PositiveSmallIntegerField("réorientations en cours, au plus", null=True, blank=True)
    head_validates = models.BooleanField("le chef de service valide chaque réponse", default=False)
    what_to_send = models.TextField("modèle de ce qui est transmis", max_length=2000, blank=True)
    usual_answer = models.TextField("modèle de réponse", max_length=4000, blank=True)
    changed_at = models.DateTimeField("changés le", default=timezone.now)

    class Meta:
        verbose_name = "règles d’une cellule"
        verbose_name_plural = "règles des cellules"
        constraints = [
            models.CheckConstraint(
                name="cellrules_dates",
                condition=Q(opens_on=None) | Q(closes_on=None) | Q(closes_on__gte=F("opens_on")),
                violation_error_message="La fin de la saison précède son début.",
            )
        ]

    def __str__(self) -> str:
        return f"règles de la cellule {self.team_id}"


class Agreement(models.TextChoices):
    WRITTEN = "written", "écrit, sur sa page de suivi"
    ORAL = "oral", "oral"


class Refusal(models.TextChoices):
    NOT_OURS = "not_ours", "ce n’est pas de notre ressort"
    INCOMPLETE = "incomplete", "il manque des éléments pour répondre"
    TOO_LATE = "too_late", "la période ou le délai est passé"
    TOO_MANY = "too_many", "nous ne pouvons pas répondre dans ce délai"
    KNOWN = "known", "nous ne pouvons pas traiter cette situation"


class Referral(models.Model):
    """One question to one other side, in words that the agent read: they leave the enquiry, with the files that she
    agreed to one by one, and nothing else does."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    reference = models.CharField("référence", max_length=12, unique=True)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="referrals", verbose_name="demande")
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="cellule spécialisée"
    )
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="interlocuteur externe"
    )
    # Prints of the one link that opens it to a partner, without and with the address that it was sent to.
    link_print = models.BinaryField("empreinte du lien", max_length=32, null=True, unique=True)
    link_for = models.BinaryField("empreinte du lien et de l’adresse", max_length=32, null=True)
    state = models.CharField("état", max_length=12, choices=ReferralState, default=ReferralState.PROPOSED)
    body = EncryptedTextField("ce qui est transmis", owner="enquiry")
    # Ids of files of the enquiry: those proposed, then, from the agreement on, those agreed to and no other.
    enclosed = models.JSONField("fichiers qui l’accompagnent", default=list, blank=True, db_default=[])
    agreement = models.CharField("accord", max_length=8, choices=Agreement)
    agreed_on = models.DateField("accord recueilli le", null=True)
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="écrite par")
    idempotency_key = models.UUIDField("clé d’unicité", null=True, unique=True)
    proposed_at = models.DateTimeField("proposée le", default=timezone.now)
    sent_at = models.DateTimeField("envoyée le", null=True)
    seen_at = models.DateTimeField("ouverte le", null=True)
    accepted_at = models.DateTimeField("acceptée le", null=True)
    ended_at = models.DateTimeField("répondue, refusée ou terminée le", null=True)
    verified_at = models.DateTimeField("réponse bien arrivée le", null=True)
    refusal = models.CharField("motif du refus", max_length=12, choices=Refusal, blank=True)
    # What silence does, stored when it began to count: when it was proposed, then anew when it was sent.
    remind_at = models.DateTimeField("rappel le")
    expires_at = models.DateTimeField("sans réponse après le")
    reminded_at = models.DateTimeField("rappelée le", null=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = "mise en relation"
        verbose_name_plural = "mises en relation"
        constraints = [
            models.CheckConstraint(
                name="referral_one_other_side",
                condition=Q(team__isnull=False, partner=None) | Q(team=None, partner__isnull=False),
                violation_error_message="Une mise en relation va à une cellule ou à un interlocuteur externe.",
            ),
            models.CheckConstraint(
                name="referral_refused_for_a_reason",
                condition=(Q(state=ReferralState.REFUSED) & ~Q(refusal=""))
                | (~Q(state=ReferralState.REFUSED) & Q(refusal="")),
                violation_error_message="Un refus a un motif.",
            ),
            models.CheckConstraint(
                name="referral_sent_when_agreed",
                condition=Q(state__in=(ReferralState.PROPOSED, ReferralState.WITHDRAWN, ReferralState.EXPIRED))
                | Q(agreed_on__isnull=False, sent_at__isnull=False),
                violation_error_message="Rien n’est transmis sans l’accord de la personne.",
            ),
            models.CheckConstraint(
                name="referral_dates",
                condition=Q(remind_at__gte=F("proposed_at"), expires_at__gt=F("remind_at")),
                violation_error_message="Le rappel précède l’échéance.",
            ),
        ]
        indexes = [
            models.Index(fields=["enquiry", "state"], name="referral_of_enquiry"),
            models.Index(fields=["team", "state"], name="referral_of_cell"),
            models.Index(
                fields=["remind_at"],
                name="referral_silent",
                condition=Q(state__in=("accepted", "proposed", "seen", "sent", "to_validate")),
            ),
        ]

    def __str__(self) -> str:
        return f"mise en relation {self.reference}"

    @property
    def to(self) -> str:
        """Name of the other side."""
        other: Team | Partner | None = self.partner or self.team
        return other.name if other else ""

    @property
    def is_external(self) -> bool:
        """To a partner, who has no account."""
        return self.partner_id is not None

    @property
    def enclosed_names(self) -> list[str]:
        """Names of those files that are still there, for whoever its enquiry came to with its files."""
        return [one.name for one in self.enquiry.attachments.all() if str(one.uid) in self.enclosed]

    def opens_files(self, at: datetime) -> bool:
        """Its cell has opened it, it is not over, and its time is not past: the files that go with it open."""
        return self.state in WITH_FILES and at < self.expires_at


class ReferralAnswer(models.Model):
    """What the other side answered; where its head validates it, nobody else reads it before (`delivered_at`)."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    enquiry = models.ForeignKey(
        Enquiry, on_delete=models.CASCADE, related_name="referral_answers", verbose_name="demande"
    )
    referral = models.OneToOneField(
        Referral, on_delete=models.CASCADE, related_name="answer", verbose_name="mise en relation"
    )
    body = EncryptedTextField("réponse", owner="enquiry")
    written_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="écrite par"
    )
    written_at = models.DateTimeField("écrite le", default=timezone.now)
    validated_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="validée par"
    )
    delivered_at = models.DateTimeField("remise le", null=True)

    class Meta:
        verbose_name = "réponse à une mise en relation"
        verbose_name_plural = "réponses aux mises en relation"

    def __str__(self) -> str:
        return f"réponse à une mise en relation {self.pk}"


class ReferralOpeningQuerySet(models.QuerySet["ReferralOpening"]):
    def note(self, *, of_file: bool = False, **columns: Any) -> None:
        """Write one line; several openings in the same quarter of an hour stay one line, which tells also whether a
        file was opened."""
        note_once(self, self.model(**columns), "referral", "quarter")
        if of_file:
            line = self.filter(referral_id=columns["referral_id"], quarter=columns["quarter"], file_at=None)
            line.update(file_at=columns["at"])

    def older_than(self, moment: datetime) -> Self:
        """Opened before `moment`."""
        return self.filter(at__lt=moment)


class ReferralOpening(models.Model):
    """One opening of a referral by its partner, who has no account: when. By a cell, it is an `AccessRecord`."""

    referral = models.ForeignKey(
        Referral, on_delete=models.CASCADE, related_name="openings", verbose_name="mise en relation"
    )
    at = models.DateTimeField("le", default=timezone.now)
    quarter = models.DateTimeField("quart d’heure")
    file_at = models.DateTimeField("fichier ouvert le", null=True)

    objects = ReferralOpeningQuerySet.as_manager()

    class Meta:
        verbose_name = "ouverture d’une mise en relation"
        verbose_name_plural = "ouvertures des mises en relation"
        constraints = [
            models.UniqueConstraint(
                fields=["referral", "quarter"],
                name="referralopening_once_a_quarter",
                violation_error_message="Cette ouverture est déjà notée.",
            )
        ]

    def __str__(self) -> str:
        return f"ouverture d’une mise en relation {self.pk}"
