"""The counsellors of a perimeter by name, on any day: for whoever runs the service there; and their export."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import transaction

from proxirh.kernel.errors import NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.kernel.text import fold
from proxirh.territories import permissions
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.figures import Count, Network, PlaceCount, Scope, network_at
from proxirh.territories.models import Posting, Role

COUNTED = ("tableau", "code", "libelle", "effectif", "part", "etp")
NAMED = (
    "nom", "prenom", "profil", "equipe", "implantation", "lieu", "quotite", "academie", "departement", "debut", "fin",
)  # fmt: skip
TABLES = {
    "by_profile": "profil",
    "by_location": "implantation",
    "by_working_share": "quotite",
    "by_region": "region",
    "by_academy": "academie",
    "by_department": "departement",
}


@dataclass(frozen=True, slots=True)
class Serving:
    """One mission of one counsellor, as it was on the day asked for."""

    last_name: str
    first_name: str
    profile: str
    team: str
    location: str
    site: str
    working_share: int
    academy: str
    department: str
    valid_from: date
    valid_until: date | None

    @property
    def name(self) -> str:
        """Last name first, as in a list."""
        return f"{self.last_name} {self.first_name}".strip()


def serving_on(scope: Scope, day: date) -> list[Serving]:
    """Every mission of counsellor open that day, by name; the caller says who may read names."""
    found = (
        Posting.objects.filter(scope.missions, on_day(day), role=Role.COUNSELLOR)
        .select_related("person__data_key", "team", "site", "academy", "department")
        .order_by("pk")
    )
    rows = [
        Serving(
            last_name=one.person.last_name,
            first_name=one.person.first_name,
            profile=one.get_profile_display(),
            team=one.team.name if one.team else "",
            location=one.get_location_display(),
            site=str(one.site or ""),
            working_share=one.working_share,
            academy=str(one.academy or ""),
            department=str(one.department or ""),
            valid_from=one.valid_from,
            valid_until=one.valid_until,
        )
        for one in found
    ]
    return sorted(rows, key=lambda row: (fold(row.name), row.valid_from))


@transaction.atomic
def export_network(*, actor: Actor, scope: Scope, day: date) -> tuple[Network, list[Serving]]:
    """The breakdowns and the list of one day, told in the journal; names leave the service only this way."""
    if not permissions.can_export_network(actor):
        raise NotAllowed("Seul un administrateur du serveur exporte le réseau.")
    network, people = network_at(scope, day), serving_on(scope, day)
    JournalEntry.objects.create(
        actor=actor.label,
        verb="réseau.exporté",
        subject="territories.posting",
        details={"scope": scope.code, "on": day.isoformat(), "rows": len(people)},
    )
    return network, people


def network_table(network: Network, people: list[Serving]) -> Iterator[tuple[Any, ...]]:
    """One table of it all: a line of total, those of the breakdowns, then one line a mission."""
    blank = (None,) * len(NAMED)
    yield (*COUNTED, *NAMED)
    mean = (*(network.mean_working_share if name == "quotite" else None for name in NAMED),)
    yield ("total", network.scope.code, network.scope.name, network.counsellors, None, network.fte, *mean)
    for name, title in TABLES.items():
        rows: tuple[Count | PlaceCount, ...] = getattr(network, name)
        for row in rows:
            if isinstance(row, Count):
                yield (title, row.key, row.label, row.count, row.share, None, *blank)
            else:
                yield (title, row.key, row.label, row.counsellors, None, row.fte, *blank)
    for one in people:
        told = (one.last_name, one.first_name, one.profile, one.team, one.location, one.site, one.working_share)
        yield (
            "conseiller",
            *(None,) * (len(COUNTED) - 1),
            *told,
            one.academy,
            one.department,
            one.valid_from,
            one.valid_until,
        )


def network_document(network: Network, people: list[Serving]) -> dict[str, Any]:
    """The same as plain data; every table is there, empty when the scope has none."""
    return {
        "scope": network.scope.code,
        "name": network.scope.name,
        "on": network.day,
        "counsellors": network.counsellors,
        "fte": network.fte,
        "mean_working_share": network.mean_working_share,
        **{name: [asdict(row) for row in getattr(network, name)] for name in TABLES},
        "people": [asdict(one) for one in people],
    }
