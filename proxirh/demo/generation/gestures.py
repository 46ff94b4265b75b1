"""What colleagues do on a few more cases, by the real services: the ledger writes none of it in bulk."""

import random
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from proxirh.accounts.models import Person
from proxirh.demo.generation import texts
from proxirh.demo.generation.agenda import play_agenda
from proxirh.demo.generation.cast import Stage
from proxirh.demo.generation.chance import random_uid
from proxirh.demo.generation.changes import play_changes
from proxirh.demo.generation.files import Paper
from proxirh.demo.generation.going import play_going
from proxirh.demo.generation.ledger import Ledger
from proxirh.demo.generation.line import play_line
from proxirh.demo.generation.lives import Lives
from proxirh.demo.generation.network import play_network
from proxirh.demo.generation.quick import lines
from proxirh.demo.generation.staff import Staff
from proxirh.demo.generation.story import Story
from proxirh.demo.generation.territory import Place
from proxirh.demo.personas import DOMAIN, PERSONAS, account_of
from proxirh.enquiries.models import Agreement, Decision, Enquiry, ExpertQuestion, NoteReview, Referral
from proxirh.enquiries.services.alarming import acknowledge_concern, raise_concern
from proxirh.enquiries.services.answering import accept_referral, answer_referral, open_referral
from proxirh.enquiries.services.consulting import Fact, answer_question, ask_cell, usual_day
from proxirh.enquiries.services.disclosing import ask_for_notes, review_note
from proxirh.enquiries.services.noting import write_note
from proxirh.enquiries.services.passing import (
    Passing,
    hand_over_enquiry,
    invite_colleague,
    join_enquiry,
    reassign_enquiry,
)
from proxirh.enquiries.services.quick import note_exchanges
from proxirh.enquiries.services.referring import refer
from proxirh.enquiries.services.transmitting import (
    ReturnCode,
    answer_transmission,
    open_transmission,
    transmit_named,
    transmit_unnamed,
)
from proxirh.territories.actor import Actor, read_actor
from proxirh.territories.models import Team, TeamKind

# The code that comes back to what was passed on without a name, for whoever tries « revenir avec votre code ».
RETURN_CODE = ReturnCode("346797", "ACDEFGHJKM")


def play_gestures(ledger: Ledger, lives: Lives, places: dict[str, Place]) -> list[tuple[Story, Enquiry]]:
    """Write these cases, then each gesture at its own moment; returns each with its row."""
    scene = Scene(Stage(ledger, lives, places["54"]), lives.service.cast)
    _notes(scene)
    _two_by_two(scene)
    _handed_over(scene)
    _passed_on(scene)
    _referred(scene)
    _worried_about(scene)
    _notes_asked_for(scene)
    _permanences(scene)
    play_line(scene)
    play_network(scene)
    play_going(scene)
    play_changes(scene, places["33"])
    overseas = Scene(Stage(ledger, lives, places["974"]), lives.service.cast)
    play_agenda(scene, overseas)
    return scene.stage.played + overseas.stage.played


class Scene:
    """Cases written one by one, on which the personas of the service act."""

    def __init__(self, stage: Stage, cast: dict[str, Staff]) -> None:
        self.stage, self.cast, self.ago = stage, cast, stage.ago

    def by(self, persona: str, at: datetime) -> dict[str, Any]:
        """Who acts, and when: the first two arguments of every service."""
        return self.as_staff(self.cast[persona], at)

    @staticmethod
    def as_staff(staff: Staff, at: datetime) -> dict[str, Any]:
        """The same for somebody who is nobody’s persona."""
        return {"actor": actor_of(staff.person, at), "at": at}

    def agent(self) -> Person:
        """The persona « agent », who has an account and no mission."""
        return Person.objects.select_related("data_key").get(user=account_of(PERSONAS["agent"]))

    def followed(
        self, topic: str, days: int, *, lead: str | Staff = "conseillere", papers: tuple[Paper, ...] = (), **asked: Any
    ) -> Enquiry:
        """An enquiry taken the day after it came, by a persona or another colleague, and answered once; its author then
        sends these papers."""
        story = self.stage.ask(topic, self.ago(days), **asked)
        staff = self.cast[lead] if isinstance(lead, str) else lead
        story.add(self.ago(days - 1, 9), "take", staff)
        story.add(self.ago(days - 1, 11), "message", staff, body=texts.STAFF_ANSWERS[0], **self.stage.then(4))
        if papers:
            story.add(self.ago(days - 1, 18), "reply", body=texts.AGENT_ANSWERS[1], papers=papers)
        self.stage.play(story)
        self.stage.ledger.flush()
        return self.row(self.stage.played[-1][1])

    @staticmethod
    def row(enquiry: Enquiry) -> Enquiry:
        """As a page reads it before the next gesture."""
        return Enquiry.objects.select_related("data_key", "fact", "department__academy").get(pk=enquiry.pk)


