"""The three doors to an enquiry; there is no fourth (a test refuses one)."""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Self
from uuid import UUID

from django.apps import apps
from django.db.models import FETCH_RAISE, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, StrIndex, Substr
from django.utils import timezone

from proxirh.enquiries.standing import NOBODY, conflict_free, handled_by, led_by, opened_to, proposed_to, written_by
from proxirh.enquiries.workflow import OPEN_STATES, HandlingState, State, SummaryState
from proxirh.kernel.queries import STILL_TO_COME, Exist, ValueOf, wanted
from proxirh.kernel.written import Given
from proxirh.territories.actor import Actor

JUST_SENT = timedelta(hours=1)
# What a row shows (PRODUCT §6): no topic, no word, no name of the author.
ROW_COLUMNS = (
    "uid",
    "reference",
    "state",
    "submitted_at",
    "due_at",
    "first_answered_at",
    "next_step_on",
    "waiting_since",
    "closed_at",
    "wants_call_today",
    "academy_id",
    "department_id",
    "category_id",
    "team_id",
    "lead_id",
)
# What a job may read: ids, dates and the fact.
SYSTEM_COLUMNS = (*ROW_COLUMNS, "fact_id", "author_id", "last_contact_at", "failed_attempts")
# Besides, whom it may be told to: where its author reads, and who may not meet it.
TOLD_COLUMNS = (
    *("address_index", "contact", "claim_digest", "disowned_at", "data_key", "department", "team"),
    *("site_id", "circonscription_id", "division_id"),
)
# When the erasure of an enquiry was announced, and after which contact.
TOLD_WHEN = ("expiry_told_at", "expiry_told_for")


class Side(StrEnum):
    """From where one looks at an enquiry: as its author, as who has it in hand, or as the lead of an open one."""

    AUTHOR = "author"
    DESK = "desk"
    LEAD = "lead"


class Part(StrEnum):
    """What a list shows of the rows one may see: those that wait for a team, the whole of an académie, or those whose
    silence may be told to those who answer for it.
    """

    UNTAKEN = "untaken"
    ACADEMY = "academy"
    LADDER = "ladder"


