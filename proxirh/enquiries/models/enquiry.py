"""The enquiry, who handles it, what its author agreed to, and whom she excluded or accepted."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.models.facts import MANAGERIAL_BRANCH, EnquiryFact
from proxirh.enquiries.querysets import EnquiryQuerySet
from proxirh.enquiries.workflow import OPEN_STATES, HandlingState, State
from proxirh.kernel import encryption
from proxirh.kernel.fields import EncryptedJSONField, EncryptedTextField
from proxirh.kernel.models import DataKey, random_uid
from proxirh.territories.models import (
    Academy,
    Circonscription,
    Department,
    Division,
    Site,
    StaffCategory,
    Team,
)


class Channel(models.TextChoices):
    WEB = "web", "web"
    EMAIL = "email", "e-mail"
    PHONE = "phone", "téléphone"
    PERMANENCE = "permanence", "permanence"
    LETTER = "letter", "courrier"
    RELAY = "relay", "relais"


class Enquiry(models.Model):
    """One need of one person, from « Envoyer » to anonymisation.

    Columns in clear are ids, codes and dates; the topic is on the fact alone, so that a row never shows it.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    reference = models.CharField("référence", max_length=12, unique=True)
    state = models.CharField("état", max_length=20, choices=State, default=State.SUBMITTED)
    idempotency_key = models.UUIDField("clé d’unicité", unique=True)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    fact = models.OneToOneField(EnquiryFact, on_delete=models.PROTECT, related_name="+", verbose_name="fait")

    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enquiries", verbose_name="auteur")
    created_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="saisie par"
    )
    channel = models.CharField("canal", max_length=12, choices=Channel, default=Channel.WEB)
    academy = models.ForeignKey(Academy, on_delete=models.PROTECT, related_name="+", verbose_name="académie")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", verbose_name="département")
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="établissement"
    )
    circonscription = models.ForeignKey(
        Circonscription,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="circonscription",
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="division"
    )
    category = models.ForeignKey(StaffCategory, on_delete=models.PROTECT, related_name="+", verbose_name="catégorie")

    contact = EncryptedJSONField("coordonnées")
    wishes = EncryptedJSONField("souhaits de contact")
    call_code = EncryptedTextField("code d’appel")
    address_index = models.BinaryField(
        "empreinte de l’adresse donnée", max_length=encryption.INDEX_BYTES, null=True, db_index=True
    )
    claim_digest = models.BinaryField(
        "empreinte du code donné de vive voix", max_length=encryption.INDEX_BYTES, null=True
    )
    claim_tries = models.PositiveSmallIntegerField("essais de ce code", default=0)
    disowned_at = models.DateTimeField("« ce n’est pas moi » le", null=True)
    wants_call_today = models.BooleanField("à rappeler aujourd’hui", default=False)

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="enquiries", verbose_name="équipe")
    lead = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="led_enquiries", verbose_name="référent"
    )

    submitted_at = models.DateTimeField("reçue le", default=timezone.now)
    due_at = models.DateTimeField("première réponse attendue le")
    first_answered_at = models.DateTimeField("première réponse le", null=True)
    last_contact_at = models.DateTimeField("dernier contact le", default=timezone.now)
    waiting_since = models.DateTimeField("en attente depuis le", null=True)
    next_step = EncryptedTextField("prochaine étape", null=True)
    next_step_on = models.DateField("date de la prochaine étape", null=True)
    failed_attempts = models.PositiveSmallIntegerField("essais sans réponse", default=0)
    closed_at = models.DateTimeField("terminée le", null=True)
    closing_word = EncryptedTextField("mot de fin", null=True)
    # A contact after the announcement makes them differ from `last_contact_at`: it no longer holds.
    expiry_told_at = models.DateTimeField("effacement annoncé le", null=True)
    expiry_told_for = models.DateTimeField("dernier contact à cette annonce", null=True)
    previous = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="following", verbose_name="suite de"
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name="réunie à"
    )
    notice_version = models.PositiveSmallIntegerField("version de la notice", default=1)
    nomenclature_version = models.PositiveSmallIntegerField("version de la nomenclature", default=1)

    objects = EnquiryQuerySet.as_manager()

    # On the instance only: what a queryset adds, and the code that a printed slip shows once.
    author_wrote: bool
    address_is_proved: bool
    has_dead_mail: bool
    claim_code: str

    class Meta:
        verbose_name = "demande"
        verbose_name_plural = "demandes"
        indexes = [
            models.Index(
                fields=["team", "due_at"], name="enquiry_team_open", condition=Q(state__in=sorted(OPEN_STATES))
            ),
            models.Index(
                fields=["lead", "next_step_on"], name="enquiry_lead_open", condition=Q(state__in=sorted(OPEN_STATES))
            ),
            models.Index(
                fields=["academy", "due_at"], name="enquiry_academy_open", condition=Q(state__in=sorted(OPEN_STATES))
            ),
            models.Index(fields=["last_contact_at"], name="enquiry_last_contact"),
        ]
        constraints = [
            models.CheckConstraint(
                name="enquiry_closed_has_date",
                condition=~Q(state=State.CLOSED) | Q(closed_at__isnull=False),
                violation_error_message="Une demande terminée porte sa date de fin.",
            ),
            models.CheckConstraint(
                name="enquiry_waiting_for_date_has_date",
                condition=~Q(state=State.WAITING_FOR_DATE) | Q(next_step_on__isnull=False),
                violation_error_message="Une attente de date porte cette date.",
            ),
            models.CheckConstraint(
                name="enquiry_merged_has_survivor",
                condition=~Q(state=State.MERGED) | Q(merged_into__isnull=False),
                violation_error_message="Une demande réunie à une autre dit laquelle.",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def contact_name(self) -> str:
        """Name of the author as she gave it."""
        return f"{self.contact.get('first_name', '')} {self.contact.get('last_name', '')}".strip()

    @property
    def is_open(self) -> bool:
        """True until closed, withdrawn, merged or anonymised."""
        return self.state in OPEN_STATES

    @property
    def is_managerial(self) -> bool:
        """True for a manager who asks about her team."""
        return self.fact.branch == MANAGERIAL_BRANCH

    @property
    def will_expire(self) -> bool:
        """True once its erasure was announced, as long as no contact came after."""
        return self.expiry_told_for is not None and self.expiry_told_for == self.last_contact_at


class Handling(models.Model):
    """An enquiry in the hands of a team, then of a person; a refusal is kept with its person, silently."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="handlings", verbose_name="demande")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="handlings", verbose_name="équipe")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="handlings", verbose_name="personne"
    )
    state = models.CharField("état", max_length=12, choices=HandlingState, default=HandlingState.OFFERED)
    is_lead = models.BooleanField("référent", default=True)
    reason = models.CharField("motif", max_length=40, blank=True)
    offered_at = models.DateTimeField("proposée le", default=timezone.now)
    accepted_at = models.DateTimeField("prise le", null=True)
    ended_at = models.DateTimeField("finie le", null=True)

    class Meta:
        verbose_name = "prise en charge"
        verbose_name_plural = "prises en charge"
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry"],
                condition=Q(state=HandlingState.ACCEPTED, is_lead=True),
                name="handling_one_lead",
                violation_error_message="Une demande a un seul référent à la fois.",
            ),
            models.UniqueConstraint(
                fields=["enquiry", "person"],
                condition=Q(state__in=[HandlingState.OFFERED, HandlingState.ACCEPTED], is_lead=False),
                name="handling_once_beside",
                violation_error_message="Cette personne suit déjà cette demande, ou cela lui est proposé.",
            ),
            models.CheckConstraint(
                name="handling_accepted_by_someone",
                condition=~Q(state=HandlingState.ACCEPTED) | Q(person__isnull=False, accepted_at__isnull=False),
                violation_error_message="Une prise en charge est celle d’une personne.",
            ),
        ]
        # Whole, so that the rule of access reads the index alone, however many passed through someone's hands.
        indexes = [models.Index(fields=["person", "state", "enquiry", "team"], name="handling_person_enquiry")]

    def __str__(self) -> str:
        return f"prise en charge {self.get_state_display()}"


class PersonChoice(models.Model):
    """Someone the author excluded, accepted despite a shared site, or named as superior."""

    KINDS = [("excluded", "exclue"), ("accepted", "acceptée"), ("superior", "supérieur hiérarchique")]

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="choices", verbose_name="demande")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", verbose_name="personne")
    kind = models.CharField("nature", max_length=10, choices=KINDS)
    since = models.DateTimeField("depuis le", default=timezone.now)

    class Meta:
        verbose_name = "personne exclue ou acceptée"
        verbose_name_plural = "personnes exclues ou acceptées"
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry", "person", "kind"],
                name="personchoice_once",
                violation_error_message="Ce choix est déjà noté.",
            )
        ]

    def __str__(self) -> str:
        return f"personne {self.get_kind_display()}"


class Consent(models.Model):
    """One dated, revocable agreement of the author, with the version of the words agreed to."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="consents", verbose_name="demande")
    kind = models.CharField("objet", max_length=40)
    wording_version = models.PositiveSmallIntegerField("version du texte", default=1)
    given_at = models.DateTimeField("donné le", default=timezone.now)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "accord"
        verbose_name_plural = "accords"

    def __str__(self) -> str:
        return f"accord « {self.kind} »"
