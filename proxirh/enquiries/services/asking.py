"""From the answers to an enquiry that exists: routed, acknowledged, counted, once."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, UUIDField
from django.utils import timezone

from proxirh.accounts.models import Person, address_indexes
from proxirh.enquiries import counting, notices
from proxirh.enquiries.conflicts import Asking, Receiving, receiving_team, selves
from proxirh.enquiries.models import (
    Channel,
    Consent,
    Draft,
    Enquiry,
    EnquiryFact,
    Handling,
    Message,
    PersonChoice,
)
from proxirh.enquiries.permissions import can_create_for_someone, is_author
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.services.informing import notice_to_store
from proxirh.enquiries.sharing import next_in_turn
from proxirh.enquiries.workflow import State
from proxirh.kernel import encryption, journal, tokens
from proxirh.kernel.calendar import due_at, local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import DataKey
from proxirh.kernel.workflow import swap
from proxirh.kernel.written import Given, written_once
from proxirh.territories.actor import Actor
from proxirh.territories.models import Department, Division, Site, StaffCategory, Team, Topic
from proxirh.territories.services.calendars import calendar_of
from proxirh.territories.services.routing import Need
from proxirh.ui import french

NOMENCLATURE_VERSION = 1
DRAWS = 3


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything asked, already checked by the forms; codes of `means` and `times` are those of the forms."""

    department: Department
    site: Site | None
    category: StaffCategory
    topic: Topic
    words: str
    first_name: str
    last_name: str
    division: Division | None = None
    email: str = ""
    phone: str = ""
    means: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    may_leave_voicemail: bool = False
    not_at_work: bool = False
    wants_call_today: bool = False
    excluded: tuple[Person, ...] = ()
    excluded_names: str = ""
    superior: Person | None = None
    superior_name: str = ""
    previous: uuid.UUID | None = None
    consents: tuple[str, ...] = ()
    agreed_at: datetime | None = None
    for_team: bool = False  # a manager asks for several people, none of whom is named
    notice: int | None = None  # the version shown where it was sent

    @property
    def contact_card(self) -> dict[str, str]:
        """What identifies and reaches the author."""
        return {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "phone": self.phone,
        }

    @property
    def wishes(self) -> dict[str, Any]:
        """How, when and by whom the author wishes to be reached."""
        return {
            "means": list(self.means),
            "times": list(self.times),
            "may_leave_voicemail": self.may_leave_voicemail,
            "not_at_work": self.not_at_work,
            "excluded_names": self.excluded_names,
            "superior_name": self.superior_name,
            **({"for_team": True} if self.for_team else {}),
        }

    @property
    def need(self) -> Need:
        """What decides the team."""
        return Need(
            department=self.department,
            site=self.site,
            category_id=self.category.pk,
            topic_id=self.topic.pk,
            branch=self.topic.branch_code,
        )

    @property
    def refused(self) -> frozenset[int]:
        """Keys of the people she named, whom nothing reaches."""
        return frozenset(person.pk for person in (*self.excluded, *filter(None, [self.superior])))

    def asking(self, author_id: int | None) -> Asking:
        """What tells who is kept away; `author_id` is None for someone who has no account yet."""
        return Asking(
            author_id=author_id,
            address_indexes=address_indexes(self.email) if self.email else (),
            site_id=self.site.pk if self.site else None,
            circonscription_id=self.site.circonscription_id if self.site else None,
            division_id=self.division.pk if self.division else None,
            refused=self.refused,
        )


def submit_enquiry(
    *,
    actor: Actor,
    answers: Answers,
    idempotency_key: uuid.UUID,
    channel: str = Channel.WEB,
    on_behalf: bool = False,
    asked_at: datetime | None = None,
    at: datetime | None = None,
    reference: str | None = None,
    draft: Draft | None = None,
) -> Enquiry:
    """Create the enquiry, alert its team and acknowledge it; the same key twice gives the same enquiry.

    `draft` is what it was written in, erased with its key.
    `on_behalf`: typed by a colleague for someone else, whose address then sees nothing before a spoken code.
    `asked_at` is when the person really asked (permanence, letter), the delays count from it.
    Raises DomainError when no team can receive it or when it was sent more than an hour ago, NotAllowed when this
    actor may not type for others.
    """
    for _ in range(DRAWS):
        if _is_known(idempotency_key) and (existing := _already(actor, idempotency_key)) is not None:
            return existing
        try:
            return _submit(
                actor=actor,
                answers=answers,
                idempotency_key=idempotency_key,
                channel=channel,
                on_behalf=on_behalf,
                asked_at=asked_at,
                at=at or timezone.now(),
                reference=reference or tokens.grouped(tokens.spoken(8), 4),
                draft=draft,
            )
        except IntegrityError as error:  # the same key sent twice at once, or a reference that was already drawn
            refusal, reference = error, None
    if _is_known(idempotency_key):
        raise DomainError(
            "Cette demande a déjà été enregistrée, il y a plus d’une heure. Retrouvez-la dans votre suivi ou sur "
            "votre bureau, au lieu de l’envoyer encore."
        )
    raise refusal


