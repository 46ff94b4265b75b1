"""The one search box of the desk: a reference, an address or a name, among what one may see, and why each was found.

Names and addresses are in no text index: what these hands hold is opened and compared.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigAutoField, F, QuerySet
from django.utils import timezone

from proxirh.enquiries import desk, desk_pages
from proxirh.enquiries.desk import DayView
from proxirh.enquiries.desk_pages import SIZE, TEAM_COLUMNS, Page, Row
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import EnquiryQuerySet, Part, Side
from proxirh.enquiries.standing import NOBODY
from proxirh.enquiries.workflow import State
from proxirh.kernel import encryption
from proxirh.kernel.text import fold, is_slip
from proxirh.kernel.tokens import grouped
from proxirh.kernel.written import Given, written_once
from proxirh.territories.actor import Actor

MOST_SEARCHED = 2000
FEWEST_LETTERS = 2
FEWEST_TO_SLIP = 4  # one letter of three makes another name
REFERENCE, START = "Trouvée par sa référence", "Trouvée par le début de sa référence"
MERGED = "Y est réunie la demande"
ADDRESS, NAME = "Trouvée par l’adresse exacte", "Trouvée par le nom"
NEAR = "Nom à une lettre près"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, as a reference, an address or words of a name: whichever it may be."""

    reference: str
    address: str
    words: Sequence[str]
    former: str = ""  # the reference that was typed, when it was merged into this one

    @classmethod
    def read(cls, typed: str) -> "Asked":
        """With or without dash and blanks, whatever the case; a name holds a word of two letters at least."""
        typed = typed.strip()
        is_address = "@" in typed and not re.search(r"\s", typed)
        words = [] if is_address else fold(typed).split()
        return cls(
            reference="" if is_address else re.sub(r"[^A-Z0-9]", "", typed.upper()),
            address=typed if is_address else "",
            words=words if any(len(word) >= FEWEST_LETTERS for word in words) else [],
        )

    @property
    def is_whole_reference(self) -> bool:
        """True for as many letters and figures as a reference has."""
        return len(self.reference) == 8

    @property
    def says_too_little(self) -> bool:
        """True when nothing could be looked for."""
        return not (self.address or self.words or len(self.reference) >= 4)

    @property
    def why(self) -> str:
        """What a whole reference found."""
        return f"{MERGED} {grouped(self.former, 4)}" if self.former else REFERENCE

    def match(self, one: "Candidate") -> str:
        """Why this one is found; nothing when it is not."""
        if self.address:
            return ADDRESS if one.address == self.address.lower() else ""
        if len(self.reference) >= 4 and one.reference.startswith(self.reference):
            return self.why if self.is_whole_reference else START
        return NAME if self.words and all(word in one.name for word in self.words) else ""

    def is_near(self, one: "Candidate") -> bool:
        """True when each word is in the name, or is one of its words but for a slip of the fingers."""
        parts = re.findall(r"\w+", one.name)
        return bool(self.words) and all(
            word in one.name or (len(word) >= FEWEST_TO_SLIP and any(is_slip(word, part) for part in parts))
            for word in self.words
        )


class Candidate(NamedTuple):
    """What is compared of an enquiry in hand, as it is compared: no dash, no capital, no accent."""

    pk: int
    reference: str
    address: str
    name: str


def search(actor: Actor, typed: str, *, at: datetime | None = None) -> Page:
    """What one follows, alone or with someone, by reference, exact address or part of a name, else by a name that
    differs by a letter; what waits for the team and what one coordinates by whole reference only, as the rows they are.
    As many queries however many are found.
    """
    now = at or timezone.now()
    asked = _as_it_is_now(Asked.read(typed))
    counts = desk_pages.whole(
        actor,
        desk_pages.counts_of(actor, desk.standings(actor), now=now, zones=desk.coordinated_zones(actor)),
    )
    lines = [] if asked.says_too_little else _lines(actor, asked, now=now)
    return Page(desk.views_for(actor)[0], lines, counts=counts)


