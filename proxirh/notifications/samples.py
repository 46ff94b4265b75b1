"""What previews are rendered with: people, places and numbers that plainly exist nowhere."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

NOWHERE = UUID(int=0)
DAY = date(2030, 1, 15)
MOMENT = datetime(2030, 1, 15, 9, 30, tzinfo=UTC)
REFERENCE = "EXEM-0000"

# One context for every template: each takes what it names.
SAMPLE: dict[str, Any] = {
    "reference": REFERENCE,
    "references": [REFERENCE, "EXEM-0001"],
    "enquiry_uid": NOWHERE,
    "draft_uid": NOWHERE,
    "concern_uid": NOWHERE,
    "line_uid": NOWHERE,
    "promise_uid": NOWHERE,
    "disown_token": "exemple",
    "academy": SimpleNamespace(name="Exemple", contact_phone="00 00 00 00 00"),
    "call_code": "000-000",
    "digits": "000000",
    "due_on": DAY,
    "on": DAY,
    "since": DAY,
    "expires_at": MOMENT,
    "opened_at": MOMENT,
    "asked_at": MOMENT,
    "until": MOMENT,
    "at": MOMENT,
    "zone": "Europe/Paris",
    "call": SimpleNamespace(is_possible=True, next_working_day=DAY),
    "numbers": [SimpleNamespace(number="00 00", name="numéro d’exemple")],
    "what": "Une clé d’accès d’exemple a été ajoutée",
    "starts_at": MOMENT,
    "link": "https://exemple.invalid/rendez-vous/exemple/",
    "is_call": True,
    "has_page": True,
    "phone": "00 00 00 00 00",
    "is_open": True,
    "is_again": True,
    "token": "exemple",
    "is_first": True,
    "is_followed": True,
    "is_answer": True,
    "count": 2,
    "more": 1,
    "lines": [
        {"count": 2, "name": "Un message vous attend", "url": "https://exemple.invalid/bureau/exemple/"},
        {"count": 1, "name": "Une demande est rouverte", "url": "https://exemple.invalid/bureau/autre-exemple/"},
    ],
    "choices_url": "https://exemple.invalid/mes-courriels/",
}
