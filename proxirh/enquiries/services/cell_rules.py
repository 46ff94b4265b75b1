"""What an expert cell receives, when and how much: set by whoever runs its académie, told to whoever would refer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from proxirh.enquiries.conflicts import asking_of, kept_away
from proxirh.enquiries.models import CellRules, Enquiry, Referral
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Posting, Role, Team, TeamKind
from proxirh.ui import french

NOT_YOURS = "Les règles d’une cellule sont à qui coordonne l’académie, ou dirige son service."
NOBODY = "Personne n’y reçoit aujourd’hui."
OTHER_TOPICS = "Elle ne reçoit pas ce type de demande."
LIVES_BACKWARDS = "La fin de la saison précède son début."


@dataclass(frozen=True, slots=True)
class Destination:
    """A cell one may refer to, or why not today; what it asks to be sent."""

    team: Team
    refusal: str = ""
    what_to_send: str = ""
    head_validates: bool = False


def cells_run_by(actor: Actor, *, day: date) -> list[Team]:
    """Expert cells of the académies that this person runs, with their rules if they have any."""
    if not actor.second_factor or not actor.runs:
        return []
    cells = Team.objects.filter(on_day(day), kind=TeamKind.CELL, academy_id__in=actor.runs)
    return list(cells.select_related("academy", "cell_rules").order_by("academy__name", "name", "pk"))


def rules_of(cell: Team) -> CellRules:
    """Those of a cell; new ones, not kept yet, where nothing was set."""
    return CellRules.objects.filter(team=cell).first() or CellRules(team=cell)


def set_rules(
    *,
    actor: Actor,
    cell: Team,
    opens_on: date | None = None,
    closes_on: date | None = None,
    topics: Collection[str] = (),
    most_open: int | None = None,
    head_validates: bool = False,
    what_to_send: str = "",
    usual_answer: str = "",
    seen: datetime | None = None,
    at: datetime | None = None,
) -> CellRules:
    """Write the rules of a cell; what is under way goes on. `seen`: when those that were read had been changed.

    Raises NotAllowed for whoever does not run its académie, StaleState when a colleague changed them meanwhile.
    """
    if not (actor.second_factor and cell.kind == TeamKind.CELL and cell.academy_id in actor.runs):
        raise NotAllowed(NOT_YOURS)
    if opens_on and closes_on and closes_on < opens_on:
        raise DomainError(LIVES_BACKWARDS)
    at = at or timezone.now()
    changes = {
        "opens_on": opens_on,
        "closes_on": closes_on,
        "topics": sorted(topics),
        "most_open": most_open,
        "head_validates": head_validates,
        "what_to_send": what_to_send,
        "usual_answer": usual_answer,
        "changed_at": at,
    }
    with transaction.atomic():
        # Nobody else writes the first ones meanwhile.
        Team.objects.select_for_update(no_key=True).get(pk=cell.pk)
        found = CellRules.objects.filter(team=cell).first()
        if (found.changed_at if found else None) != seen:
            raise StaleState
        kept = found or CellRules.objects.create(team=cell, **changes)
        if found is not None:
            swap(found, {"changed_at": found.changed_at}, changes)
        journal.record(actor=actor.label, verb="cellule.règles", subject=cell, at=at)
    return kept


# ── For whoever refers ────────────────────────────────────────────────────────────────────────────
def destinations(
    enquiry: Enquiry, *, day: date, but: int | None = None, looks_at_ties: bool = True
) -> list[Destination]:
    """Expert cells of its académie, each with why it does not receive this one today, in as many queries for all.

    `but` is a referral that already holds its place. A page that only lists them may leave the ties of their officers
    to the service (`looks_at_ties`): the cell still needs somebody.
    """
    under_way = Referral.objects.under_way().filter(team=OuterRef("pk")).exclude(pk=but or 0)
    counted = under_way.order_by().values("team").annotate(n=Count("pk")).values("n")
    serving = Posting.objects.filter(on_day(day), team=OuterRef("pk"), role=Role.CELL_OFFICER)
    rows = Team.objects.filter(on_day(day), kind=TeamKind.CELL, academy_id=enquiry.academy_id)
    rows = rows.select_related("cell_rules").order_by("name", "pk")
    cells = list(rows.annotate(open_now=Coalesce(Subquery(counted), 0), is_served=Exists(serving)))
    free = {cell.pk for cell in cells if cell.is_served}
    if looks_at_ties:
        free &= _free(free, enquiry, day=day)
    return [_destination(cell, enquiry, free, cell.open_now, day=day) for cell in cells]


def _free(keys: Collection[int], enquiry: Enquiry, *, day: date) -> set[int]:
    """Cells where somebody serves whom nothing keeps away."""
    serving = Posting.objects.filter(on_day(day), team__in=keys, role=Role.CELL_OFFICER)
    away = kept_away(asking_of(enquiry), day=day)
    return {team_id for team_id, person_id in serving.values_list("team_id", "person_id") if person_id not in away}


def _destination(cell: Team, enquiry: Enquiry, free: Collection[int], open_now: int, *, day: date) -> Destination:
    refusal = "" if cell.pk in free else NOBODY
    rules: CellRules | None = getattr(cell, "cell_rules", None)
    if rules is None:
        return Destination(cell, refusal)
    refusal = refusal or _out_of_season(rules, day) or _other_topic(rules, enquiry) or _full(rules, open_now)
    return Destination(cell, refusal, rules.what_to_send, rules.head_validates)


def _out_of_season(rules: CellRules, day: date) -> str:
    if rules.opens_on and day < rules.opens_on:
        return f"Elle reçoit à partir du {french.long_day(rules.opens_on)}."
    if rules.closes_on and day > rules.closes_on:
        return f"Elle a cessé de recevoir le {french.long_day(rules.closes_on)}."
    return ""


def _other_topic(rules: CellRules, enquiry: Enquiry) -> str:
    codes = set(rules.topics)
    return OTHER_TOPICS if codes and not codes & {enquiry.fact.topic_code, enquiry.fact.branch} else ""


def _full(rules: CellRules, open_now: int) -> str:
    if rules.most_open is None or open_now < rules.most_open:
        return ""
    return f"Elle a déjà {french.number(rules.most_open)} réorientations en cours, son plus grand nombre."
