"""Doors of what hangs from an enquiry and has readers of its own: alerts, what was passed on, referrals, questions to
cells, notes and who asks for them."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.apps import apps
from django.db.models import FETCH_RAISE, BigAutoField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from proxirh.enquiries.standing import NOBODY, TAKEN_BACK, conflict_free, handled_by
from proxirh.enquiries.workflow import (
    OPEN_REFERRALS,
    OPEN_STATES,
    WITH_OTHER_SIDE,
    WITHOUT_NEWS,
    QuestionState,
    ReferralState,
    SignpostState,
    State,
)
from proxirh.kernel.personal_data import Subject
from proxirh.kernel.queries import Exist
from proxirh.kernel.written import Given, written_once
from proxirh.scheduling.models import PhoneCall
from proxirh.territories.actor import Actor

# How long a note that its author left behind waits for her.
SET_ASIDE = timedelta(days=30)


class ConcernQuerySet(QuerySet):
    """Alerts about someone: for whoever raised one, those who were called, and those who follow her enquiry now."""

    def shown_to(self, actor: Actor) -> Self:
        """Who raised it, who is called, when; of the enquiry, its reference alone."""
        if actor.person_id is None or not actor.second_factor:
            return self.none()
        free = apps.get_model("enquiries", "Enquiry").objects.filter(conflict_free(actor), pk=OuterRef("enquiry"))
        called = apps.get_model("enquiries", "ConcernCall").objects.filter(person_id=actor.person_id)
        raised = self.model._base_manager.filter(raised_by_id=actor.person_id)
        ways: list[QuerySet[Any, Any]] = [called.values("concern")]
        if actor.receives:
            followed = apps.get_model("enquiries", "Enquiry").objects.filter(handled_by(actor))
            ways.append(self.model._base_manager.filter(enquiry__in=followed.values("pk")).values("pk"))
        # Each way by its index; told “or”, PostgreSQL reads every alert.
        return self.filter(Q(enquiry=None) | Exists(free), pk__in=raised.values("pk").union(*ways, all=True))

    def with_people(self) -> Self:
        """Behind `shown_to`: what its pages tell, and nothing of the enquiry but its reference and its place."""
        people = ("raised_by__data_key", "acknowledged_by__data_key")
        hidden = ("contact", "wishes", "call_code", "next_step", "closing_word")
        rows = self.select_related(
            "enquiry__department__academy", "call__team__academy", "call__team__department", *people
        )
        of_call = ("caller_name", "caller_reach", "note", "topic", "category", "department")
        return rows.defer(*(f"enquiry__{name}" for name in hidden), *(f"call__{name}" for name in of_call))

    def unanswered(self) -> Self:
        """Nobody has acknowledged yet."""
        return self.filter(acknowledged_at=None)

    def about_call(self, call: PhoneCall) -> Self:
        """Behind the door of a call: the alert that waits about whoever was on the line."""
        return self.filter(call=call, acknowledged_at=None)

    def of_calls_before(self, moment: datetime) -> Self:
        """Given on the telephone so long ago that nothing is kept of the call."""
        return self.filter(enquiry=None, raised_at__lt=moment)


class TransmissionQuerySet(QuerySet):
    """What was passed on to a listening cell: for its members alone, with a second factor and without conflict."""

    def listed_for(self, actor: Actor) -> Self:
        """Rows of one’s cell: dates and codes only, ended and withdrawn ones included."""
        if actor.person_id is None or not actor.second_factor or not actor.cells:
            return self.none()
        free = apps.get_model("enquiries", "Enquiry").objects.filter(conflict_free(actor), pk=OuterRef("enquiry"))
        rows = self.filter(Q(enquiry=None) | Exists(free), team_id__in=actor.cells)
        return rows.defer("body", "identity", "code_digest").fetch_mode(FETCH_RAISE)

    def visible_to(self, actor: Actor) -> Self:
        """The words and the name passed on, as long as their author agrees."""
        rows = self.listed_for(actor).filter(withdrawn_at=None)
        return rows.defer(None).select_related("data_key", "team__academy", "enquiry__department", "enquiry__data_key")

    def of_enquiry(self, enquiry: Any) -> Self:
        """Its copies, for whoever the enquiry came to through a door; the latest first."""
        return self.filter(enquiry=enquiry).select_related("data_key", "team", "consent").order_by("-sent_at", "-pk")

    def returning(self, locator: str) -> Self:
        """Passed on without a name, for whoever holds its code; the code itself is compared afterwards."""
        return self.filter(locator=locator, enquiry=None).select_related("data_key", "team__academy")

    def to_index(self) -> Self:
        """Codes made under the key of the indexes, and not under their own: none, ever."""
        return self.filter(code_digest__gte=b"\x01")

    def silent_since(self, moment: datetime) -> Self:
        """Without a name, and without a word of anyone since `moment`."""
        letters = apps.get_model("enquiries", "TransmissionMessage").objects
        said = letters.filter(transmission=OuterRef("pk"), sent_at__gte=moment)
        return self.filter(~Exists(said), enquiry=None, sent_at__lt=moment)

    def late(self, at: datetime) -> Self:
        """Waiting for a first answer past its time."""
        return self.filter(answered_at=None, ended_at=None, withdrawn_at=None, due_at__lt=at)


# What the other side still reads: what is with it, and what it has answered.
READ_THERE = WITH_OTHER_SIDE | {ReferralState.TO_VALIDATE, ReferralState.ANSWERED, ReferralState.VERIFIED}
NOT_TOLD = ("contact", "wishes", "call_code", "next_step", "closing_word")


class ReferralQuerySet(QuerySet):
    """Referrals: for the officers of the very cell, the head who validates, the partner who holds the link.

    None of them reads anything of the enquiry, which comes along for its key and its clock alone.
    """

    def listed_for(self, actor: Actor) -> Self:
        """Rows of one’s cells, once they have left: reference, dates and state; without conflict of interest."""
        if actor.person_id is None or not actor.second_factor or not actor.cells:
            return self.none()
        rows = self.filter(_living(conflict_free(actor)), team_id__in=actor.cells, sent_at__isnull=False)
        rows = rows.annotate(zone=F("enquiry__department__time_zone"))
        return rows.defer("body").select_related("team").fetch_mode(FETCH_RAISE)

    def visible_to(self, actor: Actor) -> Self:
        """The text passed on, while it is with the cell or once it has answered: never what was taken back."""
        return _with_key(self.listed_for(actor).filter(state__in=READ_THERE).defer(None))

    def to_validate_by(self, actor: Actor) -> Self:
        """Answers that wait for the head of the service of the cell; what was passed on is not among it."""
        if actor.person_id is None or not actor.second_factor or not actor.heads:
            return self.none()
        rows = self.filter(
            _living(conflict_free(actor)), state=ReferralState.TO_VALIDATE, team__academy_id__in=actor.heads
        )
        return _with_key(rows).defer("body", *(f"enquiry__{name}" for name in NOT_TOLD)).fetch_mode(FETCH_RAISE)

    def opened_by(self, link_print: bytes) -> Self:
        """The one that a link opens to a partner, as long as it is with him; its time is looked at afterwards."""
        rows = self.filter(_living(), state__in=WITH_OTHER_SIDE, partner__isnull=False, link_print=link_print)
        return _with_key(rows)

    def of_enquiry(self, enquiry: Any) -> list[Any]:
        """All of them with their answers, for whoever the enquiry came to through a door; the latest first.

        An answer that its head has not validated yet is left out.
        """
        rows = self.filter(enquiry=enquiry).select_related("team", "partner", "written_by__data_key", "answer")
        found: list[Any] = list(rows.order_by("-proposed_at", "-pk"))
        for one in found:
            one.enquiry = enquiry
            answer = getattr(one, "answer", None)
            one.delivered = answer if answer is not None and answer.delivered_at is not None else None
            if one.delivered is not None:
                one.delivered.enquiry = enquiry
        return found

    def under_way(self) -> Self:
        """Not refused, expired, taken back or answered; nor on an enquiry that its author took back."""
        return self.filter(_living(), state__one_of=OPEN_REFERRALS)

    def silent(self, at: datetime) -> Self:
        """Under way, and to be reminded of by then."""
        return self.filter(state__one_of=OPEN_REFERRALS, reminded_at=None, remind_at__lte=at)

    def lapsed(self, at: datetime) -> Self:
        """Without an answer when their time is over."""
        return self.filter(state__one_of=WITH_OTHER_SIDE | {ReferralState.PROPOSED}, expires_at__lte=at)

    def taken_back(self) -> Self:
        """Under way, though their author took the enquiry back."""
        return self.filter(~_living(), state__one_of=OPEN_REFERRALS)


def is_elsewhere() -> Exist:
    """A column of enquiries: one of its referrals is with the other side, without an answer yet."""
    return Exist("enquiries.Referral", enquiry=F("pk"), state=tuple(sorted(WITHOUT_NEWS)))


def next_of_referrals() -> dict[str, Exist]:
    """The same, and whether one waits for its author: to agree, or to say that the answer arrived."""
    states = {"is_proposed": ReferralState.PROPOSED, "is_answered": ReferralState.ANSWERED}
    waiting = {name: Exist("enquiries.Referral", enquiry=F("pk"), state=state) for name, state in states.items()}
    return {"is_elsewhere": is_elsewhere(), **waiting}


def _with_key(rows: Any) -> Any:
    """Of the enquiry, its key and its clock alone."""
    related = ("team__academy", "partner", "answer", "enquiry__data_key", "enquiry__department__academy")
    found = rows.select_related(*related)
    return found.defer(*(f"enquiry__{name}" for name in NOT_TOLD))


def _living(*rules: Q) -> Exists:
    """Their enquiry was not taken back, and these rules hold of it."""
    gone = (*TAKEN_BACK, State.ANONYMISED)
    rows = apps.get_model("enquiries", "Enquiry").objects.filter(*rules, pk=OuterRef("enquiry"))
    return Exists(rows.exclude(state__in=gone))


class QuestionQuerySet(QuerySet):
    """Questions to expert cells: for the officers of the very cell, who read nothing of the enquiry, and the clock."""

    def listed_for(self, actor: Actor) -> Self:
        """Rows of one’s cells: number, dates, state and clock, ended ones included; without conflict."""
        if actor.person_id is None or not actor.second_factor or not actor.cells:
            return self.none()
        free = apps.get_model("enquiries", "Enquiry").objects.filter(conflict_free(actor), pk=OuterRef("enquiry"))
        rows = self.filter(Exists(free), team_id__in=actor.cells).annotate(zone=F("enquiry__department__time_zone"))
        return rows.defer("facts", "body", "answer").select_related("team").fetch_mode(FETCH_RAISE)

    def visible_to(self, actor: Actor) -> Self:
        """The question while it waits, and with its answer afterwards: never once it was recalled or given back."""
        rows = self.listed_for(actor).filter(_living(), state__in=(QuestionState.ASKED, QuestionState.ANSWERED))
        found = rows.defer(None).select_related("team", "enquiry__data_key", "enquiry__department__academy")
        return found.defer(*(f"enquiry__{name}" for name in NOT_TOLD))

    def of_enquiry(self, enquiry: Any) -> list[Any]:
        """All of them, for whoever the enquiry came to through a door; the latest first."""
        found: list[Any] = list(self.filter(enquiry=enquiry).select_related("team").order_by("-asked_at", "-pk"))
        for one in found:
            one.enquiry = enquiry
        return found

    def overdue(self, at: datetime) -> Self:
        """Without an answer when their day is over, and nobody reminded yet."""
        return self.filter(_living(), state=QuestionState.ASKED, reminded_at=None, due_at__lte=at)


def awaits_advice() -> dict[str, Exist]:
    """A column of enquiries: a cell has not answered a question about it yet."""
    return {"is_asked": Exist("enquiries.ExpertQuestion", enquiry=F("pk"), state=QuestionState.ASKED)}


class SignpostingQuerySet(QuerySet):
    """Contacts given to agents: for the clock alone, everyone else comes by the enquiry."""

    def to_ask(self, *, before: datetime) -> Self:
        """Of open enquiries: questions not asked yet, whose day has come somewhere."""
        return self.filter(state=SignpostState.GIVEN, ask_on__lte=before.date(), enquiry__state__in=OPEN_STATES)

    def enquiries_to_ask(self, *, before: datetime) -> list[int]:
        """Keys of these enquiries."""
        rows = self.to_ask(before=before).order_by("enquiry_id")
        return list(rows.values_list("enquiry_id", flat=True).distinct())


class WorkingNoteQuerySet(QuerySet):
    """Notes of professionals: what one of them shared with those who follow an enquiry, and what is hers alone."""

    def read_by(self, actor: Actor, enquiry: Any) -> list[Any]:
        """Shared notes and her own, oldest first, for whoever follows an enquiry that came through a door.

        The caller sees to it that she follows it: an exceptional access opens none.
        """
        found = _notes_of().read(enquiry=enquiry.pk, person=actor.person_id)
        for note in found:
            note.enquiry = enquiry
        return found

    def unsettled(self, enquiry: Any, person_id: int | None) -> Self:
        """What this person wrote there for herself alone, and has neither shared nor erased; never empty for nobody."""
        if person_id is None:
            return self.none()
        return self.filter(enquiry=enquiry, author_id=person_id, shared_at=None).order_by("written_at", "pk")

    def set_aside_for(self, actor: Actor, *, at: datetime) -> Self:
        """Her notes that she left behind on enquiries no longer hers, until they go; without conflict of interest.

        They are hers: no door of the enquiry is asked, and nothing of it is shown but its reference.
        """
        if actor.person_id is None or not actor.receives:
            return self.none()
        free = apps.get_model("enquiries", "Enquiry").objects.filter(conflict_free(actor), pk=OuterRef("enquiry"))
        hidden = ("contact", "wishes", "call_code", "next_step", "closing_word")
        return (
            self.filter(Exists(free), author_id=actor.person_id, set_aside_at__gt=at - SET_ASIDE)
            .select_related("enquiry__data_key", "enquiry__department")
            .defer(*(f"enquiry__{name}" for name in hidden))
            .order_by("set_aside_at", "pk")
        )

    def left_behind(self, *, before: datetime) -> Self:
        """Set aside before that moment: nobody settled them in time; what someone has asked for waits for her."""
        return self.filter(~_asked_for(), set_aside_at__lt=before)

    def on_ended(self, *, before: datetime) -> Self:
        """On enquiries that ended before that moment; what someone has asked for waits until she has it."""
        return self.filter(~_asked_for(), enquiry__closed_at__lt=before)

    def asked_for(self) -> Self:
        """Those whose subject has asked for them, and has not been answered yet."""
        return self.filter(_asked_for())

    def to_hand_over(self, enquiries: Any) -> Self:
        """Every note of these enquiries, which came through a door; held, so that none goes while it is asked for."""
        return self.filter(enquiry__in=enquiries).select_for_update(of=("self",)).order_by("written_at", "pk")


def _asked_for() -> Exists:
    reviews = apps.get_model("enquiries", "NoteReview").objects
    return Exists(reviews.filter(note=OuterRef("pk"), request__delivered_at=None))


class NotesRequestQuerySet(QuerySet):
    """Requests for working notes: for whoever asked, and for the clock."""

    def asked_by(self, actor: Subject) -> Self:
        """This person’s own, and nobody’s for a visitor."""
        return self.none() if actor.person_id is None else self.filter(person_id=actor.person_id)

    def of_former(self, person_id: int) -> Self:
        """Of one row of someone who turns out to have another, which takes over what she asked."""
        return self.filter(person_id=person_id)

    def open(self) -> Self:
        """Not answered yet."""
        return self.filter(delivered_at=None)

    def about(self, enquiries: Any) -> Self:
        """Open ones that ask for notes of these enquiries; held until the transaction ends."""
        reviews = apps.get_model("enquiries", "NoteReview").objects.filter(enquiry__in=enquiries)
        return self.open().filter(pk__in=reviews.values("request")).select_for_update().order_by("pk")

    def delivered_before(self, moment: datetime) -> Self:
        """Answered before that moment: they go, with what was handed over."""
        return self.filter(delivered_at__lt=moment)


class NoteReviewQuerySet(QuerySet):
    """Notes that someone asked for: to be re-read by their author alone, then read by whoever asked."""

    def to_review_by(self, actor: Actor) -> Self:
        """Notes that this person wrote and somebody waits for, the most pressing first; never what a colleague wrote.

        They are her own words: no door of the enquiry is asked, and nothing of it is shown but its reference. Who may
        no longer receive enquiries, or must meet nothing of this one, re-reads nothing.
        """
        if actor.person_id is None or not actor.receives:
            return self.none()
        free = apps.get_model("enquiries", "Enquiry").objects.filter(conflict_free(actor), pk=OuterRef("enquiry"))
        hidden = ("contact", "wishes", "call_code", "next_step", "closing_word")
        return (
            self.filter(Exists(free), note__author_id=actor.person_id, decision="", request__delivered_at=None)
            .select_related("request", "note", "enquiry__data_key", "enquiry__department")
            .defer(*(f"enquiry__{name}" for name in hidden))
            .order_by("request__due_on", "written_at", "pk")
        )

    def awaited_on(self) -> QuerySet:
        """Keys of the enquiries whose notes somebody waits for; of the one that it was merged into, when it was."""
        held = Coalesce("enquiry__merged_into_id", "enquiry_id")
        return self.filter(request__delivered_at=None).values_list(held, flat=True)

    def decided_by(self, actor: Actor) -> Self:
        """Those that this person wrote and that are decided."""
        return self.filter(note__author_id=actor.person_id or NOBODY).exclude(decision="")

    def waiting(self, request: Any) -> Self:
        """Not re-read yet, with what opens them and their authors: for the rules that decide, never to be shown."""
        related = ("note__author__data_key", "note__author__user", "enquiry__data_key", "enquiry__department__academy")
        hidden = ("contact", "wishes", "call_code", "next_step", "closing_word")
        rows = self.filter(request=request, decision="").select_related("request", *related).order_by("pk")
        return rows.defer(*(f"enquiry__{name}" for name in hidden))

    def answered_to(self, actor: Subject) -> Self:
        """What was handed over to this person, or withheld from her and why; nothing before all of it is ready."""
        if actor.person_id is None:
            return self.none()
        mine = self.filter(request__person_id=actor.person_id, request__delivered_at__isnull=False)
        return mine.select_related("enquiry__data_key", "enquiry__department")


@written_once
def _notes_of() -> QuerySet:
    hers = Q(author_id=Given("person", BigAutoField()), set_aside_at=None)
    rows = apps.get_model("enquiries", "WorkingNote").objects.filter(enquiry_id=Given("enquiry", BigAutoField()))
    return (
        rows.filter(Q(shared_at__isnull=False) | hers).select_related("author__data_key").order_by("written_at", "pk")
    )
