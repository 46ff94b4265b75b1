"""The story of an enquiry, in order: what was written, said and decided, told to a professional or to its author."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from proxirh.enquiries.attachments import quarantine
from proxirh.enquiries.models import (
    Attachment,
    Enquiry,
    Exchange,
    ExpertQuestion,
    Means,
    Message,
    NotOurs,
    Outcome,
    Refusal,
    TransferRefusal,
    WorkingNote,
)
from proxirh.enquiries.services.arriving import ARRIVED, LEFT
from proxirh.enquiries.services.merging import JOINED, JOINS
from proxirh.enquiries.services.passing import Passing
from proxirh.enquiries.thread import exchanges_of, messages_of, people_named
from proxirh.kernel import journal
from proxirh.kernel.models import JournalEntry
from proxirh.ui import french

# Beyond, the oldest are one click away: a page stays light whatever the length of the story.
MOST_SHOWN = 30
SOMEONE = "une personne du service"
PERSON = "personne:"
type Thing = Message | Exchange | ExpertQuestion | WorkingNote | JournalEntry
# Moves told to each side; a verb absent here (a silent refusal, the echo of a message) is told to nobody.
TO_STAFF = {
    "demande.reçue": "Demande reçue",
    "demande.prise": "Prise en charge",
    "demande.rendue": "Rendue à l’équipe",
    "demande.réorientée": "Confiée à une équipe voisine",
    "demande.passée_aux_conseillers": "Passée aux conseillers",
    "demande.étape": "Prochaine étape fixée",
    "demande.attend_agent": "En attente de l’agent",
    "demande.attend_date": "En attente d’une date",
    "demande.reprise": "Suivi repris",
    "demande.terminée": "Suivi terminé",
    "demande.retirée": "Demande retirée par son auteur",
    "demande.rouverte": "Rouverte par son auteur",
    "demande.pas_moi": "L’adresse notée n’est pas celle de la personne",
    "demande.reconnue": "Reconnue par son auteur",
    "demande.code_donné": "Nouveau code à dire à la personne",
    "demande.accès_exceptionnel": "Accès exceptionnel",
    "demande.rendez_vous_pris": "Rendez-vous pris avec {to}",
    "demande.rendez_vous_confié": "Rendez-vous confié à {to}, à la même heure",
    "demande.fichier_refusé": "Fichier refusé par l’antivirus",
    "demande.fichiers_effacés": "Fichiers joints effacés, leur durée de conservation étant passée",
    "demande.effacement_annoncé": "Effacement prochain annoncé, faute de contact",
    "demande.expirée": "Suivi terminé faute de contact",
    "demande.mot_envoyé": "Un mot est parti : rien ne presse, sa demande reste ouverte",
    "demande.proposée": "Rendue, et proposée à {to}",
    "demande.réattribuée": "Proposée à {to} par la coordination",
    "demande.co_suivi_proposé": "Proposée à {to}, pour la suivre à deux",
    "demande.co_suivi_retiré": "N’est plus proposée à {to}",
    "demande.co_suivie": "{name} suit aussi cette demande",
    "demande.co_suivi_fini": "{to} ne suit plus cette demande",
    "demande.corrigée": "Coordonnées, souhaits ou lieu corrigés par la personne",
    "demande.compte_rendu_proposé": "Compte rendu proposé à la personne",
    "demande.compte_rendu_à_changer": "La personne demande un changement au compte rendu",
    "demande.compte_rendu_accepté": "Compte rendu accepté par la personne",
    "demande.compte_rendu_repris": "Compte rendu repris avant d’être accepté",
    "demande.relation_proposée": "Mise en relation proposée à la personne",
    "demande.relation_envoyée": "Mise en relation envoyée",
    "demande.relation_ouverte": "Mise en relation ouverte par son destinataire",
    "demande.relation_acceptée": "Mise en relation acceptée",
    "demande.relation_refusée": "Mise en relation refusée",
    "demande.relation_à_valider": "Réponse écrite : son chef de service la relit",
    "demande.relation_à_reprendre": "Réponse à reprendre, demande le chef de service",
    "demande.relation_répondue": "Réponse reçue à une mise en relation",
    "demande.relation_vérifiée": "La personne dit que la réponse est arrivée",
    "demande.relation_relancée": "Mise en relation relancée",
    "demande.relation_sans_réponse": "Mise en relation restée sans réponse",
    "demande.relation_reprise": "Mise en relation reprise",
    "demande.relation_arrêtée": "Mise en relation arrêtée par la personne",
    "demande.avis_posée": "Question posée à une cellule, sans dire de qui il s’agit",
    "demande.avis_rendue": "Question rendue par la cellule",
    "demande.avis_rappelée": "Question retirée : la cellule ne la lit plus",
    "demande.avis_relancée": "Question restée sans réponse : la cellule est relancée",
    "demande.contact_demandé": "La personne est interrogée : a-t-elle pu joindre le contact donné ?",
    "demande.contact_joint": "La personne a pu joindre le contact donné",
    "demande.contact_non_joint": "La personne n’a pas pu joindre le contact donné",
    "demande.contact_pas_encore": "La personne n’a pas encore joint le contact donné",
    "demande.changement_demandé": "La personne change d’académie : un texte est à écrire avec elle",
    "demande.changement_proposé": "Changement d’académie : un texte est proposé",
    "demande.changement_accordé": "La personne accepte le texte : sa demande est proposée à l’autre académie",
    "demande.changement_retiré": "Changement d’académie retiré",
    "demande.changement_décliné": "L’autre académie n’a pas pris la demande",
    LEFT: "L’autre académie a pris la demande : le suivi continue là-bas",
    ARRIVED: "Arrive d’une autre académie, avec l’accord de la personne",
    JOINED: "Réunie à une autre demande de la même personne",
    JOINS: "Demande {other} réunie à celle-ci",
}
TO_AUTHOR = {
    "demande.reçue": "Votre demande est reçue",
    "demande.prise": "{name} s’occupe de votre demande",
    "demande.rendue": "Une autre personne de l’équipe va reprendre votre demande",
    "demande.réorientée": "Votre demande est confiée à une équipe voisine",
    "demande.passée_aux_conseillers": "Votre demande passe aux conseillers, qui pourront l’approfondir avec vous",
    "demande.attend_agent": "Nous attendons votre réponse",
    "demande.attend_date": "Votre demande attend une date",
    "demande.reprise": "Le suivi reprend",
    "demande.terminée": "Le suivi est terminé",
    "demande.retirée": "Vous avez retiré votre demande",
    "demande.rouverte": "Vous avez rouvert votre demande",
    "demande.reconnue": "Vous avez reconnu cette demande",
    "demande.accès_exceptionnel": "{name} a ouvert votre demande par un accès exceptionnel",
    "demande.rendez_vous_pris": "Rendez-vous pris avec {to}",
    "demande.rendez_vous_confié": "Rendez-vous confié à {to}, à la même heure",
    "demande.fichier_refusé": "Un fichier a été refusé par l’antivirus",
    "demande.fichiers_effacés": "Les fichiers joints ont été effacés, leur durée de conservation étant passée",
    "demande.effacement_annoncé": "Faute de contact, cette demande sera bientôt effacée : nous l’avons annoncé",
    "demande.expirée": "Faute de contact, le suivi est terminé",
    "demande.mot_envoyé": "Nous vous avons écrit que votre demande reste ouverte",
    "demande.proposée": "Une autre personne du service va reprendre votre demande",
    "demande.réattribuée": "Une autre personne du service va reprendre votre demande",
    "demande.co_suivie": "{name} suit aussi votre demande",
    "demande.co_suivi_fini": "{to} ne suit plus votre demande",
    "demande.corrigée": "Vous avez corrigé vos coordonnées, vos souhaits ou votre lieu de travail",
    "demande.compte_rendu_proposé": "{name} vous propose un compte rendu à relire",
    "demande.compte_rendu_à_changer": "Vous avez demandé un changement au compte rendu",
    "demande.compte_rendu_accepté": "Vous avez accepté le compte rendu",
    "demande.relation_proposée": "{name} vous propose une mise en relation",
    "demande.relation_envoyée": "Une mise en relation est partie, avec votre accord",
    "demande.relation_ouverte": "Son destinataire a ouvert la mise en relation",
    "demande.relation_acceptée": "Son destinataire a accepté la mise en relation",
    "demande.relation_refusée": "Son destinataire ne peut pas répondre à la mise en relation",
    "demande.relation_à_valider": "Une réponse est écrite : son chef de service la relit",
    "demande.relation_répondue": "La réponse à la mise en relation est arrivée",
    "demande.relation_vérifiée": "Vous avez dit que la réponse est arrivée",
    "demande.relation_relancée": "Nous avons relancé la mise en relation",
    "demande.relation_sans_réponse": "La mise en relation est restée sans réponse",
    "demande.relation_reprise": "La mise en relation est reprise : rien de plus n’est transmis",
    "demande.relation_arrêtée": "Vous avez arrêté la mise en relation",
    "demande.avis_posée": "Une question est posée, sans votre nom, à une cellule spécialisée",
    "demande.avis_répondue": "La cellule spécialisée a répondu à la question posée sans votre nom",
    "demande.avis_rappelée": "La question posée sans votre nom est retirée",
    "demande.contact_demandé": "Nous vous avons demandé si vous aviez pu joindre le contact donné",
    "demande.contact_joint": "Vous avez pu joindre le contact donné",
    "demande.contact_pas_encore": "Vous n’avez pas encore joint le contact donné",
    JOINED: "Votre demande est réunie à une autre",
    JOINS: "Votre demande {other} est réunie à celle-ci",
    "demande.changement_demandé": "Vous avez dit que vous changez d’académie",
    "demande.changement_proposé": "Un texte est proposé pour votre changement d’académie",
    "demande.changement_accordé": "Avec votre accord, votre demande est proposée à l’autre académie",
    "demande.changement_retiré": "Le changement d’académie est retiré",
    "demande.changement_décliné": "L’autre académie n’a pas pris votre demande",
    LEFT: "L’autre académie suit désormais votre demande, sous la référence {other}",
    ARRIVED: "La suite de votre demande {other} est suivie ici",
}


@dataclass(frozen=True, slots=True)
class File:
    """An attachment to download, unless `held_back` says why not: `unscanned` or `refused`."""

    uid: UUID
    name: str
    size: str
    held_back: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `kind` is message, exchange, note or move."""

    kind: str
    at: datetime  # when it was known: a call of yesterday may be noted today
    when: str
    title: str
    who: str = ""
    text: str = ""
    is_mine: bool = False
    files: Sequence[File] = ()
    next_step: str = ""
    is_private: bool = False  # a note that its author alone reads


