"""Questions of the cast to its cell, at each point of their life."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from proxirh.enquiries.models import Enquiry, ExpertQuestion, NotOurs
from proxirh.enquiries.services import consulting
from proxirh.enquiries.services.consulting import Fact
from proxirh.enquiries.workflow import QuestionState as S
from tests.enquiries.referring import cell
from tests.world import NOW, World

WORDS, ADVICE = "CANARIQUESTION à la cellule", "CANARIAVIS de la cellule"


def ask(
    world: World, *, enquiry: Enquiry | None = None, by: str = "counsellor", at: datetime = NOW, **more: Any
) -> ExpertQuestion:
    """A new one with every fact, for the usual day unless told otherwise."""
    found = enquiry or world.reload()
    said = {"to": cell(world), "facts": Fact.values, "body": WORDS, "due_on": consulting.usual_day(found, at=at)} | more
    return consulting.ask_cell(actor=world.actor(by, at=at), enquiry=found, at=at, **said)


def there(world: World, question: ExpertQuestion, part: str = "cell officer") -> ExpertQuestion:
    """As the cell holds it in its hands, whatever became of it since."""
    rows = ExpertQuestion.objects.listed_for(world.actor(part)).defer(None)
    return rows.select_related("team", "enquiry__data_key", "enquiry__department__academy").get(pk=question.pk)


def here(world: World, question: ExpertQuestion) -> Any:
    """As whoever follows its enquiry reads it."""
    found = ExpertQuestion.objects.of_enquiry(world.reload(question.enquiry))
    return next(one for one in found if one.pk == question.pk)


def answer(world: World, question: ExpertQuestion, *, at: datetime = NOW, **more: Any) -> None:
    told = {"question": there(world, question), "body": ADVICE, "at": at} | more
    consulting.answer_question(actor=world.actor("cell officer", at=at), **told)


def decline(world: World, question: ExpertQuestion, *, at: datetime = NOW) -> None:
    told = {"question": there(world, question), "reason": NotOurs.OTHER_CELL, "at": at}
    consulting.decline_question(actor=world.actor("cell officer", at=at), **told)


def recall(world: World, question: ExpertQuestion, *, at: datetime = NOW) -> None:
    consulting.recall_question(actor=world.actor("counsellor", at=at), question=here(world, question), at=at)


ACTS: dict[str, Callable[..., None]] = {S.ANSWERED: answer, S.DECLINED: decline, S.RECALLED: recall}


def in_state(world: World, state: str, **more: Any) -> ExpertQuestion:
    """One that came to a state by the services alone."""
    made = ask(world, **more)
    if state in ACTS:
        ACTS[state](world, made, **({"at": more["at"]} if "at" in more else {}))
    return made