def actor_of(person: Person, at: datetime) -> Actor:
    """Someone, at that moment, her second factor given."""
    return read_actor(user_id=person.user_id, person_id=person.pk, person_uid=person.uid, second_factor=True, at=at)


def _notes(scene: Scene) -> None:
    """Private and shared ones where she follows; one set aside where the coordination gave the enquiry to another."""
    kept = scene.followed("1.1", 9)
    for body, days, is_shared in zip(texts.NOTES, (7, 5, 3), (False, True, False), strict=True):
        write_note(**scene.by("conseillere", scene.ago(days)), enquiry=kept, body=body, is_shared=is_shared)
    left = scene.followed("1.3", 12)
    write_note(**scene.by("conseillere", scene.ago(9)), enquiry=left, body=texts.NOTE_LEFT)
    reassign_enquiry(
        **scene.by("coordinatrice", scene.ago(4)),
        enquiry=scene.row(left),
        to=scene.cast["conseiller-deux-academies"].person,
        reason=Passing.ABSENCE,
    )


def _two_by_two(scene: Scene) -> None:
    """Beside a lead: she asks a colleague, who accepts one and has not answered the other; he asks her too."""
    counsellor, neighbour = "conseillere", "conseiller-deux-academies"
    for topic, days, lead, asked, accepted in (
        ("3.3", 10, counsellor, neighbour, True),
        ("1.5", 6, counsellor, neighbour, False),
        ("2.2", 5, neighbour, counsellor, False),
    ):
        enquiry = scene.followed(topic, days, lead=lead)
        to = scene.cast[asked].person
        invite_colleague(**scene.by(lead, scene.ago(days - 3)), enquiry=enquiry, to=to)
        if accepted:
            join_enquiry(**scene.by(asked, scene.ago(days - 4)), enquiry=scene.row(enquiry))


def _handed_over(scene: Scene) -> None:
    """A colleague gives one of his back and proposes it to her."""
    enquiry = scene.followed("5.2", 5, lead="conseiller-deux-academies")
    hand_over_enquiry(
        **scene.by("conseiller-deux-academies", scene.ago(1, 16)),
        enquiry=enquiry,
        to=scene.cast["conseillere"].person,
        reason=Passing.SKILL,
    )


def _passed_on(scene: Scene) -> None:
    """To the listening cell: without a name, still sealed; and by the persona « agent », opened and answered."""
    academy = scene.stage.place.academy
    transmit_unnamed(academy=academy, body=texts.WITHOUT_A_NAME, code=RETURN_CODE, at=scene.ago(1, 17))
    agent = scene.agent()
    enquiry = scene.followed("2.3", 6, author=agent, email=f"agent@{DOMAIN}", words=texts.ATTACKED)
    asked_at, opened_at = scene.ago(3, 12), scene.ago(2, 9)
    passed = transmit_named(actor=actor_of(agent, asked_at), enquiry=enquiry, body=texts.ATTACKED, at=asked_at)
    open_transmission(**scene.by("cellule", opened_at), transmission=passed)
    answered_at = opened_at + timedelta(minutes=25)
    answer_transmission(**scene.by("cellule", answered_at), transmission=passed, body=texts.CELL_ANSWER)


