"""The personas and the cases that make their pages tell something: one of each kind, dated from today."""

from datetime import date, datetime, timedelta
from typing import Any

from proxirh.accounts.models import Person
from proxirh.demo.generation import texts
from proxirh.demo.generation.files import Paper
from proxirh.demo.generation.ledger import Ledger
from proxirh.demo.generation.lives import Lives, consents
from proxirh.demo.generation.names import Name, draw_name, draw_phone
from proxirh.demo.generation.staff import Staff
from proxirh.demo.generation.story import Story
from proxirh.demo.generation.territory import Place
from proxirh.demo.personas import DOMAIN
from proxirh.enquiries.models import Enquiry, Outcome
from proxirh.enquiries.services import Answers

NAMES = {
    "agent": Name("Camille", "Exemple"),
    "agente-outre-mer": Name("Awa", "Échantillon"),
    "conseillere": Name("Solène", "Démonstration"),
    "conseiller-ailleurs": Name("Hakim", "Maquette"),
    "conseiller-deux-academies": Name("Octave", "Prototype"),
    "coordinatrice": Name("Violette", "Canevas"),
    "chef-de-service": Name("Edgar", "Spécimen"),
    "gestionnaire": Name("Naïma", "Gabarit"),
    "cellule": Name("Rémi", "Esquisse"),
    "superieur": Name("Gaëtan", "Figurant"),
    "referente-nationale": Name("Héloïse", "Hypothèse"),
    "administrateur": Name("Sacha", "Virtuel"),
}
# The code that a counsellor would have told by telephone, for whoever tries « une demande a été créée pour vous ».
SPOKEN_CODE = "246810"
SCHEDULE = Paper("emploi-du-temps.png", "Emploi du temps (exemple)")
CALENDAR = Paper("calendrier-du-mouvement.pdf", "Calendrier du mouvement (document d’exemple)")


class Stage:
    """Where cases are set up: a place, and moments counted back from today in working days."""

    def __init__(self, ledger: Ledger, lives: Lives, place: Place) -> None:
        self.ledger, self.lives, self.place = ledger, lives, place
        self.rng, self.clock, self.now = lives.rng, place.clock, lives.now
        self.today = place.clock.local(lives.now).date()
        self.played: list[tuple[Story, Enquiry]] = []

    def ago(self, days: int, hour: int = 10, minute: int = 12) -> datetime:
        """A local moment `days` working days ago, at least one."""
        return self.clock.at(self.clock.before(self.today, days), hour * 60 + minute)

    def ahead(self, days: int) -> date:
        """The `days`-th working day to come."""
        return self.clock.add(self.today, days)

    def then(self, days: int) -> dict[str, Any]:
        """What comes next, in so many working days."""
        return {"next_step": texts.NEXT_STEPS[0], "next_step_on": self.ahead(days)}

    def ask(
        self,
        code: str,
        at: datetime,
        *,
        family: str = "2d",
        author: Person | None = None,
        name: Name | None = None,
        words: str | None = None,
        typed_by: Staff | None = None,
        channel: str = "web",
        **answers: Any,
    ) -> Story:
        """A story at its beginning: someone asks about topic `code`."""
        lives, rng = self.lives, self.rng
        name = name or (Name(author.first_name, author.last_name) if author else draw_name(rng, "F"))
        topic, category = lives.topic(code), lives.category(family, usual=True)
        answers.setdefault("site", self.place.primary[0] if family == "1d" else self.place.secondary[0])
        answers.setdefault("email", f"{name.login}@courriel.invalid")
        answers.setdefault("phone", draw_phone(rng))
        asked = Answers(
            department=self.place.department,
            category=category,
            topic=topic,
            words=texts.opening_words(rng, topic.branch_code, violence=topic.is_violence) if words is None else words,
            first_name=name.first,
            last_name=name.last,
            consents=consents(topic, typed=typed_by is not None),
            **{"means": ("phone",), "times": ("evening",)} | answers,
        )
        team = lives.team(self.place, asked.site, topic, category)
        return Story(
            place=self.place,
            team=team,
            answers=asked,
            channel=channel,
            asked_at=at,
            typed_at=at,
            account=None if typed_by else author,
            typed_by=typed_by,
            claim_code=SPOKEN_CODE if typed_by else "",
            free=tuple(lives.free(team, asked.site, asked.refused)),
        )

    def play(self, *stories: Story) -> None:
        """Write stories down."""
        for story in stories:
            self.played.append((story, self.ledger.play(story)))

    def ordinary(self, lead: Staff, count: int, *, oldest: int, branches: str = "123451245") -> None:
        """Some ordinary enquiries of the last `oldest` working days, taken by `lead`."""
        for number in range(count):
            days = 1 + number * oldest // count
            asked = self.ago(days, 8 + number % 9, number * 7 % 60)
            self.play(
                self.lives.draw(self.place, branches[number % len(branches)], "web", asked, lead=lead),
            )


