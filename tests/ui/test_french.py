"""Dates, hours and numbers are written the French way, in the reader's zone."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from proxirh.ui import french

AT = datetime(2027, 3, 3, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (french.long_day, "mercredi 3\u00a0mars 2027"),
        (french.plain_day, "3\u00a0mars 2027"),
        (french.short_day, "3\u00a0mars"),
        (french.month, "mars 2027"),
        (french.hour, "21\u00a0h\u00a030"),
        (french.moment, "mercredi 3\u00a0mars 2027 à\u00a021\u00a0h\u00a030"),
        (french.short_moment, "3\u00a0mars, 21\u00a0h\u00a030"),
    ],
)
def test_a_moment_is_written_in_paris_by_default(function, text):
    assert function(AT) == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Indian/Reunion", "jeudi 4\u00a0mars 2027 à\u00a00\u00a0h\u00a030"),
        ("America/Guadeloupe", "mercredi 3\u00a0mars 2027 à\u00a016\u00a0h\u00a030"),
        ("Pacific/Noumea", "jeudi 4\u00a0mars 2027 à\u00a07\u00a0h\u00a030"),
    ],
)
def test_a_moment_is_written_as_the_clock_of_the_zone_shows_it(zone, text):
    assert french.moment(AT, zone) == text


def test_the_first_of_a_month_and_a_full_hour_have_their_own_form():
    assert french.long_day(date(2027, 5, 1)) == "samedi 1er\u00a0mai 2027"
    assert french.hour(time(9, 0)) == "9\u00a0h"
    assert french.hour(time(9, 5)) == "9\u00a0h\u00a005"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234.5, None, "1\u00a0234,5"),
        (1234, None, "1\u00a0234"),
        (1_234_567, None, "1\u00a0234\u00a0567"),
        (2.0, None, "2"),
        (2.25, 1, "2,3"),
        (Decimal("0.125"), 2, "0,13"),
        (3, 1, "3,0"),
        (-12, None, "−12"),
        (-0.2, 0, "0"),
    ],
)
def test_a_number_has_a_comma_and_no_break_spaces(value, decimals, text):
    assert french.number(value, decimals) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.38, "38\u00a0%"), (0.385, "39\u00a0%"), (0, "0\u00a0%"), (1, "100\u00a0%")]
)
def test_a_share_is_written_in_percent(share, text):
    assert french.percent(share) == text


@pytest.mark.parametrize(("amount", "text"), [(0, "0\u00a0demande"), (1, "1\u00a0demande"), (2, "2\u00a0demandes")])
def test_zero_and_one_are_singular(amount, text):
    assert french.counted(amount, "demande,demandes") == text


def test_the_filters_write_the_same_in_pages(draw):
    html = draw(
        '{{ at|moment:"Indian/Reunion" }}|{{ at|day }}|{{ n|number }}|{{ s|percent:1 }}'
        '|{{ two|counted:"mot,mots" }}|{{ at|iso }}',
        at=AT,
        n=1234.5,
        s=0.385,
        two=2,
    )
    assert html.split("|") == [
        french.moment(AT, "Indian/Reunion"),
        french.long_day(AT),
        "1\u00a0234,5",
        "38,5\u00a0%",
        "2\u00a0mots",
        "2027-03-03T20:30:00+00:00",
    ]


def test_nothing_is_written_for_nothing(draw):
    filters = (
        "day",
        "plain_day",
        "short_day",
        "month",
        "hour",
        "moment",
        "short_moment",
        "number",
        "percent",
        "iso",
        "prose",
    )
    assert [draw(f"{{{{ none|{name} }}}}", none=None) for name in filters] == [""] * len(filters)


def test_midnight_and_zero_are_written(draw):
    assert draw("{{ at|hour }} {{ n|number }} {{ n|percent }}", at=time(0, 0), n=0) == "0\u00a0h 0 0\u00a0%"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Lyon", "de Lyon"),
        ("La Réunion", "de La Réunion"),
        ("Aix-Marseille", "d’Aix-Marseille"),
        ("Orléans-Tours", "d’Orléans-Tours"),
        ("Île-de-France", "d’Île-de-France"),
        ("Hérault", "d’Hérault"),
        ("Haute-Savoie", "de Haute-Savoie"),
    ],
)
def test_of_is_elided_before_a_vowel_or_a_mute_h(name: str, said: str) -> None:
    assert french.of(name) == said