@dataclass(frozen=True, slots=True)
class Story:
    """Events from the oldest to the newest; `hidden` older ones were left out. Names of who has it and who typed it."""

    events: Sequence[Event]
    hidden: int = 0
    files: Sequence[File] = ()
    lead: str = ""
    typed_by: str = ""


def read_story(enquiry: Enquiry, *, for_author: bool, whole: bool = False, notes: Sequence[WorkingNote] = ()) -> Story:
    """Everything in four queries, two more where others were merged into it; only what is shown is opened.

    `notes` are those that the reader may read (`WorkingNoteQuerySet.read_by`); none for the author.
    """
    messages, attachments = messages_of(enquiry)
    exchanges, answers = exchanges_of(enquiry)
    labels = TO_AUTHOR if for_author else TO_STAFF
    lines, others = _lines(enquiry)
    if for_author:
        others |= _elsewhere(lines)
    moves = [line for line in lines if line.verb in labels]
    things: list[tuple[datetime, int, Thing]] = sorted(
        [
            *((line.at, 0, line) for line in moves),
            *((message.sent_at, 1, message) for message in messages),
            *((exchange.happened_at, 2, exchange) for exchange in exchanges),
            *((note.written_at, 3, note) for note in notes),
            *((one.ended_at, 4, one) for one in ([] if for_author else answers)),
        ],
        key=lambda thing: (thing[0], thing[1], thing[2].pk),
    )
    hidden = 0 if whole else max(0, len(things) - MOST_SHOWN)
    shown = [thing for _, _, thing in things[hidden:]]
    names = _names(shown, enquiry.lead_id, enquiry.created_by_id)
    teller = _Teller(enquiry, names, attachments, labels, others, for_author=for_author)
    return Story(
        events=[teller.tell(thing) for thing in shown],
        hidden=hidden,
        files=[file_of(one) for one in attachments],
        lead=names.get(str(enquiry.lead_id), ""),
        typed_by=names.get(str(enquiry.created_by_id), ""),
    )


