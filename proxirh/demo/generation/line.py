"""The telephone line of the main académie: its sheets, a few days of calls, promises, and past months as counts."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from proxirh.demo.generation.chance import random_uid
from proxirh.demo.generation.territory import OPENED_ON
from proxirh.knowledge.models import AnswerSheet
from proxirh.knowledge.services.sheets import Said, write_sheet
from proxirh.scheduling.models import Means, PhoneCall
from proxirh.scheduling.services import calling, promising
from proxirh.scheduling.services.calling import Heard
from proxirh.scheduling.workflow import CallState
from proxirh.territories.models import Posting, Role, StaffCategory, Team, TeamKind, Topic

if TYPE_CHECKING:
    from proxirh.demo.generation.gestures import Scene

MOVE = (
    "Les vœux se saisissent au printemps, sur le portail de l’académie. Les dates exactes paraissent en janvier. "
    "Une question sur un barème se pose à votre gestionnaire."
)
MEETING = "Apportez vos derniers arrêtés et deux ou trois souhaits. Rien n’est décidé pendant ce rendez-vous."
TRAINING = (
    "Vos heures se voient sur le site officiel du compte personnel de formation. Le service RH de proximité aide à "
    "choisir une formation, pas à l’inscrire."
)
PART_TIME = "La demande se fait avant la fin du mois de mars pour la rentrée suivante, par la voie de votre service."
SHEETS = (
    ("Dates du mouvement", ("1.1", "1.2"), MOVE),
    ("Préparer un rendez-vous de mobilité", ("1.1",), MEETING),
    ("Compte personnel de formation", ("1.3", "1.4"), TRAINING),
    ("Demander un temps partiel", ("4.1", "4.2"), PART_TIME),
)
NAMES = ("Mme Exemple-Rey", "M. Exemple-Costa", "Mme Exemple-Noël", "M. Exemple-Paul", "Mme Exemple-Adam")
TOPICS = ("1.1", "1.1", "1.2", "1.3", "4.1")
NOTE = "Veut savoir quand paraissent les dates. Préfère l’après-midi."
HOURS = (9, 9, 10, 10, 11, 14, 14, 15, 16)
A_MONTH, PAST_MONTHS = 48, 14


def play_line(scene: Scene) -> None:
    """One line, answered by the persona « gestionnaire » and a colleague of hers."""
    line = _line(scene)
    _sheets(scene)
    _past(line, scene.stage.now)
    rng = random.Random("ligne")
    topics = {topic.code: topic for topic in Topic.objects.filter(code__in=set(TOPICS))}
    for number in range(18):
        at = scene.ago(1 + number // 2, HOURS[number % len(HOURS)]) + timedelta(minutes=7 * (number % 5))
        if number % 6 == 5:
            calling.miss(**scene.by("gestionnaire", at), team=line, key=random_uid(rng))
            continue
        topic = topics.get(TOPICS[number % len(TOPICS)])
        call = _call(scene, line, at, rng, Heard(topic=topic, sheets=_likely(line, topic, at)))
        calling.close_call(**scene.by("gestionnaire", at + timedelta(minutes=4)), call=call)
    _promises(scene, line, rng, topics["1.1"])
    _call(scene, line, scene.stage.now - timedelta(minutes=25), rng, Heard())


def _line(scene: Scene) -> Team:
    place = scene.stage.place
    line = Team.objects.create(
        kind=TeamKind.LINE,
        name=f"Ligne RH de proximité, {place.academy.name}",
        academy=place.academy,
        phone="01 99 00 00 54",
        valid_from=OPENED_ON,
    )
    officers = Posting.objects.filter(role=Role.HR_OFFICER, academy=place.academy).exclude(
        person=scene.cast["gestionnaire"].person
    )
    colleague = officers.order_by("pk")[0].person
    for person in (scene.cast["gestionnaire"].person, colleague):
        Posting.objects.create(
            person=person,
            role=Role.HR_OFFICER,
            academy=place.academy,
            team=line,
            valid_from=OPENED_ON,
        )
    return line


def _sheets(scene: Scene) -> None:
    rng = random.Random("fiches")
    at = scene.ago(12)
    for title, codes, answer in SHEETS:
        said = Said(title, answer, list(Topic.objects.filter(code__in=codes)), (at + timedelta(days=300)).date())
        write_sheet(**scene.by("coordinatrice", at), academy=scene.stage.place.academy, said=said, key=random_uid(rng))


def _likely(line: Team, topic: Topic | None, at: datetime) -> list[AnswerSheet]:
    return calling.likely_sheets(line, topic, day=at.date())[:1] if topic else []


def _call(scene: Scene, line: Team, at: datetime, rng: random.Random, heard: Heard) -> PhoneCall:
    call = calling.pick_up(**scene.by("gestionnaire", at), team=line, key=random_uid(rng))
    calling.write_down(**scene.by("gestionnaire", at + timedelta(minutes=1)), call=call, heard=heard)
    return PhoneCall.objects.select_related("team__academy", "team__department", "department", "data_key").get(
        pk=call.pk
    )


def _promises(scene: Scene, line: Team, rng: random.Random, topic: Topic) -> None:
    """One late, one to come, one that her line has not taken yet."""
    hers = scene.cast["gestionnaire"].person
    department = scene.stage.place.department
    category = StaffCategory.objects.filter(family="2d").order_by("position").first()
    for days, working_days, to, name in ((8, 1, hers, NAMES[0]), (1, 5, hers, NAMES[1]), (1, 2, line, NAMES[2])):
        at = scene.ago(days, 10)
        heard = Heard(name, "01 99 00 00 12", NOTE, topic=topic, department=department, category=category)
        call = _call(scene, line, at, rng, heard)
        promising.promise_call(
            **scene.by("gestionnaire", at + timedelta(minutes=2)),
            call=call,
            to=to,
            means=Means.PHONE,
            working_days=working_days,
        )


def _past(line: Team, now: datetime) -> None:
    """Months that keep nothing but counts."""
    rng = random.Random("appels")
    branches = list(Topic.objects.filter(branch=None, code__in=("1", "4", "5")).order_by("code"))
    rows, month = [], now.date().replace(day=1)
    for _ in range(PAST_MONTHS):
        month = (month - timedelta(days=1)).replace(day=1)
        for _ in range(A_MONTH + rng.randrange(12)):
            was_missed = rng.random() < 0.2
            rows.append(
                PhoneCall(
                    team=line,
                    day=month,
                    half_hour=2 * rng.choice(HOURS) + rng.randrange(2),
                    state=CallState.MISSED if was_missed else CallState.CLOSED_FIRST_LEVEL,
                    was_missed=was_missed,
                    topic=None if was_missed else rng.choice(branches),
                    erased_at=now,
                )
            )
    PhoneCall.objects.bulk_create(rows)
