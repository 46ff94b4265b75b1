"""Writes stories in bulk: the very rows that the services would have written one by one (a test replays a sample)."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db.models import Model

from proxirh.accounts.models import Person, address_index
from proxirh.demo.generation.chance import numbered_code, random_uid
from proxirh.demo.generation.files import Paper, store
from proxirh.demo.generation.names import Name
from proxirh.demo.generation.people import BATCH, People
from proxirh.demo.generation.staff import Staff
from proxirh.demo.generation.story import Act, Story
from proxirh.enquiries.models import (
    Attachment,
    Consent,
    Enquiry,
    EnquiryFact,
    Exchange,
    Handling,
    Message,
    MonthlyCount,
    Outcome,
    PersonChoice,
)
from proxirh.enquiries.models.facts import MORE_THAN_60_DAYS
from proxirh.enquiries.services import counts_of, getting_back, month_of
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.kernel import encryption, journal, tokens
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.territories.models import Topic

Counts = Counter[tuple[date, str, str, str, date]]  # month, département, indicator, key, month of the act


class Ledger:
    """Plays stories into rows, keeps them until `flush`, and counts them."""

    def __init__(self, rng: random.Random, seed: int, first_number: int = 0) -> None:
        self._rng = rng
        self._seed = seed
        self._reference = numbered_code(tokens.SPOKEN, 8, seed)
        self._number = first_number
        self.people = People(rng)
        self.counts: Counts = Counter()
        self._rows: dict[type[Model], list[Any]] = {}
        self._papers: list[tuple[Message, Paper]] = []
        self._begin()

    def _begin(self) -> None:
        kinds = (EnquiryFact, Enquiry, Message, Exchange, Handling, PersonChoice, Consent, JournalEntry)
        self._rows = {kind: [] for kind in kinds}
        self._papers = []

    def play(self, story: Story) -> Enquiry:
        """The rows of one story; written at the next `flush`."""
        life = Life(self, story)
        life.fact.sex, life.fact.age_band = story.sex, story.age_band
        counted = self._count(life.fact, Counter(), story.typed_at)
        for act in story.acts:
            life.play(act)
            counted = self._count(life.fact, counted, act.at)
        return life.enquiry

    def _count(self, fact: EnquiryFact, before: Counter[tuple[str, str]], at: datetime) -> Counter[tuple[str, str]]:
        """Count what an act has changed in a fact since `before`; returns what the fact now stands for."""
        now: Counter[tuple[str, str]] = Counter()
        for indicator, key, n in counts_of(fact):
            now[indicator, key] += n
        for cell in now.keys() | before.keys():
            if changed := now[cell] - before[cell]:
                self.counts[(fact.month, fact.department_code, *cell, month_of(at))] += changed
        return now

    def reference(self) -> str:
        """The next reference; none comes twice."""
        self._number += 1
        return tokens.grouped(self._reference(self._number), 4)

    def spoken_code(self, length: int) -> str:
        """A code to say over the telephone."""
        return "".join(self._rng.choices(tokens.SPOKEN, k=length))

    def uid(self):
        """A random identifier drawn from the seed."""
        return random_uid(self._rng)

    def put(self, row: Any) -> Any:
        """Keep one row until the next `flush`."""
        self._rows[type(row)].append(row)
        return row

    def attach(self, message: Message, paper: Paper) -> None:
        """Keep one file until the next `flush`."""
        self._papers.append((message, paper))

    def flush(self) -> None:
        """Write what was played since the last time."""
        self.people.save()
        DataKey.objects.bulk_create([enquiry.data_key for enquiry in self._rows[Enquiry]], batch_size=BATCH)
        for kind, rows in self._rows.items():
            kind._default_manager.bulk_create(rows, batch_size=BATCH)
        Attachment.objects.bulk_create(store(message, paper, self.uid()) for message, paper in self._papers)
        self._begin()


def write_counts(counts: Counts) -> None:
    """Write the folded counts of everything played, by any process."""
    MonthlyCount.objects.bulk_create(
        (
            MonthlyCount(
                month=month, department_code=department, indicator=indicator, key=key, counted_in=counted_in, n=n
            )
            for (month, department, indicator, key, counted_in), n in sorted(counts.items())
            if n
        ),
        batch_size=5000,
    )


class Life:
    """One enquiry being played: each method does to the rows in memory what the service of that name does."""

    def __init__(self, ledger: Ledger, story: Story) -> None:
        self.ledger, self.story, self.clock = ledger, story, story.place.clock
        answers, place = story.answers, story.place
        # Claiming puts the person of the account in the place of the one that a colleague typed.
        claimed_by = next((act.details["account"] for act in story.acts if act.name == "claim"), None)
        self.author = (
            story.account
            or claimed_by
            or ledger.people.add(
                Name(answers.first_name, answers.last_name), at=story.typed_at, phone=answers.phone or None
            )
        )
        self.agent_label = f"personne:{story.account.uid}" if story.account else "anonyme"
        self.fact = ledger.put(
            EnquiryFact(
                day=story.day,
                department_code=place.department.code,
                category_code=answers.category.code,
                family=answers.category.family,
                topic_code=answers.topic.code,
                channel=story.channel,
            )
        )
        uid = ledger.uid()
        self.enquiry = enquiry = ledger.put(
            Enquiry(
                uid=uid,
                reference=ledger.reference(),
                idempotency_key=ledger.uid(),
                data_key=DataKey.fresh(),
                fact=self.fact,
                author=self.author,
                created_by=story.typed_by.person if story.typed_by else None,
                channel=story.channel,
                academy_id=place.academy.pk,
                department=place.department,
                site=answers.site,
                circonscription_id=answers.site.circonscription_id if answers.site else None,
                category=answers.category,
                contact=answers.contact_card,
                wishes=answers.wishes,
                call_code=ledger.spoken_code(6),
                address_index=address_index(answers.email) if answers.email else None,
                wants_call_today=answers.wants_call_today,
                team=story.team,
                submitted_at=story.asked_at,
                last_contact_at=story.typed_at,
                due_at=self.clock.due(story.asked_at, place.academy.first_answer_days),
            )
        )
        if story.claim_code:
            enquiry.claim_digest = encryption.own_index(enquiry.data_key.clear, f"claim:{uid}", story.claim_code)
        if answers.words:
            self._message(answers.words, self.author, story.asked_at, is_from_agent=True, is_opening=True)
        self.handling = ledger.put(
            Handling(enquiry=enquiry, team=story.team, person=story.in_turn(), offered_at=story.typed_at)
        )
        self.shared: list[Handling] = []
        self._choices()
        for kind in answers.consents:
            ledger.put(Consent(enquiry=enquiry, kind=kind, given_at=story.typed_at))
        typed_by = story.typed_by.label if story.typed_by else self.agent_label
        self._journal(typed_by, "demande.reçue", story.typed_at, channel=story.channel, team=story.team.pk)

    def _choices(self) -> None:
        answers, since = self.story.answers, self.story.typed_at
        chosen = [(person, "excluded") for person in answers.excluded]
        chosen += [(answers.superior, "superior")] if answers.superior else []
        chosen += [(person, "accepted") for person in self.story.accepted]
        for person, kind in chosen:
            self.ledger.put(PersonChoice(enquiry=self.enquiry, person=person, kind=kind, since=since))

    def _journal(self, actor: str, verb: str, at: Any, **details: Any) -> None:
        subject = journal.subject_of(self.enquiry)
        self.ledger.put(JournalEntry(at=at, actor=actor, verb=verb, subject=subject, details=details))

    def _message(self, body: str, sender: Person, at: Any, *, is_from_agent: bool, is_opening: bool = False) -> Message:
        return self.ledger.put(
            Message(
                uid=self.ledger.uid(),
                enquiry=self.enquiry,
                sender=sender,
                is_from_agent=is_from_agent,
                is_opening=is_opening,
                body=body,
                sent_at=at,
            )
        )

    def play(self, act: Act) -> None:
        """One act."""
        method: Callable[..., None] = getattr(self, act.name)
        method(act.at, act.by, **act.details)

    def _days(self, at: Any) -> int:
        return min(self.clock.between(self.story.day, self.clock.local(at).date()), MORE_THAN_60_DAYS)

    def _first_answer(self, at: Any) -> None:
        if self.enquiry.first_answered_at is None:
            self.enquiry.first_answered_at = at
            self.fact.first_answer_days = self._days(at)

    def take(self, at: Any, by: Staff) -> None:
        self.enquiry.lead = by.person
        if self.enquiry.state == State.SUBMITTED:
            self.enquiry.state = State.IN_PROGRESS
        self.handling.state, self.handling.person, self.handling.accepted_at = HandlingState.ACCEPTED, by.person, at
        self._journal(by.label, "demande.prise", at)
        for other in self.story.co_handlers:
            shared = self.ledger.put(
                Handling(
                    enquiry=self.enquiry,
                    team=self.story.team,
                    person=other.person,
                    state=HandlingState.ACCEPTED,
                    is_lead=False,
                    offered_at=at,
                    accepted_at=at,
                )
            )
            self.shared.append(shared)

    def decline(self, at: Any, by: Staff) -> None:
        self.ledger.put(
            Handling(
                enquiry=self.enquiry,
                team=self.story.team,
                person=by.person,
                state=HandlingState.DECLINED,
                is_lead=False,
                reason="connait_la_personne",
                offered_at=at,
                ended_at=at,
            )
        )
        self._journal(by.label, "demande.déclinée", at)

    def give_back(self, at: Any, by: Staff, reason: str) -> None:
        self.enquiry.lead = None
        self.handling.state, self.handling.reason, self.handling.ended_at = HandlingState.GIVEN_BACK, reason, at
        offered = {"team": self.story.team, "person": self.story.in_turn(but=by), "offered_at": at}
        self.handling = self.ledger.put(Handling(enquiry=self.enquiry, **offered))
        self._journal(by.label, "demande.rendue", at, reason=reason, key="")

    def message(
        self,
        at: Any,
        by: Staff,
        body: str,
        *,
        papers: tuple[Paper, ...] = (),
        next_step: str = "",
        next_step_on: date | None = None,
    ) -> None:
        self.enquiry.last_contact_at = at
        if next_step_on:
            self.enquiry.next_step, self.enquiry.next_step_on = next_step, next_step_on
        self._sent(self._message(body, by.person, at, is_from_agent=False), by.label, at, papers)
        self._first_answer(at)

    def reply(self, at: Any, _: None, body: str, papers: tuple[Paper, ...] = ()) -> None:
        if self.enquiry.state == State.CLOSED:
            self.reopen(at, None)
        elif self.enquiry.state == State.WAITING_FOR_AGENT:
            self.enquiry.state, self.enquiry.waiting_since = State.IN_PROGRESS, None
            self._journal(self.agent_label, "demande.reprise", at)
        self._sent(self._message(body, self.author, at, is_from_agent=True), self.agent_label, at, papers)
        self.enquiry.last_contact_at = at

    def _sent(self, message: Message, label: str, at: Any, papers: tuple[Paper, ...]) -> None:
        for paper in papers:
            self.ledger.attach(message, paper)
        self._journal(label, "message.envoyé", at, files=len(papers))

    def exchange(
        self, at: Any, by: Staff, *, means: str, was_reached: bool, summary: str, next_step: str, next_step_on: date
    ) -> None:
        enquiry = self.enquiry
        self.ledger.put(
            Exchange(
                uid=self.ledger.uid(),
                enquiry=enquiry,
                person=by.person,
                means=means,
                happened_at=at,
                was_reached=was_reached,
                summary=summary,
                next_step=next_step,
                next_step_on=next_step_on,
                recorded_at=at,
            )
        )
        enquiry.next_step, enquiry.next_step_on = next_step, next_step_on
        if was_reached:
            enquiry.last_contact_at, enquiry.failed_attempts = max(enquiry.last_contact_at, at), 0
            enquiry.wants_call_today = False
            if enquiry.state == State.WAITING_FOR_AGENT:
                enquiry.state, enquiry.waiting_since = State.IN_PROGRESS, None
            self._first_answer(at)
        else:
            enquiry.failed_attempts += 1
        self._journal(by.label, "échange.noté", at, means=means, reached=was_reached)

    def step(self, at: Any, by: Staff, next_step: str, next_step_on: date) -> None:
        self.enquiry.next_step, self.enquiry.next_step_on = next_step, next_step_on
        self._journal(by.label, "demande.étape", at, le=next_step_on.isoformat())

    def wait_for_agent(self, at: Any, by: Staff, next_step: str, next_step_on: date) -> None:
        self._wait(State.WAITING_FOR_AGENT, at, by, next_step, next_step_on)

    def wait_for_date(self, at: Any, by: Staff, next_step: str, next_step_on: date) -> None:
        self._wait(State.WAITING_FOR_DATE, at, by, next_step, next_step_on)

    def _wait(self, state: State, at: Any, by: Staff, next_step: str, next_step_on: date) -> None:
        self.enquiry.state, self.enquiry.waiting_since = state, at
        self.enquiry.next_step, self.enquiry.next_step_on = next_step, next_step_on
        verb = "demande.attend_agent" if state == State.WAITING_FOR_AGENT else "demande.attend_date"
        self._journal(by.label, verb, at, le=next_step_on.isoformat(), key="")

    def resume(self, at: Any, by: Staff) -> None:
        self.enquiry.state, self.enquiry.waiting_since = State.IN_PROGRESS, None
        self._journal(by.label, "demande.reprise", at, key="")

    def _end(self, state: State, at: Any, outcomes: list[str], *, lead_too: bool) -> None:
        enquiry = self.enquiry
        enquiry.state, enquiry.closed_at = state, at
        enquiry.waiting_since = enquiry.next_step = enquiry.next_step_on = None
        self.fact.outcomes, self.fact.handling_days = sorted(outcomes), self._days(at)
        ending = [self.handling] if lead_too else []
        for handling in (*ending, *self.shared):
            if handling.state == HandlingState.ACCEPTED:
                handling.state, handling.ended_at = HandlingState.DONE, at

    def close(
        self, at: Any, by: Staff, outcomes: list[str], closing_word: str = "", topic: Topic | None = None
    ) -> None:
        self._end(State.CLOSED, at, outcomes, lead_too=False)
        self.enquiry.closing_word = closing_word or None
        self.enquiry.last_contact_at = at
        if closing_word:
            self._first_answer(at)
        if topic:
            self.fact.topic_code = topic.code
        self._journal(by.label, "demande.terminée", at, outcomes=sorted(outcomes), key="")

    def withdraw(self, at: Any, _: None) -> None:
        self._end(State.WITHDRAWN, at, [Outcome.WITHDRAWN], lead_too=True)
        self._journal(self.agent_label, "demande.retirée", at, key="")

    def reopen(self, at: Any, _: None) -> None:
        enquiry = self.enquiry
        if enquiry.closing_word:
            self._message(enquiry.closing_word, enquiry.lead, enquiry.closed_at, is_from_agent=False)
        self.fact.outcomes, self.fact.handling_days = [], None
        enquiry.state, enquiry.closed_at, enquiry.closing_word = State.IN_PROGRESS, None, None
        enquiry.failed_attempts = 0
        for name, value in getting_back(enquiry, at=at).items():
            setattr(enquiry, name, value)
        self._journal(self.agent_label, "demande.rouverte", at)

    def claim(self, at: Any, _: None, account: Person) -> None:
        self.agent_label = f"personne:{account.uid}"
        self.enquiry.claim_digest = None
        self.enquiry.claim_tries = 1
        self._journal(self.agent_label, "demande.reconnue", at)

    def disown(self, at: Any, _: None) -> None:
        self.enquiry.disowned_at = at
        self._journal("anonyme", "demande.pas_moi", at)
