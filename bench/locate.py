"""Makes the measured desk the same at every size, then prints the addresses of the pages to measure.

Run apart, under the settings of a loaded database.
"""

import json
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import django

django.setup()

from django.db.models import Count  # noqa: E402 — models load once Django is set up
from django.utils import timezone  # noqa: E402

from bench.oracle import expected  # noqa: E402
from proxirh.accounts.models import Person  # noqa: E402
from proxirh.demo.generation.files import Paper, store  # noqa: E402
from proxirh.demo.personas import PERSONAS, account_of  # noqa: E402
from proxirh.enquiries.models import Attachment, Enquiry, Handling, Message  # noqa: E402
from proxirh.enquiries.workflow import OPEN_STATES  # noqa: E402

MESSAGES = 20
IN_HAND = 40
DRAWN, MESSAGES_DRAWN, SEED = 30, 10, 3
SAID = "Voici où nous en sommes, et ce que je vous propose pour la suite. " * 3
PAPERS = (Paper("arrete.pdf", "Un exemple"), Paper("capture.png", "Un exemple"))


def even_out(author: Person, lead: Person) -> None:
    """Leave her as many open enquiries at every size: what grows is the service, not what one person can follow.

    The rest goes to a colleague of her team; those of the measured agent stay.
    """
    hers = Enquiry.objects.filter(lead=lead, state__in=OPEN_STATES)
    others = hers.exclude(author=author).order_by("pk")
    surplus = list(others.values_list("pk", flat=True)[max(0, IN_HAND - hers.filter(author=author).count()) :])
    colleague = Person.objects.filter(postings__team__postings__person=lead).exclude(pk=lead.pk).order_by("pk")[0]
    Enquiry.objects.filter(pk__in=surplus).update(lead=colleague)
    Handling.objects.filter(enquiry__in=surplus, person=lead).update(person=colleague)


def draw(author: Person, lead: Person) -> list[Enquiry]:
    """Open enquiries in her hands drawn by lot, each led to ten messages and two files if it has fewer."""
    hers = Enquiry.objects.filter(lead=lead, state__in=OPEN_STATES).exclude(author=author)
    short = hers.annotate(said=Count("messages")).filter(said__lte=MESSAGES_DRAWN)
    rows = list(short.select_related("data_key").order_by("uid"))
    chance = random.Random(SEED)  # noqa: S311 — reproducible, and secret to nobody
    drawn = chance.sample(rows, min(DRAWN, len(rows)))
    for enquiry in drawn:
        _fill_out(enquiry, lead)
    return drawn


def _fill_out(enquiry: Any, lead: Person) -> None:
    said = list(enquiry.messages.order_by("sent_at", "pk"))
    for turn in range(MESSAGES_DRAWN - len(said)):
        is_hers = turn % 2 == 0
        said.append(
            Message.objects.create(
                enquiry=enquiry,
                sender=None if is_hers else lead,
                is_from_agent=is_hers,
                body=SAID,
                sent_at=said[-1].sent_at + timedelta(minutes=turn + 1),
            )
        )
    if not Attachment.objects.filter(enquiry=enquiry).exists():
        message = said[0]
        message.enquiry = enquiry
        for number, paper in enumerate(PAPERS):
            store(message, paper, UUID(int=(enquiry.pk << 8) + number)).save()


def find() -> dict[str, Any]:
    """The longest conversation of the persona « agent » with the persona « conseillere », and her school; some of what
    is in her hands, and what an oracle says that her lists and her searches must show.
    """
    author = Person.objects.get(user=account_of(PERSONAS["agent"]))
    lead = Person.objects.get(user=account_of(PERSONAS["conseillere"]))
    even_out(author, lead)
    said = Enquiry.objects.filter(author=author, lead=lead).annotate(said=Count("messages"))
    long = said.filter(said__gte=MESSAGES).select_related("site").order_by("-said")[0]
    return {
        "enquiry": f"/bureau/{long.uid}/",
        "follow": f"/suivi/{long.uid}/",
        # A year that is over, whose every table is shown at each size: the one that runs withholds more at the small.
        "figures": f"/pilotage/?academie=nancy-metz&periode=annee-{timezone.localdate().year - 1}",
        "site": long.site.uai,
        "drawn": [f"/bureau/{enquiry.uid}/" for enquiry in draw(author, lead)],
        "expected": expected(lead, timezone.localdate()),
    }


if __name__ == "__main__":
    print(json.dumps(find()))
