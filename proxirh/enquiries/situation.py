"""Where an enquiry stands, told to its author in plain words: who has it, what comes next and by when."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from proxirh.enquiries import promises
from proxirh.enquiries.expiry import expires_on
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.permissions import REOPENING
from proxirh.enquiries.workflow import State
from proxirh.kernel.calendar import local_day
from proxirh.ui import french
from proxirh.ui.components import NextStep

BADGES = {
    State.SUBMITTED: ("Reçue", "info"),
    State.IN_PROGRESS: ("Suivie", "info"),
    State.WAITING_FOR_AGENT: ("À vous de répondre", "warning"),
    State.WAITING_FOR_DATE: ("En attente d’une date", "info"),
    State.CLOSED: ("Terminée", "success"),
    State.WITHDRAWN: ("Retirée", ""),
    State.MERGED: ("Réunie à une autre", ""),
}


@dataclass(frozen=True, slots=True)
class Situation:
    """One sentence that says where it stands, who has it, and the steps to come."""

    title: str
    text: str
    who: str
    badge: tuple[str, str]
    steps: tuple[NextStep, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One enquiry in the list of its author."""

    uid: UUID
    reference: str
    asked_on: str
    title: str
    who: str
    next: str
    badge: tuple[str, str]
    is_open: bool
    is_hers: bool  # it waits for her to write


def of(enquiry: Enquiry, *, at: datetime) -> Situation:
    """The situation of one’s own enquiry at a moment."""
    title, text, steps = _told(enquiry, today=local_day(at, enquiry.department.time_zone))
    steps = (*steps, *_leaving(enquiry))
    return Situation(title, text, who_has(enquiry), BADGES[State(enquiry.state)], steps, enquiry.is_open)


def as_met(told: Situation, *, named: Collection[str], starts_at: datetime | None, zone: str) -> Situation:
    """The step that an appointment became, as the appointment now stands: its link moves or cancels it alone."""
    step = NextStep("Il n’y a plus de rendez-vous à venir. Vous pouvez en prendre un autre.")
    if starts_at is not None:
        step = NextStep("Votre rendez-vous", f"Le {french.moment(starts_at, zone)}")
    return replace(told, steps=tuple(step if one.text in named else one for one in told.steps))


def summary(enquiry: Enquiry, *, at: datetime) -> Card:
    """The same in one card."""
    told = of(enquiry, at=at)
    first = told.steps[0] if told.steps else NextStep("")
    return Card(
        uid=enquiry.uid,
        reference=enquiry.reference,
        asked_on=french.plain_day(enquiry.submitted_at, enquiry.department.time_zone),
        title=told.title,
        who=told.who,
        next=_in_one_line(first, is_hers=enquiry.state == State.WAITING_FOR_AGENT) if told.is_open else "",
        badge=told.badge,
        is_open=told.is_open,
        is_hers=enquiry.state == State.WAITING_FOR_AGENT,
    )


def _leaving(enquiry: Enquiry) -> tuple[NextStep, ...]:
    """What is announced to whoever has not been in contact for long, with or without an address."""
    if not enquiry.will_expire:
        return ()
    on = f"À partir du {french.long_day(expires_on(enquiry))}"
    if enquiry.is_open:
        return (NextStep("Un mot ci-dessous suffit à garder cette demande. Sinon, elle sera effacée.", on),)
    return (NextStep("Cette demande sera effacée. Pour en garder une copie, téléchargez vos données avant.", on),)


def _in_one_line(step: NextStep, *, is_hers: bool) -> str:
    text = f"{step.text.rstrip('.')}, {step.when[:1].lower()}{step.when[1:]}" if step.when else step.text
    return text if is_hers else f"Ensuite\u00a0: {text}"


def who_has(enquiry: Enquiry) -> str:
    """The name of its lead once taken, its team before."""
    return enquiry.lead.full_name if enquiry.lead_id and enquiry.lead is not None else enquiry.team.name


def reopens_until(enquiry: Enquiry) -> date | None:
    """Last day of the ninety during which it may be reopened."""
    if enquiry.closed_at is None:
        return None
    return local_day(enquiry.closed_at + REOPENING, enquiry.department.time_zone)


def is_too_late(enquiry: Enquiry, *, at: datetime) -> bool:
    """Ended for more than ninety days: a new enquiry may recall it."""
    return enquiry.state == State.CLOSED and enquiry.closed_at is not None and at > enquiry.closed_at + REOPENING


Told = tuple[str, str, tuple[NextStep, ...]]


def _told(enquiry: Enquiry, *, today: date) -> Told:
    if enquiry.state == State.CLOSED:
        return _closed(enquiry, today)
    if enquiry.state == State.WITHDRAWN:
        on = french.plain_day(enquiry.closed_at, enquiry.department.time_zone) if enquiry.closed_at else ""
        return f"Vous avez retiré cette demande le {on}", "L’équipe ne la lit plus. Vous n’avez rien à faire.", ()
    if enquiry.state == State.MERGED:
        return "Cette demande est réunie à une autre", "La suite se passe sur votre autre demande.", ()
    if enquiry.lead_id is None:
        return _untaken(enquiry, today)
    if enquiry.state == State.WAITING_FOR_AGENT:
        return _waiting_for_author(enquiry, today)
    if enquiry.state == State.WAITING_FOR_DATE:
        return _waiting_for_date(enquiry, today)
    return _followed(enquiry, today)


