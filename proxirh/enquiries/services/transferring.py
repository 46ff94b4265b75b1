"""« Je change d’académie »: her enquiry goes on there, with her agreement to the very words that go, once it is taken.

Nothing is shown elsewhere before she agrees on her own page. Until it is taken, whoever follows her goes on.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.enquiries import notices, permissions
from proxirh.enquiries.conflicts import Receiving, asking_of, receiving_team
from proxirh.enquiries.models import (
    Consent,
    Enquiry,
    EnquiryFact,
    Handling,
    Message,
    PersonChoice,
    SharedSummary,
    Transfer,
    TransferRefusal,
)
from proxirh.enquiries.services.arriving import WHY, take_back
from proxirh.enquiries.services.asking import DRAWS, check_author, check_team_exists
from proxirh.enquiries.services.ending import Ending, anonymise_enquiry
from proxirh.enquiries.services.holding import hold
from proxirh.enquiries.services.treating import need_of
from proxirh.enquiries.sharing import next_in_turn
from proxirh.enquiries.workflow import (
    TRANSFER_WORKFLOW,
    UNSENT_TRANSFERS,
    HandlingState,
    State,
    SummaryState,
    TransferState,
    TransferStep,
)
from proxirh.kernel import journal, tokens
from proxirh.kernel.calendar import due_at, local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import DataKey
from proxirh.territories.actor import Actor
from proxirh.territories.models import Department, Site
from proxirh.territories.services.calendars import calendar_of

CONSENT = "changement_academie"
NOT_YOURS = "Seules la personne et celles qui suivent sa demande préparent un changement d’académie."
ALREADY = "Un changement d’académie est déjà en cours pour cette demande. Relisez-le."
SAME_ACADEMY = (
    "Ce lieu est dans l’académie qui vous suit déjà. Si vous changez seulement de lieu de travail, corrigez-le dans "
    "vos coordonnées, ou dites-le par un message."
)
NOBODY_WRITES = "Personne ne suit encore votre demande : écrivez vous-même le texte à transmettre."
MOVED = "Ce changement d’académie a changé entre-temps. Relisez-le : rien n’est parti."
TOO_LATE = "Une personne de l’autre académie vient de prendre votre demande. Relisez-la."
NOT_FOR_YOU = "Cette demande n’attend pas votre équipe, ou n’attend plus."


@dataclass(frozen=True, slots=True)
class Place:
    """Where she will work, and from when, if she knows."""

    department: Department
    site: Site | None = None
    moves_on: date | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """As they are stored."""
        return {"department": self.department, "site": self.site, "moves_on": self.moves_on}


def latest_transfer(enquiry: Enquiry) -> Transfer | None:
    """The last one of an enquiry that came through a door, with the names of its places."""
    rows = enquiry.transfers.select_related("department__academy", "site")
    found = rows.order_by("-pk").first()
    if found is not None:
        found.enquiry = enquiry
    return found


def waiting_transfer(arrival: Enquiry) -> Transfer | None:
    """What brings an enquiry that waits from another académie, for whoever may take it: its dates, and no text."""
    rows = arrival.origins.filter(state=TransferState.OFFERED)
    return rows.only("uid", "state", "moves_on", "enquiry_id", "arrival_id").first()


def base_text(enquiry: Enquiry) -> str:
    """What both agreed was said at the last interview, to begin from; "" without any."""
    agreed = SharedSummary.objects.filter(enquiry=enquiry, state=SummaryState.AGREED).order_by("-agreed_at").first()
    if agreed is None:
        return ""
    agreed.enquiry = enquiry
    return agreed.body


def start_transfer(
    *,
    actor: Actor,
    enquiry: Enquiry,
    place: Place,
    body: str = "",
    key: uuid.UUID | None = None,
    at: datetime | None = None,
) -> Transfer:
    """Say that its author works elsewhere from now on; the same key twice gives the same.

    Without a text, whoever follows it is asked for one. Raises NotAllowed, or DomainError for a place that nobody
    answers for yet, or in the same académie, or while another change is under way.
    """
    at = at or timezone.now()
    if key and (sent := enquiry.transfers.filter(idempotency_key=key).first()):
        return sent
    _check(actor, enquiry, place, at=at)
    by_author = permissions.is_author(actor, enquiry)
    if not body and not (by_author and enquiry.lead_id):
        raise DomainError(NOBODY_WRITES if by_author else "Écrivez le texte que la personne va relire.")
    transfer = Transfer(
        enquiry=enquiry,
        state=TransferState.PROPOSED if body else TransferState.ASKED,
        written_by_id=cast("int", actor.person_id),
        body=body,
        idempotency_key=key,
        asked_at=at,
        written_at=at,
        **place.columns,
    )
    try:
        with transaction.atomic():
            _hold_open(enquiry)
            transfer.save(force_insert=True)
            _say(actor, transfer, "demandé" if not body else "proposé", at=at)
            _tell_other_side(actor, transfer, at=at)
    except IntegrityError:
        sent = enquiry.transfers.filter(idempotency_key=key).first() if key else None
        if sent is None:
            raise DomainError(ALREADY) from None
        return sent
    return transfer


@transaction.atomic
def write_transfer(*, actor: Actor, transfer: Transfer, place: Place, body: str, at: datetime | None = None) -> None:
    """Write, or write again, what would go; raises StaleState when it moved since it was read."""
    at = at or timezone.now()
    _check(actor, transfer.enquiry, place, at=at)
    _hold_open(transfer.enquiry)
    sealed = Transfer._meta.get_field("body").seal(transfer, body)
    written = {"written_by_id": actor.person_id, "written_at": at, "body": sealed}
    stale = {"written_at": transfer.written_at}
    TRANSFER_WORKFLOW.apply(transfer, TransferStep.PROPOSE, expected=stale, **written, **place.columns)
    _say(actor, transfer, "proposé", at=at)
    _tell_other_side(actor, transfer, at=at)


def agree_to_transfer(*, actor: Actor, transfer: Transfer, at: datetime | None = None) -> None:
    """Its author agrees to the very words, and it is put before the team that answers where she goes.

    Raises NotAllowed for anyone else, StaleState when the words moved since she read them.
    """
    at = at or timezone.now()
    for round_ in range(DRAWS):
        try:
            _agree(actor, transfer, at=at)
        except IntegrityError:  # a reference that was already drawn
            if round_ == DRAWS - 1:
                raise
            transfer.state = TransferState.PROPOSED
        else:
            return


@transaction.atomic
def _agree(actor: Actor, transfer: Transfer, *, at: datetime) -> None:
    left = transfer.enquiry
    check_author(actor, left)
    _hold_open(left)
    place = Place(transfer.department, transfer.site, transfer.moves_on)
    _check_place(left, place, at=at)
    arrival, receiving, handling = _put_before(left, transfer, at=at)
    read = {"written_at": transfer.written_at}
    TRANSFER_WORKFLOW.apply(transfer, TransferStep.AGREE, expected=read, agreed_at=at, arrival_id=arrival.pk)
    Consent.objects.create(enquiry=left, kind=CONSENT, given_at=at)
    _say(actor, transfer, "accordé", at=at)
    journal.record(actor=journal.SYSTEM, verb="demande.reçue", subject=arrival, at=at, team=arrival.team_id)
    notices.alert_team(arrival, at=at, offer=handling.pk, free=receiving.free)
    if not receiving.free:
        notices.alert_national_referent(arrival, at=at)
    elif receiving.is_elsewhere:
        notices.alert_of_rerouting(arrival, at=at)


def withdraw_transfer(*, actor: Actor, transfer: Transfer, at: datetime | None = None) -> None:
    """Its author takes it back at any moment before it is taken there; whoever follows it, before she has agreed.

    What waited there is erased at once. Never within a transaction. Raises StaleState once it is taken.
    """
    at = at or timezone.now()
    with transaction.atomic():
        hold(transfer.enquiry_id, why=WHY)
        if not (
            permissions.is_author(actor, transfer.enquiry)
            or (transfer.state in UNSENT_TRANSFERS and permissions.can_change_academy(actor, transfer.enquiry))
        ):
            raise NotAllowed(NOT_YOURS)
        was_sent = transfer.state == TransferState.OFFERED
        try:
            gone = take_back(transfer, at=at)
            TRANSFER_WORKFLOW.apply(transfer, TransferStep.WITHDRAW, ended_at=at)
        except StaleState as error:
            raise StaleState(TOO_LATE if was_sent else MOVED) from error
        _withdraw_consent(transfer, at=at)
        _say(actor, transfer, "retiré", at=at)
        _tell_other_side(actor, transfer, at=at)
    _erase(gone, at=at)


def decline_transfer(*, actor: Actor, arrival: Enquiry, reason: str, at: datetime | None = None) -> None:
    """The other team says that it is not for it, and why; whoever followed her goes on, and what waited is erased.

    `arrival` is a row (`listed_for`). Never within a transaction. Raises NotAllowed for anyone of another team, and for
    an enquiry of the place itself; StaleState when somebody has just taken it, or she took it back.
    """
    if reason not in TransferRefusal.values:
        raise DomainError("Dites pourquoi : la personne le saura, et qui la suit aussi.")
    if not permissions.can_take(actor, arrival):
        raise NotAllowed(NOT_FOR_YOU)
    at = at or timezone.now()
    transfer = waiting_transfer(arrival)
    if transfer is None:
        raise NotAllowed(NOT_FOR_YOU)
    with transaction.atomic():
        hold(transfer.enquiry_id, why=WHY)
        gone = take_back(transfer, at=at)
        TRANSFER_WORKFLOW.apply(transfer, TransferStep.DECLINE, ended_at=at, reason=reason)
        left = Enquiry.objects.for_system("changement d’académie décliné").to_move().get(pk=transfer.enquiry_id)
        # Who declined is for her académie to know: the other journal tells that it was, and why.
        journal.record(actor=actor.label, verb="demande.changement_décliné_ici", subject=arrival, at=at, reason=reason)
        journal.record(actor=journal.SYSTEM, verb="demande.changement_décliné", subject=left, at=at, motif=reason)
        notices.tell_author(left, kind="news_for_author", dedupe_key=f"transfer_declined:{transfer.uid}", at=at)
        if left.lead_id is not None:
            kind, once = "changed_for_staff", f"transfer_declined:{transfer.uid}"
            notices.tell_lead(left, kind=kind, dedupe_key=once, at=at)
    _erase(gone, at=at)


def _erase(pk: int | None, *, at: datetime) -> None:
    """Nothing of her stays where nobody took it; stopped in between, time erases it (see `retention`)."""
    row = Enquiry.objects.for_system("rien ne reste où personne ne l’a prise").to_erase().filter(pk=pk or 0).first()
    if row is not None:
        anonymise_enquiry(by=journal.SYSTEM, enquiry=row, reason=Ending.ELSEWHERE, at=at)


# ── What waits in the other académie ──────────────────────────────────────────────────────────────
def _put_before(left: Enquiry, transfer: Transfer, *, at: datetime) -> tuple[Enquiry, Receiving, Handling]:
    """The enquiry that waits there, under its own key: her text, how to reach her, her post, the topic; no more.

    Whom she keeps away is kept away there too, and so is whoever has said that she knows her.
    """
    department, site = transfer.department, transfer.site
    today = local_day(at, department.time_zone)
    asking = replace(
        asking_of(left),
        site_id=site.pk if site else None,
        circonscription_id=site.circonscription_id if site else None,
        division_id=None,
        accepted=frozenset(),
    )
    there = Enquiry(department=department, site=site, category_id=left.category_id, fact=left.fact)
    there.nomenclature_version = left.nomenclature_version
    receiving = receiving_team(need_of(there, past_officers=False), asking, day=today)
    team, calendar = receiving.team, calendar_of(department, known_at=at)
    arrival = Enquiry(
        reference=tokens.grouped(tokens.spoken(8), 4),
        idempotency_key=uuid.uuid4(),
        data_key=DataKey.objects.issue(),
        fact=_fact_there(left.fact, department, day=today),
        author_id=left.author_id,
        academy_id=department.academy_id,
        department=department,
        site=site,
        circonscription_id=asking.circonscription_id,
        category_id=left.category_id,
        contact=left.contact,
        wishes=left.wishes,
        call_code=tokens.spoken(6),
        address_index=left.address_index,
        team=team,
        submitted_at=at,
        last_contact_at=at,
        due_at=due_at(at, working_days=team.academy.first_answer_days, calendar=calendar, zone=department.time_zone),
        previous=left,
        notice_version=left.notice_version,
        nomenclature_version=left.nomenclature_version,
        state=State.SUBMITTED,
    )
    arrival.save(force_insert=True)
    Message.objects.create(
        enquiry=arrival,
        sender_id=left.author_id,
        is_from_agent=True,
        is_opening=True,
        body=transfer.body,
        sent_at=at,
    )
    _keep_away(left, arrival, at=at)
    in_turn = next_in_turn(receiving.free, day=today)
    return arrival, receiving, Handling.objects.create(enquiry=arrival, team=team, person_id=in_turn, offered_at=at)


def _fact_there(fact: EnquiryFact, department: Department, *, day: date) -> EnquiryFact:
    """Counted once it is taken; until then her need counts where it is followed."""
    same = ("category_code", "family", "topic_code", "sex", "age_band")
    said = {name: getattr(fact, name) for name in same}
    return EnquiryFact.objects.create(day=day, department_code=department.code, channel="web", is_counted=False, **said)


def _keep_away(left: Enquiry, arrival: Enquiry, *, at: datetime) -> None:
    named = left.choices.filter(kind__in=("excluded", "superior"))
    PersonChoice.objects.bulk_create(
        PersonChoice(enquiry=arrival, person_id=person_id, kind=kind, since=at)
        for person_id, kind in named.values_list("person_id", "kind")
    )
    declined = left.handlings.filter(state=HandlingState.DECLINED, person__isnull=False)
    Handling.objects.bulk_create(
        Handling(
            enquiry=arrival,
            team_id=arrival.team_id,
            person_id=person_id,
            state=HandlingState.DECLINED,
            is_lead=False,
            ended_at=at,
        )
        for person_id in set(declined.values_list("person_id", flat=True))
    )


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────
def _check(actor: Actor, enquiry: Enquiry, place: Place, *, at: datetime) -> None:
    if actor.person_id is None or not permissions.can_change_academy(actor, enquiry):
        raise NotAllowed(NOT_YOURS)
    _check_place(enquiry, place, at=at)


def _check_place(enquiry: Enquiry, place: Place, *, at: datetime) -> None:
    if place.department.academy_id == enquiry.academy_id:
        raise DomainError(SAME_ACADEMY)
    check_team_exists(place.department, at=at)


def _hold_open(enquiry: Enquiry) -> None:
    """It stays open until the end of the transaction; raises StaleState when it has ended since it was read."""
    hold(enquiry.pk, why=WHY)
    if not Enquiry.objects.for_system("toujours ouverte ?").open().filter(pk=enquiry.pk).exists():
        raise StaleState(MOVED)


def _withdraw_consent(transfer: Transfer, *, at: datetime) -> None:
    transfer.enquiry.consents.filter(kind=CONSENT, withdrawn_at=None).update(withdrawn_at=at)


def _say(actor: Actor, transfer: Transfer, what: str, *, at: datetime) -> None:
    journal.record(actor=actor.label, verb=f"demande.changement_{what}", subject=transfer.enquiry, at=at)


def _tell_other_side(actor: Actor, transfer: Transfer, *, at: datetime) -> None:
    """There is something to read: for whoever follows her when she wrote, for her otherwise."""
    enquiry = transfer.enquiry
    if not permissions.is_author(actor, enquiry):
        notices.tell_author(enquiry, kind="news_for_author", at=at)
    elif enquiry.lead_id is not None:
        notices.tell_lead(enquiry, kind="changed_for_staff", at=at)