@written_once
def _sent_with() -> QuerySet:
    sent = Enquiry.objects.for_system("déjà envoyée ?").filter(idempotency_key=Given("key", UUIDField()))
    return sent.values_list("pk", flat=True)


def _is_known(key: uuid.UUID) -> bool:
    return bool(_sent_with().read(key=key))


def _already(actor: Actor, key: uuid.UUID) -> Enquiry | None:
    return Enquiry.objects.visible_to(actor, sent_with=key).filter(idempotency_key=key).first()


@transaction.atomic
def _submit(
    *,
    actor: Actor,
    answers: Answers,
    idempotency_key: uuid.UUID,
    channel: str,
    on_behalf: bool,
    asked_at: datetime | None,
    at: datetime,
    reference: str,
    draft: Draft | None,
) -> Enquiry:
    if on_behalf and not can_create_for_someone(actor):
        raise NotAllowed("Seul un membre d’une équipe peut saisir une demande pour quelqu’un.")
    check_team_exists(answers.department, at=at)
    author, key = _author(actor, answers, on_behalf=on_behalf)
    asking = answers.asking(author.pk)
    # Whoever serves now, even if asked a month ago.
    today = local_day(at, answers.department.time_zone)
    receiving = receiving_team(answers.need, asking, day=today)
    team = receiving.team
    enquiry = _build(
        actor=actor,
        answers=answers,
        author=author,
        data_key=key,
        asking=asking,
        team=team,
        idempotency_key=idempotency_key,
        channel=channel,
        on_behalf=on_behalf,
        asked_at=asked_at or at,
        at=at,
        reference=reference,
    )
    _attach_words(enquiry, answers)
    in_turn = next_in_turn(receiving.free, day=today)
    handling = Handling.objects.create(enquiry=enquiry, team=team, person_id=in_turn, offered_at=at)
    _attach_choices(enquiry, answers, asking, at=at)
    counting.add(enquiry.fact, counting.asked(enquiry.fact), at=at)
    journal.record(actor=actor.label, verb="demande.reçue", subject=enquiry, at=at, channel=channel, team=team.pk)
    _tell(enquiry, receiving, handling, on_behalf=on_behalf, at=at)
    if draft is not None:
        _drop(draft)
    return enquiry


def _build(
    *,
    actor: Actor,
    answers: Answers,
    author: Person,
    data_key: DataKey,
    asking: Asking,
    team: Team,
    idempotency_key: uuid.UUID,
    channel: str,
    on_behalf: bool,
    asked_at: datetime,
    at: datetime,
    reference: str,
) -> Enquiry:
    """The stored row and its fact; typed for someone, it bears the code to say to her."""
    department = answers.department
    days, calendar = team.academy.first_answer_days, calendar_of(department, known_at=at)
    enquiry = Enquiry(
        reference=reference,
        idempotency_key=idempotency_key,
        data_key=data_key,
        fact=_fact(answers, channel, day=local_day(asked_at, department.time_zone)),
        author=author,
        created_by_id=actor.person_id if on_behalf else None,
        channel=channel,
        academy_id=department.academy_id,
        department=department,
        site=answers.site,
        circonscription_id=asking.circonscription_id,
        division=answers.division,
        category=answers.category,
        contact=answers.contact_card,
        wishes=answers.wishes,
        call_code=tokens.spoken(6),
        address_index=_opening_address(actor, asking, on_behalf=on_behalf),
        wants_call_today=answers.wants_call_today,
        team=team,
        submitted_at=asked_at,
        last_contact_at=at,
        due_at=due_at(asked_at, working_days=days, calendar=calendar, zone=department.time_zone),
        previous=_followed(actor, answers),
        notice_version=notice_to_store(answers.notice, at=at),
        nomenclature_version=NOMENCLATURE_VERSION,
        state=State.SUBMITTED,
    )
    enquiry.claim_code = tokens.digits(6) if on_behalf else ""  # shown once, on the printed slip
    if enquiry.claim_code:
        enquiry.claim_digest = claim_digest(enquiry, enquiry.claim_code)
    enquiry.save(force_insert=True)
    return enquiry


def claim_digest(enquiry: Enquiry, code: str) -> bytes:
    """What the database keeps of the spoken code: under the enquiry’s own key, since nothing could make it again."""
    return encryption.own_index(enquiry.data_key.clear, f"claim:{enquiry.uid}", code)


def _fact(answers: Answers, channel: str, *, day: date) -> EnquiryFact:
    return EnquiryFact.objects.create(
        day=day,
        department_code=answers.department.code,
        category_code=answers.category.code,
        family=answers.category.family,
        topic_code=answers.topic.code,
        channel=channel,
    )


