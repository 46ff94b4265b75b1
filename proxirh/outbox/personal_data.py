"""What each field of the outbox holds, and what the worker leaves in its own tables."""

from proxirh.kernel.personal_data import Registry, content, identity, technical

FIELDS: Registry = {
    "OutgoingEmail": {
        **identity("recipient"),
        **content("body"),
        **technical(
            "id", "uid", "data_key", "kind", "dedupe_key", "about", "subject", "message_id", "state", "attempts"
        ),
        **technical("due_at", "leased_until", "last_error", "created_at", "sent_at", "dead_at"),
    },
}

THIRD_PARTY: dict[str, str] = {
    "django_ox.OxTask": "Names of tasks, ids and counts; of a failure its class and place (kernel.jobs); kept a day.",
    "django_ox.OxScheduleTick": "Dates of the last runs.",
    "django_ox.OxSchedule": "Always empty: the schedule is config/schedule.py.",
    "django_ox.OxScheduleChange": "Always empty: the schedule is config/schedule.py.",
}
