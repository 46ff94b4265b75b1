"""Around the desks of a school year: who is away, who leaves, who comes, and the other side of referrals."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from proxirh.accounts.models import Person
from proxirh.enquiries import relief
from proxirh.enquiries.models import Enquiry, Referral, Refusal
from proxirh.enquiries.services import answering, postponing, referring, relieving
from proxirh.territories.actor import Actor
from proxirh.territories.models import Absence, Partner, Posting, Role
from proxirh.territories.services.closures import declare_closure
from tests.proofs.telling import AT_LENGTH
from tests.proofs.year_counts import Days, unowned
from tests.proofs.year_places import LEAVES_WHOLE, Place, Service, post
from tests.world import make_person

ONE_DAY = timedelta(days=1)
# How often somebody falls ill: a short year has few days, and what an absence leaves must be met in it too.
FALLS_ILL = 0.006 if AT_LENGTH else 0.05
GONE, REPLACED = date(2027, 2, 26), date(2027, 3, 22)
SHUT_SINCE, SHUT = date(2027, 3, 1), (date(2027, 3, 3), date(2027, 3, 9))


class Surroundings:
    """What happens to the people of a year, and what others answer."""

    rng: random.Random
    now: datetime
    places: dict[str, Place]
    services: dict[int, Service]
    partners: list[Partner]
    days: dict[int, Days]
    people: dict[int, Person]
    authors: dict[int, Person]
    away: set[int]
    done: Counter[str]
    chance: Callable[[float], bool]
    key: Callable[[], UUID]
    try_to: Callable[[str, Callable[[], Any]], bool]
    staff: Callable[[Person], Actor]
    author: Callable[[Person], Actor]
    read: Callable[[Actor, int], Enquiry | None]
    serving: Callable[[int], list[Person]]

    # ── Who is away, who leaves ───────────────────────────────────────────────────────────────────
    def move_people(self, day: date) -> None:
        if day == SHUT_SINCE:
            self._close_for_a_week()
        for place in self.places.values():
            if not self.days[place.department.pk].works(day):
                continue
            whole = place.department.code == LEAVES_WHOLE
            if whole and day == GONE:
                for person in self.serving(place.team.pk):
                    self._leave(place, person, day)
            elif whole and day == REPLACED:
                for _ in range(3):
                    self._arrive(place, day)
            for person in self.serving(place.team.pk):
                if self.chance(FALLS_ILL):
                    self._be_away(place, person, day)
                elif not whole and self.chance(0.0008):
                    self._leave(place, person, day + self.rng.randrange(5) * ONE_DAY)
                    self._arrive(place, day)

    def _be_away(self, place: Place, person: Person, day: date) -> None:
        until = day + self.rng.randrange(1, 20) * ONE_DAY
        self.done["absences"] += 1
        coordinator = self.services[place.department.academy_id].coordinator
        if coordinator is None or self.chance(0.2):  # declared, and nobody covers it
            Absence.objects.create(person=person, valid_from=day, valid_until=until)
        else:
            actor = self.staff(coordinator)
            held = [one for one in relief.held_by(actor, person.pk) if one.cannot_wait(until)]
            told = {"person": person, "until": until, "seen": [one.uid for one in held], "key": self.key()}
            self._all_kept(
                held, "couvrir une absence", lambda: relieving.cover_absence(actor=actor, at=self.now, **told)
            )
        self.away.add(person.pk)

    def _leave(self, place: Place, person: Person, last: date) -> None:
        """Her mission ends; what she has is entrusted by the coordination, or found again by the night."""
        Posting.objects.filter(person=person).update(valid_until=last)
        self.done["départs"] += 1
        coordinator = self.services[place.department.academy_id].coordinator
        if coordinator is not None and self.chance(0.6):
            actor = self.staff(coordinator)
            held = relief.held_by(actor, person.pk)
            told = {"person": person, "seen": [one.uid for one in held], "note": "À suivre.", "key": self.key()}
            self._all_kept(held, "confier un départ", lambda: relieving.entrust_all(actor=actor, at=self.now, **told))

    def _all_kept(self, held: list[relief.Held], what: str, act: Callable[[], Any]) -> None:
        rows = Enquiry.objects.filter(pk__in=[one.pk for one in held])
        before = dict(rows.values_list("pk", "next_step_on"))
        if self.try_to(what, act):
            after = dict(rows.values_list("pk", "next_step_on"))
            self.done["étape perdue en passant"] += sum(before[pk] != after[pk] for pk in before)
            self.done["perdue en changeant de mains"] += len(unowned(self.now.date(), among=list(after)))
            self.done[f"{what} : demandes"] += rows.filter(lead=None).count()

    def _arrive(self, place: Place, day: date) -> None:
        person = make_person(f"nouveau{len(self.people)} du{place.department.code}")
        self.people[person.pk] = person
        place.counsellors.append(person)
        post(person, Role.COUNSELLOR, place.department.academy, place.team, since=day)

    def _close_for_a_week(self) -> None:
        """An académie closes for a week, declared two days before: what was promised for those days is moved."""
        academy = self.places["54"].department.academy
        service = self.services[academy.pk]
        assert service.coordinator is not None
        actor = self.staff(service.coordinator)
        closure = declare_closure(
            actor=actor,
            academy=academy,
            reason="pont",
            valid_from=SHUT[0],
            valid_until=SHUT[1],
            at=self.now,
        )
        for one in self.places.values():
            one.department.refresh_from_db()
        for days in self.days.values():
            days.read_closures()
        self.done["dates déplacées"] += postponing.move_promised(actor=actor, closure=closure, at=self.now)

    # ── The other side of referrals ───────────────────────────────────────────────────────────────
    def answer_referrals(self, day: date) -> None:
        related = ("team__academy", "partner", "answer", "enquiry__data_key", "enquiry__department__academy")
        waiting = Referral.objects.exclude(state__in=("expired", "refused", "withdrawn", "verified"))
        for pk, state, team, partner, author in list(
            waiting.order_by("pk").values_list("pk", "state", "team_id", "partner_id", "enquiry__author_id")
        ):
            if not self.chance(0.12):
                continue
            if state in {"proposed", "answered"}:
                self._agree(pk, self.author(self.authors[author]), state)
            elif partner == self.partners[0].pk:
                found = Referral.objects.select_related(*related).get(pk=pk)
                answering.open_by_link(referral=found, at=self.now)
                self._answer_by_link(found)
            for service in self.services.values():
                if team == service.answering.pk:
                    self._cell(service, pk, state, related)

    def _answer_by_link(self, found: Referral) -> None:
        if found.state == "seen" and self.chance(0.2):
            self.try_to(
                "refuser par lien",
                lambda: answering.refuse_by_link(referral=found, reason=Refusal.NOT_OURS, at=self.now),
            )
        else:
            self.try_to(
                "répondre par lien", lambda: answering.answer_by_link(referral=found, body="Voici.", at=self.now)
            )

    def _cell(self, service: Any, pk: int, state: str, related: tuple[str, ...]) -> None:
        if state == "to_validate":
            head = self.staff(service.head)
            found = Referral.objects.to_validate_by(head).select_related("answer").filter(pk=pk).first()
            if found is not None:
                found.answer.enquiry = found.enquiry
                self.try_to("valider", lambda: answering.validate_answer(actor=head, referral=found, at=self.now))
            return
        officer = self.staff(service.officer)
        there = Referral.objects.listed_for(officer).defer(None).select_related(*related).filter(pk=pk).first()
        if there is None:
            return
        told: dict[str, Any] = {"actor": officer, "referral": there, "at": self.now}
        if state == "sent":
            self.try_to("ouvrir", lambda: answering.open_referral(**told))
        elif state == "seen" and self.chance(0.15):
            self.try_to("refuser", lambda: answering.refuse_referral(**told, reason=Refusal.NOT_OURS))
        elif state == "seen":
            self.try_to("accepter", lambda: answering.accept_referral(**told))
        elif state == "accepted":
            self.try_to("répondre d’une cellule", lambda: answering.answer_referral(**told, body="Voici."))

    def _agree(self, pk: int, actor: Actor, state: str) -> None:
        referral = Referral.objects.get(pk=pk)
        if (enquiry := self.read(actor, referral.enquiry_id)) is None:
            return
        mine = next(one for one in Referral.objects.of_enquiry(enquiry) if one.pk == pk)
        act = referring.agree if state == "proposed" else referring.verify
        self.try_to("accord ou réponse arrivée", lambda: act(actor=actor, referral=mine, at=self.now))
