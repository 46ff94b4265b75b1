"""How the fields of the agenda and of the telephone are classified: when somebody of the service may be met, what holds
her time; who called, loosely, and what was noted."""

from proxirh.kernel.personal_data import Registry, identity, note, statistic, technical

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
    "AgendaRules": technical("id", "academy", "minutes", "notice_hours", "horizon_days", "cancel_hours", "move_hours"),
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
    "HeldTime": technical("id", "person", "kind", "place", "starts_at", "ends_at"),
    "HeldQuarter": technical("id", "held", "person", "starts_at"),
    "AgendaDay": technical("id", "person", "day", "version"),
    "PhoneCall": technical(
        "id", "uid", "team", "officer", "received_at", "state", "data_key", "sheets", "idempotency_key", "erased_at"
    )
    | statistic("day", "half_hour", "was_missed", "topic", "category", "department")
    | identity("caller_name", "caller_reach")
    | note("note"),
    "Promise": technical("id", "uid", "call", "owner", "team", "means", "due_on", "made_by", "made_at", "kept_at"),
    "PromiseStep": technical("id", "promise", "rung", "taken_at"),
}