def _lines(enquiry: Enquiry) -> tuple[list[JournalEntry], dict[str, str]]:
    """Its moves and those of what was merged into it, whose references come with them, by subject of the journal."""
    own = journal.history(enquiry)
    if not any(line.verb == JOINS for line in own):
        return own, {}
    rows = Enquiry.objects.for_system("ce qui y est réuni").filter(merged_into=enquiry)
    others = {journal.subject_of(one): one.reference for one in rows}
    return [*own, *(line for line in journal.histories(others) if line.verb != JOINED)], others


def _elsewhere(lines: Iterable[JournalEntry]) -> dict[str, str]:
    """References of both sides of a change of académie, which their author alone reads."""
    uids = {line.details["demande"] for line in lines if line.verb in {LEFT, ARRIVED}}
    if not uids:
        return {}
    rows = Enquiry.objects.for_system("les deux côtés d’un changement d’académie").filter(uid__in=uids)
    return {journal.subject_of(one): one.reference for one in rows}


def _names(things: Iterable[Thing], *people: int | None) -> dict[str, str]:
    """Names of these people and of whoever acts in the story, by primary key and by label of the journal."""
    keys = {key for key in people if key}
    uids: set[str] = set()
    for thing in things:
        if isinstance(thing, Message):
            keys |= {thing.sender_id} if thing.sender_id else set()
        elif isinstance(thing, Exchange):
            keys.add(thing.person_id)
        elif isinstance(thing, WorkingNote):
            keys.add(thing.author_id)
        elif isinstance(thing, JournalEntry):
            acting = (thing.actor, str(thing.details.get("to", "")))
            uids.update(label.removeprefix(PERSON) for label in acting if label.startswith(PERSON))
    names: dict[str, str] = {}
    for person in people_named(keys, uids):
        names[str(person.pk)] = names[f"personne:{person.uid}"] = person.full_name
    return names


