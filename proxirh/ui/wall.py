"""A moment typed as people say it: a day, and an hour on the clock of the wall."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from proxirh.ui.forms import DateField, Form, TimeField


def instant(day: date, hour: time, zone: str) -> datetime:
    """When a wall of that zone shows that hour on that day, in UTC."""
    return datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)


class WallForm(Form):
    """A day and an hour, at a quarter of an hour; which wall is told by whoever reads them."""

    day = DateField(label="Jour", error_messages={"required": "Choisissez un jour."})
    hour = TimeField(
        label="Heure",
        help_text="Au quart d’heure. Exemple : 14:30.",
        error_messages={"required": "Choisissez une heure."},
    )

    def start(self, zone: str) -> datetime:
        """The instant, read on a wall of that zone."""
        return instant(self.cleaned_data["day"], self.cleaned_data["hour"], zone)
