"""What each field of the outbox holds."""

from proxirh.kernel.personal_data import Registry, content, identity, technical

FIELDS: Registry = {
    "OutgoingEmail": {
        **identity("recipient"),
        **content("body"),
        **technical("id", "uid", "data_key", "kind", "dedupe_key", "subject", "message_id", "state", "attempts"),
        **technical("due_at", "leased_until", "last_error", "created_at", "sent_at", "dead_at"),
    },
}
