"""The mails of the ladder: one waits, since when, where; never why, nor whom."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from proxirh.accounts.models import Person
from proxirh.enquiries.models import Enquiry, LadderRung, LadderStep, Watch
from proxirh.enquiries.notices import tell_author
from proxirh.outbox.services import Letter, queue_letters
from proxirh.territories.models import Academy

# A mail names that many references; the page has them all.
MOST_NAMED = 50


# Whoever follows it or, when nobody does, those of its team who may take it; the coordination, which may see who
# follows it and entrust it to somebody else.
KINDS = {LadderRung.COUNSELLOR: "late_for_counsellor", LadderRung.COORDINATOR: "late_for_coordination"}


def remind(level: LadderRung, enquiry: Enquiry, people: Collection[Person], *, step: LadderStep, at: datetime) -> int:
    """Tell people of one level of KINDS about a step that was just taken; returns how many."""
    kind = KINDS[level]
    letter = Letter(
        kind=kind,
        to=_keyed(step, people),
        template=f"enquiries/mails/{kind}.txt",
        context={
            "enquiry_uid": enquiry.uid,
            "reference": enquiry.reference,
            "is_followed": enquiry.lead_id is not None,
            "is_answer": step.watch == Watch.FIRST_ANSWER,
            "since": step.deadline,
        },
        about=enquiry.uid,
    )
    return queue_letters([letter], at=at)


def remind_heads(
    academy: Academy, references: Mapping[Person, Sequence[str]], *, step: LadderStep, at: datetime
) -> int:
    """One mail to each head of service: how many wait, and their references; nothing else of any."""
    return queue_letters(
        (
            Letter(
                kind="late_for_head",
                to=_keyed(step, [person]),
                template="enquiries/mails/late_for_head.txt",
                context={
                    "academy": academy,
                    "count": len(hers),
                    "references": hers[:MOST_NAMED],
                    "more": max(0, len(hers) - MOST_NAMED),
                },
            )
            for person, hers in references.items()
        ),
        at=at,
    )


def write_kindly(enquiry: Enquiry, *, step: LadderStep, at: datetime) -> None:
    """Tell its author, where she may be written to, that she is waited for and that nothing presses."""
    tell_author(enquiry, kind="kind_word", dedupe_key=f"ladder:{step.pk}", at=at)


def _keyed(step: LadderStep, people: Collection[Person]) -> dict[str, str]:
    """The address of each, under a key that one step uses once for her."""
    return {f"ladder:{step.pk}:{person.pk}": person.staff_address for person in people if person.staff_address}
