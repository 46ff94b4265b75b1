"""The reports of the engine name nobody and hold no text: counts and dates."""

from proxirh.kernel.personal_data import Registry, statistic, technical

FIELDS: Registry = {
    "RetentionRun": technical("id", "at", "rule", "is_applied", "outcome") | statistic("due", "done"),
}
