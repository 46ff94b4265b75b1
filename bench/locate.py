"""Makes the measured desk the same at every size, then prints the addresses of the pages to measure.

Run apart, under the settings of a loaded database.
"""

import json

import django

django.setup()

from django.db.models import Count  # noqa: E402 — models load once Django is set up

from proxirh.accounts.models import Person  # noqa: E402
from proxirh.demo.personas import PERSONAS, account_of  # noqa: E402
from proxirh.enquiries.models import Enquiry, Handling  # noqa: E402
from proxirh.enquiries.workflow import OPEN_STATES  # noqa: E402

MESSAGES = 20
IN_HAND = 40


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


def find() -> dict[str, str]:
    """The longest conversation of the persona « agent » with the persona « conseillere », and her school."""
    author = Person.objects.get(user=account_of(PERSONAS["agent"]))
    lead = Person.objects.get(user=account_of(PERSONAS["conseillere"]))
    even_out(author, lead)
    said = Enquiry.objects.filter(author=author, lead=lead).annotate(said=Count("messages"))
    long = said.filter(said__gte=MESSAGES).select_related("site").order_by("-said")[0]
    return {
        "enquiry": f"/bureau/{long.uid}/",
        "follow": f"/suivi/{long.uid}/",
        "figures": "/pilotage/?academie=nancy-metz",
        "site": long.site.uai,
    }


if __name__ == "__main__":
    print(json.dumps(find()))
