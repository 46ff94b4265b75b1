"""A school year of six départements, seeded: nobody is forgotten, whatever is missed, silent or gone.

`make preuves P=101` plays 10,000 enquiries from September to July; the suite plays 120 of them around Good Friday.

Mutations, each seen red on the 120:
- know a step by its night rather than by the day that was missed (`climbing.steps_of`), or tell whoever counsels and
  coordinates by each of her rungs (`climbing._told`): it is told twice;
- cover an absence without an offer to anyone (`passing.move_to`): nobody has it;
- lose the next step of what changes hands (`passing._propose`), or give a contact without one (`signposting`);
- leave the days of local law of Alsace-Moselle out (`kernel.calendar`), or end a referral on any day (`referring`);
- write the kind word about branch 2 (`ladder.LEFT_TO_PEOPLE`), or let a page apologise (`situation._late`).
"""

from datetime import date, datetime

import pytest
from django.utils import timezone

from proxirh.enquiries.models import Enquiry
from tests.proofs import year_counts as counts
from tests.proofs.telling import AT_LENGTH, Tell, rounds
from tests.proofs.year import SchoolYear

pytestmark = pytest.mark.django_db
SEED = 2026
DAYS = (date(2026, 9, 1), date(2027, 7, 7)) if AT_LENGTH else (date(2027, 2, 22), date(2027, 4, 2))
NUMBER = 101  # a figure of its own: SECURITY.md numbers the others


def test_a_school_year_ends_with_nobody_forgotten(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    year = SchoolYear(SEED, rounds(120, 10_000), *DAYS)
    monkeypatch.setattr(timezone, "now", lambda: year.now)
    found: dict[str, list[str]] = {"sans maître": [], "sans étape": [], "jour fermé": [], "excuse": [], "fin": []}

    def check(at: datetime) -> None:
        found["sans maître"] += counts.unowned(at.date())
        found["sans étape"] += counts.without_step()
        found["jour fermé"] += counts.on_closed_days(year.days)
        found["excuse"] += counts.apologies_on_pages(at)
        found["fin"] += counts.ended_by_the_clock()

    year.play(check)
    asked, done, nights = Enquiry.objects.count(), year.done, year.ledger.count
    open_ones = Enquiry.objects.filter(state__in=counts.OPEN).count()
    print(f"\n{dict(done)}\n{dict(nights)}\n{year.refused.most_common(12)}")
    results = {
        "sans personne ni équipe": len(found["sans maître"]) + done["perdue en changeant de mains"],
        "sans prochaine étape": len(found["sans étape"]) + done["étape perdue en passant"],
        "rappels envoyés deux fois": nights["twice"],
        "silences sans rappel": nights["untold"],
        "excuses ou fins automatiques (branches 2 et 3)": nights["apologies"] + len(found["excuse"] + found["fin"]),
        "échéances un jour non ouvré": len(found["jour fermé"])
        + done["autre jour promis"]
        + done["étape un jour fermé"],
    }
    tell(
        NUMBER,
        counted=f"{asked} demandes, {sum(year.refused.values()) + sum(done.values())} gestes, "
        f"{done['absences']} absences, {done['départs']} départs, {done['nuits manquées']} nuits manquées, "
        f"{nights['steps']} rappels ; encore ouvertes à la fin : {open_ones}",
        target="0 partout",
        result=" ; ".join(f"{n} {what}" for what, n in results.items()),
        seed=SEED,
    )
    assert not any(results.values()), (results, {what: rows[:5] for what, rows in found.items() if rows})
    assert asked == rounds(120, 10_000)
