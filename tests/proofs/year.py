"""A school year, day by day, on the real services and the real schedule; what is drawn depends on the seed alone.

People answer late, leave, are away; cells stay silent; nights are missed, or run twice. Only what happens outside the
product (who serves when) is written to the rows directly, as an import does.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils.module_loading import import_string

from config.schedule import SCHEDULES
from proxirh.accounts.models import Person
from proxirh.enquiries import services
from proxirh.enquiries.models import Agreement, Enquiry, Outcome, Signposting
from proxirh.enquiries.services import first_level, passing, referring, signposting
from proxirh.enquiries.workflow import SignpostStep
from proxirh.kernel.errors import DomainError
from proxirh.territories.actor import Actor, actor_at_work, read_actor
from proxirh.territories.models import Absence, Posting, StaffCategory, Topic
from tests.proofs.telling import AT_LENGTH
from tests.proofs.year_around import Surroundings
from tests.proofs.year_counts import OPEN, Days, Ledger
from tests.proofs.year_places import Place, build_partners, build_places, build_services

ONE_DAY = timedelta(days=1)
MISSED_NIGHTS, TWICE = 0.12, 0.15
OUTAGE = (date(2027, 3, 8), date(2027, 3, 14))
# Mails stay queued, so that they are read; files and folding say nothing of what is proven here.
NOT_RUN = {"drain-outbox", "forget-old-mails", "scan-files", "sweep-files", "fold-monthly-counts", "seal-journal"}
MONTHLY = {"apply-retention", "forget-finished-tasks", "forget-expired-codes", "erase-expired-drafts"}
TOPICS = ("1.1", "1.3", "2.1", "2.3", "3.1", "3.3", "4.1", "4.4", "5.1", "6", "7", "8")
# A short year ends soon: more of it waits for authors, who let more days go by, so that it too meets a kind word.
WAITS, WRITES = (10, 0.06) if AT_LENGTH else (25, 0.02)
WANTS_CALL = 0.15
STEPS = ("Faire le point ensemble", "Rappeler", "Relire le dossier")
INFORMED = [Outcome.INDIVIDUAL_INFORMATION]


class SchoolYear(Surroundings):
    """The people, the clock and the chance of one year."""

    def __init__(self, seed: int, enquiries: int, first: date, last: date) -> None:
        self.rng = random.Random(seed)
        self.first, self.last = first, last
        self.now = datetime.combine(first, time(5), UTC)
        self.places = build_places()
        self.services = build_services(self.places)
        self.partners = build_partners(first)
        self.of_department = {one.department.pk: one for one in self.places.values()}
        self.of_team = {team.pk: one for one in self.places.values() for team in (one.team, one.officers)}
        self.days = {key: Days(one.department) for key, one in self.of_department.items()}
        self.people = {p.pk: p for one in self.places.values() for p in (*one.counsellors, *one.gestionnaires)}
        self.authors = {p.pk: p for one in self.places.values() for p in one.authors}
        self.topics = {code: Topic.objects.get(code=code) for code in TOPICS}
        self.categories = list(StaffCategory.objects.exclude(family="encadrement"))
        self.ledger = Ledger(self.days)
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.actors: dict[int, Actor] = {}
        self.asked: dict[date, list[str]] = {}
        self._draw_asking(enquiries)

    # ── Chance and time ───────────────────────────────────────────────────────────────────────────
    def _draw_asking(self, count: int) -> None:
        """When and where each is asked: at least one two days before each holiday of each département."""
        every = [self.first + n * ONE_DAY for n in range((self.last - self.first).days + 1)]
        for place in self.places.values():
            days = self.days[place.department.pk]
            for holiday in sorted(day for day in days.holidays if self.first < day <= self.last and day.weekday() < 5):
                if count > 0:
                    self.asked.setdefault(holiday - 2 * ONE_DAY, []).append(place.department.code)
                    count -= 1
        weights = [1.0 if day.weekday() < 5 else 0.2 for day in every]
        for day in self.rng.choices(every, weights, k=count):
            self.asked.setdefault(day, []).append(self.rng.choice(list(self.places)))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def one_of(self, **weights: int) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def key(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128))

    def try_to(self, what: str, act: Callable[[], Any]) -> bool:
        """Do it a little later than the act before; a refusal of the service is counted, and nothing else is."""
        self.now += timedelta(seconds=self.rng.randrange(5, 40))
        try:
            act()
        except DomainError as refusal:
            self.refused[f"{what} : {refusal}"] += 1
            return False
        self.done[what] += 1
        return True

    def a_day(self, enquiry: Enquiry, most: int = 15) -> date:
        """When one says that it goes on: a working day as the form proposes, now and then any day of the week."""
        days = self.days[enquiry.department_id]
        today = days.local(self.now)
        if self.chance(0.1):
            return today + self.rng.randrange(most) * ONE_DAY
        return days.next(today, self.rng.randrange(1, most))

    def step(self, enquiry: Enquiry, most: int = 15) -> dict[str, Any]:
        return {"next_step": self.rng.choice(STEPS), "next_step_on": self.a_day(enquiry, most)}

    # ── People ────────────────────────────────────────────────────────────────────────────────────
    def staff(self, person: Person) -> Actor:
        """Who she is today, her second factor shown."""
        if person.pk not in self.actors:
            self.actors[person.pk] = actor_at_work(person, at=self.now)
        return self.actors[person.pk]

    def author(self, person: Person) -> Actor:
        """Whoever asked, by her account."""
        if person.pk not in self.actors:
            index = bytes(person.staff_index) if person.staff_index else None
            named = {"user_id": person.user_id, "person_id": person.pk, "person_uid": person.uid}
            self.actors[person.pk] = read_actor(**named, staff_index=index, at=self.now)
        return self.actors[person.pk]

    def read(self, actor: Actor, pk: int) -> Enquiry | None:
        """Through the door of whoever acts; None once it is not hers."""
        rows = Enquiry.objects.visible_to(actor).select_related("department__academy", "team__academy")
        return rows.filter(pk=pk).first()

    def serving(self, team_id: int) -> list[Person]:
        """Whoever serves in a team today and is not away."""
        today = self.now.date()
        held = Posting.objects.filter(team_id=team_id, valid_from__lte=today).exclude(valid_until__lt=today)
        keys = list(held.order_by("pk").values_list("person_id", flat=True))
        return [self.people[key] for key in keys if key not in self.away]

    # ── A day ─────────────────────────────────────────────────────────────────────────────────────
    def play(self, check: Callable[[datetime], None]) -> None:
        """Every day until the last; `check` is called at the end of each month, after a night that ran."""
        day = self.first
        while day <= self.last:
            is_last = (day + ONE_DAY).month != day.month or day == self.last
            self._live(day)
            self._night(day, runs=is_last)
            if is_last:
                check(self.now)
            day += ONE_DAY

    def _live(self, day: date) -> None:
        self.now = datetime.combine(day, time(5), UTC)
        self.actors.clear()
        self.away = set(
            Absence.objects.filter(valid_from__lte=day, valid_until__gte=day).values_list("person_id", flat=True)
        )
        asked = self.asked.get(day, [])
        evening = len(asked) // 2
        for code in asked[evening:]:
            self._ask(self.places[code])
        self.now = max(self.now, datetime.combine(day, time(7), UTC))
        self.move_people(day)
        self._work(day)
        self.answer_referrals(day)
        self._agents()
        self.now = max(self.now, datetime.combine(day, time(19), UTC))
        for code in asked[:evening]:
            self._ask(self.places[code])

    def _night(self, day: date, *, runs: bool) -> None:
        self.now = max(self.now, datetime.combine(day + ONE_DAY, time(2), UTC))
        if not runs and (OUTAGE[0] <= day <= OUTAGE[1] or self.chance(MISSED_NIGHTS)):
            self.done["nuits manquées"] += 1
            return
        for _ in range(1 + self.chance(TWICE)):
            self.ledger.begin_night(self.now)
            for name, job in SCHEDULES.items():
                if name not in NOT_RUN and (runs or name not in MONTHLY):
                    import_string(job["task"]).call()
            self.ledger.end_night()
            self.done["passages"] += 1
            self.now += timedelta(hours=1)

    # ── Who asks ──────────────────────────────────────────────────────────────────────────────────
    def _ask(self, place: Place) -> None:
        rng = self.rng
        author = rng.choice(place.authors)
        answers = services.Answers(
            department=place.department,
            site=place.site if self.chance(0.5) else None,
            category=rng.choice(self.categories),
            topic=self.topics[rng.choice(TOPICS)],
            words="Je voudrais en parler.",
            first_name=author.first_name,
            last_name=author.last_name,
            email=author.staff_address or "",
            phone="01 00 00 00 00",
            wants_call_today=self.chance(WANTS_CALL),
            excluded=(rng.choice(place.counsellors),) if self.chance(0.05) else (),
        )

        def ask() -> None:
            made = services.submit_enquiry(
                actor=self.author(author), answers=answers, idempotency_key=self.key(), at=self.now
            )
            days = self.days[place.department.pk]
            due = days.next(days.local(self.now), made.team.academy.first_answer_days)
            self.done["autre jour promis"] += days.local(made.due_at) != due

        self.try_to("demander", ask)

    def _agents(self) -> None:
        """What authors do by themselves: write, take back, reopen, say whether a contact could be reached."""
        names = ("pk", "author_id", "state")
        recent = Enquiry.objects.filter(closed_at__gt=self.now - timedelta(days=80)) | Enquiry.objects.filter(
            state__in=OPEN
        )
        for pk, author_id, state in recent.order_by("pk").values_list(*names):
            share = {"waiting_for_agent": WRITES, "closed": 0.0015, "withdrawn": 0}.get(state, 0.006)
            if not self.chance(share):
                continue
            actor = self.author(self.authors[author_id])
            if (enquiry := self.read(actor, pk)) is None:
                continue
            told: dict[str, Any] = {"actor": actor, "enquiry": enquiry, "at": self.now}
            if state == "closed" and self.chance(0.5):
                self.try_to("rouvrir", lambda told=told: services.reopen_enquiry(**told))
                self._check_step(pk)
            elif state != "closed" and self.chance(0.05):
                self.try_to("retirer", lambda told=told: services.withdraw_enquiry(**told))
            else:
                self.try_to("écrire", lambda told=told: services.send_message(**told, body="Merci."))
                self._check_step(pk)
        for given in Signposting.objects.filter(state="asked").order_by("pk").values_list("pk", "enquiry__author_id"):
            if self.chance(0.08):
                self._say_reached(*given)

    def _check_step(self, pk: int) -> None:
        """What the service promises by itself to whoever reopens falls on a working day."""
        row = Enquiry.objects.filter(pk=pk, state__in=OPEN).select_related("data_key").first()
        if row is not None and row.next_step == "Reprendre contact avec vous" and row.next_step_on:
            self.done["réouvertes"] += 1
            self.done["étape un jour fermé"] += not self.days[row.department_id].works(row.next_step_on)

    def _say_reached(self, pk: int, author_id: int) -> None:
        actor = self.author(self.authors[author_id])
        given = Signposting.objects.get(pk=pk)
        if (enquiry := self.read(actor, given.enquiry_id)) is not None:
            given.enquiry = enquiry
            said = self.rng.choice([SignpostStep.SAY_YES, SignpostStep.SAY_NO, SignpostStep.SAY_NOT_YET])
            self.try_to(
                "dire d’un contact",
                lambda: signposting.answer_question(actor=actor, signposting=given, step=said, at=self.now),
            )

    # ── Who answers ───────────────────────────────────────────────────────────────────────────────
    def _work(self, day: date) -> None:
        """What each counsellor finds on her desk that morning, for those of her days that are worked."""
        names = ("pk", "department_id", "team_id", "lead_id", "state", "first_answered_at", "next_step_on")
        serving: dict[int, list[Person]] = {}
        for pk, place, team, lead, state, answered, step in list(
            Enquiry.objects.filter(state__in=OPEN).order_by("pk").values_list(*names)
        ):
            if not self.days[place].works(day):
                continue
            if lead is None:
                if self.chance(0.55):
                    if team not in serving:
                        serving[team] = self.serving(team)
                    self._take(pk, serving[team])
            elif lead not in self.away and self.chance(0.6 if answered is None or (step and step <= day) else 0.004):
                self._follow(pk, self.people[lead], state, answered)

    def _take(self, pk: int, people: list[Person]) -> None:
        if not people:
            return
        person = self.rng.choice(people)
        actor = self.staff(person)
        row = Enquiry.objects.listed_for(actor).filter(pk=pk).first()
        if row is None:  # a conflict of interest
            return
        told: dict[str, Any] = {"actor": actor, "enquiry": row, "at": self.now}
        if self.chance(0.02):
            self.try_to("décliner", lambda: services.decline_enquiry(**told))
            return
        taken = self.try_to("prendre", lambda: services.take_enquiry(**told))
        if taken and self.chance(0.05) and (enquiry := self.read(actor, pk)) is not None:
            told["enquiry"] = enquiry
            self.kept(pk, "rendre", lambda: services.give_back_enquiry(**told))

    def kept(self, pk: int, what: str, act: Callable[[], Any]) -> None:
        """An act after which what comes next must stay as it was."""
        rows = Enquiry.objects.filter(pk=pk, state__in=OPEN)
        before = rows.values_list("next_step_on", flat=True).first()
        if self.try_to(what, act):
            after = rows.values_list("next_step_on", flat=True).first()
            self.done["étape perdue en passant"] += before != after

    def _follow(self, pk: int, person: Person, state: str, answered: datetime | None) -> None:
        actor = self.staff(person)
        if (enquiry := self.read(actor, pk)) is None:
            return
        told: dict[str, Any] = {"actor": actor, "enquiry": enquiry, "at": self.now}
        if enquiry.team_id in actor.officers and answered is None:
            if self.chance(0.85):
                self.try_to("répondre et terminer", lambda: first_level.answer_enquiry(**told, body="Voici."))
            else:
                self.kept(pk, "passer aux conseillers", lambda: first_level.pass_on_enquiry(**told))
            return
        many = answered is not None
        act = self.one_of(
            reply=20 if many else 45, log=20, miss=6, contact=5 if many else 10, refer=6, wait=WAITS, date=6,
            close=45 if many else 6, hand=3, back=3, note=2,
        )  # fmt: skip
        getattr(self, f"_{act}")(enquiry, told)

    def _reply(self, enquiry: Enquiry, told: dict[str, Any]) -> None:
        self.try_to("répondre", lambda: services.send_message(**told, body="Bonjour.", **self.step(enquiry)))

    def _log(self, enquiry: Enquiry, told: dict[str, Any], *, reached: bool = True) -> None:
        said = {"means": "phone", "was_reached": reached, "summary": "Point fait."}
        self.try_to("noter un échange", lambda: services.log_exchange(**told, **said, **self.step(enquiry)))

    def _miss(self, enquiry: Enquiry, told: dict[str, Any]) -> None:
        self._log(enquiry, told, reached=False)

    def _contact(self, enquiry: Enquiry, told: dict[str, Any]) -> None:
        contact = signposting.Contact(name="Service social", reach="01 00 00 00 00", is_internal=self.chance(0.5))
        self.try_to("orienter", lambda: signposting.give_contact(**told, contact=contact, body="Voici un contact."))

    def _refer(self, enquiry: Enquiry, told: dict[str, Any]) -> None:
        service = self.services[enquiry.academy_id]
        to = self.rng.choice([service.answering, service.silent, *self.partners])
        agreed = {"agreement": Agreement.ORAL, "oral_on": self.days[enquiry.department_id].local(self.now)}
        if self.chance(0.3):
            agreed = {"agreement": Agreement.WRITTEN}
        self.try_to("mettre en relation", lambda: referring.refer(**told, to=to, body="Sa question.", **agreed))

    def _wait(self, enquiry: Enquiry, told: dict[str, Any]) -> None:
        if enquiry.state == "in_progress":
            self.try_to("attendre l’agent", lambda: services.wait_for_agent(**told, **self.step(enquiry, 40)))
        else:
            self.try_to("reprendre", lambda: services.resume_enquiry(**told))

    def _date(self, enquiry: Enquiry, told: dict[str, Any]) -> None:
        if enquiry.state == "in_progress":
            self.try_to("attendre une date", lambda: services.wait_for_date(**told, **self.step(enquiry, 60)))
        else:
            self.try_to("dire la suite", lambda: services.set_next_step(**told, **self.step(enquiry)))

    def _note(self, enquiry: Enquiry, told: dict[str, Any]) -> None:
        self.try_to("dire la suite", lambda: services.set_next_step(**told, **self.step(enquiry)))

    def _close(self, enquiry: Enquiry, told: dict[str, Any]) -> None:
        topic = self.topics["1.1"] if enquiry.fact.topic_code == "7" else None
        word = "Bonne suite." if self.chance(0.5) else ""
        self.try_to(
            "terminer", lambda: services.close_enquiry(**told, outcomes=INFORMED, closing_word=word, topic=topic)
        )

    def _hand(self, enquiry: Enquiry, told: dict[str, Any]) -> None:
        others = [p for p in self.serving(enquiry.team_id) if p.pk != told["actor"].person_id]
        if others:
            to = self.rng.choice(others)
            self.kept(
                enquiry.pk, "passer", lambda: passing.hand_over_enquiry(**told, to=to, reason="charge", key=self.key())
            )

    def _back(self, enquiry: Enquiry, told: dict[str, Any]) -> None:
        reason = self.rng.choice(["charge", "absence", "competence"])
        self.kept(enquiry.pk, "rendre", lambda: services.give_back_enquiry(**told, reason=reason))