class EnquiryQuerySet(QuerySet):
    """Doors first, then named filters to compose behind a door."""

    def visible_to(self, actor: Actor, *, sent_with: UUID | None = None, side: Side | None = None) -> Self:
        """Content: its author, whoever handles it now, in a mission, with a second factor and without conflict of
        interest, and a coordinator during her exceptional access; anything else is a 404.

        `sent_with` is the key of the draft this very browser has just sent: it shows the acknowledgement for an hour
        to someone who has no account yet, and to the colleague who typed it for someone else. `side` keeps to what
        this person asked, or to what she has in hand: the same rule, less of it.
        """
        ways = []
        if sent_with is not None:
            typed_here = Q(created_by=None) | Q(created_by_id=actor.person_id)
            within_the_hour = Q(data_key__created_at__gt=timezone.now() - JUST_SENT)
            ways.append(Q(idempotency_key=sent_with) & within_the_hour & typed_here)
        if actor.person_id is not None and side in {None, Side.AUTHOR}:
            ways.append(written_by(actor))
        if actor.receives and side == Side.LEAD:
            ways.append(led_by(actor))
        if actor.receives and side in {None, Side.DESK}:
            ways.append(handled_by(actor))
        if actor.second_factor and actor.coordinates and side in {None, Side.DESK}:
            ways.append(opened_to(actor))
        if not ways:
            return self.none()
        return self.filter(reduce(or_, ways) & ~Q(state=State.ANONYMISED)).select_related("data_key", "fact")

    def listed_for(self, actor: Actor, *, part: Part | None = None) -> Self:
        """Rows: the team's own open and untaken ones, and the académie's for its coordinators or whoever stands in.

        Columns of a row only, for whoever has a second factor. `part` keeps to one of the two: the same rule, less of
        it. The head of a service meets open rows of the académie too, on the page of the ladder alone.
        """
        if part == Part.LADDER:
            told = actor.answers_for | actor.heads
            return self._rows_of(actor, [Q(academy_id__in=told, state__one_of=OPEN_STATES)] if told else [])
        ways = []
        if actor.teams and part != Part.ACADEMY:
            ways.append(Q(team_id__in=actor.teams, lead=None, state__one_of=OPEN_STATES))
        if actor.answers_for and part != Part.UNTAKEN:
            ways.append(Q(academy_id__in=actor.answers_for) & ~Q(state=State.ANONYMISED))
        if actor.teams and part is None:
            ways.append(proposed_to(actor))
        return self._rows_of(actor, ways)

    def _rows_of(self, actor: Actor, ways: list[Q]) -> Self:
        if actor.person_id is None or not actor.second_factor or not ways:
            return self.none()
        return self.filter(reduce(or_, ways) & conflict_free(actor)).only(*ROW_COLUMNS).fetch_mode(FETCH_RAISE)

    def found_first(self) -> Self:
        """The same rows, found alone before anything is joined: else SQLite may read the whole table to join it."""
        return self.filter(pk__in=self.order_by().values("pk"))

    def for_system(self, reason: str) -> Self:
        """Every row, for a job or a service that names its reason; ids, dates and the fact only."""
        assert reason
        return self.only(*SYSTEM_COLUMNS).fetch_mode(FETCH_RAISE)

    def offered_to(self, actor: Actor) -> Self:
        """Behind `listed_for`: what a colleague of the team sees before taking, or whoever is asked to follow beside a
        lead before accepting: the name, the site and the wishes."""
        waiting = Q(team_id__in=actor.teams, lead=None, state__one_of=OPEN_STATES)
        return (
            self.filter(waiting | proposed_to(actor))
            .only(*ROW_COLUMNS, "contact", "wishes", "data_key", "site", "department", "category", "team")
            .select_related("data_key", "site", "department", "category", "team")
        )

    def proposed_beside(self, actor: Actor) -> Self:
        """Behind `listed_for`: what this person is asked to follow beside its lead."""
        return self.filter(proposed_to(actor), lead__isnull=False).only(*ROW_COLUMNS)

    def followed_beside(self, actor: Actor) -> Self:
        """Behind `visible_to`: open ones that somebody else leads, with who does."""
        rows = self.filter(handled_by(actor), state__one_of=OPEN_STATES).exclude(lead_id=actor.person_id)
        return rows.select_related("lead__data_key").order_by("next_step_on", "pk")

    def with_card(self) -> Self:
        """Behind `listed_for`: the name, how to reach her and her wishes, for a coordinator who said why."""
        shown = ("contact", "wishes", "data_key", "department", "team", "lead", "claim_digest", "disowned_at")
        return self.only(*ROW_COLUMNS, *shown).select_related(
            "data_key", "department__academy", "team", "lead__data_key"
        )

    def with_places(self) -> Self:
        """Behind `listed_for`: the row with the names of its team, its lead and its département."""
        return self.only(*ROW_COLUMNS, "department", "team", "lead").select_related(
            "department", "team", "lead__data_key"
        )

    def to_tell(self, actor: Actor) -> Self:
        """Behind `for_system`: what an officer says to who gives the call code, but for who must meet nothing of it."""
        return (
            self.filter(conflict_free(actor))
            .exclude(state=State.ANONYMISED)
            .only(*SYSTEM_COLUMNS, *TOLD_WHEN, "call_code", "next_step", "data_key", "department", "team", "lead")
            .select_related("data_key", "department", "team__academy", "lead__data_key")
        )

    def with_whose_turn(self, actor: Actor) -> Self:
        """Adds `is_mine`: it is proposed to this person first; her colleagues of the team may take it all the same."""
        offered = {"enquiry": F("pk"), "state": HandlingState.OFFERED, "is_lead": True}
        return self.annotate(is_mine=Exist("enquiries.Handling", **offered, person=actor.person_id or NOBODY))

    def held_by(self, person_id: int) -> Self:
        """Behind a door: open ones that this person leads, or that wait under her name."""
        hers = {"person": person_id, "state": HandlingState.OFFERED, "is_lead": True}
        waiting = Q(lead=None, pk__among=wanted("enquiries.Handling", "enquiry", **hers))
        return self.filter(Q(lead_id=person_id) | waiting, state__one_of=OPEN_STATES)

    def moved_from(self, actor: Actor, *marks: str, since: datetime) -> Self:
        """Behind `for_system`: taken out of these hands by the coordination, with the moment as `left_at`; nothing
        that a conflict of interest has come to keep from them."""
        gone = {"handlings__person_id": actor.person_id or NOBODY, "handlings__state": HandlingState.DONE}
        rows = self.filter(conflict_free(actor)).filter(
            **gone, handlings__reason__in=marks, handlings__ended_at__gte=since
        )
        return rows.annotate(left_at=F("handlings__ended_at")).order_by("-left_at", "pk")

    def with_opening(self, actor: Actor) -> Self:
        """Adds `opened_until`, when the exceptional access of this person ends."""
        running = {"enquiry": F("pk"), "person": actor.person_id or NOBODY, "until": STILL_TO_COME}
        return self.annotate(opened_until=ValueOf("until", "enquiries.BreakGlass", **running))

    def to_route(self) -> Self:
        """Behind `for_system`: what decides a team, and who is kept away."""
        return self.only(
            *SYSTEM_COLUMNS, "address_index", "site", "circonscription_id", "division_id", "nomenclature_version"
        ).select_related("department__academy", "site", "fact", "team")

    def to_reassign(self) -> Self:
        """Behind `for_system`: what decides who may follow it, and where its author is told; nothing is shown."""
        return self.only(*SYSTEM_COLUMNS, *TOLD_COLUMNS).select_related("data_key", "department", "team")

    def to_follow(self) -> Self:
        """Behind `for_system`: its next step, which an appointment that was moved or cancelled changes."""
        return self.only(*SYSTEM_COLUMNS, "next_step", "next_step_on", "data_key").select_related(
            "data_key", "department"
        )

    def to_move(self) -> Self:
        """Behind `for_system`: both sides of a change of académie, and where those they concern are told."""
        rows = self.select_related("data_key", "fact", "department", "team__academy", "lead__data_key")
        return rows.only(*SYSTEM_COLUMNS, *TOLD_COLUMNS, "fact", "lead", "wishes")

    def but_waiting_elsewhere(self) -> Self:
        """For their author: without what waits for another académie, told on the page of the one that is left."""
        return self.exclude(fact__is_counted=False, state__in=(State.SUBMITTED, State.WITHDRAWN))

    def taken_nowhere(self) -> Self:
        """Behind `for_system`: proposed to another académie that did not take it, and back from there."""
        return self.filter(fact__is_counted=False, state=State.WITHDRAWN).order_by("pk")

    def to_claim(self) -> Self:
        """Behind `for_system`: typed by a colleague and still waiting for its author."""
        return (
            self.filter(claim_digest__isnull=False)
            .exclude(state=State.ANONYMISED)
            .only(
                *SYSTEM_COLUMNS,
                "data_key",
                "address_index",
                "claim_digest",
                "disowned_at",
                "site_id",
                "circonscription_id",
                "division_id",
            )
            .select_related("department", "data_key")
        )

    def to_scan(self) -> Self:
        """Behind `for_system`: holding files that no scanner has seen, with the key that opens them; newest first."""
        holding = wanted("enquiries.Attachment", "enquiry", scan="unscanned")
        return self.filter(pk__among=holding).only("uid", "data_key").select_related("data_key").order_by("-pk")

    def to_erase(self) -> Self:
        """Behind `for_system`: what goes with it, its key and its author; nothing of it is opened."""
        return self.only(*SYSTEM_COLUMNS, "data_key")

    def silent_since(self, moment: datetime) -> Self:
        """Without contact since `moment`, by its date; what was merged goes with the one it was merged into."""
        rows = self.filter(last_contact_at__lt=moment).exclude(state__in=(State.MERGED, State.ANONYMISED))
        return rows.order_by("last_contact_at", "pk")

    def expiring(self, *, told_before: datetime | None = None) -> Self:
        """Whose erasure was announced since the last contact, before a moment."""
        since = Q() if told_before is None else Q(expiry_told_at__lte=told_before)
        return self.filter(since, expiry_told_for=F("last_contact_at"))

    def untold(self) -> Self:
        """Whose erasure was not announced since the last contact."""
        return self.exclude(expiry_told_for=F("last_contact_at"))

    def to_expire(self) -> Self:
        """Behind `for_system`: what tells its author and whoever has it, and goes with it; nothing is shown."""
        return self.only(*SYSTEM_COLUMNS, *TOLD_COLUMNS, *TOLD_WHEN).select_related("data_key", "department", "team")

    def with_files(self, *, ended_before: datetime) -> Self:
        """Behind `for_system`: ended before a moment, and still holding files."""
        holding = apps.get_model("enquiries", "Attachment").objects.values("enquiry")
        return self.filter(closed_at__lt=ended_before, pk__in=holding).exclude(state__one_of=OPEN_STATES)

    def to_index(self) -> Self:
        """Behind `for_system`: the address given and its index, while the key of the indexes changes."""
        return self.only("uid", "address_index", "contact", "data_key").select_related("data_key")

    def once_in_hands_of(self, actor: Actor) -> Self:
        """Behind `for_system`: what this colleague typed for someone, or has or had in hand; never hers to claim."""
        had = apps.get_model("enquiries", "Handling").objects.filter(
            enquiry=OuterRef("pk"), person_id=actor.person_id or NOBODY, accepted_at__isnull=False
        )
        return self.filter(Q(created_by_id=actor.person_id or NOBODY) | Exists(had))

    def typed_for(self, actor: Actor) -> Self:
        """Behind `for_system`: typed by a colleague with an address that this person has proved and not disowned."""
        return self.to_claim().filter(address_index__in=actor.addresses, disowned_at=None)

    def holding(self, uid: UUID) -> Self:
        """Behind a door: the one into which another was merged, by the id of that other."""
        return self.filter(absorbed__uid=uid, absorbed__state=State.MERGED)

    def missed_by(self, moment: datetime) -> Self:
        """Open ones whose first answer or next step may be missed by then, unless their author is awaited.

        Wider than what `ladder` tells, which knows the days of each place.
        """
        unanswered = Q(first_answered_at=None, due_at__lt=moment)
        left = Q(first_answered_at__isnull=False, next_step_on__lt=(moment + timedelta(days=1)).date())
        return self.filter(unanswered | left, state__one_of=OPEN_STATES).exclude(state=State.WAITING_FOR_AGENT)

    def awaiting_authors(self, *, since: datetime) -> Self:
        """Waiting for their authors since then, at least."""
        return self.filter(state=State.WAITING_FOR_AGENT, waiting_since__lt=since)

    def open(self) -> Self:
        """Not yet closed, withdrawn, merged or anonymised."""
        return self.filter(state__one_of=OPEN_STATES)

    def untaken(self) -> Self:
        """Waiting for someone of the team."""
        return self.filter(lead=None, state__one_of=OPEN_STATES)

    def authored_by(self, actor: Actor) -> Self:
        """Asked by this person."""
        return self.filter(written_by(actor))

    def with_last_word(self) -> Self:
        """Adds `author_wrote`: the last contact is a message of the author, which waits for an answer."""
        hers = {"enquiry": F("pk"), "sent_at": F("last_contact_at"), "is_from_agent": True, "is_opening": False}
        return self.annotate(author_wrote=Exist("enquiries.Message", **hers))

    def with_topic(self, *columns: str) -> Self:
        """Adds columns of the topic, as `topic_label`, for those who may read the content."""
        coded = {"code": F("fact__topic_code"), "version": F("nomenclature_version")}
        return self.annotate(**{f"topic_{name}": ValueOf(name, "territories.Topic", **coded) for name in columns})

    def with_topic_minutes(self) -> Self:
        """Adds `topic_minutes`: how long its académie gives to its branch of topics, when it is not the usual."""
        code = F("fact__topic_code")
        branch = Substr(code, 1, StrIndex(Concat(code, Value(".")), Value(".")) - 1)
        given = {"academy": F("department__academy"), "branch": branch}
        return self.annotate(topic_minutes=ValueOf("minutes", "scheduling.TopicLength", **given))

    def with_proof(self) -> Self:
        """Adds `address_is_proved`: somebody has proved the address that was given.

        While the key of the indexes changes, both may bear another version: see `proving.address_is_proved`.
        """
        return self.annotate(address_is_proved=Exist("accounts.Address", blind_index=F("address_index")))

    def with_dead_mail(self) -> Self:
        """Adds `has_dead_mail`: a mail about it was given up, hence the page asks whether her address is dead."""
        return self.annotate(has_dead_mail=Exist("outbox.OutgoingEmail", about=F("uid"), state="dead"))

    def with_notes(self) -> Self:
        """Adds `has_notes`: somebody wrote a working note there, hence the page reads them."""
        return self.annotate(has_notes=Exist("enquiries.WorkingNote", enquiry=F("pk")))

    def with_contacts_given(self) -> Self:
        """Adds `gave_inside` and `gave_outside`: a contact was given, of the éducation nationale or not."""
        name, given = "enquiries.Signposting", {"enquiry": F("pk")}
        inside, outside = Exist(name, **given, is_internal=True), Exist(name, **given, is_internal=False)
        return self.annotate(gave_inside=inside, gave_outside=outside)

    def with_own_matters(self) -> Self:
        """Adds what the page of its author leads to, and reads only where there is some: `has_…`."""
        summary, held = "enquiries.SharedSummary", {"enquiry": F("pk")}
        return self.annotate(
            has_summaries=Exist(summary, **held),
            has_summary_to_read=Exist(summary, **held, state=SummaryState.PROPOSED),
            has_referrals=Exist("enquiries.Referral", **held),
            has_contacts=Exist("enquiries.Signposting", **held),
            has_transfers=Exist("enquiries.Transfer", **held),
        )

    def with_taken_at(self) -> Self:
        """Adds `taken_at`, when its lead took it."""
        leading = {"enquiry": F("pk"), "person": F("lead_id"), "state": HandlingState.ACCEPTED, "is_lead": True}
        return self.annotate(taken_at=ValueOf("accepted_at", "enquiries.Handling", **leading))

    def taken_before(self, actor: Actor) -> Self:
        """Offered to this colleague's team and taken by someone else: she may be told so, and nothing more."""
        return self.filter(team_id__in=actor.teams, lead__isnull=False, state__one_of=OPEN_STATES).filter(
            conflict_free(actor)
        )

    def left_by(self, actor: Actor) -> Self:
        """Formerly in this person's hands, with the day it ended as `left_at`."""
        hers = {"enquiry": OuterRef("pk"), "person_id": actor.person_id or NOBODY}
        over = (HandlingState.GIVEN_BACK, HandlingState.DONE)
        ended = apps.get_model("enquiries", "Handling").objects.filter(**hers, state__in=over)
        last = ended.order_by("-ended_at").values("ended_at")[:1]
        return self.filter(Exists(ended)).annotate(left_at=Subquery(last))


def still_reading(now: datetime | Given) -> Q:
    """Rows of an enquiry and a person who has it in hand or opened it, and whom its author does not keep away."""
    same = {"enquiry": OuterRef("enquiry"), "person": OuterRef("person")}
    follows = apps.get_model("enquiries", "Handling").objects.filter(**same, state=HandlingState.ACCEPTED)
    opened = apps.get_model("enquiries", "BreakGlass").objects.filter(**same, until__gt=now)
    kept_away = apps.get_model("enquiries", "PersonChoice").objects.filter(**same, kind__in=("excluded", "superior"))
    return (Q(Exists(follows)) | Q(Exists(opened))) & ~Q(Exists(kept_away))
