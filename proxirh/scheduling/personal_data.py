"""How the fields of the agenda are classified: when somebody may be met, what holds her time, and whoever comes."""

from proxirh.kernel.personal_data import Registry, identity, technical

FIELDS: Registry = {
    "MeetingPlace": technical(
        "id",
        "uid",
        "department",
        "site",
        "name",
        "address",
        "way_in",
        "travel_minutes",
        "time_zone",
        "is_open",
        "idempotency_key",
    ),
    "AgendaRules": technical(
        "id", "academy", "minutes", "notice_hours", "horizon_days", "cancel_hours", "move_hours", "video_pattern"
    ),
    "Availability": technical(
        "id",
        "uid",
        "person",
        "department",
        "place",
        "time_zone",
        "by_phone",
        "by_video",
        "frequency",
        "every",
        "weekdays",
        "nth",
        "starts_at",
        "ends_at",
        "valid_from",
        "valid_until",
        "idempotency_key",
    ),
    "AvailabilityChange": technical("id", "availability", "day", "is_off", "starts_at", "ends_at", "place"),
    "Appointment": {
        **identity("name", "phone", "address"),
        **technical("id", "uid", "series", "sequence", "data_key", "state", "person", "department", "held", "way"),
        **technical("place", "starts_at", "ends_at", "time_zone", "room", "page", "wants_reminders", "wants_texts"),
        **technical("reminders_sent", "why_cancelled", "idempotency_key", "booked_at", "ended_at"),
    },
    "TopicLength": technical("id", "academy", "branch", "minutes"),
    "AgendaFeed": technical("id", "person", "uid", "version", "is_on"),
    "HeldTime": technical("id", "person", "kind", "place", "starts_at", "ends_at"),
    "HeldQuarter": technical("id", "held", "person", "starts_at"),
    "AgendaDay": technical("id", "person", "day", "version"),
}
