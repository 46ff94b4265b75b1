"""What each field of the outbox holds, and what the worker leaves in its own tables."""

from proxirh.kernel.encryption import address_indexes
from proxirh.kernel.personal_data import Held, Registry, Subject, content, identity, technical
from proxirh.kernel.rotation import Recomputed
from proxirh.outbox.models import OutgoingEmail

FIELDS: Registry = {
    "OutgoingEmail": {
        **identity("recipient"),
        **content("body", "calendar"),
        **technical(
            "id", "uid", "data_key", "kind", "dedupe_key", "about", "subject", "message_id", "state", "attempts"
        ),
        **technical("recipient_index", "due_at", "leased_until", "last_error", "created_at", "sent_at", "dead_at"),
        **technical("skipped_at"),
    },
}

INDEXES = (
    Recomputed(
        "courriels, destinataire",
        "recipient_index",
        lambda: OutgoingEmail.objects.exclude(recipient_index=None).select_related("data_key"),
        lambda row: row.recipient,
        address_indexes,
    ),
)


def held_about(subject: Subject) -> list[Held]:
    """The mails sent to an address that she has proved: what they said for a week, that they left for two months."""
    rows = OutgoingEmail.objects.filter(recipient_index__in=subject.addresses).select_related("data_key").order_by("pk")
    also = ("kind", "subject", "state", "created_at", "sent_at")
    return [Held(OutgoingEmail, FIELDS["OutgoingEmail"], list(rows), also=also)]


THIRD_PARTY: dict[str, str] = {
    "django_ox.OxTask": "Names of tasks, ids and counts; of a failure its class and place (kernel.jobs); kept a day.",
    "django_ox.OxScheduleTick": "Dates of the last runs.",
    "django_ox.OxSchedule": "Always empty: the schedule is config/schedule.py.",
    "django_ox.OxScheduleChange": "Always empty: the schedule is config/schedule.py.",
}
