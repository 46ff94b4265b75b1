"""Prints the addresses of the pages to measure in a loaded database; run apart, under the settings of that database."""

import json

import django

django.setup()

from django.db.models import Count  # noqa: E402 — models load once Django is set up

from proxirh.accounts.models import Person  # noqa: E402
from proxirh.demo.personas import PERSONAS, account_of  # noqa: E402
from proxirh.enquiries.models import Enquiry  # noqa: E402

MESSAGES = 20


def find() -> dict[str, str]:
    """The longest conversation of the persona « agent » with the persona « conseillere », and her school."""
    author = Person.objects.get(user=account_of(PERSONAS["agent"]))
    lead = Person.objects.get(user=account_of(PERSONAS["conseillere"]))
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
