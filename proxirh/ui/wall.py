"""A moment typed as people say it: a day, and an hour on the clock of the wall."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from proxirh.ui.forms import DateField, Form, TimeField


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
        found = self.cleaned_data
        return datetime.combine(found["day"], found["hour"], ZoneInfo(zone)).astimezone(UTC)
