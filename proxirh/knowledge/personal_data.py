"""How the fields of the answer sheets are classified: what the service says to everybody, about nobody."""

from proxirh.kernel.personal_data import Registry, technical

FIELDS: Registry = {
    "AnswerSheet": technical(
        "id",
        "uid",
        "academy",
        "topics",
        "title",
        "answer",
        "author",
        "reviewed_on",
        "expires_on",
        "version",
        "retired_at",
        "created_at",
        "idempotency_key",
    ),
}
