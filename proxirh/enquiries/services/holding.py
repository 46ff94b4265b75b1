"""Holding enquiries for the time of a transaction: what is written beside them then finds them as they were read."""

from proxirh.enquiries.models import Enquiry


def hold(*keys: int, why: str) -> None:
    """Nobody moves, merges nor ends any of these until the end of the transaction; always taken in the same order.

    What hangs from them may still be written: whoever writes it moves the enquiry too, or holds her own handling.
    """
    rows = Enquiry.objects.for_system(why).filter(pk__in=keys)
    list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
