"""A change of académie told to each side at each moment: where it stands, what comes next, what would go exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from proxirh.enquiries import wishes
from proxirh.enquiries.models import Enquiry, Transfer, TransferRefusal
from proxirh.enquiries.workflow import TransferState
from proxirh.kernel.calendar import local_day
from proxirh.territories.models import Topic
from proxirh.ui import french
from proxirh.ui.components import NextStep

ENDED = {TransferState.WITHDRAWN: "est retiré", TransferState.EXPIRED: "est resté sans suite"}


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence, a few words more, and the steps to come."""

    title: str
    text: str
    steps: Sequence[NextStep] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What its author alone is told of the other side."""

    uid: object
    reference: str
    due_at: datetime
    zone: str


def to_begin() -> tuple[NextStep, ...]:
    """Before anything is said, for its author."""
    return (
        NextStep("Vous relisez le texte qui partirait, mot pour mot. Rien ne part sans votre accord."),
        NextStep("L’équipe de votre nouvelle académie voit qu’une demande l’attend, et la prend."),
        NextStep("D’ici là, rien ne change : les mêmes personnes vous suivent."),
    )


def to_author(transfer: Transfer, *, lead: str, arrival: Arrival | None) -> Told:
    """For the one who moves."""
    place = _there(transfer)
    goes_on = NextStep(f"D’ici là, {lead} continue de vous suivre ici." if lead else "D’ici là, rien ne change ici.")
    steps: tuple[NextStep, ...]
    if transfer.state == TransferState.ASKED:
        steps = (
            NextStep(f"{lead or 'La personne qui vous suit'} vous propose un texte. Un courriel vous le dit."),
            NextStep("Vous le relisez, le changez si vous voulez, et donnez votre accord ou non."),
            goes_on,
        )
        return Told(
            "Un texte est à écrire", f"Vous allez travailler {place}. Vous pouvez aussi l’écrire vous-même.", steps
        )
    if transfer.state == TransferState.PROPOSED:
        steps = (
            NextStep("Avec votre accord, ce texte part, et rien d’autre que ce qui est écrit ci-dessous."),
            NextStep(f"Une équipe {place} voit qu’une demande l’attend, et la prend."),
            goes_on,
        )
        return Told(
            "Relisez ce qui partirait", "Rien n’est parti. Tout ce que l’autre équipe lira est sur cette page.", steps
        )
    if transfer.state == TransferState.OFFERED:
        due = local_day(arrival.due_at, arrival.zone) if arrival else None
        steps = (
            NextStep(
                "Une personne de cette académie prend votre demande et vous répond. Vous saurez son nom.",
                f"Au plus tard le {french.long_day(due)}" if due else "",
            ),
            NextStep("Si personne ne la prend à temps, leur coordination en est prévenue, puis leur direction."),
            goes_on,
        )
        return Told(
            f"Votre demande est proposée {place}", "Vous pouvez la reprendre tant que personne ne l’a prise.", steps
        )
    if transfer.state == TransferState.ACCEPTED:
        steps = (NextStep("Tout se passe désormais sur votre nouvelle demande : écrivez là-bas."),)
        return Told(
            f"Votre suivi continue {place}", "Les deux demandes sont à vous. Aucune équipe ne lit l’autre.", steps
        )
    return _ended(transfer, place, lead=lead)


def _ended(transfer: Transfer, place: str, *, lead: str) -> Told:
    follows = f"{lead} continue de vous suivre." if lead else "Votre demande reste ici."
    if transfer.state == TransferState.DECLINED:
        steps = (NextStep(follows), NextStep("Vous pouvez proposer votre demande de nouveau, là ou ailleurs."))
        text = f"Raison donnée : {_reason(transfer)}. Rien de vous n’est gardé là-bas."
        return Told(f"Votre demande n’a pas été prise {place}", text, steps)
    return Told(
        f"Le changement d’académie {ENDED[TransferState(transfer.state)]}", f"{follows} Rien n’est gardé ailleurs."
    )


def to_staff(transfer: Transfer) -> Told:
    """For whoever follows her: never anything of the other side but whether it took her."""
    place = _there(transfer)
    goes_on = NextStep("D’ici là, vous continuez de la suivre : rien ne change pour elle.")
    if transfer.state == TransferState.ASKED:
        steps = (NextStep("Vous lui proposez un texte ci-dessous. Elle le relit et donne son accord, ou non."), goes_on)
        return Told("La personne change d’académie", f"Elle va travailler {place}, et attend de vous un texte.", steps)
    if transfer.state == TransferState.PROPOSED:
        steps = (NextStep("Elle relit le texte, le change si elle veut, et donne son accord ou non."), goes_on)
        return Told("Elle relit le texte", f"Elle va travailler {place}. Rien n’est parti.", steps)
    if transfer.state == TransferState.OFFERED:
        steps = (
            NextStep("L’équipe de là-bas la prend, ou dit pourquoi non. Vous serez prévenu dans les deux cas."),
            goes_on,
        )
        return Told(f"Elle est proposée {place}", "La personne a donné son accord. Elle peut revenir dessus.", steps)
    if transfer.state == TransferState.ACCEPTED:
        return Told(f"Son suivi continue {place}", "Vous ne lisez pas la suite, et l’autre équipe ne lit rien d’ici.")
    if transfer.state == TransferState.DECLINED:
        return Told(
            f"Elle n’a pas été prise {place}", f"Raison donnée : {_reason(transfer)}. Vous continuez de la suivre."
        )
    return Told(f"Le changement d’académie {ENDED[TransferState(transfer.state)]}", "Vous continuez de la suivre ici.")


def _there(transfer: Transfer) -> str:
    return f"dans l’académie {french.of(transfer.department.academy.name)}"


def _reason(transfer: Transfer) -> str:
    label = str(TransferRefusal(transfer.reason).label)
    return f"« {label} »"


def what_goes(transfer: Transfer, enquiry: Enquiry) -> list[tuple[str, str]]:
    """All that the other team will read beside the text, line by line."""
    topic = Topic.objects.get(code=enquiry.fact.topic_code, version=enquiry.nomenclature_version)
    contact = enquiry.contact
    told = wishes.sentences(enquiry.wishes, has_phone=bool(contact.get("phone")))
    kept_away = [
        line for name in ("excluded_names", "superior_name") for line in enquiry.wishes.get(name, "").split("\n")
    ]
    lines = [
        ("Votre nom", enquiry.contact_name),
        ("Téléphone", french.phone(contact.get("phone", ""))),
        ("Courriel", contact.get("email", "")),
        ("Vos souhaits", " ".join(told)),
        ("Qui ne doit pas voir votre demande", ", ".join(filter(None, kept_away))),
        ("Votre métier", str(enquiry.category)),
        ("Sujet", topic.agent_label),
        ("Votre nouveau lieu", f"{transfer.site or 'lieu non précisé'}, {transfer.department}"),
        ("À partir du", french.long_day(transfer.moves_on) if transfer.moves_on else ""),
    ]
    return [(label, text) for label, text in lines if text]