def play_cast(ledger: Ledger, lives: Lives, places: dict[str, Place]) -> list[tuple[Story, Enquiry]]:
    """Write every case; returns each with its row."""
    cast = lives.service.cast
    home, away = Stage(ledger, lives, places["54"]), Stage(ledger, lives, places["974"])
    since = lives.now - timedelta(days=400)
    agent = _account(ledger, "agent", since)
    overseas = _account(ledger, "agente-outre-mer", since)
    ledger.people.save()
    _agent(home, agent, cast["conseillere"], cast["gestionnaire"])
    _waiting_for_the_team(home)
    _followed(home, cast["conseillere"])
    _kept_apart(home, cast)
    _overseas(away, overseas)
    home.ordinary(cast["conseillere"], 24, oldest=60)
    home.ordinary(cast["conseiller-deux-academies"], 8, oldest=30)
    home.ordinary(cast["gestionnaire"], 16, oldest=5, branches="8")
    next_door, elsewhere = Stage(ledger, lives, places["51"]), Stage(ledger, lives, places["33"])
    next_door.ordinary(cast["conseiller-deux-academies"], 8, oldest=30)
    elsewhere.ordinary(cast["conseiller-ailleurs"], 14, oldest=40)
    ledger.flush()
    return [pair for stage in (home, away, next_door, elsewhere) for pair in stage.played]


def _account(ledger: Ledger, code: str, at: datetime) -> Person:
    return ledger.people.add(NAMES[code], at=at, phone="0639980000", account=f"{code}@{DOMAIN}")


def _agent(stage: Stage, agent: Person, counsellor: Staff, officer: Staff) -> None:
    """The enquiries of the persona « agent »: one in each state that an author may meet."""
    mine: dict[str, Any] = {"author": agent, "email": f"agent@{DOMAIN}"}
    waiting = stage.ask("1.1", stage.ago(1, 18, 5), **mine)
    stage.play(waiting, _long_conversation(stage, mine, counsellor))

    asked = stage.ask("5.2", stage.ago(20), **mine)
    asked.add(stage.ago(19, 9), "take", counsellor)
    asked.add(stage.ago(19, 10), "message", counsellor, body=texts.STAFF_ANSWERS[2])
    asked.add(
        stage.ago(12, 11),
        "wait_for_agent",
        counsellor,
        next_step=texts.AGENT_STEPS[0],
        next_step_on=stage.clock.before(stage.today, 2),
    )
    stage.play(asked)

    for age, code in ((14, "4.3"), (95, "5.1")):  # the first may still be reopened, not the second
        closed = stage.ask(code, stage.ago(age + 9), **mine)
        closed.add(stage.ago(age + 8), "take", counsellor)
        closed.add(stage.ago(age + 8, 11), "message", counsellor, body=texts.STAFF_ANSWERS[1])
        outcomes = [Outcome.INDIVIDUAL_INFORMATION, Outcome.INTERNAL_REFERRAL]
        closed.add(stage.ago(age), "close", counsellor, outcomes=outcomes, closing_word=texts.CLOSING_WORDS[0])
        stage.play(closed)
    gone = stage.ask("4.2", stage.ago(40), **mine)
    gone.add(stage.ago(38, 19), "withdraw")
    stage.play(gone)

    claimed = stage.ask("4.1", stage.ago(15), typed_by=counsellor, channel="phone", **mine)
    claimed.add(stage.ago(15, 10, 20), "take", counsellor)
    claimed.add(stage.ago(14, 18), "claim", account=agent)
    claimed.add(stage.ago(12), "message", counsellor, body=texts.STAFF_ANSWERS[4])
    claimed.add(
        stage.ago(12, 10, 30),
        "wait_for_date",
        counsellor,
        next_step=texts.DATED_STEPS[0],
        next_step_on=stage.ahead(18),
    )
    unclaimed = stage.ask("8", stage.ago(1, 11), typed_by=officer, channel="phone", **mine)
    stage.play(claimed, unclaimed)


