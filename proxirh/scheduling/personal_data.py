"""How the fields of the agenda and of the telephone are classified: when somebody may be met, what holds her time,
whoever comes; who called, loosely, and what was noted."""

from django.db.models import F

from proxirh.kernel.personal_data import Held, Registry, Subject, content, identity, note, statistic, technical
from proxirh.scheduling.models import SessionSeat, VisitRequest

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
        "minutes",
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
    "SlotAlarm": technical("id", "academy", "found", "read_at", "told_on", "days_told"),
    "TopicLength": technical("id", "academy", "branch", "minutes"),
    "AgendaFeed": technical("id", "person", "uid", "version", "is_on"),
    "HeldTime": technical("id", "person", "kind", "place", "starts_at", "ends_at"),
    "HeldQuarter": technical("id", "held", "person", "starts_at"),
    "AgendaDay": technical("id", "person", "day", "version"),
    "LineRules": technical(
        "id",
        "line",
        "morning_from",
        "morning_until",
        "afternoon_from",
        "afternoon_until",
        "morning_days",
        "afternoon_days",
        "needed",
        "most_in_a_row",
        "most_a_week",
        "version",
    ),
    "DutyPattern": technical("id", "line", "person", "weekday", "half", "valid_from", "valid_until"),
    "Reinforcement": technical("id", "uid", "line", "season", "needed", "valid_from", "valid_until"),
    "DutyShift": technical(
        "id",
        "uid",
        "line",
        "person",
        "day",
        "half",
        "starts_at",
        "ends_at",
        "state",
        "is_usual",
        "held",
        "substitute_of",
    ),
    "ShiftSwap": technical("id", "uid", "shift", "offered_to", "in_return", "state", "asked_at", "settled_at"),
    "PhoneCall": technical(
        "id", "uid", "team", "officer", "received_at", "state", "data_key", "sheets", "idempotency_key", "erased_at"
    )
    | statistic("day", "half_hour", "was_missed", "topic", "category", "department")
    | identity("caller_name", "caller_reach")
    | note("note"),
    "Promise": technical("id", "uid", "call", "owner", "team", "means", "due_on", "made_by", "made_at", "kept_at"),
    "PromiseStep": technical("id", "promise", "rung", "taken_at"),
    "SitePermanence": technical(
        "id",
        "uid",
        "site",
        "room",
        "day",
        "starts_at",
        "ends_at",
        "minutes",
        "state",
        "person",
        "made_by",
        "opening",
        "place",
        "private_at",
        "private_by",
        "soundproof_at",
        "soundproof_by",
        "no_queue_at",
        "no_queue_by",
        "created_at",
        "idempotency_key",
    ),
    "CollectiveSession": technical(
        "id",
        "uid",
        "department",
        "host",
        "title",
        "place",
        "video_link",
        "starts_at",
        "ends_at",
        "time_zone",
        "capacity",
        "register_until",
        "state",
        "version",
        "held",
        "created_at",
        "idempotency_key",
    ),
    "SessionSeat": technical("id", "uid", "session", "person", "state", "number", "rank", "created_at"),
    "VisitRequest": content("note")
    | technical(
        "id",
        "uid",
        "data_key",
        "site",
        "asked_by",
        "wished",
        "last_wished",
        "state",
        "taken_by",
        "place",
        "starts_at",
        "ends_at",
        "held",
        "reason",
        "created_at",
        "ended_at",
        "idempotency_key",
    ),
}


def held_about(subject: Subject) -> list[Held]:
    """Where she is registered, and the visits that she asked."""
    person = subject.person_id or 0
    seats = SessionSeat.objects.filter(person=person).annotate(starts_at=F("session__starts_at"))
    visits = VisitRequest.objects.filter(asked_by=person).select_related("data_key", "site")
    return [
        Held(SessionSeat, FIELDS["SessionSeat"], list(seats), also=("starts_at", "state", "created_at")),
        Held(
            VisitRequest,
            FIELDS["VisitRequest"],
            list(visits),
            also=("site", "wished", "state", "starts_at", "created_at"),
        ),
    ]
