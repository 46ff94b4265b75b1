"""Appointments of somebody who is away: each entrusted to a colleague at the same moment, asked for anew, or kept.

Whoever decides reads rows and nothing else. A conflict of interest keeps a colleague away here as anywhere, and
nobody is told which.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import models
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.conflicts import free_members
from proxirh.enquiries.models import Enquiry, EnquiryAppointment
from proxirh.enquiries.relief import rows_of
from proxirh.enquiries.relief_meetings import MeetingRow, meetings_away
from proxirh.enquiries.services.meeting import entrust, hold_as_read
from proxirh.enquiries.services.passing import label_of, refused
from proxirh.enquiries.services.treating import NOT_IN_CHARGE, has_reassigned
from proxirh.enquiries.sharing import hands_of
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import Appointment, WhyCancelled
from proxirh.scheduling.services import booking
from proxirh.scheduling.services.booking import Choice, Terms
from proxirh.scheduling.services.standing_in import open_instead
from proxirh.scheduling.workflow import AppointmentState, AppointmentStep
from proxirh.territories.actor import Actor

WHY = "les rendez-vous d’une personne absente"
FURTHEST = timedelta(days=370)
CHANGED = "Ce rendez-vous a changé entre-temps."
NOBODY_OPEN = "Personne d’autre de son équipe n’a d’heure ouverte à ce moment."
NOT_OPEN = "Cette personne n’a plus d’heure ouverte à ce moment."


class Fate(models.TextChoices):
    """What may become of an appointment whose counsellor is away; else a colleague is named."""

    TEAM = "equipe", "Le confier à l’équipe, à la même heure"
    ANEW = "redemander", "En faire choisir un autre"
    KEEP = "garder", "Le garder"


@dataclass(slots=True)
class Settled:
    """References of the enquiries whose appointment was entrusted, asked for anew, or left as it was, by reason."""

    entrusted: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Relay:
    """The same for each appointment: by whom, in whose place, once."""

    actor: Actor
    person: Person
    key: UUID
    at: datetime
    label: str

    def apply(self, appointment: Appointment, enquiry_id: int, fate: Person | str) -> None:
        """Raises DomainError when it stays as it is."""
        enquiry = Enquiry.objects.for_system(WHY).to_move().get(pk=enquiry_id)
        row = Appointment.objects.for_system(WHY).filter(pk=appointment.pk).defer(None).to_tell().get()
        if not enquiry.is_open or not row.is_confirmed:
            raise DomainError(CHANGED)
        if fate == Fate.ANEW:
            step, why = AppointmentStep.CANCEL_BY_SERVICE, WhyCancelled.ABSENCE
            booking.cancel(by=self.label, appointment=row, step=step, why=why, at=self.at)
            return
        free = free_members(enquiry, at=self.at) - {self.person.pk, self.actor.person_id}
        if isinstance(fate, Person):
            self._to_one(fate, row, enquiry, free)
        elif not any(self._is_taken(one, row, enquiry) for one in self._in_turn(row, enquiry, free)):
            raise DomainError(NOBODY_OPEN)

    def _to_one(self, to: Person, row: Appointment, enquiry: Enquiry, free: frozenset[int]) -> None:
        if to.pk not in free or has_reassigned(label_of(to), enquiry):
            raise refused(to, enquiry, actor=self.actor, at=self.at)
        choice = open_instead([row], [to.pk])[row.pk].get(to.pk)
        if choice is None or not self._is_taken((to, choice), row, enquiry):
            raise DomainError(NOT_OPEN)

    def _in_turn(self, row: Appointment, enquiry: Enquiry, free: frozenset[int]) -> Iterator[tuple[Person, Choice]]:
        """Whoever has least in hand first."""
        choices = open_instead([row], free)[row.pk]
        people = Person.objects.select_related("data_key").in_bulk(list(choices))
        turns = hands_of(choices, day=local_day(self.at, row.time_zone)) if choices else []
        for *_, key in sorted(one.turn for one in turns):
            if not has_reassigned(label_of(people[key]), enquiry):
                yield people[key], choices[key]

    def _is_taken(self, one: tuple[Person, Choice], row: Appointment, enquiry: Enquiry) -> bool:
        """False when her time was taken meanwhile."""
        host, choice = one

        def then(_made: Appointment) -> None:
            entrust(enquiry, host, at=self.at)
            verb, to = "demande.rendez_vous_confié", label_of(host)
            journal.record(actor=self.label, verb=verb, subject=enquiry, at=self.at, to=to)

        try:
            booking.move(
                by=self.label,
                appointment=row,
                choice=choice,
                terms=Terms(row.department, row.length, self.at, self.at + FURTHEST),
                key=uuid5(self.key, row.uid.hex),
                first=lambda: hold_as_read(enquiry),
                then=then,
                at=self.at,
            )
        except SlotTaken:
            return False
        return True


def settle_meetings(
    *,
    actor: Actor,
    person: Person,
    until: date,
    fates: Mapping[UUID, Person | str],
    others: Collection[UUID] = (),
    key: UUID,
    at: datetime | None = None,
) -> Settled:
    """Do with each appointment of somebody who is away, by its id, what was chosen for it; those of `others` go to the
    team, or else are asked for anew; the rest is kept.

    One transaction each. Entrusted, whoever meets the person follows the enquiry too. What a conflict of interest keeps
    from the actor goes to the team, or is asked for anew, by the service itself. The same key again does nothing twice.
    Raises NotAllowed for whoever answers for no académie, and for oneself. Never within a transaction.
    """
    at = at or timezone.now()
    if not actor.second_factor or not actor.answers_for or person.pk == actor.person_id:
        raise NotAllowed(NOT_IN_CHARGE)
    found, done = meetings_away(actor, person.pk, until=until, at=at), Settled()
    relay = _Relay(actor, person, key, at, actor.label)
    usual = dict.fromkeys(others, Fate.TEAM)
    _tell_again(relay, {**usual, **fates}, {row.appointment.uid for row in found.rows}, done)
    for row in found.rows:
        uid = row.appointment.uid
        asked = [fates[uid]] if uid in fates else [Fate.TEAM, Fate.ANEW] if uid in usual else [Fate.KEEP]
        if asked != [Fate.KEEP]:
            _settle(relay, row, asked, done)
    _settle_unseen(_Relay(actor, person, key, at, journal.SYSTEM), found.hidden)
    return done


def _settle(relay: _Relay, row: MeetingRow, asked: Sequence[Person | str], done: Settled) -> None:
    """The first of these that may be; the reason of the last one, when none may."""
    why = ""
    for fate in asked:
        try:
            relay.apply(row.appointment, row.enquiry_id, fate)
        except DomainError as refusal:
            why = str(refusal)
        else:
            (done.asked if fate == Fate.ANEW else done.entrusted).append(row.reference)
            return
    done.left.setdefault(why, []).append(row.reference)


def _settle_unseen(relay: _Relay, hidden: Sequence[Appointment]) -> None:
    """Of her académies alone."""
    if not hidden:
        return
    here = Enquiry.objects.for_system(WHY).filter(academy_id__in=relay.actor.answers_for).order_by()
    found = here.filter(meetings__series__in=[one.series for one in hidden])
    keys = dict(found.values_list("meetings__series", "pk"))
    for appointment in hidden:
        for fate in (Fate.TEAM, Fate.ANEW) if appointment.series in keys else ():
            try:
                relay.apply(appointment, keys[appointment.series], fate)
            except DomainError:
                continue
            break


def _tell_again(relay: _Relay, fates: Mapping[UUID, Person | str], still: set[UUID], done: Settled) -> None:
    """What the same form did a moment ago is told again; the rest has changed meanwhile."""
    gone = [uid for uid, fate in fates.items() if uid not in still and fate != Fate.KEEP]
    if not gone:
        return
    rows = Appointment.objects.for_system(WHY).filter(uid__in=gone, person=relay.person)
    series = {one.series: one for one in rows}
    links = EnquiryAppointment.objects.of_series(series).values_list("series", "enquiry_id")
    known = dict(rows_of(relay.actor).filter(pk__in=[pk for _, pk in links]).order_by().values_list("pk", "reference"))
    for one, pk in links:
        if pk not in known:
            continue
        if Appointment.objects.for_system(WHY).sent_with(uuid5(relay.key, series[one].uid.hex)).exists():
            done.entrusted.append(known[pk])
        elif series[one].state == AppointmentState.CANCELLED_BY_SERVICE:
            done.asked.append(known[pk])
        else:
            done.left.setdefault(CHANGED, []).append(known[pk])
