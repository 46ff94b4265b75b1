"""Each identity field of every registry: where its owner corrects it, or in plain words why she does not.

A test compares this table with the registries: a new identity field cannot be forgotten.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Correctable:
    """One field: `where` names the page that corrects it, "" when `why` says what to do instead."""

    what: str
    where: str = ""
    why: str = ""


CORRECTABLE: dict[str, Correctable] = {
    "Person.first_name": Correctable("votre prénom", "privacy:correct_person"),
    "Person.last_name": Correctable("votre nom", "privacy:correct_person"),
    "Person.phone": Correctable("votre téléphone", "privacy:correct_person"),
    "Person.staff_address": Correctable(
        "votre adresse de service",
        why="Elle vient du fichier des missions de votre académie. Demandez à votre coordination de la corriger.",
    ),
    "Address.ciphertext": Correctable("vos adresses électroniques", "accounts:add_address"),
    "Enquiry.contact": Correctable("vos coordonnées sur une demande", "enquiries:correct"),
    "SignInCode.address": Correctable(
        "l’adresse où un code vient de partir",
        why="Elle s’efface avec le code. Demandez un autre code à la bonne adresse.",
    ),
    "Transmission.identity": Correctable(
        "le nom transmis à la cellule d’écoute",
        why="C’est la copie de ce qui est parti : elle ne se réécrit pas. Écrivez la correction à la cellule.",
    ),
    **dict.fromkeys(
        ("Appointment.name", "Appointment.phone", "Appointment.address"),
        Correctable(
            "votre nom, votre numéro et votre adresse sur un rendez-vous",
            why="C’est la copie de ce que vous avez donné en le prenant. Annulez-le et prenez-en un autre : il aura "
            "les coordonnées corrigées sur votre demande.",
        ),
    ),
    "MailChoice.address": Correctable(
        "l’adresse que concernent vos choix de courriels",
        why="Un choix vaut pour une adresse : choisissez de nouveau depuis un courriel reçu à la bonne.",
    ),
    "OutgoingEmail.recipient": Correctable(
        "l’adresse où un courriel est parti",
        why="C’est la trace d’un envoi : elle ne se réécrit pas, et s’efface d’elle-même.",
    ),
}
UNCORRECTED = tuple(dict.fromkeys(one for one in CORRECTABLE.values() if not one.where))
