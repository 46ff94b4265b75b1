"""School holidays that come with the code, for a demonstration; an académie imports what the ministry publishes."""

import json
from datetime import date
from pathlib import Path

from proxirh.territories.models import Academy, SchoolHoliday

PUBLISHED = Path(__file__).resolve().parent.parent / "data" / "school_holidays.json"


def load_published() -> int:
    """Write them for each académie of their zones; says how many."""
    academies: dict[str, list[Academy]] = {}
    for academy in Academy.objects.all():
        academies.setdefault(academy.school_zone, []).append(academy)
    rows = [
        SchoolHoliday(
            academy=academy,
            name=one["name"],
            population=one.get("population", ""),
            school_year=one["school_year"],
            valid_from=date.fromisoformat(one["from"]),
            valid_until=date.fromisoformat(one["until"]),
        )
        for one in json.loads(PUBLISHED.read_text(encoding="utf-8"))["holidays"]
        for zone in one["zones"]
        for academy in academies[zone]
    ]
    return len(SchoolHoliday.objects.bulk_create(rows))