def _long_conversation(stage: Stage, mine: dict[str, Any], counsellor: Staff) -> Story:
    """Twenty messages, two files, two exchanges."""
    long = stage.ask("3.3", stage.ago(32), wants_call_today=True, not_at_work=True, **mine)
    long.add(stage.ago(32, 11), "take", counsellor)
    for number in range(10):
        day = 31 - number * 3
        papers = {1: (CALENDAR,), 4: (SCHEDULE,)}.get(number, ())
        body = texts.STAFF_ANSWERS[number % len(texts.STAFF_ANSWERS)]
        long.add(stage.ago(day, 10), "message", counsellor, body=body, papers=papers)
        if number in (2, 6):
            long.add(
                stage.ago(day, 15),
                "exchange",
                counsellor,
                means="phone",
                was_reached=True,
                summary=texts.SUMMARIES[number % len(texts.SUMMARIES)],
                next_step=texts.NEXT_STEPS[0],
                next_step_on=stage.clock.before(stage.today, day - 3),
            )
        papers = (SCHEDULE,) if number == 3 else ()
        body = texts.AGENT_ANSWERS[number % len(texts.AGENT_ANSWERS)]
        if number < 9:
            long.add(stage.ago(day, 18, 20), "reply", body=body, papers=papers)
    long.add(stage.ago(2, 16), "step", counsellor, next_step=texts.NEXT_STEPS[3], next_step_on=stage.ahead(3))
    return long


def _waiting_for_the_team(stage: Stage) -> None:
    """What the persona's team has received and nobody has taken."""
    service = stage.lives.service
    team = service.members[service.counselling["54"].pk]
    colleague = next(staff for staff in team if staff not in service.cast.values() and not staff.sites)
    stage.play(
        stage.ask("2.2", stage.now - timedelta(minutes=50), wants_call_today=True, phone=draw_phone(stage.rng)),
        stage.ask("1.4", stage.ago(5, 9), family="biatss"),  # late
        stage.ask("2.4", stage.ago(1, 13), site=None),
        stage.ask("3.1", stage.ago(2, 12), family="1d", not_at_work=True),
        stage.ask("6", stage.ago(1, 17, 40), family="encadrement", site=stage.place.secondary[2]),
        stage.ask(
            "7",
            stage.ago(1, 16),
            name=Name("Marie-Élisabeth", "Exemple-Interminable-pour-Éprouver-la-Mise-en-Page"),
            words=texts.STRANGE,
        ),
        stage.ask("5.3", stage.ago(1, 9), typed_by=colleague, channel="letter", email="", phone=""),
    )
    given_back = stage.ask("2.1", stage.ago(4))
    given_back.add(stage.ago(3, 9), "take", colleague)
    given_back.add(stage.ago(2, 9), "give_back", colleague, reason="absence")
    disowned = stage.ask("4.4", stage.ago(3), typed_by=colleague, channel="phone")
    disowned.add(stage.ago(2, 20), "disown")
    stage.play(given_back, disowned)


def _followed(stage: Stage, counsellor: Staff) -> None:
    """What the persona « conseillere » follows: late, silent, waiting, sensitive, reopened, attempted."""

    def taken(code: str, days: int, **more: Any) -> Story:
        story = stage.ask(code, stage.ago(days), **more)
        story.add(stage.ago(days, 15), "take", counsellor)
        return story

    def exchanged(story: Story, days: int, next_step_on: date, *, reached: bool = True, hour: int = 14) -> None:
        story.add(
            stage.ago(days, hour),
            "exchange",
            counsellor,
            means="phone",
            was_reached=reached,
            summary=(texts.SUMMARIES if reached else texts.ATTEMPTS)[0],
            next_step=texts.NEXT_STEPS[0],
            next_step_on=next_step_on,
        )

    late = taken("1.3", 22)
    exchanged(late, 18, stage.clock.before(stage.today, 6))
    silent = taken("3.2", 40)
    exchanged(silent, 30, stage.clock.before(stage.today, 22))
    silent.add(
        stage.ago(25),
        "wait_for_agent",
        counsellor,
        next_step=texts.AGENT_STEPS[1],
        next_step_on=stage.clock.before(stage.today, 5),
    )
    attempted = taken("1.5", 6, email="", typed_by=counsellor, channel="phone")
    exchanged(attempted, 4, stage.clock.before(stage.today, 2), reached=False)
    exchanged(attempted, 2, stage.ahead(0), reached=False)
    sensitive = taken("2.4", 9, not_at_work=True)
    exchanged(sensitive, 8, stage.ahead(1))
    dated = taken("4.1", 26, family="1d")
    exchanged(dated, 24, stage.clock.before(stage.today, 16))
    dated.add(stage.ago(16), "wait_for_date", counsellor, next_step=texts.DATED_STEPS[1], next_step_on=stage.ahead(30))
    today = taken("2.3", 3, family="1d")
    exchanged(today, 2, stage.ahead(0))

    back = stage.ledger.people.add(
        Name("Tiphaine", "Brouillon"), at=stage.ago(60), account="tiphaine.brouillon@courriel.invalid"
    )
    reopened = taken("1.2", 45, author=back, email="tiphaine.brouillon@courriel.invalid")
    exchanged(reopened, 44, stage.clock.before(stage.today, 30))
    reopened.add(stage.ago(30), "close", counsellor, outcomes=[Outcome.EXTERNAL_REFERRAL])
    reopened.add(stage.ago(1, 19), "reply", body=texts.AGENT_ANSWERS[6])
    answered = taken("5.1", 8, author=back, email="tiphaine.brouillon@courriel.invalid")
    answered.add(stage.ago(7), "message", counsellor, body=texts.STAFF_ANSWERS[2], **stage.then(5))
    answered.add(stage.ago(1, 20), "reply", body=texts.AGENT_ANSWERS[3], papers=(SCHEDULE,))
    unreached = [taken("4.2", 12), taken("1.1", 14)]
    for story in unreached:  # three attempts: to finish, together or not
        for days in (9, 6, 3):
            exchanged(story, days, stage.ahead(1), reached=False)
    stage.play(late, silent, attempted, sensitive, dated, today, reopened, answered, *unreached)


