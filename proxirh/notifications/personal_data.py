"""What each field about chosen mails holds."""

from proxirh.kernel.encryption import address_indexes
from proxirh.kernel.personal_data import Held, Registry, Subject, identity, technical
from proxirh.kernel.rotation import Recomputed
from proxirh.notifications.models import MailChoice

FIELDS: Registry = {
    "MailChoice": {
        **identity("address"),
        **technical("id", "uid", "data_key", "address_index", "frequencies", "is_quiet"),
        **technical("next_digest_at", "changed_at", "used_on"),
    },
}

INDEXES = (
    Recomputed(
        "choix de courriels, adresse",
        "address_index",
        lambda: MailChoice.objects.select_related("data_key"),
        lambda row: row.address,
        address_indexes,
    ),
)


def held_about(subject: Subject) -> list[Held]:
    """What she chose for the addresses she has proved, and for her service address."""
    rows = MailChoice.objects.filter(address_index__in=subject.addresses).select_related("data_key").order_by("pk")
    also = ("frequencies", "is_quiet", "changed_at")
    return [Held(MailChoice, FIELDS["MailChoice"], list(rows), also=also)]
