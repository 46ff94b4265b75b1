"""Draws stories in the proportions of the founding document, and lets each of them live until today."""

import math
import random
from collections.abc import Collection
from datetime import datetime, timedelta

from proxirh.accounts.models import Person
from proxirh.demo.generation import texts
from proxirh.demo.generation.authors import Author, Authors
from proxirh.demo.generation.chance import Deck, PerKey
from proxirh.demo.generation.people import People
from proxirh.demo.generation.staff import Service, Staff
from proxirh.demo.generation.story import Story
from proxirh.demo.generation.territory import Place
from proxirh.enquiries.models import Outcome
from proxirh.enquiries.services import Answers
from proxirh.enquiries.services.assisting import ORAL_AGREEMENT
from proxirh.enquiries.services.preparing import VIOLENCE_CONSENT
from proxirh.territories.models import Site, StaffCategory, Team, Topic
from proxirh.territories.services.routing import Need, covering_teams

FAMILIES = {"1d": 38, "2d": 42, "biatss": 16, "encadrement": 4}
SEXES = {"F": 80, "M": 20}
AGES = {"under_40": 34, "40_49": 39, "50_and_over": 27}
MEASURED = {True: 78, False: 22}
# The first five are S0's and add up to 101; the others are counted apart.
BRANCHES = {"1": 39, "2": 17, "3": 16, "4": 15, "5": 14, "6": 2, "7": 4, "8": 5}
SUBTOPICS = {
    "1": {"1.1": 40, "1.2": 12, "1.3": 22, "1.4": 16, "1.5": 10},
    "2": {"2.1": 46, "2.2": 40, "2.3": 9, "2.4": 5},
    "3": {"3.1": 35, "3.2": 15, "3.3": 30, "3.4": 20},
    "4": {"4.1": 45, "4.2": 20, "4.3": 20, "4.4": 15},
    "5": {"5.1": 35, "5.2": 40, "5.3": 25},
}
CHANNELS = {"web": 74, "phone": 15, "permanence": 7, "relay": 3, "letter": 1}
# Cards of families given together: 67 informations, 27 and 6 referrals in a hundred families counted.
INFORMATION, INTERNAL, EXTERNAL = "information", Outcome.INTERNAL_REFERRAL, Outcome.EXTERNAL_REFERRAL
OUTCOMES = {
    (INFORMATION,): 58,
    (INTERNAL,): 19,
    (EXTERNAL,): 3,
    (INFORMATION, INTERNAL): 7,
    (INFORMATION, EXTERNAL): 2,
    (INTERNAL, EXTERNAL): 1,
}
FIRST_ANSWER_DAYS = {0: 33, 1: 34, 2: 19, 3: 6, 4: 3, 6: 2, 9: 2, 14: 1}
MEDIAN_DAYS = {"1": 22, "2": 16, "3": 18, "4": 8, "5": 10, "6": 9, "7": 5, "8": 3}
LONGEST = 230
TYPED_LATER = {"permanence": 3, "letter": 2, "relay": 1}
NOON = 12 * 60  # the hour of what is noted by its day
MANAGEMENT, OTHER = "8", "7"
CODED_ANEW = {"1.1": 39, "2.1": 17, "3.4": 16, "4.3": 15, "5.3": 14}


def consents(topic: Topic, *, typed: bool) -> tuple[str, ...]:
    """What the author agreed to: her name in the branch of violences, and aloud when a colleague typed for her."""
    return (VIOLENCE_CONSENT,) * topic.is_violence + (ORAL_AGREEMENT,) * typed


class Proportions:
    """The packs of one académie."""

    def __init__(self, rng: random.Random) -> None:
        self.family = Deck(rng, FAMILIES)
        self.measured = Deck(rng, MEASURED)
        self.sex = Deck(rng, SEXES)
        self.age = Deck(rng, AGES)
        self.subtopic = {branch: Deck(rng, codes) for branch, codes in SUBTOPICS.items()}
        self.outcomes = Deck(rng, OUTCOMES)
        self.days = Deck(rng, FIRST_ANSWER_DAYS)