def _as_it_is_now(asked: Asked) -> Asked:
    """The reference of what was merged into another is that of this other, which the doors show or not."""
    if not asked.is_whole_reference:
        return asked
    merged = Enquiry.objects.for_system("référence d’une demande réunie").filter(
        reference=grouped(asked.reference, 4), state=State.MERGED
    )
    found = merged.values_list("merged_into__reference", flat=True).first()
    return asked if found is None else replace(asked, reference=found.replace("-", ""), former=asked.reference)


def _lines(actor: Actor, asked: Asked, *, now: datetime) -> list[Row]:
    """What is in hand hides the row of the same one."""
    hers = list(_in_hand(actor, asked, now=now))
    known = {row.uid for row in hers}
    rows = [row for row in _by_reference(actor, asked, now=now) if row.uid not in known]
    return [*rows, *hers][:SIZE]


def _by_reference(actor: Actor, asked: Asked, *, now: datetime) -> Iterator[Row]:
    if not asked.is_whole_reference:
        return
    reference = grouped(asked.reference, 4)
    if actor.receives:
        waiting = desk.untaken(actor).filter(reference=reference).values(*TEAM_COLUMNS, "is_mine")
        yield from _matched(asked, list(waiting[:1]), desk.BY_CODE[desk.NEW], now=now)
    if actor.answers_for:
        rows = Enquiry.objects.listed_for(actor, part=Part.ACADEMY).filter(reference=reference)
        found = rows.annotate(turn=F("due_at")).values(*TEAM_COLUMNS)
        yield from _matched(asked, list(found[:1]), desk.BY_CODE[desk.ACADEMY_WAITING], now=now)


def _told(row: Row, why: str) -> Row:
    """The line, with why it is there."""
    return replace(row, match=why, subtitle=" · ".join(filter(None, (row.subtitle, why))))


def _matched(asked: Asked, rows: list[dict[str, Any]], view: DayView, *, now: datetime) -> Iterator[Row]:
    for row in desk_pages.team_rows(rows, view, now=now):
        yield _told(row, asked.why)


def _in_hand(actor: Actor, asked: Asked, *, now: datetime) -> Iterator[Row]:
    if not actor.receives:
        return
    candidates = _candidates(actor)
    found = {one.pk: why for one in candidates if (why := asked.match(one))}
    found = found or {one.pk: NEAR for one in candidates if asked.is_near(one)}
    shown = list(found)[:SIZE]
    rows = {row.pk: row for row in _shown(actor).read(keys=[*shown, *[NOBODY] * (SIZE - len(shown))])}
    kept = [pk for pk in shown if pk in rows]
    lines = desk_pages.own_rows([rows[pk] for pk in kept], now=now)
    yield from (_told(line, found[pk]) for line, pk in zip(lines, kept, strict=True))


def _candidates(actor: Actor) -> list[Candidate]:
    """The newest of what this actor follows, opened."""
    sealed: Any = Enquiry._meta.get_field("contact")
    ring = encryption.keyring()
    candidates = []
    for pk, reference, uid, contact, wrapped, version in _sealed(actor).read():
        said = sealed.unlock(encryption.unwrap(bytes(wrapped), version, ring=ring), uid, contact)
        name = fold(f"{said.get('first_name', '')} {said.get('last_name', '')}".strip())
        candidates.append(Candidate(pk, reference.replace("-", ""), said.get("email", "").strip().lower(), name))
    return candidates


@written_once
def _sealed(actor: Actor) -> QuerySet:
    newest = _followed(actor).order_by("-submitted_at", "-uid")[:MOST_SEARCHED]
    return newest.values_list("pk", "reference", "uid", "contact", "data_key__wrapped", "data_key__version")


@written_once
def _shown(actor: Actor) -> QuerySet:
    keys = Given.each("keys", BigAutoField(), SIZE)
    return desk_pages.with_content(_followed(actor).filter(pk__in=keys), turn=F("due_at"))


def _followed(actor: Actor) -> EnquiryQuerySet:
    return Enquiry.objects.visible_to(actor, side=Side.DESK)
