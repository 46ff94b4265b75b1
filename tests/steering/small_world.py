"""Five enquiries of autumn 2026, and two just outside it: few enough for every figure to be computed by hand."""

from datetime import UTC, date, datetime

from proxirh.enquiries import counting
from proxirh.enquiries.figures import Period
from proxirh.enquiries.models import EnquiryFact
from proxirh.territories.models import Academy

AUTUMN = Period(date(2026, 9, 1), date(2026, 11, 1))
NOW, TODAY = datetime(2027, 9, 10, 8, tzinfo=UTC), date(2027, 9, 10)
NOTED = datetime(2026, 11, 20, 8, tzinfo=UTC)
# département, day, family, topic, channel, sex, age band, first answer, handling, outcomes, score
ROWS = (
    ("15", date(2026, 9, 1), "1d", "1.1", "web", "F", "40_49", 1, 10,
     ["individual_information", "collective_information"], 5),
    ("15", date(2026, 9, 30), "2d", "2.1", "phone", "M", "under_40", 3, 20, ["internal_referral"], 4),
    ("63", date(2026, 10, 1), "2d", "1.2", "web", "unknown", "unknown", 2, None, [], None),
    ("63", date(2026, 10, 31), "biatss", "8", "email", "F", "50_and_over", 8, 5, ["other_service"], 2),
    ("974", date(2026, 9, 10), "1d", "3.1", "permanence", "F", "50_and_over", None, None, [], None),
    ("15", date(2026, 8, 31), "1d", "1.1", "web", "F", "40_49", 0, 0, ["internal_referral"], 1),
    ("15", date(2026, 11, 1), "1d", "1.1", "web", "F", "40_49", 0, 0, ["internal_referral"], 1),
)  # fmt: skip


def fill(at: datetime = NOTED) -> None:
    """Count them, as their acts would have."""
    Academy.objects.filter(slug="clermont-ferrand").update(first_answer_days=2)
    for code, day, family, topic, channel, sex, age, first, handling, outcomes, score in ROWS:
        fact = EnquiryFact.objects.create(
            day=day,
            department_code=code,
            category_code=family,
            family=family,
            topic_code=topic,
            channel=channel,
            sex=sex,
            age_band=age,
            first_answer_days=first,
            handling_days=handling,
            outcomes=outcomes,
        )
        counting.add(fact, counting.counts_of(fact), at=at)
        if score is not None:
            counting.add(fact, [("satisfaction.score", str(score), 1)], at=at)