def file_of(attachment: Attachment) -> File:
    """One as a page shows it; its enquiry, and its key, came with it."""
    return File(attachment.uid, attachment.name, _size(attachment.size), quarantine(attachment) or "")


def _size(octets: int) -> str:
    if octets < 100 * 1024:
        return f"{french.number(max(1, octets // 1024))}\u00a0ko"
    return f"{french.number(octets / 1024 / 1024, 1)}\u00a0Mo"


@dataclass(frozen=True, slots=True)
class _Teller:
    enquiry: Enquiry
    names: dict[str, str]
    attachments: Sequence[Attachment]
    labels: dict[str, str]
    others: dict[str, str]
    for_author: bool

    def tell(self, thing: Thing) -> Event:
        if isinstance(thing, Message):
            return self._message(thing)
        if isinstance(thing, WorkingNote):
            return self._note(thing)
        if isinstance(thing, ExpertQuestion):
            return self._advice(thing)
        return self._exchange(thing) if isinstance(thing, Exchange) else self._move(thing)

    def _moment(self, at: datetime) -> str:
        return french.short_moment(at, self.enquiry.department.time_zone)

    def _message(self, message: Message) -> Event:
        is_mine = message.is_from_agent == self.for_author
        who = self.names.get(str(message.sender_id), "")
        if message.is_from_agent and not self.for_author:
            who = self.enquiry.contact_name
        return Event(
            kind="message",
            at=message.sent_at,
            when=self._moment(message.sent_at),
            title="Premiers mots" if message.is_opening else "Message",
            who="Vous" if is_mine else who or SOMEONE,
            text=message.body,
            is_mine=is_mine,
            files=[file_of(one) for one in self.attachments if one.message_id == message.pk],
        )

    def _exchange(self, exchange: Exchange) -> Event:
        means = Means(exchange.means).label
        who = self.names.get(str(exchange.person_id), SOMEONE)
        if self.for_author:
            act = "Échange avec vous" if exchange.was_reached else "Nous avons essayé de vous joindre"
        else:
            act = "Échange" if exchange.was_reached else "Essai sans réponse"
        return Event(
            kind="exchange",
            at=exchange.recorded_at,
            when=self._moment(exchange.happened_at),
            title=f"{act} ({means})",
            who=who,
            text=exchange.summary,
            next_step=_step(exchange.next_step, exchange.next_step_on),
        )

    def _advice(self, question: Any) -> Event:
        return Event(
            kind="exchange",
            at=question.ended_at,
            when=self._moment(question.ended_at),
            title="Avis reçu",
            who=question.cell,
            text=question.answer,
        )

    def _note(self, note: WorkingNote) -> Event:
        return Event(
            kind="note",
            at=note.written_at,
            when=self._moment(note.written_at),
            title="Note partagée" if note.shared_at else "Note privée",
            who=self.names.get(str(note.author_id), SOMEONE),
            text=note.body,
            is_private=note.shared_at is None,
        )

    def _move(self, line: JournalEntry) -> Event:
        somebody = SOMEONE[:1].upper() + SOMEONE[1:]
        who, to = self.names.get(line.actor, ""), self.names.get(str(line.details.get("to", "")), "")
        merged = f"{self.enquiry._meta.label_lower}:{line.details.get('demande', '')}"
        title = self.labels[line.verb].format(
            name=who or somebody, to=to or somebody, other=self.others.get(merged, "effacée depuis")
        )
        if line.subject in self.others:
            title = f"{title} ({self.others[line.subject]})"
        return Event(
            kind="move",
            at=line.at,
            when=self._moment(line.at),
            title=title,
            who="" if self.for_author else who,
            text="" if self.for_author else _details(line),
        )


def _step(text: str | None, on: date | None) -> str:
    return f"{text}, {french.long_day(on)}" if text and on else text or ""


def _details(line: JournalEntry) -> str:
    found = line.details
    if outcomes := found.get("outcomes"):
        return ", ".join(Outcome(code).label for code in outcomes)
    # Why it was given back is told to nobody: one of the reasons must stay silent, and a blank would tell it.
    if line.verb in {"demande.proposée", "demande.réattribuée"}:
        return str(Passing(found["reason"]).label)
    if line.verb == "demande.relation_refusée":
        return str(Refusal(found["reason"]).label)
    if line.verb == "demande.avis_rendue":
        return str(NotOurs(found["reason"]).label)
    if reason := found.get("motif"):
        return str(TransferRefusal(reason).label)
    if day := found.get("le"):
        return french.long_day(date.fromisoformat(day))
    return ""
