"""The network of the académie of the personas: partners, fresh and less so, and two contacts given to an agent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from proxirh.demo.personas import DOMAIN
from proxirh.enquiries.services.signposting import Contact, ask_due, give_contact
from proxirh.territories.models import Partner
from proxirh.territories.services.partners import Facts, add_partner

if TYPE_CHECKING:
    from proxirh.demo.generation.gestures import Scene

HOURS = "du lundi au vendredi, de 9 h à 17 h"
# How long ago each was last confirmed, in days.
PARTNERS = (
    (5, Facts("Service social d’exemple", "Aides financières, logement, dettes", phone="01 99 00 90 41", hours=HOURS)),
    (
        40,
        Facts("Mutuelle d’exemple", "Arrêts longs, prévoyance, prévention", website="https://mutuelle.exemple.invalid"),
    ),
    (
        210,
        Facts("Emploi et handicap, exemple", "Aménager son poste, ou en changer", address="accueil@exemple.invalid"),
    ),
    (400, Facts("Association d’exemple", "Écoute entre pairs", phone="01 99 00 90 44")),
)
WORDS = (
    "Ce service vous aidera plus vite que moi sur ce point. Dites que vous êtes en poste dans l’académie, rien de plus."
)


def play_network(scene: Scene) -> None:
    """The coordination keeps the directory; the persona « agent » is asked about one contact, and has just got one."""
    academy = scene.stage.place.academy
    for days, facts in PARTNERS:
        at = scene.ago(1, 9) - timedelta(days=days)
        add_partner(actor=scene.by("coordinatrice", scene.ago(1, 9))["actor"], academy=academy, facts=facts, at=at)
    kept = {one.name: one for one in Partner.objects.of_directory(academy)}
    enquiry = scene.followed("4.4", 16, author=scene.agent(), email=f"agent@{DOMAIN}")
    for (_, facts), days in zip(PARTNERS[:2], (14, 1), strict=True):
        contact = Contact.of(kept[facts.name])
        by = scene.by("conseillere", scene.ago(days, 15))
        give_contact(**by, enquiry=scene.row(enquiry), contact=contact, body=WORDS)
    ask_due(at=scene.ago(1, 16))
