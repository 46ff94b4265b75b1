"""The page that says to whom one would write tonight: the same reading as the run, printed by reference alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from proxirh.enquiries.desk_pages import names_of, slice_by_key
from proxirh.enquiries.ladder import Climb, read_silences
from proxirh.enquiries.models import Enquiry, LadderRung, Watch
from proxirh.enquiries.querysets import Part
from proxirh.territories.actor import Actor
from proxirh.territories.models import Team
from proxirh.ui import french

THE_NEXT = 1  # night
WAITED_FOR = {Watch.FIRST_ANSWER: "Première réponse promise", Watch.NEXT_STEP: "Étape prévue"}
TOLD = {LadderRung.COORDINATOR: "La coordination", LadderRung.HEAD: "La direction du service"}


@dataclass(frozen=True, slots=True)
class Line:
    """One silence; `uid` only for whoever may open its row."""

    reference: str
    told: Sequence[str]
    waited_for: str
    since: str
    uid: UUID | None = None


@dataclass(frozen=True, slots=True)
class Tonight:
    """Lines of one page, how many silences there are in all, and the keys of what comes before and after."""

    lines: Sequence[Line]
    count: int
    before: str = ""
    after: str = ""


def silences_tonight(actor: Actor, *, at: datetime) -> list[Climb]:
    """What the run of the coming night tells about rows of the académies that this person answers for."""
    return read_silences(Enquiry.objects.listed_for(actor, part=Part.LADDER), at=at, nights=THE_NEXT)


def read_tonight(actor: Actor, *, before: str = "", after: str = "", at: datetime | None = None) -> Tonight:
    """One page, the longest silence first; an unreadable key gives the first page.

    Each rung has its words, whoever holds it: a list of people without someone’s name would tell that a conflict of
    interest keeps her away. Kind words to authors are not there either: who gets none came about something grave.
    """
    found = silences_tonight(actor, at=at or timezone.now())
    shown, keys = slice_by_key(found, before=before, after=after)
    followed = {one.row.lead_id for one in shown if one.row.lead_id and one.row.academy_id in actor.answers_for}
    leads, teams = names_of(followed), _teams({one.row.team_id for one in shown})
    lines = [_line(one, leads, teams, opens=one.row.academy_id in actor.answers_for) for one in shown]
    return Tonight(lines, len(found), *keys)


def _teams(keys: Collection[int]) -> dict[int, str]:
    return {team.pk: team.neutral_name for team in Team.objects.filter(pk__in=keys)} if keys else {}


def _line(one: Climb, leads: Mapping[int, str], teams: Mapping[int, str], *, opens: bool) -> Line:
    row = one.row
    if row.lead_id is None:
        bottom = f"L’équipe {teams[row.team_id]}"
    else:
        bottom = leads.get(row.lead_id, "Qui la suit")
    return Line(
        reference=row.reference,
        told=[TOLD.get(rung, bottom) for rung in one.rungs],
        waited_for=WAITED_FOR[one.watch],
        since=french.short_day(one.since),
        uid=row.uid if opens else None,
    )
