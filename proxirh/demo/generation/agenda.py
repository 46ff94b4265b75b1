"""The agenda of the personas: where and when they may be met, who comes, and what became of those who came."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from proxirh.accounts.models import Person
from proxirh.demo.generation import texts
from proxirh.demo.generation.chance import random_uid
from proxirh.demo.generation.staff import Staff
from proxirh.demo.personas import DOMAIN, PERSONAS, account_of
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.meeting import book_meeting, record_outcome
from proxirh.scheduling.models import AgendaRules, MeetingPlace, Way
from proxirh.scheduling.services import booking
from proxirh.scheduling.services.booking import Choice, Guest
from proxirh.scheduling.services.openings import Frequency, Hours, Rhythm, open_hours
from proxirh.scheduling.services.places import Facts, add_place

if TYPE_CHECKING:
    from proxirh.demo.generation.gestures import Scene

ROOMS = "https://visio.exemple.invalid/{salle}"
OFFICE = Facts(
    "Maison des services (exemple)",
    address="12 rue de l’Exemple, 54000 Nancy",
    way_in="Deuxième étage, salle 204. Dites à l’accueil que vous avez un rendez-vous.",
)
# A place of her académie on the clock of Paris: both hours show.
AWAY = {
    "name": "Antenne de l’académie à Paris (exemple)",
    "address": "3 rue du Modèle, 75005 Paris",
    "way_in": "Pour les séjours en métropole. Rez-de-chaussée, à droite.",
    "time_zone": "Europe/Paris",
}
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = range(4)


def play_agenda(scene: Scene, overseas: Scene) -> None:
    """Openings, then appointments of each kind; those of the persona « agent » are hers to take."""
    rng = random.Random("agenda")
    AgendaRules.objects.create(academy=scene.stage.place.academy, video_pattern=ROOMS)
    office = add_place(
        **scene.by("coordinatrice", scene.ago(30, 9)),
        department=scene.stage.place.department,
        site=next(site for site in scene.stage.place.services if site.kind == "DSDEN"),
        facts=OFFICE,
    )
    _open(scene, scene.cast["conseillere"], (TUESDAY, THURSDAY), (9, 12), by_video=True)
    _open(scene, scene.cast["conseillere"], (MONDAY, WEDNESDAY), (14, 17), place=office)
    _open(scene, scene.cast["conseiller-deux-academies"], (TUESDAY,), (14, 17), by_video=True)
    _to_come(scene, office, rng)
    _past(scene, rng)
    _overseas(overseas, rng)


def _open(
    scene: Scene,
    staff: Staff,
    days: tuple[int, ...],
    hours: tuple[int, int],
    *,
    place: MeetingPlace | None = None,
    by_video: bool = False,
) -> None:
    at = scene.ago(20, 8)
    open_hours(
        **scene.as_staff(staff, at),
        department=scene.stage.place.department,
        rhythm=Rhythm(Frequency.WEEKLY, scene.stage.clock.local(at).date(), weekdays=days),
        hours=Hours(time(hours[0]), time(hours[1]), place),
        by_phone=True,
        by_video=by_video,
    )


def _to_come(scene: Scene, office: MeetingPlace, rng: random.Random) -> None:
    """By telephone today, on a screen, on the spot; and with somebody who asked for nothing here."""
    for topic, days, hour, way, place in (
        ("1.4", 0, (16, 30), Way.PHONE, None),
        ("4.1", 1, (9, 30), Way.VIDEO, None),
        ("3.3", 3, (15, 0), Way.ON_SITE, office),
    ):
        enquiry, start = scene.followed(topic, 7), _start(scene, days, *hour)
        _take(scene, scene.cast["conseillere"], enquiry, start, way, key=random_uid(rng), place=place, days=2)
    by, department = scene.by("conseillere", scene.ago(1, 16)), scene.stage.place.department
    booking.book(
        by=by["actor"].label,
        guest=Guest("Mme E.", "0639980122", wants_reminders=False),
        choice=Choice(scene.cast["conseillere"].person.pk, _start(scene, 1, 14, 15), Way.PHONE),
        terms=booking.terms_for_staff(department, booking.usual_length(department), at=by["at"]),
        key=random_uid(rng),
        at=by["at"],
    )


def _past(scene: Scene, rng: random.Random) -> None:
    """One that took place, one that did not, and one of which nothing is said yet."""
    counsellor = scene.cast["conseillere"]
    for topic, days, was_kept in (("1.1", 4, True), ("2.2", 3, False), ("5.1", 1, None)):
        enquiry = scene.followed(topic, 12)
        start = scene.ago(days, 10, 30)
        row = _take(scene, counsellor, enquiry, start, Way.PHONE, key=random_uid(rng), days=9)
        if was_kept is None:
            continue
        told = (texts.SUMMARIES if was_kept else texts.ATTEMPTS)[0]
        record_outcome(
            **scene.by("conseillere", scene.ago(days, 11, 30)),
            enquiry=scene.row(enquiry),
            appointment=row,
            was_kept=was_kept,
            summary=told,
            key=random_uid(rng),
            **scene.stage.then(5),
        )


def _overseas(scene: Scene, rng: random.Random) -> None:
    """The persona « agente-outre-mer » comes while she stays in Paris: the hour at home, and the hour there."""
    stage = scene.stage
    team = stage.lives.service.counselling[stage.place.department.code]
    lead = stage.lives.service.members[team.pk][0]
    author = Person.objects.select_related("data_key").get(user=account_of(PERSONAS["agente-outre-mer"]))
    address = f"agente-outre-mer@{DOMAIN}"
    enquiry = scene.followed("4.1", 8, lead=lead, author=author, email=address, family="1d")
    place = MeetingPlace.objects.create(department=stage.place.department, **AWAY)
    _open(scene, lead, (TUESDAY, THURSDAY), (9, 12))
    start = _start(scene, 6, 14, 0)
    _take(scene, lead, enquiry, start, Way.ON_SITE, key=random_uid(rng), place=place, days=2)


def _take(
    scene: Scene,
    staff: Staff,
    enquiry: Enquiry,
    start: datetime,
    way: Way,
    *,
    key: UUID,
    days: int,
    place: MeetingPlace | None = None,
) -> Any:
    """Agreed on by voice, so many days ago; on the spot, in an hour opened there for it."""
    taken_at = scene.ago(days, 15)
    if place is not None:
        wall = start.astimezone(ZoneInfo(place.time_zone))
        open_hours(
            **scene.as_staff(staff, taken_at),
            department=scene.stage.place.department,
            rhythm=Rhythm(Frequency.ONCE, wall.date()),
            hours=Hours(wall.time(), (wall + timedelta(hours=1)).time(), place),
            by_phone=False,
            by_video=False,
        )
    return book_meeting(
        **scene.as_staff(staff, taken_at),
        enquiry=scene.row(enquiry),
        choice=Choice(staff.person.pk, start, way, place.pk if place else None),
        phone="0639980000" if way == Way.PHONE else "",
        key=key,
    )


def _start(scene: Scene, days: int, hour: int, minute: int) -> datetime:
    """An hour of the wall of the département, on the `days`-th working day to come (0: today, or the next one)."""
    return scene.stage.clock.at(scene.stage.ahead(days), hour * 60 + minute)
