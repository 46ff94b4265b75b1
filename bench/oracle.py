"""What the desk and its search must show, told apart from them: plain SQL, names opened and compared one by one.

Nothing here goes through the doors, the views of the day nor the search that it judges.
"""

import random
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from proxirh.accounts.models import Person
from proxirh.enquiries.models import Enquiry

PAGE = 25
SEARCHES, FROM_ELSEWHERE, SEED = 200, 50, 4
AS_IT_IS, NO_ACCENT, PART, TYPO = "tel quel", "sans accent", "le début", "une faute"
SHAPES = (AS_IT_IS, NO_ACCENT, PART, TYPO)
ENDED = "('closed', 'withdrawn', 'merged', 'anonymised')"
UNREADABLE = "('withdrawn', 'merged', 'anonymised')"
TIED = """SELECT 1 FROM territories_worktie w WHERE w.person_id = %(me)s
  AND w.valid_from <= %(day)s AND (w.valid_until IS NULL OR w.valid_until >= %(day)s)
  AND (w.site_id = e.site_id OR w.circonscription_id = e.circonscription_id OR w.division_id = e.division_id
    OR (e.division_id IS NULL AND w.division_id IN (SELECT id FROM territories_division d WHERE d.site_id = e.site_id)))
  AND (w.kind = 'has_authority' OR NOT EXISTS (SELECT 1 FROM enquiries_personchoice c
    WHERE c.enquiry_id = e.id AND c.person_id = %(me)s AND c.kind = 'accepted'))"""
# Whom a conflict of interest keeps away, as PRODUCT §6 words it.
NO_CONFLICT = f"""(e.author_id IS NULL OR e.author_id <> %(me)s)
  AND NOT EXISTS (SELECT 1 FROM accounts_person p WHERE p.id = %(me)s AND p.staff_index = e.address_index)
  AND NOT EXISTS (SELECT 1 FROM accounts_address a JOIN accounts_person p ON p.user_id = a.user_id
    WHERE p.id = %(me)s AND a.blind_index = e.address_index)
  AND NOT EXISTS (SELECT 1 FROM enquiries_personchoice c
    WHERE c.enquiry_id = e.id AND c.person_id = %(me)s AND c.kind IN ('excluded', 'superior'))
  AND NOT EXISTS (SELECT 1 FROM enquiries_handling h
    WHERE h.enquiry_id = e.id AND h.person_id = %(me)s AND h.state = 'declined')
  AND NOT EXISTS ({TIED})"""
MY_TEAMS = """SELECT t.team_id FROM territories_posting t WHERE t.person_id = %(me)s AND t.role = 'conseiller'
  AND t.team_id IS NOT NULL AND t.valid_from <= %(day)s AND (t.valid_until IS NULL OR t.valid_until >= %(day)s)"""
NEW = f"""SELECT e.uid FROM enquiries_enquiry e
  WHERE e.lead_id IS NULL AND e.state NOT IN {ENDED} AND e.team_id IN ({MY_TEAMS}) AND {NO_CONFLICT}
  ORDER BY CASE WHEN e.wants_call_today THEN e.submitted_at ELSE e.due_at END, e.submitted_at, e.uid LIMIT {PAGE}"""
IN_HAND = f"""SELECT e.uid FROM enquiries_enquiry e
  WHERE e.lead_id = %(me)s AND e.state NOT IN {ENDED} AND e.team_id IN ({MY_TEAMS}) AND {NO_CONFLICT}
  ORDER BY CASE WHEN e.next_step_on IS NULL THEN 0 ELSE 1 END, e.next_step_on, e.submitted_at, e.uid"""
READABLE = f"""SELECT e.uid FROM enquiries_enquiry e
  WHERE e.state NOT IN {UNREADABLE} AND {NO_CONFLICT} AND EXISTS (SELECT 1 FROM enquiries_handling h
    WHERE h.enquiry_id = e.id AND h.person_id = %(me)s AND h.state = 'accepted' AND h.team_id IN ({MY_TEAMS}))"""


def _uids(sql: str, me: Person, day: date) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"me": me.pk, "day": day})
        return [str(found if isinstance(found, UUID) else UUID(found)) for (found,) in cursor.fetchall()]


def expected_desk(me: Person, day: date) -> dict[str, list[str]]:
    """The first page of what waits for the team, and everything in hand in the order of its day."""
    return {"new": _uids(NEW, me, day), "in_hand": _uids(IN_HAND, me, day)}


# ── Names ─────────────────────────────────────────────────────────────────────────────────────────
def plain(name: str) -> str:
    """Small letters, no accent."""
    kept = (one for one in unicodedata.normalize("NFD", name.lower()) if unicodedata.category(one) != "Mn")
    return "".join(kept).replace("œ", "oe").replace("æ", "ae").replace("’", "'")


def is_near(one: str, other: str) -> bool:
    """True when one letter added, left out or changed makes a word of the other, or nothing does."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]


def is_meant(typed: str, name: str, shape: str) -> bool:
    """True when someone who types this looks for that name."""
    words, names = plain(typed).split(), plain(name)
    if shape == TYPO:
        return all(any(is_near(word, one) for one in names.split()) for word in words)
    return all(word in names for word in words)


def misshape(name: str, shape: str, chance: random.Random) -> str:
    """A name as someone types it; the typo is one letter changed inside the last word."""
    last = name.rsplit(maxsplit=1)[-1]
    if shape == NO_ACCENT:
        return plain(last)
    if shape == PART:
        return last[: max(3, len(last) - 3)]
    if shape == TYPO:
        at = chance.randrange(1, len(last))
        return f"{last[:at]}{chance.choice([one for one in 'aeinrst' if one != last[at]])}{last[at + 1 :]}"
    return name


def _named(uids: Iterable[str]) -> dict[str, str]:
    rows = Enquiry.objects.for_system("oracle de la mesure").filter(uid__in=list(uids))
    found = rows.only("uid", "contact", "data_key").select_related("data_key")
    return {str(row.uid): f"{row.contact.get('first_name', '')} {row.contact.get('last_name', '')}" for row in found}


def expected_names(me: Person, day: date) -> dict[str, Any]:
    """Two hundred searches, a quarter of them for names of others’ enquiries, and what each must find.

    Nothing outside `readable` may ever be shown.
    """
    chance = random.Random(SEED)  # noqa: S311 — reproducible, and secret to nobody
    readable = _uids(READABLE, me, day)
    hers = {uid: name for uid, name in _named(readable).items() if len(name.split()) > 1}
    others = Enquiry.objects.for_system("oracle de la mesure").exclude(uid__in=readable)
    far = [str(uid) for uid in others.exclude(state="anonymised").order_by("pk").values_list("uid", flat=True)]
    elsewhere = [name for name in _named(chance.sample(far, min(FROM_ELSEWHERE, len(far)))).values() if name.strip()]
    drawn = [*elsewhere, *chance.choices(sorted(hers.values()), k=SEARCHES - len(elsewhere))]
    searches = []
    for turn, name in enumerate(drawn):
        shape = SHAPES[turn % len(SHAPES)]
        typed = misshape(name, shape, chance)
        meant = [uid for uid, one in hers.items() if is_meant(typed, one, shape)]
        searches.append({"typed": typed, "shape": shape, "meant": meant})
    chance.shuffle(searches)
    return {"readable": readable, "searches": searches}


def expected(me: Person, day: date) -> dict[str, Sequence[Any]]:
    """All of it, for one person."""
    return expected_desk(me, day) | expected_names(me, day)
