"""« À rappeler aujourd’hui » promises nothing that evenings, week-ends and holidays would break."""

from datetime import UTC, date, datetime

import pytest

from proxirh.enquiries import promises
from proxirh.enquiries.wishes import sentences
from proxirh.territories.models import Department

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("code", "now", "possible", "next_day"),
    [
        ("15", datetime(2026, 11, 17, 9, tzinfo=UTC), True, date(2026, 11, 18)),
        ("15", datetime(2026, 11, 17, 15, 29, tzinfo=UTC), True, date(2026, 11, 18)),
        ("15", datetime(2026, 11, 17, 15, 30, tzinfo=UTC), False, date(2026, 11, 18)),
        ("15", datetime(2026, 11, 20, 18, tzinfo=UTC), False, date(2026, 11, 23)),
        ("15", datetime(2026, 11, 21, 9, tzinfo=UTC), False, date(2026, 11, 23)),
        ("15", datetime(2026, 12, 25, 9, tzinfo=UTC), False, date(2026, 12, 28)),
        ("67", datetime(2027, 3, 26, 9, tzinfo=UTC), False, date(2027, 3, 30)),
        ("15", datetime(2027, 3, 26, 9, tzinfo=UTC), True, date(2027, 3, 30)),
        # 14:00 in Paris is 17:00 in Saint-Denis: too late there.
        ("974", datetime(2026, 11, 17, 13, tzinfo=UTC), False, date(2026, 11, 18)),
    ],
)
def test_a_call_is_promised_today_only_when_someone_can_make_it(
    code: str, now: datetime, possible: bool, next_day: date
) -> None:
    call = promises.call_back_today(Department.objects.get(code=code), at=now)
    assert (call.is_possible, call.next_working_day) == (possible, next_day)


@pytest.mark.parametrize(
    ("code", "now", "month"),
    [
        ("15", datetime(2026, 11, 17, 9, tzinfo=UTC), date(2026, 10, 1)),
        ("15", datetime(2027, 1, 17, 9, tzinfo=UTC), date(2026, 12, 1)),
        # The last evening of October in Paris is already November in Mayotte (+3).
        ("976", datetime(2026, 10, 31, 22, tzinfo=UTC), date(2026, 10, 1)),
        ("15", datetime(2026, 10, 31, 22, tzinfo=UTC), date(2026, 9, 1)),
    ],
)
def test_the_last_whole_month_is_told_where_one_is(code: str, now: datetime, month: date) -> None:
    assert promises.last_whole_month(Department.objects.get(code=code), at=now) == month


def test_wishes_read_as_sentences_with_the_interdictions_first() -> None:
    wishes = {
        "means": ["written", "phone"],
        "times": ["outside_class"],
        "not_at_work": True,
        "may_leave_voicemail": False,
    }
    assert sentences(wishes, has_phone=True) == [
        "Ne pas appeler au travail.",
        "Ne pas laisser de message vocal.",
        "Moyens préférés : téléphone ou par écrit.".replace(" :", "\u00a0:"),
        "Quand appeler : hors temps de classe.".replace(" :", "\u00a0:"),
    ]
    assert sentences({}, has_phone=False) == []