def _referred(scene: Scene) -> None:
    """To the cell: one sealed, one answered; a third, with a file, waits for the agreement of the persona « agent »."""
    cell = Team.objects.get(kind=TeamKind.CELL, academy=scene.stage.place.academy)
    for topic, days in (("4.1", 12), ("1.1", 5)):
        asked_at = scene.ago(days - 2, 14)
        told: dict[str, Any] = {"agreement": Agreement.ORAL, "oral_on": asked_at.date(), "body": texts.REFERRED}
        enquiry = scene.followed(topic, days)
        referred = refer(**scene.by("conseillere", asked_at), enquiry=enquiry, to=cell, **told)
        if days < 10:
            continue
        by = scene.by("cellule", scene.ago(days - 3, 10))
        for act in (open_referral, accept_referral):
            act(**by, referral=Referral.objects.visible_to(by["actor"]).get(pk=referred.pk))
        found = Referral.objects.visible_to(by["actor"]).get(pk=referred.pk)
        answer_referral(**scene.by("cellule", scene.ago(days - 6, 11)), referral=found, body=texts.REFERRED_ANSWER)
    proof = (Paper("justificatif.pdf", "Justificatif familial (document d’exemple)"),)
    _advised(scene, scene.row(enquiry), cell)
    enquiry = scene.followed("1.2", 4, author=scene.agent(), email=f"agent@{DOMAIN}", papers=proof)
    enclosed = [str(uid) for uid in enquiry.attachments.values_list("uid", flat=True)]
    written: dict[str, Any] = {"agreement": Agreement.WRITTEN, "body": texts.REFERRED, "enclosed": enclosed}
    refer(**scene.by("conseillere", scene.ago(1, 15)), enquiry=enquiry, to=cell, **written)


def _advised(scene: Scene, enquiry: Enquiry, cell: Team) -> None:
    """Two questions to the cell about it, nobody named: one answered, one that waits."""
    for days, asked, answer in ((3, texts.ADVICE_GIVEN, texts.ADVICE), (2, texts.ADVICE_ASKED, "")):
        at = scene.ago(days, 15)
        due_on = usual_day(enquiry, at=at)
        told: dict[str, Any] = {"to": cell, "facts": Fact.values, "body": asked, "due_on": due_on}
        question = ask_cell(**scene.by("conseillere", at), enquiry=scene.row(enquiry), **told)
        if answer:
            by = scene.by("cellule", scene.ago(days - 1, 10))
            found = ExpertQuestion.objects.visible_to(by["actor"]).get(pk=question.pk)
            answer_question(**by, question=found, body=answer)


def _worried_about(scene: Scene) -> None:
    """Two alerts of hers: the coordination has one in hand, the other has just been raised."""
    raised_at = scene.ago(2, 15)
    known = raise_concern(**scene.by("conseillere", raised_at), enquiry=scene.followed("3.2", 4))
    acknowledge_concern(**scene.by("coordinatrice", raised_at + timedelta(minutes=6)), concern=known)
    just_now = scene.stage.now - timedelta(minutes=4)
    raise_concern(**scene.by("conseillere", just_now), enquiry=scene.followed("3.1", 3))


def _notes_asked_for(scene: Scene) -> None:
    """The persona « agent » asks for her notes: the counsellor has re-read one of the two that she wrote."""
    agent, asked_at = scene.agent(), scene.ago(2, 18)
    enquiry = scene.followed("1.4", 14, author=agent, email=f"agent@{DOMAIN}")
    for body, days, is_shared in zip(texts.NOTES_ASKED_FOR, (12, 8), (True, False), strict=True):
        write_note(**scene.by("conseillere", scene.ago(days)), enquiry=enquiry, body=body, is_shared=is_shared)
    ask_for_notes(actor=actor_of(agent, asked_at), at=asked_at)
    reading = scene.by("conseillere", scene.ago(1, 9))
    waiting = NoteReview.objects.to_review_by(reading["actor"])
    review_note(**reading, review=waiting[0], decision=Decision.GIVEN)


def _permanences(scene: Scene) -> None:
    """What two counsellors noted of their permanences: a few lines on each day."""
    rng, place = random.Random("permanences"), scene.stage.place
    drawn = lines(rng)
    for persona, noted in (("conseillere", (13, 8, 3, 1)), ("conseiller-deux-academies", (9, 2))):
        for days in noted:
            at = scene.ago(days, 17)
            note_exchanges(
                **scene.by(persona, at),
                department=place.department,
                day=place.clock.local(at).date(),
                lines=list(islice(drawn, 4 + days % 3)),
                key=random_uid(rng),
            )