def _attach_words(enquiry: Enquiry, answers: Answers) -> None:
    if answers.words:
        Message.objects.create(
            enquiry=enquiry,
            sender=enquiry.author,
            is_from_agent=True,
            is_opening=True,
            body=answers.words,
            sent_at=enquiry.submitted_at,
        )


def _attach_choices(enquiry: Enquiry, answers: Answers, asking: Asking, *, at: datetime) -> None:
    """Whom she keeps away, and what she agreed to.

    An address that she has not proved opens nothing to whoever it names, who is kept away all the same.
    """
    excluded = {person.pk for person in answers.excluded}
    if enquiry.address_index is None:
        excluded |= {key for key in selves(asking) if key is not None and key != enquiry.author_id}
    choices = [PersonChoice(enquiry=enquiry, person_id=key, kind="excluded", since=at) for key in sorted(excluded)]
    if answers.superior:
        choices.append(PersonChoice(enquiry=enquiry, person=answers.superior, kind="superior", since=at))
    PersonChoice.objects.bulk_create(choices)
    agreed_at = answers.agreed_at or at
    Consent.objects.bulk_create(Consent(enquiry=enquiry, kind=kind, given_at=agreed_at) for kind in answers.consents)


def _tell(enquiry: Enquiry, receiving: Receiving, handling: Handling, *, on_behalf: bool, at: datetime) -> None:
    """Her, the free members of the team, and who must know that it went elsewhere, or to nobody."""
    notices.announce(enquiry, on_behalf=on_behalf, at=at, free=receiving.free, offer=handling.pk)
    if not receiving.free:
        notices.alert_national_referent(enquiry, at=at)
    elif receiving.is_elsewhere:
        notices.alert_of_rerouting(enquiry, at=at)


def _drop(draft: Draft) -> None:
    Draft.objects.filter(pk=draft.pk).delete()
    DataKey.objects.destroy(draft.data_key_id)


def _opening_address(actor: Actor, asking: Asking, *, on_behalf: bool) -> bytes | None:
    """The address that will open the enquiry; of someone signed in, only one that she has proved."""
    written = next(iter(asking.address_indexes), None)
    by_herself = actor.is_signed_in and not on_behalf
    return None if by_herself and written not in actor.addresses else written


def _followed(actor: Actor, answers: Answers) -> Enquiry | None:
    """The enquiry that this one follows, if it is really one of hers."""
    if answers.previous is None:
        return None
    return Enquiry.objects.visible_to(actor, side=Side.AUTHOR).filter(uid=answers.previous).first()


def _author(actor: Actor, answers: Answers, *, on_behalf: bool) -> tuple[Person, DataKey]:
    """Whoever asks, and a fresh key for what she asks: both keys are issued together when she is new here."""
    if actor.person_id is not None and not on_behalf:
        person = Person.objects.select_related("data_key").get(pk=actor.person_id)
        if not person.full_name:  # an account made by a code alone
            person.first_name, person.last_name = answers.first_name, answers.last_name
            person.save(update_fields=["first_name", "last_name"])
        return person, DataKey.objects.issue()
    hers, key = DataKey.objects.issue_many(2)
    names = {"first_name": answers.first_name, "last_name": answers.last_name}
    return Person.objects.create(data_key=hers, phone=answers.phone or None, **names), key


@transaction.atomic
def measure_enquiry(*, enquiry: Enquiry, sex: str, age_band: str, at: datetime | None = None) -> None:
    """Record the optional answers « Pour mesurer le service »; `enquiry` comes from whoever just sent it.

    Raises StaleState when another tab answered meanwhile, so that nobody is counted twice.
    """
    fact = enquiry.fact
    deltas = counting.measured(fact, sex=sex, age_band=age_band)
    known = {name: getattr(fact, name) for name in ("sex", "age_band", "is_counted", "is_passed_on")}
    swap(fact, known, {"sex": sex, "age_band": age_band})
    counting.add(fact, deltas, at=at or timezone.now())


def check_author(actor: Actor, enquiry: Enquiry) -> None:
    """Raises NotAllowed for anyone but the author."""
    if not is_author(actor, enquiry):
        raise NotAllowed("Seule la personne qui a fait la demande peut le faire.")


def check_team_exists(department: Department, at: datetime | None = None) -> None:
    """Raises DomainError when the académie has not opened the service here yet."""
    academy = department.academy
    today = local_day(at or timezone.now(), department.time_zone)
    if academy.opened_on is None or academy.opened_on > today:
        raise DomainError(
            f"Le service en ligne n’est pas encore ouvert dans l’académie {french.of(academy.name)}. "
            "Vos réponses ne sont pas perdues : choisissez un autre lieu, ou joignez le service RH de proximité "
            "de votre rectorat."
        )