def _kept_apart(stage: Stage, cast: dict[str, Staff]) -> None:
    """What a conflict of interest, an exclusion or a handing over hides from the persona « conseillere »."""
    counsellor, neighbour = cast["conseillere"], cast["conseiller-deux-academies"]
    her_school = stage.place.secondary[1]
    excluded = stage.ask("2.1", stage.ago(1, 12), excluded=(counsellor.person,))
    same_school = stage.ask("1.1", stage.ago(2, 12), site=her_school)
    accepted = stage.ask("1.4", stage.ago(2, 14), site=her_school)
    accepted.accepted = (counsellor.person,)
    declined = stage.ask("4.2", stage.ago(3, 9))
    declined.add(stage.ago(3, 10), "decline", counsellor)
    shared = stage.ask("3.4", stage.ago(10))
    shared.co_handlers = (counsellor,)
    shared.add(stage.ago(9), "take", neighbour)
    shared.add(stage.ago(9, 11), "message", neighbour, body=texts.STAFF_ANSWERS[3], **stage.then(6))
    handed = stage.ask("2.2", stage.ago(12))
    handed.add(stage.ago(11, 9), "take", counsellor)
    handed.add(stage.ago(11, 11), "give_back", counsellor, reason="charge")
    handed.add(stage.ago(10, 9), "take", neighbour)
    handed.add(stage.ago(10, 10), "message", neighbour, body=texts.STAFF_ANSWERS[0], **stage.then(4))
    superior = cast["superieur"]
    own = stage.ask("6", stage.ago(7), family="encadrement", author=superior.person, email=f"superieur@{DOMAIN}")
    own.add(stage.ago(6), "take", neighbour)
    own.add(stage.ago(6, 11), "message", neighbour, body=texts.STAFF_ANSWERS[3], **stage.then(9))
    named = stage.ask("2.1", stage.ago(5), superior=superior.person)
    named.add(stage.ago(4), "take", counsellor)
    named.add(stage.ago(4, 16), "message", counsellor, body=texts.STAFF_ANSWERS[6], **stage.then(5))
    stage.play(excluded, same_school, accepted, declined, shared, handed, own, named)


def _overseas(stage: Stage, author: Person) -> None:
    """The enquiries of the persona « agente-outre-mer », in her own time zone."""
    mine: dict[str, Any] = {"author": author, "email": f"agente-outre-mer@{DOMAIN}", "family": "1d"}
    team = stage.lives.service.counselling["974"]
    lead = stage.lives.service.members[team.pk][0]
    late = stage.ask("1.1", stage.ago(6, 7, 40), **mine)
    followed = stage.ask("3.1", stage.ago(13, 12, 15), **mine)
    followed.add(stage.ago(12, 9), "take", lead)
    followed.add(stage.ago(12, 10), "message", lead, body=texts.STAFF_ANSWERS[0])
    followed.add(stage.ago(11, 19), "reply", body=texts.AGENT_ANSWERS[1], papers=(SCHEDULE,))
    followed.add(stage.ago(5, 9), "step", lead, next_step=texts.NEXT_STEPS[2], next_step_on=stage.ahead(4))
    closed = stage.ask("4.4", stage.ago(30), **mine)
    closed.add(stage.ago(29), "take", lead)
    closed.add(stage.ago(29, 11), "message", lead, body=texts.STAFF_ANSWERS[1])
    closed.add(stage.ago(22), "close", lead, outcomes=[Outcome.INDIVIDUAL_INFORMATION])
    stage.play(late, followed, closed)