class Lives:
    """Makes stories; `now` is the moment when they stop."""

    def __init__(self, rng: random.Random, service: Service, people: People, *, now: datetime, series: int = 0) -> None:
        self.rng, self.service, self.now = rng, service, now
        self._packs: PerKey[str, Proportions] = PerKey(lambda: Proportions(rng))
        self._authors = Authors(rng, people, series)
        self._topics = {topic.code: topic for topic in Topic.objects.select_related("branch")}
        self._categories: dict[str, list[StaffCategory]] = {}
        for category in StaffCategory.objects.all():
            self._categories.setdefault(category.family, []).append(category)
        self._anew = Deck(rng, CODED_ANEW)
        self._teams: dict[tuple[object, ...], Team] = {}

    def topic(self, code: str) -> Topic:
        """A topic by its code."""
        return self._topics[code]

    def category(self, family: str, *, usual: bool = False) -> StaffCategory:
        """A corps of the family: the first listed half of the time (always the first when `usual`)."""
        pool = self._categories[family]
        return pool[0] if usual or self.rng.random() < 0.5 else self.rng.choice(pool)

    def team(self, place: Place, site: Site | None, topic: Topic, category: StaffCategory) -> Team:
        """The first team of the real routing; asked once per place, district and kind of need."""
        district = site.circonscription_id if site else None
        key = (place.department.pk, district, topic.branch_code == MANAGEMENT)
        if key not in self._teams:
            need = Need(place.department, site, category.pk, topic.pk, topic.branch_code)
            self._teams[key] = covering_teams(need, day=self.now.date())[0]
        return self._teams[key]

    def free(self, team: Team, site: Site | None, away: Collection[int] = ()) -> list[Staff]:
        """Members of the team whom no tie keeps away from that site."""
        return [
            staff
            for staff in self.service.members[team.pk]
            if staff.person.pk not in away
            and not (site and (site.pk in staff.sites or site.circonscription_id in staff.districts))
        ]

    def lead(self, team: Team, site: Site | None, away: Collection[int] = ()) -> Staff:
        """One free member, the more often the larger the working share."""
        free = self.free(team, site, away)
        return self.rng.choices(free, [staff.shares[team.pk] for staff in free])[0]

    def draw(self, place: Place, branch: str, channel: str, asked_at: datetime, *, lead: Staff | None = None) -> Story:
        """One story, from its first word to `now`; `lead` takes it if given and free."""
        rng, pack = self.rng, self._packs[place.academy.slug]
        family = pack.family.draw()
        category = self.category(family)
        topic = self._topics[pack.subtopic[branch].draw() if branch in SUBTOPICS else branch]
        pool = place.sites_of(family, rng)
        site = rng.choice(pool) if pool and rng.random() < 0.95 else None
        team = self.team(place, site, topic, category)
        if lead not in (free := self.free(team, site)):
            lead = None
        if not free:
            site = None
        measured = channel == "web" and pack.measured.draw()
        sex = pack.sex.draw() if measured else rng.choice("FFFFM")
        signed_in = channel == "web" and rng.random() < 0.5
        author = self._authors.draw(place, sex, asked_at - timedelta(minutes=9), signed_in=signed_in)
        if channel != "web" and rng.random() < 0.25:
            author.email = ""
        typed_by, typed_at = None, asked_at
        if channel != "web":
            typed_by = self.lead(team, site)
            days = rng.randint(0, TYPED_LATER.get(channel, 0))
            if days and (later := place.clock.office(rng, asked_at, days)) <= self.now:
                typed_at = later
                asked_at = place.clock.at(place.clock.local(asked_at).date(), NOON)
        story = Story(
            place=place,
            team=team,
            answers=self._answers(
                place, site=site, category=category, topic=topic, author=author, team=team, typed=typed_by is not None
            ),
            channel=channel,
            asked_at=asked_at,
            typed_at=typed_at,
            account=author.account,
            typed_by=typed_by,
            claim_code=f"{rng.randrange(10**6):06d}" if typed_by else "",
        )
        story.free = tuple(self.free(team, site, story.answers.refused))
        if measured:
            story.sex, story.age_band = sex, pack.age.draw()
        self._live(story, pack, lead)
        if story.claim_code:
            self._claim(story, author)
        story.until(self.now)
        return story

    def _claim(self, story: Story, author: Author) -> None:
        """Half of those for whom someone typed come and say the code; one in a hundred says « ce n’est pas moi »."""
        rng = self.rng
        at = story.place.clock.evening(rng, story.typed_at, rng.randint(0, 4))
        draw = rng.random()
        if draw < 0.5 and author.email and at <= self.now:
            story.add(at, "claim", account=self._authors.sign_in(author, at))
        elif draw < 0.51 and author.email:
            story.add(at, "disown")
        story.acts.sort(key=lambda act: act.at)

    def _answers(
        self,
        place: Place,
        *,
        site: Site | None,
        category: StaffCategory,
        topic: Topic,
        author: Author,
        team: Team,
        typed: bool,
    ) -> Answers:
        rng = self.rng
        excluded: tuple[Person, ...] = ()
        if rng.random() < 0.015 and len(free := self.free(team, site)) > 1:
            excluded = (rng.choice(free).person,)
        recent = rng.random() < 0.04
        return Answers(
            department=place.department,
            site=site,
            category=category,
            topic=topic,
            words=texts.opening_words(rng, topic.branch_code, violence=topic.is_violence),
            first_name=author.name.first,
            last_name=author.name.last,
            email=author.email,
            phone=author.phone,
            wants_call_today=recent and bool(author.phone),
            excluded=excluded,
            excluded_names=rng.choice(texts.EXCLUDED_NAMES) if rng.random() < 0.01 else "",
            consents=consents(topic, typed=typed),
            **self._authors.wishes(),
        )

    def _live(self, story: Story, pack: Proportions, lead: Staff | None) -> None:
        rng, clock = self.rng, story.place.clock
        away = story.answers.refused
        if lead is None and story.typed_by and rng.random() < 0.8:
            lead = story.typed_by
        if lead is None or lead.person.pk in away:
            lead = self.lead(story.team, story.answers.site, away)
        days = pack.days.draw()
        answered = clock.office(rng, story.typed_at, days)
        if story.account and rng.random() < 0.01:
            story.add(story.typed_at + (answered - story.typed_at) / 2, "withdraw")
            return
        taken = clock.office(rng, story.typed_at, rng.choice((days, max(days - 1, 0))))
        if story.typed_by:
            taken = story.typed_at + timedelta(minutes=3)
        if taken >= answered:
            taken = story.typed_at + (answered - story.typed_at) * 0.8
        lead = self._hand_over(story, lead, story.typed_at, taken)
        story.add(taken, "take", lead)
        if rng.random() < 0.02:
            self._never_reached(story, lead, answered)
        else:
            self._follow(story, lead, answered, pack)

    def _hand_over(self, story: Story, lead: Staff, since: datetime, taken: datetime) -> Staff:
        """Now and then someone declines first, or takes and gives back."""
        draw = self.rng.random()
        others = [staff for staff in self.free(story.team, story.answers.site) if staff is not lead]
        others = [staff for staff in others if staff.person.pk not in story.answers.refused]
        if draw < 0.02 and others:
            story.add(since + (taken - since) * 0.4, "decline", self.rng.choice(others))
        elif draw < 0.05 and others:
            first = self.rng.choice(others)
            story.add(since + (taken - since) * 0.3, "take", first)
            story.add(since + (taken - since) * 0.6, "give_back", first, reason=self.rng.choice(("charge", "absence")))
        return lead

    def _never_reached(self, story: Story, lead: Staff, at: datetime) -> None:
        rng, clock = self.rng, story.place.clock
        for _ in range(3):
            following = clock.office(rng, at, rng.randint(1, 4))
            self._exchange(story, lead, at, following, reached=False)
            at = following
        self.close(story, lead, at, [Outcome.NOT_REACHED])

    def _exchange(self, story: Story, lead: Staff, at: datetime, following: datetime, *, reached: bool = True) -> None:
        """One exchange whose next step is set for `following`; one in six promises too soon."""
        rng, clock = self.rng, story.place.clock
        today, step_on = clock.local(at).date(), clock.local(following).date()
        if rng.random() < 1 / 6:
            step_on = today + (step_on - today) // 2
        story.add(
            at,
            "exchange",
            lead,
            means=rng.choices(("phone", "in_person", "video", "written"), (60, 18, 12, 10))[0] if reached else "phone",
            was_reached=reached,
            summary=rng.choice(texts.SUMMARIES if reached else texts.ATTEMPTS),
            next_step=rng.choice(texts.NEXT_STEPS),
            next_step_on=step_on,
        )

    def _follow(self, story: Story, lead: Staff, at: datetime, pack: Proportions) -> None:
        """Messages, exchanges and waits at growing intervals, then an end, and for some a return."""
        rng, clock = self.rng, story.place.clock
        median = MEDIAN_DAYS[story.answers.topic.branch_code]
        length = min(int(rng.lognormvariate(math.log(median), 0.8)), LONGEST)
        steps = 1 + min(4, length // 10)
        gives_up = rng.randrange(steps) if story.account and rng.random() < 0.06 else None
        for number in range(steps):
            following = clock.office(rng, at, max(1, length // steps))
            if number == gives_up:
                story.add(clock.evening(rng, at, 0), "withdraw")
                return
            self._touch(story, lead, at, following)
            if number < steps - 1:
                self._wait(story, lead, at, following)
            at = following
        self._end(story, lead, at, pack)
        if story.account and rng.random() < 0.06:
            back = clock.evening(rng, at, rng.randint(2, 80))
            story.add(back, "reply", body=rng.choice(texts.AGENT_ANSWERS))
            at = clock.office(rng, back, rng.randint(0, 2))
            following = clock.office(rng, at, rng.randint(3, 12))
            self._touch(story, lead, at, following)
            self._end(story, lead, following, pack)

    def _touch(self, story: Story, lead: Staff, at: datetime, following: datetime) -> None:
        """One contact: a message and often its answer, else an exchange."""
        rng, clock = self.rng, story.place.clock
        if rng.random() < 0.5 and (story.account or story.answers.email):
            story.add(
                at,
                "message",
                lead,
                body=rng.choice(texts.STAFF_ANSWERS),
                next_step=texts.NEXT_STEPS[0],
                next_step_on=max(clock.local(following).date(), clock.local(at).date()),
            )
            replied = clock.evening(rng, at, rng.randint(0, 2))
            if story.account and replied < following and rng.random() < 0.6:
                story.add(replied, "reply", body=rng.choice(texts.AGENT_ANSWERS))
        else:
            if rng.random() < 0.12:
                self._exchange(story, lead, at, at + timedelta(days=1), reached=False)
                at += timedelta(minutes=7)
            self._exchange(story, lead, at, following)

    def _wait(self, story: Story, lead: Staff, at: datetime, following: datetime) -> None:
        """Some steps end with a wait; the next one begins by ending it."""
        rng, clock = self.rng, story.place.clock
        draw = rng.random()
        began = story.acts[-1].at + timedelta(minutes=2)
        over = following - timedelta(minutes=1)
        if began >= over:
            return
        step_on = max(clock.local(following).date(), clock.local(began).date())
        if draw < 0.15:
            next_step = rng.choice(texts.AGENT_STEPS)
            story.add(began, "wait_for_agent", lead, next_step=next_step, next_step_on=step_on)
            story.add(over, "resume", lead)
        elif draw < 0.27:
            next_step = rng.choice(texts.DATED_STEPS)
            story.add(began, "wait_for_date", lead, next_step=next_step, next_step_on=step_on)
            story.add(over, "resume", lead)

    def _end(self, story: Story, lead: Staff, at: datetime, pack: Proportions) -> None:
        rng = self.rng
        informed = Outcome.INDIVIDUAL_INFORMATION if rng.random() < 0.9 else Outcome.COLLECTIVE_INFORMATION
        outcomes = [informed if name == INFORMATION else name for name in pack.outcomes.draw()]
        if rng.random() < 0.2:
            outcomes.append(Outcome.SUPPORT_ENGAGED)
        self.close(story, lead, at, outcomes, rng.choice(texts.CLOSING_WORDS))

    def close(self, story: Story, lead: Staff, at: datetime, outcomes: list[str], closing_word: str = "") -> None:
        """End the follow-up; what came as « autre » is then coded anew."""
        more = {}
        if story.answers.topic.code == OTHER and not any(act.name == "close" for act in story.acts):
            more["topic"] = self._topics[self._anew.draw()]
        story.add(at, "close", lead, outcomes=outcomes, closing_word=closing_word, **more)
