"""The periods a reader may choose: whole months, quarters and school years, in French; and how far figures go."""

from dataclasses import dataclass
from datetime import date

from proxirh.enquiries.figures import Period
from proxirh.ui import french

YEARS_BACK = 3
QUARTERS_BACK = 8
MONTHS_BACK = 13


@dataclass(frozen=True, slots=True)
class Choice:
    """One period, with the code that names it in an address."""

    code: str
    label: str
    period: Period


def named(period: Period) -> str:
    """« mars 2027 », « septembre à novembre 2026 », « décembre 2025 à février 2026 »."""
    first, last = french.month(period.start), french.month(period.last_day)
    if first == last:
        return first
    return f"{first.removesuffix(last[-5:])} à {last}"


def reach(covered: Period | None, period: Period) -> str:
    """Which days of a period a figure stands for: « jusqu’au 31 octobre 2026 »; nothing to add when it is all of it."""
    if covered is None or covered == period:
        return ""
    if covered.start == period.start:
        return f"jusqu’au {french.plain_day(covered.last_day)}"
    return f"du {french.plain_day(covered.start)} au {french.plain_day(covered.last_day)}"


def choices(today: date) -> dict[str, list[Choice]]:
    """Every period offered on `today`, by kind, the most recent first; the current ones are not over yet."""
    year = Period.school_year(today)
    years, quarters, months = [], [], []
    for _ in range(YEARS_BACK):
        years.append(Choice(f"annee-{year.start:%Y}", f"{year.start:%Y}-{year.end:%Y}", year))
        year = year.previous()
    quarter = Period.quarter(today)
    for _ in range(QUARTERS_BACK):
        quarters.append(Choice(f"trimestre-{quarter.start:%Y-%m}", named(quarter), quarter))
        quarter = quarter.previous()
    month = Period.month(today)
    for _ in range(MONTHS_BACK):
        months.append(Choice(f"mois-{month.start:%Y-%m}", french.month(month.start), month))
        month = month.previous()
    return {"Années scolaires": years, "Trimestres": quarters, "Mois": months}


def chosen(code: str, today: date) -> Choice:
    """The period named by `code`, else the current school year."""
    offered = choices(today)
    every = [choice for group in offered.values() for choice in group]
    return next((choice for choice in every if choice.code == code), every[0])