def _untaken(enquiry: Enquiry, today: date) -> Told:
    team = enquiry.team.name
    if enquiry.state != State.SUBMITTED:
        text = f"Elle est de nouveau devant l’équipe « {team} ». Rien n’est perdu, vous n’aurez rien à répéter."
        step = NextStep("Une autre personne de l’équipe prend votre demande. Un courriel vous le dira.")
        return "Une autre personne va suivre votre demande", text, (step,)
    text = f"Elle est devant l’équipe « {team} ». Personne d’autre ne la voit."
    due = local_day(enquiry.due_at, enquiry.department.time_zone)
    first = NextStep("Une conseillère ou un conseiller de l’équipe prend votre demande. Vous saurez son nom.")
    if due < today:
        return "Votre demande est reçue", text, (*_call(enquiry, today), first, _late(enquiry, due))
    answer = NextStep("Cette personne vous répond.", _by(due))
    return "Votre demande est reçue", text, (*_call(enquiry, today), first, answer)


def _followed(enquiry: Enquiry, today: date) -> Told:
    name = who_has(enquiry)
    title, text = f"{name} s’occupe de votre demande", "Vous pouvez lui écrire ci-dessous à tout moment."
    if enquiry.next_step and enquiry.next_step_on:
        step = NextStep(enquiry.next_step, _by(enquiry.next_step_on))
        return title, text, (*_call(enquiry, today), step, *_if_passed(enquiry, today))
    due = local_day(enquiry.due_at, enquiry.department.time_zone)
    if enquiry.first_answered_at is None:
        step = _late(enquiry, due) if due < today else NextStep(f"{name} vous contacte.", _by(due))
        return title, text, (*_call(enquiry, today), step)
    return title, text, (*_call(enquiry, today), NextStep(f"{name} vous dit bientôt quelle est la suite."))


def _call(enquiry: Enquiry, today: date) -> tuple[NextStep, ...]:
    """The call that was promised on sending, until the person is reached."""
    if not enquiry.wants_call_today:
        return ()
    who = who_has(enquiry) if enquiry.lead_id else "L’équipe"
    promised = promises.call_back_today(enquiry.department, at=enquiry.submitted_at)
    text, last = f"{who} vous rappelle.", f"le {french.long_day(promised.next_working_day)}"
    if promised.is_possible and today <= promised.today:
        return (NextStep(text, f"Aujourd’hui aux heures de bureau, sinon {last}"),)
    if today <= promised.next_working_day:
        return (NextStep(text, last[:1].upper() + last[1:]),)
    return (NextStep(f"{who} vous rappelle dès que possible : le jour promis est passé."),)


def _waiting_for_author(enquiry: Enquiry, today: date) -> Told:
    steps = [NextStep(f"À vous\u00a0: {enquiry.next_step}" if enquiry.next_step else "À vous d’écrire ci-dessous.")]
    if enquiry.next_step_on and enquiry.next_step_on >= today:
        day = french.long_day(enquiry.next_step_on)
        steps.append(NextStep(f"Sans nouvelles de vous, {who_has(enquiry)} reprend contact.", f"Le {day}"))
    text = "Prenez le temps qu’il vous faut\u00a0: votre demande ne se ferme pas toute seule."
    return "Nous attendons votre réponse", text, tuple(steps)


def _waiting_for_date(enquiry: Enquiry, today: date) -> Told:
    name = who_has(enquiry)
    when = f"Le {french.long_day(enquiry.next_step_on)}" if enquiry.next_step_on else ""
    steps = (
        NextStep(enquiry.next_step or "La date attendue arrive.", when),
        NextStep(f"{name} reprend votre demande ce jour-là et vous contacte."),
    )
    text = f"{name} s’en occupe toujours. Vous n’avez rien à faire d’ici là, et vous pouvez écrire à tout moment."
    return "Votre demande attend une date", text, (*steps, *_if_passed(enquiry, today))


def _closed(enquiry: Enquiry, today: date) -> Told:
    on = french.plain_day(enquiry.closed_at, enquiry.department.time_zone) if enquiry.closed_at else ""
    if enquiry.fact.is_passed_on:
        text = "Ce qui est écrit ici y reste : vous seule, ou vous seul, voyez les deux côtés."
        return "Votre suivi continue dans une autre académie", text, ()
    until = reopens_until(enquiry)
    text = "Rien n’est effacé\u00a0: vous pouvez tout relire ici."
    if until is None or until < today:
        text = "Vous pouvez relire ici vos échanges."
        step = NextStep("Pour demander encore de l’aide, faites une nouvelle demande\u00a0: elle rappellera celle-ci.")
    else:
        step = NextStep(
            "Si quelque chose reste sans réponse, écrivez ci-dessous ou rouvrez votre demande en un clic.",
            f"Jusqu’au {french.long_day(until)}",
        )
    return f"Le suivi est terminé depuis le {on}", text, (step,)


def _by(day: date) -> str:
    return f"Au plus tard le {french.long_day(day)}"


def _late(enquiry: Enquiry, due: date) -> NextStep:
    """What was missed, and no apology: about difficulties or health it is for a person to make, and a page that
    apologised of the rest alone would tell the topic to whoever reads it by telephone."""
    phone = enquiry.team.call_number
    call = f" Vous pouvez aussi appeler le {phone}, avec votre référence et votre code d’appel." if phone else ""
    return NextStep(
        f"Nous devions vous répondre au plus tard le {french.long_day(due)}. Nous sommes en retard. "
        f"Votre demande n’est pas oubliée.{call}"
    )


def _if_passed(enquiry: Enquiry, today: date) -> tuple[NextStep, ...]:
    if enquiry.next_step_on is None or enquiry.next_step_on >= today:
        return ()
    return (NextStep("Cette date est passée. Écrivez ci-dessous si vous n’avez pas eu de nouvelles."),)
